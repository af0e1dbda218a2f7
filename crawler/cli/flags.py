"""List the options of `crawler crawl`, in the sections that its help shows.

Those of the first four sections have the name of their field in `CrawlOptions`, and no default of their
own: what is not given is not passed on, so the defaults stand in one place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, get_args

import click

from crawler.cli.quantities import COUNT, DURATION, FOLDER, INTERVAL, PERCENT, SIZE
from crawler.cli.settings import load_settings
from crawler.options import MEDIA_CLASSES, TRAP_RULES, ScopeKind

__all__ = ["SECTIONS", "Sectioned", "crawl_flags", "plan_flags"]


def option(*names: str, **terms: Any) -> click.Option:
    """An option that may also stand in the environment, as CRAWLER_ and its name."""
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    variable = "CRAWLER_" + long.removeprefix("--").replace("-", "_").upper()
    return click.Option(names, envvar=variable, **terms)


def _switch(names: str, text: str) -> click.Option:
    return option(names, default=None, help=text)


SECTIONS: Mapping[str, Sequence[click.Option]] = {
    "What to follow": (
        option("--scope", type=click.Choice(get_args(ScopeKind)), help="How far links are followed. [host]"),
        option(
            "--include", multiple=True, metavar="REGEX", help="Follow only links that match one of these."
        ),
        option("--exclude", multiple=True, metavar="REGEX", help="Fetch nothing that matches one of these."),
        option(
            "--types",
            metavar="CLASS,...",
            help=f"What followed links may answer with: {', '.join(MEDIA_CLASSES)}, or all. "
            "[all but media, other]",
        ),
        option("--max-depth", type=COUNT, help="Links from the nearest seed."),
        option(
            "--traps-off",
            metavar="RULE,...",
            help=f"Switch off rules against endless sites: {', '.join(TRAP_RULES)}, or all. [none]",
        ),
        _switch("--sitemaps/--no-sitemaps", "Take sitemaps that robots.txt names. [yes]"),
        _switch("--assets/--no-assets", "Fetch images, styles, scripts of pages. [yes]"),
    ),
    "When to end": (
        option("--max-pages", type=COUNT, help="HTML pages to store in this run; exact."),
        option("--max-pages-per-host", type=COUNT, help="The same for each host."),
        option("--max-bytes", type=SIZE, help="Body bytes to receive in this run."),
        option("--max-time", type=DURATION, help="How long the run may take, e.g. 1h."),
        option("--max-wait", type=DURATION, help="Longest wait for hosts that are not yet due. [5m]"),
    ),
    "How to ask": (
        option("--concurrency", type=COUNT, help="Requests at once, all hosts together. [32]"),
        option(
            "--per-host",
            type=COUNT,
            help="Requests at once to a host without delay. [2; your own: concurrency]",
        ),
        option(
            "--delay", type=DURATION, help="Least pause after an answer of a host. [0.25s; your own: none]"
        ),
        option(
            "--refresh-after",
            type=INTERVAL,
            help="Ask for a page again only after so long; auto: learn it of each page. [every run]",
        ),
        option(
            "--robots", type=click.Choice(["obey", "ignore"]), help="Whether robots.txt is kept to. [obey]"
        ),
        option("--user-agent", metavar="TEXT", help="Our name; robots.txt is matched by its first word."),
        option("--header", multiple=True, metavar="'K: V'", help="Sent to the seeds' origins."),
        option(
            "--auth",
            multiple=True,
            metavar="USER:PASS@HOST",
            help="Basic authentication, over https; to send it in the clear write @http://HOST.",
        ),
        option("--cookies", metavar="FILE", help="Cookies to begin with (cookies.txt)."),
        option("--max-body", type=SIZE, help="Largest answer. [50MB]"),
        option("--max-redirects", type=COUNT, help="Redirects in a row. [10]"),
        option("--retries", type=COUNT, help="Further tries of what may heal. [2]"),
        option("--timeout", type=DURATION, help="For a whole answer. [60s]"),
        option("--connect-timeout", type=DURATION, help="To get a connection. [10s]"),
        option("--read-timeout", type=DURATION, help="Longest silence inside an answer. [30s]"),
        option("--min-rate", type=SIZE, help="Bytes a second below which an answer is given up. [100]"),
        option(
            "--proxy",
            metavar="URL",
            help="http://, https://, socks5:// or socks5h:// proxy of every request.",
        ),
        option("--ca", metavar="FILE", help="Further certificate authorities (PEM)."),
        option("--insecure", multiple=True, metavar="HOST", help="Do not check this host's certificate."),
        option("--allow-private", multiple=True, metavar="HOST|CIDR", help="Open a private host or network."),
    ),
    "What to keep": (
        _switch("--mirror/--no-mirror", "Write the browsable copy. [yes]"),
        _switch("--archive/--no-archive", "Write WARC segments. [yes]"),
        option(
            "--render",
            type=click.Choice(["never", "auto", "always"]),
            help="Read pages once their scripts have run in Chromium; auto: those that need it. [never]",
        ),
        _switch("--screenshots/--no-screenshots", "Keep pictures of rendered pages. [no]"),
        option("--rules", metavar="FILE", help="Take items by these rules into items/RUN.jsonl (TOML)."),
        option("--keep-runs", type=COUNT, help="Keep the history of so many runs, the last included. [all]"),
        option("--keep-days", type=COUNT, help="Keep the history of runs for so many days. [for ever]"),
        option(
            "--max-disk", type=SIZE, help="Above this size of the output the oldest history goes. [no limit]"
        ),
        option(
            "--min-free",
            type=SIZE,
            help="Stop when the disk has less than this left. [1% of it, at most 100MB]",
        ),
        option(
            "--fresh", is_flag=True, default=None, help="Forget queue and validators, keep what is stored."
        ),
    ),
    "With other machines": (
        option(
            "--frontier",
            metavar="URL",
            help="Keep the queue on a server, redis://HOST/0 or rediss://, for `crawler work`. [here]",
        ),
        option("--lease", type=DURATION, help="How long a URL stays with a silent worker. [2m]"),
        option("--patience", type=DURATION, help="How long to wait for a server that is away. [2m]"),
    ),
    "This run": (
        option(
            "-o",
            "--output",
            default="output",
            type=FOLDER,
            metavar="FOLDER",
            help="Where everything goes. [output]",
        ),
        option(
            "--config",
            metavar="FILE",
            is_eager=True,
            expose_value=False,
            callback=lambda context, _, value: load_settings(context, value),
            help="Options from a file. [crawler.toml here]",
        ),
        option(
            "--processes",
            metavar="N|auto",
            help="That crawl at once; auto: one, and another whenever the processor holds them up. [1]",
        ),
        option("--skip-bad-seeds", is_flag=True, help="Pass over lines that are no URL."),
        option(
            "--fail-over",
            type=PERCENT,
            help="Exit with 3 only if more of the tried URLs failed. [any seed]",
        ),
        option(
            "--notify",
            multiple=True,
            metavar="URL",
            help="Tell this webhook, mail or chat if something changed or went wrong. Again for more.",
        ),
        option(
            "--lock",
            type=click.Choice(["skip", "wait"]),
            default="skip",
            help="When another run holds the output: exit with 75, or wait for it. [skip]",
        ),
        option(
            "--progress",
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            help="Live on a terminal, a plain line now and then elsewhere. [auto]",
        ),
        option(
            "--log-format", type=click.Choice(["text", "json"]), default="text", help="Of warnings. [text]"
        ),
        option("-q", "--quiet", is_flag=True, help="Say nothing unless something is wrong."),
        option("-v", "--verbose", count=True, help="Say more; twice: everything."),
    ),
}
"""Title and options."""

_TELLING = ("What to follow", "When to end", "How to ask")


def crawl_flags() -> list[click.Parameter]:
    """All of them."""
    return [each for section in SECTIONS.values() for each in section]


def plan_flags() -> list[click.Parameter]:
    """The same for `crawler plan`: those that change nothing there are taken all the same, but not shown."""
    shown = {each for title in _TELLING for each in SECTIONS[title]}
    flags: list[click.Parameter] = []
    for section in SECTIONS.values():
        for each in section:
            flag = copy(each)
            flag.hidden = each not in shown and each.name not in {"output", "config", "skip_bad_seeds"}
            flags.append(flag)
    return flags


class Sectioned(click.Command):
    """A command whose help shows its options under the titles of `SECTIONS`."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list a section."""
        titles = {each.name: title for title, section in SECTIONS.items() for each in section}
        shown: dict[str, list[tuple[str, str]]] = {title: [] for title in (*SECTIONS, "Besides")}
        for each in self.get_params(ctx):
            if row := each.get_help_record(ctx):
                shown[titles.get(each.name, "Besides")].append(row)
        for title, rows in shown.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
