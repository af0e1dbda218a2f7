"""Every record is read to its end and checked; behind a damaged one it goes on."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from crawler.archive.inspection import Inspected, inspect
from tests.archive.samples import RUN, answer, archive_in, large, members, revisit

SEGMENT = f"{RUN}-00000.warc.gz"


def all_of(path: Path) -> list[Inspected]:
    return list(inspect(path, path.stat().st_size))


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    archive = archive_in(tmp_path)
    packed = answer(
        gzip.compress(b"<p>packed"), url="https://example.org/z", headers=(("Content-Encoding", "gzip"),)
    )
    odd = answer(b"plain", url="https://example.org/odd", headers=(("Content-Encoding", "gzip"),))
    archive.append([answer(), packed, revisit(), odd, answer(b"", url="https://example.org/none")])
    archive.append([answer(large(tmp_path), url="https://example.org/large")])
    archive.close()
    return tmp_path / SEGMENT


def packed_as_ours(record: bytes) -> bytes:
    squeezer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return squeezer.compress(record) + squeezer.flush()


def rewritten(segment: Path, number: int, old: bytes, new: bytes) -> Path:
    """With one record changed, and whole as a gzip member."""
    parts = [inside for _, _, inside in members(segment)]
    assert old in parts[number]
    parts[number] = parts[number].replace(old, new, 1)
    segment.write_bytes(b"".join(map(packed_as_ours, parts)))
    return segment


def test_a_sound_segment(segment: Path) -> None:
    found = all_of(segment)
    assert [each.wrong for each in found] == [""] * 13
    assert [each.kind for each in found] == [
        "warcinfo",
        *(["request", "response"] * 2),
        "request",
        "revisit",
        *(["request", "response"] * 3),
    ]
    assert [(each.start, each.end - each.start) for each in found] == [
        (start, length) for start, length, _ in members(segment)
    ]


def test_the_digests_are_those_of_the_body_decoded_and_as_sent(segment: Path) -> None:
    by_url = {each.url: each.digests for each in all_of(segment) if each.kind == "response"}
    sha = {
        name: f"sha256:{hashlib.sha256(body).hexdigest()}"
        for name, body in (("packed", b"<p>packed"), ("odd", b"plain"), ("none", b""))
    }
    assert by_url["https://example.org/z"][0] == sha["packed"]
    assert sha["odd"] in by_url["https://example.org/odd"]
    assert by_url["https://example.org/none"] == (sha["none"], sha["none"])


def test_it_says_what_warcio_says(segment: Path) -> None:
    """Of a payload that is another than its digest."""
    rewritten(segment, 2, b"<p>hello", b"<p>hallo")
    command = [sys.executable, "-m", "warcio.cli", "check", str(segment)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
    (wrong,) = [each for each in all_of(segment) if each.wrong]
    assert (wrong.url, wrong.wrong) == ("https://example.org/a?b=c", "has another block digest than it says")


@pytest.mark.parametrize(
    ("number", "old", "new", "wrong"),
    [
        (
            2,
            b"WARC-Payload-Digest: sha1:",
            b"WARC-Payload-Digest: sha1:A",
            "has another payload digest than it says",
        ),
        (
            1,
            b"WARC-Block-Digest: sha1:",
            b"WARC-Block-Digest: sha1:A",
            "has another block digest than it says",
        ),
        (2, b"Content-Length: ", b"Content-Length: 1", "is shorter than it says"),
        (2, b"Content-Length: ", b"Content-Length: x", "has no length"),
        (2, b"<p>hello\r\n", b"<p>hello!\r\n", "is longer than it says"),
        (2, b"WARC/1.1", b"WORK/1.1", "is no WARC record"),
    ],
)
def test_what_can_be_wrong_with_a_record(
    segment: Path, number: int, old: bytes, new: bytes, wrong: str
) -> None:
    found = all_of(rewritten(segment, number, old, new))
    assert {each.wrong for each in found if each.wrong} == {wrong}
    assert len(found) == 13
    assert found[number].wrong == wrong


def test_behind_a_damaged_one_it_goes_on(segment: Path) -> None:
    places = [(start, start + length) for start, length, _ in members(segment)]
    content = bytearray(segment.read_bytes())
    start, end = places[4]
    content[(start + end) // 2] ^= 0x55
    segment.write_bytes(content)
    found = all_of(segment)
    assert [(each.start, each.end) for each in found] == places
    assert [each.wrong for each in found if each.wrong] == ["is damaged (gzip)"]


def test_the_end_of_one_that_was_cut(segment: Path) -> None:
    start, length, _ = members(segment)[-1]
    content = segment.read_bytes()
    segment.write_bytes(content[:-1])
    found = all_of(segment)
    assert found[-1] == Inspected(
        start=start,
        end=start + length - 1,
        kind="response",
        url="https://example.org/large",
        wrong="is cut short",
    )


def test_it_stops_where_it_is_told(segment: Path) -> None:
    ends = [start + length for start, length, _ in members(segment)]
    assert len(list(inspect(segment, ends[4]))) == 5


def test_what_is_no_gzip_at_all(tmp_path: Path) -> None:
    path = tmp_path / SEGMENT
    path.write_bytes(b"hello")
    assert all_of(path) == [Inspected(start=0, end=5, wrong="is damaged (gzip)")]
    path.write_bytes(b"")
    assert all_of(path) == []


def test_a_record_without_digests_passes(tmp_path: Path) -> None:
    path = tmp_path / SEGMENT
    path.write_bytes(packed_as_ours(b"WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: 1\r\n\r\nx\r\n\r\n"))
    assert [(each.kind, each.wrong) for each in all_of(path)] == [("metadata", "")]


def test_a_head_without_end_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / SEGMENT
    path.write_bytes(packed_as_ours(b"WARC/1.1\r\n" + b"x" * 5_000_000))
    assert [each.wrong for each in all_of(path)] == ["is no WARC record"]
