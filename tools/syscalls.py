#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""syscalls.py HEADER DEPFILE FOLDER...: the viewer's system calls, from the notes at the calls.

A note is a comment in a source of one of the folders: syscalls: NAME NAME...; it ends with the
comment. The header gets them as one sorted list of strings, named for the filter of the sandbox.
"""
import os
import re
import sys

NOTE = re.compile(r"/\*(?:(?!\*/).)*?\bsyscalls:((?:(?!\*/).)*)\*/", re.S)


def sources(folders):
    for folder in folders:
        for where, below, names in os.walk(folder):
            below.sort()
            yield from (os.path.join(where, name) for name in sorted(names)
                        if name.endswith((".c", ".h")))


def notes(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for note in NOTE.findall(text):
        for name in note.replace("*", " ").split():
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                sys.exit(f"{path}: '{name}' in a note of system calls is no name of one")
            yield name


def main():
    header, depfile, *folders = sys.argv[1:]
    read = list(sources(folders))
    names = sorted({name for path in read for name in notes(path)})
    if not names:
        sys.exit(f"no note of system calls found below {' '.join(folders)}")
    with open(header, "w", encoding="utf-8") as file:
        file.write("/* Made by tools/syscalls.py. */\n")
        file.writelines(f'"{name}",\n' for name in names)
    with open(depfile, "w", encoding="utf-8") as file:
        file.write(f"{header}: {' '.join(read)}\n")


main()
