# SPDX-License-Identifier: LGPL-2.1-or-later
"""`oriel vm` with the machines of another computer: ssh, sshd and the libvirt of a user there.

usage: remote.py ORIEL DATA-FOLDER
"""

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from xml.etree import ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bed import Report, Skip, want  # noqa: E402
from consoles import LEAVE, Terminal, refused, use  # noqa: E402
from user import PATIENCE_S, User, wait_until, why_not  # noqa: E402

SSHD = "/usr/sbin/sshd"
SMALL = ("--os", "linux", "--virtualization", "qemu", "--memory", "512M", "--cpus", "1",
         "--network", "none", "--firmware", "bios")

# sshd is not reached through a port but as the other end of ssh's own pipe.
SSH_CONFIG = """Host shut
    ProxyCommand false
Host far stranger
    ProxyCommand {sshd} -i -f {ssh}/sshd_config
    User root
    IdentityFile {ssh}/user
    IdentitiesOnly yes
    IdentityAgent none
    BatchMode yes
    StrictHostKeyChecking yes
    UserKnownHostsFile {ssh}/known_hosts
    GlobalKnownHostsFile /dev/null
"""
SSHD_CONFIG = """HostKey {ssh}/host
AuthorizedKeysFile {ssh}/user.pub
ForceCommand {ssh}/login
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
LogLevel QUIET
"""


class Far(User):
    """That computer; near() is a command line of this one."""

    def __init__(self, program, data):
        super().__init__(program, data)
        self.ssh = os.path.join(self.folder, "ssh")
        self.state = os.path.join(self.folder, "near")
        os.chmod(self.folder, 0o755)  # libvirt runs ssh without root's right to pass
        for folder in (self.ssh, self.state):
            os.mkdir(folder, 0o755)
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path(key)],
                           check=True, timeout=PATIENCE_S)
        self.write("config", SSH_CONFIG.format(sshd=SSHD, ssh=self.ssh))
        self.write("sshd_config", SSHD_CONFIG.format(ssh=self.ssh))
        with open(self.path("host.pub"), encoding="utf-8") as key:
            self.write("known_hosts", "far " + key.read())
        self.write("login", "#!/bin/sh\nexec " + shlex.join(self.become()) +
                   ' sh -c "$SSH_ORIGINAL_COMMAND"\n')
        self.write("ssh", f'#!/bin/sh\nexec ssh -F {self.path("config")} "$@"\n')
        self.near = {**os.environ, "ORIEL_CONNECT": self.uri("far"), "ORIEL_DATA_DIR": data,
                     "XDG_STATE_HOME": self.state, "XDG_RUNTIME_DIR": self.state}

    def path(self, name):
        return os.path.join(self.ssh, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(file.name, 0o755 if text.startswith("#!") else 0o644)

    def uri(self, host, kind="session"):
        return f"qemu+ssh://{host}/{kind}?command={self.path('ssh')}"

    def oriel(self, *arguments):
        done = subprocess.run([self.program, *arguments], env=self.near, capture_output=True,
                              text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def done(self, *arguments):
        """What is printed where it goes well, read as JSON."""
        code, out, err = self.oriel(*arguments, "--json")
        want(code == 0, f"{arguments}: {code} {err}")
        return json.loads(out)

    def begin(self, *arguments):
        return subprocess.Popen([self.program, *arguments], env=self.near, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ways(self):
        """The ssh of each command that is under way."""
        return self.processes("ssh", self.path("config"), "virt-ssh-helper")

    def cut(self):
        """Kills them all; which they were."""
        cut = set(self.ways())
        for pid in cut:
            os.kill(pid, signal.SIGKILL)
        want(cut, "no connection to cut")
        return cut

    def close(self):
        self.oriel("vm", "stop", "--force", "one")
        self.oriel("vm", "stop", "--force", "mute")
        super().close()


class Here:
    """What a console of this computer's needs to know."""

    def __init__(self, far):
        self.program, self.env = far.program, far.near


def a_machine_is_made_and_changed_there(far):
    made = far.done("vm", "create", "one", *SMALL, "--disk", "none")
    want(made["made"] and made["disk"] is None, made)
    want(far.run("vm", "list", "--names")[1] == "one\n", "it is not known there")
    want(far.done("vm", "edit", "one", "--cpus", "2")["changed"], "edit")
    want(far.done("vm", "info", "one")["cpus"] == 2, "it was not changed")
    code, _, err = far.oriel("vm", "info", "ome")
    want(code == 3 and "did you mean 'one'" in err, f"{code} {err}")


def its_life_is_led_from_here(far):
    want(far.done("vm", "start", "one")["state"] == "running", "start")
    want(far.done("vm", "pause", "one")["state"] == "paused", "pause")
    want(far.done("vm", "resume", "one")["state"] == "running", "resume")
    picture = os.path.join(far.state, "picture")
    want(far.done("vm", "screenshot", "one", picture)["type"], "screenshot")
    want(os.path.getsize(picture) > 100, "the picture is empty")
    want(not far.processes("supervise"), "a supervisor of another computer's machine")


def its_screen_is_not_looked_for_here(far):
    code, _, err = far.oriel("view", "one")
    if "cannot find the program oriel-view" in err:
        raise Skip("there is no viewer in this build")
    want(code == 4 and "runs on another computer" in err, f"{code} {err}")


def its_console_has_one_user_until_it_is_taken(far):
    here = Here(far)
    first = Terminal(here, "one")
    try:
        first.expect(b"leaves it")
        refused(here, 4, b"take it from them with --force", "one")
        use(here, lambda second: second.type(LEAVE), "--force", "one")
        first.expect(b"took it with --force")
        want(first.process.wait(timeout=PATIENCE_S) == 1, first.said)
    finally:
        first.close()


def a_machine_without_a_port_has_no_console(far):
    far.done("vm", "create", "mute", *SMALL, "--disk", "none")
    virsh = ["virsh", "-c", far.uri("far")]
    text = subprocess.run([*virsh, "dumpxml", "mute"], capture_output=True, text=True,
                          timeout=PATIENCE_S, check=True).stdout
    root = ElementTree.fromstring(text)
    devices = root.find("devices")
    for port in [*devices.findall("serial"), *devices.findall("console")]:
        devices.remove(port)
    path = os.path.join(far.state, "mute.xml")
    ElementTree.ElementTree(root).write(path)
    subprocess.run([*virsh, "define", path], capture_output=True, timeout=PATIENCE_S, check=True)
    far.done("vm", "start", "mute")
    refused(Here(far), 2, b"has no serial port to show", "mute")
    far.done("vm", "stop", "--force", "mute")


def stop_and_cut(far, wait_s):
    """A command that was cut off from the machine while it waited; None: before it did."""
    stop = far.begin("vm", "stop", "one", "--timeout", "600")
    try:
        want(wait_until(far.ways), "it does not connect")
        time.sleep(wait_s)
        cut = far.cut()
        want(wait_until(lambda: set(far.ways()) - cut or stop.poll() is not None),
             "it neither connects again nor ends")
        if stop.poll() is None:
            return stop
        out, err = stop.communicate()
        want(stop.returncode == 1 and not out and "oriel: cannot" in err, f"{out} {err}")
        return None
    except Exception:
        stop.kill()
        stop.communicate()
        raise


def a_lost_connection_does_not_end_a_wait(far):
    """Without a disk the firmware stays, and does not know of a power button."""
    stop = None
    for wait_s in (1, 3, 9, 27):
        if stop := stop_and_cut(far, wait_s):
            break
    want(stop, "it never waits")
    try:
        far.done("vm", "stop", "--force", "one")
        out, err = stop.communicate(timeout=PATIENCE_S)
        want(stop.returncode == 0 and out == "one: shut off\n", f"{stop.returncode} {out} {err}")
    finally:
        stop.kill()
        stop.communicate()


def events_go_on_after_a_lost_connection(far):
    """Nobody says when the listening begins, so what is to be heard is done until it is."""
    events = far.begin("vm", "events", "--follow", "--json")
    heard = []
    reader = threading.Thread(target=lambda: heard.extend(map(json.loads, events.stdout)))
    reader.start()

    def hears(kind):
        return any(event["event"] == kind and event["name"] == "one" for event in heard)

    def change():
        cpus = far.done("vm", "info", "one")["cpus"]
        return far.done("vm", "edit", "one", "--cpus", str(3 - cpus)) and hears("defined")

    def run():
        far.done("vm", "start", "one")
        return far.done("vm", "stop", "--force", "one") and hears("started")

    try:
        want(wait_until(change), f"no change is heard of: {heard}")
        want(not hears("started"), heard)
        far.cut()
        want(wait_until(run), f"nothing is heard any more: {heard}")
        states = {event["event"]: event["state"] for event in heard}
        want(states["started"] == "running" and states["defined"] is None, states)
        events.send_signal(signal.SIGINT)
        want(events.wait(timeout=PATIENCE_S) == 0, events.stderr.read())
    finally:
        events.kill()
        reader.join()
        events.communicate()


def files_there_are_neither_made_nor_copied_nor_removed(far):
    code, _, err = far.oriel("vm", "create", "full", *SMALL, "--disk", "1M")
    want(code == 4 and "files of another computer cannot be made" in err, f"{code} {err}")
    want(far.run("vm", "list", "--names")[1].split() == ["mute", "one"], "something was made")
    code, _, err = far.run("vm", "create", "full", *SMALL, "--disk", "1M")
    want(code == 0, err)
    [disk] = far.done("vm", "info", "full")["disks"]
    code, _, err = far.oriel("vm", "clone", "full", "copy")
    want(code == 4 and "cannot be copied from here" in err, f"{code} {err}")
    done = far.done("vm", "delete", "full", "--yes", "--storage")
    want(done == {"removed": [], "kept": [disk + " (on another computer)"]}, done)
    want(os.listdir(os.path.dirname(disk)) == ["full.qcow2"], os.listdir(os.path.dirname(disk)))


def without_files_it_is_copied_and_deleted(far):
    want(far.done("vm", "clone", "one", "copy")["done"], "clone")
    for name in ("copy", "mute", "one"):
        want(far.done("vm", "delete", name, "--yes") == {"removed": [], "kept": []}, name)
    want(far.run("vm", "list", "--names")[1] == "", "something is left")


def what_hinders_the_way_is_said(far):
    cases = (
        ("stranger", "session", "Host key verification failed"),
        ("shut", "session", "onnection closed"),
        ("far", "system", "libvirt-sock"),
    )
    for host, kind, reason in cases:
        code, out, err = far.oriel("--connect", far.uri(host, kind), "vm", "list")
        want(code == 1 and not out and reason in err and "'ssh HOST true'" in err,
             f"{host}: {code} {out} {err}")


def why_no_ssh():
    for program in (SSHD, "ssh", "ssh-keygen", "virt-ssh-helper", "virsh", "qemu-img"):
        if not shutil.which(program):
            return f"{program} is not installed"
    return None


@contextlib.contextmanager
def room_for_sshd():
    """An empty folder that its service would make; sshd does not run as root without it."""
    made = not os.path.isdir("/run/sshd")
    if made:
        os.mkdir("/run/sshd", 0o755)
    try:
        yield
    finally:
        if made:
            os.rmdir("/run/sshd")


def main():
    program, data = map(os.path.abspath, sys.argv[1:3])
    reason = why_not(program) or why_no_ssh()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return
    report = Report()
    with room_for_sshd():
        far = Far(program, data)
        try:
            for case in (a_machine_is_made_and_changed_there, its_life_is_led_from_here,
                         its_screen_is_not_looked_for_here,
                         its_console_has_one_user_until_it_is_taken,
                         a_machine_without_a_port_has_no_console,
                         a_lost_connection_does_not_end_a_wait,
                         events_go_on_after_a_lost_connection,
                         files_there_are_neither_made_nor_copied_nor_removed,
                         without_files_it_is_copied_and_deleted, what_hinders_the_way_is_said):
                report.case(case, far)
        finally:
            far.close()
    report.end()


main()
