#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""report.py BUILD…: sums up the last test run of each build tree, case by case.

Reads the JSON log that `meson test` leaves. A program with TAP output counts with each of its
cases, any other one as a single case. Prints every failure with the end of its output, every skip
with its reason, and last `N passed, N failed, N skipped`. Exit 0 only when nothing failed.
"""
import json
import os
import re
import sys

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
    text = (test.get("stdout") or "") + (test.get("stderr") or "")
    return "".join(f"    {line}\n" for line in text.splitlines()[-count:])


def tests_of_tree(tree):
    path = os.path.join(tree, "meson-logs", "testlog.json")
    with open(path, encoding="utf-8", errors="replace") as log:
        return [json.loads(line) for line in log if line.strip()]


def main(trees):
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for tree in trees:
        label = os.path.basename(tree)
        try:
            tests = tests_of_tree(tree)
        except OSError as error:
            print(f"FAILED {label}: no test ran: {error}")
            count["failed"] += 1
            continue
        for test in tests:
            title = f"{label}: {test['name'].split(' / ')[-1]}"
            cases = cases_of_test(test)
            for verdict, name, reason in cases:
                count[verdict] += 1
                if verdict != "passed":
                    print(f"{verdict.upper()} {title}: {name}" + (f": {reason}" if reason else ""))
            if any(verdict == "failed" for verdict, _, _ in cases):
                print(tail_of(test), end="")
    if not sum(count.values()):
        print("FAILED: not one test ran")
        count["failed"] = 1
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**count))
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
