#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""follow.py VIEWER SPICE_GUEST AGENT [CASE…]: a guest that is asked for the window's size, as TAP.

The guest's agent (agent.c) tells what it was asked for.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clipboard import AGENTS, XDesk, expect, main  # noqa: E402



def resize(desk, width, height):
    window = desk.screen.run("xdotool", "search", "--sync", "--onlyvisible", "--name",
                             "^Oriel$").split()[0]
    desk.screen.run("xdotool", "windowsize", "--sync", window, str(width), str(height))


def wait_size(desk, width, height):
    """Sizes before it, of a window that was not done yet, are passed over."""
    while desk.agent.wait("monitors") != f"1: {width}x{height}":
        pass


def case_the_guest_is_asked_for_the_size_of_the_window(bed):
    desk = XDesk(bed)
    desk.linked("--follow", "window")
    wait_size(desk, 320, 240)
    resize(desk, 400, 304)
    wait_size(desk, 400, 304)
    resize(desk, 504, 376)
    wait_size(desk, 504, 376)
    assert desk.viewer.terminate() == 0


def case_a_guest_that_is_seen_turned_is_asked_for_the_other_sides(bed):
    desk = XDesk(bed)
    desk.linked("--follow", "window", "--rotate", "90")
    wait_size(desk, 240, 320)
    resize(desk, 400, 304)
    wait_size(desk, 304, 400)
    assert desk.viewer.terminate() == 0


def case_each_connection_asks_again(bed):
    desk = XDesk(bed)
    for _ in range(2):
        desk.linked("--follow", "window")
        wait_size(desk, 320, 240)
        assert desk.viewer.terminate() == 0


def case_nobody_is_asked_where_the_window_follows(bed):
    desk = XDesk(bed)
    desk.linked()
    resize(desk, 400, 304)
    # What the agent is told comes in order: nothing about monitors came before this.
    desk.copy(1, b"after that")
    seen = desk.agent.wait("")
    while not seen.startswith("offered"):
        assert not seen.startswith("monitors"), seen
        seen = desk.agent.wait("")
    assert desk.viewer.terminate() == 0


def case_without_spice_it_is_refused(bed):
    viewer = bed.view("--headless", "--follow", "window", source="test:64x48@10")
    expect(viewer.end(), 2)
    assert "--follow window needs --spice" in viewer.lines[0], viewer.lines


if __name__ == "__main__":
    try:
        main(globals(), sys.argv[4:])
    finally:
        if AGENTS and AGENTS[0]:
            AGENTS[0].end()
