"""Hold one crawl that was asked of the server, and read the request that asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crawler.clock import iso_utc
from crawler.errors import PermanentError, UsageError
from crawler.fetch.guard import AddressGuard
from crawler.login import login_url
from crawler.options import CrawlOptions
from crawler.seeds import read_seed
from crawler.wording import read_options

__all__ = ["FIRST_SEEDS", "MOST_SEEDS", "Booking", "BookingState", "Wish", "read_changes", "read_wish"]

MOST_SEEDS = 10_000
FIRST_SEEDS = 10
"""So many seeds of a crawl are shown where many crawls are, or again and again."""
_MAX_URL_CHARS = 4000
_SEEDS = "seeds"
# They name files of this machine, and who asks us for a crawl is not to read those.
_FILES = frozenset({"cookies", "ca", "rules"})
_ALONE = frozenset(
    {
        "config",
        "fail_over",
        "frontier",
        "lease",
        "lock",
        "log_format",
        "notify",
        "output",
        "patience",
        "progress",
        "quiet",
        "skip_bad_seeds",
        "verbose",
    }
)
_FIXED = frozenset({"fresh", "processes", "mirror", "archive", "segment_bytes"})
_SECRET = frozenset({"auth", "login", "header", "headers", "proxy"})


class BookingState(StrEnum):
    """Where a crawl that was asked for stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """It will not change any more."""
        return self in {BookingState.FINISHED, BookingState.STOPPED, BookingState.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a crawl is to do, as it was written and as it was read.

    Args:
        seeds: URLs; none: those of the last run.
        values: options by the names of crawler.toml; they may hold passwords.
        options: the same, read.
    """

    seeds: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    options: CrawlOptions = field(default_factory=CrawlOptions, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A crawl that was asked for.

    Args:
        name: by which it is asked about.
        wish: what it is to do.
        created_at: when it was asked for.
        state: where it stands.
        phase: what its process is doing, one word; "": there is none.
        started_at: when it began; None: it has not.
        ended_at: when it was over; None: it is not.
        outcome: how its run ended: `finished`, a budget, ...
        run: the name of its run, once that has ended.
        detail: what went wrong, or what it waits for, in one line.
    """

    name: str
    wish: Wish
    created_at: float
    state: BookingState = BookingState.QUEUED
    phase: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    outcome: str = ""
    run: str = ""
    detail: str = ""

    def values(self, most_seeds: int = FIRST_SEEDS) -> dict[str, Any]:
        """What the API shows of it; of what may be a secret, that it was given.

        Args:
            most_seeds: so many of its seeds, the first ones.
        """
        shown = {name: "***" if name in _SECRET else value for name, value in self.wish.values.items()}
        return {
            "id": self.name,
            "state": self.state.value,
            "phase": self.phase,
            "seeds": [_without_password(seed) for seed in self.wish.seeds[:most_seeds]],
            "seed_count": len(self.wish.seeds),
            "options": shown,
            "created_at": iso_utc(self.created_at),
            "started_at": None if self.started_at is None else iso_utc(self.started_at),
            "ended_at": None if self.ended_at is None else iso_utc(self.ended_at),
            "outcome": self.outcome or None,
            "run": self.run or None,
            "detail": self.detail or None,
        }


def read_wish(values: Mapping[str, Any], *, opens_private: bool) -> Wish:
    """The crawl that a JSON object asks for.

    Args:
        values: `seeds`, and options by the names of crawler.toml.
        opens_private: seeds on private addresses are taken.

    Raises:
        UsageError: it cannot be obeyed.
    """
    left = dict(values)
    seeds = left.pop(_SEEDS, None)
    if not isinstance(seeds, list) or not seeds or len(seeds) > MOST_SEEDS:
        raise UsageError(f"seeds must be a list of 1 to {MOST_SEEDS} URLs")
    for number, seed in enumerate(seeds, 1):
        _check_seed(number, seed, opens_private=opens_private)
    return Wish(seeds=tuple(seeds), values=left, options=_read(left, opens_private=opens_private))


def read_changes(wish: Wish, changes: Mapping[str, Any], *, opens_private: bool) -> Wish:
    """The same crawl with some options changed.

    Raises:
        UsageError: they cannot be obeyed, or not while it runs.
    """
    if not changes:
        raise UsageError("nothing is to change; name an option, e.g. delay")
    if fixed := sorted(({_SEEDS} | _FIXED) & changes.keys()):
        raise UsageError(f"{fixed[0]} cannot change while a crawl runs; stop it and ask for another")
    values = {**wish.values, **changes}
    return Wish(seeds=wish.seeds, values=values, options=_read(values, opens_private=opens_private))


def _check_seed(number: int, seed: Any, *, opens_private: bool) -> None:
    if (
        not isinstance(seed, str)
        or len(seed) > _MAX_URL_CHARS
        or "\n" in seed
        or "\r" in seed
        or seed.lstrip().startswith("{")
    ):
        raise UsageError(f"seed {number} is no URL; write for example https://example.org/")
    read = read_seed(seed)
    if read is None:
        raise UsageError(f"seed {number} is no http(s) URL; write for example https://example.org/")
    if not opens_private:
        _refuse_private(f"seed {number}", read.url)


def _refuse_private(what: str, url: str) -> None:
    """Refuse a host that says itself that it is private; what names stand for is checked when it is connected to."""
    try:
        AddressGuard().check_url(url)
    except PermanentError:
        raise UsageError(
            f"{what} is on a private address or port, which nobody may ask for here; serve with --allow-private"
        ) from None


def _read(values: Mapping[str, Any], *, opens_private: bool) -> CrawlOptions:
    if named := sorted(_FILES & values.keys()):
        raise UsageError(f"{named[0]} names a file of the server; it can be given on the command line alone")
    if named := sorted(_ALONE & values.keys()):
        raise UsageError(f"{named[0]} is an option of the command line alone; leave it out")
    options = read_options(values)
    if opens_private:
        return options
    if options.fetch.allow_private:
        raise UsageError("allow_private opens nothing here; serve with --allow-private")
    if options.fetch.proxy is not None:
        raise UsageError("proxy can be given on the command line alone")
    for number, login in enumerate(options.fetch.login, 1):
        _refuse_private(f"login {number}", login_url(login))
    return options


def _without_password(seed: str) -> str:
    """A seed as it may be shown."""
    before, at, behind = seed.partition("@")
    scheme, slashes, _ = before.partition("//")
    if at and "/" not in before.removeprefix(f"{scheme}{slashes}"):
        return f"{scheme}{slashes}{behind}" if slashes else behind
    return seed
