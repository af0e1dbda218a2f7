"""Hold what a page asks for while it is rendered, what it is given, and what is seen in the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from crawler.body import Body
from crawler.exchange import Headers

__all__ = ["Browser", "Provide", "Sight", "Supply", "Wanted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One request of a page.

    Args:
        url: as the browser has it.
        method: of HTTP.
        kind: what it is for, in the words of Playwright: `script`, `stylesheet`, `image`, `fetch`, `document`, ...
        accept: the header of that name; "": there is none.
        origin: the same of `Origin`, which servers of other sites answer to.
    """

    url: str
    method: str = "GET"
    kind: str = "other"
    accept: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What a request gets.

    Args:
        status: of HTTP.
        headers: as they were sent.
        body: content-decoded.
    """

    status: int = 200
    headers: Headers = ()
    body: Body = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A page once its scripts have run.

    Args:
        text: the document.
        shot: a picture, PNG; b"": none was taken.
        led_to: where scripts wanted to lead the whole page; they were not let.
        remark: why it may not be all, one line; "": it came to rest.
    """

    text: str
    shot: bytes = b""
    led_to: tuple[str, ...] = ()
    remark: str = ""


Provide = Callable[[Wanted], Awaitable[Supply | None]]
"""Answers the requests of one page; None: it does not get that. Never raises for what a site does."""


class Browser(Protocol):
    """What renders. Used as an async context manager."""

    async def __aenter__(self) -> Self:
        """Begin.

        Raises:
            UsageError: there is no browser that could be started.
        """
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        ...

    async def see(self, url: str, page: Supply, provide: Provide, *, shoots: bool) -> Sight:
        """Render one page.

        Args:
            url: of the page.
            page: its answer.
            provide: answers everything that it asks for.
            shoots: take a picture, too.

        Raises:
            RenderError: it cannot be rendered.
        """
        ...
