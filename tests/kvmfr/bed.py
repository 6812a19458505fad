#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""bed.py KERNELS MAKE-INITRAMFS INIT INSIDE TEST: boots a kernel with a kvmfr device, whose module
is built here, runs the test program in it and passes its TAP on."""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "handover"))
from nested import boot  # noqa: E402

SOURCES = ("Kbuild", "kvmfr.c")


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def find_headers(kernels):
    """What modules of the kernel that boots are built with."""
    try:
        with open(os.path.join(kernels, "version")) as file:
            release = file.read().strip()
    except OSError:
        skip("there is no kernel to boot; ./dev test fetches one")
    folder = os.path.join(kernels, "headers", "usr", "src", f"linux-headers-{release}")
    if not os.path.exists(os.path.join(folder, "Makefile")):
        skip(f"the headers of kernel {release} are not there; ./dev test fetches them")
    return folder


def build_module(headers, folder):
    for program in ("make", "gcc-12"):
        if not shutil.which(program):
            skip(f"{program} is not installed")
    for name in SOURCES:
        shutil.copy(os.path.join(HERE, name), folder)
    done = subprocess.run(["make", "-s", "-C", headers, f"M={folder}", "modules"], check=False,
                          capture_output=True, text=True, timeout=180)
    if done.returncode:
        sys.exit(f"the module cannot be built: {done.stdout}{done.stderr}")
    return os.path.join(folder, "kvmfr.ko")


def main():
    kernels, make, init, inside, test = map(os.path.abspath, sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="oriel-kvmfr-", dir="/var/tmp") as folder:
        module = build_module(find_headers(kernels), folder)
        boot(kernels, make, init, [inside, module, test], [])


main()
