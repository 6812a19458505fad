#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""man-commands.py ORIEL PAGE: prints the page with @COMMANDS@ replaced by what `oriel help` says.

So the page has each command of the table, and no list of them is kept a second time.
"""
import re
import subprocess
import sys

SPECIAL = re.compile(r"([\\*_])")


def help_of(program, path):
    done = subprocess.run([program, "help", *path], capture_output=True, text=True, check=True,
                          timeout=60)
    return done.stdout


def children_of(text):
    """Names of the commands that a help text lists."""
    _, _, rest = text.partition("\nCommands:\n")
    rows = re.findall(r"^  ([a-z][a-z-]*(?:, [a-z-]+)?) ", rest.partition("\n\n")[0], re.MULTILINE)
    return [name for row in rows for name in row.split(", ")]


def entry(path, text):
    usage, summary = text.split("\n\n")[:2]
    words = usage.partition(" ".join(["oriel", *path]))[2].replace("[OPTIONS]", "").split()
    escaped = [SPECIAL.sub(r"\\\1", word) for word in words]
    operands = " ".join(f"_{word}_" for word in escaped)
    summary = SPECIAL.sub(r"\\\1", summary.replace("\n", " "))
    return f"*oriel {' '.join(path)}*{' ' + operands if operands else ''}\n\t{summary}\n"


def entries(program, path):
    text = help_of(program, path)
    children = children_of(text)
    if path and not children:
        yield entry(path, text)
    for name in children:
        yield from entries(program, [*path, name])


def main():
    program, page = sys.argv[1:]
    with open(page, encoding="utf-8") as file:
        text = file.read()
    sys.stdout.write(text.replace("@COMMANDS@\n", "\n".join(entries(program, [])) + "\n"))


main()
