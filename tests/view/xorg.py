#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""xorg.py VIEWER PEER_GUEST [CASE…]: oriel-view on the X server of real screens, as TAP.

Its screens and devices are none: the driver `dummy` has outputs that RandR turns on and off, the
driver `inputtest` devices that a test moves. What Xvfb has as well is tried there (program.py,
input.py)."""
import os
import shutil
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
from input import BTN_LEFT, Desk, only, pressed
from program import PATIENCE_S, SCREEN, Skip, picture, same, wait_screen

OUTPUTS = ["DUMMY0", "DUMMY1"]
MODULES = "/usr/lib/xorg/modules"

CONFIG = """Section "ServerFlags"
	Option "AutoAddDevices" "false"
	Option "AutoAddGPU" "false"
	Option "DontVTSwitch" "true"
EndSection
Section "InputDevice"
	Identifier "pointer"
	Driver "inputtest"
	Option "DeviceType" "Pointer"
	Option "SocketPath" "{folder}/pointer"
EndSection
Section "InputDevice"
	Identifier "keyboard"
	Driver "inputtest"
	Option "DeviceType" "Keyboard"
	Option "SocketPath" "{folder}/keyboard"
EndSection
Section "Device"
	Identifier "card"
	Driver "dummy"
EndSection
Section "Screen"
	Identifier "screen"
	Device "card"
	DefaultDepth 24
	SubSection "Display"
		Modes "{width}x{height}"
	EndSubSection
EndSection
Section "ServerLayout"
	Identifier "all"
	Screen "screen"
	InputDevice "pointer" "CorePointer"
	InputDevice "keyboard" "CoreKeyboard"
EndSection
"""


class Xorg(program.Display):
    """In place of Xvfb, for bed."""

    def __init__(self, bed):
        self.folder = folder = bed.folder
        for tool in ("Xorg", "import", "xinput", "xrandr"):
            if not shutil.which(tool):
                raise Skip(f"{tool} is not installed")
        for module in ("drivers/dummy", "input/inputtest"):
            if not os.path.exists(f"{MODULES}/{module}_drv.so"):
                raise Skip(f"Xorg's driver {module} is not installed")
        config = os.path.join(folder, "xorg.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(folder=folder, width=SCREEN[0], height=SCREEN[1]))
        self.serve("Xorg", "-config", config, "-logfile", os.path.join(folder, "xorg.log"),
                   "-novtswitch", "-sharevts")
        self.pointer = Device(self.folder)
        bed.screen = self
        bed.things.append(self)

    def unplug(self):
        """The pointer, and its connection with it."""
        self.run("xinput", "disable", "pointer")
        self.pointer.end()

    def plug(self):
        self.run("xinput", "enable", "pointer")
        self.pointer = Device(self.folder)

    def split(self):
        """Two screens, of a quarter each of what was one: at the top left, and at the bottom
        right."""
        width, height = SCREEN[0] // 2, SCREEN[1] // 2
        self.run("xrandr", "--newmode", "quarter", "12", str(width), str(width + 8),
                 str(width + 16), str(width + 80), str(height), str(height + 3), str(height + 6),
                 str(height + 22))
        for name in OUTPUTS:
            self.run("xrandr", "--addmode", name, "quarter")
        self.run("xrandr", "--output", OUTPUTS[0], "--mode", "quarter", "--pos", "0x0",
                 "--output", OUTPUTS[1], "--mode", "quarter", "--pos", f"{width}x{height}")

    def end(self):
        self.pointer.end()
        super().end()


# Of xf86-input-inputtest-protocol.h, as the compiler here lays it out.
CLIENT_VERSION, WAIT_FOR_SYNC, MOTION, BUTTON = 0, 1, 2, 4
VALUATORS = 64
ACROSS, UPRIGHT = 2, 3  # the wheels' axes


class Device:
    """The pointer that the server's driver `inputtest` made."""

    def __init__(self, folder):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(os.path.join(folder, "pointer"))
        self.send(CLIENT_VERSION, struct.pack("<HH", 1, 0))
        self.receive()

    def send(self, kind, data=b""):
        self.socket.sendall(struct.pack("<II", 8 + len(data), kind) + data)

    def receive(self):
        length, kind = struct.unpack("<II", self.read(8))
        return kind, self.read(length - 8)

    def read(self, size):
        data = b""
        while len(data) < size:
            assert (more := self.socket.recv(size - len(data))), "the X server has gone"
            data += more
        return data

    def sync(self):
        """Until the server has taken what was sent."""
        self.send(WAIT_FOR_SYNC)
        self.receive()

    @staticmethod
    def valuators(values):
        mask = sum(1 << axis for axis in values)
        numbers = [values.get(axis, 0.0) for axis in range(VALUATORS)]
        return struct.pack(f"<IQ4x{VALUATORS}d{VALUATORS}x{7 * VALUATORS}x", 0, mask, *numbers)

    def move(self, **values):
        """By x and y, and wheels, across and upright: there 120 are a notch."""
        axes = {"x": 0, "y": 1, "across": ACROSS, "upright": UPRIGHT}
        self.send(MOTION, struct.pack("<I4x", 0) +
                  self.valuators({axes[name]: value for name, value in values.items()}))
        self.sync()

    def button(self, number, is_down):
        self.send(BUTTON, struct.pack("<iiI4x", 0, number, is_down) + self.valuators({}))
        self.sync()

    def end(self):
        self.socket.close()


# ---- wheels ------------------------------------------------------------------


def hover(desk):
    """The pointer goes into the window, and both the viewer and the server have taken note."""
    before = len(desk.lines())
    desk.do("mousemove", "500", "400", "mousemove", "100", "50")
    desk.wait(lambda lines: "to 100 50 of 320 240" in lines[before:], "not in the window")
    desk.do("getmouselocation")


def wheels_after(desk, button):
    """What wheels did until that button's click came."""
    desk.display.pointer.button(button, True)
    desk.display.pointer.button(button, False)
    desk.wait(lambda lines: f"button {BTN_LEFT} up" in lines, "no click")
    return only(desk.lines(), "wheel")


def turn(pointer):
    for parts in (15, 15, -7, 240):
        pointer.move(upright=parts)
    pointer.move(across=-30, upright=60)
    # What is less than a part counts once there is a whole one.
    for _ in range(8):
        pointer.move(across=0.25)


TURNED = ["wheel 0 15", "wheel 0 15", "wheel 0 -7", "wheel 0 240", "wheel -30 60", "wheel 1 0",
          "wheel 1 0"]


def case_a_wheel_tells_parts_of_a_notch(bed):
    desk = Desk(bed, display=(display := Xorg(bed)))
    hover(desk)
    turn(display.pointer)
    assert wheels_after(desk, 1) == TURNED, desk.lines()
    assert desk.viewer.terminate() == 0


def case_a_wheel_tells_parts_of_a_notch_captured(bed):
    desk = Desk(bed, display=(display := Xorg(bed)))
    hover(desk)
    desk.capture()
    desk.do("getmouselocation")
    turn(display.pointer)
    display.pointer.move(x=40, y=-3, upright=8)
    assert wheels_after(desk, 1) == [*TURNED, "wheel 0 8"], desk.lines()
    assert only(desk.lines(), "by") == ["by 40 -3"], desk.lines()
    assert desk.viewer.terminate() == 0


def case_whole_notches_of_buttons_count_once(bed):
    desk = Desk(bed, display=(display := Xorg(bed)))
    hover(desk)
    # A device without a wheel's axis, one with it that tells buttons, and a turn in a drag.
    desk.do("click", "4", "click", "7")
    display.pointer.button(5, True)
    display.pointer.button(5, False)
    display.pointer.button(3, True)
    display.pointer.move(upright=120)
    display.pointer.button(3, False)
    assert wheels_after(desk, 1) == [
        "wheel 0 -120", "wheel 120 0", "wheel 0 120", "wheel 0 120"], desk.lines()
    assert desk.viewer.terminate() == 0


def case_what_is_turned_elsewhere_is_not_the_guests(bed):
    desk = Desk(bed, display=(display := Xorg(bed)))
    hover(desk)
    desk.do("mousemove", "500", "400", "getmouselocation")
    for _ in range(5):
        display.pointer.move(upright=48)
    hover(desk)
    display.pointer.move(upright=24)
    assert wheels_after(desk, 1) == ["wheel 0 24"], desk.lines()
    assert desk.viewer.terminate() == 0


def case_a_device_that_comes_later_is_known(bed):
    display = Xorg(bed)
    display.unplug()
    desk = Desk(bed, display=display)
    hover(desk)
    display.plug()
    # It is asked for what it is like meanwhile.
    end = time.monotonic() + PATIENCE_S
    while not only(desk.lines(), "wheel"):
        assert time.monotonic() < end, desk.lines()
        display.pointer.move(upright=1)
        time.sleep(0.05)
    assert set(only(desk.lines(), "wheel")) == {"wheel 0 1"}
    # One that goes leaves nothing pressed.
    display.pointer.button(1, True)
    desk.wait(lambda lines: len(pressed(lines)) == 1, "not pressed")
    display.unplug()
    desk.wait(lambda lines: not pressed(lines), "still pressed")
    assert desk.viewer.terminate() == 0


# ---- screens -----------------------------------------------------------------


def shows_at(x0, y0, width, height):
    """A check that the guest's picture, and nothing else, stands there, that large."""
    small = picture(1, 160, 120, 0, 2)
    shown = same({(x, y): small[x * 160 // width, y * 120 // height] for x in range(0, width, 3)
                  for y in range(0, height, 3)}, x0=x0, y0=y0)

    def check(pixel):
        shown(pixel)
        around = [(x0 - 1, y0), (x0, y0 - 1), (x0 + width, y0), (x0, y0 + height)]
        for x, y in around:
            if 0 <= x < SCREEN[0] and 0 <= y < SCREEN[1]:
                assert pixel(x, y) == (0, 0, 0), f"{pixel(x, y)} at {x}, {y}"
    return check


def case_the_whole_of_a_chosen_screen(bed):
    display = Xorg(bed)
    display.split()
    bed.things.append(program.Desktop(display))
    for name, x, y in ((OUTPUTS[1], 320, 240), (OUTPUTS[0], 0, 0)):
        guest = bed.guest()
        viewer = bed.view("--fullscreen", "--output", name, "--filter", "nearest")
        guest.show(1, 160, 120, 0)
        wait_screen(display, shows_at(x, y, 320, 240))
        assert viewer.terminate() == 0
        guest.end()
    viewer = bed.view("--output", "HDMI-1")
    assert viewer.end() == 1
    assert "HDMI-1" in viewer.lines[0] and ", ".join(OUTPUTS) in viewer.lines[0], viewer.lines


def case_a_screen_that_goes_or_changes_has_the_window_follow(bed):
    display, guest = Xorg(bed), bed.guest()
    display.split()
    bed.things.append(program.Desktop(display))
    viewer = bed.view("--fullscreen", "--output", OUTPUTS[1], "--filter", "nearest")
    guest.show(1, 160, 120, 0)
    wait_screen(display, shows_at(320, 240, 320, 240))
    display.run("xrandr", "--output", OUTPUTS[1], "--off")
    display.run("xrandr", "--output", OUTPUTS[0], "--mode", "x".join(map(str, SCREEN)))
    wait_screen(display, shows_at(0, 0, *SCREEN))
    assert viewer.terminate() == 0


if __name__ == "__main__":
    program.main(globals(), sys.argv[3:])
