#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""wayland.py VIEWER PEER_GUEST [present=NAME] [CASE…]: oriel-view in Wayland compositors, as TAP.

As program.py, with sway and weston in the place of the X server.
"""
import contextlib
import json
import os
import socket
import sys
import time

from compositor import Sway, Weston, WestonOnX
from program import (PATIENCE_S, PRESENT, SCREEN, InputLog, Skip, check_just_in_time,
                     check_photons, check_turned, has_card, main, picture, same, wait_screen)


def sway(bed, extra=""):
    bed.screen = Sway(extra)
    bed.things.append(bed.screen)
    return bed.screen


def wait_window(screen, check):
    """Until the viewer's window is as check wants it."""
    end = time.monotonic() + PATIENCE_S
    while True:
        window = screen.window()
        if window and check(window):
            return window
        assert time.monotonic() < end, f"the window is {window and window['rect']}"
        time.sleep(0.05)


def has_size(width, height):
    def check(window):
        return (window["rect"]["width"], window["rect"]["height"]) == (width, height)
    return check


def case_every_format_and_rotation_on_the_screen(bed):
    screen = sway(bed)
    for kind, rotation in ((1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (3, 1), (4, 0), (5, 3), (6, 2)):
        guest, viewer = bed.guest(), bed.view()
        guest.show(kind, 200, 120, rotation)
        expected = picture(kind, 200, 120, rotation, 2)
        wait_screen(screen, same(expected, slack=1 if kind == 4 else 0))
        assert viewer.terminate() == 0
        deep = [line for line in viewer.lines if "bits a channel:" in line]
        by_gpu = PRESENT in (["--present=vulkan"], ["--present=opengl"])
        assert len(deep) == (by_gpu and kind in (3, 4)), viewer.lines
        if deep:
            print("#", deep[0], flush=True)
        guest.end()


def case_a_picture_that_the_user_turns(bed):
    check_turned(bed, sway(bed))


def case_many_small_changes_reach_every_buffer(bed):
    screen, guest = sway(bed), bed.guest()
    bed.view()
    for frames in (1, 2, 3, 7, 30, 200):
        guest.show(1, 333, 211, 0, frames=frames)
        wait_screen(screen, same(picture(1, 333, 211, 0, frames - 1)))


def case_the_picture_scaled_and_with_borders(bed):
    screen, guest = sway(bed), bed.guest()
    bed.view("--size", "640x300", "--scale", "integer")
    guest.show(1, 200, 120, 0, frames=40)
    small = picture(1, 200, 120, 0, 39)
    twice = {(x, y): small[x // 2, y // 2] for x in range(400) for y in range(240)}
    wait_screen(screen, same(twice, x0=120, y0=30))
    border = {(x, y): (0, 0, 0) for x in range(640) for y in range(300)
              if not (120 <= x < 520 and 30 <= y < 270)}
    wait_screen(screen, same(border))


def case_the_cursor_leaves_no_trace(bed):
    screen, guest = sway(bed), bed.guest()
    bed.view()
    guest.show(1, 200, 120, 0)
    plain = picture(1, 200, 120, 0, 2)
    guest.say("shape 0 32 32 128 0 0 9")
    for at in ((-7, 100), (180, -5), (50, 50), (60, 55), (20, 20)):
        guest.say(f"cursor {at[0]} {at[1]} 1")

        def moved(pixel):
            changed = [xy for xy in plain if pixel(*xy) != plain[xy]]
            assert changed, "no cursor"
            assert all(at[0] <= x < at[0] + 32 and at[1] <= y < at[1] + 32 for x, y in changed)
        wait_screen(screen, moved)
    guest.say("cursor 0 0 0")
    wait_screen(screen, same(plain))


def case_a_resized_window_shows_the_picture_scaled(bed):
    screen, guest = sway(bed), bed.guest()
    bed.view("--filter", "nearest")
    guest.show(1, 200, 120, 0)
    small = picture(1, 200, 120, 0, 2)
    wait_screen(screen, same(small))
    screen.say('[app_id="oriel-view"]', "resize set 600 360, move absolute position 0 0")
    large = {(x, y): small[x // 3, y // 3] for x in range(600) for y in range(360)}
    wait_screen(screen, same(large))
    screen.say('[app_id="oriel-view"]', "resize set 200 120, move absolute position 0 0")
    wait_screen(screen, same(small))


def case_the_window_follows_the_guest(bed):
    screen, guest = sway(bed), bed.guest()
    bed.view()
    for width, height in ((200, 120), (400, 240), (96, 64)):
        guest.show(1, width, height, 0)
        wait_window(screen, has_size(width, height))
        wait_screen(screen, same(picture(1, width, height, 0, 2)))


def case_the_whole_screen_and_back(bed):
    screen, guest = sway(bed), bed.guest()
    bed.view("--fullscreen", "--output", "HEADLESS-1", "--filter", "nearest")
    guest.show(1, 320, 240, 0)
    small = picture(1, 320, 240, 0, 2)
    wait_screen(screen, same({(x, y): small[x // 2, y // 2]
                              for x in range(640) for y in range(480)}))
    assert screen.window()["fullscreen_mode"]
    screen.say('[app_id="oriel-view"]', "fullscreen disable, resize set 320 240, "
               "move absolute position 0 0")
    wait_screen(screen, same(small))


def ask(path, command):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(path)
        connection.sendall(b'{"command":"%s"}\n' % command.encode())
        return json.loads(connection.makefile().readline())


def case_the_whole_screen_as_the_control_socket_is_told(bed):
    screen, guest = sway(bed), bed.guest()
    # Its own folder, since sway's belongs to another user.
    os.symlink(os.path.join(screen.folder, screen.name), os.path.join(bed.folder, "wayland"))
    bed.view("--vm", "vm1", "--pictures", bed.folder, XDG_RUNTIME_DIR=bed.folder,
             WAYLAND_DISPLAY="wayland")
    guest.show(1, 320, 240, 0)
    wait_window(screen, has_size(320, 240))
    for command, wanted in (("fullscreen-on", 1), ("fullscreen-on", 1), ("fullscreen-off", 0),
                            ("fullscreen-off", 0)):
        assert ask(f"{bed.folder}/oriel/vm1.sock", command) == {"ok": True}
        wait_window(screen, lambda window: window["fullscreen_mode"] == wanted)
    wait_window(screen, has_size(320, 240))


def case_a_screen_by_its_name(bed):
    screen = sway(bed)
    screen.say("create_output")
    viewer = bed.view("--fullscreen", "--output", "HEADLESS-2")
    viewer.wait_line("does not exist")
    outputs = {output["name"]: output["rect"] for output in screen.say("-t", "get_outputs")}
    whole = outputs["HEADLESS-2"]["width"], outputs["HEADLESS-2"]["height"]
    wait_window(screen, lambda window: window["fullscreen_mode"] and has_size(*whole)(window))
    viewer.terminate()
    viewer = bed.view("--output", "DP-7")
    assert viewer.end() == 1
    assert "DP-7" in viewer.lines[0] and "HEADLESS-1" in viewer.lines[0], viewer.lines


def case_a_scaled_output_gets_all_its_pixels(bed):
    screen, guest = sway(bed, "output HEADLESS-1 scale 2\n"), bed.guest()
    bed.view("--size", "400x240", "--filter", "nearest")
    guest.show(1, 200, 120, 0)
    wait_window(screen, has_size(200, 120))
    small = picture(1, 200, 120, 0, 2)
    wait_screen(screen, same({(x, y): small[x // 2, y // 2] for x in range(400)
                              for y in range(240)}))
    # Its pixels stay as many when the scale changes.
    for scale in (1, 2):
        screen.say("output", "HEADLESS-1", "scale", str(scale))
        wait_window(screen, has_size(400 // scale, 240 // scale))


def case_the_waiting_screen(bed):
    screen = sway(bed)
    viewer = bed.view("--size", "600x400")
    viewer.wait_line("does not exist")
    wait_screen(screen, has_card(600, 400))
    assert viewer.terminate() == 0


def case_a_window_that_nobody_sees_is_kept_up_to_date(bed):
    screen, guest = sway(bed), bed.guest()
    bed.view()
    guest.show(1, 200, 120, 0)
    wait_screen(screen, same(picture(1, 200, 120, 0, 2)))
    screen.say("workspace", "2")
    guest.show(1, 200, 120, 0, frames=150)
    time.sleep(0.3)
    screen.say("workspace", "1")
    wait_screen(screen, same(picture(1, 200, 120, 0, 149)))


def case_a_guest_that_wants_no_screen_saver_gets_none(bed):
    screen, guest = sway(bed), bed.guest()
    bed.view()
    for flags in (1, 0, 1):
        guest.say("begin", "mode 1 200 120", f"flags {flags}", "serial 0", "rate 60", "frames 3")
        wait_window(screen, lambda window: window["inhibit_idle"] == bool(flags))
    guest.end()
    wait_window(screen, lambda window: not window["inhibit_idle"])


def case_the_compositor_tells_when_pictures_were_seen(bed):
    # Sway without a screen never does.
    bed.screen = Weston()
    bed.things.append(bed.screen)
    check_photons(bed)


def case_just_in_time_makes_a_picture_a_refresh(bed):
    bed.screen = Weston()
    bed.things.append(bed.screen)
    check_just_in_time(bed)


def case_just_in_time_without_refreshes_is_told(bed):
    sway(bed)
    for options in ((), ("--headless",)):
        viewer = bed.view("--jit", "--stats", "--frames", "300", *options,
                          source="test:200x120@200")
        viewer.wait_line("--jit has nothing to aim at")
        assert viewer.end() == 0, viewer.lines
        stats = json.loads(viewer.out)
        assert stats["held_ms"]["max"] == 0 and stats["frames"] == 300, stats


def case_closing_the_window_ends_it(bed):
    screen = sway(bed)
    viewer = bed.view()
    viewer.wait_line("does not exist")
    wait_window(screen, lambda window: True)
    screen.say('[app_id="oriel-view"]', "kill")
    assert viewer.end() == 0, viewer.lines


def case_a_compositor_that_dies_ends_it_with_a_reason(bed):
    screen, guest = sway(bed), bed.guest()
    viewer = bed.view()
    guest.show(1, 320, 200, 0)
    viewer.wait_line("320 x 200")
    wait_window(screen, has_size(320, 200))
    screen.exit()
    assert viewer.end() == 1
    assert "display" in viewer.lines[-1], viewer.lines


def case_no_compositor_is_one_line(bed):
    for name, options in (("no-such", ()), ("", ("--window", "wayland"))):
        bed.screen = None
        viewer = bed.view(*options, WAYLAND_DISPLAY=name, XDG_RUNTIME_DIR=bed.folder)
        assert viewer.end() == 1
        assert len(viewer.lines) == 1 and "WAYLAND_DISPLAY" in viewer.lines[0], viewer.lines


def same_somewhere(expected):
    """A check that the screen shows expected, wherever that is."""
    probes = [(3 * i, 2 * i) for i in range(40)]

    def check(pixel):
        for y0 in range(SCREEN[1] - 119):
            for x0 in range(SCREEN[0] - 199):
                if all(pixel(x + x0, y + y0) == expected[x, y] for x, y in probes):
                    return same(expected, x0=x0, y0=y0)(pixel)
        raise AssertionError("the picture is nowhere on the screen")
    return check


BACKGROUND = (0x30, 0x50, 0x70)


def find(display, expected):
    """Where on the screen the picture is, as soon as it is; nothing when that takes too long."""
    found = []

    def look(pixel):
        probes = [(3 * i, 2 * i) for i in range(40)]
        first = expected[0, 0]
        for y0 in range(SCREEN[1] - 119):
            for x0 in range(SCREEN[0] - 199):
                if pixel(x0, y0) == first and all(
                        pixel(x + x0, y + y0) == expected[x, y] for x, y in probes):
                    found[:] = [x0, y0]
                    return
        raise AssertionError("the picture is nowhere on the screen")
    with contextlib.suppress(AssertionError):
        wait_screen(display, look)
    return found


def desktop(bed):
    display = bed.display()
    bed.screen = WestonOnX(display, shell="desktop-shell.so")
    bed.things.append(bed.screen)
    return display, bed.screen


def view_with_borders(bed):
    viewer = bed.view("--filter", "nearest")
    viewer.wait_line("draws no borders (no xdg-decoration)")
    if not any("libdecor does" in line for line in viewer.lines):
        raise Skip("built without libdecor")
    return viewer


TITLE_BAR = 24
# From the right end of the title bar to the middle of its buttons.
CLOSE, MAXIMISE = 16, 48


def drag(display, screen, start, end, check):
    """What is at start goes to end, and is held until check is content with the screen: who draws
    the borders asks the compositor to move them, which it does while the button is down only."""
    screen.point(*start)
    screen.do("mousedown", "1")

    def moved(pixel):
        screen.do("mousemove", str(end[0] - 1), str(end[1]), "mousemove", *map(str, end))
        check(pixel)
    wait_screen(display, moved)
    screen.do("mouseup", "1")


def press(display, screen, at, check):
    """A button of the borders, until check is content with the screen."""
    screen.point(*at)
    screen.do("click", "1")
    wait_screen(display, check)


def between(expected, x0, y0):
    """A check for the picture there but for its upper and lower rows, where the cursor is."""
    height = max(y for _, y in expected)
    return same({(x, y): colour for (x, y), colour in expected.items()
                 if 40 <= y < height - 40}, x0=x0, y0=y0)


def fills_screen(pixel):
    for at in ((0, 40), (SCREEN[0] - 1, 40), (0, SCREEN[1] - 1), (SCREEN[0] - 1, SCREEN[1] - 1)):
        assert pixel(*at) == (0, 0, 0), f"{pixel(*at)} at {at}"


def show(display, guest):
    """A picture; where on the screen it is."""
    expected = picture(1, 200, 120, 0, 2)
    # A busy machine's guest may lose patience with the last of its frames.
    for _ in range(3):
        guest.show(1, 200, 120, 0)
        if found := find(display, expected):
            return expected, found
    raise AssertionError("the picture is nowhere on the screen")


def case_borders_where_the_compositor_draws_none(bed):
    display, screen = desktop(bed)
    guest = bed.guest()
    y = 0
    # Where weston puts a window is up to chance, and the title may be past the screen's edge.
    while y < TITLE_BAR:
        viewer = view_with_borders(bed)
        small, (x, y) = show(display, guest)
        if y < TITLE_BAR:
            assert viewer.terminate() == 0
    assert display.grab()(x + 5, y - 12) != BACKGROUND, "no title bar"
    # The title moves the window, its corner makes it larger.
    drag(display, screen, (x + 60, y - 12), (100, 48), between(small, 40, 60))
    large = between({(x, y): small[x // 2, y // 2] for x in range(400) for y in range(240)},
                    40, 60)
    drag(display, screen, (40 + 204, 60 + 124), (40 + 404, 60 + 244), large)
    # Its buttons: the largest size, and back; no window, while the machine runs on.
    above = TITLE_BAR // 2
    press(display, screen, (440 - MAXIMISE, 60 - above), fills_screen)
    press(display, screen, (SCREEN[0] - MAXIMISE, above), large)
    screen.point(440 - CLOSE, 60 - above)
    screen.do("click", "1")
    assert viewer.end() == 0, viewer.lines
    assert guest.process.poll() is None
    view_with_borders(bed)
    show(display, guest)


def case_no_borders_where_none_are_wanted(bed):
    display, _ = desktop(bed)
    guest = bed.guest()
    bed.view("--borderless")
    _, (x, y) = show(display, guest)
    pixel = display.grab()
    around = [(x - 1, y), (x, y - 1), (x + 100, y - 12), (x + 200, y + 60), (x + 100, y + 120)]
    shown = [pixel(*at) for at in around if 0 <= at[0] < SCREEN[0] and 0 <= at[1] < SCREEN[1]]
    assert all(colour == BACKGROUND for colour in shown), shown


def case_borders_that_the_compositor_refuses_are_told(bed):
    screen = sway(bed)
    viewer = bed.view()
    wait_window(screen, lambda window: True)
    while viewer.read_lines(0):
        pass
    assert not any("borders" in line for line in viewer.lines), viewer.lines
    screen.say('[app_id="oriel-view"]', "border csd")
    viewer.wait_line("leaves this window's borders to the window")
    assert viewer.terminate() == 0


def point_at(log, screen, x, y):
    """Until the guest's pointer is there: a motion before the first picture is drawn has no place
    in it yet."""
    end = time.monotonic() + PATIENCE_S
    while f"to {x} {y} of 640 480" not in log.lines():
        assert time.monotonic() < end, f"only {log.lines()[-9:]}"
        screen.point(x, y)
        time.sleep(0.1)


def case_keyboard_and_pointer_free_and_captured(bed):
    display = bed.display()
    bed.screen = screen = WestonOnX(display)
    bed.things.append(screen)
    # Before the viewer starts, so that its focus comes once and stays.
    screen.do("mousemove", "300", "200")
    windows = display.run("xdotool", "search", "--sync", "--class", "weston")
    screen.do("windowfocus", windows.split()[0])
    log = InputLog(bed.folder + "/input")
    viewer = bed.view("--log", "debug", "--input-log", log.path, source="test:640x480@30")
    viewer.wait_line("the guest shows")
    viewer.wait_line("away -> free")
    point_at(log, screen, 100, 50)
    screen.do("key", "a")
    screen.do("click", "1", "click", "4", "click", "7")
    # Keys and buttons by their number in linux/input-event-codes.h.
    wanted = ["key 30 down", "key 30 up", "button 272 down", "button 272 up", "wheel 0 -120",
              "wheel 120 0"]
    log.wait(lambda lines: [line for line in lines if line[:2] != "to"] == wanted, wanted)

    screen.do("key", "Scroll_Lock")
    viewer.wait_line("-> captured")
    # What weston has not is said once each, and everything else works.
    viewer.wait_line("draws no borders (no xdg-decoration)")
    viewer.wait_line("keeps its own shortcuts")
    screen.do("mousemove_relative", "--sync", "7", "-4")
    log.wait(lambda lines: any(line.startswith("by ") for line in lines), "no way")
    places = sum(line.startswith("to ") for line in log.lines())
    screen.do("keydown", "b")
    log.wait_line("key 48 down")
    screen.do("key", "Scroll_Lock")
    viewer.wait_line("captured, escape pressed -> free")
    log.wait_line("key 48 up")
    screen.do("mousemove", "--sync", "200", "90")
    log.wait(lambda lines: sum(line.startswith("to ") for line in lines) > places, "no place")
    assert viewer.terminate() == 0


def case_weston_shows_it_and_its_end_is_told(bed):
    bed.screen = screen = Weston()
    bed.things.append(screen)
    guest = bed.guest()
    viewer = bed.view()
    # Weston's screenshots also tell the byte that has no meaning: only a conversion sets it.
    guest.show(5, 200, 120, 0, frames=40)
    viewer.wait_line("200 x 120")
    wait_screen(screen, same_somewhere(picture(5, 200, 120, 0, 39)))
    screen.crash()
    assert viewer.end() == 1
    assert "display" in viewer.lines[-1], viewer.lines


def measured(viewer):
    """({presenter: milliseconds}, who was chosen) as it was told last; None: not yet."""
    lines = [line for line in viewer.lines if "presenters measured" in line]
    if not lines:
        return None
    figures, chosen = lines[-1].split("next frame: ")[1].split("; ")
    words = [figure.split() for figure in figures.split(", ")]
    return {name: float(value) for name, value, unit in words}, chosen.split()[0]


def serial_of(guest):
    """Of the frame that a guest sends next."""
    guest.process.stdin.write("status\n")
    guest.process.stdin.flush()
    words = guest.process.stdout.readline().split()
    assert words[:3] == ["event", "status", "serial"] and guest.process.stdout.readline(), words
    return int(words[3])


SMALL = (96, 64)


def check_one_of(pixel, first, last):
    """The screen shows one of these frames, and nothing of another one."""
    for serial in range(max(first, 0), last + 1):
        with contextlib.suppress(AssertionError):
            return same(picture(1, *SMALL, 0, serial))(pixel)
    raise AssertionError(f"the screen shows none of the frames {first} to {last}")


def check_the_fastest_is_chosen(bed, size, check_look):
    """Presenters are tried out while a guest with two slots shows frame after frame: the one that
    took the least time goes on, no frame is lost, and whoever shows them, a look at the screen
    finds one of them."""
    guest, viewer = bed.guest(), bed.view("--stats")
    guest.say("begin", "mode 1 %d %d" % size, "damage full", "serial 0", "rate 60", "frames")
    viewer.wait_line("%d x %d" % size)
    wait_screen(bed.screen, lambda pixel: check_look(pixel, 0, serial_of(guest)))
    looks, end = 0, time.monotonic() + PATIENCE_S
    # On a busy machine, frames may be too slow to be measured for a while.
    while not measured(viewer) or looks < 4:
        assert time.monotonic() < end, f"nothing is measured: {viewer.lines}"
        before = serial_of(guest)
        pixel = bed.screen.grab()
        check_look(pixel, before - 4, serial_of(guest))
        looks += 1
        viewer.read_lines(0)
    figures, chosen = measured(viewer)
    print(f"# {figures}: {chosen}")
    assert set(figures) == {"soft", "direct"}, figures
    assert figures[chosen] == min(figures.values()), (figures, chosen)
    guest.say("rate 240")
    time.sleep(3)
    guest.say("frames 0")
    sent = serial_of(guest)
    wait_screen(bed.screen, lambda pixel: check_look(pixel, sent - 1, sent - 1))
    assert viewer.terminate() == 0
    stats = json.loads(viewer.out)
    taken = stats["frames"] + stats["skipped"] + stats["incomplete"]
    # A guest sends its last frame again to a viewer that joins. One that does not look for a second
    # is given up by the guest, and misses frames then.
    assert taken in (sent, sent + 1) or stats["sessions"] > 1, (stats, sent)


def case_the_fastest_presenter_is_found_in_sway(bed):
    sway(bed)
    check_the_fastest_is_chosen(bed, SMALL, check_one_of)


def case_the_fastest_presenter_is_found_in_weston(bed):
    bed.screen = Weston()
    bed.things.append(bed.screen)
    # Pictures as large as the screen, which are not compared.
    check_the_fastest_is_chosen(bed, SCREEN, lambda *look: None)


if __name__ == "__main__":
    main(globals(), sys.argv[3 + len(PRESENT):])
