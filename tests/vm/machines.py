# SPDX-License-Identifier: LGPL-2.1-or-later
"""The life of real machines by `oriel vm`: libvirt's embedded driver, QEMU in software.

usage: machines.py ORIEL DATA-FOLDER CACHE-FOLDER KILLER-LIBRARY life|changes|faults
"""

import difflib
import fcntl
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from xml.etree import ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bed import Bed, Report, Skip, want, why_not  # noqa: E402

SMALL = ("--os", "linux", "--virtualization", "qemu", "--memory", "512M", "--cpus", "1",
         "--disk", "16M", "--network", "none")


def state_of(bed, name):
    return bed.json("vm", "info", name)["state"]


def files_of(bed):
    """Everything that a machine could leave behind in the bed, without libvirt's own caches."""
    found = []
    for top in (os.path.join(bed.root, "images"), os.path.join(bed.folder, "state"),
                os.path.join(bed.folder, "run")):
        for folder, _, names in os.walk(top):
            found += [os.path.join(folder, name) for name in names]
    return sorted(found)


def journals(bed):
    folder = os.path.join(bed.folder, "state/oriel/journal")
    return os.listdir(folder) if os.path.isdir(folder) else []


def a_dry_run_makes_nothing(bed):
    code, out, err = bed.run("vm", "create", "dry", *SMALL, "--dry-run")
    want(code == 0, err)
    want("<name>dry</name>" in out and "would make the qcow2 disk" in out, out)
    want(files_of(bed) == [], files_of(bed))
    want(bed.json("vm", "list") == [], "a machine was made")


def create_and_look(bed):
    code, out, err = bed.run("vm", "create", "one", *SMALL, "--relay", "plain",
                             "--relay-name", bed.relay, "--title", "<b> & \"two\" 'q' \u20ac")
    want(code == 0, err)
    info = bed.json("vm", "info", "one")
    want(info["state"] == "shut off", info)
    want(info["title"] == "<b> & \"two\" 'q' \u20ac", info["title"])
    want(info["memory_bytes"] == 512 << 20 and info["cpus"] == 1, info)
    want(info["relay"] == "plain" and info["relay_bytes"] == 32 << 20, info)
    want(os.path.exists(info["disks"][0]), info["disks"])


def names_and_disks_are_never_taken_twice(bed):
    code, _, err = bed.run("vm", "create", "one", *SMALL)
    want(code == 4 and "'one'" in err, f"{code} {err}")
    disk = os.path.join(bed.folder, "precious.qcow2")
    with open(disk, "w") as file:
        file.write("precious")
    before = files_of(bed)
    code, _, err = bed.run("vm", "create", "two", *SMALL, "--disk-file", disk)
    want(code == 4 and disk in err and "never overwritten" in err, f"{code} {err}")
    want(open(disk).read() == "precious", "the file was overwritten")
    want(files_of(bed) == before, "something was left behind")
    want(len(bed.json("vm", "list")) == 1, "a machine was left behind")


def bad_values_are_named(bed):
    long = "x" * 10000
    cases = (
        (("../../evil",), "../../evil"), (("a/b",), "a/b"), (("x'><hostdev/>",), "x'><hostdev/>"),
        (("f\u00fcr",), "f\u00fcr"), ((long,), "10000 bytes"),
        (("ok", "--title", long), "10000 bytes"),
        (("ok", "--memory", "1M"), "'1M'"), (("ok", "--memory", "lots"), "'lots'"),
        (("ok", "--cpus", "0"), "'0'"), (("ok", "--disk-file", "../x"), "'../x'"),
        (("ok", "--disk-file", "/a/../b"), "'/a/../b'"), (("ok", "--gpu", "01:00.0"), "'01:00.0'"),
        (("ok", "--network", "bridge=a;b"), "'a;b'"),
        (("ok", "--evdev", "/etc/passwd"), "/etc/passwd"),
        (("ok", "--relay-size", "48M"), "'48M'"), (("ok", "--resolution", "1x1"), "'1x1'"),
        (("ok", "--video", "voodoo"), "'voodoo'"), (("ok", "--usb", "046d"), "'046d'"),
    )
    for arguments, word in cases:
        code, _, err = bed.run("vm", "create", *arguments, "--os", "linux")
        want(code == 2 and word in err, f"{arguments[0][:20]} {arguments[1:]}: {code} {err}")
    code, _, err = bed.run("vm", "create", "ok", "--os", "beos")
    want(code == 3 and "windows11" in err and "linux" in err, f"{code} {err}")
    code, _, err = bed.run("vm", "create", "ok", "--os", "windows11", "--memory", "1G")
    want(code == 2 and "4G" in err, f"{code} {err}")


def a_missing_machine_and_a_near_name(bed):
    for verb in ("info", "start", "pause", "resume", "reset", "reboot", "stop"):
        code, _, err = bed.run("vm", verb, "ane")
        want(code == 3 and "did you mean 'one'?" in err, f"{verb}: {code} {err}")


def what_makes_no_sense_now_is_refused(bed):
    for verb in ("pause", "resume", "reboot", "stop"):
        code, _, err = bed.run("vm", verb, "one")
        want(code == 4 and "shut off" in err and "oriel vm start" in err, f"{verb}: {code} {err}")


def start_pause_resume_and_a_picture(bed):
    code, out, err = bed.run("vm", "start", "one")
    want(code == 0 and "running" in out, err)
    memory = os.stat(os.path.join("/dev/shm", bed.relay))
    want(memory.st_size == 32 << 20 and stat.S_IMODE(memory.st_mode) == 0o660, memory)
    for arguments in (("delete", bed.relay), ("resize", bed.relay, "64M")):
        code, _, err = bed.run("shm", *arguments)
        want(code == 4 and "in use" in err, f"{arguments}: {code} {err}")
    want(os.path.samestat(memory, os.stat(os.path.join("/dev/shm", bed.relay))), "it was touched")
    code, _, err = bed.run("vm", "start", "one")
    want(code == 4 and "already" in err, f"{code} {err}")
    want(bed.run("vm", "pause", "one")[1] == "one: paused\n", "pause")
    want(state_of(bed, "one") == "paused", "paused")
    want(bed.run("vm", "resume", "one")[1] == "one: running\n", "resume")
    want(bed.run("vm", "reset", "one")[0] == 0, "reset")
    picture = os.path.join(bed.folder, "screen")
    code, _, err = bed.run("vm", "screenshot", "one", picture)
    want(code == 0 and os.path.getsize(picture) > 100, err)
    code, out, err = bed.run("vm", "screenshot", "one", picture)
    want(code == 4, f"a picture was overwritten: exit {code} {out} {err}")


def a_deaf_guest_is_never_forced(bed):
    # The firmware's shell reacts to the power button or not; a paused guest surely does not.
    code, _, err = bed.run("vm", "start", "--paused", "deaf")
    want(code == 0, err)
    want(state_of(bed, "deaf") == "paused", state_of(bed, "deaf"))
    code, _, err = bed.run("vm", "stop", "deaf", "--timeout", "1")
    want(code == 4 and "resume" in err, f"{code} {err}")
    want(bed.run("vm", "stop", "--force", "deaf")[1] == "deaf: shut off\n", "force")


def stop_takes_the_memory_away(bed):
    code, out, err = bed.run("vm", "stop", "--force", "one")
    want(code == 0 and "shut off" in out, err)
    want(not os.path.exists(os.path.join("/dev/shm", bed.relay)), "the memory is still there")


def stale_memory_is_dealt_with(bed):
    path = os.path.join("/dev/shm", bed.relay)
    with open(path, "wb") as file:
        file.truncate(4096)
    code, _, err = bed.run("vm", "start", "one")
    want(code == 4 and path in err and "oriel shm delete" in err, f"{code} {err}")
    want(os.path.getsize(path) == 4096 and state_of(bed, "one") == "shut off", "it was touched")
    want(bed.run("shm", "delete", bed.relay)[0] == 0 and not os.path.exists(path), "delete")


def edit_changes_once_and_keeps_the_old(bed):
    code, out, err = bed.run("vm", "edit", "one", "--memory", "768M", "--cpus", "2", "--dry-run")
    want(code == 0 and "-  <vcpu placement=\"static\">1</vcpu>" in out and "+" in out, out + err)
    want(bed.json("vm", "info", "one")["cpus"] == 1, "a dry run changed something")
    change = bed.json("vm", "edit", "one", "--memory", "768M", "--cpus", "2", "--relay", "none")
    want(change["changed"] and os.path.exists(change["backup"]), change)
    want("<vcpu placement=\"static\">1</vcpu>" in open(change["backup"]).read(), "backup")
    info = bed.json("vm", "info", "one")
    want(info["cpus"] == 2 and info["memory_bytes"] == 768 << 20, info)
    want(info["relay"] == "none", info)
    again = bed.json("vm", "edit", "one", "--memory", "768M", "--cpus", "2", "--relay", "none")
    want(not again["changed"] and again["diff"] == "", again)
    for _ in range(2):
        change = bed.json("vm", "edit", "one", "--relay", "plain", "--relay-name", bed.relay,
                          "--resolution", "2560x1440")
    want(not change["changed"], change)
    want(bed.json("vm", "info", "one")["relay_bytes"] == 64 << 20, "size from the resolution")


FOREIGN = """<domain type='qemu'>
  <name>foreign</name>
  <metadata><x:y xmlns:x='urn:someone-else'>kept &amp; safe</x:y></metadata>
  <memory unit='MiB'>256</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type><boot dev='hd'/></os>
  <features><acpi/></features>
  <devices>
    <watchdog model='i6300esb' action='poweroff'/>
    <vsock model='virtio'><cid auto='yes'/></vsock>
    <panic model='isa'/>
    <serial type='file'><source path='/dev/null'/></serial>
    <memballoon model='virtio'/>
  </devices>
</domain>
"""


def a_foreign_machine_keeps_what_oriel_does_not_know(bed):
    path = os.path.join(bed.folder, "foreign.xml")
    with open(path, "w") as file:
        file.write(FOREIGN)
    code, _, err = bed.virsh("define", path)
    want(code == 0, err)
    before = bed.virsh("dumpxml", "--inactive", "foreign")[1]
    bed.json("vm", "edit", "foreign", "--relay", "plain", "--relay-name", bed.relay)
    middle = bed.virsh("dumpxml", "--inactive", "foreign")[1]
    want("ivshmem-plain" in middle and "kept &amp; safe" in middle, middle)
    bed.json("vm", "edit", "foreign", "--relay", "none")
    after = bed.virsh("dumpxml", "--inactive", "foreign")[1]
    want(without_ours(after) == without_ours(before), "the definition did not come back whole")


# virt-install itself, with the event loop that libvirt wants where it lives in the process.
IN_PROCESS = """
import libvirt, runpy, sys
libvirt.virEventRegisterDefaultImpl()
sys.argv[0] = "virt-install"
runpy.run_path("/usr/bin/virt-install", run_name="__main__")
"""


def a_machine_of_virt_install_survives_edits(bed):
    if not os.path.exists("/usr/bin/virt-install"):
        raise Skip("virt-install is not installed")
    made = subprocess.run(
        ["/usr/bin/python3", "-c", IN_PROCESS, "--connect", bed.uri, "--print-xml", "1",
         "--name", "theirs", "--virt-type", "qemu", "--memory", "512",
         "--vcpus", "2,sockets=1,cores=2", "--disk", "none", "--import",
         "--osinfo", "detect=off,name=generic", "--network", "user", "--graphics", "spice",
         "--video", "qxl", "--boot", "uefi", "--watchdog", "i6300esb,action=poweroff", "--rng",
         "/dev/urandom", "--redirdev", "usb,type=spicevmc", "--metadata",
         "title=Theirs,description=<kept & safe>"],
        capture_output=True, text=True, timeout=60)
    want(made.returncode == 0 and "<domain" in made.stdout, made.stderr)
    path = os.path.join(bed.folder, "theirs.xml")
    with open(path, "w") as file:
        file.write(made.stdout)
    code, _, err = bed.virsh("define", path)
    want(code == 0, err)
    before = bed.virsh("dumpxml", "--inactive", "theirs")[1]
    bed.json("vm", "edit", "theirs", "--relay", "plain", "--relay-name", bed.relay,
             "--memory", "1G", "--cpus", "4")
    middle = bed.virsh("dumpxml", "--inactive", "theirs")[1]
    want("ivshmem-plain" in middle and "i6300esb" in middle, middle)
    bed.json("vm", "edit", "theirs", "--relay", "none", "--memory", "512M", "--cpus", "2")
    after = bed.virsh("dumpxml", "--inactive", "theirs")[1]
    want(without_ours(after) == without_ours(before),
         "\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="")))
    want(bed.virsh("undefine", "--nvram", "theirs")[0] == 0, "undefine")


def without_ours(text):
    """A definition without Oriel's own element, its white space made even."""
    root = ElementTree.fromstring(text)
    for metadata in root.findall("metadata"):
        for own in metadata.findall("{urn:oriel:vm:1}vm"):
            metadata.remove(own)
        if not len(metadata):
            root.remove(metadata)
    return ElementTree.canonicalize(ElementTree.tostring(root), strip_text=True)


def clone_and_delete(bed):
    code, out, err = bed.run("vm", "clone", "one", "copy")
    want(code == 0, err)
    one, copy = bed.json("vm", "info", "one"), bed.json("vm", "info", "copy")
    want(copy["uuid"] != one["uuid"] and copy["disks"] != one["disks"], copy)
    want(copy["relay_name"] == "looking-glass-copy", copy)
    want(bed.run("vm", "clone", "one", "copy")[0] == 4, "cloned over a machine")
    want(bed.run("vm", "delete", "copy")[0] == 4, "deleted without --yes and without a terminal")
    done = bed.json("vm", "delete", "copy", "--yes")
    want(done["removed"] == [] and copy["disks"][0] in done["kept"][0], done)
    want(os.path.exists(copy["disks"][0]), "a disk went without being asked for")
    os.unlink(copy["disks"][0])
    want(len(bed.json("vm", "list")) == 3, bed.json("vm", "list"))


SLOW_COPY = """#!/bin/sh
[ "$1" = convert ] || exec {real} "$@"
for last; do :; done
echo half >"$last"
echo "    (50.00/100%)"
exec sleep 60
"""


def an_interrupted_clone_leaves_nothing(bed):
    folder = os.path.join(bed.folder, "bin")
    os.mkdir(folder)
    with open(os.path.join(folder, "qemu-img"), "w") as script:
        script.write(SLOW_COPY.format(real=shutil.which("qemu-img")))
        os.chmod(script.fileno(), 0o755)
    before = (files_of(bed), bed.json("vm", "list"))
    oriel = subprocess.Popen(
        [bed.program, "vm", "clone", "one", "copy"], stderr=subprocess.PIPE, text=True,
        env=dict(bed.env, PATH=folder + ":" + os.environ["PATH"]))
    end = time.monotonic() + 20
    while not any(name.endswith(".part") for name in files_of(bed)) and time.monotonic() < end:
        time.sleep(0.05)
    # To this one alone; a terminal would tell the copying program as well.
    oriel.send_signal(signal.SIGINT)
    _, err = oriel.communicate(timeout=20)
    want(oriel.returncode == 1 and "nothing was kept" in err, f"{oriel.returncode} {err}")
    now = (files_of(bed), bed.json("vm", "list"))
    want(now == before, f"left behind: {now} instead of {before}")


def disks_others_need_stay(bed):
    disk = bed.json("vm", "info", "one")["disks"][0]
    over = os.path.join(bed.folder, "over.qcow2")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", disk, "-F", "qcow2", over],
                   check=True)
    path = os.path.join(bed.folder, "user.xml")
    with open(path, "w") as file:
        file.write(FOREIGN.replace("foreign", "user").replace("<devices>", f"""<devices>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{over}'/>
      <target dev='vda' bus='virtio'/></disk>"""))
    code, _, err = bed.virsh("define", path)
    want(code == 0, err)
    done = bed.json("vm", "delete", "one", "--yes", "--storage")
    want(done["removed"] == [] and "needed by 'user'" in done["kept"][0], done)
    want(os.path.exists(disk), "a backing file was removed")
    done = bed.json("vm", "delete", "user", "--yes", "--storage")
    want(done["removed"] == [] and "not made by Oriel" in done["kept"][0], done)


def snapshots_where_they_can_be_had(bed):
    code, _, err = bed.run("vm", "snapshot", "take", "deaf", "first")
    want(code == 4 and "UEFI" in err, f"{code} {err}")
    want(bed.run("vm", "create", "old", *SMALL, "--firmware", "bios")[0] == 0, "create")
    code, _, err = bed.run("vm", "snapshot", "take", "old", "first")
    want(code == 0, err)
    want(bed.json("vm", "snapshot", "list", "old")["snapshots"] == ["first"], "list")
    want(bed.json("vm", "snapshot", "revert", "old", "first")["snapshot"] == "first", "revert")
    want(bed.run("vm", "snapshot", "revert", "old", "second")[0] == 3, "no such snapshot")
    want(bed.run("vm", "snapshot", "delete", "old", "first")[0] == 0, "delete")
    want(bed.json("vm", "snapshot", "list", "old")["snapshots"] == [], "list")
    done = bed.json("vm", "delete", "old", "--yes", "--storage")
    want(len(done["removed"]) == 1 and not os.path.exists(done["removed"][0]), done)


USB = {
    "usb1": {"idVendor": "1d6b", "idProduct": "0002", "bDeviceClass": "09", "busnum": "1",
             "devnum": "1"},
    "1-2": {"idVendor": "046d", "idProduct": "c52b", "bDeviceClass": "00", "busnum": "1",
            "devnum": "4", "speed": "12", "manufacturer": "Some\nMaker", "product": "Receiver"},
    "1-2:1.0": {"bInterfaceClass": "03"},
    "1-3": {"idVendor": "0951", "idProduct": "1666", "bDeviceClass": "00", "busnum": "1",
            "devnum": "5", "speed": "5000", "product": "Stick"},
    "1-3:1.0": {"bInterfaceClass": "08"},
    "1-4": {"idVendor": "0951", "idProduct": "1666", "bDeviceClass": "00", "busnum": "1",
            "devnum": "12", "speed": "480"},
}


def usb_devices_are_listed_and_plugged(bed):
    for name, files in USB.items():
        folder = os.path.join(bed.folder, "usb/sys/bus/usb/devices", name)
        os.makedirs(folder)
        for file, text in files.items():
            with open(os.path.join(folder, file), "w") as written:
                written.write(text + "\n")
    root = ("--root", os.path.join(bed.folder, "usb"))
    found = bed.json("usb", "list", *root)
    want([(d["id"], d["place"], d["kind"], d["speed_mbps"]) for d in found] ==
         [("046d:c52b", "1-4", "keyboard or mouse", 12), ("0951:1666", "1-5", "storage", 5000),
          ("0951:1666", "1-12", "other", 480)], found)
    want(found[0]["name"] == "Some Maker Receiver", found)
    code, out, err = bed.run("usb", "rules", "046d:c52b", *root)
    want(code == 0 and out.count("uaccess") == 1 and 'ATTR{idVendor}=="046d"' in out, out + err)
    code, _, err = bed.run("usb", "attach", "deaf", "0951:1666", *root)
    want(code == 4 and "1-5, 1-12" in err, f"{code} {err}")
    code, _, err = bed.run("usb", "attach", "deaf", "1234:5678", *root)
    want(code == 3 and "oriel usb list" in err, f"{code} {err}")
    code, _, err = bed.run("usb", "attach", "deaf", "0951:1666,1-5", *root)
    want(code == 2, f"{code} {err}")
    for device, part in (("046d:c52b", "<vendor id='0x046d'/>"), ("1-12", "device='12'")):
        code, _, err = bed.run("usb", "attach", "deaf", device, *root)
        want(code == 0 and part in bed.virsh("dumpxml", "deaf")[1], f"{code} {err}")
        want(bed.run("usb", "attach", "deaf", device, *root)[0] == 4, "plugged twice")
        done = bed.json("usb", "detach", "deaf", device, *root)
        want(done["done"] == "detached" and part not in bed.virsh("dumpxml", "deaf")[1], done)
        want(bed.run("usb", "detach", "deaf", device, *root)[0] == 3, "taken out twice")


def profiles_are_shown_and_applied(bed):
    want("gaming" in bed.json("profile", "list"), "list")
    for name, resolution, jit, vsync, raw, latency in (
            ("gaming", "1920x1080", "yes", "no", "yes", "10"),
            ("productivity", "2560x1440", "yes", "yes", "no", "20"),
            ("streaming", "1920x1080", "yes", "yes", "yes", "15"),
            ("custom", "1920x1080", "no", "yes", "yes", "13")):
        shown = bed.json("profile", "show", name)
        want(shown["vm"]["resolution"] == resolution and shown["viewer"] == {
            "jit-render": jit, "vsync": vsync, "raw-mouse": raw, "audio-latency-ms": latency},
             f"{name}: {shown}")
    change = bed.json("profile", "apply", "productivity", "deaf")
    want(change["changed"] and bed.json("vm", "info", "deaf")["profile"] == "productivity", change)
    want(not bed.json("profile", "apply", "productivity", "deaf")["changed"], "applied twice")
    code, _, err = bed.run("profile", "apply", "productivity", "deef")
    want(code == 3 and "did you mean 'deaf'?" in err, f"{code} {err}")
    code, _, err = bed.run("profile", "apply", "fast", "deaf")
    want(code == 3 and "gaming" in err, f"{code} {err}")


def what_is_done_is_told_as_json(bed):
    want(bed.json("vm", "autostart", "deaf", "on") == {"autostart": "on", "done": True}, "on")
    want(bed.json("vm", "info", "deaf")["autostart"], "autostart is off")
    want(bed.json("vm", "autostart", "deaf", "off")["autostart"] == "off", "off")
    want(not bed.json("vm", "info", "deaf")["autostart"], "autostart is on")
    name = bed.relay + "-json"
    bed.made.append(name)
    want(bed.json("shm", "create", name, "32M") == {"name": name, "size_bytes": 32 << 20}, "make")
    want(bed.json("shm", "resize", name, "64M")["size_bytes"] == 64 << 20, "resize")
    want(bed.json("shm", "delete", name)["name"] == name, "delete")
    want(bed.json("shm", "size", "3840x2160")["size_bytes"] == 128 << 20, "size")


def evdev_and_kvmfr_are_put_in_or_refused(bed):
    path = "/dev/input/by-id/usb-Some_Keyboard-event-kbd"
    before = bed.virsh("dumpxml", "--inactive", "deaf")[1]
    bed.json("vm", "edit", "deaf", "--evdev", path)
    text = bed.virsh("dumpxml", "--inactive", "deaf")[1]
    want("<input type='evdev'>" in text and f"dev='{path}'" in text, text)
    bed.json("vm", "edit", "deaf", "--evdev", "none")
    want(without_ours(bed.virsh("dumpxml", "--inactive", "deaf")[1]) == without_ours(before),
         "evdev did not go")
    if os.path.exists("/dev/kvmfr0"):
        raise Skip("this computer has a kvmfr device")
    code, _, err = bed.run("vm", "edit", "deaf", "--relay", "kvmfr")
    want(code == 3 and "modprobe kvmfr" in err, f"{code} {err}")
    want(bed.virsh("dumpxml", "--inactive", "deaf")[1] == before, "it was changed all the same")


def looking_glass_words_do_the_same(bed):
    change = bed.json("looking-glass", "setup", "deaf", "--framebuffer", "64")
    info = bed.json("vm", "info", "deaf")
    want(change["changed"] and info["relay"] == "plain" and info["relay_bytes"] == 64 << 20, info)
    bed.made.append(info["relay_name"])
    code, out, err = bed.run("looking-glass", "configure", "deaf", "--resolution", "3840x2160",
                             "--framebuffer-size", "128", "--vsync", "on")
    want(code == 0 and bed.json("vm", "info", "deaf")["relay_bytes"] == 128 << 20, out + err)
    settings = os.path.join(bed.folder, "config/oriel/vm/deaf.ini")
    want("[picture]\nswap=vsync\n" in open(settings).read(), open(settings).read())
    for arguments, word in ((("--vsync", "maybe"), "on or off"), (("--resolution", "1x1"), "'1x1'"),
                            (("--framebuffer-size", "48"), "'48M'")):
        code, _, err = bed.run("looking-glass", "configure", "deaf", *arguments)
        want(code == 2 and word in err, f"{arguments}: {code} {err}")
    made = bed.json("looking-glass", "shmem", "setup", "--name", bed.relay, "--size", "32")
    want(made["made"] and os.path.getsize(made["path"]) == 32 << 20, made)
    code, out, _ = bed.run("looking-glass", "shmem", "setup", "--name", bed.relay, "--size", "32")
    want(code == 0 and "was there already" in out and f"f {made['path']} 0660" in out, out)
    want(bed.run("shm", "delete", bed.relay)[0] == 0, "delete")
    want(len(bed.json("looking-glass", "windows-driver-setup")) > 3, "steps")
    code, out, err = bed.run("looking-glass", "check", "--json")
    ids = [check["id"] for check in json.loads(out)["checks"]]
    want(code in (0, 1) and ids == ["iommu.groups", "kvm.node", "libvirt.conn", "shm.file",
                                    "kvmfr.node"], f"{code} {out} {err}")


FAKE_CLIENT = """#!/bin/sh
printf '%s\\n' "$@"
"""


def a_stock_client_gets_the_words_of_its_release(bed):
    info = bed.json("vm", "info", "deaf")
    program = os.path.join(bed.folder, "looking-glass-client")
    with open(program, "w") as script:
        script.write(FAKE_CLIENT)
        os.chmod(script.fileno(), 0o755)
    search = {"PATH": bed.folder + ":" + os.environ["PATH"]}
    code, out, err = bed.run("looking-glass", "client", "deaf", "--stock", env=search)
    want(code == 0 and out.split("\n")[:3] == [
        "app:shmFile=" + info["relay_path"], "win:title=deaf", "spice:enable=no"], out + err)
    words = bed.json("looking-glass", "client", "deaf", "--stock", "--release", "B8", "--dry-run",
                     "--program", program, "--escape-key", "KEY_RIGHTCTRL")
    want(words[0] == program and words[1] == "lgmp:shmDevice=" + info["relay_path"] and
         words[-1] == "input:escapeKey=KEY_RIGHTCTRL", words)
    drawing = ["win:size=1920x1080", "win:jitRender=yes", "egl:vsync=no", "opengl:vsync=no",
               "egl:doubleBuffer=no", "input:rawMouse=yes"]
    for release, sound in (("B7", ["audio:bufferLatency=10"]), ("B8", [])):
        words = bed.json("looking-glass", "client", "deaf", "--stock", "--release", release,
                         "--program", program, "--profile", "gaming", "--fullscreen", "--dry-run")
        want(words[4:] == drawing + sound + ["win:fullScreen=yes"], words)
    path = os.path.join(bed.folder, "client.ini")
    code, out, err = bed.run("looking-glass", "client", "deaf", "--stock", "--profile",
                             "productivity", "--ini", path, env=search)
    want(code == 0 and out == f"app:configFile={path}\n", out + err)
    with open(path, encoding="utf-8") as file:
        want(file.read() == f"""[app]
shmFile={info["relay_path"]}
[win]
title=deaf
size=2560x1440
jitRender=yes
[spice]
enable=no
[egl]
vsync=yes
doubleBuffer=yes
[opengl]
vsync=yes
[input]
rawMouse=no
[audio]
bufferLatency=20
""", "client.ini")
    code, _, err = bed.run("looking-glass", "client", "deaf", "--stock", "--profile", "slow",
                           env=search)
    want(code == 3 and "gaming" in err, f"{code} {err}")
    want(bed.run("vm", "start", "--paused", "deaf")[0] == 0, "start")
    words = bed.json("looking-glass", "client", "deaf", "--stock", "--dry-run", "--program",
                     program)
    bed.run("vm", "stop", "--force", "deaf")
    [host] = [word for word in words if word.startswith("spice:host=/")]
    want(host.endswith(".sock") and "spice:port=0" in words and "spice:enable=yes" in words, words)
    code, _, err = bed.run("looking-glass", "client", "deaf", "--stock", "--release", "B1")
    want(code == 2 and "B7" in err, f"{code} {err}")
    code, _, err = bed.run("looking-glass", "client", "deaf", "--release", "B7")
    want(code == 2 and "--stock" in err, f"{code} {err}")
    bed.json("vm", "edit", "deaf", "--relay", "doorbell")
    code, _, err = bed.run("looking-glass", "client", "deaf", "--stock", env=search)
    want(code == 4 and "--relay plain" in err, f"{code} {err}")
    bed.json("vm", "edit", "deaf", "--relay", "none")


def receive(client):
    """One message of the doorbell server: its number, and the descriptor beside it or None."""
    data, fds, _, _ = socket.recv_fds(client, 8, 1)
    return int.from_bytes(data, "little", signed=True), fds[0] if fds else None


def join_and_leave(path):
    """The id that one more client was given."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(path)
        receive(client)
        own_id, _ = receive(client)
        while receive(client)[0] != own_id:
            pass
        return own_id


def the_doorbell_server_shares_memory_with_qemu(bed):
    code, _, err = bed.run("vm", "create", "bell", *SMALL, "--relay", "doorbell",
                           "--relay-size", "32M")
    want(code == 0, err)
    code, _, err = bed.run("vm", "start", "--paused", "bell")
    want(code == 0, err)
    path = os.path.join(bed.folder, "run/oriel/looking-glass-bell.ivshmem")
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(path)
        want(receive(client) == (0, None), "version")
        own_id, nothing = receive(client)
        want(own_id >= 2 and nothing is None, "our id, after QEMU's and that of who looked")
        number, memory = receive(client)
        want(number == -1 and os.fstat(memory).st_size == 32 << 20, "the memory")
        seals = fcntl.fcntl(memory, fcntl.F_GET_SEALS)
        want(seals == fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL, seals)
        number, event = receive(client)
        want(number == 1 and event is not None, "QEMU's bell")
        number, own = receive(client)
        want(number == own_id and own is not None, "our bell")
        # What we write is what QEMU has as the device's memory.
        os.pwrite(memory, b"hello from the viewer", 4096)
        want(b"hello from the viewer" in read_device(bed), "QEMU does not see the memory")
        ids = [join_and_leave(path) for _ in range(30)]
        # QEMU dies of an id that is given twice.
        want(ids == list(range(own_id + 1, own_id + 31)), f"ids: {ids}")
        for gone in ids:
            want(receive(client)[0] == gone and receive(client) == (gone, None), "a guest's news")
        want(b"hello from the viewer" in read_device(bed), "QEMU took harm")
        bed.run("vm", "stop", "--force", "bell")
        want(receive(client) == (1, None), "QEMU left")
    for _ in range(100):
        if not os.path.exists(path):
            break
        time.sleep(0.05)
    want(not os.path.exists(path), "the server outlived its last peer")
    want(bed.run("vm", "delete", "bell", "--yes", "--storage")[0] == 0, "delete")


def a_doorbell_server_in_use_keeps_its_size(bed):
    want(bed.run("vm", "create", "bell", *SMALL, "--relay", "doorbell", "--relay-size",
                 "32M")[0] == 0, "create")
    path = bed.json("vm", "info", "bell")["relay_path"]
    server = subprocess.Popen([bed.program, "shm", "serve", path, "64M"], env=bed.env,
                              stdout=subprocess.PIPE)
    want(server.stdout.read(1) == b"r", "the server did not start")
    server.stdout.close()
    with socket.socket(socket.AF_UNIX) as viewer:
        viewer.connect(path)
        code, _, err = bed.run("vm", "start", "bell")
        want(code == 4 and "64M and not 32M" in err and "close" in err, f"{code} {err}")
        want(state_of(bed, "bell") == "shut off" and journals(bed) == [], "left behind")
        want(server.poll() is None, "the viewer's server was ended")
    want(server.wait(timeout=20) == 0 and not os.path.exists(path), "the server outlived it")
    # One of the right size is taken as it is.
    server = subprocess.Popen([bed.program, "shm", "serve", path, "32M"], env=bed.env,
                              stdout=subprocess.PIPE)
    want(server.stdout.read(1) == b"r", "the server did not start")
    server.stdout.close()
    code, _, err = bed.run("vm", "start", "--paused", "bell")
    want(code == 0 and server.poll() is None, err)
    want(bed.run("vm", "stop", "--force", "bell")[0] == 0, "stop")
    want(server.wait(timeout=20) == 0 and not os.path.exists(path), "the server outlived QEMU")


def qemu_of(bed, name):
    """The process that runs the machine, once it is QEMU; 0 before."""
    pids = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and is_qemu(pid, bed, name)]
    return pids[0] if pids else 0


def a_start_that_hangs_and_is_killed_is_taken_back(bed):
    """QEMU does not answer; the start is killed; the next command has to stop that QEMU."""
    oriel = subprocess.Popen([bed.program, "vm", "start", "bell"], env=bed.env)
    end = time.monotonic() + 20
    while not qemu_of(bed, "bell") and time.monotonic() < end:
        time.sleep(0.005)
    pid = qemu_of(bed, "bell")
    os.kill(pid, signal.SIGSTOP)
    oriel.kill()
    oriel.wait(timeout=20)
    for _ in range(2):
        code, out, err = bed.run("vm", "list")
        want(code == 0, f"exit {code} {out} {err}")
    want(state_of(bed, "bell") == "shut off", state_of(bed, "bell"))
    want(journals(bed) == [], f"left behind: {journals(bed)}")
    want(not os.path.exists(f"/proc/{pid}"), "QEMU was left behind")
    want(bed.run("vm", "delete", "bell", "--yes", "--storage")[0] == 0, "delete")


def one_after_the_other(bed):
    """Two commands at once share the directory, which libvirt lets only one process have."""
    running = [subprocess.Popen([bed.program, "vm", "list"], env=bed.env, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
               for _ in range(6)]
    for oriel in running:
        out, err = oriel.communicate(timeout=60)
        want(oriel.returncode == 0 and out.startswith("NAME"), f"{oriel.returncode} {err}")


def read_device(bed):
    """What QEMU has mapped as the ivshmem device's memory."""
    pid = qemu_of(bed, "bell")
    for line in open(f"/proc/{pid}/maps"):
        if "oriel-relay" in line:
            start = int(line.split("-")[0], 16)
            with open(f"/proc/{pid}/mem", "rb") as mapped:
                mapped.seek(start + 4096)
                return mapped.read(64)
    return b""


def is_qemu(pid, bed, name):
    try:
        command = open(f"/proc/{pid}/cmdline").read()
    except OSError:
        return False
    return "qemu-system" in command.split("\0")[0] and f"guest={name}," in command and \
        bed.root in command


DIES = ("before link", "after link", "before virDomainDefineXMLFlags",
        "after virDomainDefineXMLFlags", "before fdatasync 1", "after fdatasync 1",
        "before fdatasync 2", "after fdatasync 2", "before fdatasync 3", "after fdatasync 3",
        "before unlink 1", "after unlink 1")


def killed_anywhere_in_create(bed):
    before = (files_of(bed), bed.json("vm", "list"))
    for when in DIES:
        code, _, _ = bed.run("vm", "create", "victim", *SMALL,
                             env={"LD_PRELOAD": bed.killer, "DIE": when})
        want(code == -9, f"{when}: it was not killed but ended with {code}")
        bed.run("vm", "list")
        now = (files_of(bed), bed.json("vm", "list"))
        want(now == before, f"{when}: left behind: {now} instead of {before}")


def killed_anywhere_in_start(bed):
    want(bed.run("vm", "create", "victim", *SMALL, "--relay", "plain", "--relay-name",
                 bed.relay)[0] == 0, "create")
    path = os.path.join("/dev/shm", bed.relay)
    for when in ("before fdatasync 1", "after fdatasync 1", "before fdatasync 2",
                 "after fdatasync 2", "before virDomainCreateWithFlags",
                 "after virDomainCreateWithFlags"):
        code, _, _ = bed.run("vm", "start", "victim",
                             env={"LD_PRELOAD": bed.killer, "DIE": when})
        want(code == -9, f"{when}: it was not killed but ended with {code}")
        bed.run("vm", "list")
        want(journals(bed) == [], f"{when}: {journals(bed)}")
        want(state_of(bed, "victim") == "shut off", f"{when}: {state_of(bed, 'victim')}")
        want(not os.path.exists(path), f"{when}: shared memory was left behind")
    # With the last note the machine is up: it stays, and its end clears everything away.
    for when in ("before fdatasync 3", "after fdatasync 3"):
        code, _, _ = bed.run("vm", "start", "victim",
                             env={"LD_PRELOAD": bed.killer, "DIE": when})
        want(code == -9, f"{when}: it was not killed but ended with {code}")
        want(state_of(bed, "victim") == "running" and os.path.exists(path), "it was taken back")
        want(bed.run("vm", "stop", "--force", "victim")[0] == 0, "stop")
        want(not os.path.exists(path) and journals(bed) == [], "left behind after its end")
    want(bed.run("vm", "delete", "victim", "--yes", "--storage")[0] == 0, "delete")


def make_deaf(bed):
    """One more machine, for the cases after this."""
    want(bed.run("vm", "create", "deaf", *SMALL)[0] == 0, "create")


PARTS = {
    "life": (
        a_dry_run_makes_nothing, create_and_look, names_and_disks_are_never_taken_twice,
        bad_values_are_named, a_missing_machine_and_a_near_name,
        what_makes_no_sense_now_is_refused, start_pause_resume_and_a_picture,
        stop_takes_the_memory_away, stale_memory_is_dealt_with, make_deaf,
        a_deaf_guest_is_never_forced, edit_changes_once_and_keeps_the_old,
        a_foreign_machine_keeps_what_oriel_does_not_know, an_interrupted_clone_leaves_nothing,
        clone_and_delete, disks_others_need_stay),
    "changes": (
        make_deaf, usb_devices_are_listed_and_plugged, profiles_are_shown_and_applied,
        what_is_done_is_told_as_json, evdev_and_kvmfr_are_put_in_or_refused,
        looking_glass_words_do_the_same, a_stock_client_gets_the_words_of_its_release,
        a_machine_of_virt_install_survives_edits, snapshots_where_they_can_be_had),
    "faults": (
        the_doorbell_server_shares_memory_with_qemu, a_doorbell_server_in_use_keeps_its_size,
        a_start_that_hangs_and_is_killed_is_taken_back, one_after_the_other,
        killed_anywhere_in_create, killed_anywhere_in_start),
}


def main():
    program, data, cache, killer, part = sys.argv[1:]
    reason = why_not()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return
    bed = Bed(program, data, cache)
    bed.relay = "oriel-" + os.path.basename(bed.folder)
    bed.made.append(bed.relay)
    bed.killer = killer
    report = Report()
    for case in PARTS[part]:
        report.case(case, bed)
    report.end()


main()
