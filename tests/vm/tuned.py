# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine that has the computer tuned while it runs: real libvirt, real programs, and an
oriel-helper whose kernel is a made-up tree.

usage: tuned.py ORIEL DATA-FOLDER CACHE-FOLDER SERVED-HELPER
"""

import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bed import Bed, Report, want, why_not  # noqa: E402

SMALL = ("--os", "linux", "--virtualization", "qemu", "--memory", "512M", "--cpus", "1",
         "--disk", "none", "--network", "none", "--relay", "none")
ENABLED = "sys/kernel/mm/transparent_hugepage/enabled"
FILES = {ENABLED: "always madvise [never]",
         "sys/kernel/mm/transparent_hugepage/defrag": "always [madvise] never",
         "sys/devices/system/cpu/online": "0-7\n"}
LIMIT_S = 60


def wait_for(condition, text):
    end = time.monotonic() + LIMIT_S
    while not condition():
        want(time.monotonic() < end, text)
        time.sleep(0.05)


class Computer:
    """The bus, the tree, and the helper on both."""

    def __init__(self, bed, helper):
        self.bed, self.program, self.helper = bed, helper, None
        self.root = os.path.join(bed.folder, "computer")
        for name, text in FILES.items():
            path = os.path.join(self.root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
        self.address = "unix:path=" + os.path.join(bed.folder, "bus")
        bed.env["DBUS_SYSTEM_BUS_ADDRESS"] = self.address
        self.daemon = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=" + self.address],
            stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(os.path.join(bed.folder, "bus")), "no bus came up")

    def is_served(self):
        return self.bed.run("vm", "tune", "status")[0] == 0

    def serve(self):
        self.helper = subprocess.Popen([self.program, self.address, self.root],
                                       stdout=subprocess.DEVNULL)
        wait_for(self.is_served, "no helper came up")

    def kill(self):
        self.helper.kill()
        self.helper.wait()
        wait_for(lambda: not self.is_served(), "the killed helper is still on the bus")

    def close(self):
        for process in (self.helper, self.daemon):
            if process and process.poll() is None:
                process.kill()
                process.wait()

    def enabled(self):
        with open(os.path.join(self.root, ENABLED)) as file:
            return file.read().strip()

    def want_tuned(self, is_tuned):
        now = self.enabled()
        want(now == ("always [madvise] never" if is_tuned else FILES[ENABLED]), now)
        names = [entry["name"] for entry in self.bed.json("vm", "tune", "status")]
        want(names == (["tuned"] if is_tuned else []), names)


def succeed(bed, *arguments):
    code, out, err = bed.run(*arguments)
    want(code == 0, f"{arguments}: {code} {err}")
    return out


def what_cannot_be_is_refused(bed, computer):
    for tune, words in (("irq", "--pin yes"), ("hugepages", "--hugepages yes"),
                        ("reboot", "'reboot'")):
        code, _, err = bed.run("vm", "create", "bad", *SMALL, "--tune", tune)
        want(code == 2 and words in err, f"'{tune}': {code} {err}")
    want(bed.json("vm", "list") == [], "a machine was made")


def a_plan_changes_nothing(bed, computer):
    succeed(bed, "vm", "create", "tuned", *SMALL, "--tune", "thp")
    want(bed.json("vm", "info", "tuned")["tune"] == "thp", "the setting is not kept")
    want("tuning:     thp" in succeed(bed, "vm", "info", "tuned"), "info does not show it")
    plan = succeed(bed, "vm", "tune", "plan", "tuned", "--root", computer.root)
    want(f"thp: /{ENABLED}: madvise, now never" in plan, plan)
    computer.want_tuned(False)


def tuned_while_it_runs(bed, computer):
    succeed(bed, "vm", "start", "tuned", "--paused", "--no-view")
    computer.want_tuned(True)
    succeed(bed, "vm", "stop", "--force", "tuned")
    computer.want_tuned(False)


def a_machine_that_died_alone(bed, computer):
    succeed(bed, "vm", "start", "tuned", "--paused", "--no-view")
    computer.want_tuned(True)
    found = [pid for pid in os.listdir("/proc") if pid.isdigit() and is_machine(bed, pid)]
    want(len(found) == 1, f"processes {found}")
    os.kill(int(found[0]), signal.SIGKILL)
    wait_for(lambda: bed.json("vm", "info", "tuned")["state"] == "shut off",
             "the killed machine still counts as running")
    # A command clears up when it begins: the one that saw the end may have been too early.
    wait_for(lambda: succeed(bed, "vm", "list") and computer.enabled() == FILES[ENABLED],
             "the tuning outlived its machine")
    computer.want_tuned(False)


def is_machine(bed, pid):
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            words = file.read()
    except OSError:
        return False
    return "guest=tuned," in words and bed.root in words


def without_a_helper_it_does_not_start(bed, computer):
    computer.kill()
    code, _, err = bed.run("vm", "start", "tuned", "--paused", "--no-view")
    want(code == 1 and "oriel-helper" in err and "--tune none" in err, f"{code} {err}")
    want(bed.json("vm", "info", "tuned")["state"] == "shut off", "the machine runs")
    computer.serve()
    computer.want_tuned(False)


def a_helper_that_died_does_not_keep_the_machine(bed, computer):
    succeed(bed, "vm", "start", "tuned", "--paused", "--no-view")
    computer.kill()
    code, _, err = bed.run("vm", "stop", "--force", "tuned")
    want(code == 0 and "was not undone" in err, f"{code} {err}")
    computer.serve()
    computer.want_tuned(True)
    succeed(bed, "vm", "tune", "undo", "tuned")
    computer.want_tuned(False)
    code, _, err = bed.run("vm", "tune", "undo", "tuned")
    want(code == 3 and "tuned" in err, f"{code} {err}")


def without_the_setting_nothing_is_tuned(bed, computer):
    succeed(bed, "vm", "edit", "tuned", "--tune", "none")
    want(bed.json("vm", "info", "tuned")["tune"] == "", "the setting is still there")
    succeed(bed, "vm", "start", "tuned", "--paused", "--no-view")
    computer.want_tuned(False)
    succeed(bed, "vm", "stop", "--force", "tuned")


CASES = (what_cannot_be_is_refused, a_plan_changes_nothing, tuned_while_it_runs,
         a_machine_that_died_alone, without_a_helper_it_does_not_start,
         a_helper_that_died_does_not_keep_the_machine, without_the_setting_nothing_is_tuned)


def main():
    program, data, cache, helper = sys.argv[1:]
    missing = why_not() or (None if shutil.which("dbus-daemon") else "there is no dbus-daemon")
    if missing:
        print(f"1..0 # SKIP {missing}")
        return
    bed = Bed(program, data, cache)
    computer = Computer(bed, helper)
    report = Report()
    try:
        computer.serve()
        for case in CASES:
            report.case(case, bed, computer)
    finally:
        computer.close()
    report.end()


main()
