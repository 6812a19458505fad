#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""load.py VIEWER PEER_GUEST GUEST PRESENTER…: what presenters do when nothing happens, when only
the cursor moves, and when much happens at once, as TAP; every case for each presenter.

What a viewer does is asked of itself (--stats by the control socket), and of the kernel.
"""
import glob
import os
import select
import subprocess
import sys
import tempfile
import time

sys.argv[3:], GUEST, PRESENTERS = [], sys.argv[3], sys.argv[4:]

from program import PATIENCE_S, Bed, Skip, picture, same, wait_screen  # noqa: E402
from remote import Viewer  # noqa: E402

BUSY_S = 10
RATE = 240
IDLE_S = 2
# A guest is looked at every 20 ms; the rest is the main thread's and the heartbeat's.
IDLE_LOOKS_PER_S = 50
IDLE_OTHERS_PER_S = 20


def wait_for(what, check):
    end = time.monotonic() + PATIENCE_S
    while not check():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def figures(viewer):
    stats = viewer.ask("stats")["stats"]
    del stats["cpu_seconds"]  # asking alone costs some
    return stats


def wait_loaded(viewer, presenter):
    """Until it is that presenter that shows the picture: before a driver is loaded, soft does."""
    if presenter == "soft":
        return
    said = b""

    def is_said():
        nonlocal said
        if select.select([viewer.process.stderr], [], [], 0)[0]:
            said += os.read(viewer.process.stderr.fileno(), 65536)
        return f"{presenter} is loaded".encode() in said

    wait_for("the driver is not loaded", is_said)


def wait_still(viewer):
    """Its figures, when they do not change any more: of a frame that stays, presenters that read it
    where it lies make a copy in the end, after 0.4 s."""
    last = None
    end = time.monotonic() + PATIENCE_S
    while (now := figures(viewer)) != last or not now["frames"]:
        assert time.monotonic() < end, f"it does not come to rest: {now}"
        last = now
        time.sleep(1)
    return now


def wake_ups(pid):
    """How often threads of that process went to sleep by themselves."""
    count = 0
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path, encoding="ascii") as file:
            count += sum(int(line.split()[1]) for line in file if line.startswith("voluntary_"))
    return count


def run_guest(path, width, height, mebibytes, *options):
    """oriel-guest with a test picture."""
    with open(path, "wb") as file:
        file.truncate(mebibytes << 20)
    return subprocess.Popen(
        [GUEST, "--shm", path, "--capture", "test", "--size", f"{width}x{height}", *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# ---- cases -------------------------------------------------------------------------------------


def an_unchanged_guest_costs_no_picture_and_no_wake_up(presenter):
    bed = Bed()
    try:
        bed.display()
        os.environ.update(bed.screen.environment())
        guest = bed.guest()
        with Viewer("--window", "x11", "--present", presenter, source=bed.path) as viewer:
            wait_loaded(viewer, presenter)
            guest.show(1, 320, 200, 0)
            wait_screen(bed.screen, same(picture(1, 320, 200, 0, 2)))
            before = wait_still(viewer)
            slept = wake_ups(viewer.process.pid)
            began = time.monotonic()
            time.sleep(IDLE_S)
            slept = wake_ups(viewer.process.pid) - slept
            seconds = time.monotonic() - began
            assert figures(viewer) == before, f"{before} became {figures(viewer)}"
            limit = (IDLE_LOOKS_PER_S + IDLE_OTHERS_PER_S) * seconds
            assert slept <= limit, f"{slept} wake-ups in {seconds:.1f} s"
            print(f"# {presenter}: {slept / seconds:.0f} wake-ups a second")
    finally:
        bed.finish()


def a_cursor_that_moves_brings_no_frame(presenter):
    bed = Bed()
    try:
        bed.display()
        os.environ.update(bed.screen.environment())
        guest = bed.guest()
        with Viewer("--window", "x11", "--present", presenter, source=bed.path) as viewer:
            wait_loaded(viewer, presenter)
            guest.show(1, 320, 200, 0)
            guest.say("shape 0 32 32 128 0 0 9", "cursor 5 5 1")
            before = wait_still(viewer)
            for step in range(20):
                guest.say(f"cursor {10 + 3 * step} 20 1")
                time.sleep(0.02)
            after = wait_still(viewer)
            assert after["cursor_updates"] > before["cursor_updates"], after
            assert after["presents"] > before["presents"], after
            for name in ("frames", "bytes_copied"):
                assert after[name] == before[name], f"{name}: {before} became {after}"
    finally:
        bed.finish()


def frames_at_a_high_rate_never_stall(presenter):
    with tempfile.TemporaryDirectory(prefix="oriel-load-") as folder:
        guest = run_guest(f"{folder}/shm", 320, 200, 16, "--fps", str(RATE))
        try:
            with Viewer("--present", presenter, source=f"{folder}/shm") as viewer:
                viewer.wait_state("running")
                first = last = figures(viewer)
                for _ in range(BUSY_S):
                    time.sleep(1)
                    now = figures(viewer)
                    assert now["frames"] > last["frames"], f"a second without a frame: {now}"
                    last = now
                for name in ("sessions", "rejected", "incomplete"):
                    assert last[name] == first[name], f"{name}: {first} became {last}"
                shown = (last["frames"] - first["frames"]) / BUSY_S
                print(f"# {presenter}: {shown:.0f} of {RATE} frames a second")
        finally:
            guest.kill()
            guest.wait()


def a_picture_of_7680_x_4320_is_shown(presenter):
    with tempfile.TemporaryDirectory(prefix="oriel-load-") as folder:
        guest = run_guest(f"{folder}/shm", 7680, 4320, 512, "--fps", "10")
        try:
            with Viewer("--present", presenter, source=f"{folder}/shm") as viewer:
                viewer.wait_state("running")
                wait_for("no second frame", lambda: figures(viewer)["frames"] > 1)
                answer = viewer.ask("screenshot", file="large.png")
                assert answer["ok"], answer
                with open(answer["file"], "rb") as file:
                    head = file.read(24)
            assert head[16:24] == (7680).to_bytes(4, "big") + (4320).to_bytes(4, "big")
        finally:
            guest.kill()
            guest.wait()


CASES = [an_unchanged_guest_costs_no_picture_and_no_wake_up, a_cursor_that_moves_brings_no_frame,
         frames_at_a_high_rate_never_stall, a_picture_of_7680_x_4320_is_shown]


def main():
    print(f"1..{len(CASES) * len(PRESENTERS)}")
    for number, (case, presenter) in enumerate(
            ((case, presenter) for case in CASES for presenter in PRESENTERS), 1):
        name = f"{case.__name__} ({presenter})"
        try:
            case(presenter)
            print(f"ok {number} - {name}", flush=True)
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}", flush=True)
        except Exception as error:  # a case that fails in any way is reported, the next one runs
            print(f"not ok {number} - {name}\n# {error!r}", flush=True)


if __name__ == "__main__":
    main()
