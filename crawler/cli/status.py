"""`crawler status`: counts, hosts and the last runs of an output."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import json
from math import inf
from pathlib import Path
from typing import Any

import click

from crawler.cli.lines import aligned, counted, printable
from crawler.cli.quantities import FOLDER
from crawler.clock import SystemClock, iso_utc
from crawler.export.extras import needed
from crawler.fates import Fate, SeedFates, read_fates
from crawler.frontier.ledger import SqliteLedger
from crawler.frontier.protocol import Ledger
from crawler.model import State
from crawler.muster import Muster
from crawler.output import Output
from crawler.patience import HEALING
from crawler.quantities import show_duration, show_size
from crawler.report import trouble_values
from crawler.room import DiskUse, disk_use
from crawler.standing import Counts, HostState, Outcome, Run
from crawler.telling import host_values

__all__ = ["command"]

_MAX_HOSTS = 20
_MAX_RUNS = 5
_MAX_SEEDS = 20
_UNENDED = "running or interrupted"


@dataclasses.dataclass(frozen=True, slots=True)
class _Status:
    counts: Counts
    hosts: list[HostState]
    runs: list[Run]
    fates: SeedFates
    failures: list[Outcome]
    heals: int
    now: float
    disk: DiskUse | None = None
    muster: Muster | None = None


@click.command("status")
@click.argument("output", default="output", type=FOLDER, metavar="[OUTPUT|FRONTIER-URL]")
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
def command(output: str, as_json: bool) -> None:  # noqa: FBT001 - click passes by name
    """Show counts, hosts and the last runs.

    Of an output folder, or of a shared crawl by the URL of its frontier: then the workers, too.

    \b
    Example:
      crawler status output
      crawler status output --json | jq .counts
      crawler status redis://queue.example.org/0
    """
    if "://" in output:
        status = asyncio.run(_read_shared(output))
    else:
        place = Output(Path(output))
        place.check_exists()
        status = asyncio.run(_read(place))
    if as_json:
        click.echo(json.dumps(_values(status), indent=2))
    else:
        for line in _lines(status):
            click.echo(line)


async def _read(place: Output) -> _Status:
    ledger = await SqliteLedger.open(place.database)
    try:
        status = await _read_ledger(ledger)
    finally:
        await ledger.close()
    return dataclasses.replace(status, disk=await asyncio.to_thread(disk_use, place))


async def _read_shared(url: str) -> _Status:
    needed("redis", "redis")
    async with importlib.import_module("crawler.fleet.standing").looked_at(url) as (ledger, fleet):
        return dataclasses.replace(await _read_ledger(ledger), muster=await fleet.muster())


async def _read_ledger(ledger: Ledger) -> _Status:
    runs = list(await ledger.runs())
    failures = [each for each in await ledger.outcomes() if each.state is State.FAILED]
    return _Status(
        await ledger.counts(),
        list(await ledger.hosts()),
        runs,
        await read_fates(ledger, runs[-1]) if runs else SeedFates(),
        failures,
        sum(each.urls for each in failures if each.word in HEALING),
        SystemClock().now(),
    )


def _values(status: _Status) -> dict[str, Any]:
    return {
        "counts": dataclasses.asdict(status.counts),
        "runs": [
            {
                "number": run.number,
                "run": run.name,
                "started_at": iso_utc(run.started_at),
                "ended_at": None if run.ended_at is None else iso_utc(run.ended_at),
                "outcome": run.outcome or _UNENDED,
                "pages": run.counts.pages,
                "requests": run.counts.requests,
                "bytes": run.counts.wire_bytes,
            }
            for run in status.runs
        ],
        "hosts": [host_values(host, status.now) for host in status.hosts],
        "seeds": {
            **{fate: getattr(status.fates, fate) for fate in Fate},
            "incomplete": [trouble_values(each) for each in status.fates.troubles],
        },
        "failures": {each.word: each.urls for each in status.failures},
        "heals": status.heals,
        **_disk_values(status.disk),
        **_muster_values(status.muster),
    }


def _disk_values(disk: DiskUse | None) -> dict[str, Any]:
    return {} if disk is None else {"disk_bytes": {**dataclasses.asdict(disk), "total": disk.total}}


def _muster_values(muster: Muster | None) -> dict[str, Any]:
    if muster is None:
        return {}
    workers = [{**dataclasses.asdict(each), "seen_at": iso_utc(each.seen_at)} for each in muster.workers]
    return {
        "workers": workers,
        "expired_leases": muster.expired_leases,
        "held_back": muster.is_held_back,
        "held_hosts": muster.held_hosts,
        "ready_hosts": muster.ready_hosts,
        "lag_seconds": round(muster.lag_seconds, 3),
    }


def _lines(status: _Status) -> list[str]:
    """What a person wants to know, the whole first."""
    counts = status.counts
    urls, hosts = counted(counts.known, "URL"), counted(counts.hosts, "host")
    states = (
        f"{counts.done} done, {counts.failed} failed, "
        f"{counts.excluded} excluded, {counts.queued + counts.claimed} queued"
    )
    lines = [f"{urls} on {hosts}: {states}", *_failure_lines(status), *_seed_lines(status.fates)]
    lines += ["", *_run_lines(status.runs)] if status.runs else []
    lines += ["", *_host_lines(status.hosts)] if status.hosts else []
    lines += [] if status.muster is None else ["", *_worker_lines(status.muster, status.now)]
    lines += [] if status.disk is None else ["", _disk_line(status.disk)]
    return [*lines, *_waiting_lines(status)]


def _worker_lines(muster: Muster, now: float) -> list[str]:
    """Who is at work: an own line for whoever was not heard of for longer than usual, too."""
    rows = [("worker", "place", "heard of", "holds", "finished", "server away")]
    rows += [
        (
            str(each.number),
            printable(each.place),
            f"{show_duration(max(now - each.seen_at, 0.0))} ago" if each.is_alive else "no more",
            str(each.held),
            str(each.finished),
            show_duration(each.away_seconds) if each.away_seconds else "",
        )
        for each in muster.workers[:_MAX_HOSTS]
    ]
    more = len(muster.workers) - _MAX_HOSTS
    lines = aligned(rows, "rllrrr") if muster.workers else ["no worker is there"]
    lines += [f"and {more} more; --json lists them all"] if more > 0 else []
    if muster.expired_leases:
        lines.append(f"{counted(muster.expired_leases, 'lease')} ran out and went to others")
    return [*lines, "it is held back"] if muster.is_held_back else lines


def _disk_line(disk: DiskUse) -> str:
    parts = (f"{name} {show_size(size)}" for name, size in dataclasses.asdict(disk).items())
    return f"on disk: {show_size(disk.total)}: {', '.join(parts)}"


def _failure_lines(status: _Status) -> list[str]:
    if not status.failures:
        return []
    classes = ", ".join(f"{each.word} {each.urls}" for each in status.failures)
    first = f"; {status.heals} may heal, the next run takes them up first" if status.heals else ""
    return [printable(f"failed: {classes}{first}")]


def _seed_lines(fates: SeedFates) -> list[str]:
    if not fates.seeds:
        return []
    lines = [f"seeds: {fates.seeds}: {fates.words}"]
    for each in fates.troubles[:_MAX_SEEDS]:
        more = f" and {each.seeds - 1} more of {each.host}" if each.seeds > 1 else ""
        lines.append(printable(f"  {each.url}{more}  {each.words}"))
    if len(fates.troubles) > _MAX_SEEDS:
        lines.append("  and more; --json lists a thousand")
    return lines


def _waiting_lines(status: _Status) -> list[str]:
    """Hosts that are down, or whose queue is not due yet; the first to be ready first."""
    waiting = [each for each in status.hosts if each.down or (each.due_at or 0.0) > status.now]
    if not waiting:
        return []
    rows: list[tuple[str, ...]] = [("not now", "queued", "ready in", "why")]
    for host in sorted(waiting, key=lambda each: (each.due_at or inf, each.host))[:_MAX_HOSTS]:
        wait = 0.0 if host.due_at is None else host.due_at - status.now
        due = show_duration(wait) if wait > 0 else ""
        why = f"down: {host.down}" if host.down else host.trouble or "it rests after its last answer"
        rows.append((host.host, str(host.queued), due, why))
    lines = ["", *aligned(rows, "lrrl")]
    if len(waiting) > _MAX_HOSTS:
        lines.append(f"and {len(waiting) - _MAX_HOSTS} more; --json lists them all")
    return lines


def _run_lines(runs: list[Run]) -> list[str]:
    rows = [("run", "started", "outcome", "pages", "requests", "received")]
    rows += [
        (
            str(run.number),
            iso_utc(run.started_at),
            run.outcome or _UNENDED,
            str(run.counts.pages),
            str(run.counts.requests),
            show_size(run.counts.wire_bytes),
        )
        for run in runs[-_MAX_RUNS:]
    ]
    return aligned(rows, "rllrrr")


def _host_lines(hosts: list[HostState]) -> list[str]:
    rows: list[tuple[str, ...]] = [("host", "pages", "done", "failed", "excluded", "queued", "pause")]
    for host in hosts[:_MAX_HOSTS]:
        numbers = (host.pages, host.done, host.failed, host.excluded, host.queued + host.claimed)
        rows.append((host.host, *map(str, numbers), f"{host.delay_seconds:.3g}s"))
    lines = aligned(rows, "lrrrrrr")
    if len(hosts) > _MAX_HOSTS:
        lines.append(f"and {len(hosts) - _MAX_HOSTS} more; --json lists them all")
    return lines
