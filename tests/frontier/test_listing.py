"""What is read from one end to the other comes in an order that a reader can rely on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crawler.clock import ManualClock
from crawler.frontier.ledger import SqliteLedger
from crawler.frontier.listing import Listing
from crawler.frontier.protocol import RunPlan
from crawler.frontier.sqlite import SqliteFrontier
from crawler.model import Capture, State
from crawler.standing import Entry
from tests.frontier.contract import A, B, all_of, capture, claim_one, do, link, requisite


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


async def test_files_are_listed_by_their_path_the_newest_of_twins_first(mixed: Path) -> None:
    ledger = await SqliteLedger.open(mixed)
    files = await all_of(ledger.listed(Listing.FILES))
    paths = [entry.good.mirror_path for entry in files if entry.good]
    expected = [f"{host}/{path}" for host in (A, B) for path in ("a", "frame", "p.png", "z")]
    assert paths == [expected[0], *expected]
    assert urls(files[:2]) == ["https://a.example/a", "a.example/a"]
    await ledger.close()


async def test_a_listing_is_as_it_was_when_it_began(mixed: Path) -> None:
    ledger = await SqliteLedger.open(mixed)
    seen: list[Entry] = []
    async for entry in ledger.listed(Listing.PAGES):
        if not seen:
            async with await SqliteFrontier.open(mixed, ManualClock()) as frontier:
                await do(frontier, link("b", A), capture=file("b", A))
        seen.append(entry)
    assert len(seen) == 5
    await ledger.close()
