"""Reading back: what was written, and nothing else."""

from __future__ import annotations

import dataclasses
import gzip
import tracemalloc
import zlib
from pathlib import Path

import pytest

from crawler.archive.reader import read_body
from crawler.archive.records import Kept
from crawler.body import Spool
from crawler.errors import StorageError
from crawler.exchange import Headers
from crawler.model import Capture
from tests.archive.samples import answer, archive_in, capture_of, large


def store(folder: Path, *kept: Kept, body: bytes | None = None) -> list[Capture]:
    archive = archive_in(folder)
    places = archive.append(kept)
    archive.close()
    return [capture_of(each, place, body) for each, place in zip(kept, places, strict=True)]


@pytest.mark.parametrize(
    ("wire", "headers"),
    [
        (b"page", ()),
        (b"page", (("Content-Encoding", "identity"),)),
        (gzip.compress(b"page", mtime=0), (("content-encoding", "gzip"),)),
        (gzip.compress(b"page", mtime=0), (("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked"))),
        (gzip.compress(zlib.compress(b"page"), mtime=0), (("Content-Encoding", "deflate, gzip"),)),
        (
            gzip.compress(zlib.compress(b"page"), mtime=0),
            (("Content-Encoding", "deflate"), ("Content-Encoding", "gzip")),
        ),
        (b"page", (("Content-Encoding", "unheard-of"),)),
    ],
)
def test_the_body_comes_back_decoded(tmp_path: Path, wire: bytes, headers: Headers) -> None:
    (capture,) = store(tmp_path, answer(wire, headers=headers), body=b"page")
    assert read_body(tmp_path, capture, Spool()).read() == b"page"


def test_brotli_comes_back_decoded(tmp_path: Path) -> None:
    brotli = pytest.importorskip("brotli")
    wire = brotli.compress(b"page")
    (capture,) = store(tmp_path, answer(wire, headers=(("Content-Encoding", "br"),)), body=b"page")
    assert read_body(tmp_path, capture, Spool()).read() == b"page"


def test_what_could_not_be_decoded_when_it_was_fetched_comes_back_as_it_was_meant(tmp_path: Path) -> None:
    wire = gzip.compress(b"page")
    (capture,) = store(tmp_path, answer(wire, headers=(("Content-Encoding", "gzip"),)), body=wire)
    assert read_body(tmp_path, capture, Spool()).read() == wire


@pytest.mark.parametrize("body", [b"", b"\0" * 100_000, bytes(range(256)), b"\r\n\r\nWARC/1.1\r\n"])
def test_any_body_comes_back(tmp_path: Path, body: bytes) -> None:
    (capture,) = store(tmp_path, answer(body))
    assert read_body(tmp_path, capture, Spool()).read() == body


@pytest.mark.parametrize("coding", ["", "gzip", "deflate, gzip"])
def test_a_large_body_comes_back_in_a_file_without_being_held(tmp_path: Path, coding: str) -> None:
    body = large(tmp_path, 30_000_000)
    content = body.read()
    wire = content
    for name in coding.split(", ") if coding else ():
        wire = gzip.compress(wire, 1) if name == "gzip" else zlib.compress(wire, 1)
    kept = answer(wire, headers=(("Content-Encoding", coding),) if coding else ())
    (capture,) = store(tmp_path / "archive", kept, body=content)
    del wire, kept, content
    tracemalloc.start()
    try:
        again = read_body(tmp_path / "archive", capture, Spool(tmp_path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert again == body
    assert again.path is not None
    assert peak < 6_000_000


def test_each_capture_reads_its_own(tmp_path: Path) -> None:
    captures = store(tmp_path, *(answer(f"{n}".encode(), url=f"https://example.org/{n}") for n in range(20)))
    assert [read_body(tmp_path, each, Spool()).read() for each in captures] == [
        f"{n}".encode() for n in range(20)
    ]


class TestDamage:
    @pytest.fixture
    def two(self, tmp_path: Path) -> list[Capture]:
        return store(
            tmp_path, answer(b"one", url="https://example.org/1"), answer(b"two", url="https://example.org/2")
        )

    def refused(self, folder: Path, capture: Capture) -> str:
        with pytest.raises(StorageError) as caught:
            read_body(folder, capture, Spool())
        message = str(caught.value)
        assert "\n" not in message
        assert capture.url in message
        assert "crawl it again" in message or "no archive" in message
        return message

    @pytest.mark.parametrize("shift", [-200, -1, 1, 5, 100, 10**9])
    def test_a_wrong_offset(self, tmp_path: Path, two: list[Capture], shift: int) -> None:
        self.refused(tmp_path, dataclasses.replace(two[1], offset=two[1].offset + shift))

    def test_the_place_of_another_record(self, tmp_path: Path, two: list[Capture]) -> None:
        other = dataclasses.replace(two[1], offset=two[0].offset, length=two[0].length)
        assert "another record" in self.refused(tmp_path, other)

    def test_the_place_of_no_response(self, tmp_path: Path, two: list[Capture]) -> None:
        self.refused(tmp_path, dataclasses.replace(two[0], offset=0, length=two[0].offset))

    def test_other_content(self, tmp_path: Path, two: list[Capture]) -> None:
        assert "other content" in self.refused(tmp_path, dataclasses.replace(two[0], digest="sha256:00"))

    @pytest.mark.parametrize("length", [0, 1, 15, 100])
    def test_a_length_that_cuts(self, tmp_path: Path, two: list[Capture], length: int) -> None:
        self.refused(tmp_path, dataclasses.replace(two[0], length=length))

    def test_a_flipped_bit(self, tmp_path: Path, two: list[Capture]) -> None:
        segment = two[0].segment
        assert segment is not None
        data = bytearray((tmp_path / segment).read_bytes())
        data[two[0].offset + two[0].length // 2] ^= 1
        (tmp_path / segment).write_bytes(data)
        self.refused(tmp_path, two[0])
        assert read_body(tmp_path, two[1], Spool()).read() == b"two"

    def test_a_segment_that_is_gone(self, tmp_path: Path, two: list[Capture]) -> None:
        self.refused(tmp_path / "elsewhere", two[0])

    def test_no_segment(self, tmp_path: Path, two: list[Capture]) -> None:
        assert "no archive segment" in self.refused(tmp_path, dataclasses.replace(two[0], segment=None))
