"""Seeds as the ledger tells of them: streamed, by host, and where they led."""

from __future__ import annotations

from crawler.clock import ManualClock
from crawler.frontier.fingerprints import pack, told_live
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.model import Candidate, State
from crawler.standing import SeedGroup
from tests.frontier.contract import (
    A,
    B,
    all_of,
    answer,
    candidate,
    capture,
    claim_one,
    do,
    finish,
    key_of,
    link,
    next_run,
    seed,
)


def led_to(path: str, host: str, via: Candidate) -> Candidate:
    return candidate(path, host, hops="R", via=via.url, is_seed=True)


async def redirect(frontier: Frontier, offered: Candidate, target: Candidate) -> None:
    """Ask for a seed that leads elsewhere."""
    path = offered.url.split("/", 3)[3]
    moved = capture(path, offered.host, status=301, redirect_to=target.url)
    await do(frontier, offered, status=301, capture=moved, found=(target,), answered=True)


async def groups_of(frontier: Frontier) -> dict[tuple[str, State], tuple[int, str]]:
    return {(each.host, each.state): (each.seeds, each.first) for each in await frontier.seed_groups()}


async def ways_of(frontier: Frontier) -> list[list[str]]:
    return [[step.url for step in way] async for way in frontier.seed_ways()]


class TestSeeds:
    async def test_they_are_streamed_by_state(self, frontier: Frontier) -> None:
        await do(frontier, seed("a"))
        await do(frontier, seed("b"), State.FAILED, reason="dns")
        await do(frontier, seed("c"), State.EXCLUDED, reason="robots")
        await frontier.add([seed("d"), link("e")])
        urls = [each.url async for each in frontier.seeds([State.FAILED, State.EXCLUDED])]
        assert urls == [seed("b").url, seed("c").url]
        assert len(await all_of(frontier.seeds())) == 4
        assert await all_of(frontier.seeds([State.CLAIMED])) == []

    async def test_more_than_are_read_at_once(self, frontier: Frontier) -> None:
        await frontier.add([seed(f"{n}") for n in range(1234)])
        assert [each.url async for each in frontier.seeds()] == [seed(f"{n}").url for n in range(1234)]

    async def test_those_that_others_led_to(self, frontier: Frontier) -> None:
        target = led_to("", B, seed())
        await redirect(frontier, seed(), target)
        assert [each.url async for each in frontier.seeds(is_redirected=True)] == [target.url]

    async def test_they_are_counted_by_host_and_state(self, frontier: Frontier) -> None:
        await do(frontier, seed("done"))
        await do(frontier, seed("failed"), State.FAILED, reason="dns")
        await frontier.add([seed("z"), seed("y"), seed("x", B), link("w")])
        assert await groups_of(frontier) == {
            (A, State.DONE): (1, seed("done").url),
            (A, State.FAILED): (1, seed("failed").url),
            (A, State.QUEUED): (2, seed("z").url),
            (B, State.QUEUED): (1, seed("x", B).url),
        }

    async def test_without_seeds_there_are_none(self, frontier: Frontier) -> None:
        await do(frontier, link("a"))
        assert await frontier.seed_groups() == []
        assert await ways_of(frontier) == []

    async def test_one_that_led_elsewhere_is_followed_to_the_end(self, frontier: Frontier) -> None:
        first, second = led_to("", B, seed()), led_to("end", B, candidate("", B))
        await redirect(frontier, seed(), first)
        lease = await claim_one(frontier)
        moved = capture("", B, status=302, redirect_to=second.url)
        await finish(frontier, lease, State.DONE, status=302, capture=moved, found=(second,), answered=True)
        assert await ways_of(frontier) == [[seed().url, first.url, second.url]]
        assert await frontier.seed_groups() == []

    async def test_a_circle_and_an_unknown_end_are_no_trap(self, frontier: Frontier) -> None:
        await redirect(frontier, seed("a"), led_to("b", A, seed("a")))
        lease = await claim_one(frontier)
        back = capture("b", status=301, redirect_to=seed("a").url)
        await finish(frontier, lease, State.DONE, status=301, capture=back, answered=True)
        nowhere = capture("c", status=301, redirect_to="http://nowhere.example/")
        await do(frontier, seed("c"), status=301, capture=nowhere)
        assert await ways_of(frontier) == [[seed("a").url, candidate("b").url], [seed("c").url]]

    async def test_one_asked_over_http_instead(self, frontier: Frontier) -> None:
        url = f"https://{A}/"
        bare = Candidate(url=url, key=url, host=A, is_seed=True)
        plain = candidate("", A, via=url, is_seed=True)
        reason = "no https (tls: expired); http is asked instead"
        await do(frontier, bare, State.DONE, capture=None, reason=reason, found=(plain,))
        assert await ways_of(frontier) == [[url, plain.url]]

    async def test_where_they_led_is_known_in_the_next_run(self, frontier: Frontier) -> None:
        await redirect(frontier, seed(), led_to("", B, seed()))
        await next_run(frontier)
        assert await ways_of(frontier) == []
        await frontier.add([seed()])
        assert await ways_of(frontier) == [[seed().url, candidate("", B).url]]
        # Not asked yet in this run, it stands for itself.
        assert await frontier.seed_groups() == [
            SeedGroup(host=A, state=State.QUEUED, seeds=1, first=seed().url)
        ]


class TestHosts:
    async def test_one_is_looked_up(self, frontier: Frontier) -> None:
        await frontier.add([link("a"), link("b", B)])
        (host,) = [each for each in await frontier.hosts() if each.host == B]
        assert await frontier.host(B) == host
        assert await frontier.host("c.example") is None

    async def test_it_is_due_when_it_and_a_url_are(self, frontier: Frontier, clock: ManualClock) -> None:
        now = clock.now()
        await do(frontier, link("a"), State.QUEUED, reason="http_503", retry_at=now + 60, answered=True)
        host = await frontier.host(A)
        assert host is not None
        assert (host.due_at, host.trouble) == (now + 60, "http_503")
        await frontier.add([link("b")])
        host = await frontier.host(A)
        assert host is not None
        assert host.due_at == host.ready_at

    async def test_with_nothing_queued_it_is_never_due(self, frontier: Frontier) -> None:
        await do(frontier, link("a"))
        host = await frontier.host(A)
        assert host is not None
        assert (host.due_at, host.trouble) == (None, "")

    async def test_what_a_rule_refused_there_holds_while_pages_are_unchanged(
        self, frontier: Frontier
    ) -> None:
        await do(frontier, seed(), refused={("depth", B): 2, ("scope", A): 1})
        assert await frontier.hosts_refused_by("depth") == [B]
        for _ in range(2):
            await next_run(frontier)
            await finish(frontier, await claim_one(frontier), State.DONE, status=304, answered=True)
            assert await frontier.hosts_refused_by("depth") == [B]
        await next_run(frontier)
        await answer(frontier, await claim_one(frontier))
        assert await frontier.hosts_refused_by("depth") == []

    async def test_but_not_under_other_options(self, frontier: Frontier) -> None:
        await do(frontier, seed(), refused={("depth", B): 2})
        await frontier.close_run("finished")
        await frontier.open_run(RunPlan(name="other", options='{"max_depth": 9}'))
        await finish(frontier, await claim_one(frontier), State.DONE, status=304, answered=True)
        assert await frontier.hosts_refused_by("depth") == []


class TestParents:
    async def test_pages_are_found_by_what_they_lead_to(self, frontier: Frontier) -> None:
        inside, outside = key_of("x"), key_of("y", B)
        await do(frontier, seed("1"), targets=pack([inside, key_of("z")]))
        await do(frontier, seed("2"), targets=pack([told_live(outside)]))
        await do(frontier, seed("3"), targets=pack([inside, told_live(outside)]))
        assert await frontier.parents(inside, 5) == [seed("1").url, seed("3").url]
        assert await frontier.parents(outside, 5) == [seed("2").url, seed("3").url]
        assert await frontier.parents(inside, 1) == [seed("1").url]
        assert await frontier.parents(key_of("nowhere"), 5) == []


class TestRuns:
    async def test_they_tell_their_budgets(self, frontier: Frontier) -> None:
        await frontier.close_run("finished")
        run = await frontier.open_run(RunPlan(name="x", max_pages=7, max_pages_per_host=3))
        assert (run.max_pages, run.max_pages_per_host) == (7, 3)
        run = await frontier.open_run(RunPlan(name="x", max_pages=8))
        assert (run.max_pages, run.max_pages_per_host) == (8, None)
        assert (await frontier.runs())[-1].max_pages == 8
