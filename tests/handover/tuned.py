# SPDX-License-Identifier: LGPL-2.1-or-later
"""In the emulated computer: the real helper tunes a real kernel for a machine and sets it back."""
import glob
import os
import subprocess

from world import ENVIRONMENT, HELPER, Helper, read, write

CGROUP = "/sys/fs/cgroup"
PAGES = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
THP = "/sys/kernel/mm/transparent_hugepage/enabled"
ALL = "hugepages,thp,cpus,governor,irq"
PAGE_COUNT = 8
DEFINITION = f"""<domain><name>hooked</name><metadata><oriel:vm xmlns:oriel='urn:oriel:vm:1'
 tune='thp,irq'/></metadata><memory unit='KiB'>{PAGE_COUNT * 2048}</memory>
<cputune><vcpupin vcpu='0' cpuset='1'/></cputune></domain>"""


def prepare():
    """Groups of the host's programs and of machines; transparent huge pages off."""
    if not os.path.exists(f"{CGROUP}/cgroup.procs"):
        subprocess.run(["mount", "-t", "cgroup2", "cgroup2", CGROUP], check=True)
    for name in ("system.slice", "machine"):
        os.makedirs(f"{CGROUP}/{name}", exist_ok=True)
    write(THP, "never")


def look():
    """Every value that a tuning could touch."""
    paths = [PAGES, THP, f"{CGROUP}/cgroup.subtree_control", *glob.glob(f"{CGROUP}/*/cpuset.cpus"),
             *glob.glob("/proc/irq/*/smp_affinity_list")]
    return {path: read(path) for path in paths}


def ask(verb, *words):
    return subprocess.run(["dbus-send", "--system", "--print-reply", "--reply-timeout=120000",
                           "--dest=org.oriel.Helper1", "/org/oriel/Helper1",
                           "org.oriel.Helper1." + verb, *words], env=ENVIRONMENT,
                          capture_output=True, text=True, timeout=150)


def tune(tunings, cpus="1"):
    return ask("Tune", "string:vm", "string:" + tunings, "string:" + cpus,
               f"uint64:{PAGE_COUNT << 21}", "int32:-1")


def untune():
    done = ask("Untune", "string:vm")
    assert done.returncode == 0, done


def get_cpus(pid):
    return [line.split()[1] for line in read(f"/proc/{pid}/status").splitlines()
            if line.startswith("Cpus_allowed_list")][0]


def assert_as_found(found):
    now = look()
    changed = {path: (found.get(path), now.get(path)) for path in found.keys() | now.keys()
               if found.get(path) != now.get(path)}
    assert not changed, changed
    left = [path for path in glob.glob("/var/lib/oriel/tuning/*") if not path.endswith("/lock")]
    assert not left, left


def tuned_and_back():
    prepare()
    found = look()
    movable = [path for path in found if path.startswith("/proc/irq") and "1" in found[path]]
    program = subprocess.Popen(["sleep", "1000"])
    try:
        write(f"{CGROUP}/system.slice/cgroup.procs", str(program.pid))
        assert get_cpus(program.pid) == "0-1"
        with Helper():
            done = tune(ALL)
            assert done.returncode == 0, done
            assert "governor: " in done.stdout, done.stdout
            assert get_cpus(program.pid) == "0", get_cpus(program.pid)
            assert get_cpus(os.getpid()) == "0-1"
            assert int(read(PAGES)) == int(found[PAGES]) + PAGE_COUNT, read(PAGES)
            assert "[madvise]" in read(THP), read(THP)
            moved = [path for path in movable if read(path) == "0"]
            print(f"# {len(moved)} of {len(movable)} interrupts moved")
            assert moved
            untune()
            assert get_cpus(program.pid) == "0-1"
        assert_as_found(found)
    finally:
        program.kill()
        program.wait()


def tuning_that_cannot_be():
    prepare()
    found = look()
    with Helper():
        for cpus in ("0-1", "5", ""):
            done = tune("cpus", cpus)
            assert done.returncode and "at least one" in done.stderr, done
        done = ask("Tune", "string:vm", "string:hugepages", "string:", f"uint64:{1 << 40}",
                   "int32:-1")
        assert done.returncode and "do not fit" in done.stderr, done
    assert_as_found(found)


def the_hook_tunes_and_sets_back():
    prepare()
    found = look()
    for operation, is_tuned in (("prepare", True), ("release", False)):
        done = subprocess.run([HELPER, "--libvirt-hook", "hooked", operation, "begin", "-"],
                              input=DEFINITION, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done
        assert ("[madvise]" in read(THP)) == is_tuned, read(THP)
    assert_as_found(found)


def tuning_killed(killer):
    """At the first, a middle and the last of its notes; each one is tried on a made-up kernel."""
    prepare()
    found = look()
    for step in (3, 5, 7):
        with Helper(killer, step):
            done = tune(ALL)
            assert done.returncode, done
        with Helper():
            assert_as_found(found)
