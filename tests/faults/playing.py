"""Put scenes on: open their servers, crawl them, and say where the outcome is not what it must be."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from crawler.clock import SystemClock
from crawler.crawl import CrawlJob
from crawler.export.jsonl import jsonl_line
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.report import Report
from tests.faults.certificates import authority, server_context
from tests.faults.scene import End, Scene
from tests.servers import RawSite, raw_site
from tests.web import ledger, seed_list

__all__ = [
    "Row",
    "crawled",
    "differences",
    "on_stage",
    "options_of",
    "placed",
    "rows_of",
    "seeds_of",
]

Row = Mapping[str, Any]
"""One object of `export --format jsonl`."""

_ROOM_IN_QUEUE = 16


class HastyClock(SystemClock):
    """The machine's time, put forward where a crawl would only wait for a host."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = 0.0
        self.is_busy: Callable[[], bool] = lambda: False

    def now(self) -> float:
        return super().now() + self._ahead

    def monotonic(self) -> float:
        return super().monotonic() + self._ahead

    async def wait(self, event: asyncio.Event, timeout_seconds: float) -> None:
        if self.is_busy():
            await super().wait(event, timeout_seconds)
        elif not event.is_set():
            self._ahead += timeout_seconds


@asynccontextmanager
async def on_stage(scene: Scene, now: Callable[[], float] = time.time) -> AsyncIterator[RawSite]:
    """The server of a scene, listening."""
    if scene.listens != "yes":
        with _nobody(is_deaf=scene.listens == "deaf") as port:
            yield RawSite(port=port)
        return
    async with raw_site(scene.plays, server_context(scene.tls) if scene.tls else None, now=now) as site:
        yield site


@contextmanager
def _nobody(*, is_deaf: bool) -> Iterator[int]:
    """A port where nobody listens, or where the queue of whoever should listen is full."""
    waiting: list[socket.socket] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if is_deaf:
            taken.listen(0)
            for _ in range(_ROOM_IN_QUEUE):
                waiting.append(each := socket.socket())
                each.setblocking(False)
                each.connect_ex(taken.getsockname())
        try:
            yield taken.getsockname()[1]
        finally:
            for each in waiting:
                each.close()


def seeds_of(scene: Scene, site: RawSite) -> list[str]:
    """The seeds of a scene as URLs."""
    return [_url(scene, site, seed) for seed in scene.seeds]


def options_of(scene: Scene, folder: Path) -> dict[str, Any]:
    """The options of a scene; the file of its authority is written into `folder`."""
    ca = folder / "ca.pem"
    authority().cert_pem.write_to_path(ca)
    return {
        "retries": 1,
        "robots": "ignore",
        "timeout": 30.0,
        "read_timeout": 15.0,
        "ca": str(ca),
        **scene.options,
    }


async def crawled(scene: Scene, folder: Path) -> tuple[RawSite, dict[str, Row], Report]:
    """Crawl a scene inside this process; gives what its server saw, the rows, and the report."""
    clock = HastyClock()
    output = Output(folder / "out")
    output.prepare()
    async with on_stage(scene, clock.now) as site:
        options = {key: placed(value, site) for key, value in options_of(scene, folder).items()}
        job = CrawlJob(
            seed_list(*seeds_of(scene, site)),
            output,
            CrawlOptions.of({"max_wait": 1000.0, **options}),
            clock=clock,
        )
        clock.is_busy = lambda: job._engine.held > 0
        with output.hold():
            report = await job.run()
        return site, await rows_of(output.folder), report


async def rows_of(folder: Path) -> dict[str, Row]:
    """What `export --format jsonl` would say of an output, by URL."""
    async with ledger(folder) as found:
        rows = [json.loads(jsonl_line(entry)) async for entry in found.entries()]
    return {row["url"]: row for row in rows}


def differences(scene: Scene, site: RawSite, rows: Mapping[str, Row], mirror: Path) -> list[str]:
    """What is not as the scene demands, one line each."""
    found = []
    for path, end in scene.ends.items():
        url = _url(scene, site, path)
        found += [f"{scene.id}: {path}: {each}" for each in _of_row(end, rows.get(url), site, mirror)]
        asked = _asked(site, path)
        if len(asked) != end.asked:
            found.append(f"{scene.id}: {path}: asked {len(asked)} times, not {end.asked}")
        elif end.rests is not None and not end.rests[0] <= asked[1] - asked[0] <= end.rests[1]:
            found.append(f"{scene.id}: {path}: rested {asked[1] - asked[0]:.2f} seconds, not {end.rests}")
    if scene.most_asked is not None and len(site.requests) > scene.most_asked:
        found.append(f"{scene.id}: {len(site.requests)} requests, more than {scene.most_asked}")
    return found


def _of_row(end: End, row: Row | None, site: RawSite, mirror: Path) -> Iterator[str]:
    if row is None or end.state is None:
        if (row is None) is not (end.state is None):
            yield f"state {row and row['state']}, not {end.state}"
        return
    wanted = {
        "state": end.state,
        "last_status": end.status,
        "size_bytes": None if end.body is None else len(end.body),
        "digest": None if end.body is None else f"sha256:{hashlib.sha256(end.body).hexdigest()}",
    }
    for name, value in wanted.items():
        if row[name] != value:
            yield f"{name} {row[name]}, not {value} ({row['reason']})"
    reason = placed(end.reason, site)
    if not (row["reason"] or "").startswith(reason) or not (row["reason"] or "x").isprintable():
        yield f"reason {row['reason']!r}, not {reason!r}"
    path = row["mirror_path"]
    if (path is None) is not (end.body is None) or (path is not None and not (mirror / path).is_file()):
        yield f"mirror file {path}"


def _asked(site: RawSite, path: str) -> list[float]:
    """When a path was asked for; through a proxy the whole URL is the target."""
    targets = [request.split(b" ")[1].decode("latin-1") for request in site.requests]
    return [at for target, at in zip(targets, site.heard_at, strict=True) if target == path]


def _url(scene: Scene, site: RawSite, path: str) -> str:
    if not path.startswith("/"):
        return str(placed(path, site))
    return f"{scene.scheme or site.scheme}://127.0.0.1:{site.port}{path}"


def placed(value: Any, site: RawSite) -> Any:
    """A text with the host and port of a server in place of `{site}`."""
    return value.replace("{site}", f"127.0.0.1:{site.port}") if isinstance(value, str) else value
