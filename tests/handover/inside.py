#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""In the emulated computer: Oriel's programs on the kernel's real sysfs, by the real helper over
a real bus. Prints TAP. usage: inside.py intel|amd BUILD KILLER"""
import glob
import json
import os
import subprocess
import sys
import time

KIND, BUILD, KILLER = sys.argv[1:]
ORIEL = os.path.join(BUILD, "oriel")
HELPER = os.path.join(BUILD, "oriel-helper")
BUS = "unix:path=/tmp/bus"
ENVIRONMENT = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": BUS}
BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=/tmp/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""
DEVICES = "/sys/bus/pci/devices"


def read(*parts):
    with open(os.path.join(*parts)) as file:
        return file.read().strip()


def driver(address):
    try:
        return os.path.basename(os.readlink(f"{DEVICES}/{address}/driver"))
    except OSError:
        return None


def find_card():
    """The bochs card in a slot with a second function."""
    for path in sorted(glob.glob(f"{DEVICES}/*.0")):
        if (read(path, "vendor"), read(path, "device")) == ("0x1234", "0x1111") and \
                os.path.exists(path[:-1] + "1"):
            return os.path.basename(path)
    raise LookupError("there is no spare card")


def oriel(*words, timeout=120):
    return subprocess.run([ORIEL, *words], capture_output=True, text=True, timeout=timeout,
                          env=ENVIRONMENT, stdin=subprocess.DEVNULL)


def gpu(verb, *words):
    return oriel("gpu", verb, *words)


def bind():
    """The console of an emulated computer shows a picture on each card: the address is typed."""
    return gpu("bind", CARD, "--confirm", CARD)


class Helper:
    """oriel-helper for as long as the block lasts; kill_at: it dies at that fsync()."""

    def __init__(self, kill_at=None):
        self.environment = dict(ENVIRONMENT)
        if kill_at:
            self.environment.update(LD_PRELOAD=KILLER, ORIEL_KILL_AT=str(kill_at))

    def __enter__(self):
        self.process = subprocess.Popen([HELPER], env=self.environment,
                                        stderr=subprocess.DEVNULL)
        for _ in range(600):
            if self.is_there() or self.process.poll() is not None:
                break
            time.sleep(0.1)
        return self

    def is_there(self):
        return subprocess.run(["dbus-send", "--system", "--print-reply",
                               "--dest=org.oriel.Helper1", "/org/oriel/Helper1",
                               "org.oriel.Helper1.Status"], env=ENVIRONMENT,
                              capture_output=True).returncode == 0

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)


def assert_home():
    assert driver(CARD) == "bochs-drm", driver(CARD)
    assert driver(SOUND) == "snd_hda_intel", driver(SOUND)
    assert read(DEVICES, CARD, "driver_override") == "(null)"
    assert glob.glob("/var/lib/oriel/handover/*") == [], glob.glob("/var/lib/oriel/handover/*")


def assert_bound():
    assert driver(CARD) == driver(SOUND) == "vfio-pci", (driver(CARD), driver(SOUND))


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
    node = glob.glob(f"{DEVICES}/{CARD}/drm/card*")[0]
    with Helper(), open(f"/dev/dri/{os.path.basename(node)}", "rb"):
        begun = time.monotonic()
        done = bind()
        took = time.monotonic() - begun
        assert done.returncode == 4, done
        assert f"{os.getpid()} python3" in done.stderr, done.stderr
        print(f"# refused after {took:.1f} s by an emulated processor")
        assert took < 20, took
    assert_home()


def a_poller_does_not():
    node = "/dev/dri/" + os.path.basename(glob.glob(f"{DEVICES}/{CARD}/drm/card*")[0])
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
        with Helper(kill_at=step):
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


def wait_for(condition, limit_s):
    end = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.2)
    assert condition()


def libvirt_moves_it_too():
    """libvirt's own nodedev way, beside ours: what it took, Oriel sees and leaves alone."""
    config = ('unix_sock_dir = "/run/libvirt"\nauth_unix_rw = "none"\n'
              'log_outputs = "4:stderr"\n')
    os.makedirs("/run/libvirt", exist_ok=True)
    with open("/tmp/libvirtd.conf", "w") as file:
        file.write(config)
    daemons = [subprocess.Popen(words, stderr=subprocess.DEVNULL) for words in
               (["virtlogd"], ["libvirtd", "-f", "/tmp/libvirtd.conf"])]
    names = ["pci_" + address.replace(":", "_").replace(".", "_") for address in (CARD, SOUND)]
    try:
        wait_for(lambda: os.path.exists("/run/libvirt/libvirt-sock"), 60)
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
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
            daemon.wait(30)
    assert_home()


TESTS = [groups_and_verdicts, checks_are_true, there_and_back, a_holder_refuses, a_poller_does_not,
         refusals, killed_at_every_step, libvirt_moves_it_too]


def main():
    print(f"1..{len(TESTS)}", flush=True)
    with open("/tmp/bus.conf", "w") as file:
        file.write(BUS_CONFIG)
    daemon = subprocess.Popen(["dbus-daemon", "--nofork", "--config-file=/tmp/bus.conf"],
                              stderr=subprocess.DEVNULL)
    for index, test in enumerate(TESTS):
        begun = time.monotonic()
        try:
            test()
            print(f"ok {index + 1} - {KIND} {test.__name__} # {time.monotonic() - begun:.1f} s",
                  flush=True)
        except (AssertionError, LookupError, ValueError, OSError,
                subprocess.SubprocessError) as problem:
            text = str(problem).replace("\n", " ")
            print(f"# {text}\nnot ok {index + 1} - {KIND} {test.__name__}", flush=True)
    daemon.terminate()
    daemon.wait(10)


subprocess.run(["/lib/systemd/systemd-udevd", "--daemon"], check=False)
subprocess.run(["udevadm", "trigger"], check=False)
subprocess.run(["udevadm", "settle", "-t", "30"], check=False)
subprocess.run(["modprobe", "-a", "bochs", "snd_hda_intel"], check=False)
CARD = find_card()
SOUND = CARD[:-1] + "1"
main()
