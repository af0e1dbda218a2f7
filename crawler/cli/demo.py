"""`crawler demo`: a practice site on loopback, crawled and shown."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import click

from crawler.cli.jobs import run_job
from crawler.cli.logs import set_up_logs
from crawler.cli.quantities import COUNT, FOLDER
from crawler.cli.streams import tell
from crawler.cli.summary import print_summary, print_troubles
from crawler.crawl import CrawlJob
from crawler.errors import UsageError
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.practice.options import PracticeOptions
from crawler.practice.serving import PracticeSite, serve
from crawler.seeds import SeedList

__all__ = ["command"]

_PORT = 8613
_LOST = "wrecks/ghost"  # a page of the practice site that is linked and missing
_ENDLESS = PracticeOptions(mazes=True)


@click.command("demo")
@click.option(
    "-o", "--output", default="demo-output", type=FOLDER, metavar="FOLDER", help="Where to. [demo-output]"
)
@click.option("--port", type=COUNT, metavar="PORT", help=f"Of the practice site on 127.0.0.1. [{_PORT}]")
@click.option("--serve", "stays", is_flag=True, help="Keep the practice site up afterwards, to compare.")
def command(output: str, port: int | None, stays: bool) -> int:  # noqa: FBT001 - click passes by name
    """Crawl a practice site on this machine; needs no network.

    The site has rooms without end, and the crawl comes to its end all the same: see what is not taken.
    Afterwards it says where to look, and what to ask about what fails there on purpose.

    \b
    Example:
      crawler demo
      crawler demo --serve
    """
    set_up_logs("text", verbosity=0)
    place = Output(Path(output))
    place.prepare()
    with place.hold():
        return asyncio.run(_demo(place, port, stays=stays))


async def _demo(place: Output, port: int | None, *, stays: bool) -> int:
    async with _practice_site(port) as site:
        tell(f"A practice site is up at {site.url}; it is crawled into {place.folder}.")
        report, left_by = await run_job(CrawlJob(SeedList([site.url]), place, CrawlOptions()), "auto")
        print_summary(report, place.folder)
        print_troubles(report, place.folder)
        if not left_by:
            _print_ways_on(site, place)
            if stays:
                await _stay(site)
    return left_by or report.exit_code()


@asynccontextmanager
async def _practice_site(port: int | None) -> AsyncIterator[PracticeSite]:
    """The site on the port that was asked for; else on its usual one, or a free one if that is taken.

    Raises:
        UsageError: the port cannot be had.
    """
    async with AsyncExitStack() as stack:
        try:
            site = await stack.enter_async_context(
                serve(port=_PORT if port is None else port, options=_ENDLESS)
            )
        except (OSError, OverflowError) as error:
            if port is not None:
                why = getattr(error, "strerror", None) or error
                raise UsageError(f"port {port} cannot be had ({why}); choose another with --port") from None
            site = await stack.enter_async_context(serve(options=_ENDLESS))
        yield site


def _print_ways_on(site: PracticeSite, place: Output) -> None:
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    click.echo("\nBrowse the copy:")
    click.echo(f"  {opener} {place.index}")
    click.echo("Some of it fails on purpose; ask why:")
    click.echo(f"  {_ourselves()} why {site.url}{_LOST} -o {place.folder}")


def _ourselves() -> str:
    """How this command line is called here."""
    if shutil.which("crawler"):
        return "crawler"
    program = sys.argv[0]
    return program if Path(program).name == "crawler" else f"{sys.executable} -m crawler"


async def _stay(site: PracticeSite) -> None:
    left = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, left.set)
    tell(f"Compare it with {site.url} (Ctrl-C ends).")
    await left.wait()
