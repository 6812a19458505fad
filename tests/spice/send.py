#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""send.py VIEWER SPICE_GUEST AGENT [CASE…]: files that the viewer sends to a real guest, as TAP.

The guest's agent (agent.c) takes them into a small file system of the guest and tells their sums.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clipboard import (  # noqa: E402
    AGENTS, CARD, FILES, PATIENCE_S, Remote, XDesk, agent, expect, fnv, main, noise)

MIB = 1 << 20
LARGE = MIB // 2
ROOM_MIB = 2


class Sender:
    """A viewer with a folder to send from."""

    def __init__(self, bed, *options, view=None):
        self.bed, self.folder = bed, os.path.join(bed.folder, "outbox")
        os.makedirs(self.folder, exist_ok=True)
        self.agent = agent()
        self.agent.shell("umount /files 2>/dev/null; mkdir -p /files; "
                         f"mount -t tmpfs -o size={ROOM_MIB}m none /files; echo AGENT roomy")
        self.agent.wait("roomy")
        options = ("--vm", "sent", "--log", "debug", "--send-from", self.folder, *options)
        self.viewer = (view or self.headless)(*options)
        self.viewer.wait_line("clipboard: the guest's agent is there" if view else
                              "Connected to the SPICE server")
        self.remote = Remote(bed, "sent")

    def headless(self, *options):
        return self.bed.view("--headless", "--spice", self.agent.socket, *options,
                             source="test:64x48@10", XDG_RUNTIME_DIR=self.bed.folder)

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def start(self, path):
        """Once the agent is linked: what the library knows of it comes a moment after the rest."""
        end = time.monotonic() + PATIENCE_S
        while "no SPICE agent" in (answer := self.remote.ask("file-send", file=path)).get(
                "error", ""):
            assert time.monotonic() < end, answer
            time.sleep(0.1)
        return answer

    def wait(self, *states):
        """All that file-status said until one of these states."""
        end, said = time.monotonic() + PATIENCE_S, []
        while True:
            said.append(self.remote.ask("file-status"))
            if said[-1]["sending"] in states:
                return said
            assert time.monotonic() < end, said[-1]
            time.sleep(0.02)

    def listed(self):
        self.agent.shell("cd /files; echo AGENT lists *; cd /")
        return [name for name in self.agent.wait("lists").split() if name != "*"]


def case_a_file_arrives_as_it_is_and_is_counted(bed):
    sender = Sender(bed)
    data = noise(LARGE + 12345, b"")
    path = sender.write("große Datei.bin", data)
    expect(sender.remote.ask("file-status")["sending"], "idle")
    expect(sender.start(path), {"ok": True})
    said = sender.wait("done")
    expect(sender.agent.wait("file done"), f"große Datei.bin {len(data)} {fnv(data)}")
    expect((said[-1]["files"], said[-1]["done-bytes"], said[-1]["total-bytes"], said[-1]["reason"]),
           (1, len(data), len(data), ""))
    counted = [status["done-bytes"] for status in said]
    assert counted == sorted(counted), counted
    sender.viewer.wait_line("The guest has 1 file, ")
    # Each step is in the log, whoever looks when.
    steps = [int(line.split()[-2]) for line in sender.viewer.lines if "sending 1 files: " in line]
    assert steps[0] == 0 and steps == sorted(steps) and any(0 < step < 100 for step in steps), steps
    expect(sender.listed(), ["große", "Datei.bin"])


def case_an_empty_file_arrives(bed):
    sender = Sender(bed)
    expect(sender.start(sender.write("empty", b"")), {"ok": True})
    sender.wait("done")
    expect(sender.listed(), ["empty"])


def cancelled(bed, held_at):
    sender = Sender(bed)
    path = sender.write("long", noise(LARGE, b""))
    sender.start(sender.write("first", b"there"))
    sender.wait("done")
    sender.agent.say(f"hold {held_at}")
    sender.agent.wait("will hold" if held_at else "holds")
    expect(sender.remote.ask("file-send", file=path), {"ok": True})
    if held_at:
        sender.agent.wait("holds")
    busy = sender.remote.ask("file-send", file=path)
    assert not busy["ok"] and "are being sent already" in busy["error"], busy
    expect(sender.wait("sending")[-1]["total-bytes"], LARGE)
    expect(sender.remote.ask("file-cancel"), {"ok": True})
    sender.agent.say("go")
    sender.wait("cancelled")
    sender.viewer.wait_line("Sending was cancelled")
    return sender


def case_cancelled_before_the_guest_has_any(bed):
    sender = cancelled(bed, 0)
    # The agent has heard of the first one's end when the next one is through.
    sender.start(sender.write("next", b"after that"))
    sender.wait("done")
    expect(sender.listed(), ["first", "next"])
    answer = sender.remote.ask("file-cancel")
    assert not answer["ok"] and "no files are being sent" in answer["error"], answer


def case_cancelled_in_the_middle_leaves_nothing_half(bed):
    sender = cancelled(bed, LARGE // 4)
    name, got, _ = sender.agent.wait("file cancelled").split()
    assert name == "long" and LARGE // 4 <= int(got) < LARGE, got
    expect(sender.listed(), ["first"])


def case_what_cannot_be_sent_is_told(bed):
    sender = Sender(bed, "--send-limit", "2")
    outside = os.path.join(bed.folder, "outside")
    with open(outside, "wb") as file:
        file.write(b"private")
    os.symlink(outside, os.path.join(sender.folder, "link"))
    os.mkdir(os.path.join(sender.folder, "folder"))
    sender.start(sender.write("small", b"x"))
    sender.wait("done")
    for path, reason in (
            (outside, "lies in none of the folders"),
            (os.path.join(sender.folder, "link"), "lies in none of the folders"),
            (os.path.join(sender.folder, "missing"), "is not there"),
            (os.path.join(sender.folder, "folder"), "a folder has to be packed"),
            (sender.write("large", noise(3 * MIB, b"")), "more than the 2 MiB of --send-limit"),
            ("relative", "begins with /")):
        answer = sender.remote.ask("file-send", file=path)
        assert not answer["ok"] and reason in answer["error"], (path, answer)
    expect(sender.listed(), ["small"])


def case_a_full_disk_in_the_guest_is_told(bed):
    sender = Sender(bed)
    path = sender.write("too large", noise((ROOM_MIB + 1) * MIB, b""))
    expect(sender.start(path), {"ok": True})
    (*_, last) = sender.wait("failed", "done")
    assert "too large: " in last["reason"] and "free space" in last["reason"], last
    sender.viewer.wait_line("Not everything reached the guest")
    expect(sender.listed(), [])
    sender.start(sender.write("smaller", b"fits"))
    sender.wait("done")
    expect(sender.listed(), ["smaller"])


def case_an_agent_that_takes_none_or_is_gone(bed):
    sender = Sender(bed)
    path = sender.write("note", b"for the guest")
    sender.start(path)
    sender.wait("done")
    sender.agent.say("lacks files")
    sender.agent.wait("lacks files")
    end = time.monotonic() + PATIENCE_S
    while (answer := sender.remote.ask("file-send", file=path))["ok"]:
        sender.wait("done", "failed")
        assert time.monotonic() < end
        time.sleep(0.1)
    assert "was told to take none" in answer["error"], answer
    sender.agent.say("lacks nothing")
    sender.agent.say("end")
    while "no SPICE agent runs" not in (answer := sender.remote.ask("file-send", file=path)).get(
            "error", ""):
        assert time.monotonic() < end, answer
        time.sleep(0.1)
    sender.agent.shell("spice-agent &")
    expect(sender.start(path), {"ok": True})
    sender.wait("done")


def case_without_a_folder_or_a_server(bed):
    viewer = bed.view("--headless", "--spice", agent().socket, "--vm", "plain",
                      source="test:64x48@10", XDG_RUNTIME_DIR=bed.folder)
    viewer.wait_line("Connected to the SPICE server")
    answer = Remote(bed, "plain").ask("file-send", file="/etc/passwd")
    assert not answer["ok"] and "--send-from FOLDER" in answer["error"], answer
    bed.view("--headless", "--vm", "none", source="test:64x48@10", XDG_RUNTIME_DIR=bed.folder)
    for command in ("file-send", "file-status", "file-cancel"):
        answer = Remote(bed, "none").ask(command)
        assert not answer["ok"] and "--spice" in answer["error"], answer
    broken = bed.view("--headless", "--spice", agent().socket, "--send-from",
                      os.path.join(bed.folder, "nowhere"), source="test:64x48@10")
    assert broken.end() == 1, broken.lines
    assert "--send-from: there is no folder" in broken.lines[-1], broken.lines


def wait_sign(screen, is_wanted):
    """Until something stands in the upper left corner of the picture, or nothing does."""
    end = time.monotonic() + PATIENCE_S
    while True:
        pixel = screen.grab()
        ground = sum(pixel(x, y) == CARD for x in range(0, 120, 2) for y in range(0, 50, 2))
        if (ground > 100) == is_wanted:
            return
        assert time.monotonic() < end, f"{ground} pixels of a sign"
        time.sleep(0.1)


def case_copied_files_by_a_key(bed):
    desk = XDesk(bed)
    sender = Sender(bed, view=lambda *options: desk.view("--title", "Oriel", *options,
                                                         XDG_RUNTIME_DIR=bed.folder))
    paths = [sender.write(f"copy {i}", noise(100 + i, b"")) for i in range(3)]
    uris = "".join(f"file://{path.replace(' ', '%20')}\r\n" for path in paths)

    def press(key):
        desk.screen.run("xdotool", "keydown", "Scroll_Lock", "key", key, "keyup", "Scroll_Lock")

    press("v")
    sender.viewer.wait_line("No files were copied on the desktop")
    desk.copy(FILES, uris.encode())
    sender.viewer.wait_line("clipboard: the desktop offers 0x20")
    press("v")
    got = sorted(sender.agent.wait("file done") for _ in paths)
    expect(got, [f"copy {i} {100 + i} {fnv(noise(100 + i, b''))}" for i in range(3)])
    sender.viewer.wait_line("The guest has 3 files")
    # As long as the guest takes its time, a sign stands in the picture; then a key stops it.
    sender.agent.say(f"hold {LARGE // 4}")
    sender.agent.wait("will hold")
    large = sender.write("large", noise(LARGE, b""))
    expect(sender.remote.ask("file-send", file=large), {"ok": True})
    sender.agent.wait("holds")
    wait_sign(desk.screen, True)
    press("c")
    sender.agent.say("go")
    sender.viewer.wait_line("Sending was cancelled")
    wait_sign(desk.screen, False)
    press("c")
    sender.viewer.wait_line("No files are being sent")


if __name__ == "__main__":
    try:
        main(globals(), sys.argv[4:])
    finally:
        if AGENTS and AGENTS[0]:
            AGENTS[0].end()
