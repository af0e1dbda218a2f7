"""`crawler crawl`: parse, run one job, show what it did."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console

from crawler.cli.logs import set_up_logs
from crawler.cli.progress import shown_progress
from crawler.cli.quantities import DURATION, SIZE
from crawler.cli.settings import load_settings
from crawler.cli.summary import print_summary
from crawler.crawl import CrawlJob
from crawler.errors import UsageError
from crawler.options import CrawlOptions, ScopeKind
from crawler.output import Output
from crawler.report import Report
from crawler.seeds import SeedList

__all__ = ["command", "run_job"]

DEFAULT_SEEDS = "seeds.txt"
_LEAVES = {signal.SIGINT: 130, signal.SIGTERM: 143}


def _option(*names: str, **terms: Any) -> Callable[[Any], Any]:
    """An option that also stands in crawler.toml and in the environment, with its default shown as None."""
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    variable = "CRAWLER_" + long.removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=variable, **terms)


_NUMBER = click.IntRange(min=0)
_OPTIONS = (
    _option("--scope", type=click.Choice(get_args(ScopeKind)), help="Which links to follow. [host]"),
    _option("--include", multiple=True, metavar="REGEX", help="Follow only links that match one of these."),
    _option("--exclude", multiple=True, metavar="REGEX", help="Fetch nothing that matches one of these."),
    _option("--types", metavar="CLASS,...", help="Media classes a followed link may answer with, or all."),
    _option("--max-depth", type=_NUMBER, help="Links from the nearest seed."),
    _option("--max-pages", type=_NUMBER, help="HTML pages to store in this run; exact."),
    _option("--max-pages-per-host", type=_NUMBER, help="The same for each host."),
    _option("--max-bytes", type=SIZE, help="Body bytes to receive in this run."),
    _option("--max-time", type=DURATION, help="How long the run may take, e.g. 1h."),
    _option("--max-wait", type=DURATION, help="Longest wait for hosts that are not yet due. [5m]"),
    _option("--max-body", type=SIZE, help="Largest answer. [50MB]"),
    _option("--max-redirects", type=_NUMBER, help="Redirects in a row. [10]"),
    _option("--concurrency", type=_NUMBER, help="Requests at once, all hosts together. [32]"),
    _option("--per-host", type=_NUMBER, help="Requests at once to one host. [2; your own: concurrency]"),
    _option("--delay", type=DURATION, help="Least pause after an answer of a host. [0.25s; your own: 0]"),
    _option("--timeout", type=DURATION, help="For a whole answer. [60s]"),
    _option("--connect-timeout", type=DURATION, help="To get a connection. [10s]"),
    _option("--read-timeout", type=DURATION, help="Longest silence inside an answer. [30s]"),
    _option("--retries", type=_NUMBER, help="Further tries of what may heal. [2]"),
    _option("--user-agent", help="How to introduce ourselves; robots.txt is matched by its first word."),
    _option("--header", "headers", multiple=True, metavar="'K: V'", help="Sent to the seeds' hosts."),
    _option("--proxy", metavar="URL", help="HTTP proxy."),
    _option("--ca", metavar="FILE", help="Further certificate authorities (PEM)."),
    _option("--insecure", multiple=True, metavar="HOST", help="Do not check this host's certificate."),
    _option("--allow-private", multiple=True, metavar="HOST|CIDR", help="Open a private host or network."),
    _option("--robots", type=click.Choice(["obey", "ignore"]), help="[obey]"),
    _option("--sitemaps/--no-sitemaps", default=None, help="Take sitemaps that robots.txt names. [yes]"),
    _option("--assets/--no-assets", default=None, help="Fetch images, styles, scripts of pages. [yes]"),
    _option("--mirror/--no-mirror", default=None, help="Write the browsable copy. [yes]"),
    _option("--archive/--no-archive", default=None, help="Write WARC segments. [yes]"),
    _option("--fresh", is_flag=True, default=None, help="Forget queue and validators; keep what was stored."),
)
_ORIGINAL_NAMES = {"headers": "header"}


def _crawl_options(command: Any) -> Any:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("crawl", context_settings={"show_default": False})
@click.argument("seeds", nargs=-1, metavar="[SEED...]")
@_option("-o", "--output", default="output", metavar="FOLDER", help="Where everything goes. [output]")
@click.option(
    "--config",
    metavar="FILE",
    is_eager=True,
    expose_value=False,
    envvar="CRAWLER_CONFIG",
    callback=lambda context, _, value: load_settings(context, value),
    help="Options from a file. [crawler.toml here]",
)
@_crawl_options
@_option("--skip-bad-seeds", is_flag=True, help="Pass over lines that are no URL.")
@_option("--fail-over", type=float, metavar="PERCENT", help="Exit 3 only if more of the tried URLs failed.")
@_option(
    "--lock", type=click.Choice(["skip", "wait"]), default="skip", help="If another run holds the output."
)
@_option("--progress", type=click.Choice(["auto", "always", "never"]), default="auto", help="[auto]")
@_option("--log-format", type=click.Choice(["text", "json"]), default="text", help="[text]")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something is wrong.")
@click.option("-v", "--verbose", count=True, help="Say more.")
@click.pass_context
def command(context: click.Context, /, seeds: tuple[str, ...], output: str, **values: Any) -> int:
    """Fetch seeds and what they lead to into an output folder.

    A SEED is a URL, a file with one URL a line, or - for standard input. Without any, seeds.txt here is
    read, else the seeds of the last run are taken. The same line again continues an interrupted run;
    after a finished one it asks again for what is known and follows what it finds.

    \b
    Example:
      crawler crawl https://example.org/ --max-pages 100
      crawler crawl seeds.txt -o /srv/copy --max-time 1h -q
    """
    return _run(context, seeds, Path(output), values)


def _run(context: click.Context, seeds: tuple[str, ...], folder: Path, values: dict[str, Any]) -> int:
    door = {
        name: values.pop(name)
        for name in ("skip_bad_seeds", "fail_over", "lock", "progress", "log_format", "quiet", "verbose")
    }
    set_up_logs(door["log_format"], verbosity=-1 if door["quiet"] else door["verbose"])
    options = _options(values)
    sources = list(seeds or _listed_seeds(context))
    seed_list = SeedList(sources, stdin=sys.stdin.buffer, skips_bad=door["skip_bad_seeds"])
    if sources:
        seed_list.check()
    if seed_list.skipped:
        click.echo(f"crawler: {seed_list.skipped} bad seeds skipped", err=True)
    place = Output(folder)
    place.prepare()
    with place.hold(waits=door["lock"] == "wait"):
        job = CrawlJob(seed_list, place, options)
        report, left_by = asyncio.run(run_job(job, "never" if door["quiet"] else door["progress"]))
    if not door["quiet"]:
        with suppress(SystemExit):  # rich leaves with 1 when nobody reads stdout: the crawl's code counts
            print_summary(report, folder, Console(highlight=False, soft_wrap=True))
    elif report.bad_seeds:
        for seed in report.bad_seeds:
            click.echo(f"crawler: seed {seed.url}: {seed.reason or seed.state}", err=True)
    return left_by or report.exit_code(door["fail_over"])


async def run_job(job: CrawlJob, progress: str) -> tuple[Report, int]:
    """Run a job to its end with signals handled; gives its report and the exit code of a signal, or 0.

    The first signal ends it in good order, the second at once (the state is safe either way).
    """
    left_by = 0
    loop = asyncio.get_running_loop()

    def leave(number: signal.Signals) -> None:
        nonlocal left_by
        if left_by:
            raise SystemExit(_LEAVES[number])
        left_by = _LEAVES[number]
        click.echo("crawler: stopping; what is being fetched is finished first (again: at once)", err=True)
        job.stop("stopped")

    with ExitStack() as stack:
        for number in _LEAVES:
            loop.add_signal_handler(number, leave, number)
            stack.callback(loop.remove_signal_handler, number)
        async with shown_progress(job, progress):
            report = await job.run()
    return report, left_by


def _options(values: dict[str, Any]) -> CrawlOptions:
    given = {name: value for name, value in values.items() if value is not None and value != ()}
    if "types" in given:
        given["types"] = tuple(part.strip() for part in given["types"].split(",") if part.strip())
    for name in ("max_bytes", "max_body"):
        if name in given:
            given[name] = int(given[name])
    return CrawlOptions.of(given)


def _listed_seeds(context: click.Context) -> list[str]:
    """The seeds of crawler.toml, else seeds.txt here."""
    configured = (context.default_map or {}).get("seeds")
    if configured is not None:
        if not isinstance(configured, list) or not all(isinstance(each, str) for each in configured):
            raise UsageError("config: seeds must be a list of strings")
        return configured
    return [DEFAULT_SEEDS] if Path(DEFAULT_SEEDS).is_file() else []
