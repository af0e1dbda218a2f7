"""`crawler crawl`: parse, run one job, show what it did."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from crawler.cli.flags import Sectioned, crawl_flags
from crawler.cli.jobs import LEFT_BY_KEY, Job, run_job
from crawler.cli.lines import printable
from crawler.cli.logs import set_up_logs
from crawler.cli.streams import tell
from crawler.cli.summary import print_summary, print_troubles
from crawler.crawl import CrawlJob
from crawler.errors import CrawlerError, OutputBusyError, UsageError
from crawler.export.extras import needed
from crawler.notice import Notice, failures_before, notice_of, notice_of_error
from crawler.notifying import check_targets, notify
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.seeds import SeedList
from crawler.wording import FIELD_OF, OPTION_NAMES, read_options

__all__ = ["command", "seed_list", "wished"]

DEFAULT_SEEDS = "seeds.txt"


@click.command("crawl", cls=Sectioned, params=crawl_flags())
@click.argument("seeds", nargs=-1, metavar="[SEED...]")
@click.pass_context
def command(context: click.Context, /, seeds: tuple[str, ...], output: str, **values: Any) -> int:
    """Fetch seeds and what they lead to into an output folder.

    A SEED is a URL, a file with one URL a line, or - for standard input. Without any, seeds.txt here is
    read, else the seeds of the last run are taken. The same line again continues an interrupted run;
    after a finished one it asks again for what is known and follows what it finds.

    Every option may also stand in crawler.toml, with _ for -, or in the environment: --max-pages is
    max_pages there and CRAWLER_MAX_PAGES here. A table [host."example.org"] or [host."*.example.org"] of
    crawler.toml has delay, per_host, robots, max_pages, max_crawl_delay, refresh_after and refresh_paths of some
    hosts; refresh_paths = {"/news/*" = "1h", "/archive/*" = "30d"} may stand above them, for all.

    \b
    Example:
      crawler crawl https://example.org/ --max-pages 100
      crawler crawl seeds.txt -o /srv/copy --max-time 1h -q
      crawler crawl -o copy -q --keep-days 90 --notify https://example.org/hook
      crawler crawl seeds.txt --cookies cookies.txt --auth me:secret@example.org
      crawler crawl seeds.txt -o first --frontier redis://queue.example.org/0
    """
    set_up_logs(values["log_format"], verbosity=-1 if values["quiet"] else values["verbose"])
    options, listed = wished(context, values)
    place = Output(Path(output))
    check_targets(values["notify"])
    try:
        is_shared = options.shared.frontier is not None
        named = seed_list(seeds, listed, place, skips_bad=values["skip_bad_seeds"], has_others=is_shared)
        job = _job(named, place, options)
        place.prepare()
        with place.hold(waits=values["lock"] == "wait"):
            report, left_by = asyncio.run(run_job(job, "never" if values["quiet"] else values["progress"]))
    except OutputBusyError:
        # Another run is at work, and tells of itself.
        raise
    except CrawlerError as error:
        _notify(notice_of_error(error, output=output), values, options)
        raise
    if not values["quiet"]:
        with suppress(BrokenPipeError):  # nobody reads stdout: the crawl's code counts
            print_summary(report, place.folder, is_shared=is_shared)
    print_troubles(report, place.folder, is_quiet=values["quiet"], is_shared=is_shared)
    code = left_by or report.exit_code(values["fail_over"])
    if left_by != LEFT_BY_KEY:
        before = failures_before(place.reports, report.run.name)
        _notify(
            notice_of(
                report,
                output=output,
                exit_code=code,
                changes=report.changes.get("counts", {}),
                failures_before=before,
            ),
            values,
            options,
        )
    return code


def _job(seeds: SeedList, place: Output, options: CrawlOptions) -> Job:
    """The crawl of one folder, or the first worker of one that is shared."""
    if options.shared.frontier is None:
        return CrawlJob(seeds, place, options)
    needed("redis", "redis")
    job: Job = importlib.import_module("crawler.fleet.job").FleetJob(
        options.shared.frontier, place, seeds=seeds, options=options
    )
    return job


def _notify(notice: Notice, values: Mapping[str, Any], options: CrawlOptions) -> None:
    """Send it; what goes wrong with that is a line, also where only errors are shown, and no more."""
    for line in asyncio.run(notify(notice, values["notify"], options.fetch)):
        tell(f"crawler: note: {printable(line)}")


def wished(context: click.Context, values: Mapping[str, Any]) -> tuple[CrawlOptions, list[str] | None]:
    """The options of flags, environment and crawler.toml, and the seeds that crawler.toml lists.

    Raises:
        UsageError: a value cannot be obeyed.
    """
    wishes: dict[str, Any] = dict(context.obj or {})
    listed = wishes.pop("seeds", None)
    for name in OPTION_NAMES & values.keys():
        if values[name] is not None and values[name] != ():
            wishes[FIELD_OF.get(name, name)] = values[name]
    return read_options(wishes), listed


def seed_list(
    named: tuple[str, ...],
    listed: list[str] | None,
    place: Output,
    *,
    skips_bad: bool,
    has_others: bool = False,
) -> SeedList:
    """The seeds of the command line, else of crawler.toml, else of seeds.txt here, else of the last run.

    Args:
        named: on the command line.
        listed: in crawler.toml.
        place: of the output, which may know those of the last run.
        skips_bad: pass over lines that are no URL.
        has_others: a server may know those of the last run.

    Raises:
        UsageError: there are none, or they cannot be read.
    """
    sources = list(named)
    if not sources:
        sources = listed or ([DEFAULT_SEEDS] if Path(DEFAULT_SEEDS).is_file() else [])
    seeds = SeedList(sources, stdin=sys.stdin.buffer, skips_bad=skips_bad)
    if sources:
        seeds.check()
    elif not has_others and not place.holds_crawl:
        raise UsageError(f"no seeds; give a URL, a file of URLs, or put them into {DEFAULT_SEEDS} here")
    if seeds.skipped:
        tell(f"crawler: note: {seeds.skipped} bad seeds skipped")
    return seeds
