import struct
import zlib

import pytest

from crawler.practice.fontfile import truetype, woff
from crawler.practice.lettering import ALSO, LETTERS, cut
from crawler.practice.rooms import lights


def tables(font: bytes) -> dict[bytes, tuple[int, bytes]]:
    (count,) = struct.unpack_from(">H", font, 4)
    found = {}
    for number in range(count):
        tag, checksum, offset, length = struct.unpack_from(">4sLLL", font, 12 + 16 * number)
        found[tag] = (checksum, font[offset : offset + length])
    return found


def words(data: bytes) -> int:
    data += bytes(-len(data) % 4)
    return sum(int.from_bytes(data[i : i + 4]) for i in range(0, len(data), 4)) & 0xFFFFFFFF


def test_checksums_of_the_tables_and_of_the_whole() -> None:
    font = truetype()
    for tag, (checksum, data) in tables(font).items():
        assert words(data[:8] + bytes(4) + data[12:] if tag == b"head" else data) == checksum, tag
    assert words(font) == 0xB1B0AFBA


def test_tables_are_in_order_and_aligned() -> None:
    tags = list(tables(truetype()))
    assert tags == sorted(tags)
    assert {b"OS/2", b"cmap", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp", b"name", b"post"} == set(
        tags
    )


def test_the_wrapper_holds_the_same_tables() -> None:
    wrapped, plain = woff(), tables(truetype())
    signature, _, size, count = struct.unpack_from(">4sLLH", wrapped)
    assert (signature, size, count) == (b"wOFF", len(wrapped), len(plain))
    for number in range(count):
        tag, offset, packed, length, checksum = struct.unpack_from(">4sLLLL", wrapped, 44 + 20 * number)
        data = wrapped[offset : offset + packed]
        assert (checksum, zlib.decompress(data) if packed < length else data) == plain[tag]


def test_the_font_is_small() -> None:
    assert len(truetype()) < 12_000
    assert len(woff()) < 6_000


@pytest.mark.parametrize("letter", [letter for letter in LETTERS if letter != " "])
def test_a_letter_lies_inside_its_width(letter: str) -> None:
    advance, contours = cut(LETTERS[letter])
    xs = [x for contour in contours for x, _ in contour]
    assert 0 < min(xs) < max(xs) < advance
    assert max(y for contour in contours for _, y in contour) <= 1000


def test_every_name_of_a_light_can_be_set() -> None:
    known = set(LETTERS) | {letter.lower() for letter in LETTERS} | set(ALSO)
    assert set("".join(light.name for light in lights())) <= known
