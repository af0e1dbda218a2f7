"""Say what a frontier on a Redis server costs: `python -m benchmarks.frontier_redis`.

It starts a server of its own on a socket (append-only, everysec), adds URLs of many hosts in groups, then has several
workers claim and finish them in groups until none is left, each page with a capture. Hosts rest for no time, or the
clock would be measured. Server and workers share the machine's cores.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from multiprocessing import get_context

from crawler.frontier.protocol import RunPlan
from crawler.frontier.redis.address import read_address
from crawler.frontier.redis.frontier import RedisFrontier
from crawler.frontier.redis.scripts import ServerScripts
from crawler.frontier.redis.server import connect
from crawler.model import Candidate, Capture, Disposition, Finish, Lease, State
from crawler.urls import identity
from tests.frontier.redis_server import running_server

CRAWL = "measured"


def page(number: int, hosts: int) -> Candidate:
    """A URL of a made-up web."""
    host = f"h{number % hosts}.example"
    url = f"https://{host}/articles/{number}/index.html"
    return Candidate(url=url, key=identity(url), host=host, depth=1, hops="L", via=f"https://{host}/")


def finished(lease: Lease) -> Finish:
    """A good page."""
    kept = Capture(
        url=lease.candidate.url,
        captured_at=1.0,
        status=200,
        media_type="text/html",
        size_bytes=10_000,
        digest=f"sha256:{lease.token:064x}",
        segment="crawl-1.warc.gz",
        offset=lease.token * 3000,
        length=3000,
        mirror_path=f"{lease.candidate.host}/articles/{lease.token}/index.html",
    )
    end = Disposition(state=State.DONE, status=200, capture=kept, is_page=True, leads_on=True, answered=True)
    return Finish(lease=lease, disposition=end, segment=kept.segment, segment_bytes=kept.offset + kept.length)


async def add(url: str, first: int, last: int, hosts: int, group: int) -> None:
    """Add the URLs from one number to another."""
    frontier = RedisFrontier(await connect(read_address(f"{url}#{CRAWL}")))
    for start in range(first, last, group):
        await frontier.add([page(number, hosts) for number in range(start, min(start + group, last))])
    await frontier.close()


async def work(url: str, holder: int, group: int) -> None:
    """Claim and finish until nothing is left."""
    frontier = RedisFrontier(await connect(read_address(f"{url}#{CRAWL}")), holder=holder)
    while leases := (await frontier.claim(group)).leases:
        await frontier.finish([finished(lease) for lease in leases])
    await frontier.close()


def _add(*told: str | int) -> None:
    asyncio.run(add(*told))  # type: ignore[arg-type]


def _work(*told: str | int) -> None:
    asyncio.run(work(*told))  # type: ignore[arg-type]


async def measure(url: str, urls: int, hosts: int, group: int, workers: int) -> None:
    """Add, then work, and say how long each took and what the server holds."""
    scripts = await connect(read_address(f"{url}#{CRAWL}"))
    frontier = RedisFrontier(scripts)
    await frontier.open_run(RunPlan(name="measured"))
    shares = [(urls * each // workers, urls * (each + 1) // workers) for each in range(workers)]

    async def timed(what: str, target: object, arguments: list[tuple[object, ...]]) -> None:
        began, spent = time.perf_counter(), await _server_seconds(scripts)
        with get_context("spawn").Pool(workers) as pool:
            await asyncio.to_thread(pool.starmap, target, arguments)  # type: ignore[arg-type]
        took, spent = time.perf_counter() - began, await _server_seconds(scripts) - spent
        told = await scripts.line.client.info("memory")
        print(
            f"{what}: {urls} URLs in {took:.1f} s, {urls / took:,.0f} a second; "
            f"server: {spent / urls * 1e6:.0f} µs a URL; it holds {told['used_memory'] / urls:.0f} bytes a URL",
            flush=True,
        )

    await timed("add", _add, [(url, first, last, hosts, group) for first, last in shares])
    await timed("claim and finish", _work, [(url, holder, group) for holder in range(workers)])
    print(await frontier.counts())
    await frontier.close()


async def _server_seconds(scripts: ServerScripts) -> float:
    told = await scripts.line.client.info("cpu")
    return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])


def main() -> int:
    """Read what to measure, and measure it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--urls", type=int, default=100_000)
    parser.add_argument("--hosts", type=int, default=2000)
    parser.add_argument("--group", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--compact", action="store_true", help="with hash-max-listpack-value 4096")
    told = parser.parse_args()
    compact = ("--hash-max-listpack-value", "4096") if told.compact else ()
    with running_server(*compact) as url:
        asyncio.run(measure(url, told.urls, told.hosts, told.group, told.workers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
