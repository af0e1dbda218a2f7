"""What no page leads to any more is written down once; what is still led to never is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from crawler.frontier.unlinking import note_unlinked
from tests.web import OWN, Web, crawl, links, moved

A, B = f"{OWN}a", f"{OWN}b"


def noted(folder: Path) -> list[tuple[str, int, int]]:
    with closing(sqlite3.connect(folder / "crawl.db")) as connection:
        return connection.execute(
            "SELECT url, unlinking.run, unlinking.is_linked FROM unlinking JOIN url ON url.id = url_id ORDER BY 2, 1"
        ).fetchall()


async def test_from_a_run_on_and_back(tmp_path: Path) -> None:
    web = Web({OWN: links("/a", "/b"), A: links("/a"), B: links("/")})
    await crawl(web, tmp_path, OWN)
    web.says[OWN] = links("/b")
    await crawl(web, tmp_path, OWN)
    assert noted(tmp_path) == [(A, 2, 0)]
    await crawl(web, tmp_path, OWN)
    web.says[B] = links("/a")
    await crawl(web, tmp_path, OWN)
    assert noted(tmp_path) == [(A, 2, 0), (A, 4, 1)]


async def test_another_page_or_a_redirect_is_enough(tmp_path: Path) -> None:
    web = Web({OWN: links("/a", "/b", "/c"), A: links("/"), B: links("/c"), f"{OWN}c": links()})
    await crawl(web, tmp_path, OWN)
    web.says[OWN] = links("/b", "/r")
    web.says[f"{OWN}r"] = moved("/a")
    await crawl(web, tmp_path, OWN)
    assert noted(tmp_path) == []


async def test_nothing_to_do(tmp_path: Path) -> None:
    await crawl(Web({OWN: links("/a"), A: links()}), tmp_path, OWN)
    assert note_unlinked(tmp_path / "crawl.db", 1) == 0
