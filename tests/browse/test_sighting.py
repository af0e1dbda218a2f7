"""What was never captured with its query is shown by the page without, and by nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.browse.replay import Moment
from crawler.browse.shelf import Shelf
from crawler.browse.sighting import sight
from crawler.output import Output
from tests.web import OWN, Web, crawl, links, moved, typed


@pytest.mark.parametrize(
    ("path", "is_page", "shown", "is_exact"),
    [
        ("a", True, "a", True),
        ("a?q=1", True, "a?q=1", True),
        ("a?q=2", True, "a", False),
        ("a?", True, "a", False),
        ("a?q=2", False, None, None),
        ("moved?q=2", True, None, None),
        ("i.png?q=2", True, None, None),
        ("none?q=2", True, None, None),
    ],
)
async def test_what_is_shown(
    tmp_path: Path, path: str, is_page: bool, shown: str | None, is_exact: bool | None
) -> None:
    web = Web({OWN: links("a", "a?q=1", "moved", "i.png"), f"{OWN}a": links(), f"{OWN}a?q=1": links("x")})
    web.says |= {f"{OWN}moved": moved("/a"), f"{OWN}i.png": typed(b"\x89PNG", "image/png")}
    await crawl(web, tmp_path / "out", OWN)
    async with Shelf(Output(tmp_path / "out")) as shelf, shelf.reader() as reader:
        seen = await sight(reader, Moment(url=OWN + path, when="now"), is_page=is_page)
    assert (seen and seen.capture.url) == (shown and OWN + shown)
    assert (seen and seen.is_exact) == is_exact
