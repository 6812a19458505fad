#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `oriel completion` writes, tried in the shells that are here. usage: completion.py ORIEL"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
COMPLETE = """
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_oriel
printf '%s\\n' "${COMPREPLY[@]}"
"""


def oriel(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=20)


def write(folder, shell):
    path = os.path.join(folder, shell)
    with open(path, "w") as file:
        file.write(oriel("completion", shell).stdout)
    return path


# Stands in for zsh's own functions, which need a terminal: prints what they would offer.
IN_ZSH = """
_describe() { [[ $1 == -o ]] && shift; print -rl -- ${(P)2}; }
_files() { : }
words=("${@[2,-1]}") CURRENT=$(($# - 1))
source "$1"
"""


def in_bash(script, *words):
    done = subprocess.run(["bash", "-c", COMPLETE, "bash", script, *words], capture_output=True,
                          text=True, timeout=20, check=True)
    assert not done.stderr, done.stderr
    return done.stdout.split()


def listed(path):
    """The commands that --help names below a command."""
    text = oriel(*path, "--help").stdout
    _, _, rest = text.partition("\nCommands:\n")
    rows = re.findall(r"^  ([a-z][a-z-]*(?:, [a-z-]+)?) ", rest.partition("\n\n")[0], re.MULTILINE)
    return [name for row in rows for name in row.split(", ")]


def bash_knows_each_command(folder):
    script = write(folder, "bash")
    seen = 0
    for noun in [()] + [(name,) for name in listed(()) if name not in ("view", "help")]:
        for name in listed(noun):
            found = in_bash(script, "oriel", *noun, name)
            assert name in found, f"{noun} {name}: {found}"
            seen += 1
    assert seen > 9, seen


def bash_completes_options_and_nothing_else(folder):
    script = write(folder, "bash")
    assert in_bash(script, "oriel", "--ver") == ["--version"]
    assert in_bash(script, "oriel", "demo", "nonsense") == []
    assert "--help" in in_bash(script, "oriel", "demo", "--")


def fish_completes_commands_and_options(folder):
    script = write(folder, "fish")
    for line, wanted in (("oriel compl", "completion"), ("oriel demo --hel", "--help"),
                         ("oriel --connect x:///y che", "check")):
        done = subprocess.run(
            ["fish", "-c", 'source $argv[1]; complete -C "$argv[2]"', script, line],
            capture_output=True, text=True, timeout=20, check=True,
            env=dict(os.environ, HOME=folder))
        words = [row.split("\t")[0] for row in done.stdout.splitlines()]
        assert words == [wanted], f"{line}: {words}"


def zsh_offers_commands_and_options(folder):
    script = write(folder, "zsh")
    for words, wanted in ((("oriel", "compl"), "completion:Write"),
                          (("oriel", "--connect", "x", ""), "--version:show"),
                          (("oriel", "demo", "--hel"), "--help:show")):
        done = subprocess.run(["zsh", "-f", "-c", IN_ZSH, "zsh", script, *words],
                              capture_output=True, text=True, timeout=20, check=True)
        assert f"\n{wanted}" in "\n" + done.stdout and not done.stderr, f"{words}: {done}"


# libvirt's mock driver has one machine, which is called test.
MACHINE = {"ORIEL_CONNECT": "test:///default",
           "PATH": os.path.dirname(os.path.abspath(PROGRAM)) + ":" + os.environ["PATH"]}


def has_machines():
    return oriel("--connect", "test:///default", "vm", "list", "--names").stdout == "test\n"


def bash_completes_machines(folder):
    script = write(folder, "bash")
    done = subprocess.run(["bash", "-c", COMPLETE, "bash", script, "oriel", "vm", "start", "te"],
                          capture_output=True, text=True, timeout=20, check=True,
                          env=dict(os.environ, **MACHINE))
    assert done.stdout.split() == ["test"], done


def fish_completes_machines(folder):
    script = write(folder, "fish")
    done = subprocess.run(["fish", "-c", 'source $argv[1]; complete -C "oriel usb attach te"',
                           script], capture_output=True, text=True, timeout=20, check=True,
                          env=dict(os.environ, HOME=folder, **MACHINE))
    assert [row.split("\t")[0] for row in done.stdout.splitlines()] == ["test"], done


def zsh_offers_machines(folder):
    script = write(folder, "zsh")
    done = subprocess.run(["zsh", "-f", "-c", IN_ZSH, "zsh", script, "oriel", "vm", "stop", ""],
                          capture_output=True, text=True, timeout=20, check=True,
                          env=dict(os.environ, **MACHINE))
    assert "\ntest\n" in "\n" + done.stdout and not done.stderr, done


def a_shell_that_is_not_known_is_told(folder):
    done = oriel("completion", "csh")
    assert done.returncode == 2 and "bash, zsh or fish" in done.stderr, done
    assert done.stdout == ""


def main():
    cases = [(name.__name__, name) for name in (
        bash_knows_each_command, bash_completes_options_and_nothing_else,
        fish_completes_commands_and_options, zsh_offers_commands_and_options,
        bash_completes_machines, fish_completes_machines, zsh_offers_machines,
        a_shell_that_is_not_known_is_told)]
    failed = 0
    for number, (name, function) in enumerate(cases, 1):
        shell = name.split("_")[0]
        if shell != "a" and not shutil.which(shell):
            print(f"ok {number} - {name} # SKIP {shell} is not installed")
            continue
        if "machines" in name and not has_machines():
            print(f"ok {number} - {name} # SKIP this oriel was built without libvirt")
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                function(folder)
                print(f"ok {number} - {name}")
            except Exception as reason:  # the report goes on
                failed += 1
                print(f"not ok {number} - {name}\n# {type(reason).__name__}: {reason}")
    print(f"1..{len(cases)}")
    sys.exit(1 if failed else 0)


main()
