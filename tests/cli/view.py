#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""view.py ORIEL: `oriel view VM` keeps a viewer running and sends it commands, as TAP."""
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import tap

ORIEL = sys.argv[1]
PATIENCE_S = 20
# Of linux/ptrace.h and linux/wait.h.
PTRACE_ATTACH, WALL = 16, 0x40000000
VM = "keep test"


class Place:
    """A run-time folder of its own and, where asked for, a kept viewer in it."""

    def __init__(self, *arguments, keep=True):
        self.top = tempfile.mkdtemp(prefix="oriel-keep-")
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": self.top,
                            "ORIEL_CONNECT": "test:///default"}
        self.keeper = None
        if keep:
            self.keeper = subprocess.Popen(
                [ORIEL, "view", VM, "--config", "/dev/null", "--allow-root", "--headless",
                 "--source", "test:64x48@30", *arguments], env=self.environment,
                stderr=subprocess.PIPE, text=True)

    def run(self, *arguments):
        return subprocess.run([ORIEL, "view", *arguments], env=self.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE_S)

    def status(self):
        done = self.run(VM, "--send", "status")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def wait_state(self, *states):
        """A viewer that dies while it is asked gives no answer: it is asked again."""
        end = time.monotonic() + PATIENCE_S
        while True:
            done = self.run(VM, "--send", "status")
            if done.returncode == 0 and (status := json.loads(done.stdout))["state"] in states:
                return status
            assert time.monotonic() < end, done.stdout + done.stderr
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.keeper:
            if self.keeper.poll() is None:
                self.keeper.terminate()
            self.keeper.communicate(timeout=PATIENCE_S)
        shutil.rmtree(self.top)


def is_there(pid):
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False


def commands_reach_the_viewer():
    with Place("--pictures", tempfile.gettempdir()) as place:
        status = place.wait_state("running")
        assert status["vm"] == VM
        name = f"{os.path.basename(place.top)}.png"
        done = place.run(VM, "--send", "screenshot", f"file={name}")
        assert done.returncode == 0, done.stdout + done.stderr
        os.unlink(json.loads(done.stdout)["file"])
        done = place.run(VM, "--send", "screenshot", "file=a/b")
        assert done.returncode == 1 and not json.loads(done.stdout)["ok"]
        assert place.run(VM, "--send", "screenshot", "file").returncode == 2
        for words in ((VM, "--send"), (VM, "--send=status"), ("--send", "status"),
                      (VM, "--headless", "--send", "status")):
            done = place.run(*words)
            assert done.returncode == 2 and "view VM --send" in done.stderr, done
        assert place.run(VM, "--send", "quit").returncode == 0
        assert place.keeper.wait(PATIENCE_S) == 0
        assert place.status()["state"] == "stopped"


def a_crash_is_told_and_mended():
    with Place() as place:
        first = place.wait_state("running")["pid"]
        os.kill(first, signal.SIGSEGV)
        status = place.wait_state("error")
        assert "crashed" in status["reason"] and "started again" in status["reason"], status
        second = place.wait_state("running")["pid"]
        assert second != first
        os.kill(second, signal.SIGKILL)
        assert "in 2 s" in place.wait_state("error")["reason"]
        third = place.wait_state("running")["pid"]
        place.keeper.send_signal(signal.SIGTERM)
        assert place.keeper.wait(PATIENCE_S) == 0
        assert not is_there(third)
        assert os.listdir(f"{place.top}/oriel") == []


def it_can_be_ended_while_it_waits():
    with Place() as place:
        os.kill(place.wait_state("running")["pid"], signal.SIGSEGV)
        place.wait_state("error")
        place.keeper.send_signal(signal.SIGINT)
        assert place.keeper.wait(PATIENCE_S) == 0
        assert place.status()["state"] == "stopped"


def a_stopped_viewer_can_be_ended():
    with Place() as place:
        viewer = place.wait_state("running")["pid"]
        os.kill(viewer, signal.SIGSTOP)
        place.keeper.send_signal(signal.SIGINT)
        assert place.keeper.wait(PATIENCE_S) == 0
        assert not is_there(viewer)


def a_viewer_that_hangs_is_killed():
    """Its main thread stands still, as for a debugger."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Place() as place:
        viewer = place.wait_state("running")["pid"]
        if libc.ptrace(PTRACE_ATTACH, viewer, None, None):
            return f"no process can be held here: {os.strerror(ctypes.get_errno())}"
        os.waitpid(viewer, WALL)
        place.keeper.terminate()
        place.keeper.wait(PATIENCE_S)
        assert "does not end; it is killed" in place.keeper.stderr.read()
        # Whoever holds it hears of its end, and not the keeper.
        assert os.waitstatus_to_exitcode(os.waitpid(viewer, WALL)[1]) == -signal.SIGKILL
    return None


def a_viewer_that_lets_nobody_in_is_told():
    with Place(keep=False) as place:
        os.mkdir(f"{place.top}/oriel", 0o700)
        hung = socket.socket(socket.AF_UNIX)
        hung.bind(f"{place.top}/oriel/{VM}.sock")
        hung.listen(0)
        waiting = [socket.socket(socket.AF_UNIX) for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(hung.getsockname())
        done = place.run(VM, "--send", "status")
        assert done.returncode == 1 and "does not answer: it hangs" in done.stderr, done
        for each in (hung, *waiting):
            each.close()


def a_failure_is_no_crash():
    with Place("--frames", "none") as place:
        assert place.keeper.wait(PATIENCE_S) == 2
    with Place("--frames", "3") as place:
        assert place.keeper.wait(PATIENCE_S) == 0


def who_is_not_there():
    with Place(keep=False) as place:
        assert place.status() == {"vm": VM, "state": "stopped", "reason": "", "ok": True}
        done = place.run(VM, "--send", "quit")
        assert done.returncode == 3 and "no viewer" in done.stderr, done
        assert place.run("../x", "--send", "status").returncode == 2
        done = place.run("no such machine", "--headless")
        assert done.returncode != 0 and "no such machine" in done.stderr, done


CASES = [commands_reach_the_viewer, a_crash_is_told_and_mended, it_can_be_ended_while_it_waits,
         a_stopped_viewer_can_be_ended, a_viewer_that_hangs_is_killed,
         a_viewer_that_lets_nobody_in_is_told, a_failure_is_no_crash, who_is_not_there]

tap.run(CASES)
