"""Hostile sitemaps under a whole crawl: bounded, judged like links, and never the reason of a request elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.clock import iso_utc
from crawler.model import State
from tests.web import Said, Web, crawl, entry_at, links, states, typed

SITE = "http://a.example/"
DAY = 86_400.0
OPEN = "http://www.sitemaps.org/schemas/sitemap/0.9"


def site(**says: Said) -> Web:
    return Web(
        {
            SITE: links(),
            f"{SITE}robots.txt": typed(f"Sitemap: {SITE}map.xml", "text/plain"),
            f"{SITE}good": links(),
            **{f"{SITE}{name}.xml": said for name, said in says.items()},
        }
    )


def index(*urls: str) -> str:
    inner = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f'<sitemapindex xmlns="{OPEN}">{inner}</sitemapindex>'


def urlset(*entries: str, head: str = "") -> str:
    return f'{head}<urlset xmlns="{OPEN}">{"".join(f"<url>{each}</url>" for each in entries)}</urlset>'


GOOD = f"<loc>{SITE}good</loc>"


async def test_an_index_in_circles_is_walked_once(tmp_path: Path) -> None:
    web = site(
        map=index(f"{SITE}map.xml", f"{SITE}b.xml"), b=index(f"{SITE}map.xml", f"{SITE}c.xml"), c=urlset(GOOD)
    )
    report = await crawl(web, tmp_path, SITE)
    assert report.run.outcome == "finished"
    assert [web.count(f"{SITE}{name}.xml") for name in ("map", "b", "c")] == [1, 1, 1]
    assert web.count(f"{SITE}good") == 1


async def test_entries_of_other_hosts_are_dropped(tmp_path: Path) -> None:
    others = ("http://b.example/", "http://a.example:8080/", "http://10.0.0.1/", "file:///etc/passwd")
    web = site(map=urlset(GOOD, *(f"<loc>{url}</loc>" for url in others)))
    await crawl(web, tmp_path, SITE)
    assert set(web.urls()) == {SITE, f"{SITE}map.xml", f"{SITE}good"}
    web = site(map=index(*(f"{url}map.xml" for url in others)))
    await crawl(web, tmp_path / "index", SITE)
    assert set(web.urls()) == {SITE, f"{SITE}map.xml"}


@pytest.mark.parametrize(
    "date", ["", "yesterday", "9999-99-99", "-1", "1e309", "0000-00-00T00:00:00Z", "&#0;", "x" * 100_000]
)
async def test_dates_that_are_none_do_no_harm(tmp_path: Path, date: str) -> None:
    dated = f"{GOOD}<lastmod>{date}</lastmod><priority>{date}</priority><changefreq>{date}</changefreq>"
    web = site(map=urlset(dated))
    await crawl(web, tmp_path, SITE)
    assert web.count(f"{SITE}good") == 1


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE urlset SYSTEM "http://a.example/evil.dtd">',
        '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE urlset [<!ENTITY x SYSTEM "http://a.example/evil.txt">]>',
        '<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;">]>',
        '<?xml-stylesheet href="http://a.example/evil.xsl"?>',
    ],
)
async def test_nothing_is_fetched_for_entities(tmp_path: Path, head: str) -> None:
    said = urlset("<loc>http://a.example/&x;</loc>" if "ENTITY" in head else GOOD, head=head)
    web = site(map=said)
    report = await crawl(web, tmp_path, SITE)
    assert set(web.urls()) <= {SITE, f"{SITE}map.xml", f"{SITE}good"}
    assert report.run.outcome == "finished"
    assert (await entry_at(tmp_path, f"{SITE}map.xml")).state is State.DONE
    assert not [url for url in await states(tmp_path) if "root:" in url or "aaa" in url]


def dated(name: str, date: str) -> str:
    return f"<loc>{SITE}{name}</loc><lastmod>{date}</lastmod>"


async def test_lastmod_makes_a_fresh_page_due(tmp_path: Path) -> None:
    web = site(map=urlset(*(f"<loc>{SITE}{name}</loc>" for name in ("old", "new", "later", "junk"))))
    web.says |= {f"{SITE}{name}": links() for name in ("old", "new", "later", "junk")}
    await crawl(web, tmp_path, SITE, refresh_after=7 * DAY)
    web.forget()
    asked_at = web.clock.now()
    web.clock.advance(DAY)
    dates = {"old": asked_at - DAY, "new": asked_at + 60, "later": asked_at + 9 * DAY}
    told = [dated(name, iso_utc(date)) for name, date in dates.items()]
    web.says[f"{SITE}map.xml"] = urlset(*told, dated("junk", "tomorrow"))
    await crawl(web, tmp_path, SITE, refresh_after=7 * DAY)
    assert set(web.urls()) == {f"{SITE}map.xml", f"{SITE}new"}
    web.forget()
    await crawl(web, tmp_path, SITE, refresh_after=7 * DAY)
    assert set(web.urls()) == {f"{SITE}map.xml"}


async def test_a_page_asked_before_its_sitemap_is_not_asked_twice(tmp_path: Path) -> None:
    web = site(map=urlset(GOOD))
    web.says[SITE] = links("/good")
    await crawl(web, tmp_path, SITE)
    web.clock.advance(DAY)
    web.says[f"{SITE}map.xml"] = [503, urlset(dated("good", iso_utc(web.clock.now())))]
    web.forget()
    await crawl(web, tmp_path, SITE)
    assert web.count(f"{SITE}map.xml") == 2
    assert web.count(f"{SITE}good") == 1
