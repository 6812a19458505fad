#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""window.py VIEWER: what the user of oriel-view learns of a SPICE server that refuses or ends,
in the log, in the window and from the control socket, as TAP. The servers are QEMU's."""
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

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bed"))
import console  # noqa: E402

LIMIT_S = 60
SIZE = (640, 480)


def patiently(what, look):
    """What look() gives as soon as that is true."""
    end = time.monotonic() + LIMIT_S
    while not (found := look()):
        assert time.monotonic() < end, what
        time.sleep(0.05)
    return found


def find_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Bed:
    """A folder, an X server, at most one SPICE server and one viewer at a time."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="oriel-spice-window-")
        self.screen = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-noreset", "-nolisten", "tcp", "-screen", "0",
             f"{SIZE[0]}x{SIZE[1]}x24"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        self.environment = dict(os.environ, XDG_CONFIG_HOME=self.folder,
                                XDG_RUNTIME_DIR=self.folder,
                                DISPLAY=":" + self.screen.stdout.readline().strip())
        self.environment.pop("WAYLAND_DISPLAY", None)
        self.server = self.viewer = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def serve(self, spice, address):
        """spice: QEMU's -spice value; address: what connect() takes."""
        self.server = subprocess.Popen(
            ["qemu-system-x86_64", "-S", "-nodefaults", "-no-user-config", "-display", "none",
             "-machine", "q35", "-accel", "tcg", "-m", "64", "-device", "VGA", "-object",
             "secret,id=word,data=right", "-spice", spice], stderr=subprocess.DEVNULL)

        def is_there():
            with socket.socket(socket.AF_INET if isinstance(address, tuple)
                               else socket.AF_UNIX) as probe:
                return probe.connect_ex(address) == 0

        patiently("QEMU's SPICE server does not listen", is_there)

    def end_server(self):
        if self.server:
            self.server.kill()
            self.server.wait()
        self.server = None

    def view(self, *options):
        self.words = open(self.path("words"), "w+", encoding="utf-8")
        self.viewer = subprocess.Popen(
            [VIEWER, "--allow-root", "--vm", "window", "--window", "x11", "--present", "soft",
             "--size", "640x480", *options], env=self.environment, stderr=self.words)

    def end_viewer(self):
        if self.viewer:
            self.viewer.terminate()
            self.viewer.wait(timeout=LIMIT_S)
            self.words.close()
        self.viewer = None

    def wait_word(self, word, count=1):
        def is_said():
            with open(self.path("words"), encoding="utf-8") as words:
                return words.read().count(word) >= count
        patiently(f"the viewer does not say '{word}'", is_said)

    def status(self):
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(self.path("oriel/window.sock"))
                client.sendall(b'{"command": "status"}\n')
                return json.loads(client.makefile().readline())
        except OSError:
            return {}

    def picture(self):
        subprocess.run(["import", "-window", "root", "PNG24:" + self.path("screen.png")],
                       env=self.environment, check=True, timeout=LIMIT_S)
        return console.read_png(self.path("screen.png"))[2]

    def close(self):
        self.end_viewer()
        self.end_server()
        self.screen.terminate()
        self.screen.communicate()
        shutil.rmtree(self.folder)


def lit_rows(rows):
    """How many rows of the screen have something light on them, as text has."""
    return sum(max(row) > 150 for row in rows)


def expect_refusal(bed, word, *options):
    """The sentence is in the log, in the status, and below the other one in the window."""
    bed.view("--source", "/nowhere/none")
    patiently("there is no waiting screen", lambda: lit_rows(bed.picture()) > 0)
    without = lit_rows(bed.picture())
    bed.end_viewer()
    bed.view("--source", "/nowhere/none", *options)
    bed.wait_word(word)
    patiently("the status does not tell", lambda: word in bed.status().get("spice-problem", ""))
    patiently("the window does not tell", lambda: lit_rows(bed.picture()) > without)
    bed.end_viewer()
    bed.end_server()


def a_wrong_password(bed):
    port = find_port()
    with open(bed.path("word"), "w", encoding="ascii") as file:
        file.write("wrong\n")
    bed.serve(f"port={port},addr=127.0.0.1,password-secret=word", ("127.0.0.1", port))
    expect_refusal(bed, "did not accept the password", "--spice", f"spice://127.0.0.1:{port}",
                   "--password-file", bed.path("word"))


def make_certificates(bed):
    for line in ("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=right -keyout ca-key.pem "
                 "-out ca-cert.pem",
                 "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=wrong -keyout x-key.pem "
                 "-out wrong.pem",
                 "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server-key.pem "
                 "-out server.csr",
                 "x509 -req -days 2 -in server.csr -CA ca-cert.pem -CAkey ca-key.pem "
                 "-set_serial 1 -out server-cert.pem"):
        subprocess.run(["openssl", *line.split()], cwd=bed.folder, check=True,
                       capture_output=True, timeout=LIMIT_S)


def a_wrong_authority(bed):
    port = find_port()
    make_certificates(bed)
    bed.serve(f"tls-port={port},addr=127.0.0.1,x509-dir={bed.folder},disable-ticketing=on",
              ("127.0.0.1", port))
    expect_refusal(bed, "did not prove who it is", "--spice", f"spice+tls://localhost:{port}",
                   "--spice-ca", bed.path("wrong.pem"))


def a_server_that_goes_and_comes(bed):
    """The picture stays, the status tells, and the connection comes back by itself."""
    path = bed.path("spice")
    bed.serve(f"unix=on,addr={path},disable-ticketing=on", path)
    bed.view("--source", "test:640x480@1", "--spice", path)
    bed.wait_word("Connected to the SPICE server")
    patiently("no picture", lambda: lit_rows(bed.picture()) == SIZE[1])
    bed.end_server()
    patiently("the status does not tell", lambda: "spice-problem" in bed.status())
    assert bed.status()["state"] == "running", bed.status()
    assert lit_rows(bed.picture()) > SIZE[1] / 2, "the picture went"
    os.unlink(path)
    bed.serve(f"unix=on,addr={path},disable-ticketing=on", path)
    bed.wait_word("Connected to the SPICE server", 2)
    patiently("the status still tells of it", lambda: "spice-problem" not in bed.status())
    bed.end_viewer()


class Keyboard:
    """Whether another program of the desktop could have the keyboard for itself."""

    def __init__(self, bed):
        self.lib = ctypes.CDLL("libX11.so.6")
        self.lib.XOpenDisplay.restype = ctypes.c_void_p
        self.lib.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
        self.lib.XDefaultRootWindow.restype = ctypes.c_ulong
        self.lib.XGrabKeyboard.argtypes = [ctypes.c_void_p, ctypes.c_ulong] + 3 * [ctypes.c_int] + [
            ctypes.c_ulong]
        self.lib.XUngrabKeyboard.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        self.lib.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self.screen = self.lib.XOpenDisplay(bed.environment["DISPLAY"].encode())
        assert self.screen, "no connection to the X server"

    def is_free(self):
        root = self.lib.XDefaultRootWindow(self.screen)
        is_ours = self.lib.XGrabKeyboard(self.screen, root, 0, 1, 1, 0) == 0
        self.lib.XUngrabKeyboard(self.screen, 0)
        self.lib.XSync(self.screen, 0)
        return is_ours


def release_while_all_hangs(bed, keyboard, *keys):
    """Captures, holds keys, has guest and SPICE server hang beneath a flood, and releases."""
    def do(*words):
        subprocess.run(["xdotool", *words], env=bed.environment, check=True, timeout=LIMIT_S)

    do("key", "Scroll_Lock")
    patiently("nothing is captured", lambda: bed.status()["captured"])
    assert not keyboard.is_free(), "a capture that leaves the keyboard to others"
    do("keydown", "a", "keydown", "b")
    bed.server.send_signal(signal.SIGSTOP)
    for _ in range(10):
        do("key", "--delay", "1", *("c",) * 40, "mousemove_relative", "3", "5")
    do(*(word for key in keys for word in ("keydown", key)))
    patiently(f"{keys} do not release", lambda: not bed.status()["captured"])
    patiently("the keyboard is still taken", keyboard.is_free)
    do(*(word for key in keys for word in ("keyup", key)), "keyup", "a", "keyup", "b")
    bed.server.send_signal(signal.SIGCONT)


def an_emergency_release_while_guest_and_server_hang(bed):
    path = bed.path("spice")
    bed.serve(f"unix=on,addr={path},disable-ticketing=on", path)
    bed.view("--source", "test:640x480@30", "--spice", path)
    bed.wait_word("Connected to the SPICE server")
    keyboard = Keyboard(bed)
    window = patiently("no window", lambda: subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", "window"], env=bed.environment,
        stdout=subprocess.PIPE, text=True, check=False).stdout.split())[0]
    subprocess.run(["xdotool", "windowfocus", "--sync", window], env=bed.environment, check=True,
                   timeout=LIMIT_S)
    release_while_all_hangs(bed, keyboard, "Control_L", "Alt_L", "Shift_L", "Escape")
    release_while_all_hangs(bed, keyboard, "Scroll_Lock")
    assert bed.status()["state"] == "running", bed.status()
    bed.end_viewer()


CASES = (an_emergency_release_while_guest_and_server_hang, a_wrong_password,
         a_wrong_authority, a_server_that_goes_and_comes)


def main():
    needs = ("qemu-system-x86_64", "Xvfb", "import", "openssl", "xdotool")
    missing = [name for name in needs if not shutil.which(name)]
    if missing:
        print(f"1..0 # SKIP there is no {missing[0]}")
        return
    print(f"1..{len(CASES)}", flush=True)
    for number, case in enumerate(CASES, 1):
        bed = Bed()
        try:
            case(bed)
            print(f"ok {number} - {case.__name__}", flush=True)
        except (AssertionError, OSError, subprocess.SubprocessError) as problem:
            print(f"not ok {number} - {case.__name__}\n# {problem!r}", flush=True)
        finally:
            bed.close()


VIEWER = os.path.abspath(sys.argv[1])
main()
