"""Hold what a crawl was asked to do, in small groups; each part of the engine gets only its own.

Every option stands here once, with its default; the command line, `crawler.toml` and `CRAWLER_*`
variables are read from these fields (`crawler.cli.settings`). Sizes are bytes, times seconds.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from crawler.auth import Auth, Login
from crawler.bounds import MOST_DELAY_SECONDS, at_least, at_most, positive
from crawler.errors import UsageError
from crawler.override import Override, check_refresh
from crawler.shared import SharedOptions

__all__ = [
    "MEDIA_CLASSES",
    "TRAP_RULES",
    "BudgetOptions",
    "CrawlOptions",
    "FetchOptions",
    "KeepOptions",
    "PoliteOptions",
    "ScopeKind",
    "ScopeOptions",
]

ScopeKind = Literal["page", "prefix", "host", "domain", "any"]
TRAP_RULES = (
    *("long-url", "deep-path", "repeated-segments", "calendar", "session-id", "query-variants"),
    *("duplicate-content", "canonical"),
)
"""What keeps a crawl out of sites without end, and repeats out of the list of pages (decision 12)."""
MEDIA_CLASSES = ("html", "css", "image", "font", "script", "document", "media", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeOptions:
    """Which links to follow.

    Args:
        scope: how far from the seeds.
        include: with any, a link must match one of these regular expressions.
        exclude: a link must match none of these.
        types: media classes a followed link may answer with; requisites may be of any.
        max_depth: links from the nearest seed, None: no limit.
        assets: fetch what a page needs to be shown.
        sitemaps: take the sitemaps that robots.txt names.
        traps_off: rules of `TRAP_RULES` that do not hold, or `all`.
    """

    scope: ScopeKind = "host"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    types: tuple[str, ...] = ("html", "css", "image", "font", "script", "document")
    max_depth: int | None = None
    assets: bool = True
    sitemaps: bool = True
    traps_off: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.scope not in get_args(ScopeKind):
            raise UsageError(
                f"scope {self.scope!r} is unknown; choose one of {', '.join(get_args(ScopeKind))}"
            )
        for name in ("include", "exclude"):
            for pattern in getattr(self, name):
                try:
                    re.compile(pattern)
                except re.error as error:
                    raise UsageError(f"{name} {pattern!r} is no regular expression: {error}") from None
        for name, choices in (("types", MEDIA_CLASSES), ("traps_off", TRAP_RULES)):
            if unknown := set(getattr(self, name)) - {*choices, "all"}:
                raise UsageError(
                    f"{name.replace('_', '-')}: {', '.join(sorted(unknown))} is unknown; "
                    f"choose from {', '.join(choices)} or all"
                )
        at_least(0, max_depth=self.max_depth)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetOptions:
    """When a run ends though there is more to do. Budgets count per run; None: no limit.

    Args:
        max_pages: HTML pages stored; exact.
        max_pages_per_host: the same for each host.
        max_bytes: body bytes received.
        max_time: seconds of one process of the run.
        max_wait: longest wait when nothing but hosts that are not yet due is left.
    """

    max_pages: int | None = None
    max_pages_per_host: int | None = None
    max_bytes: int | None = None
    max_time: float | None = None
    max_wait: float = 300.0

    def __post_init__(self) -> None:
        at_least(1, max_pages=self.max_pages, max_pages_per_host=self.max_pages_per_host)
        at_least(0, max_bytes=self.max_bytes, max_time=self.max_time, max_wait=self.max_wait)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoliteOptions:
    """How hosts are asked.

    Args:
        per_host: requests at once to a host that wants no delay (else one); None: 2, or `concurrency` for
            a host of your own.
        delay: least seconds from the end of an answer to the next request; None: one answer's
            latency but at least 0.25, and none for a host of your own.
        robots: obey or ignore robots.txt.
        max_crawl_delay: a longer `Crawl-delay` or `Retry-After` is cut to this.
        refresh_after: seconds until a new run asks for a page again, or `LEARNED`; None: every run does.
        refresh_paths: the same for paths, each a pattern with `*` (of path and query) and its seconds.
        overrides: what holds for some hosts instead.
    """

    per_host: int | None = None
    delay: float | None = None
    robots: Literal["obey", "ignore"] = "obey"
    max_crawl_delay: float = 300.0
    refresh_after: float | None = None
    refresh_paths: tuple[tuple[str, float], ...] = ()
    overrides: tuple[Override, ...] = ()

    def __post_init__(self) -> None:
        at_least(1, per_host=self.per_host)
        at_least(0, delay=self.delay, max_crawl_delay=self.max_crawl_delay)
        at_most(MOST_DELAY_SECONDS, "30d", delay=self.delay, max_crawl_delay=self.max_crawl_delay)
        check_refresh(self.refresh_after, self.refresh_paths)
        if self.robots not in {"obey", "ignore"}:
            raise UsageError(f"robots {self.robots!r} is unknown; choose obey or ignore")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    """How one request is made.

    Args:
        concurrency: requests at once, all hosts together.
        timeout: seconds for a whole answer.
        connect_timeout: seconds to get a connection.
        read_timeout: longest silence inside an answer.
        min_rate: bytes a second of a body, over any ten seconds; a slower answer is given up. 0: none is.
        retries: further tries of a URL whose failure may heal.
        max_body: decoded bytes of one answer; more is refused.
        max_redirects: redirects in a row.
        user_agent: sent with every request; None: this software's name.
        headers: sent with every request to a seed's origin.
        auth: who the user is, by origin.
        login: forms to be sent before the first page.
        cookies: file in Netscape's form with cookies to begin with.
        proxy: URL of the proxy of every request: http, https, socks5 or socks5h.
        ca: file with further trusted certificate authorities.
        insecure: hosts whose certificate is not checked.
        allow_private: hosts, addresses or networks on private addresses that may be reached.
    """

    concurrency: int = 32
    timeout: float = 60.0
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    min_rate: int = 100
    retries: int = 2
    max_body: int = 50_000_000
    max_redirects: int = 10
    user_agent: str | None = None
    headers: tuple[str, ...] = field(default=(), repr=False)
    auth: tuple[Auth, ...] = ()
    login: tuple[Login, ...] = ()
    cookies: str | None = None
    proxy: str | None = field(default=None, repr=False)
    ca: str | None = None
    insecure: tuple[str, ...] = ()
    allow_private: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        at_least(1, concurrency=self.concurrency, max_body=self.max_body)
        at_least(0, retries=self.retries, min_rate=self.min_rate, max_redirects=self.max_redirects)
        positive(timeout=self.timeout, connect_timeout=self.connect_timeout, read_timeout=self.read_timeout)
        for text in (*self.headers, self.user_agent or ""):
            if any(ord(character) < 32 or ord(character) == 127 for character in text):
                raise UsageError(f"header {text!r} has a control character; write it on one line")
        for header in self.headers:
            if not re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:.*", header):
                raise UsageError(f"header {header!r} is none; write it as 'Name: value'")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepOptions:
    """What is kept of the answers.

    Args:
        mirror: write the browsable copy.
        archive: write WARC segments; without, original pages lie compressed in crawl.db.
        segment_bytes: a WARC segment that has reached this size is followed by the next.
        rules: file of rules by which items are taken.
        keep_runs: runs whose history is kept, the last included; None: of all.
        keep_days: days for which the history of a run is kept; None: for ever.
        max_disk: bytes of the whole output, above which the oldest runs' history goes; None: no limit.
        min_free: bytes that the disk keeps free, or the crawl stops; None: a hundredth of it, at most 100 MB.
        log_bytes: a `crawl.log` that has reached this size is put away when the next run begins.
        keep_logs: how many that were put away are kept.
        render: which pages are read as a browser shows them, once their scripts have run.
        screenshots: keep a picture of those.
    """

    mirror: bool = True
    archive: bool = True
    segment_bytes: int = 1_000_000_000
    rules: str | None = None
    keep_runs: int | None = None
    keep_days: int | None = None
    max_disk: int | None = None
    min_free: int | None = None
    log_bytes: int = 10_000_000
    keep_logs: int = 9
    render: Literal["never", "auto", "always"] = "never"
    screenshots: bool = False

    def __post_init__(self) -> None:
        at_least(1, keep_runs=self.keep_runs, keep_days=self.keep_days, segment_bytes=self.segment_bytes)
        at_least(0, max_disk=self.max_disk, min_free=self.min_free, keep_logs=self.keep_logs)
        at_least(1, log_bytes=self.log_bytes)
        if self.render not in {"never", "auto", "always"}:
            raise UsageError(f"render {self.render!r} is unknown; choose never, auto or always")
        if self.render != "never" and not self.archive:
            raise UsageError("render needs the archive, where rendered pages lie; leave out --no-archive")
        if self.render == "never" and self.screenshots:
            raise UsageError("screenshots are taken of rendered pages; add --render auto or always")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    """Everything a crawl was asked to do.

    Args:
        scope: which links to follow.
        budget: when a run ends.
        polite: how hosts are asked.
        fetch: how one request is made.
        keep: what is kept.
        shared: where workers of many machines share it.
        fresh: forget queue and validators, never what is stored.
        processes: that crawl at once; `auto`: one more whenever the processor holds up those there are.
    """

    scope: ScopeOptions = field(default_factory=ScopeOptions)
    budget: BudgetOptions = field(default_factory=BudgetOptions)
    polite: PoliteOptions = field(default_factory=PoliteOptions)
    fetch: FetchOptions = field(default_factory=FetchOptions)
    keep: KeepOptions = field(default_factory=KeepOptions)
    shared: SharedOptions = field(default_factory=SharedOptions)
    fresh: bool = False
    processes: int | Literal["auto"] = 1

    def __post_init__(self) -> None:
        at_least(1, processes=None if self.processes == "auto" else self.processes)
        if self.keep.render != "never" and not self.scope.assets:
            raise UsageError("render needs what pages need to be shown; leave out --no-assets")

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> CrawlOptions:
        """Build from flat names, e.g. `{"max_pages": 10, "scope": "host"}`.

        Raises:
            UsageError: a name is unknown or a value cannot be obeyed.
        """
        left = dict(values)
        groups: dict[str, Any] = {name: left.pop(name) for name in {"fresh", "processes"} & left.keys()}
        for group in ("scope", "budget", "polite", "fetch", "keep", "shared"):
            make = cls.__dataclass_fields__[group].default_factory
            names = {each.name for each in dataclasses.fields(make)}  # type: ignore[arg-type]
            groups[group] = make(**{name: left.pop(name) for name in names & left.keys()})  # type: ignore[operator]
        if left:
            raise UsageError(f"unknown option {', '.join(sorted(left))}; see crawler crawl --help")
        return cls(**groups)

    def as_json(self) -> str:
        """What the run's record keeps: every option that decides about URLs, no credentials."""
        kept = {
            **dataclasses.asdict(self.scope),
            "robots": self.polite.robots,
            "user_agent": self.fetch.user_agent,
            "max_body": self.fetch.max_body,
            "max_redirects": self.fetch.max_redirects,
            "mirror": self.keep.mirror,
            **({} if self.keep.render == "never" else {"render": self.keep.render}),
        }
        if robots := {each.hosts: each.robots for each in self.polite.overrides if each.robots is not None}:
            kept["robots_of"] = robots
        return json.dumps(kept, sort_keys=True)
