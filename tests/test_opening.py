"""A run is opened: begun anew, or continued, with what is wanted of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.clock import SystemClock
from crawler.frontier.sqlite import SqliteFrontier
from crawler.model import Candidate
from crawler.opening import open_run
from crawler.options import BudgetOptions, CrawlOptions, KeepOptions, ScopeOptions
from crawler.output import Output

SEED = Candidate(
    url="http://a.example/", key="http://a.example/", host="a.example", depth=0, hops="", is_seed=True
)


@pytest.fixture
def output(tmp_path: Path) -> Output:
    output = Output(tmp_path / "output")
    output.folder.mkdir()
    return output


async def opened(output: Output, options: CrawlOptions, outcome: str = "") -> tuple[str, bool, bool]:
    """The name of the run, whether it is continued, and whether stored pages were read with other options."""
    clock = SystemClock()
    async with await SqliteFrontier.open(output.database, clock) as frontier:
        run, rereads = await open_run(output, options, frontier, clock)
        await frontier.add([SEED])
        if outcome:
            await frontier.close_run(outcome)
    return run.name, run.is_continued, rereads


async def test_an_interrupted_run_is_continued_and_one_that_is_over_is_not(output: Output) -> None:
    name, is_continued, rereads = await opened(output, CrawlOptions())
    assert (is_continued, rereads) == (False, False)
    assert await opened(output, CrawlOptions(), "max-pages") == (name, True, False)
    other, is_continued, rereads = await opened(output, CrawlOptions())
    assert (is_continued, rereads) == (False, False)
    assert other > name


async def test_other_options_read_what_is_stored_again(output: Output) -> None:
    await opened(output, CrawlOptions(), "finished")
    narrow = CrawlOptions(scope=ScopeOptions(exclude=("x",)))
    assert (await opened(output, narrow, "finished"))[2]
    assert not (await opened(output, narrow))[2]


async def test_budgets_go_into_the_plan(output: Output) -> None:
    options = CrawlOptions(budget=BudgetOptions(max_pages=7))
    clock = SystemClock()
    async with await SqliteFrontier.open(output.database, clock) as frontier:
        run, _ = await open_run(output, options, frontier, clock)
    assert run.max_pages == 7


async def test_the_log_of_a_run_that_is_over_is_put_away(output: Output) -> None:
    options = CrawlOptions(keep=KeepOptions(log_bytes=1))
    name, *_ = await opened(output, options, "finished")
    output.journal.write_text("line\n", encoding="utf-8")
    await opened(output, options)
    assert [path.name for path in output.folder.glob("crawl.log*")] == [f"crawl.log-{name}.gz"]
