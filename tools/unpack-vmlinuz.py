#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""unpack-vmlinuz.py VMLINUZ ELF: takes the kernel's ELF file out of its compressed image.

An emulated processor needs two seconds to unpack the kernel at every boot; this does it once.
Debian's kernels are XZ-compressed.
"""
import lzma
import sys

XZ_MAGIC = b"\xfd7zXZ\0"


def unpack(image):
    start = image.find(XZ_MAGIC)
    while start >= 0:
        try:
            kernel = lzma.LZMADecompressor().decompress(image[start:])
            if kernel.startswith(b"\x7fELF"):
                return kernel
        except lzma.LZMAError:
            pass
        start = image.find(XZ_MAGIC, start + 1)
    return None


def main(source, target):
    with open(source, "rb") as file:
        kernel = unpack(file.read())
    if kernel is None:
        sys.exit(f"unpack-vmlinuz: {source} holds no XZ-compressed ELF kernel")
    with open(target, "wb") as file:
        file.write(kernel)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
