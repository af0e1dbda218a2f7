"""A text that breaks its reader, through whole crawls: kept, said everywhere, read again by the next run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.explanation import explain_url
from crawler.links.findings import MAX_READ_BYTES
from crawler.model import State
from crawler.output import Output
from crawler.report import Report
from crawler.study import Study
from crawler.telling import explanation_lines
from tests.mirrored import leads
from tests.web import OWN, Web, entries, entry_at, job_on, kept_below, ledger, links, moved, page, tagged

A, B = f"{OWN}a", f"{OWN}b"
HOME = "127.0.0.1_8000/index.html"
HEAVY = links("/b", *(f"#{each}" for each in range(3)), *(f"/n/{each}" for each in range(3_000)))
REASON = "parse: it takes longer than 0 s to read"


async def crawl(web: Web, folder: Path, *, breaks: bool, **options: Any) -> Report:
    """Crawl `web`, with readers that never have the time."""
    job = job_on(web, folder, OWN, max_depth=1, **options)
    if breaks:
        job._engine.study = Study(deadline_seconds=0)
    with Output(folder).hold():
        report = await job.run()
    web.clock.advance(1)
    return report


@pytest.mark.parametrize("archive", [True, False], ids=["archive", "no archive"])
async def test_it_fails_with_its_class_and_stays_as_it_was_sent(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links("/a", "/b"), A: HEAVY, B: links(title="well")})
    report = await crawl(web, tmp_path, breaks=True, archive=archive)
    found = await entries(tmp_path)
    assert (found[A].state, found[A].status, found[A].reason) == (State.FAILED, 200, REASON)
    assert found[B].state is State.DONE
    good = found[A].good
    assert good is not None
    assert kept_below(tmp_path)[good.mirror_path or ""] == HEAVY.encode()
    assert report.failures == {"parse": 1}
    assert report.counts.pages == 2
    assert f"failed {REASON}" in (tmp_path / "crawl.log").read_text()
    async with ledger(tmp_path) as kept:
        story = await explain_url(kept, A, web.clock.now())
    assert f"status 200 ({REASON})" in explanation_lines(story)[0]


async def test_the_next_run_asks_for_it_without_conditions_and_reads_it(tmp_path: Path) -> None:
    web = Web({OWN: links("/a", "/b"), A: tagged(HEAVY), B: "b"})
    await crawl(web, tmp_path, breaks=True)
    web.forget()
    report = await crawl(web, tmp_path, breaks=False)
    assert all("If-None-Match" not in each.headers for each in web.asked if each.url == A)
    entry = await entry_at(tmp_path, A)
    assert entry.state is State.DONE
    assert entry.good is not None
    assert entry.good.title == "A page"
    assert report.failures == {}
    assert leads(tmp_path / "mirror", entry.good.mirror_path or "")[0] == "b~.html"


async def test_one_that_breaks_in_a_later_run_replaces_what_was_read_before(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), A: [links("/b"), HEAVY], B: "b"})
    await crawl(web, tmp_path, breaks=False)
    await crawl(web, tmp_path, breaks=True)
    entry = await entry_at(tmp_path, A)
    assert entry.reason == REASON
    assert entry.good is not None
    assert kept_below(tmp_path)[entry.good.mirror_path or ""] == HEAVY.encode()


async def test_an_unchanged_one_that_breaks_is_said_too(tmp_path: Path) -> None:
    """Other options: stored pages are read again, from the archive."""
    web = Web({OWN: links("/a"), A: tagged(HEAVY), B: "b"})
    await crawl(web, tmp_path, breaks=False)
    report = await crawl(web, tmp_path, breaks=True, exclude=("/never",))
    entry = await entry_at(tmp_path, A)
    assert (entry.state, entry.status, entry.reason) == (State.FAILED, 304, REASON)
    assert report.failures == {"parse": 1}
    web.forget()
    await crawl(web, tmp_path, breaks=False, exclude=("/never",))
    assert (await entry_at(tmp_path, A)).state is State.DONE
    assert all("If-None-Match" not in each.headers for each in web.asked if each.url == A)


async def test_one_that_cannot_be_repaired_is_said_and_repaired_by_the_next_run(tmp_path: Path) -> None:
    web = Web({OWN: links("/a", *(f"/n/{each}" for each in range(3_000))), A: page()})
    job = job_on(web, tmp_path, OWN, exclude=("/n/",))

    def breaking(_: object) -> object:
        job._engine.study._deadline_seconds = 0
        return moved("/b")

    web.says |= {A: breaking, B: page()}  # type: ignore[dict-item]
    with Output(tmp_path).hold():
        report = await job.run()
    assert [line for line in report.warnings if f"{OWN}: parse: it takes longer" in line]
    assert leads(tmp_path / "mirror", HOME)[0] == "a~.html"
    web.says[A] = moved("/b")
    web.clock.advance(1)
    with Output(tmp_path).hold():
        again = await job_on(web, tmp_path, OWN, exclude=("/n/",)).run()
    assert again.warnings == ()
    assert leads(tmp_path / "mirror", HOME)[0] == "b~.html"


async def test_text_beyond_what_is_read_is_kept_and_said(tmp_path: Path) -> None:
    long = links("/b") + " " * MAX_READ_BYTES
    web = Web({OWN: links("/a"), A: long})
    report = await crawl(web, tmp_path, breaks=False)
    entry = await entry_at(tmp_path, A)
    assert entry.state is State.DONE
    assert entry.reason == "unread: 20 MB of text is kept; links are read in 20 MB at most"
    assert report.counts.pages == 2
    assert report.warnings == (
        "1 text too long to be read for links; it is kept as sent; grep unread crawl.log",
    )
    assert B not in await entries(tmp_path)
    stored = json.loads(next(tmp_path.glob("reports/*.json")).read_text())
    assert stored["warnings"] == list(report.warnings)
