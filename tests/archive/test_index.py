"""The CDXJ index: its lines, their order, and that it is whole or not there."""

from __future__ import annotations

import dataclasses
import json
import os
import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from crawler.archive import index
from crawler.archive.index import IndexWriter, cdxj_line, index_lines
from crawler.errors import StorageError
from crawler.model import Capture
from tests.archive.samples import answer, archive_in, capture_of, members

CAPTURE = Capture(
    url="https://www.Example.org/a?b=c".lower(),
    captured_at=1_700_000_000.75,
    status=200,
    media_type="text/html",
    size_bytes=5,
    digest="sha256:00ff",
    segment="20231114-221320-00000.warc.gz",
    offset=310,
    length=420,
)


def at(url: str, captured_at: float = 1_700_000_000.0) -> Capture:
    return dataclasses.replace(CAPTURE, url=url, captured_at=captured_at)


def write_index(folder: Path, captures: Iterable[Capture]) -> int:
    with IndexWriter(folder) as writer:
        for capture in captures:
            writer.add([capture])
        return writer.write()


def test_a_line_has_key_time_and_the_fields_of_pywb() -> None:
    assert cdxj_line(CAPTURE) == (
        "org,example)/a?b=c 20231114221320 "
        '{"url": "https://www.example.org/a?b=c", "mime": "text/html", "status": "200", "digest": "sha256:00ff", '
        '"length": "420", "offset": "310", "filename": "20231114-221320-00000.warc.gz"}'
    )


def test_an_unknown_type_has_its_word() -> None:
    line = cdxj_line(dataclasses.replace(CAPTURE, media_type=""))
    assert json.loads(line.split(" ", 2)[2])["mime"] == "unk"


def test_the_lines_are_sorted_by_their_bytes(tmp_path: Path) -> None:
    urls = [
        "https://b.org/",
        "https://a.org/b",
        "https://a.org/",
        "https://a.org:8080/",
        "https://a.org/a?x",
        "http://[::1]/",
    ]
    captures = [at(url, second) for url in urls for second in (1.7e9, 1.6e9)]
    random.Random(1).shuffle(captures)
    assert write_index(tmp_path, captures) == 12
    lines = (tmp_path / "index.cdxj").read_bytes().splitlines()
    assert lines == sorted(lines)
    assert len(lines) == 12
    assert [path.name for path in tmp_path.iterdir()] == ["index.cdxj"]


def test_what_is_in_no_segment_is_not_listed(tmp_path: Path) -> None:
    assert write_index(tmp_path, [dataclasses.replace(CAPTURE, segment=None)]) == 0
    assert (tmp_path / "index.cdxj").read_bytes() == b""


def test_a_line_leads_to_its_record(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    kept = [answer(url=f"https://example.org/{n}") for n in range(5)]
    places = archive.append(kept)
    archive.close()
    write_index(tmp_path, [capture_of(each, place) for each, place in zip(kept, places, strict=True)])
    for line in (tmp_path / "index.cdxj").read_text().splitlines():
        fields = json.loads(line.split(" ", 2)[2])
        found = {
            offset: (length, inside) for offset, length, inside in members(tmp_path / fields["filename"])
        }
        length, inside = found[int(fields["offset"])]
        assert length == int(fields["length"])
        assert f"\r\nWARC-Target-URI: {fields['url']}\r\n".encode() in inside
        assert b"\r\nWARC-Type: response\r\n" in inside


def test_the_old_index_is_replaced(tmp_path: Path) -> None:
    write_index(tmp_path, [CAPTURE, at("https://a.org/")])
    write_index(tmp_path, [CAPTURE])
    assert (tmp_path / "index.cdxj").read_text() == cdxj_line(CAPTURE) + "\n"


def test_a_failure_half_way_leaves_the_old_index(tmp_path: Path) -> None:
    write_index(tmp_path, [CAPTURE])
    (tmp_path / "index.cdxj.part").mkdir()
    with pytest.raises(StorageError, match=r"index\.cdxj"):
        write_index(tmp_path, [])
    assert (tmp_path / "index.cdxj").read_text() == cdxj_line(CAPTURE) + "\n"


@pytest.mark.parametrize("plant", ["link", "pipe"])
def test_nothing_that_was_planted_is_written_through(tmp_path: Path, plant: str) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    victim = tmp_path / "victim"
    victim.write_text("mine")
    for name in ("index.cdxj.part", "index.cdxj"):
        if plant == "link":
            (folder / name).symlink_to(victim)
        else:
            os.mkfifo(folder / name)
    write_index(folder, [CAPTURE])
    assert victim.read_text() == "mine"
    assert (folder / "index.cdxj").is_file()
    assert not (folder / "index.cdxj").is_symlink()


@pytest.mark.parametrize("held", [1, 3, 7, 100])
def test_more_than_is_held_at_once_is_sorted_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(index, "_LINES_HELD", held)
    captures = [at(f"https://{name}.org/{n}") for name in "cab" for n in range(7)]
    assert write_index(tmp_path, captures) == 21
    assert (tmp_path / "index.cdxj").read_text().splitlines() == sorted(map(cdxj_line, captures))
    assert [path.name for path in tmp_path.iterdir()] == ["index.cdxj"]


def test_the_lines_are_read_back(tmp_path: Path) -> None:
    (tmp_path / "index.cdxj").write_bytes(b"a {}\nb\xff\r\nc")
    assert list(index_lines(tmp_path)) == ["a {}", "b\\xff\r", "c"]
    with pytest.raises(FileNotFoundError):
        list(index_lines(tmp_path / "none"))
