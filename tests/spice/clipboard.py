#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""clipboard.py VIEWER SPICE_GUEST AGENT [CASE…]: the clipboard between desktop and guest, as TAP.

A real guest under QEMU with an agent of our own (agent.c), the viewer on an X server and in sway,
xclip, wl-copy and wl-paste beside it. One guest serves all cases; a viewer is each case's own.
"""
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../view"))
from compositor import Sway  # noqa: E402
from program import CARD, Skip, main  # noqa: E402

GUEST, AGENT = sys.argv[2:4]
PATIENCE_S = 40
TEXT, PNG, BMP, TIFF, JPEG, FILES = 1, 2, 3, 4, 5, 6
MIMES = {TEXT: "text/plain;charset=utf-8", PNG: "image/png", BMP: "image/bmp",
         TIFF: "image/tiff", JPEG: "image/jpeg", FILES: "text/uri-list"}
# How pictures begin, and what else desktops call them.
PICTURES = {PNG: (b"\x89PNG\r\n\x1a\n", set()), BMP: (b"BM", {"image/x-bmp", "image/x-MS-bmp"}),
            TIFF: (b"MM\0*", set()), JPEG: (b"\xff\xd8\xff", set())}
LACKING = 77


def fnv(data):
    """As agent.c sums contents up."""
    total = 0xcbf29ce484222325
    for byte in data:
        total = (total ^ byte) * 0x100000001b3 & 0xFFFFFFFFFFFFFFFF
    return f"{total:016x}"


def noise(size, begin=PICTURES[PNG][0]):
    """A picture, as far as a clipboard looks; as agent.c makes them."""
    made, value = bytearray(size), 1
    for i in range(size):
        value = (value * 1664525 + 1013904223) & 0xFFFFFFFF
        made[i] = value >> 24
    made[:len(begin)] = begin
    return bytes(made)


def expect(got, wanted):
    assert got == wanted, f"{got!r:.200} and not {wanted!r:.200}"


class Agent:
    """The guest and what its agent says."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="oriel-clipboard-")
        self.socket = os.path.join(self.folder, "spice")
        self.words = open(os.path.join(self.folder, "words"), "w+")
        self.process = subprocess.Popen([GUEST, self.socket, AGENT], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.words)
        self.rest = ""
        self.wait("ready", 150)

    def wait(self, beginning, patience_s=PATIENCE_S):
        """The rest of the next line that begins so; those before it are passed over."""
        end = time.monotonic() + patience_s
        seen = []
        while True:
            line, mark, rest = self.rest.partition("\n")
            if mark:
                self.rest = rest
                seen.append(line)
                if line.startswith(f"AGENT {beginning}"):
                    return line[len(f"AGENT {beginning}"):].strip()
                continue
            left = max(0, end - time.monotonic())
            if not select.select([self.process.stdout], [], [], left)[0]:
                raise AssertionError(f"the agent did not say {beginning!r}, but {seen[-9:]}")
            more = os.read(self.process.stdout.fileno(), 65536).decode()
            if not more:
                self.fail()
            self.rest += more

    def fail(self):
        status = self.process.wait()
        self.words.seek(0)
        said = self.words.read()[-300:].replace("\n", " | ")
        if status == LACKING:
            raise Skip(said)
        raise AssertionError(f"the guest ended: {said}")

    def forget(self):
        """What has come until now is of no interest."""
        while select.select([self.process.stdout], [], [], 0.1)[0]:
            if not os.read(self.process.stdout.fileno(), 65536):
                self.fail()
        self.rest = ""

    def say(self, command):
        self.process.stdin.write(f"echo '{command}' >/agent\n".encode())
        self.process.stdin.flush()

    def shell(self, command):
        self.process.stdin.write(f"{command}\n".encode())
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.words.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Remote:
    """The control socket of the bed's viewer for a VM of that name."""

    def __init__(self, bed, name):
        end = time.monotonic() + PATIENCE_S
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_S)
        while True:
            try:
                self.socket.connect(os.path.join(bed.folder, "oriel", f"{name}.sock"))
                break
            except OSError:
                assert time.monotonic() < end, "no control socket"
                time.sleep(0.05)
        self.file = self.socket.makefile("rw", encoding="utf-8")

    def ask(self, command, **members):
        self.file.write(json.dumps({"command": command, **members}) + "\n")
        self.file.flush()
        return json.loads(self.file.readline())


AGENTS = []


def agent():
    """The one guest; whoever asks first waits for its boot."""
    if not AGENTS:
        AGENTS.append(None)
        AGENTS[0] = Agent()
    if AGENTS[0] is None:
        raise Skip("the guest did not come up")
    AGENTS[0].forget()
    return AGENTS[0]


# ---- desktops --------------------------------------------------------------------------------


class Desk:
    """What X11 and Wayland have in common. view(): a viewer that has the keyboard and is linked."""

    def __init__(self, bed, screen):
        self.bed, self.screen = bed, screen

    def call(self, *command, data=None):
        """The output, or None when it failed."""
        with tempfile.TemporaryFile() as given:
            given.write(data or b"")
            given.seek(0)
            done = subprocess.run(
                command, stdin=given, stdout=subprocess.PIPE if data is None else None,
                stderr=subprocess.DEVNULL, timeout=PATIENCE_S, check=False,
                env={**os.environ, **self.screen.environment()})
        return done.stdout if done.returncode == 0 else None

    def view(self, *options, **settings):
        self.agent = agent()
        self.viewer = self.bed.view("--spice", self.agent.socket, "--size", "320x240", "--present",
                                    "soft", "--log", "debug", *options,
                                    source="test:320x240@10", **settings)
        self.viewer.wait_line("Connected to the SPICE server")
        self.focus()
        return self.viewer

    def linked(self, *options):
        viewer = self.view(*options)
        viewer.wait_line("clipboard: the guest's agent is there")
        return viewer

    def wait_types(self, mime):
        """Until the desktop is offered mime."""
        end = time.monotonic() + PATIENCE_S
        while mime not in self.types():
            assert time.monotonic() < end, f"no {mime}, but {self.types()}"
            time.sleep(0.1)

    def wait_paste(self, kind, wanted):
        """Until wanted can be pasted, where something else was offered before."""
        end = time.monotonic() + PATIENCE_S
        while (got := self.paste(kind)) != wanted:
            assert time.monotonic() < end, f"{got!r:.200} and not {wanted!r:.200}"
            time.sleep(0.1)


class XDesk(Desk):
    def __init__(self, bed):
        for program in ("xclip", "xdotool"):
            if not shutil.which(program):
                raise Skip(f"{program} is not installed")
        super().__init__(bed, bed.display())

    def focus(self):
        self.screen.run("xdotool", "search", "--sync", "--onlyvisible", "--name", "^Oriel$",
                        "windowfocus", "--sync")

    def touch(self):
        """The user does something in the viewer: on X11 nothing hangs on it."""

    def copy(self, kind, data):
        self.call("xclip", "-selection", "clipboard", "-t", MIMES[kind], "-i", data=data)

    def paste(self, kind):
        return self.call("xclip", "-selection", "clipboard", "-t", MIMES[kind], "-o")

    def types(self):
        out = self.call("xclip", "-selection", "clipboard", "-t", "TARGETS", "-o") or b""
        return out.decode().split()


class SwayDesk(Desk):
    def __init__(self, bed):
        for program in ("wl-copy", "wl-paste", "wtype"):
            if not shutil.which(program):
                raise Skip(f"{program} is not installed")
        sway = Sway()
        bed.things.append(sway)
        bed.screen = sway
        super().__init__(bed, sway)
        # The seat has a keyboard as long as somebody holds one.
        self.keyboard = subprocess.Popen(
            ["wtype", "-s", "600000", "-k", "Shift_L"],
            env={**os.environ, **sway.environment()})
        bed.things.append(self)

    def end(self):
        self.keyboard.kill()
        self.keyboard.wait()

    def focus(self):
        end = time.monotonic() + PATIENCE_S
        while not (self.screen.window() or {}).get("focused"):
            assert time.monotonic() < end, "the viewer has not the focus"
            time.sleep(0.05)
        self.touch()

    def touch(self):
        """A compositor lets a window have the clipboard when something was done in it last."""
        self.call("wtype", "-k", "Shift_L")

    def copy(self, kind, data):
        self.call("wl-copy", "--type", MIMES[kind], data=data)

    def paste(self, kind):
        return self.call("wl-paste", "--no-newline", "--type", MIMES[kind])

    def types(self):
        return (self.call("wl-paste", "--list-types") or b"").decode().split()


def wait_note(screen):
    """Until a remark lies at the bottom of the viewer's window. The first one loads fonts, which
    takes a busy machine a while."""
    end = time.monotonic() + PATIENCE_S
    while True:
        pixel = screen.grab()
        inside = [pixel(x, y) for x in range(320) for y in range(150, 240)]
        ground = sum(value == CARD for value in inside)
        text = sum(min(value) > 150 for value in inside)
        if ground > 2000 and text > 50:
            return
        assert time.monotonic() < end, f"{ground} pixels of a remark, {text} of text"


DESKS = {"x11": XDesk, "wayland": SwayDesk}


# ---- cases, on each desktop ------------------------------------------------------------------


def text_to_the_guest(desk):
    desk.linked()
    words = "grüße\nfrom the desktop\n" * 3
    desk.copy(TEXT, words.encode())
    expect(desk.agent.wait("offered").split(), [str(TEXT)])
    desk.agent.say(f"want {TEXT}")
    there = words.replace("\n", "\r\n").encode()
    expect(desk.agent.wait("content"), f"{TEXT} {len(there)} {fnv(there)}")


def text_from_the_guest_when_it_is_pasted(desk):
    desk.linked()
    desk.agent.say("text from the guest")
    desk.wait_types(MIMES[TEXT])
    desk.agent.say("want 99")  # a line after which nothing was asked for
    desk.agent.wait("content 0 0")
    expect(desk.paste(TEXT), b"from the guest")
    expect(desk.agent.wait("asked"), str(TEXT))


def a_large_picture_to_the_guest(desk):
    desk.linked()
    picture = noise(700000)
    desk.copy(PNG, picture)
    expect(desk.agent.wait("offered").split(), [str(PNG)])
    desk.agent.say(f"want {PNG}")
    expect(desk.agent.wait("content"), f"{PNG} {len(picture)} {fnv(picture)}")


def a_large_picture_from_the_guest(desk):
    desk.linked()
    desk.agent.say(f"picture {PNG} 700000")
    desk.wait_types(MIMES[PNG])
    expect(desk.paste(PNG), noise(700000))


def every_kind_of_picture_to_the_guest(desk):
    desk.linked()
    for kind, (begin, _) in PICTURES.items():
        picture = noise(3000 + kind, begin)
        desk.copy(kind, picture)
        expect(desk.agent.wait(f"offered {kind}"), "")
        desk.agent.say(f"want {kind}")
        expect(desk.agent.wait("content"), f"{kind} {len(picture)} {fnv(picture)}")


def every_kind_of_picture_from_the_guest(desk):
    desk.linked()
    for kind, (begin, other_names) in PICTURES.items():
        desk.touch()
        desk.agent.say(f"picture {kind} {3000 + kind}")
        desk.wait_types(MIMES[kind])
        expect({name for name in desk.types() if "/" in name}, {MIMES[kind]} | other_names)
        desk.wait_paste(kind, noise(3000 + kind, begin))


def nothing_larger_than_the_limit(desk):
    viewer = desk.linked("--clipboard-limit", "1")
    desk.copy(BMP, noise(1200000, b"BM"))
    expect(desk.agent.wait("offered").split(), [str(BMP)])
    desk.agent.say(f"want {BMP}")
    expect(desk.agent.wait("content").split()[:2], ["0", "0"])
    viewer.wait_line("The BMP picture from the desktop did not reach the guest: it is larger than "
                     "the 1 MiB of --clipboard-limit")
    wait_note(desk.screen)
    desk.touch()
    desk.agent.say(f"picture {PNG} 1200000")
    desk.wait_types(MIMES[PNG])
    assert not desk.paste(PNG)
    viewer.wait_line("The PNG picture from the guest did not reach the desktop: it is larger")
    desk.agent.say(f"picture {PNG} 900000")
    desk.wait_paste(PNG, noise(900000))


def one_way_only(desk):
    desk.linked("--clipboard", "to-host")
    desk.copy(TEXT, b"not for the guest")
    desk.agent.say(f"want {TEXT}")
    expect(desk.agent.wait("content").split()[:2], ["0", "0"])
    desk.touch()
    desk.agent.say("text for the desktop")
    desk.wait_types("text/plain")
    desk.wait_paste(TEXT, b"for the desktop")
    expect(desk.viewer.terminate(), 0)
    desk.linked("--clipboard", "to-guest")
    desk.agent.say("text not for the desktop")
    desk.agent.wait("has")
    desk.copy(TEXT, b"for the guest")
    desk.agent.wait("offered")
    desk.agent.say(f"want {TEXT}")
    expect(desk.agent.wait("content"), f"{TEXT} 13 {fnv(b'for the guest')}")
    expect(desk.paste(TEXT), b"for the guest")


def rubbish_is_not_pasted(desk):
    viewer = desk.linked()
    desk.agent.say("fake")
    desk.wait_types(MIMES[PNG])
    assert not desk.paste(PNG)
    viewer.wait_line("what the guest handed over as a PNG picture is none")


def a_guest_that_asks_and_sends_what_it_likes(desk):
    desk.linked()
    desk.copy(TEXT, b"asked for often")
    desk.agent.wait("offered")
    desk.agent.say("traps")
    desk.agent.wait("trapped")
    desk.agent.say(f"ask {TEXT}")
    for _ in range(60):
        desk.agent.wait("content")
    desk.touch()
    desk.agent.say("text still there")
    desk.wait_types("text/plain")
    desk.wait_paste(TEXT, b"still there")


def an_agent_that_is_missing_and_comes(desk):
    server = agent()
    server.say("end")
    viewer = desk.view()
    desk.copy(TEXT, b"for later")
    viewer.wait_line("no SPICE agent runs in it")
    wait_note(desk.screen)
    server.shell("spice-agent &")
    viewer.wait_line("clipboard: the guest's agent is there")
    expect(desk.agent.wait("offered").split(), [str(TEXT)])
    desk.agent.say(f"want {TEXT}")
    expect(desk.agent.wait("content"), f"{TEXT} 9 {fnv(b'for later')}")


def shared_folder(desk):
    folder = os.path.join(desk.bed.folder, "shared")
    os.mkdir(folder)
    return folder


def a_file_from_the_guest_when_it_is_pasted(desk):
    folder = shared_folder(desk)
    desk.linked("--share-folder", folder)
    desk.agent.say("file letter.txt written in the guest")
    desk.wait_types(MIMES[FILES])
    assert not os.listdir(folder)
    expect(desk.paste(FILES), f"file://{folder}/letter.txt\r\n".encode())
    expect(desk.agent.wait("put"), "201")
    with open(f"{folder}/letter.txt", "rb") as file:
        expect(file.read(), b"written in the guest")


def a_file_to_the_guest(desk):
    folder = shared_folder(desk)
    with open(f"{folder}/note", "wb") as file:
        file.write(b"written on the desktop")
    desk.linked("--share-folder", folder)
    desk.copy(FILES, f"file://{folder}/note\r\n".encode())
    assert str(FILES) in desk.agent.wait("offered").split()
    desk.agent.say(f"want {FILES}")
    expect(desk.agent.wait("files"), f"copy /note {fnv(b'written on the desktop')}")


def files_elsewhere_stay_there(desk):
    folder = shared_folder(desk)
    outside = os.path.join(desk.bed.folder, "outside")
    with open(outside, "w") as file:
        file.write("private")
    os.symlink(outside, f"{folder}/link")
    viewer = desk.linked("--share-folder", folder)
    for path in (outside, f"{folder}/link"):
        desk.copy(FILES, f"file://{path}\r\n".encode())
        desk.agent.wait("offered")
        desk.agent.say(f"want {FILES}")
        expect(desk.agent.wait("content").split()[:2], ["0", "0"])
    viewer.wait_line("only files cross that lie in the folder of --share-folder")
    desk.copy(TEXT, b"something else")
    desk.agent.wait("offered")
    desk.touch()
    desk.agent.say("files ../outside|link|/etc/passwd")
    desk.wait_types(MIMES[FILES])
    assert not desk.paste(FILES)
    viewer.wait_line("the guest named files that are not in the folder of --share-folder")


def run_on(name, check):
    def case(bed):
        check(DESKS[name](bed))
    return case


def register():
    for check in (text_to_the_guest, text_from_the_guest_when_it_is_pasted,
                  a_large_picture_to_the_guest, a_large_picture_from_the_guest,
                  every_kind_of_picture_to_the_guest, every_kind_of_picture_from_the_guest,
                  a_file_from_the_guest_when_it_is_pasted, a_file_to_the_guest,
                  nothing_larger_than_the_limit):
        for name in DESKS:
            globals()[f"case_{check.__name__}_on_{name}"] = run_on(name, check)
    # What hangs on no window system.
    for check in (one_way_only, rubbish_is_not_pasted, files_elsewhere_stay_there,
                  a_guest_that_asks_and_sends_what_it_likes, an_agent_that_is_missing_and_comes):
        globals()[f"case_{check.__name__}"] = run_on("x11", check)


register()

if __name__ == "__main__":
    try:
        main(globals(), sys.argv[4:])
    finally:
        if AGENTS and AGENTS[0]:
            AGENTS[0].end()
