#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""In the emulated computer: Oriel's programs on the kernel's real sysfs, by the real helper over
a real bus. Prints TAP. usage: inside.py intel|amd BUILD KILLER [GRAB]"""
import glob
import json
import os
import subprocess
import sys
import time

import tuned
from world import (CARD, DEVICES, KIND, SOUND, Helper, Libvirt, assert_bound, assert_home, bind,
                   driver, find_node, gpu, oriel, read, run)

KILLER, *GRAB = sys.argv[3:]


def groups_and_verdicts():
    listed = json.loads(gpu("list", "--json").stdout)["gpus"]
    card, = [entry for entry in listed if entry["address"] == CARD]
    assert card["iommu_group"] >= 0 and card["driver"] == "bochs-drm", card
    assert [entry["address"] for entry in card["functions"]] == [CARD, SOUND], card
    group = f"/sys/kernel/iommu_groups/{card['iommu_group']}/devices"
    assert {CARD, SOUND} <= set(os.listdir(group)), os.listdir(group)
    assert "only" in card["group_verdict"] or "clean" in card["group_verdict"], card
    boot, = [entry for entry in listed if entry["boot_vga"] == 1]
    assert boot["fitness"] == "not recommended", boot


def checks_are_true():
    found = {report["id"]: report for report in
             json.loads(oriel("check", "--gpu", CARD, "--json").stdout)["checks"]}
    assert len(found) == 55
    for name in ("iommu.firmware", "iommu.kernel", "iommu.groups", "group.viable", "gpu.count",
                 "gpu.functions", "bind.driver", "vfio.modules"):
        assert found[name]["result"] == "pass", found[name]
    units = os.listdir("/sys/class/iommu")
    assert any(unit in found["iommu.kernel"]["evidence"] for unit in units), found["iommu.kernel"]
    assert units[0].startswith("dmar" if KIND == "intel" else "ivhd"), units


def there_and_back():
    with Helper():
        done = bind()
        assert done.returncode == 0, done
        assert_bound()
        group = os.path.basename(os.readlink(f"{DEVICES}/{CARD}/iommu_group"))
        assert os.path.exists(f"/dev/vfio/{group}")
        done = gpu("release", CARD)
        assert done.returncode == 0, done
        assert_home()


def a_holder_refuses():
    with Helper(), open(find_node(), "rb"):
        begun = time.monotonic()
        done = bind()
        took = time.monotonic() - begun
        assert done.returncode == 4, done
        assert f"{os.getpid()} python3" in done.stderr, done.stderr
        print(f"# refused after {took:.1f} s by an emulated processor")
    assert_home()


def a_poller_does_not():
    node = find_node()
    script = (f"import time\nwhile True:\n  try:\n    with open('{node}', 'rb'): time.sleep(0.05)\n"
              "  except OSError: pass\n  time.sleep(0.05)\n")
    poller = subprocess.Popen([sys.executable, "-c", script])
    try:
        with Helper():
            done = bind()
            assert done.returncode == 0, done
            assert_bound()
            assert gpu("release", CARD).returncode == 0
        assert_home()
    finally:
        poller.kill()
        poller.wait()


def refusals():
    boot = [os.path.dirname(path) for path in glob.glob(f"{DEVICES}/*/boot_vga")
            if read(path) == "1"][0]
    boot = os.path.basename(boot)
    with Helper():
        done = gpu("bind", boot)
        assert done.returncode == 4 and "--confirm " + boot in done.stderr, done
        for address, code in (("0000:00:1f.2", 3), ("0000:77:00.0", 3), ("1:0.0", 2)):
            done = gpu("bind", address)
            assert done.returncode == code, done
    assert driver(boot) == "bochs-drm"
    assert_home()


def killed_at_every_step():
    for step in range(1, 40):
        with Helper(KILLER, step):
            done = bind()
        if done.returncode == 0:
            break
        with Helper():
            # The last step is the one after which the card is the guest's.
            if glob.glob("/var/lib/oriel/handover/*.bound"):
                assert_bound()
                assert gpu("release", CARD).returncode == 0
            assert_home()
    assert step > 8, step
    print(f"# killed at {step - 1} steps")
    with Helper():
        assert gpu("release", CARD).returncode == 0
    assert_home()


def libvirt_moves_it_too():
    """libvirt's own nodedev way, beside ours: what it took, Oriel sees and leaves alone."""
    names = ["pci_" + address.replace(":", "_").replace(".", "_") for address in (CARD, SOUND)]
    with Libvirt():
        for name in names:
            subprocess.run(["virsh", "nodedev-detach", name], check=True, capture_output=True,
                           timeout=120)
        assert_bound()
        with Helper():
            done = gpu("release", CARD)
        assert done.returncode == 3 and "not handed over by Oriel" in done.stderr, done
        assert_bound()
        for name in names:
            subprocess.run(["virsh", "nodedev-reattach", name], check=True, capture_output=True,
                           timeout=120)
    assert_home()


def tuning_killed():
    tuned.tuning_killed(KILLER)


def a_captured_keyboard_is_the_guests():
    subprocess.run(["modprobe", "-a", "uinput", "evdev"], check=True, capture_output=True)
    done = subprocess.run(GRAB, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


CASES = [groups_and_verdicts, checks_are_true, there_and_back, a_holder_refuses,
         a_poller_does_not, refusals, killed_at_every_step, libvirt_moves_it_too]
# Whose IOMMU it is makes no difference to these: they run in one of the computers.
TUNING = [tuned.tuned_and_back, tuned.tuning_that_cannot_be, tuned.the_hook_tunes_and_sets_back,
          tuning_killed]
# Without a viewer there is nothing that could grab.
KEYBOARD = [a_captured_keyboard_is_the_guests] * len(GRAB)

run(CASES + (TUNING if KIND == "intel" else KEYBOARD))
