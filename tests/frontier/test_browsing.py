"""Lists are read a stretch at a time, and a URL as it was at an instant."""

from __future__ import annotations

from pathlib import Path

from crawler.frontier.browsing import Browsing
from tests.web import OWN, Web, crawl, entry_at, links

WORDS = " ".join(f"word{number}" for number in range(300))


async def test_a_url_as_it_was(tmp_path: Path) -> None:
    web = Web({OWN: links(title="first", text=WORDS)})
    await crawl(web, tmp_path, OWN)
    began_at = web.clock.now()
    web.clock.advance(1000)
    web.says[OWN] = links(title="second", text=WORDS)
    await crawl(web, tmp_path, OWN)
    web.clock.advance(1000)
    web.says[OWN] = 404
    await crawl(web, tmp_path, OWN)
    web.clock.advance(1000)
    web.says[OWN] = links(title="Sign in", text="<input type=password>")
    await crawl(web, tmp_path, OWN)
    assert "login_wall" in (await entry_at(tmp_path, OWN)).reason
    reader = await Browsing.open(tmp_path / "crawl.db")
    try:
        titles = []
        for at in (0.0, began_at, began_at + 2000, 1e11):
            capture = await reader.as_of(OWN, at)
            titles.append(None if capture is None else capture.title)
        assert titles == ["first", "first", "second", "second"]
        assert await reader.as_of("http://never.example/", 1e11) is None
        assert [
            each.title for _, each in await reader.versions(OWN) if each.status == 200 and not each.doubt
        ] == [
            "second",
            "first",
        ]
        pages = await reader.pages(0, 10)
        assert [capture.title for _, _, capture in pages] == ["second"]
        assert await reader.pages(await reader.last_capture(), 10) == []
        assert [host.host for host in await reader.busy_hosts(5)] == ["127.0.0.1:8000"]
        assert await reader.slow_hosts(0) == []
    finally:
        await reader.close()
