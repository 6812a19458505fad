# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/bed/pattern.h in Python, a row at a time: its pixels lie side by side in one large number,
64 bits for each, so that a product of 32 by 30 bits stays in its place."""

LANE_BITS = 64
MASK = 0xFFFFFFFF


def lanes(values):
    return sum(value << LANE_BITS * at for at, value in enumerate(values))


def pattern_rows(seed, width, height):
    """The picture's rows, each as bytes: red, green, blue."""
    ones = lanes([1] * width)
    columns = lanes([x * 0x9E3779B1 & MASK for x in range(width)])
    for y in range(height):
        mix = columns ^ ((y * 0x85EBCA6B ^ seed * 0xC2B2AE35) & MASK) * ones
        mix ^= mix >> 15 & (MASK >> 15) * ones
        mix = mix * 0x2C1B3C6D & MASK * ones
        mix ^= mix >> 13 & (MASK >> 13) * ones
        data = mix.to_bytes(width * LANE_BITS // 8, "little")
        row = bytearray(3 * width)
        for colour in range(3):
            row[colour::3] = data[2 - colour::LANE_BITS // 8]
        yield bytes(row)
