#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_demo.py ORIEL KERNEL-FOLDER: `oriel demo` from the outside, as TAP. What it leaves behind,
what its picture says, and that nothing outlives it."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import console

LIMIT_S = 120
GLOBE = (912, 200, 1232, 520)  # left, top, right, bottom


def open_files(pid, build):
    """Paths of the files that pid has open or mapped in places for passing files; the programs
    themselves may lie there too."""
    paths = set()
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
            paths |= {line.split(maxsplit=5)[5].strip() for line in file if line.count("/") > 1}
        for name in os.listdir(f"/proc/{pid}/fd"):
            paths.add(os.readlink(f"/proc/{pid}/fd/{name}"))
    except (OSError, IndexError):
        pass
    paths = {path for path in paths if path.startswith(("/dev/shm/", "/tmp/", "/run/"))}
    return {path for path in paths if not path.startswith(build)}


def children_of(pid):
    """Process ids of all that pid started, and what those started."""
    found = []
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            for child in file.read().split():
                found += [int(child)] + children_of(int(child))
    except OSError:
        pass
    return found


def is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def all_gone(pids):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if all(is_gone(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


class Demo:
    """One run of `oriel demo` in a folder of its own."""

    def __init__(self, oriel, *arguments, display=None):
        self.folder = tempfile.mkdtemp(prefix="oriel-demo-test-")
        environment = dict(os.environ, TMPDIR=self.folder, XDG_RUNTIME_DIR=self.folder,
                           XDG_CONFIG_HOME=self.folder)
        environment.pop("DISPLAY", None)
        environment.pop("WAYLAND_DISPLAY", None)
        if display:
            environment["DISPLAY"] = display
        where = [] if display else ["--headless"]
        self.process = subprocess.Popen(
            [oriel, "demo", *where, *arguments], cwd=self.folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_until_it_looks(self):
        """Until the guest has booted and the viewer runs."""
        for line in self.process.stderr:
            if line.startswith(("Looking", "Showing")):
                break
        deadline = time.monotonic() + LIMIT_S
        while len(children_of(self.process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        return children_of(self.process.pid)

    def files(self):
        return sorted(os.listdir(self.folder))

    def end(self):
        self.process.kill()
        self.process.communicate()
        shutil.rmtree(self.folder)


# ---- the cases --------------------------------------------------------------------------------


def check_text(path, font, release):
    lines = console.read_text(path, font)
    wanted = ["A real virtual machine. Its screen is captured",
              "inside and relayed through shared memory.", "demo # uname -srm",
              f"Linux {release} x86_64", "demo # free -m"]
    for words in wanted:
        if not any(words in line for line in lines):
            text = "\n".join(lines)
            return f"the picture does not say '{words}' but:\n{text}"
    if not any(re.search(r"running +\d+\.\d s +frame +\d+", line) for line in lines):
        return "the picture shows no running clock"
    return None


def check_globe(path):
    """What moves is there as well: many colours where the globe is, and none beside it."""
    _, _, rows = console.read_png(path)
    left, top, right, bottom = GLOBE
    colours = {bytes(rows[y][3 * x:3 * x + 3]) for y in range(top, bottom, 2)
               for x in range(left, right, 2)}
    return None if len(colours) > 200 else f"only {len(colours)} colours where the globe should be"


def shows_the_console(oriel, kernel):
    """ends with 0, a picture of the guest's console and all figures"""
    demo = Demo(oriel, "--seconds", "3")
    try:
        output, words = demo.process.communicate(timeout=LIMIT_S)
        if demo.process.returncode != 0:
            return f"ended with {demo.process.returncode}: {words}"
        if demo.files() != ["demo.png"]:
            return f"left {demo.files()}"
        figures = r"Screen +1280x720, [\d.]+ frames.*Arrival +median [\d.]+ ms.*" \
                  r"Presented +median [\d.]+ ms.*Copied +[\d.]+ of a whole frame"
        if not re.search(figures, output, re.S):
            return f"told no figures but: {output}"
        with open(os.path.join(kernel, "version"), encoding="ascii") as file:
            release = file.read().strip()
        font = console.font_of_kernel(os.path.join(kernel, "vmlinux"))
        picture = os.path.join(demo.folder, "demo.png")
        return check_text(picture, font, release) or check_globe(picture)
    finally:
        demo.end()


class Screen:
    """An X server of the guest's size, and what is typed and seen on it."""

    def __init__(self):
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-noreset", "-nolisten", "tcp", "-screen", "0",
             "1280x720x24"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.display = ":" + self.server.stdout.readline().strip()

    def run(self, *command):
        subprocess.run(command, env=dict(os.environ, DISPLAY=self.display), check=True,
                       timeout=LIMIT_S, stdout=subprocess.DEVNULL)

    def end(self):
        self.server.terminate()
        self.server.communicate()


def reads(screen, demo, font, wanted):
    """The console's lines as soon as wanted is one of them, else the last ones seen and False."""
    picture = os.path.join(demo.folder, "screen.png")
    deadline = time.monotonic() + 30
    lines = []
    while time.monotonic() < deadline:
        screen.run("import", "-window", "root", f"PNG24:{picture}")
        lines = console.read_text(picture, font)
        if any(line.split("\ufffd")[0].rstrip() == wanted for line in lines):
            return lines, True
        time.sleep(0.3)
    return lines, False


def type_until(screen, demo, font, text, wanted):
    """Types the line and looks for what it brings. The keyboard of a guest that gets no time loses
    keys beyond sixteen bytes: typed again, slower."""
    for delay_ms in (20, 100, 300):
        screen.run("xdotool", "type", "--delay", str(delay_ms), text)
        screen.run("xdotool", "key", "Return")
        lines, good = reads(screen, demo, font, wanted)
        if good:
            break
        screen.run("xdotool", "key", "ctrl+c")
    return lines, good


def type_and_read(screen, demo, font):
    screen.run("xdotool", "search", "--sync", "--onlyvisible", "--name", "^Oriel demo$",
               "windowfocus", "--sync", "mousemove", "300", "300")
    # The sum is the shell's work, the dollar a key with Shift.
    lines, good = type_until(screen, demo, font, "echo the sum is $((6 * 7)).", "the sum is 42.")
    if not good:
        return "the shell did not answer:\n" + "\n".join(lines)
    if not any("demo # echo the sum is $((6 * 7))." in line for line in lines):
        return "what was typed is not to be read:\n" + "\n".join(lines)
    lines, good = type_until(screen, demo, font, "seq 1 60", "60")
    if not good or not lines[-1].startswith("running"):
        return "the console does not scroll above the clock:\n" + "\n".join(lines)
    return None


def takes_input(oriel, kernel):
    """what is typed in its window is read and answered by the guest's shell"""
    missing = [name for name in ("Xvfb", "xdotool", "import") if not shutil.which(name)]
    if missing:
        return f"SKIP there is no {missing[0]}"
    font = console.font_of_kernel(os.path.join(kernel, "vmlinux"))
    screen = Screen()
    demo = Demo(oriel, "--seconds", "600", display=screen.display)
    try:
        demo.wait_until_it_looks()
        return type_and_read(screen, demo, font)
    finally:
        demo.end()
        screen.end()


def ends_on(oriel, number):
    demo = Demo(oriel, "--seconds", "600")
    try:
        pids = demo.wait_until_it_looks()
        if len(pids) < 2:
            return f"started only {len(pids)} programs"
        opened = set().union(*(open_files(pid, os.path.dirname(oriel)) for pid in pids))
        demo.process.send_signal(number)
        demo.process.wait(timeout=10)
        if demo.process.returncode != -number:
            return f"ended with {demo.process.returncode}"
        if not all_gone(pids):
            return f"of {pids} some are still there"
        left = demo.files() + [path for path in sorted(opened) if os.path.exists(path)]
        return f"left {left}" if left else None
    finally:
        demo.end()


def ends_on_interrupt(oriel, kernel):
    """leaves neither a process nor a file on Ctrl-C"""
    return ends_on(oriel, signal.SIGINT)


def ends_on_kill(oriel, kernel):
    """leaves neither a process nor a file when it is killed"""
    return ends_on(oriel, signal.SIGKILL)


CASES = (shows_the_console, takes_input, ends_on_interrupt, ends_on_kill)


def main(oriel, kernel):
    print(f"1..{len(CASES)}", flush=True)
    reason = None
    if not os.path.exists(os.path.join(kernel, "version")):
        reason = f"no kernel in {kernel}: ./dev test fetches it"
    elif not shutil.which("qemu-system-x86_64"):
        reason = "there is no qemu-system-x86_64"
    for number, case in enumerate(CASES, 1):
        if reason:
            print(f"ok {number} - {case.__doc__} # SKIP {reason}", flush=True)
            continue
        problem = case(oriel, kernel)
        if problem and problem.startswith("SKIP"):
            print(f"ok {number} - {case.__doc__} # {problem}", flush=True)
            continue
        print(f"{'not ok' if problem else 'ok'} {number} - {case.__doc__}", flush=True)
        for line in (problem or "").splitlines():
            print(f"# {line}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
