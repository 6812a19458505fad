# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads a Linux text console off a PNG: each cell of 8 x 16 pixels is looked up in the very font
that the kernel draws with, so a cell is read right or not at all."""
import struct
import zlib

CELL_W, CELL_H = 8, 16
# How glyph 1 of the kernel's VGA 8x16 font looks, a smiling face; glyph 0 before it is empty.
FACE = bytes.fromhex("00007e81a58181bd9981817e00000000")


def read_png(path):
    """(width, height, rows) with 8-bit red, green, blue triplets in each row."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError(f"{path} is no PNG file")
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        elif kind == b"IDAT":
            packed += body
        at += 12 + size
    if depth != 8 or colour not in (2, 6):
        raise ValueError(f"{path} is neither 8-bit RGB nor RGBA")
    step = 3 if colour == 2 else 4
    return width, height, unfilter(zlib.decompress(packed), width * step, height, step)


def unfilter(data, pitch, height, step):
    rows, above = [], bytearray(pitch)
    for y in range(height):
        start = y * (pitch + 1)
        row = bytearray(data[start + 1:start + 1 + pitch])
        undo_row(data[start], row, above, step)
        rows.append(row)
        above = row
    if step == 4:
        rows = [bytes(b for i, b in enumerate(row) if i % 4 != 3) for row in rows]
    return rows


def undo_row(kind, row, above, step):
    for x in range(len(row)):
        left = row[x - step] if x >= step else 0
        corner = above[x - step] if x >= step else 0
        if kind == 1:
            row[x] = (row[x] + left) & 255
        elif kind == 2:
            row[x] = (row[x] + above[x]) & 255
        elif kind == 3:
            row[x] = (row[x] + (left + above[x]) // 2) & 255
        elif kind == 4:
            row[x] = (row[x] + nearest(left, above[x], corner)) & 255


def nearest(left, up, corner):
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


def font_of_kernel(path):
    """{glyph's 16 rows: character} for the printable characters, out of the kernel's image."""
    with open(path, "rb") as file:
        image = file.read()
    at = image.find(bytes(CELL_H) + FACE)
    if at < 0:
        raise ValueError(f"{path} holds no VGA 8x16 font")
    glyphs = (image[at + code * CELL_H:at + (code + 1) * CELL_H] for code in range(32, 127))
    return {glyph: chr(code) for code, glyph in enumerate(glyphs, 32)}


def read_text(path, font):
    """The lines of the console; a cell that shows no character of the font becomes U+FFFD."""
    width, height, rows = read_png(path)
    lines = []
    for top in range(0, height - CELL_H + 1, CELL_H):
        cells = (cell_at(rows, left, top) for left in range(0, width - CELL_W + 1, CELL_W))
        lines.append("".join(font.get(cell, "\ufffd") for cell in cells).rstrip())
    return lines


def cell_at(rows, left, top):
    """A pixel that is not black counts as drawn."""
    glyph = bytearray()
    for y in range(top, top + CELL_H):
        bits = 0
        for x in range(left, left + CELL_W):
            bits = bits << 1 | any(rows[y][3 * x:3 * x + 3])
        glyph.append(bits)
    return bytes(glyph)
