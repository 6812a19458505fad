#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""manual.py VIEWER PAGE: the manual page and the completion say what the table of options says."""
import re
import shutil
import subprocess
import sys

VIEWER, PAGE = sys.argv[1:3]


def ask(*arguments):
    return subprocess.run([VIEWER, "--config", "/dev/null", *arguments], check=True,
                          stdout=subprocess.PIPE, text=True, timeout=20).stdout


def options():
    found = re.findall(r"^  --([a-z0-9-]+)", ask("--help"), re.M)
    assert len(found) > 10, found
    return found


def the_page_has_every_option():
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    described = re.search(r"^# OPTIONS$(.*?)^# ", page, re.M | re.S)[1]
    headings = " ".join(line for line in described.splitlines() if line.startswith("*--"))
    named = set(re.findall(r"\*--([a-z0-9-]+)\*", headings))
    missing, invented = set(options()) - named, named - set(options())
    assert not missing, f"not on the page: {missing}"
    assert not invented, f"only on the page: {invented}"


def complete(line):
    """What bash would offer for the last word of line."""
    words = line.split(" ")
    script = ask("--completion", "bash") + (
        f"COMP_WORDS=({' '.join(repr(word) for word in words)})\n"
        f"COMP_CWORD={len(words) - 1}\n_oriel_view\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n")
    return subprocess.run(["bash", "-c", script], check=True, stdout=subprocess.PIPE, text=True,
                          timeout=20).stdout.split()


def bash_completes():
    assert complete("oriel-view --hea") == ["--headless"]
    assert complete("oriel-view --scale s") == ["stretch"]
    assert complete("oriel-view --filter ") == ["auto", "nearest", "linear", "best"]
    assert complete("oriel-view --title ") == []
    assert set(complete("oriel-view --")) >= {f"--{name}" for name in options()}


def other_shells_take_their_script():
    checked = 0
    for shell in ("zsh", "fish"):
        if not shutil.which(shell):
            continue
        checked += 1
        subprocess.run([shell, "-n"], input=ask("--completion", shell), check=True, text=True)
    return None if checked else "neither zsh nor fish is installed"


CASES = [the_page_has_every_option, bash_completes, other_shells_take_their_script]


def main():
    print(f"1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        try:
            reason = case()
            print(f"ok {number} - {case.__name__}" + (f" # SKIP {reason}" if reason else ""))
        except Exception as error:  # a case that fails in any way is reported, the next one runs
            print(f"not ok {number} - {case.__name__}\n# {error!r}")


main()
