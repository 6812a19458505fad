#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A computer with an IOMMU and a spare card, emulated by QEMU with a real kernel: runs a script
in it and passes its TAP on.
usage: nested.py intel|amd|intel+kvm BUILD KERNELS MAKE-INITRAMFS INIT INSIDE [FILE…]"""
import os
import subprocess
import sys
import tempfile

LIMIT_S = 780
MODULES = ("9p", "9pnet_virtio", "virtio_pci", "overlay", "snd_hda_codec_generic", "snd_hda_intel")
# What a kernel may leave out in a computer that is emulated.
QUICK = ("console=ttyS0 quiet panic=-1 mitigations=off no_timer_check "
         "cryptomgr.notests random.trust_cpu=on")
IOMMU = {
    "intel": (["-device", "intel-iommu,intremap=on,caching-mode=on"], "intel_iommu=on"),
    "amd": (["-device", "amd-iommu,intremap=on"], "amd_iommu=on"),
}
# For a machine within: its clock is not exchanged beneath it when this one is found unstable.
PARAMETERS = {"kvm": "tsc=reliable"}
# KVM on an emulated processor now and then takes the kernel that it runs in along.
ATTEMPTS = 3
CARDS = ["-device", "VGA", "-device", "pcie-root-port,id=rp1,chassis=1,slot=1",
         "-device", "bochs-display,bus=rp1,addr=0.0,multifunction=on",
         "-device", "ich9-intel-hda,bus=rp1,addr=0.1,id=sound",
         "-audiodev", "none,id=none", "-device", "hda-output,bus=sound.0,audiodev=none"]


def make_initramfs(folder, make, kernels, init):
    path = os.path.join(folder, "initramfs")
    made = subprocess.run([make, kernels, init, path, *("+" + name for name in MODULES)],
                          capture_output=True, text=True, timeout=60)
    if made.returncode == 77:
        print(f"1..0 # SKIP {made.stderr.strip()}")
        sys.exit(0)
    if made.returncode:
        sys.exit(made.stderr)
    return made.stdout.strip(), path


def find_modules(kernels):
    """The folder with RELEASE/modules.dep of the kernel that boots."""
    for folder in (os.path.join(kernels, "lib", "modules"), "/lib/modules"):
        if os.path.isdir(folder) and os.listdir(folder):
            return os.path.realpath(folder)
    return "/lib/modules"


def qemu(kernel, initramfs, words, devices):
    return ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot",
            "-display", "none", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max",
            "-smp", "2", "-m", "1536", "-serial", "stdio", "-monitor", "none",
            "-kernel", kernel, "-initrd", initramfs, "-append", f"{QUICK} {words}", *devices,
            "-virtfs", "local,path=/,mount_tag=root,security_model=none,readonly=on,"
            "multidevs=remap"]


class Run:
    """What came over the serial line: all of it, and the TAP in it."""

    def __init__(self, process):
        self.log, self.tap, self.planned, self.seen = [], [], None, 0
        for line in process.stdout:
            self.take(line.decode("utf-8", "replace").rstrip())

    def take(self, text):
        self.log.append(text)
        if text.startswith("1.."):
            self.planned = int(text[3:].split()[0])
        if text.startswith(("ok ", "not ok ")):
            self.seen += 1
        if text.startswith(("1..", "ok ", "not ok ", "#")):
            self.tap.append(text)

    def is_whole(self):
        return self.planned is not None and self.seen >= self.planned

    def is_kernel_broken(self):
        """It ended by itself and not by a test that failed."""
        return not self.is_whole() and any("Kernel panic" in text for text in self.log) and \
            not any(text.startswith("not ok") for text in self.tap)

    def tell(self):
        print("\n".join(self.tap), flush=True)
        if self.is_whole():
            return
        self.tell_line()
        print(f"1..1\nnot ok 1 - {self.seen} of {self.planned} results came"
              if self.planned is None else f"Bail out! {self.seen} of {self.planned} results")
        sys.exit(1)

    def tell_line(self):
        print("# the computer's serial line, as far as it came:")
        print("\n".join("# " + text for text in self.log[-60:]))


def start(command):
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        return Run(process)
    finally:
        process.terminate()
        process.wait(20)


def boot(kernels, make, init, script, devices, parameter=""):
    """The computer with these devices, whose kernel gets that parameter, and in it the script and
    its arguments that script has."""
    with tempfile.TemporaryDirectory(prefix="oriel-nested-", dir="/var/tmp") as folder:
        kernel, initramfs = make_initramfs(folder, make, kernels, init)
        words = f"{parameter} oriel.run={','.join(script)} oriel.modules={find_modules(kernels)}"
        command = ["timeout", str(LIMIT_S), *qemu(kernel, initramfs, words, devices)]
        for attempt in range(ATTEMPTS):
            run = start(command)
            if not run.is_kernel_broken():
                break
            run.tell_line()
            print(f"# its own kernel broke, boot {attempt + 1} of {ATTEMPTS}")
        run.tell()


def main():
    kind, *extras = sys.argv[1].split("+")
    build, kernels, make, init, inside, *files = map(os.path.abspath, sys.argv[2:])
    devices, parameter = IOMMU[kind]
    parameter = " ".join([parameter, *(PARAMETERS[extra] for extra in extras)])
    boot(kernels, make, init, [inside, kind, build, *files], [*devices, *CARDS], parameter)


if __name__ == "__main__":
    main()
