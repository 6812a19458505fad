#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""typed.py VIEWER DEVICES SPICE_GUEST EVENTS [CASE…]: what is typed and moved in sway, over the
viewer's window, as the kernel of a real guest reads it (events.c), as TAP.
"""
import atexit
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../view"))
from compositor import Sway  # noqa: E402
from input import BTN_LEFT, BTN_RIGHT, KEY_A, KEY_LEFTCTRL  # noqa: E402
from program import Skip, main  # noqa: E402
from wayland_input import VERTICAL, Devices  # noqa: E402

GUEST, EVENTS = sys.argv[3:5]
LIMIT_S = 90
KEY_ESC = 1
REL_WHEEL = 8
# A tablet's own units over the whole screen.
TABLET = 32767
LACKING = 77


class Guest:
    """What the guest reads, line by line."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="oriel-typed-")
        self.socket = os.path.join(self.folder, "spice")
        self.process = subprocess.Popen([GUEST, self.socket, EVENTS], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.next("EVENTS-READY")

    def next(self, beginning="EVENT "):
        for line in self.process.stdout:
            if line.startswith(beginning):
                return line[len(beginning):].strip()
        if self.process.wait(LIMIT_S) == LACKING:
            raise Skip("no guest can be booted here")
        raise AssertionError(f"the guest ended before it said {beginning}")

    def keys_until(self, last):
        """Keys, buttons and wheel up to that line."""
        lines = []
        while not lines or lines[-1] != last:
            line = self.next()
            if not line.startswith("abs"):
                lines.append(line)
        return lines

    def end(self):
        self.process.stdin.close()
        self.process.wait(LIMIT_S)
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@functools.cache
def boot():
    """One guest for all cases."""
    guest = Guest()
    atexit.register(guest.end)
    return guest


def presses(*keys):
    return [f"key {key} {value}" for key in keys for value in (1, 0)]


def give_up(number, frame):
    raise AssertionError(f"the guest read nothing more within {LIMIT_S} s")


class Desk:
    """Sway with devices, and a viewer with the focus, 320 x 240 at the top left."""

    def __init__(self, bed):
        signal.signal(signal.SIGALRM, give_up)
        signal.alarm(LIMIT_S)
        self.guest = boot()
        bed.screen = self.screen = Sway()
        bed.things.append(self.screen)
        self.devices = Devices(self.screen)
        bed.things.append(self.devices)
        self.devices.do("keyboard", "pointer")
        self.devices.move_to(600, 400)
        self.view(bed)

    def view(self, bed):
        self.viewer = bed.view("--spice", self.guest.socket, "--display", "relay", "--size",
                               "320x240", "--present", "soft", "--log", "debug",
                               source="test:320x240@10")
        self.viewer.wait_line("Connected to the SPICE server")
        self.viewer.wait_line("away -> free")

    def wtype(self, text):
        if not shutil.which("wtype"):
            raise Skip("wtype is not installed")
        subprocess.run(["wtype", text], check=True, timeout=LIMIT_S,
                       env={**os.environ, **self.screen.environment()})

    def settle(self):
        """What came of connecting is over: the lock keys that were put back."""
        time.sleep(1)
        self.devices.tap(KEY_ESC)
        self.guest.keys_until(f"key {KEY_ESC} 0")


def case_keys_buttons_and_wheel_are_read_in_order(bed):
    desk = Desk(bed)
    desk.settle()
    desk.devices.move_to(160, 60)
    desk.devices.tap(KEY_A)
    desk.devices.tap(KEY_LEFTCTRL, KEY_A)
    for button in (BTN_LEFT, BTN_RIGHT):
        desk.devices.do(f"button {button} 1", f"button {button} 0")
    desk.devices.do(f"wheel {VERTICAL} 1", f"wheel {VERTICAL} -1")
    desk.devices.tap(KEY_ESC)
    wanted = presses(KEY_A) + [
        f"key {KEY_LEFTCTRL} 1", *presses(KEY_A), f"key {KEY_LEFTCTRL} 0",
        *presses(BTN_LEFT, BTN_RIGHT), f"rel {REL_WHEEL} -1", f"rel {REL_WHEEL} 1",
        *presses(KEY_ESC)]
    read = desk.guest.keys_until(f"key {KEY_ESC} 0")
    # A mouse and its keyboard are two devices for the guest, read side by side: the mouse's last
    # may come after the keyboard's.
    if f"rel {REL_WHEEL} 1" not in read:
        read += desk.guest.keys_until(f"rel {REL_WHEEL} 1")
    for kind in ((KEY_A, KEY_LEFTCTRL, KEY_ESC), (BTN_LEFT, BTN_RIGHT, REL_WHEEL)):
        pick = [[line for line in lines if int(line.split()[1]) in kind]
                for lines in (wanted, read)]
        assert pick[0] == pick[1], f"{pick[1]} and not {pick[0]}"
    assert len(read) == len(wanted), read


def case_the_pointer_is_where_it_was_moved(bed):
    desk = Desk(bed)
    desk.settle()
    # From elsewhere: an axis that stays where it is tells nothing.
    desk.devices.move_to(40, 200)
    desk.devices.move_to(240, 60)
    at, end = {}, time.monotonic() + LIMIT_S
    wanted = {0: TABLET * 3 // 4, 1: TABLET // 4}
    while not all(abs(at.get(axis, -TABLET) - place) < TABLET // 100
                  for axis, place in wanted.items()):
        assert time.monotonic() < end, f"the tablet is at {at}"
        axis, place = desk.guest.next("EVENT abs ").split()
        at[int(axis)] = int(place)


def case_text_of_wtype_is_read(bed):
    desk = Desk(bed)
    desk.settle()
    # It makes up a keyboard of its own, on which a is the first key and b the second.
    desk.wtype("abab")
    lines = [desk.guest.next() for _ in range(8)]
    downs = [line.split()[1] for line in lines if line.endswith(" 1")]
    assert downs[0] == downs[2] != downs[1] == downs[3] and len(downs) == 4, lines


def case_closing_the_window_leaves_the_machine_as_it_is(bed):
    desk = Desk(bed)
    desk.settle()
    desk.devices.do(f"key {KEY_A} 1")
    desk.guest.keys_until(f"key {KEY_A} 1")
    desk.screen.say('[app_id="oriel-view"]', "kill")
    assert desk.viewer.end() == 0, desk.viewer.lines
    desk.guest.keys_until(f"key {KEY_A} 0")
    # The same kernel reads what the next viewer is typed.
    desk.devices.do(f"key {KEY_A} 0")
    desk.view(bed)
    desk.settle()
    assert desk.guest.process.poll() is None


if __name__ == "__main__":
    main(globals(), sys.argv[5:])
