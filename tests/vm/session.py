# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `oriel vm start` leaves running: real machines by a session libvirt of an ordinary user.

usage: session.py ORIEL DATA-FOLDER
"""

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bed import Report, Skip, want  # noqa: E402
from user import PATIENCE_S, User, read, wait_until, why_not  # noqa: E402

# Without SPICE: its server can take QEMU along when a viewer leaves while it still connects.
SMALL = ("--os", "linux", "--virtualization", "qemu", "--memory", "512M", "--cpus", "1",
         "--disk", "none", "--network", "none", "--firmware", "bios", "--relay", "plain",
         "--display", "none")


class Session(User):
    """With shared memory and an X server."""

    def __init__(self, program, data):
        super().__init__(program, data)
        self.relay = os.path.basename(self.folder)
        self.memory = os.path.join("/dev/shm", self.relay)
        self.screen = None

    def open_screen(self):
        """Why there is none, or None."""
        if not shutil.which("Xvfb"):
            return "Xvfb is not installed"
        refused = []
        for _ in range(5):
            self.screen, number = start_screen()
            if number and lets_in(number) and self.screen.poll() is None:
                self.env["DISPLAY"] = ":" + number
                break
            refused.append(self.screen)  # which keeps its number, so that the next has another
            self.screen = None
        for screen in refused:
            screen.terminate()
            screen.wait()
        return None if self.screen else "no X server that lets clients in could be started"

    def close(self):
        self.run("vm", "stop", "--force", "one")
        super().close()
        if self.screen:
            self.screen.terminate()
            self.screen.wait()
        if os.path.exists(self.memory):
            os.unlink(self.memory)


def start_screen():
    """The server, and its number or nothing."""
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "800x600x24", "-noreset", "-ac", "-nolisten",
         "tcp"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    ready, _, _ = select.select([screen.stdout], [], [], PATIENCE_S)
    # A line in two writes: a server that cannot write the second gives up.
    return screen, screen.stdout.readline().decode().strip() if ready else ""


def lets_in(number):
    """Each address of that display lets a client in: one can be another server's, a dying one's."""
    path = f"/tmp/.X11-unix/X{number}"
    for address in ("\0" + path, path):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE_S)
            try:
                client.connect(address)
                client.sendall(b"l\0\x0b\0\0\0\0\0\0\0\0\0")
                answer = client.recv(1)
            except OSError:
                return False
        if answer != b"\x01":
            return False
    return True


def journals(session):
    folder = os.path.join(session.folder, ".local/state/oriel/journal")
    return os.listdir(folder) if os.path.isdir(folder) else []


def is_clear(session):
    return not os.path.exists(session.memory) and not journals(session) and \
        not session.processes("supervise") and not session.processes("oriel-view")


def left(session):
    return (os.path.exists(session.memory), journals(session), session.processes("supervise"),
            session.processes("oriel-view"))


def the_one(session, *words):
    """The process with these words in its command line. One that it begins has them as well, until
    that is another program."""
    wait_until(lambda: len(session.processes(*words)) == 1)
    [pid] = session.processes(*words)
    return pid


def said(session):
    path = os.path.join(session.folder, ".local/state/oriel/log/one-viewer.log")
    return open(path).read() if os.path.exists(path) else "no log"


def a_session_machine_is_made(session):
    code, _, err = session.run("vm", "create", "one", *SMALL, "--relay-name", session.relay,
                             "--profile", "custom")
    want(code == 0, err)


def start_opens_memory_machine_and_viewer(session):
    reason = session.open_screen()
    code, out, err = session.run("vm", "start", "one")
    want(code == 0 and "running" in out, f"{code} {out} {err}")
    want(os.path.getsize(session.memory) == 32 << 20, "the memory")
    supervisor = the_one(session, "supervise")
    want(os.getsid(supervisor) == supervisor, "it is not a session of its own")
    if reason:
        raise Skip(reason)
    want(wait_until(lambda: session.processes("oriel-view", "--vm", "one", "--machine-profile",
                                              "custom")),
         f"no viewer: {said(session)}")


def a_viewer_that_is_closed_leaves_the_machine(session):
    if not session.screen:
        raise Skip("no viewer was opened")
    code, out, err = session.run("view", "one", "--send", "quit")
    for _ in range(100):  # it may still be opening
        if code != 3:
            break
        time.sleep(0.2)
        code, out, err = session.run("view", "one", "--send", "quit")
    want(code == 0, f"{out} {err}")
    want(wait_until(lambda: not session.processes("oriel-view")), "it did not close")
    want("running" in session.run("vm", "info", "one")[1], "the machine ended with it")


def machine_said(session):
    path = os.path.join(session.folder, ".cache/libvirt/qemu/log/one.log")
    return read(path) if os.path.exists(path) else "no log"


def stop_takes_everything_down(session):
    code, out, err = session.run("vm", "stop", "--force", "one")
    want(code == 0, f"{err} {machine_said(session)}")
    want(is_clear(session), f"left behind: {left(session)}")


def the_end_of_a_viewer_comes_with_the_machines(session):
    if not session.screen:
        raise Skip("no viewer was opened")
    want(session.run("vm", "start", "one")[0] == 0, "start")
    want(wait_until(lambda: session.processes("oriel-view", "--vm", "one")), "no viewer")
    want(session.run("vm", "stop", "--force", "one")[0] == 0, "stop")
    want(is_clear(session), f"left behind: {left(session)}")


def its_terminal_may_go(session):
    """Started on a terminal that hangs up; the machine then ends by itself, unasked."""
    leader, follower = os.openpty()
    shell = subprocess.Popen(session.command("vm", "start", "--no-view", "one"),
                             stdin=follower, stdout=follower, stderr=follower, cwd="/",
                             start_new_session=True)
    os.close(follower)
    want(shell.wait(timeout=120) == 0, "start")
    os.close(leader)
    time.sleep(0.5)
    want(the_one(session, "supervise") and os.path.exists(session.memory), "it ended")
    want(not session.processes("oriel-view"), "a viewer in spite of --no-view")
    qemu = the_one(session, "qemu-system", "guest=one")
    os.kill(qemu, signal.SIGTERM)
    want(wait_until(lambda: is_clear(session)), f"left behind: {left(session)}")
    want("shut off" in session.run("vm", "info", "one")[1], "it is still on")


def wait_returns_with_the_machines_end(session):
    oriel = subprocess.Popen(session.command("vm", "start", "--no-view", "--wait", "one"),
                             stdout=subprocess.PIPE, text=True, cwd="/")
    want(wait_until(lambda: session.processes("qemu-system", "guest=one") and
                    session.processes("supervise")), "it did not start")
    want(oriel.poll() is None, "it did not wait")
    for pid in session.processes("qemu-system", "guest=one"):
        os.kill(pid, signal.SIGTERM)
    out, _ = oriel.communicate(timeout=PATIENCE_S)
    want(oriel.returncode == 0 and out == "one: shut off\n", f"{oriel.returncode} {out}")
    want(is_clear(session), f"left behind: {left(session)}")


def a_killed_supervisor_is_made_up_for(session):
    want(session.run("vm", "start", "--no-view", "one")[0] == 0, "start")
    supervisor = the_one(session, "supervise")
    os.kill(supervisor, signal.SIGKILL)
    want("running" in session.run("vm", "info", "one")[1], "the machine ended with it")
    qemu = the_one(session, "qemu-system", "guest=one")
    os.kill(qemu, signal.SIGTERM)
    want(wait_until(lambda: "shut off" in session.run("vm", "info", "one")[1]), "it is still on")
    # A command clears up when it begins, and the one that saw the end had begun before it.
    session.run("vm", "info", "one")
    want(is_clear(session), f"left behind: {left(session)}")


def main():
    program, data = map(os.path.abspath, sys.argv[1:3])
    reason = why_not(program)
    if reason:
        print(f"1..0 # SKIP {reason}")
        return
    session = Session(program, data)
    report = Report()
    try:
        for case in (a_session_machine_is_made, start_opens_memory_machine_and_viewer,
                     a_viewer_that_is_closed_leaves_the_machine, stop_takes_everything_down,
                     the_end_of_a_viewer_comes_with_the_machines, its_terminal_may_go,
                     wait_returns_with_the_machines_end, a_killed_supervisor_is_made_up_for):
            report.case(case, session)
    finally:
        session.close()
    report.end()


main()
