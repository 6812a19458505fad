#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""record.py VIEWER: recordings of a running oriel-view, read by FFmpeg's programs, as TAP."""
import json
import os
import resource
import shutil
import subprocess
import tempfile
import time

from remote import PATIENCE_S, VIEWER, Viewer

SIZE = (96, 64)
RATE = 60


class Skip(Exception):
    """The machine lacks what a case needs."""


def ask(*argv):
    if not shutil.which(argv[0]):
        raise Skip(f"{argv[0]} is not installed")
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, timeout=60).stdout


def pictures_of(path):
    """R,G,B of each picture in the file."""
    data = ask("ffmpeg", "-v", "fatal", "-xerror", "-i", path, "-fps_mode", "passthrough",
               "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    size = SIZE[0] * SIZE[1] * 3
    assert len(data) % size == 0, len(data)
    return [data[at:at + size] for at in range(0, len(data), size)]


def times_of(path):
    text = ask("ffprobe", "-v", "error", "-show_entries", "packet=pts_time", "-of", "csv=p=0", path)
    return [float(line) for line in text.decode().split()]


def view(*arguments, source=None, **options):
    """A headless viewer to its end: its exit status, figures and what it said."""
    width, height = SIZE
    command = [VIEWER, "--config", "/dev/null", "--allow-root", "--headless", "--stats", "--source",
               source or f"test:{width}x{height}@{RATE}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120,
                          check=False, **options)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def three_seconds_are_what_was_shown(top):
    path, last = f"{top}/film.mkv", f"{top}/last.png"
    status, figures, said = view("--frames", str(3 * RATE), "--record", path, "--screenshot",
                                 last)
    assert status == 0, said
    pictures, times = pictures_of(path), times_of(path)
    assert len(pictures) == len(times) == figures["recorded"], figures
    assert figures["recorded"] + figures["recording_missed"] <= figures["unique_frames"]
    assert figures["recorded_bytes"] == os.path.getsize(path)
    assert times[0] == 0 and times == sorted(set(times))
    # A busy machine shows fewer of them, later; the times are those at which they came.
    assert figures["recorded"] > RATE
    span = figures["unique_frames"] / figures["ups"]
    assert abs(times[-1] - span) < span / 4, (times[-1], span)
    assert len(set(pictures)) > 10, "a box moves, but the pictures are the same"
    if not figures["recording_missed"]:
        shown = ask("ffmpeg", "-v", "error", "-i", last, "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
        assert pictures[-1] == shown


def it_begins_and_ends_by_the_socket(top):
    width, height = SIZE
    with Viewer(source=f"test:{width}x{height}@{RATE}") as viewer:
        viewer.wait_state("running")
        assert "nothing" in viewer.ask("record-off")["error"]
        assert viewer.ask("status")["recording"] == ""
        for name in ("one.mkv", "two.mkv"):
            path = f"{viewer.top}/{name}"
            before = viewer.ask("stats")["stats"]["recorded"]
            assert viewer.ask("record-on", file=name) == {"ok": True, "file": path}
            assert viewer.ask("status")["recording"] == path
            assert "already" in viewer.ask("record-on", file="x.mkv")["error"]
            end = time.monotonic() + PATIENCE_S
            while viewer.ask("stats")["stats"]["recorded"] < before + 10:
                assert time.monotonic() < end, "nothing is recorded"
                time.sleep(0.02)
            answer = viewer.ask("record-off")
            assert answer["ok"] and answer["file"] == path and answer["pictures"] > 0, answer
            assert len(pictures_of(path)) == answer["pictures"]
        before = os.path.getsize(f"{viewer.top}/one.mkv")
        assert "replaces none" in viewer.ask("record-on", file="one.mkv")["error"]
        assert os.path.getsize(f"{viewer.top}/one.mkv") == before
        for name in ("../a.mkv", "/tmp/a.mkv", "", ".a", "x/a.mkv"):
            assert not viewer.ask("record-on", file=name)["ok"], name
        made = viewer.ask("record-on")
        assert made["ok"] and made["file"].endswith(".mkv"), made
        assert viewer.ask("quit")["ok"]
        assert viewer.process.wait(PATIENCE_S) == 0
        assert not os.path.exists(made["file"]) or pictures_of(made["file"])


def who_cannot_share_says_why(top):
    with Viewer() as viewer:
        viewer.wait_state("running")
        assert "not shared" in viewer.ask("share-off")["error"]
        refused = viewer.ask("share-on")  # its folder for sockets is its own, with no PipeWire
        assert "PipeWire" in refused["error"], refused
        assert viewer.ask("status")["shared"] is False


def a_still_picture_is_one(top):
    path = f"{top}/still.mkv"
    status, figures, said = view("--timeout", "2", "--record", path,
                                 source="test:{}x{}@1".format(*SIZE))
    assert status == 124, said
    assert 1 <= len(pictures_of(path)) == figures["recorded"] <= 3


def what_is_there_stays(top):
    path = f"{top}/mine.mkv"
    with open(path, "w", encoding="utf-8") as file:
        file.write("mine")
    for arguments, reason in ((["--record", path], "replaces none"),
                              (["--record", f"{top}/no/folder.mkv"], "No such file"),
                              (["--record", f"{top}/x.mkv", "--present", "null"], "--record")):
        status, _, said = view("--frames", "1", *arguments)
        assert status in (1, 2) and reason in said and len(said.splitlines()) == 1, said
    with open(path, encoding="utf-8") as file:
        assert file.read() == "mine"
    assert os.listdir(top) == ["mine.mkv"]


def on_a_full_disk_the_viewer_goes_on(top):
    path, limit = f"{top}/film.mkv", 10 * SIZE[0] * SIZE[1] * 4
    status, figures, said = view(
        "--frames", str(RATE), "--record", path, "--record-as", "raw",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert status == 0 and figures["frames"] >= RATE, said
    sentences = [line for line in said.splitlines() if "error" in line]
    assert len(sentences) == 1 and path in sentences[0] and "too large" in sentences[0], said
    assert len(pictures_of(path)) == figures["recorded"] == 9


def too_much_is_told_and_costs_no_frame(top):
    """Nobody encodes FFV1 that fast."""
    path = f"{top}/film.mkv"
    status, figures, said = view("--frames", "240", "--record", path, "--record-as", "ffv1",
                                 source="test:1920x1080@240")
    if "compressed" in said or "no encoder" in said:
        raise Skip("FFmpeg's libavcodec is not there")
    assert status == 0, said
    assert figures["recording_missed"] > 0 and said.count("misses pictures") == 1, said
    assert figures["recorded"] == len(times_of(path))
    assert figures["frames"] >= 240


CASES = [three_seconds_are_what_was_shown, it_begins_and_ends_by_the_socket,
         who_cannot_share_says_why,
         a_still_picture_is_one, what_is_there_stays, on_a_full_disk_the_viewer_goes_on,
         too_much_is_told_and_costs_no_frame]


def run(number, case):
    top = tempfile.mkdtemp(prefix="oriel-record-")
    try:
        case(top)
        print(f"ok {number} - {case.__name__}", flush=True)
    except Skip as reason:
        print(f"ok {number} - {case.__name__} # SKIP {reason}", flush=True)
    except Exception as error:  # a case that fails in any way is reported, the next one runs
        print(f"not ok {number} - {case.__name__}\n# {error!r}", flush=True)
    finally:
        shutil.rmtree(top)


def main():
    print(f"1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        run(number, case)


if __name__ == "__main__":
    main()
