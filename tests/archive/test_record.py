"""One record is opened at a time, and nothing behind it is read."""

from pathlib import Path

import pytest

from crawler.archive.record import record_at
from crawler.archive.torn import whole_members
from tests.archive.samples import answer, archive_in


def test_a_record_is_read_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    places = archive.append(
        [answer(b"one", url="https://a.example/"), answer(b"two", url="https://b.example/")]
    )
    archive.close()
    for place, (url, body) in zip(
        places, [("https://a.example/", b"one"), ("https://b.example/", b"two")], strict=True
    ):
        with record_at(tmp_path / place.segment, place.offset, place.length) as record:
            assert record.rec_headers.get_header("WARC-Target-URI") == url
            assert record.raw_stream.read() == body


def test_where_nothing_lies_there_is_no_record(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    archive.append([answer()])
    archive.close()
    [path] = tmp_path.glob("*.warc.gz")
    end = max(member.end for member in whole_members(path))
    with pytest.raises(EOFError), record_at(path, end, 100):
        pytest.fail("there is one")
