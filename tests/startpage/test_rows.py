"""The pages of each site, then what is missing of it, in the order of the hosts."""

from __future__ import annotations

from pathlib import Path

from crawler.startpage.rows import rows_of
from tests.web import OWN, Web, crawl, ledger, links

BEFORE, AFTER = "http://127.0.0.0:8000/", "http://127.0.0.2:8000/"


async def urls(folder: Path, **terms: object) -> list[str]:
    terms = {"has_missing": True, "hides_twins": False} | terms
    async with ledger(folder) as found:
        return [row.url or row.title async for row in rows_of(found, **terms)]  # type: ignore[arg-type]


async def crawled(folder: Path) -> None:
    head = f'<link rel="canonical" href="{OWN}b">'
    web = Web({OWN: links("/b", "/a", "/gone"), AFTER: links(), f"{OWN}a": links(head=head)})
    web.says[f"{OWN}b"] = links(head=head)
    await crawl(web, folder, OWN, BEFORE, AFTER)


async def test_in_order(tmp_path: Path) -> None:
    await crawled(tmp_path)
    pages = [OWN, f"{OWN}a", f"{OWN}b"]
    assert await urls(tmp_path) == [BEFORE, *pages, f"{OWN}gone", AFTER]
    assert await urls(tmp_path, has_missing=False) == [*pages, AFTER]


async def test_what_is_left_out(tmp_path: Path) -> None:
    await crawled(tmp_path)
    assert f"{OWN}a" not in await urls(tmp_path, hides_twins=True)
    found = await urls(tmp_path, has_missing=False, holds=lambda path: path.endswith("_8000/a~.html"))
    assert found == [f"{OWN}a"]
