"""Serve an output on loopback, ask it, and stand in for the processes of crawls."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDictProxy
from yarl import URL

from crawler.output import Output
from crawler.serve.application import make_app
from crawler.serve.employing import Employ, Worker
from crawler.serve.errand import STOP, Errand, Word
from crawler.serve.keys import BOXES
from crawler.serve.listening import listening
from crawler.serve.settings import ServeSettings
from tests.web import OWN

TOKEN = "0123456789abcdef-token"


@dataclass(frozen=True)
class Said:
    """What the server answered."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    json: Any = None

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Served:
    """A server that is up, and a client of it."""

    url: str
    app: web.Application
    client: aiohttp.ClientSession

    async def ask(self, path: str, method: str = "GET", host: str | None = None, **terms: Any) -> Said:
        """One request; the path goes out as it is, percent-encoded already."""
        headers = dict(terms.pop("headers", {}))
        if host is not None:
            headers["Host"] = host
        url = URL(self.url.rstrip("/") + path, encoded=True)
        async with self.client.request(
            method, url, headers=headers, allow_redirects=False, **terms
        ) as answer:
            body = await answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return Said(answer.status, answer.headers, body, await answer.json() if is_json else None)

    async def archived(self, path: str, box: str = OWN, **terms: Any) -> Said:
        """Ask at the name of archived pages, in the box of a site's page."""
        return await self.ask(f"{self.app[BOXES].root(box)}{path}", host=self.archive, **terms)

    @property
    def archive(self) -> str:
        return f"archive.localhost:{self.port}"

    @property
    def port(self) -> int:
        return URL(self.url).port or 0


@asynccontextmanager
async def served(folder: Path, employ: Employ | None = None, **terms: Any) -> AsyncIterator[Served]:
    """Serve an output until the block ends."""
    settings = ServeSettings(**{"port": 0, **terms})
    more = {} if employ is None else {"employ": employ}
    app = make_app(Output(folder), settings, **more)  # type: ignore[arg-type]
    async with listening(app) as url:
        reached = re.sub(r"//(0\.0\.0\.0|\[::\])", "//127.0.0.1", url)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(60)) as client:
            yield Served(reached, app, client)


@dataclass
class Pretended:
    """Starts workers that only say what they are told to; a worker that is told to stop does so."""

    errands: list[Errand] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    workers: list[_Pretender] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event | None = None

    async def __call__(self, errand: Errand) -> Worker:
        self.errands.append(errand)
        if self.goes_on is not None:
            await self.goes_on.wait()
        worker = _Pretender(self)
        self.workers.append(worker)
        worker.say(Word(phase="crawling"))
        self.news.set()
        return worker

    async def started(self, count: int = 1) -> _Pretender:
        while len(self.workers) < count:
            self.news.clear()
            await self.news.wait()
        return self.workers[count - 1]


class _Pretender:
    def __init__(self, pretended: Pretended) -> None:
        self._pretended = pretended
        self._said: asyncio.Queue[Word | None] = asyncio.Queue()
        self.is_gone = False

    def say(self, word: Word) -> None:
        self._said.put_nowait(word)
        if not word.phase:
            self._said.put_nowait(None)

    def die(self) -> None:
        self._said.put_nowait(None)

    def tell(self, word: str) -> None:
        self._pretended.told.append(word)
        if word == STOP:
            self.say(Word(outcome="stopped", run="20261127-000000"))

    async def words(self) -> AsyncIterator[Word]:
        while (word := await self._said.get()) is not None:
            yield word

    async def end(self) -> None:
        self.is_gone = True
