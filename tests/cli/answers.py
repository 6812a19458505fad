#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""With --json each command answers with one object or list. usage: answers.py ORIEL DATA-FOLDER"""
import json
import os
import subprocess
import sys
import tempfile

from table import commands

PROGRAM, DATA = sys.argv[1:]
# They end as another program, talk to a person, or write what is no list of facts.
OTHERS = {"oriel view", "oriel demo", "oriel help", "oriel completion", "oriel vm console",
          "oriel vm supervise", "oriel shm serve"}
# On libvirt's pretended machines and, below an empty folder, a computer without devices. A check
# that fails ends with 1, and answers.
CASES = (
    "vm list", "vm info test", "vm pause test", "vm reset test",
    "vm reboot test", "vm autostart test on", "vm edit test --memory 4G --dry-run",
    "vm snapshot list test", "vm snapshot take test one", "vm screenshot test {folder}/picture",
    "vm stop --force test", "vm create new --os linux --disk none --dry-run",
    "profile list", "profile show gaming", "shm list",
    "shm size 1920x1080", "usb list", "usb rules", "looking-glass check",
    "looking-glass setup test --dry-run", "looking-glass windows-driver-setup",
    "gpu list --root {folder}", "gpu candidates --root {folder}",
    "gpu groups --root {folder}", "iommu --root {folder}",
    "vfio status --target {folder}", "vfio verify --target {folder}", "check tpm",
    "troubleshoot", "troubleshoot mouse-stuck", "support bundle --dry-run --root {folder}",
)


def answers(line, folder):
    """What is wrong, or None."""
    words = line.format(folder=folder).split()
    done = subprocess.run(
        [PROGRAM, "--connect", "test:///default", *words, "--json"], capture_output=True,
        text=True, timeout=120, stdin=subprocess.DEVNULL,
        env={**os.environ, "ORIEL_DATA_DIR": DATA, "XDG_STATE_HOME": folder,
             "XDG_CONFIG_HOME": folder, "XDG_RUNTIME_DIR": folder})
    try:
        good = done.returncode in (0, 1) and isinstance(json.loads(done.stdout), (dict, list))
    except ValueError:
        good = False
    return None if good else f"{done.returncode} {done.stdout[:200]} {done.stderr[:200]}"


def main():
    lacking = [path for path, options in commands(PROGRAM).items()
               if "--json" not in options and path not in OTHERS]
    bad = len(lacking)
    print(f"1..{1 + len(CASES)}")
    print(f"{'not ok' if lacking else 'ok'} 1 - every command takes it {lacking}")
    for number, line in enumerate(CASES, 2):
        with tempfile.TemporaryDirectory(prefix="oriel-answers-") as folder:
            wrong = answers(line, folder)
        print(f"{'not ok' if wrong else 'ok'} {number} - {line.replace('{folder}', 'FOLDER')}")
        if wrong:
            bad += 1
            print("\n".join(f"# {part}" for part in wrong.splitlines()))
    sys.exit(1 if bad else 0)


main()
