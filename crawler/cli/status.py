"""`crawler status`: counts, hosts and the last runs of an output."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.clock import iso_utc
from crawler.frontier.ledger import SqliteLedger
from crawler.output import Output
from crawler.quantities import show_size
from crawler.standing import Counts, HostState, Run, SeedState

__all__ = ["command"]

_MAX_HOSTS = 20
_MAX_RUNS = 5


@dataclasses.dataclass(frozen=True, slots=True)
class _Status:
    counts: Counts
    hosts: list[HostState]
    runs: list[Run]
    seeds: list[SeedState]


@click.command("status")
@click.argument("output", default="output")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
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
        _show(status, Console(highlight=False, soft_wrap=True))


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
                "outcome": run.outcome or "interrupted or running",
                "pages": run.counts.pages,
                "requests": run.counts.requests,
                "bytes": run.counts.wire_bytes,
            }
            for run in status.runs
        ],
        "hosts": [dataclasses.asdict(host) for host in status.hosts],
        "seeds": [dataclasses.asdict(seed) for seed in status.seeds],
    }


def _show(status: _Status, console: Console) -> None:
    counts = status.counts
    console.print(
        f"{counts.known} URLs on {counts.hosts} hosts: {counts.queued} queued, {counts.claimed} claimed, "
        f"{counts.done} done, {counts.failed} failed, {counts.excluded} excluded"
    )
    runs = Table("run", "started", "outcome", "pages", "received", title="runs", title_justify="left")
    for run in status.runs[-_MAX_RUNS:]:
        runs.add_row(
            str(run.number),
            iso_utc(run.started_at),
            run.outcome or "interrupted or running",
            str(run.counts.pages),
            show_size(run.counts.wire_bytes),
        )
    console.print(runs)
    hosts = Table(
        "host", "queued", "done", "failed", "excluded", "pages", "delay", title="hosts", title_justify="left"
    )
    for host in status.hosts[:_MAX_HOSTS]:
        numbers = (host.queued + host.claimed, host.done, host.failed, host.excluded, host.pages)
        hosts.add_row(escape(host.host), *map(str, numbers), f"{host.pace.delay_seconds:g}s")
    console.print(hosts)
    if len(status.hosts) > _MAX_HOSTS:
        console.print(f"and {len(status.hosts) - _MAX_HOSTS} more hosts; --json lists them all")
