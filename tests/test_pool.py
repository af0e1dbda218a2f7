"""Workers are kept busy until nothing is left, a budget is spent, or somebody says stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from crawler.clock import ManualClock
from crawler.errors import StorageError, TransientError
from crawler.frontier.memory import MemoryFrontier
from crawler.frontier.protocol import RunPlan
from crawler.model import Candidate, Claim, Disposition, Finish, Lease, State
from crawler.output import Output
from crawler.page import Page
from crawler.pool import DONE, WAITING, Pool
from crawler.standing import Pace
from tests.web import OWN, Web, crawl, images, job_on, links, only, page, states, typed

HOST = "a.example"
Work = Callable[[Lease], Awaitable[None]]


def candidate(path: str, host: str = HOST) -> Candidate:
    url = f"http://{host}/{path}"
    return Candidate(url=url, key=url, host=host)


class Watched(MemoryFrontier):
    """A frontier that remembers how much was asked of it and given."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.clock = clock
        self.limits: list[int] = []
        self.out = 0
        self.most_out = 0
        self.renewed: list[int] = []
        self.heeded: list[Claim] = []

    async def heed(self, claim: Claim) -> None:
        self.heeded.append(claim)

    async def claim(self, limit: int) -> Claim:
        self.limits.append(limit)
        claim = await super().claim(limit)
        self.out += len(claim.leases)
        self.most_out = max(self.most_out, self.out)
        return claim

    async def renew(self, leases: Sequence[Lease]) -> Sequence[Lease]:
        self.renewed.append(len(leases))
        return await super().renew(leases)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def frontier(clock: ManualClock) -> Watched:
    frontier = Watched(clock)
    await frontier.open_run(RunPlan(name="20261122-000000"))
    await frontier.pace(HOST, Pace(delay_seconds=0, parallel=1000))
    return frontier


def pool_of(frontier: Watched, clock: ManualClock, work: Work, **terms: float) -> Pool:
    terms = {"concurrency": 4, "max_wait_seconds": 300.0, **terms}
    return Pool(
        frontier,
        work,
        frontier.heed,
        clock,
        concurrency=int(terms["concurrency"]),
        max_wait_seconds=terms["max_wait_seconds"],
    )


def finishing(frontier: Watched, pools: list[Pool], *found: str, state: State = State.DONE) -> Work:
    """Finish each lease with a disposition; the first finds further URLs."""
    left = list(found)

    async def work(lease: Lease) -> None:
        await asyncio.sleep(0)
        more = tuple(candidate(path) for path in left)
        left.clear()
        end = Disposition(state=state, found=more, answered=True, ended_at=frontier.clock.now())
        await frontier.finish([Finish(lease=lease, disposition=end)])
        frontier.out -= 1
        pools[0].landed(lease)

    return work


async def run(frontier: Watched, clock: ManualClock, *found: str, **terms: float) -> tuple[str, Pool]:
    pools: list[Pool] = []
    pools.append(pool_of(frontier, clock, finishing(frontier, pools, *found), **terms))
    return await pools[0].run(), pools[0]


async def test_an_empty_frontier_is_over_at_once(frontier: Watched, clock: ManualClock) -> None:
    assert (await run(frontier, clock))[0] == DONE


async def test_it_ends_when_nothing_is_left_and_nothing_is_held(
    frontier: Watched, clock: ManualClock
) -> None:
    await frontier.add([candidate("a")])
    outcome, pool = await run(frontier, clock, *(f"{n}" for n in range(300)))
    assert outcome == DONE
    assert pool.held == 0
    assert (await frontier.counts()).done == 301


async def test_it_never_holds_more_than_there_are_workers_and_places(
    frontier: Watched, clock: ManualClock
) -> None:
    await frontier.add([candidate(f"{n}") for n in range(500)])
    await run(frontier, clock)
    workers = 4 + 32
    assert max(frontier.limits) <= workers
    assert frontier.most_out <= 2 * workers


async def test_it_waits_for_a_host_that_is_not_ready(frontier: Watched, clock: ManualClock) -> None:
    await frontier.pace(HOST, Pace(delay_seconds=10, parallel=1))
    await frontier.add([candidate("a"), candidate("b"), candidate("c")])
    began = clock.now()
    assert (await run(frontier, clock))[0] == DONE
    assert 20 <= clock.now() - began < 21


async def test_it_waits_for_no_host_longer_than_it_may(frontier: Watched, clock: ManualClock) -> None:
    await frontier.pace(HOST, Pace(delay_seconds=100, parallel=1))
    await frontier.add([candidate("a"), candidate("b")])
    began = clock.now()
    assert (await run(frontier, clock, max_wait_seconds=99))[0] == WAITING
    assert clock.now() - began < 1
    assert (await frontier.counts()).queued == 1


async def test_it_waits_in_pieces_where_the_wait_is_long(frontier: Watched, clock: ManualClock) -> None:
    await frontier.pace(HOST, Pace(delay_seconds=280, parallel=1))
    await frontier.add([candidate("a"), candidate("b")])
    assert (await run(frontier, clock))[0] == DONE


async def test_stop_claims_no_more_and_finishes_what_is_held(frontier: Watched, clock: ManualClock) -> None:
    await frontier.add([candidate(f"{n}") for n in range(200)])
    pools: list[Pool] = []
    finish = finishing(frontier, pools)
    begun: list[Lease] = []

    async def work(lease: Lease) -> None:
        begun.append(lease)
        if len(begun) == 10:
            pools[0].stop("stopped")
            pools[0].stop("another reason")
        await finish(lease)

    pools.append(pool_of(frontier, clock, work))
    assert await pools[0].run() == "stopped"
    counts = await frontier.counts()
    assert counts.done == len(begun) < 200
    assert pools[0].held == 0


async def test_stopped_before_it_began_it_claims_nothing(frontier: Watched, clock: ManualClock) -> None:
    await frontier.add([candidate("a")])
    pool = pool_of(frontier, clock, finishing(frontier, []))
    pool.stop("max-time")
    assert await pool.run() == "max-time"
    assert frontier.limits == []


async def test_abandon_lets_go_of_what_hangs(frontier: Watched, clock: ManualClock) -> None:
    await frontier.add([candidate(f"{n}") for n in range(3)])
    hanging = asyncio.Event()
    begun: list[Lease] = []

    async def work(lease: Lease) -> None:
        begun.append(lease)
        if len(begun) == 3:
            asyncio.get_running_loop().call_soon(pool.abandon)
        await hanging.wait()

    pool = pool_of(frontier, clock, work)
    assert await pool.run() == "stopped"
    assert (await frontier.counts()).claimed == 3
    await frontier.close_run("stopped")
    assert (await frontier.counts()).queued == 3


async def test_what_a_worker_raises_comes_out(frontier: Watched, clock: ManualClock) -> None:
    await frontier.add([candidate("a"), candidate("b")])

    async def work(lease: Lease) -> None:
        raise StorageError("the disk is full")

    with pytest.raises(ExceptionGroup) as caught:
        await pool_of(frontier, clock, work).run()
    assert caught.group_contains(StorageError, match="the disk is full")


async def test_leases_of_slow_answers_are_renewed(frontier: Watched, clock: ManualClock) -> None:
    await frontier.add([candidate("slow"), *(candidate(f"{n}") for n in range(5))])
    pools: list[Pool] = []
    finish = finishing(frontier, pools)
    others = 0
    rest_is_done = asyncio.Event()

    async def work(lease: Lease) -> None:
        nonlocal others
        if lease.candidate.url.endswith("slow"):
            await rest_is_done.wait()
        else:
            clock.advance(130)
            others += 1
            if others == 5:
                rest_is_done.set()
        await finish(lease)

    pools.append(pool_of(frontier, clock, work))
    assert await pools[0].run() == DONE
    assert frontier.renewed
    assert frontier.renewed[0] >= 1
    assert (await frontier.counts()).done == 6


class Sleeper(ManualClock):
    """A machine that was asleep: its monotonic clock stood still meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._slept_seconds = 0.0

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        self._slept_seconds += seconds

    def monotonic(self) -> float:
        return super().monotonic() - self._slept_seconds


async def test_what_is_held_over_a_sleep_of_the_machine_is_not_leased_again() -> None:
    clock = Sleeper()
    frontier = Watched(clock)
    await frontier.open_run(RunPlan(name="20261127-000000"))
    await frontier.pace(HOST, Pace(delay_seconds=0, parallel=1000))
    await frontier.add([candidate(f"{n}") for n in range(4)])
    pools: list[Pool] = []
    finish = finishing(frontier, pools)
    worked: list[str] = []

    async def work(lease: Lease) -> None:
        worked.append(lease.candidate.url)
        if len(worked) == 1:
            clock.sleep(5000)
        await asyncio.sleep(0)
        await finish(lease)

    pools.append(pool_of(frontier, clock, work))
    assert await pools[0].run() == DONE
    assert sorted(worked) == sorted(set(worked))
    assert len(worked) == 4


async def test_what_another_took_meanwhile_is_left_to_it(frontier: Watched, clock: ManualClock) -> None:
    """Held still for longer than a lease holds, while another process went on."""
    await frontier.add([candidate(f"{n}") for n in range(4)])
    pools: list[Pool] = []
    finish = finishing(frontier, pools)
    worked: list[Lease] = []
    taken: list[Lease] = []

    async def work(lease: Lease) -> None:
        worked.append(lease)
        if len(worked) == 1:
            clock.advance(5000)
            taken.extend((await frontier.claim(10)).leases)
            ends = [Finish(lease=each, disposition=Disposition(state=State.DONE)) for each in taken]
            await frontier.finish(ends)
        await finish(lease)

    pools.append(pool_of(frontier, clock, work))
    assert await pools[0].run() == DONE
    assert (len(worked), len(taken)) == (1, 4)
    assert pools[0].held == 0
    assert (await frontier.counts()).done == 4


def mixed_site(pages: int) -> Web:
    """Pages, failures, redirects, documents and pictures, all linked from everywhere."""
    paths = [f"/{n}" for n in range(pages)]
    web = Web({OWN: links(*paths)})
    for n in range(pages):
        url = f"{OWN}{n}"
        web.says[url] = page(*paths[n : n + 5], f"/{n}.pdf", f"/gone{n}", text=images(f"/{n}.png"))
        web.says[f"{url}.png"] = b"\x89PNG\r\n\x1a\n"
        web.says[f"{url}.pdf"] = "%PDF-1.7"
        if n % 5 == 0:
            web.says[url] = 404
        if n % 7 == 0:
            web.says[url] = typed("{}", "application/json")
    return web


@pytest.mark.parametrize("most", [1, 2, 7, 33, 60])
async def test_max_pages_is_exact_at_any_concurrency(tmp_path: Path, most: int) -> None:
    web = mixed_site(120)
    report = await crawl(web, tmp_path, OWN, max_pages=most, concurrency=32)
    assert report.counts.pages == most
    assert report.run.outcome == "max-pages"
    assert report.exit_code() == 0
    html = list((tmp_path / "mirror").rglob("*.html"))
    assert len(html) == most
    embedded = {f"{OWN}{path.stem.rstrip('~')}.png" for path in html if path.stem != "index"}
    assert embedded <= set(await states(tmp_path, State.DONE))


async def test_requisites_of_counted_pages_are_still_fetched(tmp_path: Path) -> None:
    web = Web({OWN: page("/a", text=images("/x.svg")), f"{OWN}x.svg": "<svg/>", f"{OWN}a": links()})
    await crawl(web, tmp_path, OWN, max_pages=1)
    assert web.urls() == [OWN, f"{OWN}x.svg"]


async def test_max_pages_per_host(tmp_path: Path) -> None:
    other = "http://127.0.0.2:8000/"
    web = Web({root: links(*(f"/{n}" for n in range(9))) for root in (OWN, other)})
    web.says |= {f"{root}{n}": links("/") for root in (OWN, other) for n in range(9)}
    report = await crawl(web, tmp_path, OWN, other, max_pages_per_host=3)
    assert report.counts.pages == 6
    assert len(only(web.urls(), OWN)) == len(only(web.urls(), other)) == 3
    assert report.exit_code() == 0


async def test_budgets_count_per_run_and_the_next_run_goes_on_with_what_is_left(tmp_path: Path) -> None:
    web = Web({OWN: links(*(f"/{n}" for n in range(9)))})
    web.says |= {f"{OWN}{n}": links("/") for n in range(9)}
    await crawl(web, tmp_path, OWN, max_pages=4)
    first = web.urls()
    web.forget()
    report = await crawl(web, tmp_path, OWN, max_pages=4)
    assert (report.run.number, report.counts.pages) == (2, 4)
    assert len(first) == 4
    second = web.urls()
    assert not set(first) & set(second)
    web.forget()
    await crawl(web, tmp_path, OWN, max_pages=4)
    assert len(set(web.urls()[:2]) - {*first, *second}) == 2
    assert web.urls()[2:] == first[:2]


async def test_max_bytes_ends_the_run_and_keeps_its_queue(tmp_path: Path) -> None:
    web = Web({OWN: links(*(f"/{n}" for n in range(200)))})
    web.says |= {f"{OWN}{n}": links(text="x" * 10_000) for n in range(200)}
    report = await crawl(web, tmp_path, OWN, max_bytes=50_000, concurrency=1)
    assert report.run.outcome == "max-bytes"
    assert report.exit_code() == 0
    assert report.counts.queued > 50
    assert report.counts.wire_bytes >= 50_000
    again = await crawl(web, tmp_path, OWN, concurrency=1)
    assert again.run.number == 2
    assert again.counts.queued == 0


async def test_max_time_ends_the_run_and_keeps_its_queue(tmp_path: Path) -> None:
    web = Web()

    def endless(request: object) -> object:
        return page(f"/{len(web.asked)}", f"/{len(web.asked)}b")

    class Endless(dict[str, object]):
        def get(self, key: str, default: object = None) -> object:
            return 404 if key.endswith("robots.txt") else endless(key)

    web.says = Endless()  # type: ignore[assignment]
    report = await crawl(web, tmp_path, OWN, max_time=0.2)
    assert report.run.outcome == "max-time"
    assert report.exit_code() == 0
    assert report.counts.queued > 0
    assert report.counts.claimed == 0


async def test_what_a_host_holds_back_too_long_is_left_waiting(tmp_path: Path) -> None:
    web = Web({OWN: links("/a", "/b"), f"{OWN}a": TransientError("timeout", "no answer"), f"{OWN}b": links()})
    report = await crawl(web, tmp_path, OWN, max_wait=0.5)
    assert report.run.outcome == WAITING
    assert report.counts.queued >= 1
    assert report.exit_code() == 0
    again = await crawl(web, tmp_path, OWN)
    assert again.run.number == 2
    assert again.run.outcome == DONE


async def test_a_seed_that_waits_is_a_failure_of_the_run(tmp_path: Path) -> None:
    web = Web({OWN: TransientError("timeout", "no answer in 60 s")})
    report = await crawl(web, tmp_path, OWN, max_wait=0.5)
    assert report.run.outcome == WAITING
    assert [(each.url, each.state) for each in report.bad_seeds] == [(OWN, State.QUEUED)]
    assert report.exit_code() == 3


async def test_no_more_requests_at_once_than_there_are_workers(tmp_path: Path) -> None:
    web = mixed_site(60)
    await crawl(web, tmp_path, OWN, concurrency=2)
    assert web.most_at_once <= 2 + 32


async def test_paused_it_claims_nothing_until_it_goes_on(clock: ManualClock, frontier: Watched) -> None:
    pools: list[Pool] = []
    done: list[str] = []

    async def work(lease: Lease) -> None:
        done.append(lease.candidate.key)
        if len(done) == 1:
            await frontier.add([candidate("b")])
            pools[0].pause()
            asyncio.get_running_loop().call_later(0.01, resume)
        await frontier.finish([Finish(lease=lease, disposition=Disposition(state=State.DONE))])
        pools[0].landed(lease)

    def resume() -> None:
        paused.extend(done)
        pools[0].resume()

    paused: list[str] = []
    await frontier.add([candidate("a")])
    pools.append(pool_of(frontier, clock, work))
    assert await pools[0].run() == DONE
    assert paused == ["http://a.example/a"]
    assert done == ["http://a.example/a", "http://a.example/b"]


async def test_a_crawl_is_paused_and_goes_on(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), f"{OWN}a": links()})
    phases: list[str] = []

    async def seen(page: Page) -> None:
        if page.url == OWN:
            job.pause()
            phases.append((await job.statistics()).phase)
            job.resume()
            phases.append((await job.statistics()).phase)

    job = job_on(web, tmp_path, OWN, on_page=seen)
    with Output(tmp_path).hold():
        report = await job.run()
    assert phases == ["paused", "crawling"]
    assert report.counts.pages == 2
