"""What a crawl would take, found out over a web of answers: what is asked, what is counted, what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import PermanentError, TransientError, UsageError
from crawler.estimate import HostForecast
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.planning import CrawlPlan, PlanJob
from tests.web import Web, crawl, images, links, moved, page, seed_list

A, B = "http://a.example/", "http://b.example/"


def sitemap(*urls: str) -> str:
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'


def index(*urls: str) -> str:
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'


async def plan(web: Web, folder: Path, *seeds: str, **options: object) -> CrawlPlan:
    found = await PlanJob(
        seed_list(*seeds),
        Output(folder / "output"),
        CrawlOptions.of(options),
        clock=web.clock,
        fetch=web.fetch,
    ).run()
    assert list(folder.iterdir()) == [folder / "output"][: (folder / "output").exists()]
    return found


def host(found: CrawlPlan, name: str) -> HostForecast:
    return next(each for each in found.forecast.hosts if each.host == name)


async def test_seeds_are_asked_and_what_they_link_to_is_counted(tmp_path: Path) -> None:
    web = Web({A: page("/1", "/2", "/2#x", "http://elsewhere.example/", seconds=0.5, text=images("/x.png"))})
    found = await plan(web, tmp_path, A)
    assert web.urls(robots=True) == [f"{A}robots.txt", A]
    told = host(found, "a.example")
    # The seed and two links; robots.txt and the image.
    assert (told.pages, told.others, told.on_seeds) == (3, 2, 2)
    assert told.answer_seconds == pytest.approx(0.5)
    assert told.delay_seconds == pytest.approx(0.5)
    assert told.seconds == pytest.approx(5)
    assert told.size_bytes == 3 * (told.page_bytes or 0)
    assert found.forecast.is_floor
    assert not found.has_lost_seeds


async def test_sitemaps_are_read_through_their_index(tmp_path: Path) -> None:
    web = Web(
        {
            A: links("/1"),
            f"{A}robots.txt": f"User-agent: *\nCrawl-delay: 2.5\nSitemap: {A}all.xml\nDisallow: /no",
        }
    )
    web.says[f"{A}all.xml"] = index(f"{A}1.xml", f"{A}2.xml")
    web.says[f"{A}1.xml"] = sitemap(*(f"{A}{n}" for n in range(40)), f"{A}no/1", f"{A}no/2")
    web.says[f"{A}2.xml"] = sitemap(*(f"{A}{n}" for n in range(30, 60)), B)
    found = await plan(web, tmp_path, A)
    assert sorted(web.urls()) == [A, f"{A}1.xml", f"{A}2.xml", f"{A}all.xml"]
    told = host(found, "a.example")
    assert (told.pages, told.forbidden, told.in_sitemaps) == (61, 2, 70)
    assert told.delay_seconds == 2.5
    assert not found.forecast.is_floor
    assert found.forecast.bottleneck == "a.example"


async def test_budgets_hold(tmp_path: Path) -> None:
    web = Web({A: links(*(f"/{n}" for n in range(9))), B: links(*(f"/{n}" for n in range(99)))})
    found = await plan(web, tmp_path, A, B, max_pages_per_host=50)
    assert (host(found, "a.example").pages, host(found, "b.example").pages) == (10, 50)
    found = await plan(web, tmp_path, A, B, max_pages=30)
    assert (found.forecast.pages, found.forecast.ended_by) == (30, "max-pages")
    found = await plan(web, tmp_path, A, max_time=1.0)
    assert (found.forecast.seconds, found.forecast.ended_by) == (1.0, "max-time")


async def test_a_seed_that_redirects_is_followed(tmp_path: Path) -> None:
    web = Web({A: moved(B), B: links("/1")})
    found = await plan(web, tmp_path, A)
    assert host(found, "b.example").pages == 2
    assert host(found, "a.example").pages == 0
    assert found.fates.seeds == 1
    assert not found.has_lost_seeds


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({B: 404}, "http_404"),
        ({f"{B}robots.txt": "User-agent: *\nDisallow: /"}, "robots: line 2: Disallow: /"),
        ({f"{B}robots.txt": 503}, f"robots: {B}robots.txt answered 503; nothing may be asked"),
        ({f"{B}robots.txt": PermanentError("dns", "no such host")}, "dns: no such host"),
        ({f"{B}robots.txt": TransientError("connect", "refused")}, "connect: refused"),
    ],
)
async def test_a_seed_that_cannot_be_had_is_told(
    tmp_path: Path, answers: dict[str, object], reason: str
) -> None:
    web = Web({A: links()})
    web.says |= answers  # type: ignore[arg-type]
    found = await plan(web, tmp_path, A, B)
    assert found.has_lost_seeds
    assert [(each.url, each.reason) for each in found.fates.troubles] == [(B, reason)]


async def test_what_an_output_knows_is_counted_once(tmp_path: Path) -> None:
    web = Web({A: links("/1", "/gone", text=images("/x.png")), f"{A}1": links("/2"), f"{A}2": links()})
    web.says[f"{A}x.png"] = b"\x89PNG" + bytes(96)
    await crawl(web, tmp_path / "output", A)
    before = (tmp_path / "output" / "crawl.db").read_bytes()
    web.forget()
    found = await plan(web, tmp_path, A)
    assert web.urls() == [A]
    told = host(found, "a.example")
    # Three pages; the image, the URL that is no more, and robots.txt.
    assert (told.pages, told.others, told.known) == (3, 3, 5)
    assert told.other_bytes == 100
    assert not found.forecast.is_floor
    assert (tmp_path / "output" / "crawl.db").read_bytes() == before


async def test_without_seeds_those_of_the_last_run_are_taken(tmp_path: Path) -> None:
    web = Web({A: links("/1"), B: links()})
    await crawl(web, tmp_path / "output", A, B, max_pages=1)
    found = await plan(web, tmp_path)
    assert found.fates.seeds == 2
    with pytest.raises(UsageError, match="no seeds"):
        await PlanJob([], Output(tmp_path / "other"), CrawlOptions()).run()


async def test_of_a_seed_taken_off_the_list_nothing_counts(tmp_path: Path) -> None:
    web = Web({A: links("/1"), f"{A}1": links(), B: links()})
    await crawl(web, tmp_path / "output", A, B)
    found = await plan(web, tmp_path, B)
    assert [each.host for each in found.forecast.hosts] == ["b.example"]


async def test_a_host_of_requisites_is_not_asked(tmp_path: Path) -> None:
    web = Web({A: page(text=images("http://cdn.example/x.png"))})
    found = await plan(web, tmp_path, A)
    told = host(found, "cdn.example")
    assert (told.pages, told.others, told.was_asked, told.delay_seconds) == (0, 1, False, 0.25)
    assert all("cdn" not in url for url in web.urls(robots=True))


async def test_options_are_those_of_a_crawl(tmp_path: Path) -> None:
    web = Web({A: links("/1", "/2")})
    told = host(await plan(web, tmp_path, A, delay=7.0, exclude=("/2",)), "a.example")
    assert (told.pages, told.delay_seconds) == (2, 7.0)
