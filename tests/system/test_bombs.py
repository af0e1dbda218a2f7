"""A page made to break its reader costs itself alone, and the event loop never stands still for it.

The whole way, with a server and the real client. What is measured is the processor time of single steps of the
loop, so that other work on the machine does not count.
"""

from __future__ import annotations

import asyncio
import asyncio.events
import gc
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.confinement.processes import ReadingProcesses
from crawler.crawl import CrawlJob
from crawler.model import State
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.study import Study
from tests.servers import Line, raw_site, reply
from tests.web import entries, kept_below, seed_list

pytestmark = pytest.mark.system

LONGEST_STEP_SECONDS = 0.1
MEGABYTE = 1_000_000

BOMBS: dict[str, bytes] = {
    "nested": b"<div>" * 100_000,
    "unclosed": b"<p><b><a href=x><td><li>" * 100_000,
    "attribute": b"<a href='" + b"x" * 10 * MEGABYTE + b"'>",
    "attributes": b"<a " + b"".join(b"a%d=1 " % each for each in range(200_000)) + b"href=x>",
    "less than": b"<" * 2 * MEGABYTE,
    "comments": b"<!--" * 300_000,
    "formatting": b"<b><i><u>" * 200_000,
    "links": b"".join(b"<li><a href='/n/%d'>one of many</a>\n" % each for each in range(300_000)),
    "srcset": b"<img srcset='" + b",".join(b"%d 1x" % each for each in range(300_000)) + b"'>",
    "style": b"<style>" + b"".join(b"a{b:url(%d)}" % each for each in range(300_000)) + b"</style>",
    "base": b"<base href='/"
    + b"%41" * 2_600
    + b"/'>"
    + b"".join(b"<a href=%d>" % each for each in range(50_000)),
    "references": b"<a href='" + b"&a&#1" * 1_000_000 + b"'>",
}
NEIGHBOUR = b"<title>well</title><a href=/end>on</a>"


@contextmanager
def watch_steps() -> Iterator[list[float]]:
    """The processor seconds of the longest step of the loop so far.

    What the tests before have left in memory is hidden from the garbage collector, as it is none of ours.
    """
    longest = [0.0]
    run = asyncio.events.Handle._run

    def timed(handle: asyncio.events.Handle) -> None:
        began = time.thread_time()
        run(handle)
        longest[0] = max(longest[0], time.thread_time() - began)

    gc.collect()
    gc.freeze()
    asyncio.events.Handle._run = timed  # type: ignore[method-assign, assignment]
    try:
        yield longest
    finally:
        asyncio.events.Handle._run = run  # type: ignore[method-assign]
        gc.unfreeze()


async def crawl_bomb(folder: Path, bomb: bytes, study: Study) -> tuple[str, float]:
    """Crawl a page that leads to a bomb and its neighbour; gives the bomb's URL and the longest step."""
    pages = {b"/": b"<a href=/bomb>1</a><a href=/neighbour>2</a>", b"/bomb": bomb, b"/neighbour": NEIGHBOUR}

    async def talk(line: Line) -> None:
        path = (await line.hear()).split(b" ")[1]
        status = "200 OK" if path in pages else "404 Not Found"
        body = pages.get(path, b"")
        await line.say(
            reply("Content-Type: text/html", f"Content-Length: {len(body)}", body=body, status=status)
        )

    output = Output(folder)
    output.prepare()
    async with raw_site(talk) as site:
        job = CrawlJob(seed_list(site.url()), output, CrawlOptions.of({"max_pages": 3, "assets": False}))
        job._engine.study = study
        with output.hold(), watch_steps() as longest:
            report = await job.run()
        assert report.run.outcome in {"finished", "max-pages"}
        states = await entries(folder)
        assert states[site.url("/neighbour")].state is State.DONE
        good = states[site.url("/neighbour")].good
        assert good is not None
        assert good.title == "well"
        return site.url("/bomb"), longest[0]


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_does_not_hold_the_loop(name: str, tmp_path: Path) -> None:
    url, longest_seconds = await crawl_bomb(tmp_path, BOMBS[name], Study())
    entry = (await entries(tmp_path))[url]
    assert entry.state is State.DONE or entry.reason.startswith("parse: ")
    assert longest_seconds < LONGEST_STEP_SECONDS


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_that_cannot_be_read_ends_as_one_page_of_class_parse(name: str, tmp_path: Path) -> None:
    """No time at all is too little for any of them."""
    study = Study(deadline_seconds=0.001)
    url, _ = await crawl_bomb(tmp_path, BOMBS[name], study)
    entry = (await entries(tmp_path))[url]
    assert (entry.state, entry.status) == (State.FAILED, 200)
    assert entry.reason == "parse: it takes longer than 0.001 s to read"
    assert entry.good is not None
    assert entry.good.mirror_path is not None
    assert kept_below(tmp_path)[entry.good.mirror_path] == BOMBS[name]
    report = json.loads(next(tmp_path.glob("reports/*.json")).read_text())
    assert report["failures"]["parse"] == 1
    assert "failed parse: it takes longer" in (tmp_path / "crawl.log").read_text()


async def test_too_little_memory_is_a_page_of_class_parse_too(tmp_path: Path) -> None:
    study = Study(processes=ReadingProcesses(memory_bytes=100 * MEGABYTE))
    url, _ = await crawl_bomb(tmp_path, BOMBS["links"], study)
    entry = (await entries(tmp_path))[url]
    assert entry.state is State.FAILED
    assert entry.reason.startswith("parse: it takes more memory")


async def test_what_is_beyond_the_most_links_is_counted_everywhere(tmp_path: Path) -> None:
    url, _ = await crawl_bomb(tmp_path, BOMBS["links"], Study())
    entry = (await entries(tmp_path))[url]
    assert entry.reason == "links-a-page: 280000 links beyond the first 20000 are left out"
    report = json.loads(next(tmp_path.glob("reports/*.json")).read_text())
    assert {"rule": "links-a-page", "host": url[7:-5], "links": 280000} in report["refused_links"]
    (warning,) = report["warnings"]
    assert warning.startswith("1 text with more links than one page may have; ")
    assert warning.endswith("; grep links-a-page crawl.log")
