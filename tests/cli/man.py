#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel(1) has each command of the table. usage: man.py ORIEL MAN-COMMANDS PAGE"""
import re
import shutil
import subprocess
import sys

PROGRAM, MAKE, PAGE = sys.argv[1:]


def run(*words, text=None):
    done = subprocess.run(words, input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commands():
    """The commands without others below, as the completion of bash has them."""
    script = run(PROGRAM, "completion", "bash")
    rows = re.findall(r"^\t'(oriel [a-z -]+)'\) known='([^']*)'", script, re.MULTILINE)
    return [path for path, known in rows
            if all(word.startswith("--") for word in known.split())]


def main():
    page = run(sys.executable, MAKE, PROGRAM, PAGE)
    missing = [path for path in commands() if f"\n*{path}*" not in page]
    found = len(commands())
    complete = found > 20 and not missing
    good, remark = True, ""
    if shutil.which("scdoc"):
        text = run("scdoc", text=page)
        good = text.startswith(".\\") and ".SH COMMANDS" in text
    else:
        remark = " # SKIP scdoc is not installed"
    print("1..2")
    print(f"{'ok' if complete else 'not ok'} 1 - each of {found} commands is in the page")
    print("".join(f"# missing: {path}\n" for path in missing), end="")
    print(f"{'ok' if good else 'not ok'} 2 - the page is a manual page{remark}")
    sys.exit(0 if complete and good else 1)


main()
