"""What is true of the ledger in SQLite alone: it stands by itself, and streams."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.clock import ManualClock
from crawler.errors import StorageError
from crawler.frontier.fingerprints import pack
from crawler.frontier.ledger import SqliteLedger
from crawler.frontier.protocol import Ledger, RunPlan
from crawler.frontier.sqlite import SqliteFrontier
from crawler.model import State
from crawler.standing import Counts
from tests.frontier.contract import (
    all_of,
    capture,
    claim_all,
    finish,
    key_of,
    link,
)

MANY = 999


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """The database of a crawl with more rows of each kind than are read at once."""
    path = tmp_path / "crawl.db"
    async with await SqliteFrontier.open(path, ManualClock()) as frontier:
        await frontier.open_run(RunPlan(name="run"))
        await frontier.add([link(f"{n:04}") for n in range(MANY)])
        for n, lease in enumerate(await claim_all(frontier, MANY)):
            kept = capture(f"{n:04}", segment="s", captured_at=float(n))
            targets = pack([key_of("moved")])
            state = State.FAILED if n == MANY - 1 else State.DONE
            await finish(frontier, lease, state, capture=kept, targets=targets, is_surprise=True)
        await frontier.add([link("moved")])
        await frontier.abandon_unsettled()
        await frontier.close_run("finished")
    return path


async def test_it_is_read_without_a_frontier(path: Path) -> None:
    opened = await SqliteLedger.open(path)
    ledger: Ledger = opened
    keys = [key_of(f"{n:04}") for n in range(MANY)]
    assert await ledger.counts() == Counts(queued=1, done=MANY - 1, failed=1, hosts=1)
    assert [entry.candidate.key for entry in await all_of(ledger.entries())] == [*keys, key_of("moved")]
    assert [entry.candidate.key for entry in await all_of(ledger.entries(State.FAILED))] == keys[-1:]
    assert len(await all_of(ledger.entries(State.DONE))) == MANY - 1
    assert [kept.captured_at for kept in await all_of(ledger.captures())] == [float(n) for n in range(MANY)]
    assert [key for key, _ in await all_of(ledger.surprises())] == [*keys, key_of("moved")]
    assert [entry.candidate.key for entry in await all_of(ledger.pages_to_repair())] == keys
    assert len(await ledger.addresses(keys)) == MANY
    await opened.close()


async def test_reading_leaves_no_file_behind(path: Path) -> None:
    ledger = await SqliteLedger.open(path)
    await ledger.counts()
    await ledger.close()
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_it_is_read_where_nothing_may_be_written(path: Path) -> None:
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        ledger = await SqliteLedger.open(path)
        assert (await ledger.counts()).done == MANY - 1
        await ledger.close()
    finally:
        path.parent.chmod(0o700)


async def test_without_a_database_nothing_is_created(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is this the output folder of a crawl"):
        await SqliteLedger.open(tmp_path / "crawl.db")
    assert list(tmp_path.iterdir()) == []


async def test_what_stands_still_is_told_no_news(path: Path) -> None:
    still, other = await SqliteLedger.open(path, is_still=True), await SqliteLedger.open(path)
    before = await still.counts()
    async with await SqliteFrontier.open(path, ManualClock()) as frontier:
        await frontier.add([link("new")])
    assert await other.entry(key_of("new")) is not None
    assert await still.entry(key_of("new")) is None
    assert await still.counts() == before
    await still.close()
    await other.close()
