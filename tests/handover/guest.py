#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""In the emulated computer: a machine of libvirt owns the card, what it draws on it reaches the
viewer, and the card comes home. The emulated processor can virtualize too, so the guest is not
emulated twice. Prints TAP.
usage: guest.py intel|amd BUILD DATA HOOK KERNELS MAKE-INITRAMFS INIT GUEST DRAW"""
import json
import os
import re
import socket
import subprocess
import sys
from xml.etree import ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "vm"), os.path.join(HERE, "..", "bed")]
from bed import CONFIG, put_kernel  # noqa: E402
from nested import QUICK  # noqa: E402
from pattern import pattern_rows  # noqa: E402
from world import (BUILD, CARD, ENVIRONMENT, HELPER, Helper, Libvirt, assert_bound,  # noqa: E402
                   assert_home, find_node, gpu, oriel, run, wait_for, write)

DATA, HOOK, KERNELS, MAKE, INIT, GUEST, DRAW = sys.argv[3:]
NAME = "inner"
MEMORY = "/dev/shm/oriel-inner"
FOLDER = "/tmp/inner"
LOG = os.path.join(FOLDER, "serial")
WIDTH, HEIGHT, SEED = 1024, 768, 1  # as INIT has it
# Emulated, on a computer that is busy with other tests.
BOOT_S = 300


# Getting ready -------------------------------------------------------------------------------


def find_obstacle():
    subprocess.run(["modprobe", "kvm_amd"], check=False)
    if not os.path.exists("/dev/kvm"):
        return "this QEMU's processor cannot virtualize"
    return None


def install_hook():
    """As installed, with the program at the place that it names."""
    with open(HOOK) as file:
        text = file.read()
    place = re.search(r"^exec (\S+)", text, re.MULTILINE).group(1)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if os.path.lexists(place):
        os.unlink(place)
    os.symlink(HELPER, place)
    folder = "/etc/libvirt/hooks/qemu.d"
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, os.path.basename(HOOK))
    write(path, text)
    os.chmod(path, 0o755)


def prepare():
    for path in (FOLDER, FOLDER + "/run"):
        os.makedirs(path)
    ENVIRONMENT.update(ORIEL_DATA_DIR=DATA, XDG_RUNTIME_DIR=FOLDER + "/run")
    write("/etc/libvirt/qemu.conf", CONFIG)
    install_hook()


def check_call(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=BOOT_S)
    assert done.returncode == 0, done
    return done.stdout


# The machine ---------------------------------------------------------------------------------


def put_on_root_bus(devices):
    """Each bus less is seconds less of looking for what is on it."""
    for slot, device in enumerate((*devices.findall("hostdev"), *devices.findall("shmem")), 16):
        for address in device.findall("address"):
            device.remove(address)
        ElementTree.SubElement(device, "address", type="pci", bus="0", slot=str(slot))


def slim(root):
    """What a picture does not need costs an emulated computer its time."""
    for tag in ("memory", "currentMemory"):
        root.find(tag).text = str(256 << 10)
    devices = root.find("devices")
    for kind in ("controller", "channel", "rng"):
        for device in devices.findall(kind):
            devices.remove(device)
    ElementTree.SubElement(devices, "controller", type="usb", model="none")
    loader = ElementTree.SubElement(root.find("os"), "loader", type="rom")
    loader.text = "/usr/share/qemu/qboot.rom"
    put_on_root_bus(devices)


def a_machine_is_given_the_card():
    initramfs = os.path.join(FOLDER, "initramfs")
    kernel = check_call(MAKE, KERNELS, INIT, initramfs, GUEST, DRAW).strip()
    done = oriel("vm", "create", NAME, "--os", "linux", "--memory", "512M", "--cpus", "1",
                 "--disk", "none", "--network", "none", "--firmware", "bios", "--display", "none",
                 "--video", "none", "--sound", "none", "--gpu", CARD, "--relay", "plain",
                 "--relay-name", os.path.basename(MEMORY), "--relay-size", "32M", timeout=BOOT_S)
    assert done.returncode == 0, done
    root = ElementTree.fromstring(check_call("virsh", "dumpxml", "--inactive", NAME))
    slim(root)
    put_kernel(root, kernel, initramfs, LOG, QUICK + " pci=noearly")
    path = os.path.join(FOLDER, "definition")
    ElementTree.ElementTree(root).write(path)
    check_call("virsh", "define", path)


def start():
    with Helper():
        return oriel("vm", "start", NAME, timeout=BOOT_S)


def it_does_not_start_while_a_program_has_the_card():
    with open(find_node(), "rb"):
        done = start()
    assert done.returncode == 4 and f"{os.getpid()} python3" in done.stderr, done
    assert_home()


def it_starts_and_has_the_card():
    done = start()
    assert done.returncode == 0, done
    assert_bound()


# The picture ---------------------------------------------------------------------------------


class Viewer:
    """One without a window, and what it shows."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "oriel-view"), "--allow-root", "--vm", NAME, "--source", MEMORY,
             "--headless", "--pictures", FOLDER], env=ENVIRONMENT,
            stderr=open(os.path.join(FOLDER, "viewer"), "w"))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)

    def take_picture(self):
        """Its pixels, or None as long as it shows nothing."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(60)
            try:
                control.connect(f"{FOLDER}/run/oriel/{NAME}.sock")
                control.sendall(b'{"command": "screenshot", "file": "now.png"}\n')
                answer = json.loads(control.makefile().readline())
            except (OSError, ValueError):
                return None
        if not answer["ok"]:
            return None
        return subprocess.run(["convert", os.path.join(FOLDER, "now.png"), "-depth", "8", "rgb:-"],
                              capture_output=True, timeout=60).stdout


def tell(name):
    with open(os.path.join(FOLDER, name), errors="replace") as file:
        for line in file.read().splitlines()[-20:]:
            print(f"# {name}: {line}", flush=True)


def what_it_draws_is_seen_here():
    expected = b"".join(pattern_rows(SEED, WIDTH, HEIGHT))
    try:
        with Viewer() as viewer:
            wait_for(lambda: viewer.take_picture() == expected, BOOT_S)
    except AssertionError:
        tell("viewer")
        tell("serial")
        raise


# The way home --------------------------------------------------------------------------------


def nobody_can_take_it_away():
    with Helper():
        done = gpu("release", CARD)
    assert done.returncode == 4 and "qemu-system" in done.stderr, done
    assert_bound()


def is_home():
    try:
        assert_home()
    except AssertionError:
        return False
    return True


def it_comes_home_when_the_machine_ends():
    done = oriel("vm", "stop", "--force", NAME, timeout=BOOT_S)
    assert done.returncode == 0, done
    wait_for(is_home, 60)
    assert_home()


def it_shows_pictures_of_ours_again():
    draw = subprocess.Popen([DRAW, find_node(), str(WIDTH), str(HEIGHT), str(SEED)],
                            stdout=subprocess.PIPE)
    line = draw.stdout.readline()
    draw.terminate()
    draw.wait(60)
    assert line.startswith(b"DRAWN"), line


def main():
    reason = find_obstacle()
    if reason:
        print(f"1..0 # SKIP {reason}", flush=True)
        return
    prepare()
    with Libvirt():
        run([a_machine_is_given_the_card, it_does_not_start_while_a_program_has_the_card,
             it_starts_and_has_the_card, what_it_draws_is_seen_here,
             nobody_can_take_it_away, it_comes_home_when_the_machine_ends,
             it_shows_pictures_of_ours_again])


main()
