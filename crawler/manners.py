"""Find what holds for a host: the options of the run, and what was said of some hosts in particular.

Of the tables that fit a host, the most specific one that says something of an option decides about that
option: `example.org:8080`, then `example.org`, then `*.example.org` before `*.org`, and of two alike the one
that names the port.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from crawler.options import PoliteOptions
from crawler.override import Override
from crawler.tempo import MOST_DELAY_SECONDS

__all__ = ["Manners", "Overrides", "longest_rest_seconds"]

# What `Override` shares with `PoliteOptions`.
_SHARED = ("delay", "per_host", "robots", "max_crawl_delay")
_SAID = tuple(each.name for each in dataclasses.fields(Override) if each.name != "hosts")


class Overrides:
    """What was said of some hosts, ready to be asked."""

    def __init__(self, overrides: Iterable[Override] = ()) -> None:
        self._by_hosts = {each.hosts: each for each in overrides}
        self.limits_pages = any(each.max_pages is not None for each in self._by_hosts.values())

    def of(self, host: str) -> Override | None:
        """All that was said of a host, in one; None: nothing.

        Args:
            host: `crawler.urls.host_key` of a URL.
        """
        if not self._by_hosts:
            return None
        said: dict[str, float | int | str] = {}
        for hosts in _names(host):
            if (override := self._by_hosts.get(hosts)) is not None:
                told = {name: value for name in _SAID if (value := getattr(override, name)) is not None}
                said = told | said
        return Override(hosts=host, **said) if said else None  # type: ignore[arg-type]

    def delay_of(self, host: str, otherwise: float) -> float:
        """The delay that was said of a host; `otherwise` if none was."""
        override = self.of(host)
        return otherwise if override is None or override.delay is None else override.delay

    def max_pages_of(self, host: str, otherwise: int | None) -> int | None:
        """How many pages of a host are to be stored; `otherwise` if nothing was said."""
        override = self.of(host)
        return otherwise if override is None or override.max_pages is None else override.max_pages


class Manners:
    """How each host is to be asked."""

    def __init__(self, options: PoliteOptions) -> None:
        self._options = dataclasses.replace(options, overrides=())
        self._overrides = Overrides(options.overrides)

    def of(self, host: str) -> PoliteOptions:
        """The options for a host, given as `crawler.urls.host_key`."""
        override = self._overrides.of(host)
        if override is None:
            return self._options
        said = {name: value for name in _SHARED if (value := getattr(override, name)) is not None}
        return dataclasses.replace(self._options, **said)


def _names(host: str) -> Iterator[str]:
    """Every way to name a host in an override, the most specific first."""
    name, colon, port = host, "", ""
    if not host.endswith("]"):
        name, colon, port = host.partition(":") if host[0] != "[" else host.rpartition(":")
    yield host
    if colon:
        yield name
    while name:
        if colon:
            yield f"*.{name}:{port}"
        yield f"*.{name}"
        name = name.partition(".")[2]


def longest_rest_seconds(options: PoliteOptions) -> float:
    """The longest that any host may be left alone for: by a delay, a `Crawl-delay`, a `Retry-After` or its trouble."""
    told: tuple[PoliteOptions | Override, ...] = (options, *options.overrides)
    return max(
        MOST_DELAY_SECONDS, *(each or 0.0 for said in told for each in (said.delay, said.max_crawl_delay))
    )
