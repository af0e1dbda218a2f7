"""Hold what every worker of a shared crawl goes by; it lies on the server, passwords of the crawl included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.crew.spelling import read_value, spell
from crawler.errors import StorageError
from crawler.fetch.setcookie import Cookie
from crawler.options import CrawlOptions
from crawler.version import VERSION

__all__ = ["Terms", "read_terms", "spell_terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one run of a shared crawl is to be worked by.

    Args:
        options: of the crawl, without the URL of its frontier.
        facts: of the territory.
        cookies: to begin with.
        run: number of the run.
        run_name: which its segments bear.
        rereads: the options differ from those the stored pages were read with.
        ends_at: when its time is over, by the server's clock; None: it has no limit.
    """

    options: CrawlOptions
    facts: Mapping[str, Any] = field(repr=False)
    cookies: tuple[Cookie, ...] = field(default=(), repr=False)
    run: int
    run_name: str
    rereads: bool = False
    ends_at: float | None = None


def spell_terms(terms: Terms) -> str:
    """The terms as they lie on the server."""
    return spell(terms)


def read_terms(text: bytes) -> Terms:
    """The terms that lie on the server.

    Raises:
        StorageError: another version of this program wrote them.
    """
    try:
        return read_value(text, Terms)
    except ValueError:
        raise StorageError(
            f"the crawl was opened by another version than {VERSION}; install the same on all machines"
        ) from None
