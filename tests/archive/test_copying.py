"""Records are copied byte for byte, each with its request, and lie where it is said."""

from __future__ import annotations

import errno
import io
from pathlib import Path

import pytest

from crawler.archive.copying import copy_exchanges, segment_chunks
from crawler.archive.reader import read_body
from crawler.archive.torn import MEMBER_START
from crawler.body import Spool
from crawler.errors import StorageError
from crawler.model import Capture
from tests.archive.samples import answer, archive_in, capture_of, kinds, large, members, revisit

NAME = "copy.warc.gz"


def stored(folder: Path, spool: Path) -> list[Capture]:
    """Three answers in two segments, a revisit between them."""
    spool.mkdir()
    archive = archive_in(folder, segment_bytes=1_000_000)
    kept = [
        answer(large(spool, 4_000_000), url="https://example.org/large"),
        answer(b"one", url="https://example.org/1"),
        revisit(),
        answer(MEMBER_START * 3, url="https://example.org/2"),
    ]
    places = [place for each in kept for place in archive.append([each])]
    archive.close()
    del kept[2], places[2]
    return [capture_of(each, place) for each, place in zip(kept, places, strict=True)]


def test_each_has_its_request_before_it_and_can_be_read(tmp_path: Path) -> None:
    captures = stored(tmp_path, tmp_path / "spool")
    file = io.BytesIO()
    pairs = list(copy_exchanges(tmp_path, captures, NAME, file.write, software="crawler/test"))
    copy = tmp_path / NAME
    copy.write_bytes(file.getvalue())
    assert kinds(copy) == ["warcinfo", *("request", "response") * 3]
    assert [before for before, _ in pairs] == captures
    lying = {(offset, length) for offset, length, _ in members(copy)}
    for before, after in pairs:
        assert (after.offset, after.length) in lying
        assert read_body(tmp_path, after, Spool()).digest == read_body(tmp_path, before, Spool()).digest
        segment = (tmp_path / (before.segment or "")).read_bytes()
        same = copy.read_bytes()[after.offset : after.offset + after.length]
        assert segment[before.offset : before.offset + before.length] == same


def test_the_same_captures_give_the_same_bytes(tmp_path: Path) -> None:
    captures = stored(tmp_path, tmp_path / "spool")
    files = io.BytesIO(), io.BytesIO()
    for file in files:
        list(copy_exchanges(tmp_path, captures, NAME, file.write, software="crawler/test"))
    assert files[0].getvalue() == files[1].getvalue()


def test_a_response_without_a_request_is_copied_alone(tmp_path: Path) -> None:
    capture = stored(tmp_path, tmp_path / "spool")[0]
    whole = (tmp_path / (capture.segment or "")).read_bytes()
    (tmp_path / "alone.warc.gz").write_bytes(whole[capture.offset : capture.offset + capture.length])
    alone = Capture(
        url=capture.url,
        captured_at=capture.captured_at,
        status=200,
        media_type="",
        size_bytes=capture.size_bytes,
        digest=capture.digest,
        segment="alone.warc.gz",
        length=capture.length,
    )
    file = io.BytesIO()
    list(copy_exchanges(tmp_path, [alone], NAME, file.write, software="crawler/test"))
    (tmp_path / NAME).write_bytes(file.getvalue())
    assert kinds(tmp_path / NAME) == ["warcinfo", "response"]


def test_what_is_lost_is_said_in_one_line(tmp_path: Path) -> None:
    captures = stored(tmp_path, tmp_path / "spool")
    path = tmp_path / (captures[-1].segment or "")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StorageError, match="is cut; crawler verify"):
        list(copy_exchanges(tmp_path, captures, NAME, io.BytesIO().write, software="x"))
    with pytest.raises(StorageError, match="is cut"):
        list(segment_chunks(path, 0, path.stat().st_size + 1))
    path.unlink()
    with pytest.raises(StorageError, match="is missing; crawler verify"):
        list(copy_exchanges(tmp_path, captures, NAME, io.BytesIO().write, software="x"))
    path.mkdir()
    with pytest.raises(StorageError, match=r"cannot be read .*; crawler verify"):
        list(copy_exchanges(tmp_path, captures, NAME, io.BytesIO().write, software="x"))
    with pytest.raises(StorageError, match="cannot be read"):
        list(segment_chunks(path, 0, 1))


def test_an_error_of_who_writes_is_no_loss(tmp_path: Path) -> None:
    captures = stored(tmp_path, tmp_path / "spool")

    def full(_: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        list(copy_exchanges(tmp_path, captures, NAME, full, software="x"))
