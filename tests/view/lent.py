#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""lent.py VIEWER PEER_GUEST GUEST present=vulkan|opengl [CASE…]: the graphics device reads the
guest's memory itself: TAP.

What the picture looks like is view-screen's business; here is who reads the guest's memory, and how
long it is kept.
"""
import json
import os
import subprocess
import sys
import time

GUEST = sys.argv.pop(3)

from program import (  # noqa: E402
    BYTES, PRESENT, Skip, main, picture, read_png, same, wait_screen)
from readers import (  # noqa: E402
    PATIENCE_OF_GUEST_S, check_it_was_copied_once, check_nothing_is_copied,
    show_guests_one_after_another, wait_cursor)

READ = "it reads the guest's memory itself"
COPIED = "the processor copies them, since"


def check_read(viewer):
    if any("takes no memory of processes" in line for line in viewer.lines):
        raise Skip("the driver takes no memory of processes")
    assert any(READ in line for line in viewer.lines), viewer.lines


def case_nothing_is_copied(bed):
    viewers = []

    def check(viewer):
        check_read(viewer)
        viewers.append(viewer)
    check_nothing_is_copied(bed, check, "--headless")
    lines = viewers[-1].lines
    assert sum("pixels reach" in line for line in lines) == 1, lines


def case_a_real_guest_looks_as_in_soft(bed):
    """Its test picture moves on by the frame's number: so many frames of one that draws one, and no
    more, are the same in every viewer."""
    with open(bed.path, "wb") as file:
        file.truncate(BYTES)
    guest = subprocess.Popen(
        [GUEST, "--shm", bed.path, "--capture", "test", "--size", "640x480", "--fps", "1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for attempt in range(5):
            viewers = []
            for present in (PRESENT[0].split("=")[1], "soft"):
                target = f"{bed.folder}/{present}.png"
                viewer = bed.view("--headless", "--present", present, "--frames", "1",
                                  "--screenshot", target, "--stats", "--timeout", "20")
                viewers.append((viewer, target))
            for viewer, _ in viewers:
                assert viewer.end() == 0, viewer.lines
            check_read(viewers[0][0])
            one, other = (read_png(target) for _, target in viewers)
            if one == other:
                return
            assert attempt < 4, "they differ"
    finally:
        guest.kill()
        guest.wait()


def case_a_picture_that_stands_still_is_copied_once(bed):
    guest, target = bed.guest(), f"{bed.folder}/shot.png"
    viewer = bed.view("--headless", "--stats", "--screenshot", target)
    guest.show()
    viewer.wait_line(READ)
    time.sleep(2)
    assert viewer.terminate() == 0
    check_it_was_copied_once(json.loads(viewer.out))
    assert read_png(target) == picture(1, 200, 120, 0, 2)


def case_no_frame_is_written_to_while_it_is_needed(bed):
    """The slot of the picture that is shown would be the guest's next but one: it may have it only
    when there is another picture. Given back any sooner, a screenshot has half of another one."""
    guest, target = bed.guest(), f"{bed.folder}/shot.png"
    for _ in range(10):
        viewer = bed.view("--headless", "--screenshot", target, "--stats")
        guest.show(frames=1)
        viewer.wait_line(READ)
        guest.say("frames 2")
        began = time.monotonic()
        guest.say("part 48000", "part 48000")
        assert viewer.terminate() == 0, viewer.lines
        # Later, what was sent in part is sent once more, as if it were whole.
        if time.monotonic() - began < PATIENCE_OF_GUEST_S:
            shown = read_png(target)
            assert shown in [picture(1, 200, 120, 0, serial) for serial in (0, 1, 2)]
            return
    raise AssertionError("the machine is too busy")


def look_at_cursors(bed, display, guest, present):
    """The screen with a cursor of each kind, which hung over the edge, moved, and stays while the
    picture changes beneath it."""
    viewer = bed.view("--present", present)
    if present == "soft":
        display.loading = None
    guest.show()
    plain = picture(1, 200, 120, 0, 2)
    wait_screen(display, same(plain))
    looks = []
    for kind in (0, 1, 2):
        guest.say("cursor -7 100 0", f"shape {kind} 32 32 {4 if kind == 1 else 128} 0 0 9",
                  "cursor -7 100 1", "cursor 60 50 1", "frames 3")
        plain = picture(1, 200, 120, 0, 5 + 3 * kind)
        looks.append(wait_cursor(display, plain))
    assert viewer.terminate() == 0
    return looks


def case_every_cursor_looks_as_in_soft(bed):
    display, guest = bed.display(), bed.guest()
    looks = [look_at_cursors(bed, display, guest, present)
             for present in ("soft", PRESENT[0].split("=")[1])]
    for kind in (0, 1, 2):
        assert looks[0][kind] == looks[1][kind], f"type {kind}"


def case_what_cannot_be_read_there_is_copied_and_back_again(bed):
    display, guest = bed.display(), bed.guest()
    viewer = bed.view()
    guest.show(1)
    wait_screen(display, same(picture(1, 200, 120, 0, 2)))
    guest.show(1)
    viewer.wait_line(READ)
    guest.show(1, rotation=1)
    viewer.wait_line("since the picture is turned")
    wait_screen(display, same(picture(1, 200, 120, 1, 2)))
    guest.show(4)
    viewer.wait_line("since they are not the window's")
    wait_screen(display, same(picture(4, 200, 120, 0, 2), slack=1))
    guest.show(1, 96, 64)
    wait_screen(display, same(picture(1, 96, 64, 0, 2)))
    viewer.terminate()
    assert sum(READ in line for line in viewer.lines) == 2, viewer.lines


def case_a_guest_that_begins_anew_and_one_in_another_file(bed):
    display = bed.display()
    viewer = bed.view("--stats")
    show_guests_one_after_another(bed, display)
    assert viewer.terminate() == 0
    check_read(viewer)
    assert not any(COPIED in line for line in viewer.lines), viewer.lines


def case_a_file_that_shrinks_ends_nothing(bed):
    display, guest = bed.display(), bed.guest()
    viewer = bed.view()
    guest.show(1, 640, 400)
    wait_screen(display, same(picture(1, 640, 400, 0, 2)))
    for _ in range(3):
        guest.show(1, 640, 400)
        guest.end()
        os.truncate(bed.path, 4096)
        time.sleep(0.5)
        os.unlink(bed.path)
        guest = bed.guest()
        guest.show(frames=4)
        wait_screen(display, same(picture(1, 200, 120, 0, 3)))
    assert viewer.terminate() == 0, viewer.lines
    check_read(viewer)


if __name__ == "__main__":
    main(globals(), sys.argv[3 + len(PRESENT):])
