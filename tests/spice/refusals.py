#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""refusals.py VIEWER: what oriel-view says to SPICE options that cannot be followed, as TAP."""
import os
import subprocess
import sys
import tempfile

LIMIT_S = 60
SECRET = "opensesame"

# (what, options, environment, exit status, part of the message)
CASES = [
    ("plain text to another computer", ["--spice", "spice://192.0.2.1:5900"], {}, 1,
     "in plain text"),
    ("a password in the address", ["--spice", f"spice://x:{SECRET}@localhost"], {}, 1,
     "more than host and port"),
    ("no address", ["--spice", "vm"], {}, 1, "is no address of a SPICE server"),
    ("a password file that is not there",
     ["--spice", "/nowhere", "--password-file", "{folder}/none"], {}, 1,
     "cannot read the SPICE password from"),
    ("a password file that is too long",
     ["--spice", "/nowhere", "--password-file", "{folder}/long"], {}, 1,
     "cannot read the SPICE password from"),
    ("an unset variable", ["--spice", "/nowhere", "--password-env", "ORIEL_NO_SUCH"], {}, 1,
     "no environment variable ORIEL_NO_SUCH"),
    ("a variable that is too long", ["--spice", "/nowhere", "--password-env", "WORD"],
     {"WORD": SECRET * 100}, 1, "too long"),
    ("two places for the password", ["--password-file", "a", "--password-env", "b"], {}, 2,
     "both name the SPICE password"),
]


def run(viewer, folder, options, environment):
    words = [word.format(folder=folder) for word in options]
    return subprocess.run(
        [viewer, "--allow-root", "--source", "test:64x64@30", "--headless", "--frames", "1",
         *words],
        env={**os.environ, "XDG_CONFIG_HOME": folder, **environment},
        capture_output=True, text=True, timeout=LIMIT_S)


def unreachable(viewer, folder):
    """A server that is not there is told of, and the picture comes all the same."""
    return run(viewer, folder, ["--spice", f"{folder}/nobody"], {})


def main(viewer):
    print(f"1..{len(CASES) + 1}")
    with tempfile.TemporaryDirectory(prefix="oriel-spice-") as folder:
        with open(os.path.join(folder, "long"), "w", encoding="ascii") as file:
            file.write(SECRET * 100)
        for number, (what, options, environment, status, part) in enumerate(CASES, 1):
            done = run(viewer, folder, options, environment)
            good = (done.returncode == status and part in done.stderr
                    and SECRET not in done.stderr + done.stdout)
            print(f"{'ok' if good else 'not ok'} {number} - refuses {what}")
            if not good:
                print(f"# {done.returncode}: {done.stderr}")
        done = unreachable(viewer, folder)
        print(f"{'not ' if done.returncode else ''}ok {len(CASES) + 1} - shows a picture without "
              "the server")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
