#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`oriel vfio` as a user calls it, on a made-up system. usage: vfio.py ORIEL"""
import json
import os
import subprocess
import sys
import tempfile

import tap

PROGRAM = sys.argv[1]
GUEST, HOST = "0000:01:00.0", "0000:06:00.0"
FILES = {
    "var/lib/keep": "",
    "proc/cpuinfo": "vendor_id : AuthenticAMD\n",
    "proc/sys/kernel/osrelease": "6.1\n",
    "lib/modules/6.1/modules.dep": "kernel/drivers/vfio/pci/vfio-pci.ko:\n",
    "etc/mkinitcpio.conf": "HOOKS=(base udev modconf)\n",
    "boot/loader/entries/arch.conf": "title Arch\noptions root=UUID=1 rw\n",
}


def add_gpu(files, address, vendor, device, boot, group):
    base = f"sys/bus/pci/devices/{address}/"
    files.update({base + "vendor": vendor, base + "device": device, base + "class": "0x030000\n",
                  base + "boot_vga": boot, base + "subsystem_vendor": "0x1458\n",
                  base + "subsystem_device": "0x4000\n"})
    files[f"sys/kernel/iommu_groups/{group}/type"] = "DMA\n"
    return base + "iommu_group", f"../../../kernel/iommu_groups/{group}"


class System:
    """A directory with a system in it, compared as a whole."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="oriel-vfio-")
        self.root = self.folder.name
        files = dict(FILES)
        links = [add_gpu(files, GUEST, "0x10de\n", "0x2484\n", "0\n", 14),
                 add_gpu(files, HOST, "0x1002\n", "0x1638\n", "1\n", 17)]
        for path, text in files.items():
            full = os.path.join(self.root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w") as file:
                file.write(text)
        for path, target in links:
            os.symlink(target, os.path.join(self.root, path))
        self.before = self.read()
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def read(self):
        tree = {}
        for folder, _, names in os.walk(self.root):
            tree[folder] = os.stat(folder).st_mode
            for name in names:
                path = os.path.join(folder, name)
                if os.path.islink(path):
                    tree[path] = os.readlink(path)
                    continue
                with open(path, "rb") as file:
                    tree[path] = file.read()
        return tree

    def run(self, verb, *arguments, **options):
        return subprocess.run([PROGRAM, "vfio", verb, "--target", self.root, *arguments],
                              capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, **options)


def plan_changes_nothing():
    with System() as system:
        done = system.run("plan", GUEST)
        assert done.returncode == 0, done.stderr
        for word in ("by ids", "systemd-boot", "mkinitcpio", "oriel-rescue.conf",
                     "+ options vfio-pci ids=10de:2484", "mkinitcpio -P"):
            assert word in done.stdout, word
        found = json.loads(system.run("plan", GUEST, "--json").stdout)
        assert found["boot_loader"] == "systemd-boot" and found["objections"] == []
        assert found["files"][0]["path"] == "/boot/loader/entries/oriel-rescue.conf"
        assert system.run("apply", GUEST, "--dry-run").returncode == 0
        assert system.read() == system.before


def apply_twice_and_undo():
    with System() as system:
        done = system.run("apply", GUEST)
        assert done.returncode == 0 and "mkinitcpio -P" in done.stderr, done
        applied = system.read()
        assert applied != system.before
        done = system.run("apply", GUEST)
        assert done.returncode == 0 and "set up already" in done.stdout, done
        assert system.read() == applied
        done = system.run("status")
        assert done.stdout.count("as written") == 3, done.stdout
        done = system.run("verify")
        assert done.returncode == 1 and "not by vfio-pci" in done.stdout, done.stdout
        done = system.run("undo")
        assert done.returncode == 0 and "mkinitcpio -P" in done.stderr, done
        assert system.read() == system.before
        assert system.run("undo").returncode == 3


def writers_answer_in_json():
    with System() as system:
        dry = json.loads(system.run("apply", GUEST, "--dry-run", "--json").stdout)
        assert dry["files"] and system.read() == system.before, dry
        done = system.run("apply", GUEST, "--json")
        assert json.loads(done.stdout) == {"gpu": GUEST, "done": True}, done
        done = system.run("apply", GUEST, "--json")
        assert json.loads(done.stdout) == {"gpu": GUEST, "done": False}, done
        done = system.run("undo", "--json")
        assert json.loads(done.stdout) == {"kept": []}, done
        refused = system.run("apply", HOST, "--json")
        assert refused.returncode == 4 and json.loads(refused.stdout)["objections"], refused


def the_boot_gpu_needs_its_address_typed():
    with System() as system:
        done = system.run("apply", HOST)
        assert done.returncode == 4 and "--confirm " + HOST in done.stderr, done
        assert "Reasons against it" in done.stdout, done.stdout
        assert system.run("apply", HOST, "--confirm", GUEST).returncode == 4
        assert system.read() == system.before
        assert system.run("apply", HOST, "--confirm", HOST).returncode == 0
        done = system.run("apply", GUEST)
        assert done.returncode == 4 and "undo" in done.stderr, done


def drift_is_seen():
    with System() as system:
        assert system.run("apply", GUEST).returncode == 0
        with open(os.path.join(system.root, "etc/modprobe.d/oriel.conf"), "a") as file:
            file.write("# mine\n")
        assert "changed     /etc/modprobe.d/oriel.conf" in system.run("status").stdout
        checked = subprocess.run([PROGRAM, "check", "--root", system.root, "drift", "--json"],
                                 capture_output=True, text=True, timeout=60)
        report, = json.loads(checked.stdout)["checks"]
        assert report["result"] == "warn" and "oriel.conf" in report["evidence"], report
        done = system.run("undo")
        kept = os.path.join(system.root, "etc/modprobe.d/oriel.conf.oriel-kept")
        assert done.returncode == 0 and "oriel.conf.oriel-kept" in done.stdout, done
        with open(kept) as file:
            assert file.read().endswith("# mine\n")
        os.remove(kept)
        os.rmdir(os.path.dirname(kept))
        assert system.read() == system.before


def bad_input():
    with System() as system:
        for address, code, word in (("1:00.0", 2, "1:00.0"), ("0000:01:00.8", 2, "0000:01:00.8"),
                                    ("0000:0a:00.0", 3, "oriel gpu list"),
                                    ("; rm -rf /", 2, "; rm")):
            done = system.run("apply", address)
            assert done.returncode == code and word in done.stderr, done
        assert system.read() == system.before


TESTS = [plan_changes_nothing, apply_twice_and_undo, writers_answer_in_json,
         the_boot_gpu_needs_its_address_typed,
         drift_is_seen, bad_input]

tap.run(TESTS)
