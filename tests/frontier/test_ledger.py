"""What is true of the ledger in SQLite alone: it stands by itself, and streams."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.clock import ManualClock
from crawler.errors import StorageError
from crawler.frontier.fingerprints import pack
from crawler.frontier.ledger import SqliteLedger
from crawler.frontier.protocol import Ledger, RunPlan
from crawler.frontier.sqlite import SqliteFrontier
from crawler.model import Capture, State
from crawler.standing import Counts, Entry, Listing
from tests.frontier.contract import (
    A,
    B,
    all_of,
    capture,
    claim_all,
    claim_one,
    do,
    finish,
    key_of,
    link,
    requisite,
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


def file(path: str, host: str, **more: object) -> Capture:
    return capture(path, host, mirror_path=f"{host}/{path}", **more)


@pytest.fixture
async def mixed(tmp_path: Path) -> Path:
    """Pages, requisites, failures and refusals of two hosts, and twins that share a file."""
    path = tmp_path / "crawl.db"
    async with await SqliteFrontier.open(path, ManualClock()) as frontier:
        await frontier.open_run(RunPlan(name="run"))
        for host in (B, A):
            await do(frontier, link("z", host), capture=file("z", host))
            await do(frontier, link("a", host), capture=file("a", host))
            await do(frontier, requisite("frame", host), capture=file("frame", host))
            await do(frontier, link("p.png", host), capture=file("p.png", host, media_type="image/png"))
            await do(frontier, link("gone", host), State.FAILED, reason="http_404", capture=None)
            await do(frontier, link("refused", host), State.EXCLUDED, reason="robots", capture=None)
            await frontier.add([link("queued", host)])
            await claim_one(frontier)
        twin = replace(link("a"), url="https://a.example/a", key="https://a.example/a")
        await do(frontier, twin, capture=replace(file("a", A, captured_at=9.0), url=twin.url))
    return path


def urls(entries: list[Entry]) -> list[str]:
    return [entry.candidate.url.removeprefix("http://") for entry in entries]


async def test_pages_and_what_is_missing_are_listed_by_host(mixed: Path) -> None:
    ledger = await SqliteLedger.open(mixed)
    pages = urls(await all_of(ledger.listed(Listing.PAGES)))
    assert pages == ["a.example/a", "a.example/z", "https://a.example/a", "b.example/a", "b.example/z"]
    missing = urls(await all_of(ledger.listed(Listing.MISSING)))
    assert missing == [f"{host}/{path}" for host in (A, B) for path in ("gone", "refused")]
    await ledger.close()


async def test_a_file_is_listed_once_with_its_newest_capture(mixed: Path) -> None:
    ledger = await SqliteLedger.open(mixed)
    files = await all_of(ledger.listed(Listing.FILES))
    paths = [entry.good.mirror_path for entry in files if entry.good]
    assert paths == [f"{host}/{path}" for host in (A, B) for path in ("a", "frame", "p.png", "z")]
    assert files[0].candidate.url == "https://a.example/a"
    await ledger.close()


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
