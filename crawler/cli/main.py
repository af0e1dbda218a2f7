"""Start the command line: find the command, run it, turn every failure into one line and an exit code."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence

import click

from crawler.cli.lines import printable
from crawler.cli.streams import flush_errors, open_missing, silence, tell
from crawler.cli.veil import unveiled
from crawler.errors import CrawlerError
from crawler.garbage import collect_seldom
from crawler.version import PROJECT_URL, VERSION

__all__ = ["COMMANDS", "cli", "main", "run"]

_FIRST_LINE = "crawler crawl https://example.org/"
_TRACEBACK = "CRAWLER_TRACEBACK"

COMMANDS = {
    "changes": ("crawler.cli.changes", "Tell what changed between two runs."),
    "crawl": ("crawler.cli.crawl", "Fetch seeds and what they lead to into an output folder."),
    "demo": ("crawler.cli.demo", "Crawl a practice site on this machine; needs no network."),
    "export": ("crawler.cli.export", "Write what was crawled in another form."),
    "extract": ("crawler.cli.extract", "Take items of what is stored, by rules, without the network."),
    "gather": ("crawler.cli.gather", "Join the folders of crawls or workers into one output."),
    "plan": ("crawler.cli.plan", "Tell what a crawl would take, without crawling."),
    "serve": ("crawler.cli.serve", "Browse the dump, watch the crawl, JSON API."),
    "steer": ("crawler.cli.steer", "Pause, resume or stop a shared crawl."),
    "status": ("crawler.cli.status", "Show counts, hosts and the last runs."),
    "verify": ("crawler.cli.verify", "Find out whether the copy is whole."),
    "work": ("crawler.cli.work", "Be one more worker of a shared crawl."),
    "why": ("crawler.cli.why", "Tell how a URL was reached and what became of it."),
}


class _LazyGroup(click.Group):
    """Imports a command when it is called, so that `--help` costs nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Every command's name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in sorted(COMMANDS.items())])


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="crawler", message="%(prog)s %(version)s")
def cli() -> None:
    """Keep an offline, browsable, archived copy of web sites.

    \b
    Example:
      crawler crawl https://example.org/ -o output
      crawler status output
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit the process with the code of the contract."""
    collect_seldom()
    open_missing()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter gets its escape, not a failure.
            stream.reconfigure(errors="backslashreplace")
    if arguments is None:
        try:
            arguments = unveiled(sys.argv[1:])
        except CrawlerError as error:
            sys.exit(_fail(str(error), error.exit_code))
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """The exit code of one command line; messages go to stderr, one line each."""
    code = _run(arguments)
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _unwritten(error) or code
    flush_errors()
    return code


def _run(arguments: Sequence[str] | None) -> int:
    try:
        result = cli.main(args=arguments, prog_name="crawler", standalone_mode=False)
    except click.exceptions.Exit as finished:
        return finished.exit_code
    except click.Abort:
        return 130
    except click.ClickException as error:
        return _fail(_usage_line(error), 2)
    except CrawlerError as error:
        return _fail(str(error), error.exit_code)
    except SystemExit as left:
        # `crawler export | head`: nobody reads on, which is no failure, but click leaves with 1.
        return 0 if left.code == 1 else int(left.code or 0)
    except OSError as error:
        return _unwritten(error)
    except Exception as error:
        if os.environ.get(_TRACEBACK):
            raise
        return _fail(_fault_line(error), 1)
    return result if isinstance(result, int) else 0


def _unwritten(error: OSError) -> int:
    # What is still buffered must not fail a second time when the interpreter ends.
    silence(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return 0
    place = error.filename or "standard output"
    return _fail(f"{place}: {error.strerror or error}; make room or clear the way, then run it again", 1)


def _usage_line(error: click.ClickException) -> str:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return f"no command; try '{_FIRST_LINE}', 'crawler demo' or 'crawler --help'"
    line = error.format_message().rstrip()
    line += "" if line.endswith((".", ")")) else "."
    context = getattr(error, "ctx", None)
    return f"{line} Try '{context.command_path} --help'." if context else line


def _fault_line(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    advice = f"run it again; if it stays, set {_TRACEBACK}=1 and report what is shown at {PROJECT_URL}"
    return f"internal fault: {type(error).__name__}: {error}; {advice}"


def _fail(line: str, code: int) -> int:
    tell(f"crawler: {printable(' '.join(line.split()))}")
    return code
