#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""man-commands.py ORIEL PAGE: prints the page with @COMMANDS@ replaced by what `oriel help` says.

So the page has each command of the table, and no list of them is kept a second time.
"""
import re
import subprocess
import sys

COMMON = ("connect", "json", "help")
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


def options_of(text):
    """(words, what it does) of each option but those that the page explains once for all."""
    _, _, rest = text.partition("\nOptions:\n")
    rest = re.sub(r"\n {20,}", "  ", rest)
    rows = re.findall(r"^  --(\S+)(.*?) {2,}(.*)$", rest, re.MULTILINE)
    return [row for row in rows if row[0] not in COMMON]


def escape(text):
    return SPECIAL.sub(r"\\\1", text.strip())


def entry(path, text):
    usage, summary = text.split("\n\n")[:2]
    words = usage.partition(" ".join(["oriel", *path]))[2].replace("[OPTIONS]", "").split()
    operands = " ".join(f"_{escape(word)}_" for word in words)
    lines = [escape(summary.replace("\n", " "))]
    lines += [f"*--{name}*{' _' + escape(value) + '_' if value else ''}: {escape(what)}"
              for name, value, what in options_of(text)]
    head = f"*oriel {' '.join(path)}*{' ' + operands if operands else ''}"
    return head + "\n\t" + "++\n\t".join(lines) + "\n"


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
