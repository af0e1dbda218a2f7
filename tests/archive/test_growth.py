"""A copy follows its original, whatever becomes of that: it grows, is torn, damaged, cut, or begun again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crawler.archive.growth import Copies, began_at, told_options
from crawler.archive.records import Kept, Records
from crawler.archive.torn import sound_members
from crawler.body import Body
from crawler.exchange import Head, Response

NAME = "20261128-063000-00000.warc.gz"
OPTIONS = '{"scope": "host"}'


def opening(name: str = NAME) -> list[bytes]:
    """The records that open a segment."""
    records = Records("tests")
    return [
        written(records, records.warcinfo(name, at=1_000_000_000.0)),
        written(records, records.metadata("20261128-063000", OPTIONS)),
    ]


def exchange(number: int, text: bytes = b"x") -> list[bytes]:
    """A request and its answer."""
    records = Records("tests")
    body = Body.of(text)
    response = Response(
        url=f"http://127.0.0.1/{number}",
        head=Head(status=200, headers=(("Content-Type", "text/plain"),)),
        body=body,
        wire=body,
        request_line="GET / HTTP/1.1",
        started_at=1_000_000_000.0 + number,
        ended_at=1_000_000_000.0 + number,
    )
    answer, request = records.exchange(Kept(response=response))
    return [written(records, request), written(records, answer)]


def written(records: Records, record: object) -> bytes:
    pieces: list[bytes] = []
    records.write(record, pieces.append)
    return b"".join(pieces)


@pytest.fixture
def original(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    path = tmp_path / "source" / NAME
    path.write_bytes(b"".join([*opening(), *exchange(1), *exchange(2), *exchange(3)]))
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def kinds(path: Path) -> list[str]:
    return ["" if each is None else each.kind for each in sound_members(path)]


def test_every_cut_is_followed_by_the_next(original: Path, archive: Path) -> None:
    octets = original.read_bytes()
    for end in range(0, len(octets) + 1, 37):
        original.write_bytes(octets[:end])
        assert not Copies(archive).take(original).is_damaged
        for copy in archive.iterdir():
            assert octets.startswith(copy.read_bytes())
            assert kinds(copy)[-1] == "response"
    original.write_bytes(octets)
    Copies(archive).take(original)
    assert (archive / NAME).read_bytes() == octets
    assert Copies(archive).take(original).size_bytes == 0


def test_a_segment_without_an_answer_waits(original: Path, archive: Path) -> None:
    original.write_bytes(b"".join([*opening(), exchange(1)[0]]))
    assert Copies(archive).take(original).size_bytes == 0
    assert list(archive.iterdir()) == []


def test_another_of_the_same_name_gets_another(original: Path, archive: Path) -> None:
    other = original.with_name("other")
    other.mkdir()
    (other / NAME).write_bytes(b"".join([*opening("other"), *exchange(4)]))
    copies = Copies(archive)
    copies.take(original)
    copies.take(other / NAME)
    assert {path.name for path in archive.iterdir()} == {NAME, "20261128-063000-00001.warc.gz"}
    again = Copies(archive)
    assert again.take(other / NAME).size_bytes == again.take(original).size_bytes == 0


def test_damage_is_left_out_and_what_follows_is_not(original: Path, archive: Path) -> None:
    octets = bytearray(original.read_bytes())
    first, second = exchange(4), exchange(5)
    original.write_bytes(bytes(octets) + b"".join([first[0], b"\x1f\x8b\x08" + bytes(60), *second]))
    growth = Copies(archive).take(original)
    assert growth.is_damaged
    assert (archive / NAME).read_bytes() == bytes(octets) + b"".join(second)
    with original.open("ab") as file:
        file.writelines(exchange(6))
    assert Copies(archive).take(original).size_bytes > 0
    assert kinds(archive / NAME).count("response") == 5


def test_a_gzip_file_inside_a_torn_answer_is_no_record(original: Path, archive: Path) -> None:
    whole = original.read_bytes()
    # What cannot be compressed stands in the record as it was sent.
    inner = exchange(9, bytes(range(256)) * 300)
    asked, answer = exchange(4, b"".join(inner))
    original.write_bytes(whole + asked + answer[: len(answer) - 9])
    growth = Copies(archive).take(original)
    assert not growth.is_damaged
    assert (archive / NAME).read_bytes() == whole


def test_one_that_was_cut_and_goes_on_otherwise(original: Path, archive: Path) -> None:
    octets = original.read_bytes()
    Copies(archive).take(original)
    original.write_bytes(octets[: -len(exchange(3)[1])])
    # Cut only: there is nothing to take, and what was taken stays.
    assert Copies(archive).take(original).size_bytes == 0
    assert (archive / NAME).read_bytes() == octets
    whole = [each for each in sound_members(original) if each]
    original.write_bytes(octets[: whole[-2].end] + b"".join(exchange(7)))
    assert Copies(archive).take(original).size_bytes > 0
    assert len(list(archive.iterdir())) == 2
    assert Copies(archive).take(original).size_bytes == 0


def test_what_a_kill_left_torn_is_cut(original: Path, archive: Path) -> None:
    Copies(archive).take(original)
    copy = archive / NAME
    octets = copy.read_bytes()
    copy.write_bytes(octets[:-5])
    (archive / "20261128-063000-00007.warc.gz").write_bytes(octets[:20])
    copies = Copies(archive)
    copies.trim({})
    assert [path.name for path in archive.iterdir()] == [NAME]
    copies.take(original)
    assert copy.read_bytes() == octets


def test_it_tells_when_it_was_begun_and_what_for(original: Path, tmp_path: Path) -> None:
    assert began_at(original) == 1_000_000_000.0
    assert told_options(original) == OPTIONS
    other = tmp_path / NAME
    other.write_bytes(b"".join(opening()[:1]))
    assert told_options(other) == ""
    shutil.copy(original, other)
    other.write_bytes(b"nothing of ours")
    assert told_options(other) == ""
