"""Segments are read from their beginning, whatever lies between their records."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from crawler.archive.recovery import (
    Recovered,
    answers,
    foreign_names,
    holds_answers,
    segments_in,
    unbelieved,
)
from crawler.archive.segment import Location
from crawler.archive.torn import whole_members
from crawler.body import Spool
from crawler.model import UNKNOWN_DEPTH
from tests.archive.samples import AT, RUN, answer, archive_in, large, members, revisit

NAMES = [f"{RUN}-00000.warc.gz", f"{RUN}-00001.warc.gz"]


def filled(folder: Path, count: int = 3) -> tuple[Path, list[Location]]:
    archive = archive_in(folder)
    places = archive.append(
        [answer(f"<p>{n}".encode(), url=f"https://example.org/{n}") for n in range(count)]
    )
    archive.close()
    return folder / places[0].segment, places


def record(url: str, date: str, block: bytes) -> bytes:
    head = f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: {date}\r\n"
    return f"{head}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


def found_in(path: Path) -> list[Recovered]:
    return list(answers(path, Spool(path.parent)))


def test_every_answer_is_found_where_it_was_put(tmp_path: Path) -> None:
    path, places = filled(tmp_path)
    found = found_in(path)
    assert [each.location for each in found] == places
    assert [each.response.url for each in found] == [f"https://example.org/{n}" for n in range(3)]
    assert [each.response.body.read() for each in found] == [b"<p>0", b"<p>1", b"<p>2"]
    assert {each.response.status for each in found} == {200}
    assert {each.response.started_at for each in found} == {float(int(AT))}
    assert {each.response.header("content-type") for each in found} == {"text/html"}
    assert {each.wire_bytes for each in found} == {4}
    assert {each.candidate.depth for each in found} == {UNKNOWN_DEPTH}


def test_codings_are_undone_and_what_is_sent_is_counted(tmp_path: Path) -> None:
    packed = gzip.compress(b"<p>" * 1000)
    archive = archive_in(tmp_path)
    archive.append([answer(packed, headers=(("Content-Encoding", "gzip"),))])
    archive.append([answer(b"no gzip", headers=(("Content-Encoding", "gzip"),))])
    archive.close()
    good, bad = found_in(tmp_path / NAMES[0])
    assert (good.response.body.read(), good.wire_bytes) == (b"<p>" * 1000, len(packed))
    assert bad.response.body.read() == b"no gzip"


def test_a_large_body_and_a_revisit(tmp_path: Path) -> None:
    body = large(tmp_path)
    archive = archive_in(tmp_path)
    archive.append([answer(body), revisit()])
    archive.close()
    whole, unchanged = found_in(tmp_path / NAMES[0])
    assert whole.response.body.digest == body.digest
    assert (unchanged.is_revisit, unchanged.response.status) == (True, 304)


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_torn_end_costs_its_record(tmp_path: Path, cut: int) -> None:
    path, places = filled(tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    assert [each.location for each in found_in(path)] == places[:2]


def test_damage_in_the_middle_costs_its_record(tmp_path: Path) -> None:
    path, places = filled(tmp_path)
    data = bytearray(path.read_bytes())
    data[places[1].offset + 20 : places[1].offset + 60] = bytes(40)
    path.write_bytes(data)
    assert [each.location for each in found_in(path)] == [places[0], places[2]]


def test_bytes_that_begin_no_record_are_passed_over(tmp_path: Path) -> None:
    path, places = filled(tmp_path)
    data = path.read_bytes()
    start = places[1].offset
    # So many that the next beginning lies across two readings.
    path.write_bytes(data[:start] + b"\x1f\x8b\x08" * 21_845 + data[start:])
    assert [each.response.url[-1] for each in found_in(path)] == ["0", "1", "2"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"no record",
        b"WARC/1.1\r\nWARC-Type: response\r\n\r\n",
        record("https://a.org/", "today", b"HTTP/1.1 200 OK\r\n\r\n"),
        record("https://a.org/", "2026-01-01T00:00:00Z", b"HTTP/1.1 many OK\r\n\r\n"),
        record("mailto:me", "2026-01-01T00:00:00Z", b"HTTP/1.1 200 OK\r\n\r\n"),
        record("https://a.org/", "2026-01-01T00:00:00Z", b"haha"),
    ],
)
def test_a_whole_member_that_is_no_answer_is_passed_over(tmp_path: Path, text: bytes) -> None:
    path, _ = filled(tmp_path)
    path.write_bytes(gzip.compress(text, mtime=0) + path.read_bytes())
    assert len(found_in(path)) == 3


def test_members_are_told_from_any_start(tmp_path: Path) -> None:
    path, places = filled(tmp_path)
    told = list(whole_members(path))
    assert [(each.start, each.end - each.start) for each in told] == [each[:2] for each in members(path)]
    assert [each.kind for each in told] == ["warcinfo", *["request", "response"] * 3]
    assert [each.start for each in whole_members(path, places[2].offset)] == [places[2].offset]


def test_segments_and_what_is_none(tmp_path: Path) -> None:
    filled(tmp_path)
    filled(tmp_path)
    for name in ("index.cdxj", "other.warc.gz", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "20231114-221320-00009.warc.gz").mkdir()
    assert [path.name for path in segments_in(tmp_path)] == NAMES
    assert foreign_names(tmp_path) == ["20231114-221320-00009.warc.gz", "notes.txt", "other.warc.gz"]
    assert segments_in(tmp_path / "nothing") == []


def test_whether_there_are_answers_at_all(tmp_path: Path) -> None:
    assert not holds_answers(tmp_path / "nothing")
    path, _ = filled(tmp_path)
    assert holds_answers(tmp_path)
    path.write_bytes(path.read_bytes()[: members(path)[0][1]])
    assert not holds_answers(tmp_path)


def test_what_is_not_believed_in(tmp_path: Path) -> None:
    path, places = filled(tmp_path)
    assert unbelieved(tmp_path, {}) == 3
    assert unbelieved(tmp_path, {path.name: places[1].offset}) == 2
    assert unbelieved(tmp_path, {path.name: path.stat().st_size}) == 0
    assert unbelieved(tmp_path / "nothing", {}) == 0
