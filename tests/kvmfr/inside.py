#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""inside.py MODULE TEST: in the computer that bed.py boots: loads the module of the kvmfr devices,
and is the test program from then on."""
import os
import subprocess
import sys

MODULE, TEST = sys.argv[1:]

subprocess.run(["insmod", MODULE, "static_size_mb=16"], check=True)
os.execve(TEST, [TEST], {**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"})
