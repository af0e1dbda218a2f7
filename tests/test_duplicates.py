"""Pages with the content of another URL are told, and rows of them come to an end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from crawler.clock import ManualClock
from crawler.duplicates import NO_TWIN, Duplicates, Twin, row_of, stands_behind
from crawler.frontier.memory import MemoryFrontier
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.model import Candidate, Capture, Disposition, Finish, Hop, State
from crawler.urls import host_key, identity

SITE = "http://a.example/"
SAME, OTHER = "sha256:1", "sha256:2"


def candidate(path: str, via: str | None = None, hop: str = Hop.LINK) -> Candidate:
    url = path if "://" in path else SITE + path
    hops, source = ("", None) if via is None else (hop, SITE + via)
    return Candidate(url=url, key=identity(url), host=host_key(url), hops=hops, via=source)


def capture(url: str = SITE, digest: str = SAME, **terms: object) -> Capture:
    values: dict[str, object] = {"captured_at": 0.0, "status": 200, "media_type": "text/html"}
    values |= {"size_bytes": 5, "mirror_path": "a.example/x.html", "digest": digest}
    return Capture(url=url, **{**values, **terms})  # type: ignore[arg-type]


async def ledger(*rows: tuple[Candidate, Capture]) -> Frontier:
    """A frontier that holds these, each with its good copy or its redirect."""
    frontier = MemoryFrontier(ManualClock())
    await frontier.open_run(RunPlan(name="x"))
    await frontier.add([each for each, _ in rows])
    captures = {each.key: taken for each, taken in rows}
    while (claim := await frontier.claim(100)).leases:
        dispositions = [
            Disposition(state=State.DONE, status=taken.status, capture=taken)
            for lease in claim.leases
            for taken in [captures[lease.candidate.key]]
        ]
        pairs = zip(claim.leases, dispositions, strict=True)
        await frontier.finish([Finish(lease=lease, disposition=done) for lease, done in pairs])
    return frontier


def row(paths: Iterable[str]) -> list[Candidate]:
    """Each found at the one before."""
    found: list[Candidate] = []
    for path in paths:
        found.append(candidate(path, found[-1].url.removeprefix(SITE) if found else None))
    return found


class TestContents:
    async def test_the_first_is_named(self) -> None:
        duplicates = Duplicates()
        assert await duplicates.meet(candidate("a"), capture()) == NO_TWIN
        assert await duplicates.meet(candidate("b"), capture()) == Twin(url=f"{SITE}a")
        assert await duplicates.meet(candidate("c"), capture(digest=OTHER)) == NO_TWIN

    async def test_a_page_that_is_read_again_is_no_twin_of_itself(self) -> None:
        duplicates = Duplicates()
        for _ in range(3):
            assert await duplicates.meet(candidate("a"), capture()) == NO_TWIN

    async def test_each_host_has_its_own_and_nothing_has_no_content(self) -> None:
        duplicates = Duplicates()
        await duplicates.meet(candidate("a"), capture())
        assert await duplicates.meet(candidate("http://b.example/a"), capture()) == NO_TWIN
        await duplicates.meet(candidate("a"), capture(digest=OTHER, size_bytes=0))
        assert await duplicates.meet(candidate("b"), capture(digest=OTHER, size_bytes=0)) == NO_TWIN

    async def test_its_memory_is_bounded(self) -> None:
        duplicates = Duplicates()
        for number in range(10_100):
            await duplicates.meet(candidate(f"{number}"), capture(digest=f"{number}"))
            if number % 100 == 0:
                await duplicates.meet(candidate(f"same/{number}"), capture())
        assert len(duplicates._contents) == 10_000
        assert max(len(seen) for _, seen in duplicates._contents.values()) == 20
        assert (await duplicates.meet(candidate("x"), capture())).url == f"{SITE}same/0"


PATHS = ["p/", "p/x/", "p/x/y/", "p/x/y/x/"]


class TestRows:
    async def test_each_below_the_one_before(self) -> None:
        steps = row(PATHS)
        found = await ledger(*((each, capture(each.url)) for each in steps))
        assert [await row_of(found, each, SAME) for each in steps] == [1, 2, 3, 4]

    async def test_other_bytes_between_them_are_no_row(self) -> None:
        steps = row(PATHS)
        digests = [SAME, OTHER, SAME, SAME]
        found = await ledger(*((s, capture(s.url, d)) for s, d in zip(steps, digests, strict=True)))
        assert await row_of(found, steps[-1], SAME) == 2

    @pytest.mark.parametrize(
        "paths",
        [["p/1", "p/2", "p/3"], ["p/x/y/", "p/x/", "p/"], ["?a", "?b", "?c"]],
    )
    async def test_beside_each_other_or_upwards_is_no_row(self, paths: list[str]) -> None:
        steps = row(paths)
        found = await ledger(*((each, capture(each.url)) for each in steps))
        assert await row_of(found, steps[-1], SAME) == 1

    async def test_pages_beside_them_are_passed_over(self) -> None:
        steps = row(["p/", "p/a", "p/a?b", "p/x/", "p/x/a", "p/x/y/"])
        found = await ledger(*((each, capture(each.url)) for each in steps))
        assert [await row_of(found, each, SAME) for each in steps] == [1, 1, 1, 2, 2, 3]

    async def test_redirects_between_them_are_passed_over(self) -> None:
        steps, captures = [candidate("p/")], [capture(f"{SITE}p/")]
        for path in ("p/x", "p/x/y"):
            above = steps[-1].url.removeprefix(SITE)
            steps += [candidate(path, above), candidate(f"{path}/", path, Hop.REDIRECT)]
            captures += [capture(SITE + path, OTHER, status=301), capture(f"{SITE}{path}/")]
        found = await ledger(*zip(steps, captures, strict=True))
        assert await row_of(found, steps[-1], SAME) == 3

    async def test_a_circle_of_ways_ends(self) -> None:
        steps = [candidate("a", "b"), candidate("b", "a")]
        moved = [capture(each.url, status=301, mirror_path=None) for each in steps]
        found = await ledger(*zip(steps, moved, strict=True))
        assert await row_of(found, candidate("c", "a"), SAME) == 1

    async def test_a_row_ends_once_there_are_many_of_it(self) -> None:
        steps = row(PATHS)
        found = await ledger(*((each, capture(each.url)) for each in steps))
        duplicates, deaf = Duplicates(found), Duplicates()
        last = capture(steps[-1].url)
        for number in range(18):
            await duplicates.meet(candidate(f"{number}/"), capture())
            await deaf.meet(candidate(f"{number}/"), capture())
        assert (await duplicates.meet(steps[-1], last)).floor == ""
        await duplicates.meet(candidate("18/"), capture())
        await deaf.meet(candidate("18/"), capture())
        assert await duplicates.meet(steps[-1], last) == Twin(url=f"{SITE}0/", floor="a.example/p/x/y/x/")
        assert (await duplicates.meet(steps[1], capture())).floor == ""
        assert (await deaf.meet(steps[-1], last)).floor == ""

    async def test_a_long_one_ends_by_itself(self) -> None:
        steps = row("p/" * number for number in range(1, 8))
        found = await ledger(*((each, capture(each.url)) for each in steps))
        duplicates = Duplicates(found)
        floors = [(await duplicates.meet(each, capture(each.url))).floor for each in steps]
        assert floors == ["", "", "", "", "", "a.example" + "/p" * 6 + "/", "a.example" + "/p" * 7 + "/"]


class TestCanonical:
    """`a` names `b`."""

    A = capture(f"{SITE}a", canonical=f"{SITE}b")
    B = capture(f"{SITE}b")

    @pytest.mark.parametrize(
        ("one", "other", "stands"),
        [
            (A, B, True),
            (A, replace(B, digest=OTHER), False),
            (A, replace(B, mirror_path=None), False),
            (A, replace(B, media_type="text/plain"), False),
            (A, replace(B, canonical=f"{SITE}a"), False),
            (A, replace(B, status=404), False),
            (replace(A, canonical=None), B, False),
            (replace(A, canonical=f"{SITE}missing"), B, False),
        ],
    )
    async def test_it_stands_behind_a_good_page_of_the_same_bytes(
        self, one: Capture, other: Capture, stands: bool
    ) -> None:
        found = await ledger((candidate("a"), one), (candidate("b"), other))
        entry = await found.entry(f"{SITE}a")
        assert entry is not None
        assert await stands_behind(found, entry) == stands
        last = await found.entry(f"{SITE}b")
        assert last is not None
        assert not await stands_behind(found, last)
