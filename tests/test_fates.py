"""What became of the seeds: complete, cut, waiting or dead, from the ledger, in every scope."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.errors import PermanentError, TransientError
from crawler.fates import Fate, SeedFates, SeedTrouble, read_fates
from crawler.override import Override
from crawler.report import Report
from tests.web import Answer, Web, crawl, job_on, ledger, links, moved, tagged

A, B, C = "http://a.example/", "http://b.example/", "http://c.example/"


def web_of(*hosts: str) -> Web:
    """Sites of two pages."""
    web = Web({host: links("/more") for host in hosts})
    web.says |= {f"{host}more": links() for host in hosts}
    return web


def told(report: Report) -> dict[str, tuple[str, str, int]]:
    """Fate, reason and number of seeds by URL."""
    return {each.url: (each.fate.value, each.reason, each.seeds) for each in report.fates.troubles}


def counts(fates: SeedFates) -> tuple[int, int, int, int]:
    return fates.complete, fates.cut, fates.waiting, fates.dead


async def test_all_in_and_all_decided_is_complete(tmp_path: Path) -> None:
    web = web_of(A, B)
    web.says[f"{B}more"] = 404
    report = await crawl(web, tmp_path, A, B)
    assert counts(report.fates) == (2, 0, 0, 0)
    assert report.fates.troubles == ()
    assert report.fates.words == "2 complete"


@pytest.mark.parametrize(
    ("options", "limit", "cut"),
    [
        ({"max_pages": 2}, "max-pages", 2),
        ({"max_pages_per_host": 1}, "max-pages-per-host", 2),
        ({"max_bytes": 1, "concurrency": 1}, "max-bytes", 2),
        ({"max_depth": 0}, "max-depth", 2),
        ({"max_pages": 3}, "max-pages", 1),
    ],
)
async def test_what_a_limit_leaves_is_cut_by_it(
    tmp_path: Path, options: dict[str, int], limit: str, cut: int
) -> None:
    report = await crawl(web_of(A, B), tmp_path, A, B, **options)
    assert counts(report.fates) == (2 - cut, cut, 0, 0)
    assert {reason for _, reason, _ in told(report).values()} == {limit}
    assert report.exit_code() == 0


async def test_a_limit_of_one_host_cuts_it_alone(tmp_path: Path) -> None:
    overrides = (Override(hosts="a.example", max_pages=1),)
    report = await crawl(web_of(A, B), tmp_path, A, B, overrides=overrides)
    assert told(report) == {A: ("cut", "max-pages-per-host", 1)}


async def test_what_max_depth_refused_stays_cut_while_pages_are_unchanged(tmp_path: Path) -> None:
    web = Web({A: tagged(links("/more"))})
    for _ in range(3):
        report = await crawl(web, tmp_path, A, max_depth=0)
        assert told(report) == {A: ("cut", "max-depth", 1)}
    web.says[A] = tagged(links())
    assert counts((await crawl(web, tmp_path, A, max_depth=0)).fates) == (1, 0, 0, 0)


async def test_without_that_limit_the_next_run_completes_it(tmp_path: Path) -> None:
    web = web_of(A)
    web.says[A] = tagged(links("/more"))
    await crawl(web, tmp_path, A, max_depth=0)
    assert counts((await crawl(web, tmp_path, A)).fates) == (1, 0, 0, 0)


async def test_a_host_that_is_not_due_waits(tmp_path: Path) -> None:
    web = web_of(A, B)
    web.says[f"{B}more"] = TransientError("connect", "refused")
    report = await crawl(web, tmp_path, A, B, max_wait=0.3)
    assert counts(report.fates) == (1, 0, 1, 0)
    (trouble,) = report.fates.troubles
    assert (trouble.fate, trouble.url, trouble.host) == (Fate.WAITING, B, "b.example")
    assert (trouble.reason, trouble.queued) == ("connect: refused", 1)
    assert trouble.due_at is not None
    assert trouble.due_at > report.run.ended_at  # type: ignore[operator]
    # The seed itself is in.
    assert report.exit_code() == 0


async def test_a_seed_that_waits_itself_is_no_success(tmp_path: Path) -> None:
    report = await crawl(Web({A: TransientError("timeout")}), tmp_path, A, max_wait=0.3)
    assert counts(report.fates) == (0, 0, 1, 0)
    assert report.exit_code() == 3


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (404, "http_404"),
        (PermanentError("dns", "no such host"), "dns: no such host"),
        (moved("http://gone.example/"), "http_404"),
    ],
)
async def test_a_seed_that_failed_is_dead(tmp_path: Path, answer: object, reason: str) -> None:
    web = web_of(A)
    web.says[B] = answer  # type: ignore[assignment]
    report = await crawl(web, tmp_path, A, B)
    assert counts(report.fates) == (1, 0, 0, 1)
    assert told(report) == {B: ("dead", reason, 1)}
    assert report.exit_code() == 3


async def test_one_that_robots_forbids_is_dead(tmp_path: Path) -> None:
    web = web_of(A)
    web.says[f"{A}robots.txt"] = "User-agent: *\nDisallow: /"
    report = await crawl(web, tmp_path, A)
    assert told(report) == {A: ("dead", "robots: line 2: Disallow: /", 1)}


async def test_one_whose_host_went_down_behind_it_is_dead(tmp_path: Path) -> None:
    web = Web({A: links(*(f"/{n}" for n in range(20)))})
    web.says |= {f"{A}{n}": TransientError("connect", "refused") for n in range(20)}
    report = await crawl(web, tmp_path, A)
    assert told(report)[A][:2] == ("dead", "host_down: connect: refused")


async def test_seeds_of_one_host_are_told_together(tmp_path: Path) -> None:
    web = Web({f"{A}{n}": links("/more") for n in range(3)})
    web.says |= {f"{A}more": links(), **web_of(B).says}
    report = await crawl(web, tmp_path, *(f"{A}{n}" for n in range(3)), B, max_pages_per_host=3)
    assert counts(report.fates) == (1, 3, 0, 0)
    assert told(report) == {f"{A}0": ("cut", "max-pages-per-host", 3)}


async def test_a_redirected_seed_is_where_its_way_ends(tmp_path: Path) -> None:
    web = web_of(C)
    web.says |= {A: moved(B), B: moved(C)}
    report = await crawl(web, tmp_path, A, max_pages=1)
    assert report.seeds == 1
    (trouble,) = report.fates.troubles
    assert (trouble.url, trouble.host, trouble.reason) == (A, "c.example", "max-pages")
    assert counts((await crawl(web, tmp_path, A)).fates) == (1, 0, 0, 0)


async def test_one_asked_over_http_is_where_that_ends(tmp_path: Path) -> None:
    web = web_of(A)
    web.says |= {f"https://a.example/{path}": PermanentError("tls") for path in ("", "robots.txt")}
    report = await crawl(web, tmp_path, "a.example")
    assert counts(report.fates) == (1, 0, 0, 0)
    web.says[A] = 404
    report = await crawl(web, tmp_path, "a.example")
    assert told(report) == {"https://a.example/": ("dead", "http_404", 1)}


@pytest.mark.parametrize(
    ("scope", "fates"),
    [("host", (1, 1, 0, 0)), ("domain", (0, 2, 0, 0)), ("any", (0, 2, 0, 0)), ("page", (2, 0, 0, 0))],
)
async def test_its_place_is_that_of_the_scope(
    tmp_path: Path, scope: str, fates: tuple[int, int, int, int]
) -> None:
    here, beside = "http://a.example/", "http://www.a.example/"
    web = Web({here: links(), beside: links("/more"), f"{beside}more": links()})
    report = await crawl(web, tmp_path, here, beside, scope=scope, max_pages=2)
    assert counts(report.fates) == fates


async def test_a_continued_run_tells_of_all_of_it(tmp_path: Path) -> None:
    web = web_of(A, B)
    web.says[B] = 404
    job = job_on(web, tmp_path, A, B, max_pages=9)

    def stopping(_: object) -> Answer:
        job.stop()
        return Answer(status=503)

    web.says[f"{A}more"] = stopping
    stopped = await job.run()
    assert stopped.run.outcome == "stopped"
    assert counts(stopped.fates) == (0, 1, 0, 1)
    assert told(stopped)[A] == ("cut", "stopped", 1)
    web.says[f"{A}more"] = links()
    report = await crawl(web, tmp_path, A, B, max_pages=9)
    assert report.run.is_continued
    assert counts(report.fates) == (1, 0, 0, 1)


async def test_a_run_that_has_not_ended_leaves_its_seeds_unfinished(tmp_path: Path) -> None:
    web = web_of(A)
    await crawl(web, tmp_path, A, max_pages=1)
    async with ledger(tmp_path) as found:
        (run,) = await found.runs()
        unended = SeedFates(cut=1)
        fates = await read_fates(found, type(run)(number=1, name=run.name, started_at=0, options=run.options))
    assert counts(fates) == counts(unended)
    assert fates.troubles[0].words == "cut, the run goes on or was killed; 1 queued"


async def test_the_report_has_them(tmp_path: Path) -> None:
    web = web_of(A)
    web.says[B] = 404
    report = await crawl(web, tmp_path, A, B, max_pages_per_host=1)
    values = json.loads((tmp_path / "reports" / f"{report.run.name}.json").read_text())
    assert values["seed_fates"] == {"complete": 0, "cut": 1, "waiting": 0, "dead": 1}
    assert [each["fate"] for each in values["incomplete_seeds"]] == ["dead", "cut"]
    page = (tmp_path / "index.html").read_text()
    assert "2: 1 cut, 1 dead" in page
    assert "cut by max-pages-per-host; 1 queued" in page


async def test_no_more_are_listed_than_anybody_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.fates._MAX_LISTED", 2)
    report = await crawl(web_of(A), tmp_path, A, B, C, "http://d.example/", max_pages_per_host=1)
    assert counts(report.fates) == (0, 1, 0, 3)
    assert list(told(report)) == [B, C]


def test_every_fate_has_words() -> None:
    trouble = SeedTrouble(fate=Fate.WAITING, url=A, host="a.example", reason="", due_at=1e9, queued=2)
    assert trouble.words == "waiting until 2001-09-09T01:46:40Z; 2 queued"
    assert SeedFates().words == ""
