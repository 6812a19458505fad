# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine with Secure Boot and a TPM starts the kernel that Debian signed, and stops when asked.

That it starts no other cannot be shown this way: what the host names as the kernel is also started
by the firmware's older method, which checks nothing.

usage: secure.py ORIEL DATA-FOLDER CACHE-FOLDER INIT KERNELS INITRAMFS
"""

import glob
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bed import Bed, Report, boot_from_memory, want, why_not  # noqa: E402

BOOT_S = 120  # emulated, on a machine that is busy with other tests


def find_signed(kernels):
    found = [os.path.join(kernels, "vmlinuz")] + sorted(glob.glob("/boot/vmlinuz-*"))
    return next((path for path in found if os.access(path, os.R_OK)), None)


def create(bed):
    code, _, err = bed.run(
        "vm", "create", "sealed", "--os", "linux", "--virtualization", "qemu", "--memory", "1G",
        "--cpus", "1", "--disk", "none", "--network", "none", "--secure-boot", "yes",
        "--tpm", "yes")
    want(code == 0, err)


def boot(bed):
    """Starts it with the signed kernel; what the guest said until it was done."""
    log = boot_from_memory(bed, "sealed", bed.signed, bed.initramfs)
    code, _, err = bed.run("vm", "start", "sealed")
    want(code == 0, err)
    end = time.monotonic() + BOOT_S
    said = ""
    while "done" not in said and time.monotonic() < end:
        time.sleep(0.2)
        said = open(log, errors="replace").read() if os.path.exists(log) else ""
    return said


def a_machine_with_secure_boot_and_tpm_is_made(bed):
    create(bed)
    text = bed.virsh("dumpxml", "--inactive", "sealed")[1]
    for part in ("<feature enabled='yes' name='secure-boot'", "<smm state='on'", "version='2.0'"):
        want(part in text, f"no {part} in {text}")


def it_starts_the_kernel_that_debian_signed(bed):
    said = boot(bed)
    want("Secure boot enabled" in said, f"the guest said: {said}")
    want("tpm: 2" in said, f"the guest said: {said}")


def it_turns_itself_off_when_asked(bed):
    code, out, err = bed.run("vm", "stop", "sealed", "--timeout", "60", timeout=90)
    want(code == 0 and out == "sealed: shut off\n", f"{code} {out} {err}")


def main():
    program, data, cache, init, kernels, make = map(os.path.abspath, sys.argv[1:])
    reason = why_not()
    signed = find_signed(kernels)
    if not reason and not signed:
        reason = "there is no kernel that Debian signed: run tools/fetch-kernel"
    if reason:
        print(f"1..0 # SKIP {reason}")
        return
    bed = Bed(program, data, cache)
    bed.signed = signed
    bed.initramfs = os.path.join(bed.folder, "initramfs")
    made = subprocess.run([make, kernels, init, bed.initramfs], capture_output=True, text=True)
    if made.returncode == 77:
        print(f"1..0 # SKIP {made.stderr.strip()}")
        return
    report = Report()
    report.case(a_machine_with_secure_boot_and_tpm_is_made, bed)
    report.case(it_starts_the_kernel_that_debian_signed, bed)
    report.case(it_turns_itself_off_when_asked, bed)
    report.end()


main()
