#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel(1) has each command of the table, with its options.

usage: man.py ORIEL MAN-COMMANDS PAGE
"""
import re
import shutil
import subprocess
import sys

from table import commands

PROGRAM, MAKE, PAGE = sys.argv[1:]


def run(*words, text=None):
    done = subprocess.run(words, input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def missing_options(page, found):
    """What an entry lacks of the options; the page has some once, for all commands."""
    entries = dict(re.findall(r"^\*(oriel [a-z -]+)\*.*\n((?:\t.*\n)+)", page, re.MULTILINE))
    common = set(re.findall(r"^\*(--[a-z]+)\*", page.partition("# COMMANDS")[0], re.MULTILINE))
    return [f"{path} {option}" for path, options in found.items() for option in options
            if option not in common and f"*{option}*" not in entries.get(path, "")]


def main():
    page = run(sys.executable, MAKE, PROGRAM, PAGE)
    found = commands(PROGRAM)
    missing = [path for path in found if f"\n*{path}*" not in page]
    missing += missing_options(page, found)
    complete = len(found) > 20 and not missing
    good, remark = True, ""
    if shutil.which("scdoc"):
        text = run("scdoc", text=page)
        good = text.startswith(".\\") and ".SH COMMANDS" in text
    else:
        remark = " # SKIP scdoc is not installed"
    print("1..2")
    print(f"{'ok' if complete else 'not ok'} 1 - each of {len(found)} commands is in the page")
    print("".join(f"# missing: {path}\n" for path in missing), end="")
    print(f"{'ok' if good else 'not ok'} 2 - the page is a manual page{remark}")
    sys.exit(0 if complete and good else 1)


main()
