"""The library door, against the practice site in the same loop."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import crawler
from crawler.api import Crawl
from crawler.body import Body
from crawler.errors import OutputBusyError, StateError, StorageError, UsageError
from crawler.exchange import Fetch, Head, Request, Response
from crawler.model import State
from crawler.practice.options import PracticeOptions
from crawler.practice.serving import PracticeSite, serve
from crawler.practice.truth import truth
from tests.web import OWN, Web, links

QUICK = PracticeOptions(
    failing_asks=0, reset_asks=0, truncated_asks=0, slow_seconds=0, drip_seconds=0, retry_after_seconds=0
)
MANY = 300


@pytest.fixture
async def site() -> AsyncIterator[PracticeSite]:
    async with serve(options=QUICK) as site:
        yield site


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


def asked_pages(site: PracticeSite) -> list[str]:
    return [asked.target for asked in site.requests]


def stored_urls(output: Path) -> set[str]:
    """What the database believes in, read beside the run that writes it."""
    with sqlite3.connect(f"file:{output / 'crawl.db'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT url.url FROM url JOIN capture ON url.good_id = capture.id")
        found = {url for (url,) in rows}
    database.close()
    return found


def made_fetch(asked: list[str]) -> Fetch:
    """A web of one page that links to many."""

    async def fetch(request: Request) -> Response:
        asked.append(request.url)
        if request.url.endswith("/robots.txt"):
            return answer(request, b"", 404)
        if request.url.endswith("/"):
            return answer(request, "".join(f"<a href={number}>" for number in range(MANY)).encode())
        return answer(request, b"<title>one of many</title>")

    return fetch


def answer(request: Request, body: bytes, status: int = 200) -> Response:
    now = time.time()
    head = Head(status=status, headers=(("Content-Type", "text/html"),))
    return Response(
        url=request.url, head=head, body=Body.of(body), wire=Body.of(body), started_at=now, ended_at=now
    )


async def test_every_page_comes_once_and_after_it_is_stored(site: PracticeSite, output: Path) -> None:
    urls = []
    async with Crawl([site.url], output=output, retries=0) as crawl:
        async for page in crawl:
            assert page.url in stored_urls(output)
            urls.append(page.url)
        report = crawl.report
    assert len(urls) == len(set(urls)) == report.counts.pages
    assert set(urls) == truth(site.url).pages - {f"{site.url}signals/tide"}  # a frame is no page
    assert (report.run.outcome, report.counts.queued) == ("finished", 0)


async def test_a_page_has_what_the_contract_names(site: PracticeSite, output: Path) -> None:
    async with crawler.Crawl([f"{site.url}about"], output=output, scope="page") as crawl:
        pages = [page async for page in crawl]
    (page,) = pages
    assert isinstance(page, crawler.Page)
    assert (page.url, page.status, page.depth) == (f"{site.url}about", 200, 0)
    assert dict(page.headers)["Content-Type"].startswith("text/html")
    assert page.body.lstrip().lower().startswith(b"<!doctype html>")
    assert page.title
    assert page.soup.title is not None
    assert page.soup.title.get_text(strip=True) == page.title
    assert page.soup is page.soup
    assert f"{site.url}" in {link.url for link in page.links}
    assert (output / "mirror").is_dir()


async def test_a_slow_reader_holds_the_crawl_back(output: Path) -> None:
    asked: list[str] = []
    options: dict[str, Any] = {"concurrency": 4, "per_host": 4, "delay": 0}
    async with Crawl(["http://127.0.0.1:9/"], output=output, fetch=made_fetch(asked), **options) as crawl:
        pages = aiter(crawl)
        await anext(pages)
        stands = rounds = 0
        # The crawl goes on for as long as it may while nobody reads; on a busy machine it pauses on the way.
        while stands < 200 or (len(asked) < 32 and rounds < 20_000):
            rounds += 1
            before = len(asked)
            await crawl.statistics()
            stands = stands + 1 if len(asked) == before else 0
        most_ahead = len(asked)
        rest = [page async for page in pages]
    assert len(rest) == MANY
    # Queue of the reader, one group landing and the next waiting, workers with their spares.
    assert 32 <= most_ahead <= 32 + 64 + 64 + 36 + 2


async def test_leaving_early_ends_in_good_order_and_the_same_line_continues(
    site: PracticeSite, output: Path
) -> None:
    async with Crawl([site.url], output=output, retries=0) as crawl:
        async for page in crawl:
            first = page.url
            break
    assert first == site.url
    assert crawl.report.run.outcome == "stopped"
    before = asked_pages(site)
    async with Crawl([site.url], output=output, retries=0) as crawl:
        rest = [page.url async for page in crawl]
    report = crawl.report
    assert report.run.number == 1
    assert report.run.is_continued
    assert report.run.outcome == "finished"
    assert first not in rest
    assert len(rest) == len(set(rest))
    assert "/" not in asked_pages(site)[len(before) :]


async def test_an_exception_inside_the_block_comes_out_as_it_is(site: PracticeSite, output: Path) -> None:
    async def divide() -> None:
        async with Crawl([site.url], output=output) as crawl:
            async for page in crawl:
                _ = page.depth / 0

    with pytest.raises(ZeroDivisionError):
        await divide()
    async with Crawl([site.url], output=output, max_pages=1) as again:
        assert (await again.run()).run.is_continued


async def test_giving_up_waiting_ends_in_good_order(site: PracticeSite, output: Path) -> None:
    with pytest.raises(TimeoutError):
        async with Crawl([site.url], output=output) as crawl, asyncio.timeout(0.05):
            await crawl.run()
    assert crawl.report.run.outcome == "stopped"


async def test_run_gives_the_report(site: PracticeSite, output: Path) -> None:
    async with Crawl([site.url], output=output, max_pages=2) as crawl:
        report = await crawl.run()
        assert report is crawl.report
        assert await crawl.run() is report
    assert (report.counts.pages, report.run.outcome) == (2, "max-pages")
    assert isinstance(report, crawler.Report)
    assert list((output / "reports").iterdir())


async def test_reading_again_or_after_the_end_gives_nothing_more(site: PracticeSite, output: Path) -> None:
    async with Crawl([site.url], output=output, max_pages=1) as crawl:
        assert len([page async for page in crawl]) == 1
        assert [page async for page in crawl] == []
        await crawl.run()
    async with Crawl([site.url], output=output, max_pages=1) as crawl:
        await crawl.run()
        assert [page async for page in crawl] == []


async def test_two_readers_share_the_pages(site: PracticeSite, output: Path) -> None:
    async def read(crawl: Crawl) -> list[str]:
        return [page.url async for page in crawl]

    async with Crawl([site.url], output=output, max_pages=6) as crawl:
        one, other = await asyncio.gather(read(crawl), read(crawl))
    assert len({*one, *other}) == len(one) + len(other) == 6


async def test_the_report_is_there_when_it_has_ended(site: PracticeSite, output: Path) -> None:
    async with Crawl([site.url], output=output, max_pages=1) as crawl:
        with pytest.raises(StateError, match="not ended"):
            _ = crawl.report


async def test_statistics_and_stop(site: PracticeSite, output: Path) -> None:
    async with Crawl([site.url], output=output) as crawl:
        assert (await crawl.statistics()).phase == "starting"
        async for _ in crawl:
            assert (await crawl.statistics()).counts.known > 0
            crawl.stop()
        crawl.stop()
        assert (await crawl.statistics()).counts == crawl.report.counts
    assert crawl.report.run.outcome == "stopped"


async def test_statistics_may_be_asked_for_until_the_end_and_after(site: PracticeSite, output: Path) -> None:
    async with Crawl([site.url], output=output, max_pages=1) as crawl:
        running = asyncio.create_task(crawl.run())
        pages = []
        while not running.done():
            pages.append((await crawl.statistics()).counts.pages)
            await asyncio.sleep(0)
        pages.append((await crawl.statistics()).counts.pages)
        assert pages == sorted(pages)
        assert pages[-1] == (await running).counts.pages == 1


async def test_options_by_name_and_whole(site: PracticeSite, output: Path) -> None:
    options = crawler.CrawlOptions.of({"max_pages": 1})
    async with Crawl([site.url], output=output, options=options) as crawl:
        assert (await crawl.run()).counts.pages == 1
    async with Crawl(site.url, output=str(output), max_pages=1, max_time="1h", header="X: y") as crawl:
        assert (await crawl.run()).counts.pages == 1
    with pytest.raises(UsageError, match="one way"):
        Crawl([site.url], output=output, options=options, max_pages=1)


@pytest.mark.parametrize(
    "values", [{"pages": 1}, {"max_pages": "x"}, {"scope": "planet"}, {"include": "("}, {"timeout": 0}]
)
def test_a_wrong_option_is_usage(values: dict[str, Any], output: Path) -> None:
    with pytest.raises(UsageError):
        Crawl(["http://127.0.0.1:9/"], output=output, **values)
    assert not output.exists()


@pytest.mark.parametrize("seeds", [["ftp://x/"], ["no url"], []])
async def test_wrong_seeds_are_usage_and_leave_nothing(seeds: list[str], output: Path) -> None:
    with pytest.raises(UsageError):
        async with Crawl(seeds, output=output):
            pytest.fail("entered")
    assert not output.exists()


async def test_without_seeds_the_last_runs_are_taken(site: PracticeSite, output: Path) -> None:
    for seeds in ([site.url], []):
        async with Crawl(seeds, output=output, max_pages=1) as crawl:
            report = await crawl.run()
    assert report.seeds == 1
    assert report.run.number == 2


async def test_an_output_that_is_a_file_is_usage(output: Path) -> None:
    output.write_text("mine")
    with pytest.raises(UsageError):
        async with Crawl(["http://127.0.0.1:9/"], output=output):
            pytest.fail("entered")


async def test_two_at_once_is_busy_and_one_after_the_other_is_not(site: PracticeSite, output: Path) -> None:
    async with Crawl([site.url], output=output, max_pages=1) as crawl:
        await crawl.run()
        with pytest.raises(OutputBusyError):
            async with Crawl([site.url], output=output):
                pytest.fail("entered")
    async with Crawl([site.url], output=output, max_pages=1) as crawl:
        await crawl.run()


async def test_what_cannot_be_entered_lets_go_of_the_output(site: PracticeSite, output: Path) -> None:
    with pytest.raises(UsageError):
        async with Crawl([site.url], output=output, allow_private="kitchen/99"):
            pytest.fail("entered")
    async with Crawl([site.url], output=output, max_pages=1) as crawl:
        await crawl.run()


async def test_a_crawl_is_one_run(site: PracticeSite, output: Path) -> None:
    crawl = Crawl([site.url], output=output, max_pages=1)
    with pytest.raises(UsageError, match="async with"):
        await crawl.run()
    async with crawl:
        await crawl.run()
    with pytest.raises(UsageError, match="another"):
        async with crawl:
            pytest.fail("entered")


async def test_leaving_without_running_is_fine(site: PracticeSite, output: Path) -> None:
    async with Crawl([site.url], output=output):
        pass
    assert asked_pages(site) == []


async def test_a_fault_of_the_machine_is_said_to_whoever_reads(site: PracticeSite, output: Path) -> None:
    output.mkdir()
    (output / "crawl.db").write_bytes(b"no database" * 1000)

    async def read() -> None:
        async with Crawl([site.url], output=output) as crawl:
            assert [page async for page in crawl] == []

    with pytest.raises(StorageError):
        await read()
    with pytest.raises(StorageError):
        async with Crawl([site.url], output=output) as crawl:
            await crawl.run()


async def test_a_seed_that_failed_stands_in_the_report(output: Path) -> None:
    async with Crawl(["http://127.0.0.1:9/"], output=output, retries=0) as crawl:
        report = await crawl.run()
    assert [seed.state for seed in report.bad_seeds] == [State.FAILED]
    assert report.exit_code() == 3


class TestPlan:
    async def test_it_tells_what_a_crawl_would_take(self, tmp_path: Path) -> None:
        web = Web({OWN: links("/a", "/b")})
        plan = await crawler.plan(OWN, tmp_path / "output", clock=web.clock, fetch=web.fetch, max_pages=2)
        assert (plan.forecast.pages, plan.forecast.ended_by) == (2, "max-pages")
        assert not (tmp_path / "output").exists()

    @pytest.mark.parametrize(
        ("seeds", "terms"),
        [
            ((), {}),
            (("no url\x1b",), {}),
            ((OWN,), {"max_pages": "many"}),
            ((OWN,), {"max_pages": 1, "options": crawler.CrawlOptions()}),
        ],
    )
    async def test_what_cannot_be_meant_is_refused(
        self, tmp_path: Path, seeds: tuple[str, ...], terms: dict[str, Any]
    ) -> None:
        with pytest.raises(UsageError):
            await crawler.plan(seeds, tmp_path / "output", **terms)
