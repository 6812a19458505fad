# SPDX-License-Identifier: LGPL-2.1-or-later
"""An ordinary user with a libvirt of its own, which the first command starts."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

USER = "nobody"
PATIENCE_S = 60  # emulated, on a machine that is busy with other tests


class User:
    """close() ends everything that runs with this user's folder in its environment."""

    def __init__(self, program, data):
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="oriel-user-", dir="/tmp")
        owner = pwd.getpwnam(USER)
        os.mkdir(os.path.join(self.folder, "run"), 0o700)
        for path in (self.folder, os.path.join(self.folder, "run")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        self.env = {
            "PATH": os.environ["PATH"], "HOME": self.folder, "ORIEL_DATA_DIR": data,
            "XDG_RUNTIME_DIR": os.path.join(self.folder, "run"),
            "ORIEL_CONNECT": "qemu:///session",
        }

    def become(self):
        """The beginning of a command line that makes what follows this user's."""
        return ["runuser", "-u", USER, "--", "env", *(f"{k}={v}" for k, v in self.env.items())]

    def command(self, *arguments):
        return [*self.become(), self.program, *arguments]

    def run(self, *arguments):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True,
                              timeout=120, cwd="/")
        return done.returncode, done.stdout, done.stderr

    def processes(self, *words):
        """Ids of the processes of this session that have all those words in their command line."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                line = read(f"/proc/{pid}/cmdline").split("\0")
                mine = self.folder in read(f"/proc/{pid}/environ")
            except OSError:
                continue
            if mine and all(any(word in part for part in line) for word in words):
                found.append(int(pid))
        return found

    def end(self, how):
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)

    def close(self):
        self.end(signal.SIGTERM)
        wait_until(lambda: not self.processes())
        self.end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:  # other tests' words, too
        return file.read()


def wait_until(condition):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def why_not(program):
    if os.geteuid() != 0:
        return "only root can become the ordinary user of this test"
    for needed in ("libvirtd", "qemu-system-x86_64", "runuser"):
        if not shutil.which(needed, path=os.environ["PATH"] + ":/usr/sbin"):
            return f"{needed} is not installed"
    if subprocess.run(["runuser", "-u", USER, "--", program, "--version"],
                      capture_output=True, cwd="/").returncode:
        return f"the user {USER} may not run {program}"
    return None
