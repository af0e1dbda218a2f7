import gzip
import io
import re
import struct
import wave
import zlib

import pytest

from crawler.practice.pictures import cursor, foghorn, grain, pressed, sea, tide_table, touch_icon
from crawler.practice.rooms import asset


def pixels(png: bytes) -> tuple[int, int]:
    """Size of a PNG whose every chunk and row is right."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    place, chunks = 8, {}
    while place < len(png):
        length, kind = struct.unpack_from(">L4s", png, place)
        data = png[place + 8 : place + 8 + length]
        assert struct.unpack_from(">L", png, place + 8 + length)[0] == zlib.crc32(kind + data)
        chunks[kind] = data
        place += 12 + length
    width, height, depth, colour = struct.unpack_from(">LLBB", chunks[b"IHDR"])
    assert (depth, colour) == (8, 3)
    rows = zlib.decompress(chunks[b"IDAT"])
    assert len(rows) == (width + 1) * height
    assert max(rows) < len(chunks[b"PLTE"]) // 3
    return width, height


@pytest.mark.parametrize("hour", ["dusk", "night", "dawn"])
@pytest.mark.parametrize("width", [160, 320, 640])
def test_paintings(hour: str, width: int) -> None:
    assert pixels(sea(hour, width)) == (width, width * 9 // 16)
    assert len(sea(hour, width)) < 20_000


def test_small_pictures() -> None:
    assert pixels(touch_icon()) == (180, 180)
    assert pixels(cursor()) == (24, 24)
    assert pixels(grain(64)) == (64, 64)


def test_the_fog_signal_can_be_heard() -> None:
    with wave.open(io.BytesIO(foghorn())) as horn:
        assert (horn.getnchannels(), horn.getframerate(), horn.getnframes()) == (1, 8000, 12_800)
        samples = horn.readframes(12_800)
    assert max(samples) > 200
    assert min(samples) < 60


def test_the_cross_reference_table_points_at_the_objects() -> None:
    pdf = tide_table()
    start = int(re.findall(rb"startxref\n(\d+)", pdf)[0])
    assert pdf[start:].startswith(b"xref\n0 6\n")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n ", pdf), 1):
        assert pdf[int(place) :].startswith(b"%d 0 obj" % number)
    length = int(re.findall(rb"/Length (\d+)", pdf)[0])
    stream = pdf.index(b"stream\n") + 7
    assert pdf[stream + length :].startswith(b"\nendstream")


def test_pressed_is_reversible_and_repeatable() -> None:
    assert gzip.decompress(pressed(b"papers")) == b"papers"
    assert pressed(b"papers") == pressed(b"papers")


def test_the_video_is_webm_and_small() -> None:
    video = asset("media/beam.webm")
    assert video.startswith(b"\x1aE\xdf\xa3")
    assert b"webm" in video[:64]
    assert len(video) < 20_000
