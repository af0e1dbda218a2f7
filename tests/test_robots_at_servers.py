"""RFC 9309 from end to end: the real client at real servers, and what these were asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crawler.api import Crawl
from crawler.clock import SystemClock
from crawler.report import Report
from tests.servers import Line, raw_site, reply

FORBIDS = b"User-agent: *\nDisallow: /1\n"
RULES = ("Content-Type: text/plain",)


class LaterClock(SystemClock):
    """The machine's clock, hours later when somebody says so."""

    later_seconds = 0.0

    def now(self) -> float:
        return super().now() + self.later_seconds


@dataclass
class Site:
    """A site of three pages whose robots.txt is what a test says."""

    robots: bytes = reply("Content-Length: 0", status="404 Not Found")
    more: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    async def talk(self, line: Line) -> None:
        while request := await line.hear():
            path = request.split()[1].decode()
            self.asked.append(path)
            await line.say(self.answer(path))

    def answer(self, path: str) -> bytes:
        if path == "/robots.txt":
            return self.robots
        if path in self.more:
            return self.more[path]
        body = b"<!DOCTYPE html><title>A page</title><a href=/1>1</a><a href=/2>2</a>"
        return said(body, "Content-Type: text/html")

    @property
    def pages(self) -> set[str]:
        """What was asked for and is no robots.txt."""
        return {path for path in self.asked if path in {"/", "/1", "/2"}}


def said(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return reply(*headers, f"Content-Length: {len(body)}", body=body, status=status)


def moved(to: str) -> bytes:
    return reply(f"Location: {to}", "Content-Length: 0", status="302 Found")


@asynccontextmanager
async def serving(site: Site) -> AsyncIterator[Site]:
    async with raw_site(site.talk) as raw:
        site.url = raw.url()
        yield site


async def crawl(site: Site, folder: Path, **options: Any) -> Report:
    site.asked.clear()
    async with Crawl([site.url], folder, retries=0, **options) as job:
        return await job.run()


@pytest.mark.parametrize("status", ["500 Oh", "503 Busy", "599 Odd", "429 Many"])
async def test_in_trouble_nothing_is_asked_and_the_next_run_asks_again(tmp_path: Path, status: str) -> None:
    async with serving(Site(robots=said(b"", status=status))) as site:
        report = await crawl(site, tmp_path)
        assert site.asked == ["/robots.txt"]
        assert report.exit_code() == 3
        assert report.failures == {"robots": 1}
        site.robots = said(FORBIDS, *RULES)
        report = await crawl(site, tmp_path)
        assert site.asked[0] == "/robots.txt"
        assert site.pages == {"/", "/2"}
        assert report.exit_code() == 0


@pytest.mark.parametrize("status", ["401 No", "404 No", "451 No"])
async def test_without_one_everything_is_allowed(tmp_path: Path, status: str) -> None:
    async with serving(Site(robots=said(FORBIDS, *RULES, status=status))) as site:
        assert (await crawl(site, tmp_path)).counts.pages == 3


async def test_unreachable_it_forbids_everything_and_is_asked_again(tmp_path: Path) -> None:
    site = Site()

    async def hang_up(line: Line) -> None:
        await line.hear()
        site.asked.append("")

    async with raw_site(hang_up) as raw:
        site.url = raw.url()
        report = await crawl(site, tmp_path)
        assert set(raw.requests[0].split()[1:2]) == {b"/robots.txt"}
        assert all(request.startswith(b"GET /robots.txt ") for request in raw.requests)
    assert report.exit_code() == 3


async def test_a_copy_holds_24_hours_across_runs(tmp_path: Path) -> None:
    clock = LaterClock()
    async with serving(Site(robots=said(FORBIDS, *RULES))) as site:
        for hours, robots, pages in ((0, 1, {"/", "/2"}), (23, 0, {"/", "/2"}), (25, 1, {"/", "/1", "/2"})):
            clock.later_seconds = hours * 3600
            await crawl(site, tmp_path, clock=clock)
            assert site.asked.count("/robots.txt") == robots
            assert site.pages == pages
            site.robots = said(b"", *RULES)


async def test_trouble_later_forbids_though_there_is_an_old_copy(tmp_path: Path) -> None:
    clock = LaterClock()
    async with serving(Site()) as site:
        await crawl(site, tmp_path, clock=clock)
        site.robots = said(b"", status="503 Busy")
        for days in (2, 40):
            clock.later_seconds = days * 86400
            await crawl(site, tmp_path, clock=clock)
            assert site.pages == set()


@pytest.mark.parametrize(("hops", "pages"), [(1, {"/", "/2"}), (5, {"/", "/2"}), (6, {"/", "/1", "/2"})])
async def test_five_redirects_are_followed(tmp_path: Path, hops: int, pages: set[str]) -> None:
    async with serving(Site(robots=moved("/r1"))) as site:
        site.more = {f"/r{n}": moved(f"/r{n + 1}") for n in range(1, hops)}
        site.more[f"/r{hops}"] = said(FORBIDS, *RULES)
        await crawl(site, tmp_path)
        assert site.pages == pages
        assert site.asked.count("/r6") == 0


async def test_a_redirect_to_trouble_is_trouble(tmp_path: Path) -> None:
    async with serving(Site(robots=moved("/r1"), more={"/r1": said(b"", status="503 Busy")})) as site:
        await crawl(site, tmp_path)
        assert site.pages == set()


async def test_500_kib_are_read(tmp_path: Path) -> None:
    filler = b"# filler\n" * (500 * 1024 // 9)
    within = b"User-agent: *\nDisallow: /1\n" + filler[: 500 * 1024 - 27]
    beyond = within[: within.rfind(b"\n") + 1] + b"# the line that is cut\nDisallow: /2\n"
    async with serving(Site(robots=said(beyond, *RULES))) as site:
        report = await crawl(site, tmp_path)
        assert site.pages == {"/", "/2"}
        assert any("is longer than 500 KiB" in warning for warning in report.warnings)


async def test_a_crawl_delay_is_a_float_and_kept_in_the_hosts_row(tmp_path: Path) -> None:
    async with serving(Site(robots=said(b"User-agent: *\nCrawl-delay: 0.35\n", *RULES))) as site:
        asked_at: list[float] = []
        real = site.answer

        def answer(path: str) -> bytes:
            asked_at.append(SystemClock().monotonic())
            return real(path)

        site.answer = answer  # type: ignore[method-assign]
        await crawl(site, tmp_path)
        assert len(asked_at) == 4
        assert all(after - before >= 0.35 for before, after in pairwise(asked_at))
