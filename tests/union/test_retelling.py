"""A run is told under its own options, and closed as what its sources say of it."""

from __future__ import annotations

from pathlib import Path

from crawler.model import State
from crawler.union.retelling import _options_of
from tests.union.gathering import gather, picture, site, worker
from tests.web import OWN, crawl, ledger, states


def test_options_of_another_version_are_not_obeyed() -> None:
    told = '{"scope": "domain", "types": ["html"], "robots_of": {"example.org": "ignore"}}'
    options = _options_of(told, mirror=False)
    assert (options.scope.scope, options.scope.types, options.keep.mirror) == ("domain", ("html",), False)
    for odd in ('{"scope": "domain", "unheard_of": 1}', '{"scope": "galaxy"}', '{"types": 3}', ""):
        assert _options_of(odd, mirror=True).scope.scope == "host"


async def test_the_scope_is_that_of_the_run(tmp_path: Path) -> None:
    for scope in ("any", "page"):
        made = tmp_path / scope
        await crawl(site(), made, OWN, retries=0, scope=scope, max_depth=2)
        await gather(tmp_path / f"{scope}-union", made)
        assert await picture(tmp_path / f"{scope}-union") == await picture(made)


async def test_a_budget_that_ended_it_leaves_the_queue(tmp_path: Path) -> None:
    made = tmp_path / "made"
    await crawl(site(), made, OWN, retries=0, max_pages=3)
    gathered = await gather(tmp_path / "union", made)
    assert gathered.run is not None
    assert gathered.run.outcome == "max-pages"
    queued = await states(tmp_path / "union", State.QUEUED)
    assert queued == await states(made, State.QUEUED)


async def test_its_end_is_taken_up_when_it_is_told(tmp_path: Path) -> None:
    made = tmp_path / "made"
    await crawl(site(), made, OWN, retries=0)
    source = worker(made, tmp_path / "worker")
    (report,) = (source / "reports").glob("*.json")
    told = report.read_bytes()
    report.unlink()
    first = await gather(tmp_path / "union", source)
    assert first.run is not None
    assert first.run.outcome == "gathered"
    report.write_bytes(told)
    second = await gather(tmp_path / "union", source)
    assert second.report is not None
    assert second.answers == 0
    async with ledger(tmp_path / "union") as found, ledger(made) as theirs:
        (mine,), (other,) = await found.runs(), await theirs.runs()
        assert (mine.outcome, mine.ended_at) == ("finished", other.ended_at)
    assert (await gather(tmp_path / "union", source)).report is None
