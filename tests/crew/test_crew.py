"""Several processes at one crawl: together they find what one finds, and none costs the run its life."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from aiohttp import web

import crawler.crew.crew as crew_module
from crawler.crawl import CrawlJob
from crawler.errors import DamageError, StorageError
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.report import Report
from tests.web import entries, seed_list

pytestmark = pytest.mark.long

PAGES = 400


class Site:
    """A start page with many links; answers wait until the test lets them go. Counts what was asked."""

    def __init__(self) -> None:
        self.root = ""
        self.asked: Counter[str] = Counter()
        self.goes_on = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        self.asked[request.path] += 1
        if request.path == "/robots.txt":
            raise web.HTTPNotFound
        if request.path != "/":
            await self.goes_on.wait()
        links = "".join(f'<a href="/{n}">{n}</a>' for n in range(PAGES)) if request.path == "/" else ""
        return web.Response(text=f"<title>{request.path}</title>{links}", content_type="text/html")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    server = web.Application()
    server.router.add_get("/{path:.*}", site.answer)
    runner = web.AppRunner(server, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.root = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield site
    await runner.cleanup()


def job_at(site: Site, folder: Path, **options: object) -> CrawlJob:
    output = Output(folder)
    output.prepare()
    values = {"processes": 3, "concurrency": 6, "per_host": 200, **options}
    return CrawlJob(seed_list(site.root), output, CrawlOptions.of(values))


def holders(folder: Path) -> set[int]:
    """The processes that hold or held a lease."""
    try:
        with closing(sqlite3.connect(f"file:{folder}/crawl.db?mode=ro", uri=True)) as database:
            return {
                holder for (holder,) in database.execute("SELECT DISTINCT holder FROM url WHERE token > 0")
            }
    except sqlite3.OperationalError:
        return set()


@asynccontextmanager
async def crawling(job: CrawlJob) -> AsyncIterator[asyncio.Task[Report]]:
    task = asyncio.create_task(job.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(is_so: Callable[[], bool], task: asyncio.Task[Report]) -> None:
    """Look again and again while the crawl goes on."""
    while not is_so():
        done, _ = await asyncio.wait([task], timeout=0.01)
        assert not done, task.result()


async def test_together_they_get_every_page_once(site: Site, tmp_path: Path) -> None:
    job = job_at(site, tmp_path)
    async with crawling(job) as task:
        await until(lambda: holders(tmp_path) == {0, 1, 2}, task)
        assert (await job.statistics()).processes == 3
        site.goes_on.set()
        report = await task
    assert report.run.outcome == "finished"
    assert (report.counts.pages, report.counts.done) == (PAGES + 1, PAGES + 1)
    assert report.counts.requests == sum(site.asked.values())
    assert set(site.asked.values()) == {1}
    assert len(list((tmp_path / "archive").glob("*.warc.gz"))) == 3
    assert len((tmp_path / "crawl.log").read_text().splitlines()) == PAGES + 2
    assert {entry.state for entry in (await entries(tmp_path)).values()} == {"done"}
    assert report.warnings == ()


async def test_what_a_dead_one_held_is_done_by_the_others(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job = job_at(site, tmp_path)
    async with crawling(job) as task:
        await until(lambda: holders(tmp_path) == {0, 1, 2}, task)
        assert job._crew is not None
        pids = [each.pid for each in job._crew._processes.values()]
        # One group: what the terminal stops and continues, it does with all of them.
        assert {os.getpgid(each) for each in pids} == {os.getpgid(0)}
        os.kill(job._crew._processes[1].pid, signal.SIGKILL)
        site.goes_on.set()
        report = await task
    assert report.counts.pages == PAGES + 1
    assert report.run.outcome == "finished"
    assert [record.message for record in caplog.records if "process 1 ended by signal 9" in record.message]
    # Of six requests at once two each were lent, and the dead one's are back.
    assert job._engine._concurrency == 4


async def test_what_a_dead_one_left_torn_is_swept_at_the_end(site: Site, tmp_path: Path) -> None:
    job = job_at(site, tmp_path)
    async with crawling(job) as task:
        await until(lambda: holders(tmp_path) == {0, 1, 2}, task)
        assert job._crew is not None
        os.kill(job._crew._processes[1].pid, signal.SIGKILL)
        with closing(sqlite3.connect(tmp_path / "crawl.db")) as database:
            (run,) = database.execute("SELECT name FROM run").fetchone()
        (tmp_path / "archive").mkdir(exist_ok=True)
        torn = tmp_path / "archive" / f"{run}-00009.warc.gz", tmp_path / ".partial" / "1-1"
        for path in torn:
            path.write_bytes(b"\x1f\x8b half")
        site.goes_on.set()
        report = await task
    assert report.counts.pages == PAGES + 1
    assert [path for path in torn if path.exists()] == []


async def test_told_to_stop_all_of_them_do(site: Site, tmp_path: Path) -> None:
    job = job_at(site, tmp_path)
    async with crawling(job) as task:
        await until(lambda: holders(tmp_path) == {0, 1, 2}, task)
        job.stop()
        site.goes_on.set()
        report = await task
    assert report.run.outcome == "stopped"
    assert report.counts.claimed == 0
    assert report.counts.queued > PAGES // 2
    assert report.counts.pages == len(site.asked) - 1


async def test_paused_none_of_them_claims(site: Site, tmp_path: Path) -> None:
    job = job_at(site, tmp_path)
    async with crawling(job) as task:
        await until(lambda: holders(tmp_path) == {0, 1, 2}, task)
        job.pause()
        held, asked = job._frontier, 0
        assert held is not None
        site.goes_on.set()
        while (counts := await held.counts()).claimed or asked != counts.requests:
            asked = counts.requests
            await asyncio.wait([task], timeout=0.05)
        assert counts.queued > 0
        assert (await job.statistics()).phase == "paused"
        job.resume()
        report = await task
    assert (report.counts.pages, report.run.outcome) == (PAGES + 1, "finished")


async def test_a_budget_of_pages_is_exact_over_all_of_them(site: Site, tmp_path: Path) -> None:
    site.goes_on.set()
    report = await job_at(site, tmp_path, max_pages=37).run()
    assert report.counts.pages == 37
    assert report.run.outcome == "max-pages"


@pytest.mark.parametrize(("word", "kind"), [("failure", StorageError), ("damage", DamageError)])
async def test_one_that_cannot_store_ends_the_run(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, kind: type[StorageError]
) -> None:
    says = f'import sys; sys.stdin.readline(); print(\'{{"{word}": "no room here"}}\', flush=True); sys.stdin.read()'
    monkeypatch.setattr(crew_module, "_PROGRAM", says)
    with pytest.raises(StorageError, match="no room here") as caught:
        await job_at(site, tmp_path).run()
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "program", ["raise SystemExit(3)", "print('Fatal error')", "import os; os.close(0); os.close(1); input()"]
)
async def test_those_that_cannot_work_are_done_without(
    site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    program: str,
) -> None:
    monkeypatch.setattr(crew_module, "_PROGRAM", program)
    site.goes_on.set()
    report = await job_at(site, tmp_path).run()
    assert report.counts.pages == PAGES + 1
    assert sum("ended by" in record.message for record in caplog.records) == 2


async def test_one_that_does_not_leave_is_killed(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew_module, "_PROGRAM", "import sys; sys.stdin.read()")
    monkeypatch.setattr(crew_module, "_LEAVE_SECONDS", 0.01)
    site.goes_on.set()
    report = await job_at(site, tmp_path).run()
    assert report.counts.pages == PAGES + 1


async def test_auto_adds_one_when_the_processor_holds_it_up(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew_module, "cpus", lambda: 2)
    monkeypatch.setattr(crew_module, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(crew_module, "_BUSY", 0.0)
    job = job_at(site, tmp_path, processes="auto")
    async with crawling(job) as task:
        # Another engine begins once the first has given up some of its requests, which must end for that.
        await until(lambda: job._engine._concurrency == 3, task)
        site.goes_on.set()
        await until(lambda: job._crew is not None and job._crew.size == 1, task)
        site.goes_on.clear()
        await until(lambda: holders(tmp_path) == {0, 1}, task)
        site.goes_on.set()
        report = await task
    assert report.counts.pages == PAGES + 1
    assert report.counts.requests == sum(site.asked.values())


async def test_auto_stays_alone_where_another_would_not_help(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew_module, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(crew_module, "_BUSY", 1000.0)
    site.goes_on.set()
    report = await job_at(site, tmp_path, processes="auto").run()
    assert report.counts.pages == PAGES + 1
    assert holders(tmp_path) == {0}


async def test_records_of_all_of_them_reach_the_log(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    says = (
        "import sys; sys.stdin.readline(); "
        'print(\'{"log": ["crawler.odd", 30, "100% odd"]}\\n{"warning": "odd robots"}\', flush=True); '
        'print(\'{"outcome": "finished"}\', flush=True)'
    )
    monkeypatch.setattr(crew_module, "_PROGRAM", says)
    site.goes_on.set()
    report = await job_at(site, tmp_path, processes=2).run()
    assert report.warnings == ("odd robots",)
    (record,) = [each for each in caplog.records if each.name == "crawler.odd"]
    assert (record.levelno, record.message) == (logging.WARNING, "100% odd")
