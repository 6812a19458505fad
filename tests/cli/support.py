#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`oriel support bundle` over a made-up system full of private things. usage: support.py ORIEL

Whatever is in SECRETS is planted, and must not be in the bundle in any form.
"""
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ElementTree

import tap

PROGRAM = sys.argv[1]

# kind -> values, each of them planted below.
SECRETS = {
    "IP address": ["192.168.178.23", "10.11.12.13", "fe80::5054:ff:fe12:3456",
                   "2001:db8:85a3::8a2e:370:7334"],
    "hardware address": ["52:54:00:ab:cd:ef", "3c-7c-3f-01-02-03", "a0b1c2d3e4f5",
                         "9c:b6:d0:11:22:33"],
    "UUID": ["c7a5fdbd-edaf-9455-926a-d65c16db1809", "4f68bce3e8cd4db196e7fbcaf984b709",
             "A1B2-C3D4"],
    "serial number": ["S3Z8NB0K123456", "PF2ABCDE", "WD-WX11D1234567", "0123456789ABCDEF01"],
    "host name": ["zaphods-tower", "fileserver.example.net", "attic.lan"],
    "user name": ["zaphod", "Beeblebrox", "tricia"],
    "home folder": ["/home/zaphod", "/data/people/tricia"],
    "Wi-Fi name": ["Heart of Gold", "MagratheaGuests"],
    "secret": ["hunter2hunter2", "correct horse battery", "s3cr3t&more", "sp1ce-pass,word",
               "glpat-abcdefghij0123456789", "eyJhbGciOi.eyJzdWIiOiIx.SflKxwRJSMeK",
               "VK7JG-NPHTM-C97JM-9MPGT-3V66T", "MIIEvQIBADANBgkqhkiG9w0BAQ",
               "$6$saltsalt$abcdefghijklmnop", "urlpassw0rd", "base64masterkey=="],
    "mail address": ["z.beeblebrox@galaxy.example"],
}

DEFINITION = """<domain type='kvm'>
  <name>zaphod-win11</name>
  <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
  <sysinfo type='smbios'><system><entry name='serial'>PF2ABCDE</entry>
    <entry name='manufacturer'>LENOVO</entry></system></sysinfo>
  <devices>
    <disk type='file' device='disk'><source file='/home/zaphod/vm/disk.qcow2'/>
      <serial>S3Z8NB0K123456</serial></disk>
    <disk type='block' device='disk'>
      <source dev='/dev/disk/by-id/ata-WDC_WD40EFRX-68N32N0_WD-WX11D1234567'/></disk>
    <disk type='network' device='disk'><auth username='tricia'>
        <secret type='iscsi' uuid='c7a5fdbd-edaf-9455-926a-d65c16db1809'/></auth>
      <source protocol='iscsi' name='x'><host name='fileserver.example.net' port='3260'/></source>
    </disk>
    <interface type='network'><mac address='52:54:00:ab:cd:ef'/></interface>
    <hostdev mode='subsystem' type='pci' managed='no'><source>
      <address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source></hostdev>
    <graphics type='spice' port='5900' listen='192.168.178.23' passwd='s3cr3t&amp;more'/>
    <graphics type='vnc' listen='127.0.0.1' passwd='hunter2hunter2'/>
  </devices>
</domain>
"""

QEMU_LOG = """2026-11-20 10:00:00.000+0000: starting up libvirt version: 9.0.0, qemu version: 7.2.22
LC_ALL=C HOME=/home/zaphod USER=zaphod /usr/bin/qemu-system-x86_64 -name guest=zaphod-win11 \\
-object '{"qom-type":"secret","id":"masterKey0","format":"base64","data":"base64masterkey=="}' \\
-spice port=5900,addr=192.168.178.23,password=sp1ce-pass,,word,disable-ticketing=off \\
-device '{"driver":"e1000e","mac":"52:54:00:ab:cd:ef","id":"net0"}' \\
-uuid c7a5fdbd-edaf-9455-926a-d65c16db1809 \\
-device ide-hd,serial=0123456789ABCDEF01,id=x -vnc 127.0.0.1:0
client connected from 10.11.12.13:51234 and [fe80::5054:ff:fe12:3456%eno1]:4 (vfio 0000:01:00.0)
disk S3Z8NB0K123456 answers; s3cr3t&more was tried once; Tricia logged in
"""

VIEWER_LOG = """oriel-view: info: connecting to qemu+ssh://tricia:urlpassw0rd@attic.lan/system
oriel-view: info: guest said: --password "correct horse battery" for user tricia
oriel-view: debug: Authorization: Bearer eyJhbGciOi.eyJzdWIiOiIx.SflKxwRJSMeK
oriel-view: info: mail of z.beeblebrox@galaxy.example, C:\\Users\\Zaphod Beeblebrox\\Desktop
oriel-view: info: product key VK7JG-NPHTM-C97JM-9MPGT-3V66T, seen at 2001:db8:85a3::8a2e:370:7334
oriel-view: info: 60 frames, version 1.2.3, at 12:34:56
"""

KERNEL_LOG = """Nov 20 09:00:00 zaphods-tower kernel: [    0.0] Linux version 6.1.0-18-amd64
Nov 20 09:00:01 zaphods-tower kernel: [    1.0] vfio-pci 0000:01:00.0: vgaarb: deactivate vga
Nov 20 09:00:02 zaphods-tower kernel: [    2.0] usb 1-1: SerialNumber: 0123456789ABCDEF01
Nov 20 09:00:03 zaphods-tower kernel: [    3.0] wlxa0b1c2d3e4f5: reset, drm
"""

FILES = {
    "etc/hostname": "zaphods-tower\n",
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"
                  "zaphod:x:1000:1000:Zaphod Beeblebrox,,,:/home/zaphod:/bin/bash\n"
                  "tricia:x:1001:1001::/data/people/tricia:/bin/bash\n",
    "etc/machine-id": "4f68bce3e8cd4db196e7fbcaf984b709\n",
    "etc/os-release": 'NAME=Debian\nPRETTY_NAME="Debian GNU/Linux 12"\n',
    "etc/default/grub": 'GRUB_CMDLINE_LINUX="resume=UUID=A1B2-C3D4 rd.luks.key=hunter2hunter2"\n',
    "etc/NetworkManager/system-connections/home.nmconnection":
        "[wifi]\nssid=Heart of Gold\n[wifi-security]\npsk=correct horse battery\n",
    "etc/libvirt/qemu.conf": 'vnc_password = "hunter2hunter2"\nspice_listen = "10.11.12.13"\n',
    "etc/libvirt/qemu/zaphod-win11.xml": DEFINITION,
    "etc/modprobe.d/vfio.conf": "# by zaphod on zaphods-tower\noptions vfio-pci ids=10de:2484\n",
    "proc/cmdline": "BOOT_IMAGE=/vmlinuz root=UUID=c7a5fdbd-edaf-9455-926a-d65c16db1809 quiet\n",
    "sys/class/dmi/id/product_serial": "PF2ABCDE\n",
    "var/lib/oriel/handover/0000:01:00.0.journal": "oriel handover 1\nstep override\n",
    "var/log/kern.log": KERNEL_LOG,
    "var/log/libvirt/qemu/zaphod-win11.log": QEMU_LOG,
    "home/zaphod/.config/oriel/view.ini":
        "[spice]\npassword = hunter2hunter2\ntoken = glpat-abcdefghij0123456789\n"
        "[net]\nessid = MagratheaGuests\nperm_addr = 3c-7c-3f-01-02-03\n",
    "home/zaphod/.local/state/oriel/log/zaphod-win11-viewer.log": VIEWER_LOG,
    "data/people/tricia/.local/state/oriel/log/other.log":
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n"
        "-----END RSA PRIVATE KEY-----\n"
        "hash $6$saltsalt$abcdefghijklmnop, peer 9c:b6:d0:11:22:33, Heart of Gold is near\n",
}


class System:
    """A made-up system; with holds the folder of it and of what is written."""

    def __enter__(self):
        self.top = tempfile.mkdtemp(prefix="oriel-support-")
        self.root = os.path.join(self.top, "root")
        self.output = os.path.join(self.top, "bundle.tar")
        for path, text in FILES.items():
            self.write(path, text.encode())
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def place(self, path):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        return full

    def write(self, path, data):
        with open(self.place(path), "wb") as file:
            file.write(data)

    def run(self, *arguments):
        return subprocess.run([PROGRAM, "support", "bundle", "--root", self.root, *arguments],
                              capture_output=True, timeout=120)

    def bundle(self):
        """What is inside: {name: text}."""
        done = self.run("--output", self.output)
        assert done.returncode == 0, done
        with tarfile.open(self.output) as tar:
            return {member.name: tar.extractfile(member).read().decode() for member in tar}


def forms(value):
    """How a value may be written."""
    written = {value, value.upper(), value.lower(), value.replace("&", "&amp;"),
               value.replace(",", ",,")}
    if re.fullmatch("([0-9a-f]{2}[:-]){5}[0-9a-f]{2}", value):
        written.add(re.sub("[:-]", "", value))
    return written


def nothing_private_is_inside():
    planted = "\n".join(FILES).lower() + "\n".join(FILES.values()).lower()
    with System() as system:
        done = system.run("--output", system.output)
        assert done.returncode == 0, done
        with open(system.output, "rb") as file:
            data = file.read().lower()
        for kind, values in SECRETS.items():
            for value in values:
                assert any(form.lower() in planted for form in forms(value)), value
                for form in forms(value):
                    at = data.find(form.lower().encode())
                    assert at < 0, f"{kind} {value}: {data[max(at - 80, 0):at + 80]}"
                    assert form.lower().encode() not in done.stdout.lower(), f"{value} is printed"


def what_helps_is_inside():
    with System() as system:
        inside = system.bundle()
        text = "\n".join(inside.values())
        for word in ("Debian GNU/Linux 12", "0000:01:00.0", "ids=10de:2484", "127.0.0.1",
                     "managed='no'", "vgaarb: deactivate vga",
                     "60 frames, version 1.2.3, at 12:34:56",
                     "qemu version: 7.2.22", "step override", "LENOVO",
                     "<name>[user-1]-win11</name>"):
            assert word in text, word
        checks = json.loads(inside["check.json"])["checks"]
        assert len(checks) == 55, len(checks)
        facts = json.loads(inside["facts.json"])
        assert facts["os"] == "Debian GNU/Linux 12" and "gpus" in facts and "iommu" in facts, facts
        definition, = [name for name in inside if name.startswith("vm/")]
        ElementTree.fromstring(inside[definition])


def the_same_value_has_the_same_number():
    with System() as system:
        inside = system.bundle()
        definition, = [text for name, text in inside.items() if name.startswith("vm/")]
        log, = [text for name, text in inside.items() if name.startswith("host/var/log/libvirt")]
        for pattern in (r"\[mac-\d+\]", r"\[ip-\d+\]", r"\[uuid-\d+\]", r"\[serial-\d+\]"):
            here, there = re.findall(pattern, definition), re.findall(pattern, log)
            assert set(here) & set(there), (pattern, here, there)
        assert definition.count("passwd='[secret-") == 2, definition


def the_list_tells_kinds_and_counts():
    with System() as system:
        inside = system.bundle()
        for kind, values in SECRETS.items():
            found = re.search(rf"^  {re.escape(kind)} +(\d+) different, in (\d+) places$",
                              inside["README.txt"], re.MULTILINE)
            assert found, (kind, inside["README.txt"])
            assert int(found[2]) >= int(found[1]) >= 1, found[0]
        for name in inside:
            assert name == "README.txt" or name in inside["README.txt"], name


def a_file_for_its_owner_never_overwritten():
    with System() as system:
        listed = system.run("--dry-run", "--output", system.output)
        assert listed.returncode == 0 and b"Nothing was written" in listed.stdout, listed
        assert b"check.json" in listed.stdout and not os.path.exists(system.output)
        done = system.run("--output", system.output)
        assert done.returncode == 0 and b"check.json" in done.stdout, done
        assert stat.S_IMODE(os.stat(system.output).st_mode) == 0o600
        with open(system.output, "rb") as file:
            before = file.read()
        done = system.run("--output", system.output)
        assert done.returncode == 4 and b"never overwritten" in done.stderr, done
        with open(system.output, "rb") as file:
            assert file.read() == before
        link = os.path.join(system.top, "link.tar")
        os.symlink(os.path.join(system.top, "target.tar"), link)
        assert system.run("--output", link).returncode == 4
        assert not os.path.exists(os.path.join(system.top, "target.tar"))
        done = system.run("--output", os.path.join(system.top, "no", "such", "folder.tar"))
        assert done.returncode == 1 and b"folder.tar" in done.stderr, done


def a_full_disk_leaves_nothing():
    if not os.path.exists("/dev/full"):
        return "there is no /dev/full"
    with System() as system:
        done = subprocess.run(
            ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh", PROGRAM, "support", "bundle", "--root",
             system.root, "--output", system.output],
            capture_output=True, timeout=120, preexec_fn=ignore_file_size)
        assert done.returncode == 1 and b"removed again" in done.stderr, done
        assert not os.path.exists(system.output)
    return None


def ignore_file_size():
    """Reaching the limit is an error then, and no signal."""
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def hostile_files():
    """Binary, huge, endless, links and pipes: bounded, named, and never followed."""
    state = "home/zaphod/.local/state/oriel/log/"
    with System() as system:
        system.write(state + "binary.log", b"ELF\0\1\2zaphod" * 1000)
        system.write(state + "huge.log", b"a line of a long log\n" * 1000000 +
                     b"password=hunter2hunter2\n")
        system.write(state + "one-line.log", b"x" * 300000 + b" password=hunter2hunter2 " +
                     b"y" * 100000)
        system.write(state + "latin.log", "grüße von zaphod\n".encode("latin-1"))
        system.write(state + "escape.log", b"\x1b]0;hunter2hunter2\x07 password=\x1b[1m" +
                     b"hunter2hunter2\n")
        system.write("outside", b"outside-the-tree\n")
        os.symlink(os.path.join(system.root, "outside"), system.place(state + "link.log"))
        os.mkfifo(system.place(state + "pipe.log"))
        for number in range(100):
            system.write(f"{state}../many-{number:03}.ini", b"[view]\n")
        inside = system.bundle()
        text = "\n".join(inside.values())
        listed = inside["README.txt"]
        for name, why in (("binary.log", "is not text"), ("link.log", "is a link"),
                          ("pipe.log", "is no regular file"), ("user/state", "more files")):
            assert re.search(rf"{name}.*{why}", listed), (name, listed)
        assert "outside-the-tree" not in text and "hunter2" not in text and "\x1b" not in text
        assert "zaphod" not in text.lower()
        assert os.path.getsize(system.output) < 4 << 20, os.path.getsize(system.output)


def this_machine():
    """Asked by libvirt's own mock driver, which has a machine called "test"."""
    with System() as system:
        done = subprocess.run(
            [PROGRAM, "support", "bundle", "--connect", "test:///default", "--output",
             system.output],
            capture_output=True, timeout=120, env={**os.environ, "HOME": system.top})
        if b"built without libvirt" in done.stdout:
            return "built without libvirt"
        assert done.returncode == 0, done
        with tarfile.open(system.output) as tar:
            names = tar.getnames()
            facts = json.load(tar.extractfile("facts.json"))
        assert "vm/test.xml" in names, names
        assert re.fullmatch(r"\d+\.\d+\.\d+", facts["libvirt"]), facts
        with open(system.output, "rb") as file:
            data = file.read()
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            assert file.read().strip().encode() not in data
    return None


TESTS = [nothing_private_is_inside, what_helps_is_inside, the_same_value_has_the_same_number,
         the_list_tells_kinds_and_counts, a_file_for_its_owner_never_overwritten,
         a_full_disk_leaves_nothing, hostile_files, this_machine]

tap.run(TESTS)
