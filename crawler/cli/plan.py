"""`crawler plan`: what a crawl of these seeds would take."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from crawler.cli.crawl import seed_list, wished
from crawler.cli.flags import Sectioned, plan_flags
from crawler.cli.lines import aligned, counted, printable
from crawler.cli.logs import set_up_logs
from crawler.cli.streams import tell
from crawler.estimate import CONCURRENCY, HostForecast, RunForecast, forecast_values
from crawler.fates import Fate, SeedFates, SeedTrouble
from crawler.output import Output
from crawler.planning import CrawlPlan, PlanJob
from crawler.quantities import show_duration, show_size
from crawler.report import EXIT_SEED_FAILED

__all__ = ["command"]

_MAX_HOSTS = 20
_MAX_LOST = 10


@click.command(
    "plan",
    cls=Sectioned,
    params=[
        *plan_flags(),
        click.Option(["--json", "as_json"], is_flag=True, help="Everything, for programs."),
    ],
)
@click.argument("seeds", nargs=-1, metavar="[SEED...]")
@click.pass_context
def command(context: click.Context, /, seeds: tuple[str, ...], output: str, **values: Any) -> int:
    """Tell what a crawl would take, without crawling.

    Pages, bytes and time to expect of every host, and which host is the bottleneck. Only robots.txt,
    sitemaps and the seeds are asked for, at the pace of a crawl, and nothing is written. What an output of
    earlier runs knows is taken into account. The options are those of crawler crawl. The exit code is 3 if a
    seed cannot be had.

    \b
    Example:
      crawler plan https://example.org/
      crawler plan seeds.txt --max-pages-per-host 500 --json | jq .bottleneck
    """
    set_up_logs(values["log_format"], verbosity=-1 if values["quiet"] else values["verbose"])
    options, listed = wished(context, values)
    place = Output(Path(output))
    named = seed_list(seeds, listed, place, skips_bad=values["skip_bad_seeds"])
    plan = asyncio.run(PlanJob(named, place, options).run())
    if values["as_json"]:
        click.echo(json.dumps(_values(plan), indent=2))
    else:
        for line in _lines(plan.forecast):
            click.echo(line)
    _print_troubles(plan, is_quiet=values["quiet"])
    return EXIT_SEED_FAILED if plan.has_lost_seeds else 0


def _values(plan: CrawlPlan) -> dict[str, Any]:
    troubles = [{"url": each.url, "reason": each.reason, "status": each.status} for each in _lost(plan.fates)]
    seeds = {
        "named": plan.fates.seeds,
        "lost": plan.fates.dead + plan.fates.waiting,
        "troubles": troubles,
    }
    return {**forecast_values(plan.forecast), "seeds": seeds, "warnings": list(plan.warnings)}


def _lost(fates: SeedFates) -> list[SeedTrouble]:
    return [each for each in fates.troubles if each.fate in {Fate.DEAD, Fate.WAITING}]


def _lines(run: RunForecast) -> list[str]:
    if not run.hosts:
        return ["nothing to crawl"]
    least = "at least " if run.is_floor else "about "
    size = "unknown size" if run.size_bytes is None else show_size(run.size_bytes)
    amount = f"{counted(run.pages, 'page')}, {counted(run.requests, 'request')}, {size}"
    lines = [f"{least}{amount}, {show_duration(run.seconds)}"]
    if run.ended_by:
        lines.append(f"--{run.ended_by} ends it before all is done")
    lines += [_bottleneck(run), "", *_table(run.hosts)]
    if run.is_floor:
        lines.append("+ there will be more: no sitemap, no earlier run, only the links on seeds")
    return [printable(line) for line in lines]


def _bottleneck(run: RunForecast) -> str:
    if run.bottleneck == CONCURRENCY:
        return "bottleneck: --concurrency; no host alone takes as long as all together"
    host = next(each for each in run.hosts if each.host == run.bottleneck)
    return f"bottleneck: {host.host}, {show_duration(host.seconds)} at {_pace(host)}"


def _pace(host: HostForecast) -> str:
    if host.delay_seconds:
        return f"{host.delay_seconds:.3g}s after each answer"
    return f"{counted(host.parallel, 'request')} at once"


def _table(hosts: tuple[HostForecast, ...]) -> list[str]:
    rows: list[tuple[str, ...]] = [("host", "pages", "requests", "bytes", "time", "pace", "from")]
    for host in hosts[:_MAX_HOSTS]:
        more = "+" if host.is_floor else ""
        size = "?" if host.size_bytes is None else show_size(host.size_bytes)
        rows.append(
            (
                host.host,
                f"{host.pages}{more}",
                f"{host.requests}{more}",
                size,
                show_duration(host.seconds),
                _pace(host),
                host.basis,
            )
        )
    lines = aligned(rows, "lrrrrll")
    if len(hosts) > _MAX_HOSTS:
        lines.append(f"and {len(hosts) - _MAX_HOSTS} more, which take less; --json lists them all")
    return lines


def _print_troubles(plan: CrawlPlan, *, is_quiet: bool) -> None:
    lost = _lost(plan.fates)
    for each in lost[:_MAX_LOST]:
        tell(f"crawler: {printable(f'seed {each.url} cannot be had: {each.reason}')}")
    count = plan.fates.dead + plan.fates.waiting
    if count > min(len(lost), _MAX_LOST):
        tell(f"crawler: {count - min(len(lost), _MAX_LOST)} more seeds cannot be had; see --json")
    for warning in () if is_quiet else plan.warnings:
        tell(f"crawler: note: {printable(warning)}")
