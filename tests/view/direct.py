#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""direct.py VIEWER PEER_GUEST present=direct [CASE…]: frames are lent, not copied: TAP.

What the picture looks like is view-wayland's business, which runs with this presenter as well; here
is who reads and writes the guest's memory, and when. Both compositors keep a buffer until another
one took its place.
"""
import json
import sys
import time

from compositor import Weston
from program import PRESENT, main, picture, same, wait_screen
from readers import (
    PATIENCE_OF_GUEST_S, check_it_was_copied_once, check_nothing_is_copied,
    show_guests_one_after_another, wait_cursor)
from wayland import sway

LENT = "reads the guest's memory itself"
COPIED = "frames are copied"


def weston(bed):
    bed.screen = Weston()
    bed.things.append(bed.screen)
    return bed.screen


def check_lent(viewer):
    assert any(LENT in line for line in viewer.lines), viewer.lines


def case_nothing_is_copied_in_sway(bed):
    sway(bed)
    check_nothing_is_copied(bed, check_lent)


def case_nothing_is_copied_in_weston(bed):
    weston(bed)
    check_nothing_is_copied(bed, check_lent)


def case_a_picture_that_stands_still_is_copied_once(bed):
    screen, guest = sway(bed), bed.guest()
    viewer = bed.view("--stats")
    guest.show()
    shown = picture(1, 200, 120, 0, 2)
    wait_screen(screen, same(shown))
    time.sleep(2)
    same(shown)(screen.grab())
    assert viewer.terminate() == 0
    stats = json.loads(viewer.out)
    check_it_was_copied_once(stats)
    assert stats["sessions"] == 1, stats


def redraw(screen):
    """The compositor looks at the window's buffers again."""
    for x in (40, 0):
        screen.say('[app_id="oriel-view"]', f"move absolute position {x} 0")
        screen.grab()


def case_no_frame_is_written_to_while_it_is_shown(bed):
    """The slot of the picture on the screen would be the guest's next but one: it may have it only
    when something else is shown. Given back any sooner, half of another picture appears."""
    screen, guest = sway(bed), bed.guest()
    bed.view()
    shown = picture(1, 200, 120, 0, 2)
    for _ in range(10):
        guest.show()
        began = time.monotonic()
        wait_screen(screen, same(shown))
        parts = time.monotonic()
        guest.say("part 48000", "part 48000")
        redraw(screen)
        pixel = screen.grab()
        # Later, what was sent in part is sent once more, as if it were whole.
        if parts - began < PATIENCE_OF_GUEST_S and time.monotonic() - parts < PATIENCE_OF_GUEST_S:
            same(shown)(pixel)
            return
    raise AssertionError("the machine is too busy")


def changed_bytes(bed, pause_s):
    """Of the shared memory, within that time."""
    with open(bed.path, "rb") as file:
        before = file.read()
        time.sleep(pause_s)
        file.seek(0)
        after = file.read()
    pages = [at for at in range(0, len(before), 4096)
             if before[at:at + 4096] != after[at:at + 4096]]
    return sum(before[at + i] != after[at + i] for at in pages for i in range(4096))


def case_a_frame_that_was_replaced_is_kept_until_the_compositor_lets_go_of_it(bed):
    """While a compositor stands still, it has the frame on the screen and the one that came: given
    back any sooner than released, the guest would go on."""
    screen, guest = sway(bed), bed.guest()
    viewer = bed.view()
    guest.say("begin", "mode 1 200 120", "serial 0", "rate 60", "frames")
    viewer.wait_line(LENT)
    for _ in range(10):
        time.sleep(0.3)
        assert changed_bytes(bed, 0.1) > 1000, "the guest stands still"
        began = time.monotonic()
        screen.stop()
        time.sleep(0.15)
        changed = changed_bytes(bed, 0.15)
        took = time.monotonic() - began
        screen.go_on()
        if took < PATIENCE_OF_GUEST_S:
            assert changed < 500, changed
            return
    raise AssertionError("the machine is too busy")


def case_a_compositor_that_stands_still_does_not_cost_the_guest_its_viewer(bed):
    screen, guest = sway(bed), bed.guest()
    viewer = bed.view("--stats")
    guest.show(frames=30)
    viewer.wait_line(LENT)
    screen.stop()
    guest.say("frames")
    time.sleep(0.5)
    screen.go_on()
    for attempt in range(3):
        guest.show()
        try:
            wait_screen(screen, same(picture(1, 200, 120, 0, 2)))
            break
        except AssertionError:
            # On a busy machine the guest may have lost patience with the last of its frames.
            if attempt == 2:
                raise
    assert viewer.terminate() == 0


def pixels_with_cursor(bed, screen, guest, present, kind):
    """The screen with a cursor of that kind, which hangs over the edge, moves and stays while the
    picture changes."""
    viewer = bed.view("--present", present)
    guest.show()
    plain = picture(1, 200, 120, 0, 2)
    wait_screen(screen, same(plain))
    guest.say(f"shape {kind} 32 32 {4 if kind == 1 else 128} 0 0 9", "cursor -7 100 1",
              "cursor 60 50 1")
    shown = wait_cursor(screen, plain)
    assert viewer.terminate() == 0
    return shown


def case_every_cursor_looks_as_in_soft(bed):
    screen, guest = sway(bed), bed.guest()
    for kind in (0, 1, 2):
        shown = [pixels_with_cursor(bed, screen, guest, present, kind)
                 for present in ("soft", "direct")]
        assert shown[0] == shown[1], f"type {kind}"


def case_what_cannot_be_lent_is_copied_and_back_again(bed):
    screen, guest = sway(bed), bed.guest()
    viewer = bed.view()
    guest.show(1)
    wait_screen(screen, same(picture(1, 200, 120, 0, 2)))
    viewer.wait_line(LENT)
    guest.show(4)
    wait_screen(screen, same(picture(4, 200, 120, 0, 2), slack=1))
    viewer.wait_line(COPIED)
    guest.show(1, 96, 64)
    wait_screen(screen, same(picture(1, 96, 64, 0, 2)))
    viewer.terminate()
    assert sum(LENT in line for line in viewer.lines) == 2, viewer.lines


def case_a_guest_that_begins_anew_and_one_in_another_file(bed):
    screen = sway(bed)
    viewer = bed.view("--stats")
    show_guests_one_after_another(bed, screen)
    assert viewer.terminate() == 0
    assert not any(COPIED in line for line in viewer.lines), viewer.lines


def case_a_screenshot_has_the_cursor_and_costs_no_frame(bed):
    screen, guest = sway(bed), bed.guest()
    target = bed.folder + "/shot.png"
    viewer = bed.view("--screenshot", target)
    guest.show(2, 200, 120, 3)
    expected = picture(2, 200, 120, 3, 2)
    wait_screen(screen, same(expected))
    assert viewer.terminate() == 0
    out = screen.run("convert", target, "-depth", "8", "rgb:-")
    for (x, y), colour in expected.items():
        at = 3 * (y * 120 + x)
        assert tuple(out[at:at + 3]) == colour, (x, y)


def case_elsewhere_it_is_soft(bed):
    viewer = bed.view("--headless", "--frames", "2", "--timeout", "20", source="test:64x48@60")
    assert viewer.end() == 0
    assert any('"direct" cannot draw' in line for line in viewer.lines), viewer.lines


if __name__ == "__main__":
    main(globals(), sys.argv[3 + len(PRESENT):])
