#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""input.py VIEWER PEER_GUEST [CASE…]: what is typed and moved on a display of its own and what
of it comes out of oriel-view for the guest, as TAP."""
import os
import re
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
from program import InputLog, Skip

SIZE = "test:320x240@30"
ESCAPE = "Scroll_Lock"
RIGHT_CTRL = "105"  # an X key code, since xdotool takes the left one for the name
# Numbers of linux/input-event-codes.h.
KEY_A, KEY_LEFTCTRL, KEY_F2 = 30, 29, 60
BTN_LEFT, BTN_RIGHT, BTN_SIDE = 0x110, 0x111, 0x113


class Desk(InputLog):
    """A display, a viewer on it with the focus, and what it sends to the guest."""

    def __init__(self, bed, *options, rests_at=None, display=None):
        for tool in ("xdotool", "xwininfo", "xset"):
            if not shutil.which(tool):
                raise Skip(f"{tool} is not installed")
        self.display = display or bed.display()
        if rests_at:
            self.do("mousemove", "--sync", *map(str, rests_at))
        super().__init__(os.path.join(bed.folder, "input"))
        self.viewer = bed.view("--size", "320x240", "--title", "desk", "--log", "debug",
                               "--input-log", self.path, *options, source=SIZE)
        end = time.monotonic() + program.PATIENCE_S
        while not self.window():
            assert time.monotonic() < end, "no window"
            time.sleep(0.05)
        if not rests_at:
            self.do("mousemove", "--sync", "300", "200")
        self.focus()
        self.viewer.wait_line("away -> free")

    def window(self):
        try:
            return self.do("search", "--onlyvisible", "--name", "^desk").split()
        except program.subprocess.CalledProcessError:
            return []

    def do(self, *words):
        return self.display.run("xdotool", *words)

    def focus(self):
        self.do("windowfocus", "--sync", self.window()[0])

    def unfocus(self):
        """Gives the focus to nobody."""
        self.do("windowfocus", self.display.run(
            "xwininfo", "-root", "-int").split("Window id: ")[1].split()[0])

    def seen(self, text):
        """How often the viewer has said so, as far as was read."""
        while self.viewer.read_lines(0):
            pass
        return sum(text in line for line in self.viewer.lines)

    def capture(self):
        self.do("key", ESCAPE)
        self.viewer.wait_line("-> captured")


def pressed(lines):
    """What the guest thinks is pressed; a release of what is not is an error."""
    held = set()
    for line in lines:
        if match := re.fullmatch(r"(key|button) (\d+) (down|up)", line):
            if match[3] == "down":
                held.add(match[2])
            else:
                assert match[2] in held, f"release of {match[2]} in {lines}"
                held.discard(match[2])
    return held


def only(lines, *kinds):
    return [line for line in lines if line.split()[0] in kinds]


def check_ways(desk, x, y):
    """In the end the pointer has gone so far, by ways."""
    desk.wait(lambda lines: [sum(int(line.split()[at]) for line in only(lines, "by"))
                             for at in (1, 2)] == [x, y], f"the ways do not add up to {x} {y}")


def case_keys_buttons_and_wheel_arrive_in_order(bed):
    desk = Desk(bed)
    desk.do("mousemove", "--sync", "100", "50")
    desk.do("key", "a", "ctrl+F2")
    desk.do("click", "1", "click", "3", "click", "8")
    desk.do("click", "4", "click", "5", "click", "6", "click", "7")
    desk.wait_line("wheel 120 0")
    assert only(desk.lines(), "key", "button", "wheel") == [
        f"key {KEY_A} down", f"key {KEY_A} up",
        f"key {KEY_LEFTCTRL} down", f"key {KEY_F2} down",
        f"key {KEY_LEFTCTRL} up", f"key {KEY_F2} up",
        f"button {BTN_LEFT} down", f"button {BTN_LEFT} up",
        f"button {BTN_RIGHT} down", f"button {BTN_RIGHT} up",
        f"button {BTN_SIDE} down", f"button {BTN_SIDE} up",
        "wheel 0 -120", "wheel 0 120", "wheel -120 0", "wheel 120 0"], desk.lines()
    assert "to 100 50 of 320 240" in desk.lines()
    assert desk.viewer.terminate() == 0


def case_places_follow_the_scale(bed):
    desk = Desk(bed)
    desk.do("windowsize", "--sync", desk.window()[0], "640", "480")
    end = time.monotonic() + program.PATIENCE_S
    # Until the viewer has heard of its new size.
    while "to 50 25 of 320 240" not in desk.lines():
        assert time.monotonic() < end, desk.lines()
        desk.do("mousemove", "--sync", "99", "51", "mousemove", "--sync", "101", "51")
        time.sleep(0.1)
    desk.do("mousemove", "--sync", "639", "479")
    desk.wait_line("to 319 239 of 320 240")
    assert desk.viewer.terminate() == 0


def case_a_pointer_that_rests_has_its_place_from_the_first_picture_on(bed):
    desk = Desk(bed, rests_at=(100, 50))
    desk.wait_line("to 100 50 of 320 240")
    assert desk.viewer.terminate() == 0


def case_a_capture_tells_ways_and_keeps_the_pointer(bed):
    desk = Desk(bed)
    desk.capture()
    before = len(desk.lines())
    for _ in range(30):
        desk.do("mousemove_relative", "--", "50", "-7")
    check_ways(desk, 1500, -210)
    assert not only(desk.lines()[before:], "to")
    place = dict(word.split(":") for word in desk.do("getmouselocation").split())
    assert int(place["x"]) < 320 and int(place["y"]) < 240, place
    desk.do("key", ESCAPE)
    desk.viewer.wait_line("captured, escape pressed -> free")
    desk.do("mousemove", "--sync", "500", "400")
    assert not only(desk.lines(), "key")
    assert desk.viewer.terminate() == 0


def case_on_a_turned_picture_the_cursor_goes_where_the_hand_goes(bed):
    desk = Desk(bed, "--rotate", "90", "--size", "240x320")
    desk.do("mousemove", "--sync", "100", "50", "click", "5")
    desk.wait_line("wheel 0 120")
    assert "to 50 139 of 320 240" in desk.lines(), desk.lines()
    desk.capture()
    for _ in range(5):
        desk.do("mousemove_relative", "--", "50", "-7")
    check_ways(desk, -35, -250)
    assert desk.viewer.terminate() == 0


RELEASES = {
    "escape key": lambda desk: desk.do("key", ESCAPE),
    "two seconds of it": lambda desk: desk.do("keydown", ESCAPE, "sleep", "2.2", "keyup", ESCAPE),
    "four keys": lambda desk: desk.do("key", "ctrl+alt+shift+Escape"),
    "focus": lambda desk: desk.unfocus(),
    "unmapped": lambda desk: desk.do("windowunmap", desk.window()[0]),
}


def case_nothing_stays_pressed_after_each_kind_of_release(bed):
    for name, release in RELEASES.items():
        part = program.Bed()
        try:
            desk = Desk(part)
            desk.capture()
            desk.do("keydown", "a", "mousedown", "1", "mousedown", "3")
            desk.wait(lambda lines: len(pressed(lines)) == 3, f"{name}: three pressed")
            release(desk)
            desk.wait(lambda lines: not pressed(lines), f"{name}: all released")
            end = time.monotonic() + program.PATIENCE_S
            while not desk.seen(" -> free") + desk.seen(" -> away") > 1:
                assert time.monotonic() < end, f"{name}: {desk.viewer.lines}"
                time.sleep(0.02)
            desk.do("mouseup", "1", "mouseup", "3", "keyup", "a")
            assert desk.viewer.terminate() == 0
            assert not pressed(desk.lines()), name
        finally:
            part.finish()


def case_nothing_stays_pressed_at_the_end(bed):
    desk = Desk(bed)
    desk.capture()
    desk.do("keydown", "a", "mousedown", "1")
    desk.wait(lambda lines: len(pressed(lines)) == 2, "two pressed")
    assert desk.viewer.terminate() == 0
    assert not pressed(desk.lines())


def case_escape_and_q_ends_the_viewer(bed):
    desk = Desk(bed)
    desk.do("keydown", ESCAPE, "key", "q", "keyup", ESCAPE)
    assert desk.viewer.end() == 0
    assert not only(desk.lines(), "key")


def case_another_escape_key_and_other_bindings(bed):
    desk = Desk(bed, "--escape-key", "RightCtrl", "--bind", "q=none,b=quit")
    desk.do("key", ESCAPE)
    desk.wait(lambda lines: len(only(lines, "key")) == 2, "an ordinary key now")
    desk.do("keydown", RIGHT_CTRL, "key", "q", "keyup", RIGHT_CTRL)
    desk.do("key", RIGHT_CTRL)
    desk.viewer.wait_line("-> captured")
    desk.do("keydown", RIGHT_CTRL, "key", "b")
    assert desk.viewer.end() == 0, desk.viewer.lines
    assert len(only(desk.lines(), "key")) == 2, desk.lines()


def case_new_settings_of_input_count_at_once(bed):
    settings = os.path.join(bed.folder, "settings.ini")
    with open(settings, "w", encoding="ascii") as file:
        file.write("[input]\ncapture = key\n")
    desk = Desk(bed, "--config", settings)
    desk.do("keydown", "a")
    desk.wait_line(f"key {KEY_A} down")
    with open(settings, "w", encoding="ascii") as file:
        file.write("[input]\nescape-key = RightCtrl\ninput = captured\nsensitivity = 5\n")
    desk.viewer.process.send_signal(signal.SIGHUP)
    desk.wait_line(f"key {KEY_A} up")
    desk.do("keyup", "a", "key", ESCAPE)
    assert len(only(desk.lines(), "key")) == 2, desk.lines()
    desk.do("key", RIGHT_CTRL)
    desk.viewer.wait_line("-> captured")
    desk.do("mousemove_relative", "100", "0")
    desk.wait_line("by 150 0")
    assert desk.viewer.terminate() == 0


def case_a_capture_shows_while_it_lasts(bed):
    desk = Desk(bed)
    window = desk.window()[0]

    def title():
        return desk.display.run("xdotool", "getwindowname", window)

    for wanted in ("desk (ScrollLock releases)\n", "desk\n"):
        desk.do("key", ESCAPE)
        end = time.monotonic() + program.PATIENCE_S
        while title() != wanted:
            assert time.monotonic() < end, title()
            time.sleep(0.05)
    assert desk.viewer.terminate() == 0
    desk = Desk(bed, "--capture-sign", "picture")
    above = (160, 18)
    desk.capture()
    program.wait_screen(desk.display, shows_card(above))
    time.sleep(3)
    shows_card(above)(desk.display.grab())
    desk.do("key", ESCAPE)
    program.wait_screen(desk.display, shows_none(above))
    assert desk.viewer.terminate() == 0


def case_the_focus_captures_once_where_asked_for(bed):
    desk = Desk(bed, "--capture", "focus")
    desk.viewer.wait_line("-> captured")
    desk.do("key", ESCAPE)
    desk.viewer.wait_line("escape pressed -> free")
    time.sleep(0.3)
    assert desk.seen("free -> captured") == 1, desk.viewer.lines
    desk.unfocus()
    desk.viewer.wait_line("free -> away")
    assert desk.viewer.terminate() == 0


def shows_card(*places):
    def check(pixel):
        for at in places:
            assert pixel(*at) == program.CARD, f"{pixel(*at)} at {at}"
    return check


def shows_none(*places):
    def check(pixel):
        for at in places:
            assert pixel(*at) != program.CARD, f"a card at {at}"
    return check


def case_figures_are_shown_and_go(bed):
    desk = Desk(bed)
    width, height = program.SCREEN
    desk.do("windowsize", "--sync", desk.window()[0], str(width), str(height))
    corners = (18, 40), (40, height - 20), (width - 40, height - 20)
    for check in (shows_card(*corners), shows_none(*corners), shows_card(*corners)):
        desk.do("keydown", ESCAPE, "key", "d", "key", "t", "key", "x", "keyup", ESCAPE)
        program.wait_screen(desk.display, check)
    assert desk.viewer.terminate() == 0


def case_help_and_remarks_are_shown_and_go(bed):
    desk = Desk(bed)
    desk.do("windowsize", "--sync", desk.window()[0], *map(str, program.SCREEN))

    column = [(program.SCREEN[0] // 2, y) for y in range(program.SCREEN[1])]
    below = (program.SCREEN[0] // 2, program.SCREEN[1] - 20)

    def shows_help(wanted):
        def check(pixel):
            share = sum(pixel(*at) == program.CARD for at in column) / len(column)
            assert (share > 0.3) == wanted, f"{share:.0%} of the middle is card"
        return check

    program.wait_screen(desk.display, shows_help(False))
    desk.do("keydown", ESCAPE)
    program.wait_screen(desk.display, shows_help(True))
    desk.do("keyup", ESCAPE)
    program.wait_screen(desk.display, shows_help(False))
    desk.capture()
    program.wait_screen(desk.display, shows_card(below))
    program.wait_screen(desk.display, shows_none(below))
    assert desk.viewer.terminate() == 0


def case_help_stays_upright_on_a_turned_picture(bed):
    width, height = program.SCREEN
    places = [(x, y) for x in range(width) for y in range(height)]
    seen = []

    def shows_help(pixel):
        """The ground of the card, with the letters left out of it."""
        ground = {at for at in places if pixel(*at) == program.CARD}
        assert len(ground) > 0.1 * len(places), f"{len(ground)} pixels of a card"
        assert not seen or ground == seen[0], "it looks another way"
        return ground

    for degrees in ("0", "180"):
        part = program.Bed()
        try:
            desk = Desk(part, "--rotate", degrees, "--size", f"{width}x{height}")
            desk.do("keydown", ESCAPE)
            seen.append(program.wait_screen(desk.display, shows_help))
            desk.do("keyup", ESCAPE)
            assert desk.viewer.terminate() == 0
        finally:
            part.finish()
    assert {(width - 1 - x, height - 1 - y) for x, y in seen[0]} != seen[0], "no letters"


def case_a_held_key_repeats_without_releases(bed):
    desk = Desk(bed)
    desk.display.run("xset", "r", "rate", "200", "50")
    desk.do("keydown", "a", "sleep", "1", "keyup", "a")
    desk.wait_line(f"key {KEY_A} up")
    keys = only(desk.lines(), "key")
    assert keys.count(f"key {KEY_A} up") == 1, keys
    assert desk.viewer.terminate() == 0


if __name__ == "__main__":
    program.main(globals(), sys.argv[3:])
