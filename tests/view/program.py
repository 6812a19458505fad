#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""program.py VIEWER PEER_GUEST [present=NAME] [CASE…]: oriel-view as a program, as TAP.

A raw peer (tests/harness/peer) is the guest, Xvfb the display; what is on the screen is read back
from the X server and compared, pixel by pixel, with a picture made here.
"""
import ctypes
import functools
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

VIEWER, PEER = sys.argv[1:3]
PRESENT = [f"--{word}" for word in sys.argv[3:4] if word.startswith("present=")]
BYTES = 8 << 20
SCREEN = (640, 480)
CARD = (33, 38, 48)
PATIENCE_S = 30  # a busy machine; what comes ends it early
TERM_LIMIT_S = 1.0  # also while nothing answers
# For builds with sanitizers: what is none of ours, and no second of sleep at the end.
HERE = os.path.dirname(os.path.abspath(__file__))
LEAKS = f"suppressions={HERE}/lsan.supp:print_suppressions=0"
RACES = f"suppressions={HERE}/tsan.supp:print_suppressions=0:atexit_sleep_ms=0"


class Skip(Exception):
    """The machine lacks what a case needs."""


# ---- the peer's picture, made here -------------------------------------------

TILE = 16


def mix(x, y, z):
    value = (x * 0x9E3779B1 ^ y * 0x85EBCA77 ^ z * 0xC2B2AE3D) & 0xFFFFFFFF
    value ^= value >> 15
    value = value * 0x27D4EB2F & 0xFFFFFFFF
    return value ^ value >> 13


def half(bits):
    return struct.unpack("<e", struct.pack("<H", bits))[0]


def encode(linear):
    if not linear > 0:
        return 0
    linear = min(linear, 1.0)
    value = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return int(value * 255 + 0.5)


def colour(kind, word):
    """(red, green, blue) of the pixel of the wire's frame type that is made from that number."""
    data = word.to_bytes(4, "little")
    if kind in (1, 5):
        return data[2], data[1], data[0]
    if kind in (2, 6):
        return data[0], data[1], data[2]
    if kind == 3:
        return tuple(((word >> 10 * i & 1023) * 255 + 511) // 1023 for i in range(3))
    # Eight bytes: once more the same four, with one bit turned.
    blue = (word ^ 0x0404) & 0xFFFF
    return encode(half(word & 0xFFFF)), encode(half(word >> 16)), encode(half(blue))


def turn(x, y, width, height, rotation):
    right, below = width - 1 - x, height - 1 - y
    return [(x, y), (y, right), (right, below), (below, x)][rotation]


@functools.lru_cache(maxsize=16)
def picture(kind, width, height, rotation, serial):
    """{(x, y): (r, g, b)} of the upright picture, for all who ask for it: nobody changes it."""
    across = (width + TILE - 1) // TILE
    tiles = across * ((height + TILE - 1) // TILE)
    period = 2
    while period * 8 < tiles:
        period *= 2
    ages = [(serial - ((serial - tile) & (period - 1))) & 0xFFFFFFFF for tile in range(tiles)]
    return {turn(x, y, width, height, rotation):
            colour(kind, mix(x, y, ages[y // TILE * across + x // TILE]))
            for y in range(height) for x in range(width)}


# ---- programs ----------------------------------------------------------------


class Guest:
    """A raw peer at the end of a pipe."""

    def __init__(self, path):
        self.path = path
        self.process = subprocess.Popen(
            [PEER, path, str(BYTES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def say(self, *lines):
        for line in lines:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            while not (answer := self.process.stdout.readline()).startswith(("ok", "error")):
                assert answer, f"the peer ended at: {line}"
            assert answer.startswith("ok"), f"{line}: {answer}"

    def show(self, kind=1, width=200, height=120, rotation=0, frames=3):
        self.say("begin", f"mode {kind} {width} {height}", f"rotation {rotation}", "serial 0",
                 "rate 60", f"frames {frames}")

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class InputLog:
    """What the viewer sends to the guest, as --input-log writes it to the file path."""

    def __init__(self, path):
        self.path = path

    def lines(self):
        with open(self.path, encoding="ascii") as file:
            return file.read().splitlines()

    def wait(self, check, what):
        end = time.monotonic() + PATIENCE_S
        while not check(self.lines()):
            assert time.monotonic() < end, f"{what}: {self.lines()}"
            time.sleep(0.02)

    def wait_line(self, line):
        self.wait(lambda lines: line in lines, f"never came {line!r}")


class Viewer:
    """oriel-view; lines of its standard error are read as they come."""

    def __init__(self, *options, **environment):
        self.lines = []
        self.rest = ""
        self.process = subprocess.Popen(
            # The pictures to compare with are made by the plainest rule.
            [VIEWER, "--allow-root", "--hdr", "clip", *PRESENT, *options], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True, env={**os.environ, "LSAN_OPTIONS": LEAKS, "TSAN_OPTIONS": RACES,
                 "WAYLAND_DISPLAY": "", **environment})

    def read_lines(self, patience_s):
        """Takes in what was said until now; False: nothing came for so long."""
        # Past Python's own buffer, whose contents select() would not tell of.
        fd = self.process.stderr.fileno()
        if not select.select([fd], [], [], patience_s)[0]:
            return False
        data = os.read(fd, 65536).decode()
        assert data, f"ended: {self.lines}"
        *lines, self.rest = (self.rest + data).split("\n")
        self.lines += [line.strip() for line in lines]
        return True

    def wait_line(self, text):
        """Until a line with text was said."""
        end = time.monotonic() + PATIENCE_S
        while not any(text in line for line in self.lines):
            assert self.read_lines(max(0, end - time.monotonic())), \
                f"never said {text!r}, but {self.lines}"

    def terminate(self, within_s=PATIENCE_S):
        """SIGTERM; returns the status."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.end()
        took = time.monotonic() - began
        assert took < within_s, f"took {took:.2f} s to end"
        return status

    def end(self):
        try:
            self.out, rest = self.process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        self.lines += (self.rest + rest).splitlines()
        return self.process.returncode

    def kill(self):
        if self.process.returncode is None:
            self.process.kill()
            self.process.communicate()


def look_up(data):
    """(r, g, b) at (x, y) as a function, for the bytes of a whole screen."""
    assert len(data) == SCREEN[0] * SCREEN[1] * 3, len(data)

    def pixel(x, y):
        at = 3 * (y * SCREEN[0] + x)
        return data[at], data[at + 1], data[at + 2]
    return pixel


class Display:
    """An X server of its own."""

    def __init__(self, *options, depth=24):
        if not shutil.which("Xvfb") or not shutil.which("import"):
            raise Skip("Xvfb and ImageMagick are not installed")
        self.serve("Xvfb", "-screen", "0", f"{SCREEN[0]}x{SCREEN[1]}x{depth}", *options)

    def serve(self, server, *options):
        read_fd, write_fd = os.pipe()
        self.process = subprocess.Popen(
            [server, "-displayfd", str(write_fd), "-noreset", "-nolisten", "tcp", *options],
            pass_fds=[write_fd], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write_fd)
        # The number and its end come in two writes, and a server that cannot write both gives up.
        number = ""
        while not number.endswith("\n") and select.select([read_fd], [], [], PATIENCE_S)[0]:
            if not (more := os.read(read_fd, 16).decode()):
                break
            number += more
        os.close(read_fd)
        if not number:
            Display.end(self)
            raise Skip(f"{server} does not start here")
        self.name = f":{number.strip()}"

    def environment(self):
        return {"DISPLAY": self.name}

    def grab(self):
        """{(x, y)} -> (r, g, b) as a function."""
        data = subprocess.run(
            ["import", "-display", self.name, "-window", "root", "-depth", "8", "rgb:-"],
            check=True, capture_output=True, timeout=PATIENCE_S).stdout
        return look_up(data)

    def run(self, *command):
        return subprocess.run(command, check=True, capture_output=True, text=True,
                              timeout=PATIENCE_S, env={**os.environ, "DISPLAY": self.name}).stdout

    def end(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()


class Bed:
    """What a case works with; everything ends with it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="oriel-view-test-")
        self.path = os.path.join(self.folder, "shm")
        self.things = []
        self.screen = None

    def guest(self):
        self.things.append(guest := Guest(self.path))
        return guest

    def display(self, *options, **settings):
        self.screen = Display(*options, **settings)
        self.things.append(self.screen)
        return self.screen

    def view(self, *options, source=None, **settings):
        environment = self.screen.environment() if self.screen else {"DISPLAY": ""}
        environment.update(settings)
        viewer = Viewer("--source", source or self.path, *options, **environment)
        self.things.append(viewer)
        if self.screen and PRESENT in (["--present=vulkan"], ["--present=opengl"]):
            # With a shader there is nothing to wait for.
            self.screen.loading = None if "--shader" in options else viewer
        return viewer

    def finish(self):
        for thing in reversed(self.things):
            thing.kill() if isinstance(thing, Viewer) else thing.end()
        shutil.rmtree(self.folder, ignore_errors=True)


def wait_loaded(display):
    """Until it is the presenter in question that shows the picture: while a driver is loaded, soft
    does."""
    viewer, display.loading = getattr(display, "loading", None), None
    if viewer:
        viewer.wait_line("shows the picture from now on")


def wait_screen(display, check):
    """Until check(pixel function) raises nothing; its last complaint is raised in the end."""
    wait_loaded(display)
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return check(display.grab())
        except AssertionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def same(expected, slack=0, x0=0, y0=0):
    """A check that the screen shows expected from x0, y0 on."""
    def check(pixel):
        for (x, y), wanted in expected.items():
            got = pixel(x + x0, y + y0)
            assert got == wanted or all(abs(a - b) <= slack for a, b in zip(got, wanted)), \
                f"pixel {x}, {y} is {got} and not {wanted}"
    return check


# ---- pictures ----------------------------------------------------------------


def case_every_format_and_rotation_on_the_screen(bed):
    display = bed.display()
    for kind, rotation in ((1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (3, 1), (4, 0), (5, 3), (6, 2)):
        guest, viewer = bed.guest(), bed.view()
        guest.show(kind, 200, 120, rotation)
        expected = picture(kind, 200, 120, rotation, 2)
        wait_screen(display, same(expected, slack=1 if kind == 4 else 0))
        assert viewer.terminate() == 0
        guest.end()


# Each kind of cursor, one reaching beyond the picture's edge.
CURSORS = (("shape 0 24 12 96 3 1 9", "cursor -7 100 1"),
           ("shape 1 16 12 2 3 1 9", "cursor 60 -5 1"),
           ("shape 2 24 12 96 3 1 9", "cursor 50 50 1"))


def turned(shown, width, height, degrees):
    """The picture of that size, turned clockwise."""
    back = (4 - degrees // 90) % 4
    return {turn(x, y, width, height, back): colour for (x, y), colour in shown.items()}


def see_cursors(screen, guest, plain):
    """What the screen shows of the picture plain with each of them."""
    guest.say("cursor 0 0 0")
    for shape, place in CURSORS:
        guest.say(shape, place)

        def shows_another(pixel):
            seen = {xy: pixel(*xy) for xy in plain}
            assert seen != plain, "no cursor"
            return seen
        yield wait_screen(screen, shows_another)
        guest.say("cursor 0 0 0")
        wait_screen(screen, same(plain))


def check_turned(bed, screen):
    """A guest's picture, and its cursors, as the user turns them; screenshots are as the screen."""
    target = os.path.join(bed.folder, "shot.png")
    for rotation, each in ((0, (90, 180, 270)), (1, (90, 180))):
        width, height = (120, 200) if rotation else (200, 120)
        upright = picture(1, 200, 120, rotation, 2)
        guest, viewer = bed.guest(), bed.view()
        guest.show(1, 200, 120, rotation)
        wait_screen(screen, same(upright))
        cursors = list(see_cursors(screen, guest, upright))
        assert viewer.terminate() == 0
        guest.end()
        for degrees in each:
            guest = bed.guest()
            viewer = bed.view("--rotate", str(degrees), "--screenshot", target)
            guest.show(1, 200, 120, rotation)
            wait_screen(screen, same(turned(upright, width, height, degrees)))
            for (shape, place), seen in zip(CURSORS, cursors):
                guest.say(shape, place)
                wait_screen(screen, same(turned(seen, width, height, degrees)))
            assert viewer.terminate() == 0
            assert read_png(target) == turned(cursors[-1], width, height, degrees)
            guest.end()


def case_a_picture_that_the_user_turns(bed):
    check_turned(bed, bed.display())


def read_png(path):
    data = subprocess.run(["convert", path, "-depth", "8", "rgb:-"], check=True,
                          capture_output=True, timeout=PATIENCE_S).stdout
    size = subprocess.run(["identify", "-format", "%w %h", path], check=True,
                          capture_output=True, text=True, timeout=PATIENCE_S).stdout.split()
    width, height = map(int, size)
    assert len(data) == width * height * 3
    return {(i % width, i // width): tuple(data[3 * i:3 * i + 3]) for i in range(width * height)}


def case_headless_screenshot_and_stats(bed):
    if not shutil.which("convert"):
        raise Skip("ImageMagick is not installed")
    target = os.path.join(bed.folder, "shot.png")
    viewer = bed.view("--headless", "--frames", "5", "--screenshot", target, "--stats")
    time.sleep(0.3)  # it waits for a file and for a guest that are not there yet
    bed.guest().show(1, 203, 77, 1, frames=5)
    assert viewer.end() == 0, viewer.lines
    assert read_png(target) == picture(1, 203, 77, 1, 4)
    stats = json.loads(viewer.out)
    assert stats["frames"] == stats["unique_frames"] == 5
    assert stats["sessions"] == 1 and stats["incomplete"] == 0
    assert 0 < stats["bytes_copied"] <= 5 * 203 * 77 * 4
    for name in ("arrival_latency_ms", "present_latency_ms"):
        spread = [stats[name][key] for key in ("p50", "p90", "p99", "max")]
        assert spread == sorted(spread) and spread[-1] < 1000
    assert os.listdir(bed.folder).count("shot.png") == 1
    assert not [name for name in os.listdir(bed.folder) if name.endswith(".part")]


def case_no_more_pictures_than_the_limit_are_shown(bed):
    """However slow the machine: a limit is from above."""
    viewer = bed.view("--headless", "--fps-limit", "20", "--frames", "30", "--stats",
                      source="test:64x64@240")
    assert viewer.end() == 0, viewer.lines
    stats = json.loads(viewer.out)
    assert 0 < stats["fps"] < 30 and stats["presents"] < 40, stats


def case_the_screen_and_the_screenshot_agree_on_the_cursor(bed):
    display, guest = bed.display(), bed.guest()
    target = os.path.join(bed.folder, "shot.png")
    viewer = bed.view("--screenshot", target)
    guest.show(1, 200, 120, 0)
    plain = picture(1, 200, 120, 0, 2)
    wait_screen(display, same(plain))
    for kind, pitch, at in ((0, 128, (-7, 100)), (1, 4, (180, -5)), (2, 128, (50, 50))):
        guest.say(f"shape {kind} 32 32 {pitch} 0 0 9", f"cursor {at[0]} {at[1]} 1")
        def moved(pixel):
            changed = [xy for xy in plain if pixel(*xy) != plain[xy]]
            assert changed, "no cursor"
            assert all(at[0] <= x < at[0] + 32 and at[1] <= y < at[1] + 32 for x, y in changed)
        wait_screen(display, moved)
    pixel = display.grab()
    assert viewer.terminate() == 0
    assert read_png(target) == {xy: pixel(*xy) for xy in plain}


def case_a_scaled_picture_keeps_its_shape(bed):
    display, guest = bed.display(), bed.guest()
    bed.view("--size", "640x300", "--scale", "integer")
    guest.show(1, 200, 120, 0)
    small = picture(1, 200, 120, 0, 2)
    twice = {(x, y): small[x // 2, y // 2] for x in range(400) for y in range(240)}
    wait_screen(display, same(twice, x0=120, y0=30))
    border = {(x, y): (0, 0, 0) for x in range(640) for y in range(300)
              if not (120 <= x < 520 and 30 <= y < 270)}
    wait_screen(display, same(border))


INVERTS = """//!HOOK MAIN
//!BIND HOOKED
vec4 hook() { return vec4(vec3(1.0) - HOOKED_tex(HOOKED_pos).rgb, 1.0); }
"""


def case_the_best_filter_leaves_time_for_others(bed):
    """Drivers that draw with the processor would take all of it for a round Lanczos filter."""
    bed.display()

    def measure_cpu(name):
        viewer = bed.view("--filter", name, "--size", "%dx%d" % SCREEN, "--frames", "120",
                          "--stats", source="test:320x240@60")
        assert viewer.end() == 0, viewer.lines
        return json.loads(viewer.out)["cpu_seconds"]

    linear, best = measure_cpu("linear"), measure_cpu("best")
    assert best < 10 * linear, (best, linear)


def case_a_shader_changes_the_screen_and_not_the_screenshot(bed):
    if PRESENT not in (["--present=opengl"], ["--present=vulkan"]):
        raise Skip("shaders are tried with --present opengl and vulkan")
    display, guest = bed.display(), bed.guest()
    shader, shot = (os.path.join(bed.folder, name) for name in ("inverts.glsl", "shot.png"))
    with open(shader, "w", encoding="utf-8") as file:
        file.write(INVERTS)
    viewer = bed.view("--shader", shader, "--screenshot", shot)
    guest.show(1, 200, 120, 0)
    plain = picture(1, 200, 120, 0, 2)
    inverted = {at: tuple(255 - value for value in colour) for at, colour in plain.items()}
    wait_screen(display, same(inverted, slack=1))
    assert viewer.terminate() == 0, viewer.lines
    assert read_png(shot) == plain
    viewer = bed.view("--shader", "/nonexistent.glsl")
    assert viewer.end() == 1
    assert len(viewer.lines) == 1 and "/nonexistent.glsl" in viewer.lines[0], viewer.lines


def case_a_resized_window_shows_the_picture_scaled(bed):
    display, guest = bed.display(), bed.guest()
    if not shutil.which("xdotool"):
        raise Skip("xdotool is not installed")
    bed.view("--filter", "nearest", "--title", "Resize me")
    guest.show(1, 200, 120, 0)
    small = picture(1, 200, 120, 0, 2)
    wait_screen(display, same(small))
    window = display.run("xdotool", "search", "--name", "Resize me").split()[0]
    display.run("xdotool", "windowsize", window, "600", "360")
    large = {(x, y): small[x // 3, y // 3] for x in range(600) for y in range(360)}
    wait_screen(display, same(large))
    display.run("xdotool", "windowsize", window, "200", "120")
    wait_screen(display, same(small))


class Desktop:
    """A window manager on a display."""

    def __init__(self, display):
        for program in ("openbox", "xdotool", "xprop"):
            if not shutil.which(program):
                raise Skip(f"{program} is not installed")
        self.display = display
        self.process = subprocess.Popen(
            ["openbox", "--sm-disable"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "DISPLAY": display.name})
        end = time.monotonic() + PATIENCE_S
        while "window id" not in display.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"):
            assert time.monotonic() < end, "openbox does not start"
            time.sleep(0.05)

    def borders(self, title):
        """Widths of the borders around a window."""
        window = self.display.run("xdotool", "search", "--name", title).split()[0]
        said = self.display.run("xprop", "-id", window, "_NET_FRAME_EXTENTS")
        return [int(word) for word in said.partition("=")[2].split(",") if word]

    def end(self):
        self.process.kill()
        self.process.wait()


def case_the_whole_screen_and_back(bed):
    display = bed.display()
    bed.things.append(Desktop(display))
    guest = bed.guest()
    bed.view("--fullscreen", "--size", "320x240", "--filter", "nearest")
    guest.show(1, 320, 240, 0)
    small = picture(1, 320, 240, 0, 2)
    large = same({(x, y): small[x // 2, y // 2] for x in range(640) for y in range(480)})
    wait_screen(display, large)

    def is_window(pixel):
        for x, y in ((639, 479), (1, 479), (639, 1)):
            assert pixel(x, y) == (0, 0, 0), f"{x}, {y} is {pixel(x, y)}"

    def toggle():
        display.run("xdotool", "keydown", "Scroll_Lock", "sleep", "0.1", "key", "f",
                    "keyup", "Scroll_Lock")

    toggle()
    wait_screen(display, is_window)
    toggle()
    wait_screen(display, large)


def case_maximised_and_without_borders(bed):
    display = bed.display()
    bed.things.append(desktop := Desktop(display))
    viewer = bed.view("--title", "Plain")
    viewer.wait_line("does not exist")
    end = time.monotonic() + PATIENCE_S
    while not any(desktop.borders("Plain")):
        assert time.monotonic() < end, "no borders even without --borderless"
        time.sleep(0.05)
    assert viewer.terminate() == 0
    guest = bed.guest()
    bed.view("--maximize", "--borderless", "--filter", "nearest", "--title", "Bare")
    guest.show(1, 320, 240, 0)
    small = picture(1, 320, 240, 0, 2)
    wait_screen(display, same({(x, y): small[x // 2, y // 2] for x in range(640)
                               for y in range(480)}))
    assert not any(desktop.borders("Bare"))


def is_blanked(display):
    """Whether the X server's screen saver is on."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
        saver = ctypes.CDLL("libxcb-screensaver.so.0")
    except OSError as problem:
        raise Skip(f"no libxcb-screensaver: {problem}") from None
    xcb.xcb_connect.restype = ctypes.c_void_p
    reply_of = saver.xcb_screensaver_query_info_reply
    reply_of.restype = ctypes.POINTER(ctypes.c_uint8 * 2)
    connection = ctypes.c_void_p(xcb.xcb_connect(display.name.encode(), None))
    root = int(display.run("xwininfo", "-root", "-int").split("Window id: ")[1].split()[0])
    reply = reply_of(connection, saver.xcb_screensaver_query_info(connection, root), None)
    state = reply.contents[1]
    xcb.xcb_disconnect(connection)
    return state == 1


def case_a_guest_that_wants_no_screen_saver_gets_none(bed):
    display = bed.display()
    for tool in ("xset", "xwininfo"):
        if not shutil.which(tool):
            raise Skip(f"{tool} is not installed")
    guest, viewer = bed.guest(), bed.view()
    guest.say("begin", "mode 1 200 120", "flags 1", "serial 0", "rate 60", "frames 3")
    wait_screen(display, same(picture(1, 200, 120, 0, 2)))
    display.run("xset", "s", "1", "1")
    time.sleep(3)
    assert not is_blanked(display)
    assert viewer.terminate() == 0
    wait_blanked(display)


def wait_blanked(display):
    end = time.monotonic() + PATIENCE_S
    while not is_blanked(display):
        assert time.monotonic() < end, "nothing is blanked"
        time.sleep(0.1)


def case_the_user_decides_about_the_screen_saver(bed):
    display = bed.display()
    for tool in ("xset", "xwininfo"):
        if not shutil.which(tool):
            raise Skip(f"{tool} is not installed")
    guest = bed.guest()
    for number, (wish, when) in enumerate(((1, "never"), (0, "always"))):
        display.run("xset", "s", "off", "s", "reset")
        viewer = bed.view("--keep-awake", when)
        guest.say("begin", "mode 1 200 120", f"flags {wish}", f"serial {3 * number}", "rate 60",
                  "frames 3")
        wait_screen(display, same(picture(1, 200, 120, 0, 3 * number + 2)))
        display.run("xset", "s", "1", "1")
        if when == "never":
            wait_blanked(display)
        else:
            time.sleep(3)
            assert not is_blanked(display)
        assert viewer.terminate() == 0


def case_a_screen_by_its_name(bed):
    bed.display()
    viewer = bed.view("--output", "screen")
    viewer.wait_line("does not exist")
    assert viewer.terminate() == 0
    viewer = bed.view("--output", "DP-7")
    assert viewer.end() == 1
    assert "DP-7" in viewer.lines[0] and "screen" in viewer.lines[0], viewer.lines


def case_without_shared_memory_in_the_server(bed):
    display, guest = bed.display("-extension", "MIT-SHM"), bed.guest()
    bed.view()
    guest.show(1, 333, 211, 0, frames=20)
    wait_screen(display, same(picture(1, 333, 211, 0, 19)))


def case_a_screen_of_16_bits(bed):
    display, guest = bed.display(depth=16), bed.guest()
    bed.view()
    guest.show(2, 200, 120, 0)
    wait_screen(display, same(picture(2, 200, 120, 0, 2), slack=8))


# ---- the waiting screen ------------------------------------------------------


def no_file(bed):
    return bed.path, "does not exist"


def directory(bed):
    os.mkdir(bed.path)
    return bed.path, "directory"


def too_small(bed):
    with open(bed.path, "wb") as file:
        file.truncate(4096)
    return bed.path, "4096"


def no_guest(bed):
    with open(bed.path, "wb") as file:
        file.truncate(BYTES)
    return bed.path, "guest"


def other_version(bed):
    """LGMP 7, alive."""
    with open(bed.path, "wb") as file:
        file.truncate(BYTES)
    file = open(bed.path, "r+b", buffering=0)
    file.write(struct.pack("<III", 0x504D474C, 7, 1234))
    ended = threading.Event()

    def beat():
        stamp = 1
        while not ended.wait(0.01):
            stamp += 10
            os.pwrite(file.fileno(), struct.pack("<Q", stamp), 16)

    thread = threading.Thread(target=beat)
    thread.start()

    class Heart:
        def end(self):
            ended.set()
            thread.join()
            file.close()

    bed.things.append(Heart())
    return bed.path, "LGMP 7"


REASONS = (no_file, directory, too_small, no_guest, other_version)


def has_card(width, height):
    """A check that a card with text lies in the middle of a window of that size."""
    def check(pixel):
        rows = range(height // 2 - 20, height // 2 + 20)
        inside = [pixel(x, y) for x in range(width) for y in rows]
        ground = sum(value == CARD for value in inside)
        text = sum(min(value) > 150 for value in inside)
        assert ground > 2000 and text > 50, f"{ground} pixels of a card, {text} of text"
        return bytes(b for value in inside for b in value)
    return check


def case_each_reason_is_shown_and_sigterm_ends_it(bed):
    seen = {}
    for prepare in REASONS:
        inner = Bed()
        try:
            display = inner.display()
            path, text = prepare(inner)
            viewer = inner.view("--size", "600x400", source=path)
            viewer.wait_line(text)
            seen[prepare.__name__] = wait_screen(display, has_card(600, 400))
            assert viewer.terminate() == 0, viewer.lines
        finally:
            inner.finish()
    assert len(set(seen.values())) == len(REASONS), "two reasons look the same"


def case_no_permission_is_said(bed):
    if os.geteuid() == 0:
        raise Skip("root may open any file")
    with open(bed.path, "wb") as file:
        file.truncate(BYTES)
    os.chmod(bed.path, 0)
    viewer = bed.view("--headless")
    viewer.wait_line("permission")
    assert viewer.terminate() == 0


def dimmed(expected):
    """A check that the corners show the picture, darkened to about 40 %."""
    def check(pixel):
        for xy in ((1, 1), (398, 1), (1, 298), (398, 298)):
            for got, full in zip(pixel(*xy), expected[xy]):
                was = f"{xy} is {pixel(*xy)}, was {expected[xy]}"
                assert abs(got - full * 105 / 255) <= 3, was
    return check


def case_a_stopped_guest_leaves_its_picture_dimmed_until_it_is_back(bed):
    display, guest = bed.display(), bed.guest()
    viewer = bed.view()
    guest.show(1, 400, 300, 0)
    expected = picture(1, 400, 300, 0, 2)
    wait_screen(display, same(expected))
    guest.end()
    wait_screen(display, dimmed(expected))
    wait_screen(display, has_card(400, 300))
    bed.guest().show(1, 400, 300, 0, frames=2)
    wait_screen(display, same(picture(1, 400, 300, 0, 1)))
    assert viewer.terminate() == 0


def case_sigterm_ends_it_while_it_shows(bed):
    for options in ((), ("--headless",)):
        if not options:
            bed.display()
        guest = bed.guest()
        viewer = bed.view(*options)
        guest.say("begin", "mode 1 320 200", "rate 60", "frames")
        viewer.wait_line("320 x 200")
        assert viewer.terminate() == 0
        guest.end()


def case_sigterm_ends_it_in_the_middle_of_a_frame(bed):
    guest = bed.guest()
    viewer = bed.view("--headless")
    guest.show(1, 320, 200, 0)
    viewer.wait_line("320 x 200")
    guest.say("part 1000")
    assert viewer.terminate() == 0


def case_sigterm_ends_it_while_the_guest_holds_locks(bed):
    guest = bed.guest()
    viewer = bed.view("--headless")
    guest.show(1, 320, 200, 0)
    viewer.wait_line("320 x 200")
    guest.say("attack hold-frame-lock")
    time.sleep(0.2)
    viewer.terminate(TERM_LIMIT_S)


def case_sigterm_ends_it_when_the_display_hangs(bed):
    display, guest = bed.display(), bed.guest()
    viewer = bed.view()
    guest.say("begin", "mode 1 320 200", "rate 60", "frames")
    viewer.wait_line("320 x 200")
    display.process.send_signal(signal.SIGSTOP)
    time.sleep(0.2)
    viewer.terminate(TERM_LIMIT_S)


def case_sigterm_ends_it_when_the_display_hangs_and_nothing_moves(bed):
    """The last thing that it asks the display is where the window was."""
    display, guest = bed.display(), bed.guest()
    viewer = bed.view("--vm", "vm1", "--pictures", bed.folder, **{
        name: bed.folder for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR")})
    guest.show(1, 320, 200, 0)
    wait_screen(display, same(picture(1, 320, 200, 0, 2)))
    display.process.send_signal(signal.SIGSTOP)
    # A driver of OpenGL may ask for more, and not be waited for.
    assert viewer.terminate() in ((0, 1) if PRESENT == ["--present=opengl"] else (0,))
    assert not os.path.exists(os.path.join(bed.folder, "oriel", "vm1.ini"))


def case_a_display_that_hangs_a_driver_keeps_no_key_down(bed):
    """Drivers wait for the display server without end, and the render thread with them."""
    if PRESENT not in (["--present=opengl"], ["--present=vulkan"]):
        raise Skip("drivers are used with --present opengl and vulkan")
    display, guest = bed.display(), bed.guest()
    guest.say("begin", "mode 1 320 200", "serial 0", "rate 60", "frames")

    def hang():
        """A viewer that hangs with a key held, and what it told the guest."""
        log = InputLog(f"{bed.folder}/input")
        viewer = bed.view("--input-log", log.path, "--title", "hangs")
        viewer.wait_line("shows the picture from now on")
        window = display.run("xdotool", "search", "--onlyvisible", "--name", "^hangs").split()[0]
        display.run("xdotool", "windowfocus", "--sync", window, "keydown", "a")
        log.wait_line("key 30 down")
        display.process.send_signal(signal.SIGSTOP)
        return viewer, log
    viewer, log = hang()
    viewer.wait_line("has not answered for 5 s: the picture stands still, all keys are released")
    log.wait_line("key 30 up")
    display.process.send_signal(signal.SIGCONT)
    viewer.wait_line("the picture moves again")
    display.run("xdotool", "keyup", "a")
    assert viewer.terminate() == 0, viewer.lines
    assert log.lines()[-1] == "key 30 up", log.lines()
    viewer, log = hang()
    # By now it hangs, except on a busy machine, where it ends as ever.
    time.sleep(1)
    assert viewer.terminate() in (0, 1), viewer.lines
    assert log.lines()[-1] == "key 30 up", log.lines()
    display.process.send_signal(signal.SIGCONT)


def case_a_lost_display_ends_it_with_a_reason(bed):
    display, guest = bed.display(), bed.guest()
    viewer = bed.view()
    guest.show(1, 320, 200, 0)
    viewer.wait_line("320 x 200")
    display.process.kill()
    assert viewer.end() == 1
    assert "display" in viewer.lines[-1]


def check_photons(bed):
    """The desktop tells when pictures were seen."""
    viewer = bed.view("--stats", "--frames", "40", source="test:200x120@30")
    assert viewer.end() == 0, viewer.lines
    stats = json.loads(viewer.out)
    assert stats["photon_latency_ms"]["p50"] >= stats["upload_latency_ms"]["p50"] > 0, stats
    assert stats["photon_latency_ms"]["max"] < 10000, stats
    stages = [stats[f"{stage}_latency_ms"] for stage in ("upload", "render", "present")]
    for figure in ("p50", "max"):
        assert stages[0][figure] <= stages[1][figure] <= stages[2][figure], stats


def check_just_in_time(bed):
    """Of many pictures, one is made for each refresh that the desktop tells of."""
    def watch(frames, *options):
        viewer = bed.view("--stats", "--frames", str(frames), *options,
                          source="test:200x120@240")
        assert viewer.end() == 0, viewer.lines
        return json.loads(viewer.out)

    def complaint(in_time, at_once):
        # Where the machine is busy, few enough pictures come at once as well.
        if in_time["fps"] > max(0.7 * at_once["fps"], 80):
            return "more pictures than refreshes"
        if in_time["held_ms"]["p50"] <= 1:
            return "pictures were not held"
        photon_ms = in_time["photon_latency_ms"]["p50"]
        if not 0 < photon_ms < 1.5 * at_once["photon_latency_ms"]["p50"] + 5:
            return "pictures were seen later"
        return None

    # The rhythm of a screen made of timers may take a longer look on a busy machine.
    for frames in (160, 320, 640, 1280):
        at_once = watch(frames)
        assert at_once["held_ms"]["max"] == 0
        in_time = watch(frames, "--jit")
        if not complaint(in_time, at_once):
            return
    assert False, (complaint(in_time, at_once), in_time, at_once)


def case_the_server_tells_when_pictures_were_seen(bed):
    bed.display()
    check_photons(bed)


def case_just_in_time_makes_a_picture_a_refresh(bed):
    bed.display()
    check_just_in_time(bed)


def case_closing_the_window_ends_it(bed):
    display = bed.display()
    if not shutil.which("xdotool"):
        raise Skip("xdotool is not installed")

    def start():
        viewer = bed.view("--title", "Close me")
        viewer.wait_line("does not exist")
        return viewer, display.run("xdotool", "search", "--sync", "--onlyvisible", "--name",
                                   "Close me").split()[0]

    viewer, window = start()
    display.run("xdotool", "windowclose", window)
    assert viewer.end() == 0, viewer.lines
    # As a window manager does it: it asks, or ends the process of a window that does not listen.
    bed.things.append(Desktop(display))
    viewer, window = start()
    said = display.run("xprop", "-id", window, "_NET_WM_PID", "WM_CLIENT_MACHINE")
    assert f"= {viewer.process.pid}\n" in said and f'"{socket.gethostname()}"' in said, said
    display.run("xdotool", "windowfocus", "--sync", window, "key", "alt+F4")
    assert viewer.end() == 0, viewer.lines


# ---- the command line --------------------------------------------------------


def case_bad_input_is_one_line_and_leaves_nothing(bed):
    inside = os.path.join(bed.folder, "out")
    os.mkdir(inside)
    rows = (
        (2, ["--nonsense"]),
        (2, ["--frames", "0"]),
        (2, ["--timeout", "soon"]),
        (2, ["--source", "test:12", "stray"]),
        (1, ["--source", "test:12", "--headless"]),
        (1, ["--headless", "--screenshot", os.path.join(inside, "no", "such.png")]),
        (1, ["--headless", "--screenshot", inside]),
        (1, ["--source", bed.path]),  # no DISPLAY
        (1, ["--source", bed.path, "--window", "x11"]),
        (1, ["--source", "test:8x8@60", "--headless", "--screenshot", "/dev/full"]),
    )
    for status, options in rows:
        viewer = Viewer(*options, DISPLAY="")
        bed.things.append(viewer)
        assert viewer.end() == status, f"{options}: {viewer.process.returncode}"
        assert viewer.out == "" and len(viewer.lines) == 1, f"{options}: {viewer.lines}"
    assert os.listdir(inside) == []


def case_the_time_limit_is_status_124(bed):
    target = os.path.join(bed.folder, "shot.png")
    viewer = bed.view(
        "--headless", "--timeout", "0.3", "--stats", "--frames", "1", "--screenshot", target)
    assert viewer.end() == 124
    assert json.loads(viewer.out)["frames"] == 0
    assert any("--timeout" in line and "does not exist" in line for line in viewer.lines)
    assert not os.path.exists(target)


def case_a_wrong_source_ends_a_viewer_without_window(bed):
    for prepare in (directory, too_small):
        inner = Bed()
        try:
            path, word = prepare(inner)
            viewer = Viewer("--source", path, "--headless")
            inner.things.append(viewer)
            assert viewer.end() == 1
            assert len(viewer.lines) == 1 and word in viewer.lines[0], viewer.lines
        finally:
            inner.finish()


def case_a_file_that_grows_in_time_is_waited_for(bed):
    with open(bed.path, "wb") as file:
        viewer = bed.view("--headless", "--timeout", "3")
        time.sleep(0.3)
        file.truncate(BYTES)
        file.flush()
        assert viewer.end() == 124
    assert "guest" in viewer.lines[-1], viewer.lines


def case_a_wrong_source_is_no_time_out(bed):
    bed.display()
    path, word = directory(bed)
    viewer = bed.view("--timeout", "0.5")
    assert viewer.end() == 1 and word in viewer.lines[-1], viewer.lines


def case_help_and_version(bed):
    for option, text in (("--help", "--screenshot FILE"), ("--version", "oriel-view ")):
        viewer = Viewer(option)
        assert viewer.end() == 0 and text in viewer.out and not viewer.lines


# ---- TAP ---------------------------------------------------------------------


def case_the_place_of_a_window_is_remembered(bed):
    for tool in ("xdotool", "xwininfo"):
        if not shutil.which(tool):
            raise Skip(f"{tool} is not installed")
    display = bed.display()
    folders = {name: bed.folder for name in
               ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR")}
    path = os.path.join(bed.folder, "oriel", "vm1.ini")

    def start(*options):
        viewer = bed.view("--vm", "vm1", "--pictures", bed.folder, *options,
                          source="test:200x120@30", **folders)
        viewer.wait_line("the guest shows")
        return viewer, display.run("xdotool", "search", "--sync", "--onlyvisible", "--name",
                                   "^vm1 - Oriel$").split()[0]

    def place(window):
        text = display.run("xwininfo", "-id", window)
        return [int(text.split(f"{name}:")[1].split()[0]) for name in
                ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")]

    viewer, window = start()
    display.run("xdotool", "windowmove", "--sync", window, "50", "60")
    assert viewer.terminate() == 0
    with open(path, encoding="ascii") as file:
        said = file.read()
    assert "size" not in said and "position = 50,60\n" in said, said
    viewer, window = start()
    assert place(window) == [50, 60, 200, 120]
    display.run("xdotool", "windowsize", "--sync", window, "300", "210")
    assert viewer.terminate() == 0
    viewer, window = start()
    assert place(window) == [50, 60, 300, 210]
    assert viewer.terminate() == 0
    # What is said is stronger, and an automatic size is none of its own.
    viewer, window = start("--size", "auto", "--position", "7,8")
    assert place(window) == [7, 8, 200, 120]
    assert viewer.terminate() == 0
    with open(path, encoding="ascii") as file:
        assert "size" not in file.read()
    # One on a screen that is gone is not taken.
    viewer, window = start("--position", "700,8")
    assert place(window)[:2] == [0, 0]
    viewer.wait_line("at 700,8 the window would be on no screen")
    assert viewer.terminate() == 0


def main(names, chosen):
    """names: globals() of a script with cases."""
    cases = {name[5:]: run for name, run in names.items() if name.startswith("case_")}
    cases = {name: run for name, run in cases.items() if not chosen or name in chosen}
    print(f"1..{len(cases)}", flush=True)
    for number, (name, run) in enumerate(cases.items(), 1):
        bed = Bed()
        try:
            run(bed)
            print(f"ok {number} - {name}", flush=True)
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}", flush=True)
        except Exception as problem:  # pylint: disable=broad-except
            said = getattr(problem, "stderr", None) or ""
            print(f"not ok {number} - {name}")
            print(f"# {type(problem).__name__}: {problem} {said}", flush=True)
        finally:
            bed.finish()


if __name__ == "__main__":
    main(globals(), sys.argv[3 + len(PRESENT):])
