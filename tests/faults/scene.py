"""Hold one fault: what a server does on the wire, and what must become of the URLs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.servers import Line, Talk, reply

__all__ = [
    "NOT_FOUND",
    "OK",
    "QUICK",
    "End",
    "Scene",
    "absent",
    "failed",
    "html",
    "moved",
    "refused",
    "says",
    "scene",
    "serves",
    "stored",
]

QUICK: Mapping[str, Any] = {"timeout": 0.9, "read_timeout": 0.4, "connect_timeout": 0.4}
"""Options of the scenes whose point is a wait."""


def html(body: bytes | str, *headers: str, status: str = "200 OK") -> bytes:
    """A whole HTML answer."""
    body = body if isinstance(body, bytes) else body.encode()
    headers = headers if any("content-type" in each.lower() for each in headers) else (*headers, _HTML)
    return reply(*headers, f"Content-Length: {len(body)}", body=body, status=status)


_HTML = "Content-Type: text/html"
OK = html("ok")
NOT_FOUND = html("nothing here", status="404 Not Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What must become of a URL.

    Args:
        state: as `export` says it; None: the crawl knows nothing of it.
        reason: how it begins; `{site}` stands for host and port of the server.
        status: of the last attempt.
        asked: how often it is asked for.
        body: what is stored, decoded; None: nothing.
        rests: seconds of the crawl's clock between the first answer and the next question, from and to.
    """

    state: str | None = "done"
    reason: str = ""
    status: int | None = None
    asked: int = 1
    body: bytes | None = None
    rests: tuple[float, float] | None = None


def stored(body: bytes, *, asked: int = 1, status: int = 200, **terms: Any) -> End:
    """A good copy of these bytes."""
    return End(body=body, status=status, asked=asked, **terms)


def failed(reason: str, *, asked: int = 1, status: int | None = None, **terms: Any) -> End:
    """Failed, for a reason that begins so."""
    return End(state="failed", reason=reason, status=status, asked=asked, **terms)


def moved(to: str, *, asked: int = 1, status: int = 301, **terms: Any) -> End:
    """A redirect that leads to `to`."""
    return End(reason=f"redirect to {to}", status=status, asked=asked, **terms)


def refused(reason: str, *, asked: int = 0, status: int | None = None) -> End:
    """A rule said no."""
    return End(state="excluded", reason=reason, asked=asked, status=status)


def absent() -> End:
    """Never heard of, never asked for."""
    return End(state=None, asked=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One fault.

    Args:
        row: of docs/faults.md.
        name: of the case, short.
        plays: what the server does with a connection.
        ends: path (or URL) to what must become of it.
        options: of the crawl, beyond `retries = 1` and `robots = ignore`.
        seeds: paths; URLs may stand for themselves.
        listens: `no`: the port is closed; `deaf`: it takes no connection.
        tls: name of a server certificate in `tests.faults.certificates`; None: plain HTTP.
        scheme: of the seeds; None: as the server speaks.
        alone: heavy enough to be judged in a process of its own.
        most_asked: requests in all, whatever the URL.
        wrong_yet: why it does not end so yet.
        takes_minutes: of the crawl's clock; played only where the clock can be put forward.
    """

    row: int
    name: str
    plays: Talk
    ends: Mapping[str, End]
    options: Mapping[str, Any] = field(default_factory=dict)
    seeds: tuple[str, ...] = ("/",)
    listens: Literal["yes", "no", "deaf"] = "yes"
    tls: str | None = None
    scheme: str | None = None
    alone: bool = False
    most_asked: int | None = None
    wrong_yet: str = ""
    takes_minutes: bool = False

    @property
    def id(self) -> str:
        """How tests and docs/faults.md call it."""
        return f"{self.row}-{self.name}"


def scene(row: int, name: str, plays: Talk | bytes, ends: End | Mapping[str, End], **terms: Any) -> Scene:
    """A scene; bytes are said to whoever asks, one end is that of the one seed."""
    return Scene(
        row=row,
        name=name,
        plays=says(plays) if isinstance(plays, bytes) else plays,
        ends={"/": ends} if isinstance(ends, End) else ends,
        **terms,
    )


def says(*answers: bytes) -> Talk:
    """The n-th request gets the n-th answer, the last for all further; then the connection is closed."""

    async def talk(line: Line) -> None:
        if await line.hear():
            await line.say(answers[min(len(line.site.requests), len(answers)) - 1])

    return talk


def serves(pages: Mapping[str, bytes | list[bytes]], otherwise: bytes = OK) -> Talk:
    """Answers by target, request after request; of a list the n-th, the last for all further."""

    async def talk(line: Line) -> None:
        while request := await line.hear():
            target = request.split(b" ")[1].decode("latin-1")
            answer = pages.get(target, otherwise)
            if isinstance(answer, list):
                asked = sum(each.split(b" ")[1] == target.encode("latin-1") for each in line.site.requests)
                answer = answer[min(asked, len(answer)) - 1]
            await line.say(answer)

    return talk
