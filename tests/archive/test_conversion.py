"""What was made of an answer lies before it, refers to it, and stays with it wherever it goes."""

from __future__ import annotations

import dataclasses
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crawler.archive.copying import copy_exchanges
from crawler.archive.inspection import inspect
from crawler.archive.reader import read_body, read_picture, read_rendered
from crawler.archive.records import Kept
from crawler.archive.recovery import answers
from crawler.archive.segment import Location
from crawler.body import Body, Spool
from crawler.errors import StorageError
from crawler.model import Capture
from crawler.rendering import Rendered, read_rendering
from tests.archive.samples import AT, answer, archive_in, capture_of, kinds, records, revisit

TEXT = "<p>r\u00e9ndered".encode()
SHOT = os.urandom(200_000)
"""Longer than what is looked through for a request."""


def rendered(*, shot: bytes | None = SHOT, **more: Any) -> Kept:
    made = Rendered(
        text=Body.of(TEXT),
        reason="it has no words,\nbeside scripts",
        rendered_at=AT + 5,
        shot=None if shot is None else Body.of(shot),
    )
    return dataclasses.replace(answer(**more), rendered=made)


def written(folder: Path, *kept: Kept) -> list[Location]:
    with closing(archive_in(folder)) as archive:
        return archive.append(kept)


def as_captured(kept: Kept, place: Location) -> Capture:
    return dataclasses.replace(capture_of(kept, place), rendering=place.rendering)


def test_its_records(tmp_path: Path) -> None:
    written(tmp_path, rendered())
    (segment,) = tmp_path.iterdir()
    assert kinds(segment) == ["warcinfo", "conversion", "resource", "request", "response"]
    (_, (text, told), (shot, picture), _, (response, _)) = records(segment)
    identifier = response.rec_headers.get_header("WARC-Record-ID")
    assert told == TEXT
    assert {name: text.rec_headers.get_header(name) for name in ("WARC-Target-URI", "WARC-Date")} == {
        "WARC-Target-URI": "https://example.org/a?b=c",
        "WARC-Date": "2023-11-14T22:13:25Z",
    }
    assert text.rec_headers.get_header("WARC-Refers-To") == identifier
    assert text.rec_headers.get_header("Content-Type") == "text/html; charset=utf-8"
    assert text.rec_headers.get_header("Crawler-Rendered") == "it has no words, beside scripts"
    assert text.rec_headers.get_header("WARC-Block-Digest")
    assert picture == SHOT
    assert shot.rec_headers.get_header("WARC-Target-URI") == "urn:view:https://example.org/a?b=c"
    assert shot.rec_headers.get_header("WARC-Concurrent-To") == identifier
    assert shot.rec_headers.get_header("Content-Type") == "image/png"


@pytest.mark.parametrize("shot", [SHOT, None])
def test_it_is_read_back(tmp_path: Path, shot: bytes | None) -> None:
    kept = [answer(), rendered(shot=shot), answer(url="https://example.org/b")]
    places = written(tmp_path, *kept)
    capture = as_captured(kept[1], places[1])
    assert read_body(tmp_path, capture, Spool()).read() == b"<p>hello"
    assert read_rendered(tmp_path, capture, Spool()).read() == TEXT
    assert [place.rendering == "" for place in places] == [True, False, True]
    rendering = read_rendering(capture.rendering)
    assert rendering is not None
    assert (rendering.size_bytes, rendering.reason) == (len(TEXT), "it has no words, beside scripts")
    picture = read_picture(tmp_path, capture, Spool())
    assert (None if picture is None else picture.read()) == shot
    assert read_picture(tmp_path, capture_of(kept[0], places[0]), Spool()) is None


def test_what_is_not_there(tmp_path: Path) -> None:
    kept = [rendered(), answer()]
    places = written(tmp_path, *kept)
    with pytest.raises(StorageError, match="no rendered text of it"):
        read_rendered(tmp_path, capture_of(kept[1], places[1]), Spool())
    moved = dataclasses.replace(as_captured(kept[0], places[0]), offset=places[0].offset + 1)
    with pytest.raises(StorageError, match="cannot be read"):
        read_rendered(tmp_path, moved, Spool())
    other = places[0].rendering.replace("sha256:", "sha256:0")
    with pytest.raises(StorageError, match="other content"):
        read_rendered(
            tmp_path, dataclasses.replace(as_captured(kept[0], places[0]), rendering=other), Spool()
        )


def test_it_is_recovered(tmp_path: Path) -> None:
    kept = [rendered(), answer(url="https://example.org/b"), rendered(shot=None), revisit()]
    places = written(tmp_path, *kept)
    (segment,) = tmp_path.iterdir()
    found = [*answers(segment, Spool())]
    assert [each.rendering for each in found] == [each.rendering for each in places]
    assert found[0].rendering
    assert found[3].is_revisit


def test_it_is_not_taken_for_that_of_another_answer(tmp_path: Path) -> None:
    first, second = written(tmp_path, rendered(), answer())
    (segment,) = tmp_path.iterdir()
    content = bytearray(segment.read_bytes())
    content[first.offset + first.length // 2] ^= 0xFF
    segment.write_bytes(content)
    (found,) = answers(segment, Spool())
    assert (found.location.offset, found.rendering) == (second.offset, "")


def test_it_goes_where_its_answer_goes(tmp_path: Path) -> None:
    kept = [answer(url="https://example.org/b"), rendered(), answer()]
    places = written(tmp_path / "from", *kept)
    captures = [as_captured(kept[1], places[1]), capture_of(kept[2], places[2])]
    name = "20231114-221320-00009.warc.gz"
    (tmp_path / "to").mkdir()
    with (tmp_path / "to" / name).open("wb") as file:
        copies = [
            placed
            for _, placed in copy_exchanges(tmp_path / "from", captures, name, file.write, software="x")
        ]
    assert kinds(tmp_path / "to" / name) == [
        *("warcinfo", "conversion", "resource", "request", "response", "request", "response")
    ]
    assert read_rendered(tmp_path / "to", copies[0], Spool()).read() == TEXT
    assert read_body(tmp_path / "to", copies[0], Spool()).read() == b"<p>hello"


def test_it_is_inspected(tmp_path: Path) -> None:
    (place,) = written(tmp_path, rendered())
    (segment,) = tmp_path.iterdir()
    found = [*inspect(segment, segment.stat().st_size)]
    assert not any(each.wrong for each in found)
    rendering = read_rendering(place.rendering)
    assert rendering is not None
    (text,) = [each for each in found if each.kind == "conversion"]
    assert text.digests == (rendering.digest,)
    assert (text.start, text.end) == (
        place.offset - rendering.before_bytes,
        place.offset - rendering.before_bytes + rendering.length,
    )


def test_a_torn_end_is_cut(tmp_path: Path) -> None:
    place, _ = written(tmp_path, rendered(), rendered(url="https://example.org/b"))
    archive_in(tmp_path).trim({place.segment: place.offset + place.length})
    (segment,) = tmp_path.iterdir()
    assert kinds(segment) == ["warcinfo", "conversion", "resource", "request", "response"]
