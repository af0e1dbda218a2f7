"""Fill the frontier with millions of URLs and say what each one costs: `make bench-frontier`.

The frontier in SQLite is driven as the engine drives it: leases are claimed 64 at a time from hosts that
rest after every answer, and finished in groups of 64, each with a capture and the links of its page. One of
those is new, of one page in seven two, the others are known: some lead to the first pages of the host, as menus do, some anywhere on the
host, some to another one. A URL in twenty fails, one in fifty is tried twice. Time is made up, so that a host's
rest costs none; the figures are of the time spent inside the frontier, the benchmark's own is shown beside.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from array import array
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from resource import RUSAGE_SELF, getrusage
from typing import Any

from crawler.clock import ManualClock
from crawler.frontier.adding import Intake
from crawler.frontier.database import open_database
from crawler.frontier.fingerprints import key_hash
from crawler.frontier.protocol import RunPlan
from crawler.frontier.sqlite import SqliteFrontier
from crawler.model import Candidate, Capture, Disposition, Finish, Lease, State
from crawler.standing import Pace

GROUP = 64
IN_WORK = 256
MENU = 5
STOCK_PER_HOST = 5
DELAY_SECONDS = 1.0
BYTES_PER_URL = 1200
BYTES_OF_LOG = 500_000_000


class Web:
    """A made-up web in which URL number `n` lies on host `n % hosts`; a page is found once another leads to it."""

    def __init__(self, urls: int, hosts: int, links: int) -> None:
        self.urls = urls
        self.hosts = hosts
        self._links = links
        self._found = array("L", [0]) * hosts
        self._dice = Random(4)

    def past(self, known: int) -> Iterator[Candidate]:
        """So many URLs that were finished long ago."""
        for number in range(known // self.hosts * self.hosts):
            self._found[number % self.hosts] += 1
            yield self._candidate(number, depth=0, via="https://www.somewhere.example/archive/")

    def stock(self) -> Iterator[Candidate]:
        """What is known before the first page is read."""
        first = self._found[0] * self.hosts
        for number in range(first, min(self.urls, first + STOCK_PER_HOST * self.hosts)):
            self._found[number % self.hosts] += 1
            yield self._candidate(number, depth=0)

    def links(self, lease: Lease) -> tuple[Candidate, ...]:
        """Where a page leads: a URL or two that nobody met yet, while there are such, and many that are known."""
        source, dice = lease.candidate, self._dice.random
        host = number_of(source) % self.hosts
        known = self._found[host]
        numbers = [host + self.hosts * place for place in range(min(MENU, known))]
        # Some lead nowhere: those that lead to two make up for them.
        for _ in range(2 if dice() < 0.15 else 1):
            if (new := host + self.hosts * self._found[host]) < self.urls:
                self._found[host] += 1
                numbers.append(new)
        while len(numbers) < self._links - 1:
            numbers.append(host + self.hosts * int(dice() * known))
        other = int(dice() * self.hosts)
        numbers.append(other + self.hosts * int(dice() * self._found[other]))
        return tuple(
            self._candidate(number, depth=source.depth + 1, via=source.url)
            for number in dict.fromkeys(numbers)
        )

    def _candidate(self, number: int, depth: int, via: str | None = None) -> Candidate:
        host = f"www.host-{number % self.hosts}.example"
        url = f"https://{host}/archive/section-{number % 7}/page-{number}.html"
        return Candidate(url=url, key=url, host=host, depth=depth, hops="L" * min(depth, 40), via=via)


def number_of(candidate: Candidate) -> int:
    """The number of a URL of the made-up web."""
    return int(candidate.url.rpartition("-")[2].removesuffix(".html"))


def answered(lease: Lease, found: tuple[Candidate, ...], now: float) -> Finish:
    """What became of a page: most are good, some fail, some are asked again."""
    number = number_of(lease.candidate)
    if number % 50 == 0 and lease.attempt == 1:
        again = Disposition(
            state=State.QUEUED, reason="http_503", status=503, retry_at=now + 5, answered=True
        )
        return Finish(lease=lease, disposition=again)
    is_good = number % 20 != 1
    capture = Capture(
        url=lease.candidate.url,
        captured_at=now,
        status=200 if is_good else 404,
        media_type="text/html",
        charset="utf-8",
        content_type="text/html; charset=utf-8",
        size_bytes=9000,
        digest=f"sha256:{number:064x}",
        etag=f'"{number:x}"',
        segment=f"crawl-{number // 100_000:05}.warc.gz",
        offset=number % 100_000 * 4000,
        length=4000,
        mirror_path=lease.candidate.url[8:] if is_good else None,
        title="The title of the page",
    )
    disposition = Disposition(
        state=State.DONE if is_good else State.FAILED,
        reason="" if is_good else "http_404",
        status=capture.status,
        capture=capture,
        found=found if is_good else (),
        refused={("scope", f"www.elsewhere-{number % 50}.example"): 3},
        is_page=is_good,
        ended_at=now,
        latency_seconds=0.05,
        answered=True,
        wire_bytes=4000,
        targets=array("I", range(len(found))).tobytes() if is_good else None,
    )
    return Finish(lease=lease, disposition=disposition)


def write_past(path: Path, web: Web, known: int) -> None:
    """Write finished URLs with their captures into an empty database, past the frontier: it would take hours."""
    database = open_database(path)
    indices = database.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql <> ''"
    ).fetchall()
    database.execute("PRAGMA temp_store = FILE")
    database.execute("BEGIN")
    for name, _ in indices:
        database.execute(f"DROP INDEX {name}")
    hosts = [(number + 1, f"www.host-{number}.example", known // web.hosts) for number in range(web.hosts)]
    database.executemany("INSERT INTO host (id, name, done) VALUES (?, ?, ?)", hosts)
    database.executemany(
        """INSERT INTO url (id, key_hash, url, host_id, state, depth, hops, via, is_linked, is_embedded, run, last_at,
            status, good_id, last_id, attempts) VALUES (?1, ?2, ?3, ?4, 'done', 0, '', ?5, 1, 0, 1, 1, 200, ?1, ?1, 1)""",
        (
            (number, key_hash(each.key), each.url, (number - 1) % web.hosts + 1, each.via)
            for number, each in enumerate(web.past(known), 1)
        ),
    )
    database.execute(
        """INSERT INTO capture (id, url_id, run, captured_at, status, media_type, charset, content_type, size_bytes,
            digest, etag, last_modified, segment, offset, length, mirror_path, redirect_to, title)
            SELECT id, id, 1, 1, 200, 'text/html', 'utf-8', 'text/html; charset=utf-8', 9000,
            'sha256:' || hex(key_hash) || hex(key_hash), NULL, NULL, 'crawl-00000.warc.gz', id * 4000, 4000,
            substr(url, 9), NULL, 'The title of the page' FROM url"""
    )
    database.execute("INSERT INTO run (number, name, started_at, options) VALUES (1, 'past', 1, '{}')")
    database.execute("UPDATE total SET hosts = ?, done = ?", (web.hosts, known // web.hosts * web.hosts))
    for _, sql in indices:
        database.execute(sql)
    database.execute("COMMIT")
    database.close()


@dataclass(kw_only=True)
class Million:
    """What so many URLs cost.

    Args:
        finished: URLs closed for good since the start.
        urls: of those, in this part.
        added: new URLs in this part; links met again cost their time here too.
        add_seconds: in the frontier; so for the other two.
        own_seconds: of the benchmark itself.
        cpu_seconds: of the frontier's thread: what is left of the above on a machine that does nothing else.
        rss_bytes: at the end of this part.
        file_bytes: of the database, with its log.
    """

    finished: int = 0
    urls: int = 0
    added: int = 0
    claimed: int = 0
    add_seconds: float = 0.0
    claim_seconds: float = 0.0
    finish_seconds: float = 0.0
    own_seconds: float = 0.0
    cpu_seconds: float = 0.0
    rss_bytes: int = 0
    file_bytes: int = 0

    def rates(self) -> dict[str, float]:
        """URLs a second; `cycle`: finished, in the time of all three."""
        inside = self.add_seconds + self.claim_seconds + self.finish_seconds
        work = {
            "add": (self.added, self.add_seconds),
            "claim": (self.claimed, self.claim_seconds),
            "finish": (self.urls, self.finish_seconds),
            "cycle": (self.urls, inside),
        }
        return {name: round(urls / seconds) if seconds else 0 for name, (urls, seconds) in work.items()}


class Bench:
    """One frontier under load."""

    def __init__(self, folder: Path, web: Web, part: int, say: Callable[[str], None]) -> None:
        self._path = folder / "crawl.db"
        self._web = web
        self._part = part
        self._say = say
        self._clock = ManualClock()
        self._now = Million()
        self.millions: list[Million] = []
        self.around: dict[str, float] = {}

    async def run(self) -> None:
        """Fill, empty, close and open again."""
        with timed_intake(self._count_added):
            async with await SqliteFrontier.open(self._path, self._clock) as frontier:
                await frontier.open_run(RunPlan(name="benchmark"))
                for number in range(self._web.hosts):
                    pace = Pace(delay_seconds=DELAY_SECONDS, parallel=1, adapts=True)
                    await frontier.pace(f"www.host-{number}.example", pace)
                await self._crawl(frontier)
                await self._time("close_run", frontier.close_run("finished"))
                await self._time("open_run", frontier.open_run(RunPlan(name="again")))
                await self._time("first_claim", frontier.claim(GROUP))
                await self._time("counts", frontier.counts())
        self.around["rss_peak_bytes"] = getrusage(RUSAGE_SELF).ru_maxrss * 1024

    def ratio(self) -> float:
        """How fast the last whole part was, by the first."""
        first, last = (part.rates()["cycle"] for part in (self.millions[0], self.millions[-1]))
        return last / first

    async def _crawl(self, frontier: SqliteFrontier) -> None:
        self._began, self._cpu = time.perf_counter(), cpu_seconds()
        for group in groups(self._web.stock()):
            await frontier.add(group)
        stock = self._now
        self._say(f"{stock.added:,} URLs are known at first, {stock.rates()['add']:,} were added a second")
        self._now = Million()
        self._began, self._cpu = time.perf_counter(), cpu_seconds()
        held: deque[Lease] = deque()
        is_over = False
        while not is_over or held:
            if not is_over:
                at = time.perf_counter()
                claim = await frontier.claim(GROUP)
                self._now.claim_seconds += time.perf_counter() - at
                self._now.claimed += len(claim.leases)
                held += claim.leases
                # A quarter of the hosts rests at any time.
                self._clock.advance(4 * DELAY_SECONDS * GROUP / self._web.hosts)
                if not claim.leases and not held:
                    is_over = claim.ready_at is None
                    self._clock.advance(max((claim.ready_at or 0) - self._clock.now(), 0))
            if len(held) >= IN_WORK or not claim.leases:
                await self._finish(frontier, [held.popleft() for _ in range(min(GROUP, len(held)))])
        if self._now.urls > self._part // 2:
            self._close_part()

    async def _finish(self, frontier: SqliteFrontier, leases: list[Lease]) -> None:
        now = self._clock.now()
        group = [answered(lease, self._web.links(lease), now) for lease in leases]
        at, adding = time.perf_counter(), self._now.add_seconds
        await frontier.finish(group)
        self._now.finish_seconds += time.perf_counter() - at - (self._now.add_seconds - adding)
        self._now.urls += sum(each.disposition.state is not State.QUEUED for each in group)
        if self._now.urls >= self._part:
            self._close_part()

    def _count_added(self, new: int, seconds: float) -> None:
        self._now.added += new
        self._now.add_seconds += seconds

    def _close_part(self) -> None:
        part, wall, cpu = self._now, time.perf_counter(), cpu_seconds()
        part.finished = part.urls + (self.millions[-1].finished if self.millions else 0)
        inside = part.add_seconds + part.claim_seconds + part.finish_seconds
        part.own_seconds, part.cpu_seconds = wall - self._began - inside, cpu - self._cpu
        part.rss_bytes = rss_bytes()
        part.file_bytes = sum(each.stat().st_size for each in self._path.parent.iterdir())
        self._began, self._cpu, self._now = wall, cpu, Million()
        self.millions.append(part)
        rates = part.rates()
        self._say(
            f"{part.finished:>11,} {rates['add']:>8,} {rates['claim']:>8,} {rates['finish']:>8,}"
            f" {rates['cycle']:>8,} {part.rss_bytes / 1e6:>8.0f} {part.file_bytes / 1e6:>9,.0f}"
            f" {inside:>8.1f} {part.own_seconds:>8.1f} {part.cpu_seconds:>8.1f} {part.cpu_seconds / part.urls * 1e6:>8.1f}"
        )

    async def _time(self, name: str, work: Coroutine[Any, Any, object]) -> None:
        at = time.perf_counter()
        await work
        self.around[f"{name}_seconds"] = round(time.perf_counter() - at, 3)


@contextmanager
def timed_intake(count: Callable[[int, float], None]) -> Iterator[None]:
    """Time what adding costs inside `finish` too: new URLs and seconds."""
    plain = Intake.add

    def add(intake: Intake, candidates: Iterable[Candidate]) -> int:
        at = time.perf_counter()
        new = plain(intake, candidates)
        count(new, time.perf_counter() - at)
        return new

    setattr(Intake, "add", add)  # noqa: B010 - a method is replaced knowingly
    try:
        yield
    finally:
        setattr(Intake, "add", plain)  # noqa: B010


def groups(candidates: Iterable[Candidate]) -> Iterator[list[Candidate]]:
    """So many at a time."""
    group: list[Candidate] = []
    for candidate in candidates:
        group.append(candidate)
        if len(group) == GROUP:
            yield group
            group = []
    yield group


def cpu_seconds() -> float:
    """What this process spent beside the thread that asks: in the frontier's."""
    return time.process_time() - time.thread_time()


def rss_bytes() -> int:
    """Memory of this process now; where the system does not tell, its peak."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return getrusage(RUSAGE_SELF).ru_maxrss * 1024
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--urls", type=int, default=10_000_000, help="of the web, known ones too")
    parser.add_argument("--hosts", type=int, help="100,000; a hundredth of --urls, if that is fewer")
    parser.add_argument("--links", type=int, default=10, help="links of a page, one of them new")
    parser.add_argument("--known", type=int, default=0, help="so many are finished before it begins")
    parser.add_argument("--part", type=int, default=1_000_000, help="print a line every so many URLs")
    parser.add_argument("--folder", type=Path, help="where a folder is made, and removed at the end")
    given = parser.parse_args()
    given.hosts = given.hosts or max(min(100_000, given.urls // 100), 1)
    return given


def main() -> None:
    """Run, print a line a million, and everything once more as JSON."""
    given = arguments()
    needed = given.urls * BYTES_PER_URL + BYTES_OF_LOG
    with tempfile.TemporaryDirectory(prefix="frontier-", dir=given.folder) as folder:
        free = shutil.disk_usage(folder).free
        if free < needed:
            sys.exit(
                f"{folder} has {free / 1e9:.1f} GB free, {needed / 1e9:.1f} are needed; give another --folder"
            )
        print(f"{given.urls:,} URLs over {given.hosts:,} hosts, {given.links} links a page")
        print(
            "   finished    add/s  claim/s finish/s  cycle/s   RSS MB     DB MB   inside      own    CPU s   us/URL"
        )
        web = Web(given.urls, given.hosts, given.links)
        if given.known:
            write_past(Path(folder) / "crawl.db", web, given.known)
        bench = Bench(Path(folder), web, given.part, lambda line: print(line, flush=True))
        asyncio.run(bench.run())
    print(f"the last part ran at {bench.ratio():.0%} of the first")
    asked = {"urls": given.urls, "known": given.known, "hosts": given.hosts, "links": given.links}
    parts = [asdict(part) | {"per_second": part.rates()} for part in bench.millions]
    print(json.dumps({**asked, "millions": parts, **bench.around}))


if __name__ == "__main__":
    main()
