# SPDX-License-Identifier: LGPL-2.1-or-later
"""The emulated computer from within: its spare card, a system bus, libvirt, and Oriel's programs on
all of them. Each script's command line begins with intel|amd and the folder of the programs."""
import glob
import os
import subprocess
import sys
import time

KIND, BUILD = sys.argv[1:3]
ORIEL = os.path.join(BUILD, "oriel")
HELPER = os.path.join(BUILD, "oriel-helper")
ENVIRONMENT = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/tmp/bus"}
BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=/tmp/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""
LIBVIRT_CONFIG = """unix_sock_dir = "/run/libvirt"
auth_unix_rw = "none"
log_outputs = "4:stderr"
"""
DEVICES = "/sys/bus/pci/devices"


def read(*parts):
    with open(os.path.join(*parts)) as file:
        return file.read().strip()


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def wait_for(condition, limit_s):
    end = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.2)
    assert condition()


# The card ------------------------------------------------------------------------------------


def find_card():
    """The bochs card in a slot with a second function."""
    for path in sorted(glob.glob(f"{DEVICES}/*.0")):
        if (read(path, "vendor"), read(path, "device")) == ("0x1234", "0x1111") and \
                os.path.exists(path[:-1] + "1"):
            return os.path.basename(path)
    raise LookupError("there is no spare card")


def driver(address):
    try:
        return os.path.basename(os.readlink(f"{DEVICES}/{address}/driver"))
    except OSError:
        return None


def find_node():
    """Its /dev/dri/card… while its own driver has it."""
    return "/dev/dri/" + os.path.basename(glob.glob(f"{DEVICES}/{CARD}/drm/card*")[0])


def assert_home():
    assert driver(CARD) == "bochs-drm", driver(CARD)
    assert driver(SOUND) == "snd_hda_intel", driver(SOUND)
    assert read(DEVICES, CARD, "driver_override") == "(null)"
    assert glob.glob("/var/lib/oriel/handover/*") == [], glob.glob("/var/lib/oriel/handover/*")


def assert_bound():
    assert driver(CARD) == driver(SOUND) == "vfio-pci", (driver(CARD), driver(SOUND))


# Programs ------------------------------------------------------------------------------------


def oriel(*words, timeout=120):
    return subprocess.run([ORIEL, *words], capture_output=True, text=True, timeout=timeout,
                          env=ENVIRONMENT, stdin=subprocess.DEVNULL)


def gpu(verb, *words):
    return oriel("gpu", verb, *words)


def bind():
    """The console of an emulated computer shows a picture on each card: the address is typed."""
    return gpu("bind", CARD, "--confirm", CARD)


class Helper:
    """oriel-helper for as long as the block lasts; with a killer, it dies at the fsync() of the
    number kill_at."""

    def __init__(self, killer=None, kill_at=0):
        self.environment = dict(ENVIRONMENT)
        if killer:
            self.environment.update(LD_PRELOAD=killer, ORIEL_KILL_AT=str(kill_at))

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


class Libvirt:
    """libvirt's daemons for as long as the block lasts."""

    def __enter__(self):
        os.makedirs("/run/libvirt", exist_ok=True)
        write("/tmp/libvirtd.conf", LIBVIRT_CONFIG)
        self.daemons = [subprocess.Popen(words, stderr=subprocess.DEVNULL) for words in
                        (["virtlogd"], ["libvirtd", "-f", "/tmp/libvirtd.conf"])]
        wait_for(lambda: os.path.exists("/run/libvirt/libvirt-sock"), 120)
        return self

    def __exit__(self, *_):
        for daemon in reversed(self.daemons):
            daemon.terminate()
            daemon.wait(60)


# The script ----------------------------------------------------------------------------------


def run(tests):
    """Each of the functions as a case of TAP, on a system bus."""
    print(f"1..{len(tests)}", flush=True)
    write("/tmp/bus.conf", BUS_CONFIG)
    daemon = subprocess.Popen(["dbus-daemon", "--nofork", "--config-file=/tmp/bus.conf"],
                              stderr=subprocess.DEVNULL)
    for index, test in enumerate(tests):
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
