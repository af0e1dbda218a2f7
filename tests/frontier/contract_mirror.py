"""Contract of what the mirror asks a frontier: where copies lie, which pages must be repaired."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from crawler.frontier.fingerprints import awaiting, carrying, pack, told_live
from crawler.frontier.protocol import Frontier
from crawler.model import Disposition, Finish, State
from tests.frontier.contract import (
    B,
    all_of,
    capture,
    claim_one,
    do,
    finish,
    key_of,
    link,
    next_run,
    requisite,
    seed,
)


async def redirect(frontier: Frontier, path: str, to: str) -> None:
    kept = capture(path, status=301, media_type="", redirect_to=to)
    await do(frontier, link(path), capture=kept, status=301, is_surprise=True)


async def address(frontier: Frontier, path: str) -> str | None:
    return (await frontier.addresses([key_of(path)]))[key_of(path)]


class TestAddresses:
    async def test_where_the_good_copy_lies(self, frontier: Frontier) -> None:
        await do(frontier, link("a"), capture=capture("a", mirror_path="a.example/a.html"))
        assert await address(frontier, "a") == "a.example/a.html"

    async def test_an_unknown_key_is_missing(self, frontier: Frontier) -> None:
        await frontier.add([link("a")])
        keys = [key_of("a"), key_of("b")]
        assert await frontier.addresses(keys) == {key_of("a"): None}
        assert await frontier.addresses([]) == {}

    @pytest.mark.parametrize("state", [State.FAILED, State.EXCLUDED, State.QUEUED])
    async def test_without_a_copy_there_is_no_address(self, frontier: Frontier, state: State) -> None:
        await do(frontier, link("a"), state, capture=capture("a", status=404))
        assert await address(frontier, "a") is None

    async def test_a_copy_without_a_file_has_no_address(self, frontier: Frontier) -> None:
        await do(frontier, link("a"), capture=capture("a", mirror_path=None))
        assert await address(frontier, "a") is None

    async def test_the_old_copy_outlives_a_failure(self, frontier: Frontier) -> None:
        await do(frontier, link("a"))
        await next_run(frontier)
        await finish(frontier, await claim_one(frontier), State.FAILED, capture=capture("a", status=404))
        assert await address(frontier, "a") == "a.example/a.html"

    async def test_redirects_are_followed(self, frontier: Frontier) -> None:
        await redirect(frontier, "a", "http://a.example/b")
        await redirect(frontier, "b", "http://b.example/c")
        await frontier.add([link("c", B)])
        assert await address(frontier, "a") is None
        await do(frontier, link("c", B))
        assert await address(frontier, "a") == "b.example/c.html"

    async def test_a_redirect_is_followed_by_identity(self, frontier: Frontier) -> None:
        await redirect(frontier, "a", "http://a.example/%62")
        await do(frontier, link("b"))
        assert await address(frontier, "a") == "a.example/b.html"

    async def test_the_newest_answer_speaks(self, frontier: Frontier) -> None:
        await do(frontier, link("a"))
        await do(frontier, link("b"))
        await next_run(frontier)
        moved = capture("a", status=301, redirect_to="http://a.example/b")
        await finish(frontier, await claim_one(frontier), capture=moved)
        assert await address(frontier, "a") == "a.example/b.html"
        await next_run(frontier)
        for _ in range(2):
            lease = await claim_one(frontier)
            kept = capture("a") if lease.candidate == link("a") else None
            await finish(frontier, lease, capture=kept)
        assert await address(frontier, "a") == "a.example/a.html"

    async def test_a_redirect_to_what_was_never_accepted_leaves_the_old_copy(
        self, frontier: Frontier
    ) -> None:
        await do(frontier, link("a"))
        await next_run(frontier)
        moved = capture("a", status=301, redirect_to="http://elsewhere.example/")
        await finish(frontier, await claim_one(frontier), capture=moved)
        assert await address(frontier, "a") == "a.example/a.html"

    @pytest.mark.parametrize(("redirects", "expected"), [(10, "a.example/end.html"), (11, None)])
    async def test_ten_redirects_are_followed(
        self, frontier: Frontier, redirects: int, expected: str | None
    ) -> None:
        paths = [*(f"{n}" for n in range(redirects)), "end"]
        for path, target in pairwise(paths):
            await redirect(frontier, path, link(target).url)
        await do(frontier, link("end"))
        assert await address(frontier, "0") == expected

    async def test_a_redirect_in_circles_has_no_address(self, frontier: Frontier) -> None:
        await redirect(frontier, "a", link("b").url)
        await redirect(frontier, "b", link("a").url)
        await redirect(frontier, "c", link("c").url)
        keys = [key_of(path) for path in "abc"]
        assert await frontier.addresses(keys) == dict.fromkeys(keys)

    async def test_surprises_with_their_address(self, frontier: Frontier) -> None:
        await do(frontier, link("a"), is_surprise=True)
        await do(frontier, link("b"))
        await do(frontier, link("c"), State.FAILED, is_surprise=True)
        await redirect(frontier, "d", link("b").url)
        assert dict(await all_of(frontier.surprises())) == {
            key_of("a"): "a.example/a.html",
            key_of("c"): None,
            key_of("d"): "a.example/b.html",
        }

    async def test_a_surprise_can_end(self, frontier: Frontier) -> None:
        await do(frontier, link("a"), State.FAILED, is_surprise=True)
        await next_run(frontier)
        lease = await claim_one(frontier)
        assert lease.is_surprise
        await finish(frontier, lease, capture=capture("a"))
        assert await all_of(frontier.surprises()) == []

    async def test_another_try_decides_nothing(self, frontier: Frontier) -> None:
        await do(frontier, link("a"), State.FAILED, is_surprise=True)
        await next_run(frontier)
        await finish(frontier, await claim_one(frontier), State.QUEUED)
        assert (await claim_one(frontier)).is_surprise


class TestGoodCopy:
    async def test_it_is_that_of_the_last_good_answer(self, frontier: Frontier) -> None:
        await do(frontier, link("a"), capture=capture("a"))
        await next_run(frontier)
        await finish(frontier, await claim_one(frontier), State.FAILED, capture=capture("a", status=404))
        key, copy = await frontier.good_copy(key_of("a"))
        assert (key, copy and copy.status) == (key_of("a"), 200)

    async def test_redirects_are_followed(self, frontier: Frontier) -> None:
        await redirect(frontier, "a", link("b").url)
        await redirect(frontier, "b", link("c", B).url)
        end = link("c", B)
        assert await frontier.good_copy(key_of("a")) == (end.key, None)
        await do(frontier, end, capture=replace(capture("c"), url=end.url))
        key, copy = await frontier.good_copy(key_of("a"))
        assert (key, copy and copy.url) == (end.key, end.url)

    async def test_what_is_unknown_or_goes_in_circles_has_none(self, frontier: Frontier) -> None:
        assert await frontier.good_copy(key_of("a")) == (key_of("a"), None)
        await redirect(frontier, "b", link("b").url)
        assert await frontier.good_copy(key_of("b")) == (key_of("b"), None)


async def to_repair(frontier: Frontier) -> list[str]:
    return [entry.candidate.url.split("/", 3)[3] for entry in await all_of(frontier.pages_to_repair())]


class TestRepair:
    @pytest.fixture(autouse=True)
    async def _three_pages(self, frontier: Frontier) -> None:
        """`both` links to x and y, `one` to x, `none` to nothing."""
        await do(frontier, seed("both"), targets=pack([key_of("x"), key_of("y")]))
        await do(frontier, seed("one"), targets=pack([key_of("x")]))
        await do(frontier, seed("none"), targets=b"")

    async def test_as_long_as_nothing_moved_nothing_is_repaired(self, frontier: Frontier) -> None:
        await do(frontier, link("x"))
        assert await to_repair(frontier) == []

    async def test_pages_that_link_to_what_moved(self, frontier: Frontier) -> None:
        await do(frontier, link("y"), moves=True)
        assert await to_repair(frontier) == ["both"]
        await do(frontier, link("x"), State.FAILED, moves=True)
        assert await to_repair(frontier) == ["both", "one"]

    async def test_pages_that_link_to_a_redirect_to_what_moved(self, frontier: Frontier) -> None:
        await redirect(frontier, "y", link("z").url)
        await redirect(frontier, "z", link("end", B).url)
        await do(frontier, link("end", B), moves=True)
        assert await to_repair(frontier) == ["both"]

    async def test_pages_that_await_or_carry_what_comes(self, frontier: Frontier) -> None:
        await do(frontier, seed("awaits"), targets=pack([awaiting(key_of("s"))]))
        await do(frontier, seed("carries"), targets=pack([carrying(key_of("s"))]))
        await do(frontier, link("s"), arrives=True)
        assert await to_repair(frontier) == ["awaits"]
        await frontier.settled()
        await next_run(frontier)
        while (lease := await claim_one(frontier)).candidate != link("s"):
            await finish(frontier, lease)
        await finish(frontier, lease, changes=True)
        assert await to_repair(frontier) == ["awaits", "carries"]

    async def test_another_try_moves_too(self, frontier: Frontier) -> None:
        await do(frontier, link("y"), State.QUEUED, moves=True)
        assert await to_repair(frontier) == ["both"]

    async def test_settled_pages_have_new_targets(self, frontier: Frontier) -> None:
        await do(frontier, link("x"), moves=True)
        await frontier.settle([(key_of("both"), pack([key_of("y")])), (key_of("one"), b"")])
        assert await to_repair(frontier) == []
        await do(frontier, link("y"), moves=True)
        assert await to_repair(frontier) == ["both"]

    async def test_once_settled_all_is_well(self, frontier: Frontier) -> None:
        await do(frontier, link("x"), moves=True)
        await frontier.settled()
        assert await to_repair(frontier) == []
        await do(frontier, link("y"), moves=True)
        assert await to_repair(frontier) == ["both"]

    async def test_targets_stay_until_the_page_is_written_anew(self, frontier: Frontier) -> None:
        await next_run(frontier)
        done = Disposition(state=State.DONE, status=304)
        for targets in (None, pack([key_of("z")])):
            lease = await claim_one(frontier)
            assert lease.candidate.url == seed("both" if targets is None else "one").url
            await frontier.finish(
                [Finish(lease=lease, disposition=done)]
                if targets is None
                else [Finish(lease=lease, disposition=Disposition(state=State.DONE, targets=targets))]
            )
        await finish(frontier, await claim_one(frontier))
        await do(frontier, link("x"), moves=True)
        assert await to_repair(frontier) == ["both"]

    async def test_what_moved_is_remembered_from_run_to_run(self, frontier: Frontier) -> None:
        await do(frontier, link("x"), moves=True)
        await next_run(frontier)
        assert await to_repair(frontier) == ["both", "one"]

    async def test_abandoned_urls_are_surprises_that_moved(self, frontier: Frontier) -> None:
        await frontier.add([link("y"), requisite("z")])
        assert await frontier.abandon_unsettled() == 2
        assert await to_repair(frontier) == ["both"]
        assert dict(await all_of(frontier.surprises())) == {key_of("y"): None, key_of("z"): None}
        assert (await claim_one(frontier)).is_surprise

    async def test_urls_are_abandoned_once(self, frontier: Frontier) -> None:
        await frontier.add([link("y")])
        await frontier.abandon_unsettled()
        await frontier.settled()
        assert await frontier.abandon_unsettled() == 0
        assert await to_repair(frontier) == []

    async def test_only_queued_urls_without_a_file_are_abandoned(self, frontier: Frontier) -> None:
        await do(frontier, link("failed"), State.FAILED)
        assert await frontier.abandon_unsettled() == 0
        await next_run(frontier)
        assert await frontier.abandon_unsettled() == 1
        assert [key for key, _ in await all_of(frontier.surprises())] == [key_of("failed")]

    async def test_what_was_abandoned_can_get_a_file(self, frontier: Frontier) -> None:
        await frontier.add([link("y")])
        await frontier.abandon_unsettled()
        await finish(frontier, await claim_one(frontier), capture=capture("y"))
        assert await all_of(frontier.surprises()) == []
        await next_run(frontier)
        assert await frontier.abandon_unsettled() == 0

    async def test_what_appears_repairs_the_pages_that_link_to_it_live(self, frontier: Frontier) -> None:
        live, inside = pack([told_live(key_of("y"))]), pack([key_of("y")])
        await do(frontier, link("a"), capture=capture("a"), targets=live)
        await do(frontier, link("b"), capture=capture("b"), targets=inside)
        await frontier.settled()
        await do(frontier, link("y"), capture=capture("y"), appears=True)
        assert await to_repair(frontier) == ["a"]
