#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""report.py BUILD…: sums up the last test run of each build tree, case by case.
report.py --slow-failures BUILD: prints the names of the slow tests that failed there.

Reads the JSON log that `meson test` leaves. A program with TAP output counts with each of its
cases, any other one as a single case. Prints every failure with the end of its output and the
command that repeats it, every skip with its reason, and last `N passed, N failed, N skipped`.
Exit 0 only when nothing failed.

A slow test that failed beside another one and was tried again alone (in the log AGAIN) counts as it
did then. When it passed, that is told as UNSTABLE, with the end of its first output.
"""
import json
import os
import re
import sys

FIRST, AGAIN = "testlog.json", "again.json"
PLAN = re.compile(r"^1\.\.(\d+)(?:\s*#\s*skip\S*\s*(.*))?", re.I)
CASE = re.compile(r"^(not ok|ok)\b\s*\d*\s*(?:-\s*)?([^#]*)(?:#\s*skip\S*\s*(.*))?", re.I)
SKIP = re.compile(r"^#\s*skip\S*\s+(.*)", re.I)


def cases_of_tap(lines):
    """Yields (verdict, name, reason) for each case; raises ValueError when the plan is not kept."""
    planned, seen, reason = None, 0, None
    for line in lines:
        if match := SKIP.match(line):
            reason = match[1]
        elif match := PLAN.match(line):
            planned = (planned or 0) + int(match[1])
            if planned == 0:
                yield "skipped", "all", match[2] or "no reason given"
        elif match := CASE.match(line):
            seen += 1
            skipped = match[3] is not None or reason is not None
            why = reason or match[3] or "no reason given"
            verdict = "skipped" if skipped else "passed" if match[1] == "ok" else "failed"
            yield verdict, match[2].strip() or (match[3] or ""), why if skipped else None
            reason = None
    if planned != seen:
        raise ValueError(f"planned {planned} cases, ran {seen}")


def cases_of_test(test):
    """All cases of one program as (verdict, name, reason)."""
    lines = (test.get("stdout") or "").splitlines()
    if not any(PLAN.match(line) for line in lines):
        verdict = {"OK": "passed", "EXPECTEDFAIL": "passed", "SKIP": "skipped"}
        verdict = verdict.get(test["result"], "failed")
        reason = next((line for line in reversed(lines) if line.strip()), "no reason given")
        return [(verdict, "", reason if verdict == "skipped" else None)]
    cases = []
    try:
        cases.extend(cases_of_tap(lines))
    except ValueError as error:
        cases.append(("failed", str(error), None))
    # A program that crashed or ran too long after its last case has failed all the same.
    if test["returncode"] != 0 or test["result"] in ("TIMEOUT", "ERROR", "INTERRUPT"):
        if not any(verdict == "failed" for verdict, _, _ in cases):
            cases.append(("failed", f"ended with {test['returncode']} ({test['result']})", None))
    return cases


def tail_of(test, count=30):
    """The end of its output, without the cases that passed."""
    text = (test.get("stdout") or "") + (test.get("stderr") or "")
    lines = [line for line in text.splitlines() if not re.match(r"ok\b", line)]
    return "".join(f"    {line}\n" for line in lines[-count:])


def tests_of_log(tree, name):
    path = os.path.join(tree, "meson-logs", name)
    with open(path, encoding="utf-8", errors="replace") as log:
        return [json.loads(line) for line in log if line.strip()]


def has_failed(test):
    return any(verdict == "failed" for verdict, _, _ in cases_of_test(test))


def print_slow_failures(tree):
    for test in tests_of_log(tree, FIRST):
        if has_failed(test) and ":slow" in test["name"].split(" / ")[0]:
            print(test["name"].split(" / ")[-1])


def tests_of_tree(tree):
    """Each test as (its run that counts, its first run when that failed and this one did not)."""
    try:
        again = {test["name"]: test for test in tests_of_log(tree, AGAIN)}
    except OSError:
        again = {}
    for test in tests_of_log(tree, FIRST):
        last = again.get(test["name"], test)
        yield last, test if has_failed(test) and not has_failed(last) else None


def how_to_repeat(tree, name):
    folder = os.path.relpath(tree)
    return f"./dev test {name}" if os.path.basename(tree) == "build" else \
        f"meson test -C {folder} --no-rebuild {name}"


def main(trees):
    count = {"passed": 0, "failed": 0, "skipped": 0}
    unstable = 0
    for tree in trees:
        label = os.path.basename(tree)
        try:
            tests = list(tests_of_tree(tree))
        except OSError as error:
            print(f"FAILED {label}: no test ran: {error}")
            count["failed"] += 1
            continue
        for test, first in tests:
            name = test["name"].split(" / ")[-1]
            title = f"{label}: {name}"
            cases = cases_of_test(test)
            for verdict, case, reason in cases:
                count[verdict] += 1
                if verdict != "passed":
                    print(f"{verdict.upper()} {title}: {case}" + (f": {reason}" if reason else ""))
            if has_failed(test):
                print(tail_of(test) + f"    alone, once more: {how_to_repeat(tree, name)}")
            if first:
                unstable += 1
                print(f"UNSTABLE {title}: broke beside another test, passed alone\n"
                      + tail_of(first).replace("not ok ", "at first: "), end="")
    if unstable:
        print(f"{unstable} unstable: tried again alone, counted as passed")
    if not sum(count.values()):
        print("FAILED: not one test ran")
        count["failed"] = 1
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**count))
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    if sys.argv[1] == "--slow-failures":
        print_slow_failures(sys.argv[2])
    else:
        sys.exit(main(sys.argv[1:]))
