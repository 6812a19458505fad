#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""usb.py VIEWER SPICE_GUEST AGENT [CASE…]: USB devices lent to a real guest over SPICE, as TAP.

The device is a drive that the SPICE library emulates, with an image as its CD: no machine that runs
tests has a real one to spare. What only real ones show stands in usb-by-hand.md.
"""
import hashlib
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clipboard import AGENTS, PATIENCE_S, Remote, agent, expect, main, noise  # noqa: E402

SIZE = 1 << 16


def view(bed, *options):
    viewer = bed.view("--headless", "--spice", agent().socket, "--vm", "lent", *options,
                      source="test:64x48@10", XDG_RUNTIME_DIR=bed.folder)
    viewer.wait_line("Connected to the SPICE server")
    return viewer, Remote(bed, "lent")


def wait_devices(remote, check):
    end = time.monotonic() + PATIENCE_S
    while not check(devices := remote.ask("usb-list")["devices"]):
        assert time.monotonic() < end, devices
        time.sleep(0.1)
    return devices


def attached(devices):
    return [device["device"] for device in devices if device["attached"]]


def case_a_cd_is_read_by_the_guest_and_taken_back(bed):
    image = noise(SIZE, b"")
    path = os.path.join(bed.folder, "cd.iso")
    with open(path, "wb") as file:
        file.write(image)
    viewer, remote = view(bed, "--usb-cd", path)
    (lent,) = attached(wait_devices(remote, attached))
    guest = AGENTS[0]
    # A drive takes a moment to see what is in it.
    guest.shell("until [ \"$(head -c 2 /dev/sr0 2>/dev/null | wc -c)\" = 2 ]; do sleep 0.1; done; "
                f"echo AGENT cd $(head -c {SIZE} /dev/sr0 | md5sum)")
    expect(guest.wait("cd").split()[0], hashlib.md5(image).hexdigest())
    expect(remote.ask("usb-detach", device=lent), {"ok": True})
    wait_devices(remote, lambda devices: lent not in attached(devices))
    guest.shell("while [ -b /dev/sr0 ]; do sleep 0.1; done; echo AGENT no cd")
    guest.wait("no cd")
    assert not any("unplugged" in line for line in viewer.lines)


def case_what_cannot_be_lent_is_told(bed):
    viewer, remote = view(bed, "--usb-cd", os.path.join(bed.folder, "missing.iso"))
    viewer.wait_line("The guest gets no CD")
    answer = remote.ask("usb-attach", device="99-99")
    assert not answer["ok"] and "no such USB device" in answer["error"], answer
    answer = remote.ask("usb-attach")
    assert not answer["ok"] and "usb-list" in answer["error"], answer
    assert remote.ask("status")["ok"]


if __name__ == "__main__":
    try:
        main(globals(), sys.argv[4:])
    finally:
        if AGENTS and AGENTS[0]:
            AGENTS[0].end()
