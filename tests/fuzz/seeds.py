#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""seeds.py CORPUS: writes the scripts of ordinary sessions, from which fuzzing starts.

The numbers of the deeds are their places in the tables at the end of consumer.c and producer.c.
"""
import os
import struct
import sys

STEP, TICK, BEGIN, WORD, FRAME_WORD, BYTES, FRAME, CURSOR, ANY, TAKE, CURSORS, SEND, CUT, GUEST = \
    range(14)
LIVE = bytes([BEGIN, 7, STEP, 1, TICK, 10, STEP, 1, STEP, 1, STEP, 1])


def frame(what, width, height, arrived=1):
    return bytes([FRAME, what, width, height, arrived])


def cursor(kind, width, height, pitch, flags):
    body = struct.pack("<hhIbbxxIII", 5, -5, kind, 1, 2, width, height, pitch)
    return bytes([CURSOR, kind]) + body + bytes([flags])


def word(at, value):
    return struct.pack("<BHI", WORD, at // 4, value)


def consumer():
    beat = bytes([TICK, 10, STEP, 2])
    for kind in range(6):
        what = kind << 1
        yield f"type-{kind + 1}", LIVE + b"".join(
            frame(what | 0xC0 | i & 1, 60, 40) + bytes([TAKE, 1]) + beat for i in range(5))
    yield "late-pixels", LIVE + frame(0x80, 200, 100, 0) + bytes([TAKE, 1]) + beat * 5
    yield "cursors", LIVE + cursor(0, 32, 32, 128, 7) + cursor(1, 33, 64, 5, 7) + \
        cursor(2, 16, 16, 64, 5) + bytes([CURSORS, SEND, 1, 2, 3, 4, GUEST])
    yield "restart", (LIVE + frame(0x80, 9, 9) + bytes([TAKE, 1])) * 3
    yield "silence", LIVE + bytes([STEP, 250]) * 12 + LIVE
    yield "cut", LIVE + frame(0x80, 60, 40) + bytes([TAKE, 3, 1, 0, STEP, 20]) * 2 + \
        bytes([CUT, 0, 4, STEP, 20]) + LIVE
    yield "locked", LIVE + frame(0x80, 60, 40) + word(32 + 408, 1) + bytes([TAKE, 1]) + beat * 4
    yield "flagged", LIVE + word(32 + 416, 1) + beat * 4 + frame(0x80, 8, 8) + bytes([TAKE, 1])
    yield "unsupported", LIVE + word(8, 9) + word(4, 12) + beat * 6
    yield "no-room", bytes([BEGIN, 1]) + word(32 + 420, 0xFFFFFFFF) + beat * 6
    yield "ring", LIVE + word(32 + 16, 77) + beat * 3 + word(32 + 424, 9) + beat * 3
    yield "payload", LIVE + struct.pack("<BIIII", ANY, 0, 0xFFFFFFF0, 5760, 0) + \
        bytes([TAKE, 1]) + struct.pack("<BIIII", ANY, 7, 24, 0x3FFFE8, 1) + bytes([CURSORS])
    yield "header", LIVE + struct.pack("<BBHI", FRAME_WORD, 0, 11, 0x80000000) + \
        struct.pack("<BIIII", ANY, 0, 499712, 3153920, 0) + bytes([TAKE, 1]) + beat


def producer():
    step, join, leave, read_all, message, poke, data, publish, shape, answer = range(10)
    opening = bytes([join, 0, 9, join, 1, 9, step, 1, answer])
    full = bytes([1])
    for kind in range(6):
        yield f"type-{kind + 1}", opening + b"".join(
            bytes([publish, kind, 0, 70, 50]) + tail + bytes([read_all, 0, step, 1])
            for tail in (full, bytes([0, 2, 1, 2, 30, 20, 40, 9, 60, 60]), bytes([0, 0]), full))
    yield "cursors", opening + b"".join(
        bytes([shape, kind]) + struct.pack("<HHHi", 32, 32, 128, -9) + bytes([1, step, 1])
        for kind in range(4)) + bytes([read_all, 1, step, 1, join, 3, 4, answer])
    yield "messages", opening + b"".join(
        bytes([message, size]) + struct.pack("<Iii", kind, 70000, -5)
        for size, kind in ((0, 0), (255, 0), (0, 9))) + bytes([answer, step, 1, answer])
    yield "slow", opening + bytes([publish, 0, 0, 9, 9, 1] * 3 + [step, 255, step, 255, leave, 0])
    yield "locked", opening + struct.pack("<BHI", poke, (32 + 408) // 4, 1) + bytes([step, 1] * 3)
    yield "wiped", opening + struct.pack("<BHI", poke, 0, 0) + bytes([step, 1]) + opening
    yield "bytes", opening + struct.pack("<BIH", data, 32, 16) + b"\xff" * 16 + bytes([step, 1])


def main():
    for name, seeds in (("consumer", consumer), ("producer", producer)):
        folder = os.path.join(sys.argv[1], name)
        os.makedirs(folder, exist_ok=True)
        for title, script in seeds():
            with open(os.path.join(folder, title), "wb") as file:
                file.write(script)


if __name__ == "__main__":
    main()
