# SPDX-License-Identifier: LGPL-2.1-or-later
"""A libvirt of our own for tests of `oriel vm`: the embedded QEMU driver below a fresh folder."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

CONFIG = """stdio_handler = "file"
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
cgroup_controllers = [ ]
namespaces = [ ]
security_driver = "none"
swtpm_user = "root"
swtpm_group = "root"
"""


class Bed:
    """program: oriel; data: the folder with templates; cache: where libvirt's probes are kept."""

    def __init__(self, program, data, cache):
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="oriel-vm-", dir="/tmp")
        self.root = os.path.join(self.folder, "r")
        self.shm = os.path.join(self.folder, "shm")
        self.cache = cache
        for path in ("r/etc", "r/cache", "run", "state", "config", "shm"):
            os.makedirs(os.path.join(self.folder, path))
        with open(os.path.join(self.root, "etc/qemu.conf"), "w") as config:
            config.write(CONFIG)
        os.makedirs(cache, exist_ok=True)
        shutil.copytree(cache, os.path.join(self.root, "cache/qemu"))
        self.uri = "qemu:///embed?root=" + self.root
        self.env = dict(
            os.environ,
            ORIEL_CONNECT=self.uri,
            ORIEL_DATA_DIR=data,
            XDG_STATE_HOME=os.path.join(self.folder, "state"),
            XDG_RUNTIME_DIR=os.path.join(self.folder, "run"),
            XDG_CONFIG_HOME=os.path.join(self.folder, "config"),
        )
        self.made = []  # names below /dev/shm
        atexit.register(self.close)

    def run(self, *arguments, timeout=60, env=None):
        """(exit code, standard output, standard error) of `oriel …`."""
        done = subprocess.run(
            [self.program, *arguments],
            env=dict(self.env, **(env or {})),
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        return done.returncode, done.stdout, done.stderr

    def json(self, *arguments):
        code, out, err = self.run(*arguments, "--json")
        if code:
            raise AssertionError(f"{arguments}: exit {code}: {err}")
        return json.loads(out)

    def virsh(self, *arguments):
        done = subprocess.run(
            ["virsh", "-c", self.uri, *arguments], capture_output=True, text=True, timeout=60
        )
        return done.returncode, done.stdout, done.stderr

    def close(self):
        for name in [m["name"] for m in self.json("vm", "list")]:
            self.run("vm", "stop", "--force", name)
        kept = os.path.join(self.root, "cache/qemu/capabilities")
        if os.path.isdir(kept):
            shutil.copytree(kept, os.path.join(self.cache, "capabilities"), dirs_exist_ok=True)
        for name in self.made:
            path = os.path.join("/dev/shm", name)
            if os.path.exists(path):
                os.unlink(path)
        shutil.rmtree(self.folder, ignore_errors=True)


class Skip(Exception):
    """A case that lacks something on this computer; the text says what."""


class Report:
    """Test cases as TAP; a case is a function whose first line of text is its name."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def case(self, function, *arguments):
        self.count += 1
        name = function.__name__.replace("_", " ")
        try:
            function(*arguments)
            print(f"ok {self.count} - {name}", flush=True)
        except Skip as reason:
            print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)
        except Exception as reason:  # the report goes on
            self.failed += 1
            print(f"not ok {self.count} - {name}", flush=True)
            for line in f"{type(reason).__name__}: {reason}".splitlines():
                print(f"# {line}", flush=True)

    def end(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


def why_not():
    """What this computer lacks for real machines, or None."""
    for program in ("qemu-system-x86_64", "qemu-img", "virsh", "swtpm_setup"):
        if not shutil.which(program):
            return f"{program} is not installed"
    if os.geteuid() != 0:
        return "libvirt's embedded driver needs root here"
    return None


def want(condition, text):
    if not condition:
        raise AssertionError(text)


def put_kernel(root, kernel, initramfs, log, words="console=ttyS0 quiet loglevel=3"):
    """Into a definition: our kernel, and a file for what the guest says."""
    system = root.find("os")
    for boot in system.findall("boot"):
        system.remove(boot)
    for tag, text in (("kernel", kernel), ("initrd", initramfs), ("cmdline", words)):
        ElementTree.SubElement(system, tag).text = text
    devices = root.find("devices")
    for kind in ("serial", "console"):
        for old in devices.findall(kind):
            devices.remove(old)
    serial = ElementTree.SubElement(devices, "serial", type="file")
    ElementTree.SubElement(serial, "source", path=log)


def boot_from_memory(bed, name, kernel, initramfs):
    """Gives the machine our kernel, and a file for what the guest says; returns that."""
    root = ElementTree.fromstring(bed.virsh("dumpxml", "--inactive", name)[1])
    log = os.path.join(bed.folder, name + ".log")
    put_kernel(root, kernel, initramfs, log)
    path = os.path.join(bed.folder, name + ".xml")
    ElementTree.ElementTree(root).write(path)
    code, _, err = bed.virsh("define", path)
    want(code == 0, err)
    return log
