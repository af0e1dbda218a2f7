"""`crawler status`: counts, hosts and the last runs of an output."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any

import click

from crawler.cli.lines import aligned, counted
from crawler.clock import iso_utc
from crawler.frontier.ledger import SqliteLedger
from crawler.output import Output
from crawler.quantities import show_size
from crawler.standing import Counts, HostState, Run, SeedState

__all__ = ["command"]

_MAX_HOSTS = 20
_MAX_RUNS = 5
_UNENDED = "running or interrupted"


@dataclasses.dataclass(frozen=True, slots=True)
class _Status:
    counts: Counts
    hosts: list[HostState]
    runs: list[Run]
    seeds: list[SeedState]


@click.command("status")
@click.argument("output", default="output")
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
def command(output: str, as_json: bool) -> None:  # noqa: FBT001 - click passes by name
    """Show counts, hosts and the last runs.

    \b
    Example:
      crawler status output
      crawler status output --json | jq .counts
    """
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
        return _Status(
            await ledger.counts(),
            list(await ledger.hosts()),
            list(await ledger.runs()),
            list(await ledger.seeds()),
        )
    finally:
        await ledger.close()


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
        "hosts": [dataclasses.asdict(host) for host in status.hosts],
        "seeds": [dataclasses.asdict(seed) for seed in status.seeds],
    }


def _lines(status: _Status) -> list[str]:
    """What a person wants to know, the whole first."""
    counts = status.counts
    urls, hosts = counted(counts.known, "URL"), counted(counts.hosts, "host")
    states = (
        f"{counts.done} done, {counts.failed} failed, "
        f"{counts.excluded} excluded, {counts.queued + counts.claimed} queued"
    )
    lines = [f"{urls} on {hosts}: {states}"]
    lines += ["", *_run_lines(status.runs)] if status.runs else []
    lines += ["", *_host_lines(status.hosts)] if status.hosts else []
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
