#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `./dev test` says and how it exits, which is all that CI sees. usage: testing.py TOP

`dev` and its report are the real ones, in a folder of their own. meson, ninja and dpkg-query are
stand-ins: "slow" and "fast" are all the tests there are, and the case tells how they go.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
import tap

TOP = sys.argv[1]

# Written by meson for each test, its name there and what it would print.
MESON = """#!/usr/bin/env python3
import json, os, sys
words = sys.argv[1:]
broken = json.loads(os.environ["BROKEN"])
if words[0] == "setup":
    folder = next(word for word in words[1:] if "/build" in word)
    os.makedirs(folder, exist_ok=True)
    open(os.path.join(folder, "build.ninja"), "w").close()
    sys.exit()
folder = words[words.index("-C") + 1]
if "--list" in words:
    print("oriel:slow / slow\\noriel:quick / fast")
    sys.exit()
log = words[words.index("--logbase") + 1] if "--logbase" in words else "testlog"
logs = os.path.join(folder, "meson-logs")
os.makedirs(logs, exist_ok=True)
tests = {"oriel:slow / slow", "oriel:quick / fast"}
if log != "testlog":
    tests = {test for test in tests if test.split(" / ")[1] in words}
with open(os.path.join(logs, log + ".json"), "w") as file:
    for number, test in enumerate(sorted(tests), 1):
        bad = [os.path.basename(folder), log, test.split(" / ")[1]] in broken
        print(f"{number}/{len(tests)} {test} {'FAIL' if bad else 'OK'} 0.01s", flush=True)
        verdict = "not ok" if bad else "ok"
        json.dump({"name": test, "result": "FAIL" if bad else "OK", "returncode": int(bad),
                   "stdout": f"1..1\\n{verdict} 1 - the_only_case\\n", "stderr": ""}, file)
        file.write("\\n")
sys.exit(any(log == each[1] for each in broken))
"""
NINJA = """#!/bin/sh
case " $UNBUILDABLE " in *" ${2##*/} "*) echo "a file does not compile"; exit 1 ;; esac
"""
DPKG_QUERY = """#!/bin/sh
while [ "${1#-}" != "$1" ]; do [ "$1" = -f ] && shift; shift; done
for package; do echo "$package installed"; done
"""


def write_program(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)


def run_dev(*words, broken=(), unbuildable=""):
    """dev's exit status and everything it said. broken: (tree, log, test) of what fails."""
    with tempfile.TemporaryDirectory(prefix="oriel-dev-") as top:
        for name in "dev", "tests/report.py", "data/packages.txt":
            os.makedirs(os.path.dirname(os.path.join(top, name)), exist_ok=True)
            shutil.copy(os.path.join(TOP, name), os.path.join(top, name))
        for folder in "tools", "bin":
            os.mkdir(os.path.join(top, folder))
        for name in "fetch-kernel", "fetch-headers":
            write_program(os.path.join(top, "tools"), name, "#!/bin/sh\n")
        for name, text in ("meson", MESON), ("ninja", NINJA), ("dpkg-query", DPKG_QUERY):
            write_program(os.path.join(top, "bin"), name, text)
        environment = {**os.environ, "PATH": f"{top}/bin:{os.environ['PATH']}",
                       "BROKEN": json.dumps(broken), "UNBUILDABLE": unbuildable}
        done = subprocess.run([f"{top}/dev", *words], env=environment, text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout


def expect(answer, status, *phrases):
    assert answer[0] == status, f"exit {answer[0]}, not {status}: {answer[1]}"
    for phrase in phrases:
        assert phrase in answer[1], f"'{phrase}' is not in: {answer[1]}"


def everything_that_passes_is_a_success():
    answer = run_dev("test")
    expect(answer, 0, "6 passed, 0 failed, 0 skipped")
    assert answer[1].endswith("0 skipped\n"), answer[1]


def the_quick_part_that_passes_is_a_success():
    expect(run_dev("test", "--quick"), 0, "2 passed, 0 failed")


def named_tests_that_pass_are_a_success():
    expect(run_dev("test", "slow"), 0, "0 failed")


def a_failure_in_any_tree_is_one():
    for tree in "build", "asan", "tsan":
        expect(run_dev("test", broken=[(tree, "testlog", "fast")]), 1,
               "5 passed, 1 failed", "fast: the_only_case")


def a_slow_one_is_tried_again_alone():
    expect(run_dev("test", broken=[("build", "testlog", "slow")]), 0,
           "trying again, alone: slow", "UNSTABLE build: slow", "6 passed, 0 failed")


def one_that_fails_twice_is_a_failure():
    expect(run_dev("test", broken=[("build", "testlog", "slow"), ("build", "again", "slow")]), 1,
           "5 passed, 1 failed")


def a_sanitized_tree_that_does_not_build_is_a_failure():
    expect(run_dev("test", unbuildable="asan"), 1, "a file does not compile",
           "FAILED asan: no test ran", "4 passed, 1 failed")


def a_name_of_no_test_is_said():
    expect(run_dev("test", "nothing-like-it"), 1, "no test's name contains 'nothing-like-it'")


tap.run([everything_that_passes_is_a_success, the_quick_part_that_passes_is_a_success,
         named_tests_that_pass_are_a_success, a_failure_in_any_tree_is_one,
         a_slow_one_is_tried_again_alone, one_that_fails_twice_is_a_failure,
         a_sanitized_tree_that_does_not_build_is_a_failure, a_name_of_no_test_is_said])
