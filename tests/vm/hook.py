# SPDX-License-Identifier: LGPL-2.1-or-later
"""libvirt's hook as a real system libvirtd runs it: installed, called, obeyed.

usage: hook.py ORIEL-HELPER HOOK-TEMPLATE CACHE

The daemon runs in a mount namespace of its own, in which /etc/libvirt, /run and libvirt's folders
below /var are empty ones that end with it; only what it found out about QEMU is kept in CACHE.
`hook.py --inside FOLDER CACHE` is the part in the namespace.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bed import CONFIG, Report, want  # noqa: E402
from user import read, wait_until  # noqa: E402

PLACES = ("/etc/libvirt", "/run", "/var/lib/libvirt", "/var/log/libvirt")
CACHE = "/var/cache/libvirt"
HOOK = "/etc/libvirt/hooks/qemu.d/oriel"
OURS = "<metadata><oriel:vm xmlns:oriel='urn:oriel:vm:1'{more}/></metadata>"
DEFINITION = """<domain type='qemu'><name>{name}</name>{metadata}<memory unit='M'>64</memory>
<os><type arch='x86_64' machine='q35'>hvm</type></os>
<devices><memballoon model='none'/></devices></domain>"""
# Notes what libvirt says and hands it on; what the helper answers is what libvirt hears.
RECORDER = """#!/bin/sh
cat > "{folder}/definition"
echo "$@" >> "{folder}/calls"
"{helper}" "$@" < "{folder}/definition" 2>> "{folder}/said"
code=$?
echo "$3 $code" >> "{folder}/codes"
exit $code
"""


def run(*words, **settings):
    return subprocess.run(words, capture_output=True, text=True, timeout=120, **settings)


def virsh(*words):
    return run("virsh", "-c", "qemu:///system", *words)


def lines(path):
    return read(path).splitlines() if os.path.exists(path) else []


def qemu_of(name):
    """Its process, or None."""
    text = "".join(lines(f"/run/libvirt/qemu/{name}.pid"))
    return int(text) if text and os.path.exists(f"/proc/{text}") else None


# ---- in the namespace -----------------------------------------------------------------------


class Daemon:
    """A system libvirtd, with the hook as it is installed."""

    def __init__(self, folder, cache):
        self.folder = folder
        self.process = None
        for place in PLACES:
            os.makedirs(place, exist_ok=True)
            subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True, timeout=60)
        os.makedirs(CACHE, exist_ok=True)
        subprocess.run(["mount", "--bind", cache, CACHE], check=True, timeout=60)
        os.makedirs("/etc/libvirt/qemu")
        os.makedirs(os.path.dirname(HOOK))
        with open("/etc/libvirt/qemu.conf", "w", encoding="utf-8") as file:
            file.write(CONFIG)
        with open("/etc/libvirt/libvirtd.conf", "w", encoding="utf-8") as file:
            file.write('auth_unix_rw = "none"\n')
        shutil.copy(os.path.join(folder, "hook"), HOOK)
        os.chmod(HOOK, 0o755)

    def start(self):
        with open(os.path.join(self.folder, "daemon.log"), "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(["libvirtd"], stdout=log, stderr=log)
        want(wait_until(lambda: virsh("version").returncode == 0 or self.process.poll() is not None)
             and self.process.poll() is None, read(os.path.join(self.folder, "daemon.log")))

    def stop(self):
        """The daemon first: QEMU's end is no news to it then."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        for pid in filter(None, (qemu_of("one"), qemu_of("card"))):
            os.kill(pid, signal.SIGKILL)

    def define(self, name, more=""):
        """more: in Oriel's own element of the metadata."""
        path = os.path.join(self.folder, name + ".xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(DEFINITION.format(name=name, metadata=OURS.format(more=more)))
        done = virsh("define", path)
        want(done.returncode == 0, done.stderr)

    def lines(self, name):
        return lines(os.path.join(self.folder, name))


def libvirtd_calls_the_hook_at_start(daemon):
    daemon.start()
    daemon.define("one")
    done = virsh("start", "one")
    want(done.returncode == 0, f"{done.stderr} {daemon.lines('said')}")
    want("--libvirt-hook one prepare begin -" in daemon.lines("calls"), daemon.lines("calls"))
    want("prepare 0" in daemon.lines("codes"), daemon.lines("codes"))
    want("<name>one</name>" in read(os.path.join(daemon.folder, "definition")), "no definition")


def a_machine_that_dies_is_released_with_nobody_there(daemon):
    """No client is connected any more when QEMU is killed."""
    want(qemu_of("one"), "there is no QEMU")
    os.kill(qemu_of("one"), signal.SIGKILL)
    want(wait_until(lambda: "release 0" in daemon.lines("codes")), daemon.lines("codes"))


def the_helpers_no_keeps_the_machine_from_starting(daemon):
    """A tuning that makes no sense is refused at "prepare", before there is a QEMU."""
    daemon.define("card", " tune='rubbish'")
    done = virsh("start", "card")
    want(done.returncode != 0 and "hook" in done.stderr.lower(), done)
    want(any("oriel-helper:" in line for line in daemon.lines("said")), daemon.lines("said"))
    want(not qemu_of("card"), "there is a QEMU")


CASES = (libvirtd_calls_the_hook_at_start, a_machine_that_dies_is_released_with_nobody_there,
         the_helpers_no_keeps_the_machine_from_starting)


def inside(folder, cache):
    report = Report()
    daemon = Daemon(folder, cache)
    try:
        for case in CASES:
            report.case(case, daemon)
    finally:
        daemon.stop()
    report.end()


# ---- outside of it --------------------------------------------------------------------------


def why_not():
    if os.geteuid() != 0:
        return "only root can give a libvirtd folders of its own"
    for needed in ("libvirtd", "virsh", "qemu-system-x86_64", "unshare"):
        if not shutil.which(needed, path=os.environ["PATH"] + ":/usr/sbin"):
            return f"{needed} is not installed"
    if run("unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "none",
           "/mnt").returncode:
        return "no mount namespace may be made here"
    return None


def prepare(folder, helper, template):
    """The hook as meson installs it, with a recorder in the helper's place."""
    recorder = os.path.join(folder, "oriel-helper")
    with open(recorder, "w", encoding="utf-8") as file:
        file.write(RECORDER.format(folder=folder, helper=helper))
    os.chmod(recorder, 0o755)
    with open(os.path.join(folder, "hook"), "w", encoding="utf-8") as file:
        file.write(read(template).replace("@libexecdir@", folder))


def main():
    reason = why_not()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return 0
    folder = tempfile.mkdtemp(prefix="oriel-hook-", dir="/tmp")
    try:
        prepare(folder, *sys.argv[1:3])
        os.makedirs(sys.argv[3], exist_ok=True)
        return subprocess.run(
            ["unshare", "--mount", "--propagation", "private", sys.executable, __file__, "--inside",
             folder, os.path.abspath(sys.argv[3])],
            env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}, check=False).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if sys.argv[1] == "--inside":
    inside(*sys.argv[2:4])
sys.exit(main())
