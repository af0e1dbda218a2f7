"""A default crawl of the practice site finds exactly the truth, over real HTTP."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from crawler.crawl import CrawlJob
from crawler.model import State
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.practice.options import PracticeOptions
from crawler.practice.serving import PracticeSite, serve
from crawler.practice.truth import Truth, truth
from crawler.report import Report
from crawler.standing import Entry
from tests.mirrored import dangling, live
from tests.web import entries, kept_below, seed_list

QUICK = PracticeOptions(slow_seconds=0, drip_seconds=0, retry_after_seconds=0)


class Copy(NamedTuple):
    report: Report
    truth: Truth
    entries: dict[str, Entry]
    asked: list[str]
    output: Output


async def copy_of(site: PracticeSite, folder: Path, **options: object) -> Copy:
    output = Output(folder)
    output.prepare()
    with output.hold():
        job = CrawlJob(seed_list(site.url), output, CrawlOptions.of(options))
        report = await job.run()
    asked = [site.url.rstrip("/") + each.target for each in site.requests]
    return Copy(report, truth(site.url), await entries(folder), asked, output)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    async def make() -> Copy:
        async with serve(options=QUICK) as site:
            return await copy_of(site, tmp_path_factory.mktemp("copy"))

    return asyncio.run(make())


@pytest.fixture
async def site() -> AsyncIterator[PracticeSite]:
    async with serve(options=QUICK) as site:
        yield site


def test_a_default_crawl_finds_the_truth_and_nothing_else(copy: Copy) -> None:
    told = copy.truth
    done = {url for url, each in copy.entries.items() if each.state is State.DONE}
    html = {url for url in done if (good := copy.entries[url].good) and "html" in good.media_type}
    assert html == told.pages
    assert done - html == set(told.redirects) - closing_loop(copy) | told.requisites | told.documents | maps(
        told
    )
    failed = {url: each.status for url, each in copy.entries.items() if each.state is State.FAILED}
    assert failed == {**told.failures, **dict.fromkeys(closing_loop(copy), 302)}
    excluded = {url: each.reason for url, each in copy.entries.items() if each.state is State.EXCLUDED}
    assert excluded.keys() == told.refused
    assert all(reason.startswith("robots: line 3: Disallow: /private/") for reason in excluded.values())
    assert not (told.nofollow | told.offsite) & copy.entries.keys()
    asked = {url for url in copy.asked if not url.endswith("/robots.txt")}
    assert asked == copy.entries.keys() - told.refused
    assert not [url for url in asked if url.startswith(told.never)]


def test_its_report_is_clean(copy: Copy) -> None:
    report, frames, asked_twice_at_once = copy.report, 1, 1
    assert report.exit_code() == 0
    assert report.run.outcome == "finished"
    assert report.warnings == ()
    assert report.bad_seeds == ()
    assert report.counts.pages == len(copy.truth.pages) - frames
    assert report.counts.requests == len(copy.asked) - asked_twice_at_once
    assert report.failures == {"http_404": 1, "http_410": 1, "http_500": 1, "redirect_loop": 1}
    refused = {(each.rule, each.host): each.links for each in report.refusals}
    assert refused["scope", "mainland.example"] == 1


def test_every_link_of_the_mirror_leads_somewhere(copy: Copy) -> None:
    assert dangling(copy.output.mirror) == []
    good = {url for url, each in copy.entries.items() if each.good and each.good.mirror_path}
    assert not good & live(copy.output.mirror).keys()
    off = set(live(copy.output.mirror))
    loop = {url for url, target in copy.truth.redirects.items() if copy.truth.redirects.get(target) == url}
    assert off & copy.truth.redirects.keys() <= loop | {f"{copy.truth.seed}moved/mainland"}


def test_what_is_stored_is_what_was_sent(copy: Copy) -> None:
    originals = {url: each.good for url, each in copy.entries.items() if each.good is not None}
    files = kept_below(copy.output.folder)
    binary = {
        url: good for url, good in originals.items() if good.media_type.startswith(("image/png", "font"))
    }
    assert len(binary) >= 10
    for good in binary.values():
        assert good.mirror_path is not None
        assert f"sha256:{hashlib.sha256(files[good.mirror_path]).hexdigest()}" == good.digest


@pytest.mark.long
async def test_the_second_run_gets_nothing_but_304(site: PracticeSite, tmp_path: Path) -> None:
    first = await copy_of(site, tmp_path)
    files = written_below(tmp_path)
    site.requests.clear()
    again = await copy_of(site, tmp_path)
    statuses = {asked.target: asked.status for asked in site.requests}
    assert "/robots.txt" not in statuses
    stored = {url for url, each in first.entries.items() if each.good}
    sent_again = {url for url in stored if statuses["/" + url.removeprefix(site.url)] != 304}
    assert sent_again == {f"{site.url}wrecks/drip"}
    assert again.report.counts.unchanged == len(stored) - 1
    assert again.report.run.number == 2
    assert again.report.exit_code() == 0
    assert {url: each.state for url, each in again.entries.items()} == {
        url: each.state for url, each in first.entries.items()
    }
    assert written_below(tmp_path) == files
    assert again.report.repaired == 0


@pytest.mark.long
async def test_without_archive_mirror_is_the_same(site: PracticeSite, tmp_path: Path) -> None:
    await copy_of(site, tmp_path / "one")
    two = await copy_of(site, tmp_path / "two", archive=False)
    assert kept_below(tmp_path / "one") == kept_below(tmp_path / "two")
    assert not two.output.archive.exists()


async def test_without_mirror_there_is_none(site: PracticeSite, tmp_path: Path) -> None:
    copy = await copy_of(site, tmp_path, mirror=False)
    assert not copy.output.mirror.exists()
    assert {url for url, each in copy.entries.items() if each.good} >= copy.truth.pages
    assert not [url for url, each in copy.entries.items() if each.good and each.good.mirror_path]


def closing_loop(copy: Copy) -> set[str]:
    """Of redirects that lead to each other, the one that was asked last."""
    return {url for url, each in copy.entries.items() if each.reason.startswith("redirect_loop")}


def maps(told: Truth) -> set[str]:
    return {url for url in told.manifests if not url.endswith("robots.txt")}


def written_below(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and instant of each file of the mirror: a file that was written again has another."""
    mirror = Output(folder).mirror
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in mirror.rglob("*.*")}
