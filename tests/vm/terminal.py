# SPDX-License-Identifier: LGPL-2.1-or-later
"""`oriel vm console` on a terminal of its own, with a guest that has a shell on its serial port.

usage: terminal.py ORIEL DATA-FOLDER CACHE-FOLDER INIT KERNELS INITRAMFS
"""

import os
import subprocess
import sys
from xml.etree import ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bed import Bed, Report, boot_from_memory, want, why_not  # noqa: E402
from consoles import LEAVE, PATIENCE_S, Terminal, refused, use  # noqa: E402


def give_port(bed, name):
    """A terminal's port instead of the file that boot_from_memory gives."""
    root = ElementTree.fromstring(bed.virsh("dumpxml", "--inactive", name)[1])
    devices = root.find("devices")
    for kind in ("serial", "console"):
        for old in devices.findall(kind):
            devices.remove(old)
    ElementTree.SubElement(devices, "serial", type="pty")
    path = os.path.join(bed.folder, name + ".xml")
    ElementTree.ElementTree(root).write(path)
    code, _, err = bed.virsh("define", path)
    want(code == 0, err)


def a_machine_that_is_off_is_refused(bed):
    code, _, err = bed.run(
        "vm", "create", "one", "--os", "linux", "--virtualization", "qemu", "--memory", "512M",
        "--cpus", "1", "--disk", "none", "--network", "none", "--firmware", "bios")
    want(code == 0, err)
    boot_from_memory(bed, "one", bed.kernel, bed.initramfs)
    give_port(bed, "one")
    refused(bed, 4, b"while it is shut off", "one")
    code, _, err = bed.run("vm", "start", "one")
    want(code == 0, err)


def without_a_terminal_it_says_so(bed):
    code, _, err = bed.run("vm", "console", "one")
    want(code == 2 and "needs a terminal" in err, f"{code} {err}")


def the_guest_answers_and_the_escape_leaves(bed):
    def talk(terminal):
        terminal.expect(b"=42\r\n", again=b"echo sum=$((6*7))\r")
        terminal.type(LEAVE)
    use(bed, talk, "one")


def another_escape_can_be_chosen(bed):
    def talk(terminal):
        terminal.expect(b"=35\r\n", again=LEAVE + b"\recho sum=$((5*7))\r")
        terminal.type(b"\x01")
    use(bed, talk, "--escape", "^A", "one")


def a_signal_restores_the_terminal(bed):
    use(bed, lambda terminal: terminal.process.terminate(), "one")


def a_window_that_goes_ends_it(bed):
    terminal = Terminal(bed, "one")
    try:
        terminal.expect(b"leaves it")
        os.close(terminal.follower)
        os.close(terminal.leader)
        want(terminal.process.wait(timeout=PATIENCE_S) == 0, "it ended badly")
    finally:
        terminal.leader, terminal.follower = os.openpty()
        terminal.close()


def the_end_of_the_machine_ends_it(bed):
    use(bed, lambda terminal: terminal.type(b"\rpoweroff -f\r"), "one")


def main():
    program, data, cache, init, kernels, make = sys.argv[1:]
    reason = why_not()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return
    bed = Bed(program, data, cache)
    bed.initramfs = os.path.join(bed.folder, "initramfs")
    made = subprocess.run([make, kernels, init, bed.initramfs], capture_output=True, text=True)
    if made.returncode == 77:
        print(f"1..0 # SKIP {made.stderr.strip()}")
        return
    want(made.returncode == 0, made.stderr)
    bed.kernel = made.stdout.strip()
    report = Report()
    for case in (a_machine_that_is_off_is_refused, without_a_terminal_it_says_so,
                 the_guest_answers_and_the_escape_leaves, another_escape_can_be_chosen,
                 a_signal_restores_the_terminal, a_window_that_goes_ends_it,
                 the_end_of_the_machine_ends_it):
        report.case(case, bed)
    report.end()


main()
