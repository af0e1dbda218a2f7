"""Make the small binary files of the practice site: PNG, WAV and PDF, from arithmetic alone."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Sequence
from functools import cache

__all__ = ["cursor", "foghorn", "grain", "pressed", "sea", "tide_table", "touch_icon"]

Colour = tuple[int, int, int]

SKIES: dict[str, tuple[Colour, Colour, Colour]] = {
    "dusk": ((24, 34, 66), (226, 140, 92), (34, 66, 84)),
    "night": ((6, 12, 26), (30, 62, 92), (12, 30, 44)),
    "dawn": ((120, 160, 190), (250, 220, 170), (96, 140, 150)),
}
SKY_STEPS = 96
PAPER, LAMP, DARK, STAR = SKY_STEPS * 2, SKY_STEPS * 2 + 1, SKY_STEPS * 2 + 2, SKY_STEPS * 2 + 3
SAMPLE_RATE = 8000
HORN_SECONDS = 1.6


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def _png(rows: Sequence[bytes], palette: Sequence[Colour], clear: int = 0) -> bytes:
    """An 8-bit palette PNG (PNG third edition section 11.2); the first `clear` colours are transparent."""
    header = struct.pack(">LLBBBBB", len(rows[0]), len(rows), 8, 3, 0, 0, 0)
    chunks = [_chunk(b"IHDR", header), _chunk(b"PLTE", b"".join(bytes(colour) for colour in palette))]
    if clear:
        chunks.append(_chunk(b"tRNS", bytes(clear)))
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join([*chunks, _chunk(b"IDAT", body), _chunk(b"IEND", b"")])


def _blend(a: Colour, b: Colour, share: float) -> Colour:
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def _fill(row: bytearray, first: float, last: float, colour: int) -> None:
    start, stop = max(0, round(first)), min(len(row), round(last))
    if start < stop:
        row[start:stop] = bytes([colour]) * (stop - start)


@cache
def sea(hour: str, width: int) -> bytes:
    """A painting of the sea with a light on it, 16 by 9.

    Args:
        hour: `dusk`, `night` or `dawn`.
        width: in pixels.
    """
    top, glow, water = SKIES[hour]
    palette = [_blend(top, glow, (step / SKY_STEPS) ** 1.6) for step in range(SKY_STEPS)]
    palette += [
        _blend(_blend(water, glow, 0.5), water, (step / SKY_STEPS) ** 0.5) for step in range(SKY_STEPS)
    ]
    palette += [(240, 231, 212), (255, 214, 130), (16, 24, 34), (236, 228, 210)]
    height = width * 9 // 16
    rows = []
    for y in range(height):
        v = y / height
        colour = int(v / 0.68 * SKY_STEPS) if v < 0.68 else SKY_STEPS + int((v - 0.68) / 0.32 * SKY_STEPS)
        row = bytearray([min(colour, SKY_STEPS * 2 - 1)]) * width
        if hour == "night" and v < 0.5 and (y * 37) % 5 == 0:
            row[(y * 7919) % width] = STAR
        if v > 0.7:
            for crest in range(3):
                start = (y * y * 31 + crest * width // 3) % width
                _fill(row, start, start + width * (v - 0.68) * 0.5, max(SKY_STEPS, row[0] - 7))
            _fill(
                row,
                width * (0.3 - 0.02 * math.sin(y * 1.7)),
                width * (0.3 + 0.02 * abs(math.sin(y * 2.3))),
                LAMP,
            )
        _island(row, v)
        rows.append(bytes(row))
    return _png(rows, palette)


def _island(row: bytearray, v: float) -> None:
    width = len(row)
    if 0.6 < v < 0.72:
        rise = (v - 0.6) / 0.12
        _fill(row, width * (0.3 - 0.16 * rise**0.6), width * (0.3 + 0.2 * rise**0.5), DARK)
    if 0.26 < v < 0.64:
        half = 0.010 + 0.012 * (v - 0.26)
        _fill(row, width * (0.3 - half), width * (0.3 + half), DARK if 0.38 < v < 0.46 else PAPER)
    if 0.2 < v <= 0.26:
        _fill(row, width * 0.292, width * 0.308, LAMP)
    if 0.17 < v <= 0.2:
        _fill(row, width * (0.3 - (v - 0.17) * 0.4), width * (0.3 + (v - 0.17) * 0.4), DARK)


@cache
def grain(size: int) -> bytes:
    """A square of faint paper grain that can be laid side by side; transparent but for the specks."""
    rows = [
        bytes(1 if (x * x * 7 + y * y * 13 + x * y * 3) % 61 == 0 else 0 for x in range(size))
        for y in range(size)
    ]
    return _png(rows, [(0, 0, 0), (150, 130, 100)], clear=1)


@cache
def touch_icon() -> bytes:
    """The light as a 180-pixel icon."""
    rows = []
    for y in range(180):
        row = bytearray(180)
        if 36 < y < 84:
            reach = 90 if abs(y - 60) < 24 else 0
            wing = abs(y - 60) * 3.4
            _fill(row, 90 - reach, 90 - wing, 1)
            _fill(row, 90 + wing, 90 + reach, 1)
        if 72 <= y < 160:
            _fill(row, 72 - (y - 72) / 8, 108 + (y - 72) / 8, 3 if 96 <= y < 124 else 2)
        if 48 <= y < 72:
            _fill(row, 78, 102, 4)
        rows.append(bytes(row))
    return _png(rows, [(18, 38, 58), (92, 92, 84), (246, 239, 224), (179, 54, 43), (255, 195, 92)])


@cache
def cursor() -> bytes:
    """A lamp to point with, 24 by 24, hot spot at (12, 4)."""
    rows = []
    for y in range(24):
        row = bytearray(24)
        half = 4 if 4 <= y < 12 else 7 if 12 <= y < 15 else 5 if y >= 15 else max(0, y - 1)
        _fill(row, 12 - half, 12 + half, 2)
        _fill(row, 13 - half, 11 + half, 1 if 4 <= y < 12 else 2)
        rows.append(bytes(row))
    return _png(rows, [(0, 0, 0), (255, 195, 92), (40, 30, 20)], clear=1)


@cache
def foghorn() -> bytes:
    """The fog signal of Corran Head, 8-bit mono WAV: one low note with a grunt at its end."""
    count = int(SAMPLE_RATE * HORN_SECONDS)
    samples = bytearray()
    for n in range(count):
        t = n / SAMPLE_RATE
        pitch = 88 if t < HORN_SECONDS * 0.85 else 58
        swell = min(1.0, t * 8, (HORN_SECONDS - t) * 8)
        wave = sum(math.sin(math.tau * pitch * k * t) / k for k in (1, 2, 3, 5))
        samples.append(128 + int(max(-1.0, min(1.0, wave * 0.6)) * swell * 110))
    fmt = struct.pack("<HHLLHH", 1, 1, SAMPLE_RATE, SAMPLE_RATE, 1, 8)
    body = (
        b"WAVEfmt " + struct.pack("<L", len(fmt)) + fmt + b"data" + struct.pack("<L", count) + bytes(samples)
    )
    return b"RIFF" + struct.pack("<L", len(body)) + body


@cache
def tide_table() -> bytes:
    """A PDF 1.4 of one page, with a cross-reference table that counts right (ISO 32000-1 section 7.5.4)."""
    lines = ["BT /F1 24 Tf 60 760 Td (Tide table, Merrow coast) Tj /F1 12 Tf 0 -40 Td"]
    lines += [
        f"({day:>2} October   high water {(3 * day * 17) % 12 + 1:02d}.{day * 7 % 60:02d}   height {3 + day % 4}.{day % 10} m) Tj 0 -20 Td"
        for day in range(1, 29)
    ]
    stream = ("\n".join(lines) + "\nET").encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(body))
    )


def pressed(body: bytes) -> bytes:
    """`body` as gzip, the same bytes every time."""
    return gzip.compress(body, mtime=0)
