#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""wayland_input.py VIEWER DEVICES [CASE…]: what is typed and moved in a Wayland compositor and
what of it comes out of oriel-view for the guest, as TAP.

DEVICES (tests/harness/wayland) is the compositor's keyboard and pointer.
"""
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
from compositor import Sway
from input import BTN_LEFT, BTN_RIGHT, KEY_A, SIZE, check_ways, only, pressed
from program import SCREEN, InputLog, Skip

DEVICES = sys.argv[2]
# Numbers of linux/input-event-codes.h.
KEY_ESC, KEY_LEFTCTRL, KEY_LEFTSHIFT, KEY_LEFTALT, KEY_SCROLLLOCK = 1, 29, 42, 56, 70
KEY_CAPSLOCK, KEY_NUMLOCK = 58, 69
# Masks, as all usual keymaps have them.
MOD_CAPS, MOD_NUM = 2, 16
VERTICAL, HORIZONTAL = 0, 1


class Devices:
    """A keyboard and a pointer."""

    def __init__(self, screen):
        self.process = subprocess.Popen([DEVICES], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env={**os.environ, **screen.environment()})

    def do(self, *lines):
        for line in lines:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
            assert answer == "ok\n", f"{line}: {answer}"

    def get_token(self):
        """Leave for a window to take the focus."""
        self.process.stdin.write("token\n")
        self.process.stdin.flush()
        token, answer = self.process.stdout.readline().split()
        assert answer == "ok"
        return token

    def tap(self, *keys):
        self.do(*(f"key {key} 1" for key in keys), *(f"key {key} 0" for key in reversed(keys)))

    def move_to(self, x, y):
        self.do(f"to {x} {y} {SCREEN[0]} {SCREEN[1]}")

    def end(self):
        self.process.stdin.close()
        self.process.wait(program.PATIENCE_S)
        self.process.stdout.close()


class Desk(InputLog):
    """Sway with devices, a viewer with the focus at the top left, and what it sends."""

    def __init__(self, bed, *options, extra="seat * pointer_constraint enable\n", **settings):
        bed.screen = self.screen = Sway(extra)
        bed.things.append(self.screen)
        self.devices = Devices(self.screen)
        bed.things.append(self.devices)
        self.devices.do("keyboard", "pointer")
        self.devices.move_to(600, 400)
        super().__init__(os.path.join(bed.folder, "input"))
        self.viewer = bed.view("--size", "320x240", "--log", "debug", "--input-log", self.path,
                               *options, source=SIZE, **settings)
        self.viewer.wait_line("away -> free")

    def wait_said(self, text, count):
        """Until the viewer has said so that often."""
        end = time.monotonic() + program.PATIENCE_S
        while sum(text in line for line in self.viewer.lines) < count:
            assert self.viewer.read_lines(max(0, end - time.monotonic())), self.viewer.lines

    def capture(self):
        self.devices.move_to(100, 50)
        self.devices.tap(KEY_SCROLLLOCK)
        self.viewer.wait_line("-> captured")
        # It is said before the compositor is asked, and a pointer can leave the window till then.
        time.sleep(0.3)


def case_keys_buttons_and_wheel_arrive_in_order(bed):
    desk = Desk(bed)
    desk.devices.move_to(100, 50)
    desk.wait_line("to 100 50 of 320 240")
    desk.devices.tap(KEY_A)
    desk.devices.tap(KEY_LEFTCTRL, KEY_A)
    for button in (BTN_LEFT, BTN_RIGHT):
        desk.devices.do(f"button {button} 1", f"button {button} 0")
    desk.devices.do(f"wheel {VERTICAL} -1", f"wheel {VERTICAL} 2", f"wheel {HORIZONTAL} -1",
                    f"wheel {HORIZONTAL} 1")
    desk.wait_line("wheel 120 0")
    assert only(desk.lines(), "key", "button", "wheel") == [
        f"key {KEY_A} down", f"key {KEY_A} up",
        f"key {KEY_LEFTCTRL} down", f"key {KEY_A} down",
        f"key {KEY_A} up", f"key {KEY_LEFTCTRL} up",
        f"button {BTN_LEFT} down", f"button {BTN_LEFT} up",
        f"button {BTN_RIGHT} down", f"button {BTN_RIGHT} up",
        "wheel 0 -120", "wheel 0 240", "wheel -120 0", "wheel 120 0"], desk.lines()
    assert desk.viewer.terminate() == 0


def case_a_finger_scrolls_in_parts_of_a_notch(bed):
    desk = Desk(bed)
    desk.devices.move_to(100, 50)
    # Ten units are a notch.
    desk.devices.do(*(f"axis {VERTICAL} 1" for _ in range(5)), f"axis {HORIZONTAL} -3",
                    f"axis {VERTICAL} -25")
    desk.wait_line("wheel 0 -300")
    assert only(desk.lines(), "wheel") == ["wheel 0 12"] * 5 + ["wheel -36 0", "wheel 0 -300"]
    assert desk.viewer.terminate() == 0


def case_a_capture_tells_ways_and_keeps_the_pointer(bed):
    desk = Desk(bed)
    desk.capture()
    before = len(desk.lines())
    desk.devices.do(*("by 50 -7" for _ in range(30)))
    check_ways(desk, 1500, -210)
    assert not only(desk.lines()[before:], "to")
    desk.devices.tap(KEY_SCROLLLOCK)
    desk.viewer.wait_line("captured, escape pressed -> free")
    assert not only(desk.lines(), "key")
    assert desk.viewer.terminate() == 0


def case_on_a_turned_picture_the_cursor_goes_where_the_hand_goes(bed):
    desk = Desk(bed, "--rotate", "90", "--size", "240x320")
    desk.capture()
    desk.wait_line("to 50 139 of 320 240")
    desk.devices.do(*("by 50 -7" for _ in range(5)))
    check_ways(desk, -35, -250)
    assert desk.viewer.terminate() == 0


def case_a_compositor_that_does_not_hold_the_pointer(bed):
    # Without a word about its seat sway holds nobody's.
    desk = Desk(bed, extra="")
    desk.capture()
    desk.devices.do(f"key {KEY_A} 1", *("by 50 -7" for _ in range(30)))
    desk.viewer.wait_line("did not hold the pointer")
    desk.viewer.wait_line("captured -> free")
    desk.wait(lambda lines: lines[-1] == f"key {KEY_A} up", "the key is released")
    assert desk.viewer.terminate() == 0


def case_text_of_wtype_arrives(bed):
    if not shutil.which("wtype"):
        raise Skip("wtype is not installed")
    desk = Desk(bed)
    subprocess.run(["wtype", "abab"], check=True, timeout=program.PATIENCE_S,
                   env={**os.environ, **desk.screen.environment()})
    # It makes up a keyboard of its own, on which a is the first key and b the second.
    desk.wait(lambda lines: len(only(lines, "key")) == 8, "four keys")
    assert not pressed(desk.lines())
    downs = [line.split()[1] for line in only(desk.lines(), "key") if line.endswith("down")]
    assert downs[0] == downs[2] != downs[1] == downs[3], desk.lines()
    assert desk.viewer.terminate() == 0


def case_who_starts_it_can_give_it_the_focus(bed):
    desk = Desk(bed, extra='no_focus [app_id="oriel-view"]\nfocus_on_window_activation focus\n')
    other = bed.view("--log", "debug", source=SIZE)
    other.wait_line("the guest shows")
    time.sleep(0.5)
    assert not any("away -> free" in line for line in other.lines), other.lines
    third = bed.view("--log", "debug", source=SIZE,
                     XDG_ACTIVATION_TOKEN=desk.devices.get_token())
    third.wait_line("away -> free")
    desk.viewer.wait_line("free -> away")


def check_buffers(lines):
    """No surface may show a buffer that is not a multiple of its scale: a compositor ends the
    connection of whoever does that. lines: what libwayland says of each call."""
    sizes, scales = {}, {}
    for line in lines:
        if made := re.search(r"create_buffer\(new id wl_buffer[@#](\d+), \d+, (\d+), (\d+)", line):
            sizes[made[1]] = int(made[2]), int(made[3])
        elif scaled := re.search(r"wl_surface[@#](\d+)\.set_buffer_scale\((\d+)", line):
            scales[scaled[1]] = int(scaled[2])
        elif shown := re.search(r"wl_surface[@#](\d+)\.attach\(wl_buffer[@#](\d+)", line):
            scale = scales.get(shown[1], 1)
            assert all(side % scale == 0 for side in sizes[shown[2]]), (sizes[shown[2]], scale)


def wait_arrow(desk, since):
    """Until the pointer got a surface and not nil, in a line after so many."""
    end = time.monotonic() + program.PATIENCE_S
    while not any(re.search(r"set_cursor\(\d+, wl_surface", line)
                  for line in desk.viewer.lines[since:]):
        assert desk.viewer.read_lines(max(0, end - time.monotonic())), desk.viewer.lines[-9:]


def case_the_arrow_fits_every_scale(bed):
    # No theme has 72 pixels.
    desk = Desk(bed, "--input", "never", extra="output HEADLESS-1 scale 3\n", WAYLAND_DEBUG="1")
    desk.devices.move_to(20, 20)
    wait_arrow(desk, 0)
    for scale in (1, 2, 5):
        desk.screen.say("output", "HEADLESS-1", "scale", str(scale))
        desk.viewer.wait_line(f"the compositor's scale is {scale}.00")
        since = len(desk.viewer.lines)
        desk.devices.move_to(600, 400)
        desk.devices.move_to(20, 20)
        wait_arrow(desk, since)
    check_buffers(desk.viewer.lines)
    assert desk.viewer.terminate() == 0, desk.viewer.lines[-5:]


def case_locks_changed_elsewhere_change_in_the_guest(bed):
    desk = Desk(bed)
    # Num Lock with it, then alone: what has not changed is not told.
    for count, (locked, line) in enumerate((
            (MOD_NUM | MOD_CAPS, f"lock {KEY_CAPSLOCK} on"),
            (MOD_NUM, f"lock {KEY_CAPSLOCK} off")), 1):
        desk.screen.say("workspace", "2")
        desk.wait_said("free -> away", count)
        desk.devices.do(f"locked {locked}")
        desk.screen.say("workspace", "1")
        desk.wait_line(line)
    assert only(desk.lines(), "lock") == [
        f"lock {KEY_CAPSLOCK} on", f"lock {KEY_NUMLOCK} on",
        f"lock {KEY_CAPSLOCK} off"], desk.lines()
    assert desk.viewer.terminate() == 0


def hold_escape(desk):
    desk.devices.do(f"key {KEY_SCROLLLOCK} 1")
    time.sleep(2.2)
    desk.devices.do(f"key {KEY_SCROLLLOCK} 0")


RELEASES = {
    "escape key": lambda desk: desk.devices.tap(KEY_SCROLLLOCK),
    "two seconds of it": hold_escape,
    "four keys": lambda desk: desk.devices.tap(KEY_LEFTCTRL, KEY_LEFTALT, KEY_LEFTSHIFT, KEY_ESC),
    "another window has the focus": lambda desk: desk.screen.say("workspace", "2"),
    "the keyboard is unplugged": lambda desk: desk.devices.do("no-keyboard"),
    "the pointer is unplugged": lambda desk: desk.devices.do("no-pointer"),
    "both are": lambda desk: desk.devices.do("no-pointer", "no-keyboard"),
    "end": lambda desk: desk.viewer.terminate(),
}


def nothing_stays_pressed(captured):
    for name, release in RELEASES.items():
        if name in ("escape key", "two seconds of it", "four keys") and not captured:
            continue
        part = program.Bed()
        try:
            desk = Desk(part)
            desk.devices.move_to(100, 50)
            desk.wait_line("to 100 50 of 320 240")
            if captured:
                desk.capture()
            desk.devices.do(f"key {KEY_A} 1", f"button {BTN_LEFT} 1", f"button {BTN_RIGHT} 1")
            desk.wait(lambda lines: len(pressed(lines)) == 3, f"{name}: three pressed")
            release(desk)
            desk.wait(lambda lines: not pressed(lines), f"{name}: all released")
        finally:
            part.finish()


def case_nothing_stays_pressed_after_a_capture(bed):
    nothing_stays_pressed(True)


def case_nothing_stays_pressed_without_one(bed):
    nothing_stays_pressed(False)


if __name__ == "__main__":
    program.main(globals(), sys.argv[3:])
