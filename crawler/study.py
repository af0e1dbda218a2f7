"""Read a text where it belongs: in place if it is light, else in a process that can be killed.

Whichever it was, what comes back is the same: findings, and the text written anew on demand. A text that
breaks its reader, or keeps it too long, is a `SiteError` of class `parse`; the next one reads fine.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Protocol, Self

from crawler.body import Body, BodyWriter, Spool
from crawler.carried import NOTHING, Carried
from crawler.confinement.messages import (
    Kind,
    addresses_frame,
    read_found,
    read_links,
    read_made,
    text_frame,
    work_frame,
)
from crawler.confinement.process import ReadingProcess
from crawler.confinement.processes import ReadingProcesses
from crawler.errors import PermanentError
from crawler.links.document import Document
from crawler.links.familiar import Familiar
from crawler.links.findings import MAX_LIGHT_BYTES, Findings, Text, find_in_place
from crawler.links.reading import is_looked_into
from crawler.model import Outlink
from crawler.rewrite import rewrite
from crawler.turns import Turns

__all__ = ["DEADLINE_SECONDS", "AsSent", "Reading", "Study"]

DEADLINE_SECONDS = 20.0
"""For reading one text, and again for writing it anew: five times what the heaviest took where it was measured."""


_HEAD_BYTES = 1024


class Reading(Protocol):
    """A text that has been read."""

    findings: Findings

    async def rewritten(self, addresses: Mapping[str, str], carried: Carried = NOTHING) -> Body:
        """The text with the URLs that have an address here led there, all others absolute.

        Args:
            addresses: relative references by URL.
            carried: what stands in the text itself.

        Raises:
            PermanentError: of class `parse`.
        """


class AsSent:
    """A text that nobody has read.

    Args:
        body: content-decoded.
    """

    def __init__(self, body: Body) -> None:
        self.findings = Findings()
        self._body = body

    async def rewritten(
        self,
        addresses: Mapping[str, str],  # noqa: ARG002 - the signature of Reading
        carried: Carried = NOTHING,  # noqa: ARG002 - the same
    ) -> Body:
        """The text as it is."""
        return self._body


class Study:
    """Where the texts of one crawl are read.

    Args:
        turns: of the event loop.
        processes: for heavy texts; closed with this.
        spool: where large texts go when they are written anew.
        deadline_seconds: after which a text is given up.
    """

    def __init__(
        self,
        turns: Turns | None = None,
        processes: ReadingProcesses | None = None,
        spool: Spool | None = None,
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self.turns = turns or Turns()
        self._processes = processes or ReadingProcesses()
        self._spool = spool or Spool()
        self._familiar = Familiar()
        self._deadline_seconds = deadline_seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._processes.close()

    @asynccontextmanager
    async def read(self, text: Text, body: Body) -> AsyncIterator[Reading]:
        """Read a text; it can be written anew while the context lasts.

        Raises:
            PermanentError: of class `parse`: it cannot be read within bounds.
        """
        if not text.is_manifest and not is_looked_into(
            text.media_type, body.head(_HEAD_BYTES), body.size_bytes
        ):
            yield AsSent(body)
            return
        found = None
        if body.size_bytes <= MAX_LIGHT_BYTES:
            async with self.turns:
                found = find_in_place(text, body.read(), self._familiar)
        if found is not None:
            yield _InPlace(*found, body, self.turns)
            return
        async with self._processes.borrow() as process:
            reading = _Confined(process, body, self._spool, self.turns, self._deadline_seconds)
            await reading.read(text)
            yield reading

    async def make(self, work: str, terms: Any, text: Text, body: Body) -> Any:
        """Have something made of a text, always in a process that can be killed.

        Args:
            work: a name of `confinement.works`.
            terms: of that work, JSON values.
            text: what the body is.
            body: content-decoded.

        Returns:
            JSON values.

        Raises:
            PermanentError: of class `parse`: it cannot be done within bounds.
        """
        async with self._processes.borrow() as process:
            confined = _Confined(process, body, self._spool, self.turns, self._deadline_seconds)
            return await confined.make(work, terms, text)


class _InPlace:
    def __init__(self, findings: Findings, document: Document | None, body: Body, turns: Turns) -> None:
        self.findings = findings
        self._document = document
        self._body = body
        self._turns = turns

    async def rewritten(self, addresses: Mapping[str, str], carried: Carried = NOTHING) -> Body:
        if self._document is None:
            return self._body
        async with self._turns:
            return Body.of(rewrite(self._document, self._body.read(), addresses.get, carried).body)


class _Confined:
    def __init__(
        self,
        process: ReadingProcess,
        body: Body,
        spool: Spool,
        turns: Turns,
        deadline_seconds: float,
    ) -> None:
        self.findings = Findings()
        self._process = process
        self._body = body
        self._spool = spool
        self._turns = turns
        self._deadline_seconds = deadline_seconds

    async def read(self, text: Text) -> None:
        async with self._deadline():
            path = self._body.path
            await self._process.ask(Kind.TEXT, text_frame(text, None if path is None else str(path)))
            if path is None:
                await self._process.ask(Kind.BODY, self._body.read())
            outlinks: list[Outlink] = []
            kind, payload = await self._process.answer(Kind.LINKS, Kind.FOUND)
            while kind is Kind.LINKS:
                async with self._turns:
                    outlinks += read_links(payload)
                kind, payload = await self._process.answer(Kind.LINKS, Kind.FOUND)
            self.findings, self._process.peak_bytes = read_found(payload, outlinks)

    async def make(self, work: str, terms: Any, text: Text) -> Any:
        async with self._deadline():
            path = self._body.path
            await self._process.ask(
                Kind.WORK, work_frame(work, terms, text, None if path is None else str(path))
            )
            if path is None:
                await self._process.ask(Kind.BODY, self._body.read())
            _, payload = await self._process.answer(Kind.MADE)
            return read_made(payload)

    async def rewritten(self, addresses: Mapping[str, str], carried: Carried = NOTHING) -> Body:
        if not self.findings.is_text:
            return self._body
        async with self._deadline():
            frame = addresses_frame(
                [addresses.get(url) for url in self.findings.urls],
                [carried.get(wish) for wish in self.findings.wishes],
            )
            await self._process.ask(Kind.ADDRESSES, frame)
            writer = BodyWriter(self._spool)
            await self._process.answer_into(writer, Kind.EDITION)
            return writer.finish()

    @asynccontextmanager
    async def _deadline(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._deadline_seconds):
                yield
        except TimeoutError as error:
            raise PermanentError(
                "parse", f"it takes longer than {self._deadline_seconds:g} s to read"
            ) from error
        except ValueError as error:
            raise PermanentError("parse", f"its reader answers nonsense: {error}") from error
