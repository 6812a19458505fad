# SPDX-License-Identifier: LGPL-2.1-or-later
"""From the screen of a libvirt machine to the viewer's picture, over both kinds of shared memory.

usage: pictures.py ORIEL VIEW DATA-FOLDER CACHE-FOLDER INIT KERNELS INITRAMFS GUEST DRAW
"""

import os
import select
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "bed")]
from bed import Bed, Report, boot_from_memory, want, why_not  # noqa: E402
from console import read_png  # noqa: E402
from pattern import pattern_rows  # noqa: E402

WIDTH, HEIGHT, SEED = 1024, 768, 1
BOOT_S = 120  # emulated, on a machine that is busy with other tests
BACK_S = 60  # in which the picture has to be whole; what is right ends it early


def wait_until_shown(viewer, log):
    text, end = b"", time.monotonic() + BOOT_S
    while b"the guest shows" not in text:
        ready, _, _ = select.select([viewer.stderr], [], [], max(0, end - time.monotonic()))
        part = os.read(viewer.stderr.fileno(), 4096) if ready else b""
        said = open(log, errors="replace").read() if os.path.exists(log) else ""
        want(part, f"the viewer: {text.decode()}\nthe guest: {said}")
        text += part


def take_picture(bed, source, log):
    picture = os.path.join(bed.folder, "picture.png")
    viewer = subprocess.Popen(
        [bed.view, "--allow-root", "--source", source, "--headless", "--screenshot", picture],
        env=bed.env, stderr=subprocess.PIPE)
    try:
        wait_until_shown(viewer, log)
        viewer.send_signal(signal.SIGTERM)
        want(viewer.wait(timeout=20) == 0, f"the viewer ended with {viewer.returncode}")
    finally:
        if viewer.poll() is None:
            viewer.kill()
            viewer.wait()
        viewer.stderr.close()
    found = read_png(picture)
    os.unlink(picture)
    return found


def compare(picture):
    width, height, rows = picture
    want((width, height) == (WIDTH, HEIGHT), f"{width}x{height}")
    for y, expected in enumerate(pattern_rows(SEED, width, height)):
        want(bytes(rows[y]) == expected, f"row {y} is not what the guest drew")


def wait_picture(bed, source, log):
    end = time.monotonic() + BACK_S
    while True:
        try:
            return compare(take_picture(bed, source, log))
        except AssertionError:
            if time.monotonic() > end:
                raise


def shows_each_pixel(bed, name, relay):
    code, _, err = bed.run(
        "vm", "create", name, "--os", "linux", "--virtualization", "qemu", "--memory", "512M",
        "--cpus", "1", "--disk", "16M", "--network", "none", "--firmware", "bios",
        "--video", "vga", *relay)
    want(code == 0, err)
    log = boot_from_memory(bed, name, bed.kernel, bed.initramfs)
    code, _, err = bed.run("vm", "start", name)
    want(code == 0, err)
    source = bed.json("vm", "info", name)["relay_path"]
    try:
        wait_picture(bed, source, log)
    finally:
        code, _, err = bed.run("vm", "stop", "--force", name)
    want(code == 0, err)
    end = time.monotonic() + 20
    while os.path.exists(source) and time.monotonic() < end:
        time.sleep(0.05)
    want(not os.path.exists(source), f"{source} stayed behind")
    code, _, err = bed.run("vm", "delete", name, "--yes", "--storage")
    want(code == 0, err)


def the_first_root_is_made(made):
    want(made.returncode == 0, made.stderr)


def a_machine_with_a_file_shows_each_pixel(bed):
    shows_each_pixel(bed, "plain", ("--relay", "plain", "--relay-name", bed.relay))


def a_machine_with_a_doorbell_shows_each_pixel(bed):
    shows_each_pixel(bed, "bell", ("--relay", "doorbell", "--relay-size", "32M"))


def main():
    program, view, data, cache, init, kernels, make, *programs = sys.argv[1:]
    reason = why_not()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return
    bed = Bed(program, data, cache)
    bed.view = view
    bed.initramfs = os.path.join(bed.folder, "initramfs")
    made = subprocess.run([make, kernels, init, bed.initramfs, *programs], capture_output=True,
                          text=True)
    if made.returncode == 77:
        print(f"1..0 # SKIP {made.stderr.strip()}")
        return
    bed.kernel = made.stdout.strip()
    bed.relay = "oriel-" + os.path.basename(bed.folder)
    bed.made.append(bed.relay)
    report = Report()
    report.case(the_first_root_is_made, made)
    report.case(a_machine_with_a_file_shows_each_pixel, bed)
    report.case(a_machine_with_a_doorbell_shows_each_pixel, bed)
    report.end()


main()
