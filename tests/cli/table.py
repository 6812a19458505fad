# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command table, as the completion of bash has it."""
import re
import subprocess


def commands(program):
    """{command without others below: its options}"""
    script = subprocess.run([program, "completion", "bash"], capture_output=True, text=True,
                            check=True, timeout=120).stdout
    rows = re.findall(r"^\t'(oriel [a-z -]+)'\) known='([^']*)'", script, re.MULTILINE)
    return {path: known.split() for path, known in rows
            if all(word.startswith("--") for word in known.split())}
