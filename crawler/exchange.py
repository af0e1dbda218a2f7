"""Hold one request and its response: what goes to the wire and what came back, byte for byte."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from crawler.body import EMPTY, Body
from crawler.model import ACCEPTED, Decision

__all__ = ["Admit", "Fetch", "Head", "Headers", "Request", "Response"]

Headers = tuple[tuple[str, str], ...]
"""Header lines in the order of the wire; bytes beyond ASCII as latin-1 (RFC 9110 section 5.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The status line and headers of an answer, before its body."""

    status: int
    headers: Headers = ()

    def header(self, name: str) -> str | None:
        """The first value of a header, by case-insensitive name."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def joined(self, name: str) -> str | None:
        """All values of a list header as one (RFC 9110 section 5.3), None if there is none."""
        values = self.values(name)
        return ", ".join(values) if values else None

    def values(self, name: str) -> tuple[str, ...]:
        """Every value of a header, in order."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)


Admit = Callable[[Head], Decision]


def admit_all(head: Head) -> Decision:  # noqa: ARG001 - the signature of Admit
    """Read every body."""
    return ACCEPTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask.

    Args:
        url: canonical.
        headers: beyond those that every request has.
        admit: decides after the headers whether the body is read; a refused one is cut.
        fields: of a form, to be posted; None: nothing is posted. Links never lead here, only the user's
            own configuration does.
        target: what the server is asked for where that is not `url`: the request of a seed that has a URL of its
            own (`crawler.asks`).
        content: what is posted to it; None: it is got.
    """

    url: str
    headers: Headers = ()
    admit: Admit = admit_all
    fields: tuple[tuple[str, str], ...] | None = field(default=None, repr=False)
    target: str = ""
    content: bytes | None = field(default=None, repr=False)

    @property
    def is_posted(self) -> bool:
        """Whether asking twice might do something twice."""
        return self.fields is not None or self.content is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came back.

    Args:
        url: what was asked for.
        head: status and headers.
        reason: of the status line; bytes beyond ASCII as latin-1.
        protocol: of the status line.
        wire: body after transfer decoding, content coding as sent.
        body: content-decoded; the same object as `wire` where there is no coding.
        request_line: method, target and version.
        request_headers: as sent, credentials masked.
        request_body: what a seed had posted.
        address: the peer's IP address, "" through a proxy.
        started_at: when the request began.
        ended_at: when the last byte came.
        latency_seconds: until the headers had come.
        refusal: the verdict of `Request.admit`; if it refused, both bodies are empty.
    """

    url: str
    head: Head
    reason: str = ""
    protocol: str = "HTTP/1.1"
    wire: Body = EMPTY
    body: Body = EMPTY
    request_line: str = ""
    request_headers: Headers = ()
    request_body: bytes = field(default=b"", repr=False)
    address: str = ""
    started_at: float = 0.0
    ended_at: float = 0.0
    latency_seconds: float = 0.0
    refusal: Decision = ACCEPTED

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.head.status

    def header(self, name: str) -> str | None:
        """The first value of a header, by case-insensitive name."""
        return self.head.header(name)


Fetch = Callable[[Request], Awaitable[Response]]
"""The seam to the web: the aiohttp client, a browser, or in tests a function over a dict.

Raises:
    SiteError: there is no response.
"""
