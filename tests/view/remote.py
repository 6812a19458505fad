#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""remote.py VIEWER: the control socket of a running oriel-view, rubbish included, as TAP."""
import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

VIEWER = sys.argv[1]
PATIENCE_S = 20


class Viewer:
    """A headless one with a test picture, its folders, and a connection to it."""

    def __init__(self, *arguments, source="test:64x48@30"):
        self.top = tempfile.mkdtemp(prefix="oriel-remote-")
        self.path = f"{self.top}/oriel/vm1.sock"
        self.settings = f"{self.top}/settings.ini"
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write("[window]\ntitle = one\n")
        self.command = [VIEWER, "--allow-root", "--config", self.settings, "--vm", "vm1",
                        "--headless", "--source", source.replace("TOP", self.top), "--pictures",
                        self.top, *arguments]
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": self.top}
        self.process = subprocess.Popen(self.command, env=self.environment,
                                        stderr=subprocess.PIPE, text=True)
        self.file = self.connect()

    def connect(self):
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                connection = socket.socket(socket.AF_UNIX)
                connection.settimeout(PATIENCE_S)
                connection.connect(self.path)
                return connection.makefile("rwb")
            except OSError:
                assert self.process.poll() is None, self.process.stderr.read()
                assert time.monotonic() < end, "no control socket"
                time.sleep(0.02)

    def send(self, line):
        """The answer to a line of bytes."""
        self.file.write(line + b"\n")
        self.file.flush()
        return json.loads(self.file.readline())

    def ask(self, command, **members):
        return self.send(json.dumps({"command": command, **members}).encode())

    def wait_state(self, state):
        end = time.monotonic() + PATIENCE_S
        while (status := self.ask("status"))["state"] != state:
            assert time.monotonic() < end, status
            time.sleep(0.02)
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=PATIENCE_S)
        shutil.rmtree(self.top)


def the_socket_is_only_ours():
    with Viewer() as viewer:
        assert viewer.ask("status")["ok"]
        assert stat.S_IMODE(os.stat(viewer.path).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(os.path.dirname(viewer.path)).st_mode) == 0o700
        viewer.process.terminate()
        viewer.process.wait(PATIENCE_S)
        assert not os.path.exists(viewer.path)


def status_and_figures():
    with Viewer() as viewer:
        status = viewer.wait_state("running")
        assert status["ok"] and status["vm"] == "vm1" and status["reason"] == ""
        assert status["pid"] == viewer.process.pid
        first = viewer.ask("stats")["stats"]["frames"]
        end = time.monotonic() + PATIENCE_S
        while viewer.ask("stats")["stats"]["frames"] <= first:
            assert time.monotonic() < end, "the figures stand still"
    with Viewer(source="TOP/not-there") as viewer:
        status = viewer.wait_state("starting")
        assert status["reason"], status


def a_frame_waits_since_the_look_before():
    """However long ago a look found nothing, as the one that a request wakes it up for does."""
    with Viewer() as viewer:
        viewer.wait_state("running")
        for _ in range(5):
            viewer.ask("stats")
        time.sleep(1.5)
        arrival = viewer.ask("stats")["stats"]["arrival_latency_ms"]
        assert 0 < arrival["p50"] < 300, arrival


def a_screenshot_while_it_runs():
    with Viewer() as viewer:
        viewer.wait_state("running")
        for name in ("a.png", "a.png"):  # the second goes over the first
            answer = viewer.ask("screenshot", file=name)
            assert answer == {"ok": True, "file": f"{viewer.top}/{name}"}, answer
        with open(f"{viewer.top}/a.png", "rb") as file:
            head = file.read(24)
        assert head[:8] == b"\x89PNG\r\n\x1a\n"
        assert head[16:24] == (64).to_bytes(4, "big") + (48).to_bytes(4, "big")
        answer = viewer.ask("screenshot")
        assert answer["ok"] and os.path.getsize(answer["file"]) > 0
        for name in ("../a.png", "/tmp/a.png", "", ".a", "x/a.png"):
            assert not viewer.ask("screenshot", file=name)["ok"], name
        os.mkdir(f"{viewer.top}/folder.png")
        assert "folder.png" in viewer.ask("screenshot", file="folder.png")["error"]
    with Viewer(source="TOP/not-there") as viewer:
        assert "no frame" in viewer.ask("screenshot")["error"]


def settings_are_read_again():
    with Viewer() as viewer:
        assert viewer.ask("reload") == {"ok": True, "now": [], "at-next-start": []}
        with open(viewer.settings, "w", encoding="utf-8") as file:
            file.write("[window]\ntitle = two\nsize = 100x100\n")
        answer = viewer.ask("reload")
        assert answer == {"ok": True, "now": ["title"], "at-next-start": ["size"]}, answer
        with open(viewer.settings, "w", encoding="utf-8") as file:
            file.write("[window]\ntitle = two\n[input]\nescape-key = RightCtrl\nbind = b=quit\n"
                       "capture = click\ninput = captured\nsensitivity = 2\n"
                       "grab-keyboard = no\n")
        answer = viewer.ask("reload")
        assert sorted(answer["now"]) == ["bind", "capture", "escape-key", "grab-keyboard", "input",
                                         "sensitivity"] and not answer["at-next-start"], answer
        with open(viewer.settings, "w", encoding="utf-8") as file:
            file.write("[window]\nsize = big\n")
        answer = viewer.ask("reload")
        assert not answer["ok"] and "settings.ini:2: size" in answer["error"], answer
        assert viewer.ask("status")["ok"]
        viewer.process.send_signal(signal.SIGHUP)
        assert viewer.ask("status")["ok"]


RUBBISH = [
    b"", b"rubbish", b"[" * 4000, b"{" * 4000, b"\xff\xfe", b"5", b"null", b"[]", b"{}", b"\0",
    b'{"command":5}', b'{"command":null}', b'{"command":["status"]}', b'{"command":"sttus"}',
    b'{"command":"status"}{"command":"status"}', b'{"command":"status"} }',
    b'{"command":"status","x":1}', b'{"command":"screenshot","file":5}',
    b'{"command":"screenshot","file":{}}', b'{"command":"screenshot","file":"\\ud800a.png"}',
    b'{"command":"' + b"x" * 4000 + b'"}',
]


def rubbish_is_answered():
    with Viewer() as viewer:
        for line in RUBBISH:
            answer = viewer.send(line)
            assert answer["ok"] is False and answer["error"], (line, answer)
        assert 'did you mean "status"?' in viewer.ask("sttus")["error"]
        spaced = viewer.send(b'{"command":"status"} \t')
        assert spaced["ok"], spaced
        second = viewer.connect()
        second.write(b"x" * 5000)
        second.flush()
        assert b"too long" in second.readline()
        viewer.connect().close()
        third = viewer.connect()
        third.write(b'{"command":"screensh')
        third.flush()
        third.close()
        assert viewer.ask("status")["ok"]


def many_requests_at_once():
    with Viewer() as viewer:
        viewer.wait_state("running")
        names = ["status", "stats", "screenshot", "help"] * 5
        viewer.file.write(b"".join(b'{"command":"%s"}\n' % name.encode() for name in names))
        viewer.file.flush()
        keys = {"status": "state", "stats": "stats", "screenshot": "file", "help": "commands"}
        for name in names:
            answer = json.loads(viewer.file.readline())
            assert answer["ok"] and keys[name] in answer, (name, answer)


def one_too_many_is_told_so():
    with Viewer() as viewer:
        others = [viewer.connect() for _ in range(7)]
        for other in others:
            other.write(b'{"command":"status"}\n')
            other.flush()
            assert json.loads(other.readline())["ok"]
        assert "as many clients" in json.loads(viewer.connect().readline())["error"]
        others.pop().close()
        end = time.monotonic() + PATIENCE_S
        while True:
            again = viewer.connect()
            again.write(b'{"command":"status"}\n')
            try:
                again.flush()
                if json.loads(again.readline())["ok"]:
                    break
            except OSError:
                pass
            assert time.monotonic() < end, "there is no room again"
            time.sleep(0.02)
        assert viewer.ask("status")["ok"]


def a_crowd_is_answered():
    """Each of them, if only that there are too many."""
    with Viewer() as viewer:
        crowd = [socket.socket(socket.AF_UNIX) for _ in range(50)]
        for each in crowd:
            each.setblocking(False)
            each.connect(viewer.path)
        for each in crowd:
            each.settimeout(PATIENCE_S)
            with contextlib.suppress(BrokenPipeError):
                each.sendall(b'{"command":"status"}\n')
            assert "ok" in json.loads(each.makefile().readline())
            each.close()
        assert viewer.ask("status")["ok"]


def who_never_reads_is_dropped():
    with Viewer() as viewer:
        deaf = socket.socket(socket.AF_UNIX)
        deaf.connect(viewer.path)
        deaf.settimeout(PATIENCE_S)
        try:
            for _ in range(100000):
                deaf.sendall(b'{"command":"help"}\n' * 50)
            raise AssertionError("5 million requests and still there")
        except OSError as error:
            assert not isinstance(error, TimeoutError), "it waits for a client that does not read"
        assert viewer.ask("status")["ok"]


def one_viewer_a_vm():
    with Viewer() as viewer:
        other = subprocess.run(viewer.command, env=viewer.environment, stderr=subprocess.PIPE,
                               text=True, timeout=PATIENCE_S)
        assert other.returncode == 1 and "another viewer" in other.stderr, other.stderr
        assert viewer.ask("status")["ok"]
        viewer.process.kill()
        viewer.process.wait(PATIENCE_S)
        assert os.path.exists(viewer.path)
        viewer.process.stderr.close()
        viewer.process = subprocess.Popen(viewer.command, env=viewer.environment,
                                          stderr=subprocess.PIPE, text=True)
        viewer.file = viewer.connect()
        assert viewer.ask("status")["ok"]


def a_place_that_is_taken_is_told():
    with tempfile.TemporaryDirectory(prefix="oriel-remote-") as top:
        os.mkdir(f"{top}/oriel", 0o700)
        path = f"{top}/oriel/vm1.sock"

        def start(folder=top):
            done = subprocess.run(
                [VIEWER, "--allow-root", "--config", "/dev/null", "--headless", "--source",
                 "test:64x48@30", "--vm", "vm1", "--pictures", top, "--frames", "1"],
                env={**os.environ, "XDG_RUNTIME_DIR": folder}, stderr=subprocess.PIPE, text=True,
                timeout=PATIENCE_S)
            return done.returncode, done.stderr

        for make, remove in ((os.mkdir, os.rmdir),
                             (lambda name: os.symlink("/nowhere", name), os.unlink)):
            make(path)
            status, said = start()
            assert status == 1 and f"{path} is in the way" in said and "remove it" in said, said
            remove(path)
        # A viewer that hangs, with nobody let in and no room in front of the door.
        hung = socket.socket(socket.AF_UNIX)
        hung.bind(path)
        hung.listen(0)
        waiting = [socket.socket(socket.AF_UNIX) for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(path)
        status, said = start()
        assert status == 1 and "another viewer listens" in said, said
        for each in (hung, *waiting):
            each.close()
        # What it left behind is in nobody's way.
        assert start()[0] == 0
        status, said = start(f"{top}/{'x' * 100}")
        assert status == 1 and "longer than 107 bytes" in said, said


def a_capture_is_asked_for_and_ended():
    with Viewer() as viewer:
        for command, captured in (("capture", True), ("release", False), ("release", False)):
            assert viewer.ask(command) == {"ok": True}
            end = time.monotonic() + PATIENCE_S
            while viewer.ask("status")["captured"] != captured:
                assert time.monotonic() < end, f"after {command}"
                time.sleep(0.02)


def quit_ends_it():
    with Viewer() as viewer:
        assert viewer.ask("quit") == {"ok": True}
        assert viewer.process.wait(PATIENCE_S) == 0
        assert not os.path.exists(viewer.path)


def it_is_in_the_sandbox():
    with Viewer() as viewer:
        viewer.wait_state("running")
        with open(f"/proc/{viewer.process.pid}/status", encoding="utf-8") as file:
            assert "NoNewPrivs:\t1" in file.read()
    with Viewer("--no-sandbox") as viewer:
        viewer.wait_state("running")
        with open(f"/proc/{viewer.process.pid}/status", encoding="utf-8") as file:
            assert "Seccomp:\t0" in file.read()


def root_has_to_say_so():
    if os.geteuid():
        return "only root can try"
    command = [VIEWER, "--config", "/dev/null", "--headless", "--source", "test:64x48@30",
               "--frames", "1"]
    refused = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S)
    assert refused.returncode == 1 and "--allow-root" in refused.stderr, refused
    assert refused.stderr.count("\n") == 1, refused.stderr
    assert subprocess.run([*command, "--allow-root"], timeout=PATIENCE_S).returncode == 0
    return None


CASES = [the_socket_is_only_ours, status_and_figures, a_frame_waits_since_the_look_before,
         a_screenshot_while_it_runs,
         settings_are_read_again, rubbish_is_answered, many_requests_at_once, a_crowd_is_answered,
         who_never_reads_is_dropped, one_too_many_is_told_so, one_viewer_a_vm,
         a_place_that_is_taken_is_told,
         a_capture_is_asked_for_and_ended, quit_ends_it, it_is_in_the_sandbox,
         root_has_to_say_so]


def main():
    print(f"1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        try:
            reason = case()
            print(f"ok {number} - {case.__name__}" + (f" # SKIP {reason}" if reason else ""),
                  flush=True)
        except Exception as error:  # a case that fails in any way is reported, the next one runs
            print(f"not ok {number} - {case.__name__}\n# {error!r}", flush=True)


if __name__ == "__main__":
    main()
