"""The same line again continues what a crash or a signal ended; nothing finished is fetched again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import StorageError, UsageError
from crawler.exchange import Request, Response
from crawler.frontier.sqlite import SqliteFrontier
from crawler.model import Candidate, State
from tests.mirrored import dangling, live
from tests.web import OWN, Answer, Crash, Web, crawl, images, job_on, kept_below, ledger, links, page, states

PAGES = 30


def site() -> Web:
    """A page with thirty others, each with a picture of its own, and a link to one that is missing."""
    pages = {
        f"{OWN}{n}": links("/", f"/{n + 1}", "/missing", text=images(f"/{n}.png")) for n in range(1, PAGES)
    }
    pictures = {f"{OWN}{n}.png": b"\x89PNG\r\n\x1a\n" + str(n).encode() for n in range(1, PAGES)}
    return Web({OWN: links(*(f"/{n}" for n in range(1, PAGES))), **pages, **pictures})


async def crash_after(web: Web, folder: Path, requests: int) -> set[str]:
    """Crawl until so many requests were made, then die without a word; gives what was finished by then."""
    told = web.fetch

    async def fetch(request: Request) -> Response:
        if len(web.asked) >= requests:
            raise Crash
        return await told(request)

    job = job_on(web, folder, OWN)
    job._engine.fetch = fetch
    with suppress(BaseExceptionGroup, Crash):
        await job.run()
    return set(await states(folder, State.DONE, State.FAILED))


@pytest.mark.parametrize("requests", [0, 1, 2, 7, 20, 40, 58])
async def test_after_a_crash_nothing_finished_is_fetched_again(tmp_path: Path, requests: int) -> None:
    web, whole = site(), site()
    finished = await crash_after(web, tmp_path / "out", requests)
    web.forget()
    report = await crawl(web, tmp_path / "out", OWN)
    assert report.run.number == 1
    assert report.run.is_continued
    assert report.run.outcome == "finished"
    assert not finished & set(web.urls())
    await crawl(whole, tmp_path / "whole", OWN)
    assert await states(tmp_path / "out") == await states(tmp_path / "whole")
    assert kept_below(tmp_path / "out") == kept_below(tmp_path / "whole")
    assert report.counts.pages == PAGES
    assert dangling(tmp_path / "out" / "mirror") == []


async def test_what_a_cancelled_run_held_is_fetched_by_the_next(tmp_path: Path) -> None:
    web = site()
    gate = asyncio.Event()

    async def never(_: Request) -> Answer:
        await gate.wait()
        raise AssertionError

    web.says[f"{OWN}5"] = never
    job = job_on(web, tmp_path, OWN)
    running = asyncio.create_task(job.run())
    while not (web.count(f"{OWN}5") and web.count(f"{OWN}29.png")):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    web.says[f"{OWN}5"] = links("/")
    web.forget()
    report = await crawl(web, tmp_path, OWN)
    assert report.run.number == 1
    assert f"{OWN}5" in web.urls()
    assert set((await states(tmp_path)).values()) == {State.DONE, State.FAILED}


async def test_a_stopped_run_is_continued_with_its_counts(tmp_path: Path) -> None:
    web = site()
    job = job_on(web, tmp_path, OWN)

    def stopping(_: Request) -> Answer:
        job.stop()
        return page("/", "/8", "/missing", text=images("/7.png"))

    web.says[f"{OWN}7"] = stopping
    report = await job.run()
    assert report.run.outcome == "stopped"
    assert report.exit_code() == 0
    assert report.counts.queued > 0
    assert report.counts.claimed == 0
    assert dangling(tmp_path / "mirror") == []
    finished = set(await states(tmp_path, State.DONE, State.FAILED))
    web.forget()
    again = await crawl(web, tmp_path, OWN)
    assert (again.run.number, again.run.is_continued) == (1, True)
    assert again.counts.pages == PAGES
    assert not finished & set(web.urls())
    assert live(tmp_path / "mirror").keys() == {f"{OWN}missing", f"{OWN}{PAGES}"}


async def test_without_seeds_those_of_the_last_run_are_taken(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), f"{OWN}a": links(), "http://127.0.0.1:9000/": links()})
    await crawl(web, tmp_path, OWN, "http://127.0.0.1:9000/")
    web.forget()
    report = await crawl(web, tmp_path)
    assert report.seeds == 2
    assert set(web.urls()) == {OWN, f"{OWN}a", "http://127.0.0.1:9000/"}


@pytest.mark.parametrize("groups", [0, 1, 2])
@pytest.mark.parametrize("options", [{}, {"fresh": True}, {"exclude": ["never"]}])
async def test_killed_while_it_opens_it_still_has_the_seeds_of_the_last_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, groups: int, options: dict[str, Any]
) -> None:
    seeds = [f"http://{host}.example/" for host in "abc"]
    web = Web({**{url: links(f"{url}page") for url in seeds}, **{f"{url}page": links() for url in seeds}})
    await crawl(web, tmp_path, *seeds, max_pages=3)
    add, left = SqliteFrontier.add, groups

    async def dies(self: SqliteFrontier, candidates: Sequence[Candidate]) -> int:
        nonlocal left
        left -= 1
        if left < 0:
            raise Crash
        return await add(self, candidates)

    with monkeypatch.context() as patch:
        patch.setattr("crawler.crawl._SEEDS_AT_ONCE", 1)
        patch.setattr(SqliteFrontier, "add", dies)
        for _ in range(2):
            left = groups
            with pytest.raises((Crash, BaseExceptionGroup)):
                await crawl(web, tmp_path, **options)
    web.forget()
    report = await crawl(web, tmp_path, **options)
    assert report.seeds == 3
    assert set(web.urls()) == web.says.keys()
    async with ledger(tmp_path) as found:
        assert [each.url async for each in found.seeds()] == seeds
    assert not list(tmp_path.glob(".seeds*"))


async def test_seeds_that_cannot_be_kept_are_not_forgotten(tmp_path: Path) -> None:
    web = Web({OWN: links()})
    await crawl(web, tmp_path, OWN)
    (tmp_path / ".seeds.part").mkdir()
    with pytest.raises(StorageError, match=r"\.seeds: Is a directory; .*, then run the same line again"):
        await crawl(web, tmp_path)
    (tmp_path / ".seeds.part").rmdir()
    assert (await crawl(web, tmp_path)).seeds == 1


async def test_seeds_that_were_named_since_are_the_seeds_of_the_last_run(tmp_path: Path) -> None:
    web = Web({OWN: links(), f"{OWN}a": links()})
    (tmp_path / ".seeds").write_text(f"{OWN}\n")
    await crawl(web, tmp_path, f"{OWN}a")
    web.forget()
    await crawl(web, tmp_path)
    assert web.urls() == [f"{OWN}a"]


async def test_without_any_seeds_nothing_is_asked(tmp_path: Path) -> None:
    web = Web()
    with pytest.raises(UsageError, match="no seeds; give a URL"):
        await crawl(web, tmp_path)
    assert web.asked == []
