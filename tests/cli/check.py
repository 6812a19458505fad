#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`oriel check` and `oriel troubleshoot` as a user calls them. usage: check.py ORIEL"""
import json
import os
import subprocess
import sys
import tempfile
import time

import tap

PROGRAM = sys.argv[1]
# libvirt's own mock driver, which has a machine called "test".
MOCK = ("--connect", "test:///default")


def oriel(*arguments, **settings):
    environment = {key: value for key, value in os.environ.items()
                   if key not in ("DISPLAY", "WAYLAND_DISPLAY", "ORIEL_CONNECT")}
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60,
                          env={**environment, **settings})


def reports(*arguments, **settings):
    return json.loads(oriel(*arguments, "--json", **settings).stdout)["checks"]


def all_55_in_order():
    listed = reports("check", *MOCK)
    assert len(listed) == 55, len(listed)
    assert listed[0]["id"] == "cpu.virt" and listed[-1]["id"] == "drift"
    for report in listed:
        assert report["result"] in ("pass", "warn", "fail", "unknown"), report
        assert report["evidence"] and report["meaning"], report


def one_machine():
    done = oriel("check", *MOCK, "test")
    assert "dom.lint" in done.stdout, done.stdout
    assert "no channel for the guest agent" in done.stdout, done.stdout
    assert "('virsh edit test')" in done.stdout, done.stdout
    listed = reports("check", *MOCK, "test")
    assert all("cpu.virt" != report["id"] for report in listed)
    assert any(report["id"] == "guest.agent" and report["result"] == "warn" for report in listed)


def named_checks_of_a_machine():
    listed = reports("check", *MOCK, "test", "dom.sharing")
    assert [report["id"] for report in listed] == ["dom.sharing"], listed
    assert listed[0]["result"] == "pass", listed


def unknown_names():
    done = oriel("check", *MOCK, "tesd")
    assert done.returncode == 3 and "'tesd' is neither a check nor a virtual machine" in done.stderr
    assert "did you mean 'test'" in done.stderr, done.stderr
    done = oriel("check", *MOCK, "one", "two")
    assert done.returncode == 2 and "'one' and 'two'" in done.stderr, done.stderr
    done = oriel("check", "--explain", "no.such")
    assert done.returncode == 3 and "no.such" in done.stderr, done.stderr
    done = oriel("check", "--root", "/nonexistent", "vm")
    assert done.returncode == 3 and "--root" in done.stderr, done.stderr


def without_libvirt():
    listed = reports("check", "--connect", "qemu+unix:///system?socket=/nonexistent/sock")
    results = {report["id"]: report["result"] for report in listed}
    assert results["dom.lint"] == results["disk.danger"] == "unknown", results


def troubleshoot():
    listed = oriel("troubleshoot")
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    assert listed.returncode == 0 and len(names) == 6, listed.stdout
    for name in names:
        done = oriel("troubleshoot", *MOCK, name, "test")
        assert done.returncode in (0, 1) and "What no check can see" in done.stdout, done
    done = oriel("troubleshoot", "black-sceen")
    assert done.returncode == 3 and "did you mean 'black-screen'" in done.stderr, done.stderr


def a_real_display():
    """Asks an X server of its own."""
    read_end, write_end = os.pipe()
    try:
        server = subprocess.Popen(["Xvfb", "-displayfd", str(write_end), "-noreset"],
                                  pass_fds=[write_end], stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        return "there is no Xvfb"
    os.close(write_end)
    try:
        number = os.read(read_end, 16).decode().strip()
        report, = reports("check", *MOCK, "display.caps", DISPLAY=":" + number)
        assert report["result"] == "pass" and "X11" in report["evidence"], report
    finally:
        server.terminate()
        server.wait(10)
        os.close(read_end)
    return None


def a_compositor():
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_RUNTIME_DIR": folder}
        try:
            server = subprocess.Popen(
                ["weston", "--backend=headless-backend.so", "--socket=w", "--use-pixman",
                 "--idle-time=0"], env=environment, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
        except FileNotFoundError:
            return "there is no weston"
        try:
            for _ in range(200):
                if os.path.exists(os.path.join(folder, "w")):
                    break
                time.sleep(0.1)
            report, = reports("check", *MOCK, "display.caps", WAYLAND_DISPLAY="w",
                              XDG_RUNTIME_DIR=folder)
            assert report["result"] in ("pass", "warn"), report
            assert report["evidence"].startswith("Wayland on w"), report
        finally:
            server.terminate()
            server.wait(10)
    return None


TESTS = [all_55_in_order, one_machine, named_checks_of_a_machine, unknown_names, without_libvirt,
         troubleshoot, a_real_display, a_compositor]

tap.run(TESTS)
