# SPDX-License-Identifier: LGPL-2.1-or-later
"""`oriel vm console` on a terminal of its own."""

import os
import select
import subprocess
import termios
import time

from bed import want

PATIENCE_S = 120  # emulated, on a machine that is busy with other tests
LEAVE = b"\x1d"


class Terminal:
    """One run of the command on a new terminal."""

    def __init__(self, bed, *arguments):
        self.leader, self.follower = os.openpty()
        self.before = termios.tcgetattr(self.follower)
        self.process = subprocess.Popen(
            [bed.program, "vm", "console", *arguments], env=bed.env, start_new_session=True,
            stdin=self.follower, stdout=self.follower, stderr=self.follower)
        self.said = b""

    def type(self, keys):
        os.write(self.leader, keys)

    def expect(self, text, again=None):
        """again: typed each second until it is there."""
        end = time.monotonic() + PATIENCE_S
        while text not in self.said:
            want(time.monotonic() < end, f"no {text} in {self.said}")
            ended = self.process.poll() is not None
            ready, _, _ = select.select([self.leader], [], [], 0 if ended else 1)
            if ready:
                self.said += os.read(self.leader, 4096)
            want(ready or not ended, f"it ended: {self.said}")
            if again and not ready:
                self.type(again)

    def want_end(self):
        want(self.process.wait(timeout=PATIENCE_S) == 0, f"it ended badly: {self.said}")
        want(termios.tcgetattr(self.follower) == self.before, "the terminal is not as it was")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for end in (self.leader, self.follower):
            os.close(end)


def use(bed, function, *arguments):
    terminal = Terminal(bed, *arguments)
    try:
        terminal.expect(b"leaves it")
        function(terminal)
        terminal.want_end()
    finally:
        terminal.close()


def refused(bed, code, text, *arguments):
    terminal = Terminal(bed, *arguments)
    try:
        got = terminal.process.wait(timeout=PATIENCE_S)
        said = os.read(terminal.leader, 4096)
        want(got == code and text in said, f"{got} {said}")
    finally:
        terminal.close()
