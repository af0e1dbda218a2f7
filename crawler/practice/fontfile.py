"""Put the letters of the practice site into font files.

Tables follow the OpenType specification 1.9.1 ("otff" for directory and checksums, "glyf" for outlines),
the wrapper WOFF File Format 1.0. Checked once with fontTools, and by every browser that shows the site.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from crawler.practice.lettering import ALSO, LETTERS, Glyph, cut

__all__ = ["truetype", "woff"]

FAMILY = "Merrow Sign"
UNITS_PER_EM = 1000
ASCENT, DESCENT = 1000, -260
MADE_AT = 3_876_000_000  # seconds since 1904; fixed, so that the bytes never change
CHECKSUM_MAGIC = 0xB1B0AFBA
MISSING = "0,0 0,14 7,14 7,0 0,0"


def _box(contours: Sequence[Sequence[tuple[int, int]]]) -> tuple[int, int, int, int]:
    xs = [x for contour in contours for x, _ in contour] or [0]
    ys = [y for contour in contours for _, y in contour] or [0]
    return min(xs), min(ys), max(xs), max(ys)


def _outline(contours: Sequence[Sequence[tuple[int, int]]]) -> bytes:
    if not contours:
        return b""
    points = [point for contour in contours for point in contour]
    ends, end = [], -1
    for contour in contours:
        end += len(contour)
        ends.append(end)
    steps = [(x - px, y - py) for (px, py), (x, y) in pairwise([(0, 0), *points])]
    data = struct.pack(f">h4h{len(ends)}Hh", len(contours), *_box(contours), *ends, 0)
    data += b"\x01" * len(points)  # every point on the curve, both deltas as words
    data += struct.pack(f">{len(steps)}h", *[x for x, _ in steps])
    data += struct.pack(f">{len(steps)}h", *[y for _, y in steps])
    return data + bytes(-len(data) % 4)


def _character_map(numbers: dict[int, int]) -> bytes:
    """A cmap of format 4 with one segment a character: small, and simple to check."""
    codes = [*sorted(numbers), 0xFFFF]
    deltas = [(numbers.get(code, 1 if code == 0xFFFF else 0) - code) & 0xFFFF for code in codes]
    deltas[-1] = 1
    count = len(codes)
    power = 1 << (count.bit_length() - 1)
    search = (count * 2, power * 2, power.bit_length() - 1, count * 2 - power * 2)
    segments = struct.pack(f">{count}HH{count}H{count}H{count}H", *codes, 0, *codes, *deltas, *([0] * count))
    table = struct.pack(">HHHHHHH", 4, 14 + len(segments), 0, *search) + segments
    return struct.pack(">HHHHL", 0, 1, 3, 1, 12) + table


def _names() -> bytes:
    texts = {
        1: FAMILY,
        2: "Regular",
        3: f"{FAMILY} 1",
        4: FAMILY,
        5: "Version 1.0",
        6: FAMILY.replace(" ", ""),
    }
    records, strings = b"", b""
    for number, text in texts.items():
        encoded = text.encode("utf-16-be")
        records += struct.pack(">6H", 3, 1, 0x409, number, len(encoded), len(strings))
        strings += encoded
    return struct.pack(">3H", 0, len(texts), 6 + len(records)) + records + strings


def _tables() -> dict[str, bytes]:
    glyphs: list[Glyph] = [
        cut(MISSING),
        *[cut(strokes) for strokes in LETTERS.values()],
    ]
    numbers = {ord(letter): number for number, letter in enumerate(LETTERS, 1)}
    numbers |= {ord(letter.lower()): number for letter, number in zip(LETTERS, numbers.values(), strict=True)}
    numbers |= {ord(other): numbers[ord(letter)] for other, letter in ALSO.items()}
    outlines = [_outline(contours) for _, contours in glyphs]
    ends = [sum(len(outline) for outline in outlines[:count]) for count in range(len(outlines) + 1)]
    boxes = [_box(contours) for _, contours in glyphs]
    x_min, y_min = min(box[0] for box in boxes), min(box[1] for box in boxes)
    x_max, y_max = max(box[2] for box in boxes), max(box[3] for box in boxes)
    widest = max(advance for advance, _ in glyphs)
    most_points = max(sum(map(len, contours)) for _, contours in glyphs)
    most_contours = max(len(contours) for _, contours in glyphs)
    metrics = b"".join(
        struct.pack(">Hh", advance, box[0]) for (advance, _), box in zip(glyphs, boxes, strict=True)
    )
    font_box = (x_min, y_min, x_max, y_max)
    return {
        "OS/2": struct.pack(
            ">hHHHH11h10sLLLL4sHHHhhhHHLLhhHHH",
            4,
            500,
            400,
            5,
            0,
            *([0] * 10),
            0,
            bytes(10),
            3,
            0,
            0,
            0,
            b"NONE",
            0x40,
            32,
            0x2019,
            ASCENT,
            DESCENT,
            0,
            ASCENT,
            -DESCENT,
            1,
            0,
            500,
            700,
            0,
            32,
            1,
        ),
        "cmap": _character_map(numbers),
        "glyf": b"".join(outlines),
        "head": struct.pack(
            ">LLLLHHQQ4hHHhhh",
            0x10000,
            0x10000,
            0,
            0x5F0F3CF5,
            3,
            UNITS_PER_EM,
            MADE_AT,
            MADE_AT,
            *font_box,
            0,
            8,
            2,
            1,
            0,
        ),
        "hhea": struct.pack(
            ">L3hH11hH", 0x10000, ASCENT, DESCENT, 0, widest, 0, 0, x_max, 1, 0, 0, 0, 0, 0, 0, 0, len(glyphs)
        ),
        "hmtx": metrics,
        "loca": struct.pack(f">{len(ends)}L", *ends),
        "maxp": struct.pack(
            ">L14H", 0x10000, len(glyphs), most_points, most_contours, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0
        ),
        "name": _names(),
        "post": struct.pack(">LLhhLLLLL", 0x30000, 0, -100, 50, 0, 0, 0, 0, 0),
    }


def _checksum(table: bytes) -> int:
    padded = table + bytes(-len(table) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}L", padded)
    return sum(words) & 0xFFFFFFFF


def _assemble(tables: dict[str, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(">LHHHH", 0x10000, count, power * 16, power.bit_length() - 1, (count - power) * 16)
    offset, body = 12 + 16 * count, b""
    for tag, table in tables.items():
        unadjusted = table[:8] + bytes(4) + table[12:] if tag == "head" else table
        head += struct.pack(">4sLLL", tag.encode(), _checksum(unadjusted), offset + len(body), len(table))
        body += table + bytes(-len(table) % 4)
    return head + body


@cache
def truetype() -> bytes:
    """The font as a TrueType file; about 9 KB, the same bytes every time."""
    tables = _tables()
    whole = (CHECKSUM_MAGIC - _checksum(_assemble(tables))) & 0xFFFFFFFF
    head = tables["head"]
    return _assemble(tables | {"head": head[:8] + struct.pack(">L", whole) + head[12:]})


@cache
def woff() -> bytes:
    """The same font in a WOFF 1.0 wrapper (W3C WOFF section 3 to 5)."""
    font = truetype()
    (count,) = struct.unpack_from(">H", font, 4)
    directory, body = b"", b""
    for number in range(count):
        tag, checksum, offset, length = struct.unpack_from(">4sLLL", font, 12 + 16 * number)
        table = font[offset : offset + length]
        packed = min(zlib.compress(table, 9), table, key=len)
        directory += struct.pack(">4sLLLL", tag, 44 + 20 * count + len(body), len(packed), length, checksum)
        body += packed + bytes(-len(packed) % 4)
    size_bytes = 44 + len(directory) + len(body)
    header = struct.pack(
        ">4sLLHHLHHLLLLL", b"wOFF", 0x10000, size_bytes, count, 0, len(font), 1, 0, 0, 0, 0, 0, 0
    )
    return header + directory + body
