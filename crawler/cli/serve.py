"""`crawler serve`: browse the dump, watch the crawl, JSON API."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click

from crawler.cli.logs import set_up_logs
from crawler.cli.quantities import COUNT, FOLDER
from crawler.cli.streams import tell
from crawler.errors import UsageError
from crawler.notifying import check_targets
from crawler.output import Output
from crawler.serve.application import make_app
from crawler.serve.listening import listening
from crawler.serve.settings import ServeSettings

__all__ = ["command"]

_MAX_TOKEN_BYTES = 4096
_LEAVES = (signal.SIGINT, signal.SIGTERM)


@click.command("serve")
@click.argument("output", default="output", type=FOLDER)
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Where to listen. [127.0.0.1]")
@click.option("--port", default=8080, type=COUNT, metavar="PORT", help="0 takes a free one. [8080]")
@click.option(
    "--token-file",
    metavar="FILE",
    help="Its first line is the token to be brought; needed beyond loopback.",
)
@click.option("--allow-private", is_flag=True, help="Take seeds on private addresses, also beyond loopback.")
@click.option(
    "--archive-name",
    metavar="NAME",
    help="Host name at which archived pages are shown. [archive.localhost; beyond loopback the same as ours]",
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Pages of this origin may use the API with a token (CORS). May be repeated.",
)
@click.option(
    "--notify",
    "targets",
    multiple=True,
    metavar="URL",
    envvar="CRAWLER_NOTIFY",
    help="Tell this webhook, mail or chat of the end of every crawl that was started here. Again for more.",
)
@click.option(
    "--frontier",
    metavar="URL",
    envvar="CRAWLER_FRONTIER",
    help="Show the workers of this shared crawl, too; its folders are gathered into OUTPUT.",
)
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", help="Of the log on stderr."
)
@click.option("-q", "--quiet", is_flag=True, help="Errors alone.")
@click.option("-v", "--verbose", count=True, help="A line for every request.")
def command(  # noqa: PLR0917 - click passes by name
    output: str,
    host: str,
    port: int,
    token_file: str | None,
    allow_private: bool,  # noqa: FBT001
    archive_name: str | None,
    origins: tuple[str, ...],
    targets: tuple[str, ...],
    frontier: str | None,
    log_format: str,
    quiet: bool,  # noqa: FBT001
    verbose: int,
) -> int:
    """Browse the dump, watch the crawl, JSON API.

    Everything is at one address: pages for people at /, the API at /api (/openapi.json describes it), /healthz,
    /readyz and /metrics for machines. On loopback no token is needed; elsewhere one must be given.

    \b
    Example:
      crawler serve output
      crawler serve output --port 0 -v
      crawler serve output --host 0.0.0.0 --token-file token
      crawler serve output --notify https://example.org/hook
    """
    check_targets(targets)
    set_up_logs(log_format, verbosity=-1 if quiet else verbose)
    settings = ServeSettings(
        host=host,
        port=port,
        token=None if token_file is None else _token(Path(token_file)),
        allow_private=allow_private,
        archive_name=archive_name,
        allow_origins=origins,
        notify=targets,
        frontier=frontier or None,
    )
    place = Output(Path(output))
    if place.folder.exists():
        place.prepare()
    return asyncio.run(_serve(place, settings, (lambda _: None) if quiet else tell))


async def _serve(place: Output, settings: ServeSettings, say: Callable[[str], None]) -> int:
    loop = asyncio.get_running_loop()
    left = asyncio.Event()
    with ExitStack() as stack:
        for number in _LEAVES:
            loop.add_signal_handler(number, left.set)
            stack.callback(loop.remove_signal_handler, number)
        async with listening(make_app(place, settings)) as url:
            say(f"crawler: {place.folder} is served at {url} (Ctrl-C ends)")
            if settings.shows_archive_at is None:
                say(
                    "crawler: note: archived pages are shown under the same host name, in a sandbox;"
                    " --archive-name gives them one of their own"
                )
            await left.wait()
            say("crawler: stopping; a crawl that runs is ended in good order and can be continued")
    return 0


def _token(path: Path) -> str:
    """The token in a file.

    Raises:
        UsageError: it cannot be read, or holds none.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_TOKEN_BYTES).decode("ascii")
    except OSError as error:
        raise UsageError(f"token file {path}: {error.strerror}; name a file that can be read") from None
    except UnicodeDecodeError:
        raise UsageError(f"token file {path} is no text; make one with: openssl rand -hex 32") from None
    lines = text.split("\n")
    return lines[0].strip()
