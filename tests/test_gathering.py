"""Rules are loaded, answers are looked into, and what is not as the rules say is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.body import Body
from crawler.errors import UsageError
from crawler.extraction.rulesfile import read_rules
from crawler.gathering import Breaks, Gatherer, load_rules
from crawler.model import Capture
from crawler.study import Study

RULES = '[[item]]\nname = "a"\nurl = "/x"\nfields = { t = { css = "h1", required = true } }'


def capture(url: str = "http://a.example/x", media_type: str = "text/html", status: int = 200) -> Capture:
    return Capture(
        url=url, captured_at=1e9, status=status, media_type=media_type, size_bytes=10, digest="sha256:0"
    )


def test_rules_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes(b"\xef\xbb\xbf" + RULES.encode())
    assert [each.name for each in load_rules(str(path)).items] == ["a"]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    with pytest.raises(UsageError, match="name a file that can be read"):
        load_rules(str(path))
    path.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="is not UTF-8"):
        load_rules(str(path))
    path.write_bytes(b"#" * 2_000_000)
    with pytest.raises(UsageError, match="longer than 1 MB"):
        load_rules(str(path))


async def test_what_is_looked_into() -> None:
    async with Study() as study:
        gatherer = Gatherer(read_rules(RULES), study)
        assert gatherer.concerns(capture())
        assert gatherer.concerns(capture(media_type="application/vnd.api+json"))
        assert not gatherer.concerns(capture("http://a.example/y"))
        assert not gatherer.concerns(capture(media_type="image/png"))
        assert not gatherer.concerns(capture(status=404))


async def test_items_say_where_they_come_from() -> None:
    async with Study() as study:
        gatherer = Gatherer(read_rules(RULES), study)
        (item,) = (await gatherer.gather(capture(), Body.of("<h1>\u00e9</h1>".encode()))).items
        assert (item.name, item.source_url, item.values) == ("a", "http://a.example/x", {"t": "\u00e9"})
        assert (item.captured_at, item.digest) == (1e9, "sha256:0")
        assert (await gatherer.gather(capture(), Body.of(b""))).items == ()
        assert (await gatherer.gather(capture(), Body.of(b"<p>"))).items == ()
        assert gatherer.breaks.lines() == ["rules: a.t: missing (1 page, such as http://a.example/x)"]


def test_breaks_are_counted_by_page_and_field() -> None:
    breaks = Breaks()
    breaks.note("u1", [("a", "x", "first"), ("a", "x", "second"), ("b", "", "other")])
    breaks.note("u2", [("a", "x", "third")])
    breaks.note("u3", [])
    assert breaks.pages == 2
    assert breaks.lines() == [
        "rules: a.x: first (2 pages, such as u1)",
        "rules: b: other (1 page, such as u1)",
    ]
