# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cases are functions; run() reports them as TAP."""


def run(cases):
    """One that raises anything has failed, one that returns words is skipped for that reason."""
    print(f"1..{len(cases)}")
    for number, case in enumerate(cases, 1):
        try:
            reason = case()
        except Exception as problem:  # the next one runs in any case
            text = f"{type(problem).__name__}: {problem}".replace("\n", "\n# ")
            print(f"not ok {number} - {case.__name__}\n# {text}", flush=True)
        else:
            remark = f" # SKIP {reason}" if reason else ""
            print(f"ok {number} - {case.__name__}{remark}", flush=True)
