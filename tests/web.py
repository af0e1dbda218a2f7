"""Stand in for the web: answers by URL, every request written down, a clock that waits for nobody."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crawler.body import EMPTY, Body
from crawler.browser.wanted import Browser
from crawler.clock import ManualClock
from crawler.crawl import CrawlJob
from crawler.exchange import Head, Headers, Request, Response
from crawler.frontier.ledger import SqliteLedger
from crawler.model import State
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.page import Page
from crawler.report import Report
from crawler.seeds import Seed, read_seed
from crawler.standing import Entry

PUBLIC = "93.184.215.14"
OWN = "http://127.0.0.1:8000/"
"""A seed of one's own: no delay, as many requests at once as there are."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a URL answers; with `etag` a conditional request for it gets a 304."""

    status: int = 200
    body: bytes = b""
    headers: Headers = ()
    etag: str | None = None
    seconds: float = 0.0


Moment = Callable[[Request], "Answer | Awaitable[Answer]"]
Said = Answer | BaseException | int | str | bytes | Moment
"""An answer, a failure, a status, a body whose type the URL tells, or a function of the request."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it came."""

    url: str
    headers: dict[str, str]
    began_at: float
    ended_at: float = 0.0


def links(*urls: str, title: str = "A page", head: str = "", text: str = "") -> str:
    """A page that links to the URLs."""
    anchors = "".join(f'<a href="{url}">to</a>\n' for url in urls)
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{anchors}{text}</body></html>"
    )


def images(*urls: str) -> str:
    """Elements that embed the URLs."""
    return "".join(f'<img src="{url}">' for url in urls)


def typed(body: bytes | str, media_type: str, *headers: tuple[str, str]) -> Answer:
    """An answer of another type than its URL tells."""
    data = body.encode() if isinstance(body, str) else body
    return Answer(body=data, headers=(("Content-Type", media_type), *headers))


def page(*urls: str, headers: Headers = (), seconds: float = 0.0, text: str = "") -> Answer:
    """An HTML answer that links to the URLs."""
    body = links(*urls, text=text).encode()
    return Answer(body=body, headers=(("Content-Type", "text/html"), *headers), seconds=seconds)


def moved(location: str, status: int = 301) -> Answer:
    """A redirect."""
    return Answer(status=status, headers=(("Location", location),))


def tagged(body: str, headers: Headers = ()) -> Answer:
    """A page with an ETag of its bytes, so that asking again gets a 304 until they change."""
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:8]}"'
    return Answer(body=body.encode(), headers=(("Content-Type", "text/html"), *headers), etag=etag)


class JobClock(ManualClock):
    """Jumps where a whole crawl would only wait; while leases are held, it waits for them in earnest."""

    def __init__(self) -> None:
        super().__init__()
        self.is_busy: Callable[[], bool] = lambda: False

    async def wait(self, event: asyncio.Event, timeout_seconds: float) -> None:
        if self.is_busy():
            await event.wait()
        elif not event.is_set():
            self.advance(timeout_seconds)


class Crash(BaseException):
    """What no code of ours catches: the process dies here."""


@dataclass
class Web:
    """URLs and what they answer: one thing, or a list of which the last holds for all further requests."""

    says: dict[str, Said | list[Said]] = field(default_factory=dict)
    clock: JobClock = field(default_factory=JobClock)
    asked: list[Asked] = field(default_factory=list)
    address: str = PUBLIC
    at_once: int = 0
    most_at_once: int = 0

    async def fetch(self, request: Request) -> Response:
        """The `crawler.exchange.Fetch` of this web."""
        began_at = self.clock.now()
        place = len(self.asked)
        self.asked.append(
            Asked(url=request.url, headers=dict(request.headers), began_at=began_at, ended_at=began_at)
        )
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            answer = await self._answer(request)
            self.clock.advance(answer.seconds)
            await asyncio.sleep(0)
        finally:
            self.at_once -= 1
            self.asked[place] = replace(self.asked[place], ended_at=self.clock.now())
        return self._response(request, answer, began_at)

    def urls(self, *, robots: bool = False) -> list[str]:
        """What was asked for, in order."""
        return [each.url for each in self.asked if robots or not each.url.endswith("/robots.txt")]

    def count(self, url: str) -> int:
        """How often a URL was asked for."""
        return self.urls(robots=True).count(url)

    def forget(self) -> None:
        """Forget what was asked."""
        self.asked.clear()

    async def _answer(self, request: Request) -> Answer:
        said = self.says.get(request.url, 404)
        if isinstance(said, list):
            said = said.pop(0) if len(said) > 1 else said[0]
        if callable(said):
            told = said(request)
            said = told if isinstance(told, Answer) else await told
        if isinstance(said, BaseException):
            raise said
        if isinstance(said, int):
            said = Answer(status=said)
        elif isinstance(said, str | bytes):
            said = typed(said, media_type_of(request.url))
        assert isinstance(said, Answer)
        known = dict(request.headers).get("If-None-Match")
        if said.etag is not None and known == said.etag:
            return Answer(status=304, headers=(("ETag", said.etag),), seconds=said.seconds)
        return said

    def _response(self, request: Request, answer: Answer, began_at: float) -> Response:
        headers = answer.headers if answer.etag is None else (*answer.headers, ("ETag", answer.etag))
        head = Head(status=answer.status, headers=headers)
        refusal = request.admit(head)
        body = Body.of(answer.body) if refusal.accepted else EMPTY
        return Response(
            url=request.url,
            head=head,
            wire=body,
            body=body,
            request_line=f"GET {request.url} HTTP/1.1",
            address="127.0.0.1" if "//127." in request.url or "//localhost" in request.url else self.address,
            started_at=began_at,
            ended_at=self.clock.now(),
            latency_seconds=self.clock.now() - began_at,
            refusal=refusal,
        )


_TYPES = {"css": "text/css", "js": "text/javascript", "png": "image/png", "svg": "image/svg+xml"} | {
    "txt": "text/plain",
    "xml": "application/xml",
    "pdf": "application/pdf",
    "ttf": "font/ttf",
}


def media_type_of(url: str) -> str:
    """The type that a URL's extension tells; HTML where it has none."""
    return _TYPES.get(url.partition("?")[0].rpartition(".")[2], "text/html")


def seed_list(*urls: str) -> list[Seed]:
    """Seeds as they would stand in a list."""
    seeds = [read_seed(url) for url in urls]
    assert None not in seeds
    return [seed for seed in seeds if seed is not None]


def job_on(
    web: Web,
    folder: Path,
    *seeds: str,
    on_page: Callable[[Page], Awaitable[None]] | None = None,
    browser: Browser | None = None,
    **options: Any,
) -> CrawlJob:
    """A crawl of `web` into `folder`, not yet begun."""
    output = Output(folder)
    output.prepare()
    job = CrawlJob(
        seed_list(*seeds),
        output,
        CrawlOptions.of(options),
        clock=web.clock,
        fetch=web.fetch,
        on_page=on_page,
        browser=browser,
    )
    web.clock.is_busy = lambda: job._engine.held > 0
    return job


async def crawl(web: Web, folder: Path, *seeds: str, **options: Any) -> Report:
    """Crawl `web` into `folder` to the end; a second later something else may begin."""
    job = job_on(web, folder, *seeds, **options)
    with Output(folder).hold():
        report = await job.run()
    web.clock.advance(1)
    return report


@asynccontextmanager
async def ledger(folder: Path) -> AsyncIterator[SqliteLedger]:
    """The ledger of an output."""
    found = await SqliteLedger.open(Output(folder).database)
    try:
        yield found
    finally:
        await found.close()


async def entries(folder: Path) -> dict[str, Entry]:
    """Every entry of an output by its URL."""
    async with ledger(folder) as found:
        return {entry.candidate.url: entry async for entry in found.entries()}


async def states(folder: Path, *wanted: State) -> dict[str, State]:
    """URL and state of every entry, or of those in some states."""
    return {
        url: entry.state
        for url, entry in (await entries(folder)).items()
        if not wanted or entry.state in wanted
    }


async def entry_at(folder: Path, url: str) -> Entry:
    """The entry of one URL."""
    return (await entries(folder))[url]


def kept_below(folder: Path) -> dict[str, bytes]:
    """Every file of the mirror, by its path."""
    mirror = Output(folder).mirror
    return {str(path.relative_to(mirror)): path.read_bytes() for path in mirror.rglob("*") if path.is_file()}


def only(values: Iterable[str], part: str) -> list[str]:
    """Those that hold a part."""
    return [value for value in values if part in value]
