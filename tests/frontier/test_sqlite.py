"""What is true of the frontier in SQLite alone: processes, death, full and damaged disks."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from crawler.clock import ManualClock, SystemClock
from crawler.errors import StorageError
from crawler.frontier import running
from crawler.frontier.database import open_database
from crawler.frontier.ledger import SqliteLedger
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.frontier.sqlite import SqliteFrontier
from crawler.model import Candidate, Disposition, Finish, State
from crawler.standing import Counts, Pace
from tests.frontier.contract import A, all_of, answer, capture, claim_one, do, key_of, link, seed

PLAN = RunPlan(name="run")
PROJECT = Path(__file__).parents[2]
WAIT_SECONDS = 60


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crawl.db"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


class Offers:
    """Candidates that do something after the first `count`, amid the transaction that takes them in."""

    def __init__(self, count: int, then: Callable[[], object]) -> None:
        self.count = count
        self.then = then

    def __iter__(self) -> Iterator[Candidate]:
        for number in range(self.count):
            yield link(f"{number}", f"{number % 7}.example")
        self.then()
        yield link("last")


def assert_sound(path: Path) -> None:
    """The file is whole, and every count that is kept equals a recount."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        columns = ", ".join(f"count(*) FILTER (WHERE state = '{state}')" for state in State)
        names = ", ".join(f"host.{state}" for state in State)
        for row_id, *kept in database.execute(f"SELECT id, {names} FROM host").fetchall():
            (recount,) = database.execute(f"SELECT {columns} FROM url WHERE host_id = ?", (row_id,))
            assert tuple(kept) == recount
        (total,) = database.execute(f"SELECT {', '.join(State)} FROM total")
        assert [total] == database.execute(f"SELECT {columns} FROM url").fetchall()
        (hosts,) = database.execute("SELECT hosts FROM total").fetchone()
        assert (hosts,) == database.execute("SELECT count(*) FROM host").fetchone()
        slots = "SELECT coalesce(sum({}), 0) FROM {}".format
        (held,) = database.execute(slots("holds_page_slot", "url")).fetchone()
        assert (held,) == database.execute(slots("page_slots", "run")).fetchone()
        assert (held,) == database.execute(slots("page_slots", "host")).fetchone()


async def test_it_is_a_frontier(path: Path, clock: ManualClock) -> None:
    async with await SqliteFrontier.open(path, clock) as opened:
        frontier: Frontier = opened
        assert await frontier.counts() == Counts()


async def test_the_length_of_a_lease(path: Path, clock: ManualClock) -> None:
    async with await SqliteFrontier.open(path, clock, lease_seconds=30) as frontier:
        await frontier.open_run(PLAN)
        await frontier.add([seed()])
        lease = await claim_one(frontier)
        assert lease.expires_at == clock.now() + 30
        clock.advance(20)
        await frontier.renew([lease])
        clock.advance(29)
        assert not (await frontier.claim(1)).leases
        clock.advance(1)
        assert (await claim_one(frontier)).attempt == 2


async def test_what_cannot_be_opened_leaves_no_thread(path: Path, clock: ManualClock) -> None:
    path.write_bytes(b"no database" * 1000)
    before = set(threading.enumerate())
    for opening in (SqliteFrontier.open(path, clock), SqliteLedger.open(path)):
        with pytest.raises(StorageError, match="damaged"):
            await opening
    begun = {thread.name for thread in set(threading.enumerate()) - before}
    assert not any(name.startswith(("frontier", "ledger")) for name in begun)


async def test_closing_leaves_one_file(path: Path, clock: ManualClock) -> None:
    async with await SqliteFrontier.open(path, clock) as frontier:
        await frontier.open_run(PLAN)
        await do(frontier, seed())
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("way", ["new", "fresh", "other options"])
async def test_a_run_over_many_urls(path: Path, clock: ManualClock, way: str) -> None:
    """They are taken up slice by slice; none is left out, none twice."""
    many, done = running._SLICE * 2 + 7, 300
    async with await SqliteFrontier.open(path, clock) as frontier:
        await frontier.open_run(PLAN)
        await frontier.add([link(f"{n}", f"{n % 400}.example") for n in range(many)])
        leases = (await frontier.claim(done)).leases
        ends = [Disposition(state=State.DONE, capture=capture("x")), Disposition(state=State.EXCLUDED)]
        await frontier.finish([Finish(lease=lease, disposition=ends[lease.token % 2]) for lease in leases])
        await frontier.close_run("stopped" if way == "other options" else "finished")
        plan = RunPlan(name="again", options="{}" if way == "new" else '{"x": 1}', fresh=way == "fresh")
        await frontier.open_run(plan)
        counts = await frontier.counts()
    assert (counts.queued, counts.done) == ((0, done // 2) if way == "fresh" else (many, 0))
    assert_sound(path)


async def test_a_closed_run_holds_no_slot(path: Path, clock: ManualClock) -> None:
    async with await SqliteFrontier.open(path, clock) as frontier:
        await frontier.open_run(RunPlan(name="run", max_pages=5))
        await frontier.add([link("a"), link("b")])
        assert (await claim_one(frontier)).holds_page_slot
        assert_sound(path)
        await frontier.close_run("stopped")
        assert_sound(path)


class TestTransaction:
    async def test_what_fails_changes_nothing(self, path: Path, clock: ManualClock) -> None:
        def fail() -> None:
            raise ZeroDivisionError

        async with await SqliteFrontier.open(path, clock) as frontier:
            await frontier.open_run(PLAN)
            with pytest.raises(ZeroDivisionError):
                await frontier.add(cast("Any", Offers(20, fail)))
            assert await frontier.counts() == Counts()
            assert await frontier.add([link("a")]) == 1
        assert_sound(path)

    async def test_a_lease_is_finished_with_its_links_or_not_at_all(
        self, path: Path, clock: ManualClock
    ) -> None:
        def fail() -> None:
            raise ZeroDivisionError

        async with await SqliteFrontier.open(path, clock) as frontier:
            await frontier.open_run(PLAN)
            await frontier.add([seed(), link("other")])
            lease = await claim_one(frontier)
            good = Finish(lease=lease, disposition=Disposition(state=State.DONE, is_page=True))
            found = cast("Any", Offers(3, fail))
            bad = Finish(lease=lease, disposition=Disposition(state=State.DONE, found=found))
            with pytest.raises(ZeroDivisionError):
                await frontier.finish([good, bad])
            assert await frontier.counts() == Counts(queued=1, claimed=1, hosts=1)
            await frontier.finish([good])
            assert await frontier.counts() == Counts(queued=1, done=1, hosts=1, pages=1)
        assert_sound(path)

    async def test_a_reader_sees_what_was_before_while_a_writer_writes(
        self, path: Path, clock: ManualClock
    ) -> None:
        is_amid, may_go_on = threading.Event(), threading.Event()

        def pause() -> None:
            is_amid.set()
            assert may_go_on.wait(WAIT_SECONDS)

        async with await SqliteFrontier.open(path, clock) as frontier:
            await frontier.open_run(PLAN)
            await frontier.add([seed()])
            writing = asyncio.create_task(frontier.add(cast("Any", Offers(50, pause))))
            try:
                assert await asyncio.to_thread(is_amid.wait, WAIT_SECONDS)
                ledger = await SqliteLedger.open(path)
                assert await ledger.counts() == Counts(queued=1, hosts=1)
                assert [entry.candidate for entry in await all_of(ledger.entries())] == [seed()]
                assert [host.host for host in await ledger.hosts()] == [A]
            finally:
                may_go_on.set()
            assert await writing == 51
            assert (await ledger.counts()).queued == 52
            await ledger.close()


class TestManyProcesses:
    def test_no_url_is_given_to_two(self, path: Path) -> None:
        """Four processes create the database at once, offer the same URLs and share them."""
        processes, urls = 4, 200
        with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
            workers = [pool.submit(work_off, path, urls) for _ in range(processes)]
            answers = [worker.result(WAIT_SECONDS) for worker in workers]
        given = [key for _, keys in answers for key in keys]
        assert sum(new for new, _ in answers) == urls
        assert len(given) == urls
        assert len(set(given)) == urls
        assert_sound(path)


def work_off(path: Path, urls: int) -> tuple[int, list[str]]:
    """Offer the URLs, then claim and finish until nothing is given; gives what was new, and was claimed."""

    async def work() -> tuple[int, list[str]]:
        offered = [link(f"{n}", f"{n % 23}.example") for n in range(urls)]
        new, given = 0, []
        async with await SqliteFrontier.open(path, SystemClock()) as frontier:
            for n in range(0, urls, 20):
                new += await frontier.add(offered[n : n + 20])
            for n in range(23):
                await frontier.pace(f"{n}.example", Pace(delay_seconds=0, parallel=2))
            while leases := (await frontier.claim(3)).leases:
                given += [lease.candidate.key for lease in leases]
                for lease in leases:
                    await answer(frontier, lease)
        return new, given

    return asyncio.run(work())


WORKER = """
import asyncio, sys
from pathlib import Path
from crawler.clock import SystemClock
from crawler.frontier.protocol import RunPlan
from crawler.frontier.sqlite import SqliteFrontier
from crawler.standing import Pace
from tests.frontier.contract import answer, link
from tests.frontier.test_sqlite import Offers

def block():
    print("amid", flush=True)
    sys.stdin.read()

async def work():
    async with await SqliteFrontier.open(Path(sys.argv[1]), SystemClock()) as frontier:
        await frontier.open_run(RunPlan(name="run", max_pages=1_000_000))
        await frontier.add([link("0")])
        await frontier.pace("a.example", Pace(delay_seconds=0, parallel=9))
        if sys.argv[2] == "amid":
            await frontier.claim(1)
            await frontier.add(Offers(500, block))
        number = 0
        while True:
            for lease in (await frontier.claim(5)).leases:
                number += 2
                found = (link(f"{number}"), link(f"{number + 1}", f"{number % 50}.example"))
                await answer(frontier, lease, found=found)
                print(number, flush=True)

asyncio.run(work())
"""


class TestKilled:
    def kill(self, path: Path, how: str, lines: int) -> None:
        """Start a process that writes, and kill it after so many lines of its output."""
        command = [sys.executable, "-c", WORKER, str(path), how]
        with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            watch = threading.Timer(WAIT_SECONDS, process.kill)
            watch.start()
            try:
                assert process.stdout is not None
                for _ in range(lines):
                    assert process.stdout.readline()
            finally:
                process.kill()
                watch.cancel()
        assert process.returncode == -signal.SIGKILL

    @pytest.mark.parametrize("lines", [1, 37, 160])
    async def test_all_that_was_said_to_be_done_is_done(
        self, path: Path, clock: ManualClock, lines: int
    ) -> None:
        self.kill(path, "work", lines)
        assert_sound(path)
        async with await SqliteFrontier.open(path, clock) as frontier:
            counts = await frontier.counts()
            assert counts.done == counts.pages >= lines
            assert counts.known == 2 * counts.done + 1
            run = await frontier.open_run(PLAN)
            assert run.is_continued
            assert await frontier.counts() == run_on(counts)
        assert_sound(path)

    async def test_a_transaction_that_was_not_ended_never_was(self, path: Path) -> None:
        self.kill(path, "amid", 1)
        ledger = await SqliteLedger.open(path)
        assert await ledger.counts() == Counts(claimed=1, hosts=1)
        await ledger.close()
        assert_sound(path)
        async with await SqliteFrontier.open(path, SystemClock()) as frontier:
            await frontier.open_run(PLAN)
            assert (await claim_one(frontier)).candidate.key == key_of("0")


def run_on(counts: Counts) -> Counts:
    """The counts of an interrupted run, once it is continued."""
    return Counts(
        queued=counts.queued + counts.claimed,
        done=counts.done,
        hosts=counts.hosts,
        pages=counts.pages,
        requests=counts.requests,
    )


class TestDisk:
    async def test_full(self, path: Path, clock: ManualClock) -> None:
        connection = open_database(path)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        thread = ThreadPoolExecutor(1)
        async with SqliteFrontier(path, connection, thread, clock, 600) as frontier:
            await frontier.open_run(PLAN)
            await frontier.add([seed()])
            before = await frontier.counts()
            connection.execute(f"PRAGMA max_page_count = {pages + 5}")
            with pytest.raises(StorageError, match=r"^disk full: .*crawl\.db cannot grow; free some space"):
                await frontier.add([link(f"{n}") for n in range(2000)])
            assert await frontier.counts() == before
            await answer(frontier, await claim_one(frontier))
            connection.execute("PRAGMA max_page_count = 1000000")
            assert await frontier.add([link(f"{n}") for n in range(2000)]) == 2000
        assert_sound(path)

    @pytest.mark.parametrize("sound_pages", [1, None])
    async def test_damaged(self, path: Path, clock: ManualClock, sound_pages: int | None) -> None:
        """With a torn schema it is not opened; with torn rows they are not read."""
        with closing(open_database(path)) as connection:
            (empty_pages,) = connection.execute("PRAGMA page_count").fetchone()
            (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        async with await SqliteFrontier.open(path, clock) as frontier:
            await frontier.open_run(PLAN)
            await frontier.add([link(f"{n}") for n in range(2000)])
        sound = path.read_bytes()[: page_bytes * (sound_pages or empty_pages)]
        path.write_bytes(sound + b"\xa5" * (path.stat().st_size - len(sound)))
        message = r"^\S+crawl\.db is damaged .* rebuilt from the archive$"
        if sound_pages:
            with pytest.raises(StorageError, match=message):
                await SqliteFrontier.open(path, clock)
            return
        async with await SqliteFrontier.open(path, clock) as frontier:
            for work in (all_of(frontier.entries()), frontier.add([link("new")]), frontier.claim(1)):
                with pytest.raises(StorageError, match=message):
                    await work
