# SPDX-License-Identifier: LGPL-2.1-or-later
"""`oriel view VM` reaches the machine's SPICE server through libvirt, as TAP.

usage: spice.py ORIEL DATA-FOLDER CACHE-FOLDER
"""

import json
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "bed")]
from bed import Bed, Report, want, why_not  # noqa: E402
from console import read_png  # noqa: E402

LIMIT_S = 60
NAME = "spiced"


class Viewer:
    """A kept one, without a window."""

    def __init__(self, bed, *arguments):
        self.bed = bed
        self.words = os.path.join(bed.folder, "words")
        with open(self.words, "w", encoding="utf-8") as words:
            self.keeper = subprocess.Popen(
                [bed.program, "view", NAME, *arguments, "--headless", "--allow-root", "--pictures",
                 bed.folder], env=bed.env, stderr=words)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.keeper.terminate()
        self.keeper.wait(timeout=LIMIT_S)

    def status(self):
        return json.loads(self.bed.run("view", NAME, "--send", "status")[1])

    def wait(self, **wanted):
        end = time.monotonic() + LIMIT_S
        while not wanted.items() <= (status := self.status()).items():
            want(time.monotonic() < end and self.keeper.poll() is None,
                 f"{status} is not {wanted}; the viewer said: {self.said()}")
            time.sleep(0.1)

    def said(self):
        with open(self.words, encoding="utf-8") as words:
            return words.read()

    def wait_word(self, word, count=1):
        end = time.monotonic() + LIMIT_S
        while self.said().count(word) < count:
            want(time.monotonic() < end, f"the viewer did not say '{word}' but: {self.said()}")
            time.sleep(0.1)


def make(bed, *relay):
    code, _, err = bed.run(
        "vm", "create", NAME, "--os", "linux", "--virtualization", "qemu", "--memory", "512M",
        "--cpus", "1", "--disk", "none", "--network", "none", "--firmware", "bios",
        "--video", "vga", *relay)
    want(code == 0, err)
    code, _, err = bed.run("vm", "start", NAME)
    want(code == 0, err)


def remove(bed):
    bed.run("vm", "stop", "--force", NAME)
    code, _, err = bed.run("vm", "delete", NAME, "--yes", "--storage")
    want(code == 0, err)


def shows_something(bed):
    bed.run("view", NAME, "--send", "screenshot", "file=bios.png")
    _, _, rows = read_png(os.path.join(bed.folder, "bios.png"))
    return any(any(row) for row in rows)


def a_machine_without_a_picture_is_shown_by_spice(bed):
    make(bed, "--relay", "plain", "--relay-name", bed.relay)
    with Viewer(bed) as viewer:
        viewer.wait(state="running", display="spice")
        viewer.wait_word("Connected to the SPICE server of the VM")
        end = time.monotonic() + LIMIT_S
        while not shows_something(bed):
            want(time.monotonic() < end, "the BIOS shows nothing")


def a_machine_that_ended_is_told_of(bed):
    with Viewer(bed, "--spice") as viewer:
        viewer.wait(state="running", display="spice")
        # The embedded driver serves one program at a time, and now that is the viewer's keeper.
        with open(os.path.join(bed.root, f"run/qemu/{NAME}.pid"), encoding="ascii") as file:
            os.kill(int(file.read()), signal.SIGKILL)
        viewer.wait(state="error")
        viewer.wait_word("No connection to the SPICE server of the VM could be had: ")
    remove(bed)


def a_machine_without_shared_memory_is_shown_by_spice(bed):
    make(bed, "--relay", "none")
    with Viewer(bed) as viewer:
        viewer.wait(state="running", display="spice")
    remove(bed)


def main():
    reason = why_not()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return
    bed = Bed(*sys.argv[1:])
    bed.relay = "oriel-" + os.path.basename(bed.folder)
    bed.made.append(bed.relay)
    report = Report()
    report.case(a_machine_without_a_picture_is_shown_by_spice, bed)
    report.case(a_machine_that_ended_is_told_of, bed)
    report.case(a_machine_without_shared_memory_is_shown_by_spice, bed)
    report.end()


main()
