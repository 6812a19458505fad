# SPDX-License-Identifier: LGPL-2.1-or-later
"""Wayland compositors without a screen, for the tests of the viewer: sway and weston.

Sway refuses root, so that it runs as an ordinary user here; root may connect all the same.
"""
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from program import PATIENCE_S, SCREEN, Skip, look_up

CONFIG = """output HEADLESS-1 resolution {0}x{1} position 0 0
output HEADLESS-1 bg #305070 solid_color
default_border none
focus_follows_mouse no
floating_minimum_size 1 x 1
for_window [app_id="oriel-view"] floating enable, move absolute position 0 0
"""
USER = "nobody"


class Compositor:
    """What sway and weston have in common. socket: what WAYLAND_DISPLAY is to be."""

    def __init__(self, needed):
        for program in needed:
            if not shutil.which(program):
                raise Skip(f"{program} is not installed")
        self.folder = tempfile.mkdtemp(prefix="oriel-wayland-test-")
        os.chmod(self.folder, 0o700)
        self.process = None
        self.name = None

    def environment(self):
        return {"XDG_RUNTIME_DIR": self.folder, "WAYLAND_DISPLAY": self.name, "DISPLAY": ""}

    def start(self, command, user=None, **environment):
        """user: who runs it instead, as subprocess.Popen() knows him."""
        base = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": self.folder, "HOME": self.folder}
        self.log = open(os.path.join(self.folder, "log"), "w")
        self.process = subprocess.Popen(
            command, env={**base, **environment}, stdout=self.log, stderr=self.log,
            **(user or {}))

    def wait_file(self, match):
        """The name of the first file in the folder that match() takes."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self.process.poll() is None:
            for name in sorted(os.listdir(self.folder)):
                if match(name):
                    return name
            time.sleep(0.02)
        self.log.flush()
        with open(os.path.join(self.folder, "log")) as log:
            said = log.read()[-400:].replace("\n", " | ")
        self.end()
        raise Skip(f"the compositor does not start here: {said}")

    def end(self):
        if self.process:
            self.go_on()
            self.process.terminate()
            try:
                self.process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.log.close()
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self):
        """It stands still, in the middle of whatever it did."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def run(self, *command):
        """What a client of the compositor says."""
        return subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S,
                              cwd=self.folder, env={**os.environ, **self.environment()}).stdout


class Sway(Compositor):
    """Sway without a screen; windows of the viewer float at the top left."""

    def __init__(self, extra=""):
        super().__init__(["sway", "swaymsg", "grim"])
        path = os.path.join(self.folder, "config")
        with open(path, "w") as file:
            file.write(CONFIG.format(*SCREEN) + extra)
        user = None
        if os.geteuid() == 0:
            nobody = pwd.getpwnam(USER)
            user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            for name in (self.folder, path):
                os.chown(name, nobody.pw_uid, nobody.pw_gid)
        self.start(["sway", "-c", path], user, WLR_BACKENDS="headless",
                   WLR_LIBINPUT_NO_DEVICES="1", WLR_RENDERER="pixman")
        self.name = self.wait_file(
            lambda name: name.startswith("wayland-") and not name.endswith(".lock"))
        self.ipc = os.path.join(
            self.folder, self.wait_file(lambda name: name.startswith("sway-ipc.")))

    def say(self, *command):
        """swaymsg; its answer. It waits no longer than three seconds for a busy sway, and what is
        said here may be said twice."""
        end = time.monotonic() + PATIENCE_S
        while True:
            done = subprocess.run(["swaymsg", "-s", self.ipc, "-r", *command], check=False,
                                  capture_output=True, text=True, timeout=PATIENCE_S)
            if "Unable to receive IPC" not in done.stderr or time.monotonic() > end:
                break
        done.check_returncode()
        return json.loads(done.stdout) if done.stdout.strip() else None

    def exit(self):
        """It answers nothing any more."""
        subprocess.run(["swaymsg", "-s", self.ipc, "exit"], capture_output=True,
                       timeout=PATIENCE_S, check=False)

    def window(self):
        """The viewer's window as sway describes it, or None."""
        nodes = [self.say("-t", "get_tree")]
        while nodes:
            node = nodes.pop()
            if node.get("app_id") == "oriel-view":
                return node
            nodes += node["nodes"] + node["floating_nodes"]
        return None

    def grab(self):
        return look_up(self.run("grim", "-t", "ppm", "-").partition(b"\n255\n")[2])


WESTON_CONFIG = """[shell]
panel-position=none
background-color=0xff305070
animation=none
startup-animation=none
"""


class WestonOnX(Compositor):
    """Weston in a window that fills an X display: what xdotool does there are its devices. Its
    shell is for one window that fills it, or that of a desktop."""

    def __init__(self, display, shell="kiosk-shell.so"):
        super().__init__(["weston", "xdotool"])
        self.name = "oriel-test"
        self.display = display
        path = os.path.join(self.folder, "weston.ini")
        with open(path, "w") as file:
            file.write(WESTON_CONFIG)
        self.start(["weston", "--backend=x11-backend.so", "--use-pixman", f"--config={path}",
                    f"--width={SCREEN[0]}", f"--height={SCREEN[1]}", f"--socket={self.name}",
                    f"--shell={shell}", "--idle-time=0"], DISPLAY=display.name)
        self.wait_file(lambda name: name == self.name)

    def do(self, *words):
        self.display.run("xdotool", *words)

    def point(self, x, y):
        """The pointer goes there by way of two corners: weston hears of ways only, and may have
        begun with a pointer that is elsewhere than the X server's. A corner stops both."""
        corner = (SCREEN[0] - 1, SCREEN[1] - 1)
        for at in (corner, (0, 0), (x, y)):
            self.do("mousemove", "--sync", *map(str, at))


class Weston(Compositor):
    """Weston without a screen; it puts windows where it likes."""

    def __init__(self):
        super().__init__(["weston", "weston-screenshooter", "convert"])
        self.name = "oriel-test"
        path = os.path.join(self.folder, "weston.ini")
        with open(path, "w") as file:
            file.write(WESTON_CONFIG)
        self.start(["weston", "--backend=headless-backend.so", "--use-pixman",
                    f"--config={path}", f"--width={SCREEN[0]}", f"--height={SCREEN[1]}",
                    f"--socket={self.name}", "--idle-time=0", "--debug"])
        self.wait_file(lambda name: name == self.name)

    def grab(self):
        self.run("weston-screenshooter")
        name = self.wait_file(lambda name: name.endswith(".png"))
        data = self.run("convert", name, "-depth", "8", "rgb:-")
        os.unlink(os.path.join(self.folder, name))
        return look_up(data)

    def crash(self):
        self.process.send_signal(signal.SIGKILL)
