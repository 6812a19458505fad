# SPDX-License-Identifier: LGPL-2.1-or-later
"""What holds wherever the guest's memory is read in place, by a compositor or a graphics device."""
import json
import os
import time

from program import PATIENCE_S, picture, same, wait_screen

FRAME_BYTES = 200 * 120 * 4
# After a second a guest gives a viewer up and goes on: on a busy machine that may be over.
PATIENCE_OF_GUEST_S = 0.9


def check_nothing_is_copied(bed, check, *options):
    """Of two seconds of a moving picture. check looks at the viewer that has ended."""
    guest = bed.guest()
    guest.say("begin", "mode 1 640 400", "serial 0", "rate 60", "frames")
    # A machine so busy that nothing comes for 0.4 s has a frame copied, or one that never came.
    for _ in range(5):
        viewer = bed.view(*options, "--frames", "120", "--stats", "--timeout", "20")
        assert viewer.end() == 0, viewer.lines
        check(viewer)
        stats = json.loads(viewer.out)
        assert stats["frames"] == 120 and stats["bytes_damaged"] > 0, stats
        if stats["bytes_copied"] == 0 and stats["incomplete"] == 0:
            return
    raise AssertionError(stats)


def check_it_was_copied_once(stats):
    # On a busy machine, frames may come so far apart that each of the three stands still.
    assert stats["bytes_copied"] in [FRAME_BYTES * i for i in (1, 2, 3)], stats


def show_guests_one_after_another(bed, screen):
    """One that begins anew, one in a file that took the place of the first, and one in a third."""
    guest = bed.guest()
    for _ in range(3):
        guest.show()
        wait_screen(screen, same(picture(1, 200, 120, 0, 2)))
    guest.say("replace")
    guest.show(frames=6)
    wait_screen(screen, same(picture(1, 200, 120, 0, 5)))
    guest.end()
    os.unlink(bed.path)
    guest = bed.guest()
    guest.show(frames=4)
    wait_screen(screen, same(picture(1, 200, 120, 0, 3)))


def wait_cursor(screen, plain):
    """The pixels of the screen, as soon as nothing but a cursor of 32 x 32 at 60, 50 differs from
    plain."""
    end = time.monotonic() + PATIENCE_S
    while True:
        pixel = screen.grab()
        shown = {xy: pixel(*xy) for xy in plain}
        changed = [(x, y) for x, y in plain if shown[x, y] != plain[x, y]]
        if changed and all(60 <= x < 92 and 50 <= y < 82 for x, y in changed):
            return shown
        assert time.monotonic() < end, f"the cursor is at {changed[:3]}"
