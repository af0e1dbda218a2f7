"""Show any captured URL as of any date, from the archive: links are rewritten when it is looked at.

Every reference of a page leads to where its own target is shown as of the same date, whether that was ever
captured or not, so nothing that a page names by itself leads to the live web. Where a page shows another in a
frame, the address says so: it is not what the reader went to.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from crawler.body import Body, Spool
from crawler.browse.prologue import with_prologue
from crawler.errors import PermanentError
from crawler.links.findings import MAX_READ_BYTES, Text
from crawler.model import Capture, Hop, Outlink
from crawler.originals import Originals
from crawler.porter import Copies, Porter
from crawler.rendering import read_as
from crawler.study import Study
from crawler.turns import slices
from crawler.urls import canonicalize

__all__ = ["NOW", "Moment", "Replay", "Shown", "at_of", "moment_of", "stamp"]

NOW = "now"
"""Stands for a date that is later than every capture."""
_MOMENT = re.compile(r"/(now|\d{4,14})(e?)/(https?:/{1,2}[^\s]+)", re.ASCII)
_DIGITS = re.compile(r"\d{4,14}", re.ASCII)
_STAMP = "%Y%m%d%H%M%S"
_EARLIEST = "00000101000000"
_FRAMES = frozenset({"iframe[src]", "frame[src]", "object[data]", "embed[src]", "iframe[srcdoc]"})
_LAST_AT = 253_402_300_799.0
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,80}")
_CHARSET = re.compile(r"[A-Za-z0-9._:-]{1,40}")
_UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What somebody wants to see.

    Args:
        url: canonical.
        when: `now`, or digits of a date in UTC, four to fourteen.
        is_embedded: a page shows it in a frame of its own.
    """

    url: str
    when: str
    is_embedded: bool = False

    @property
    def path(self) -> str:
        """The path at which it is shown."""
        return f"/{self.when}{'e' if self.is_embedded else ''}/{self.url}"

    @property
    def at(self) -> float:
        """The instant, in seconds since the epoch; digits that are left out are the last there can be."""
        return at_of(self.when)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A captured body, ready to be looked at.

    Args:
        body: with its references led to where they are shown.
        content_type: of our own making; nothing of the archived headers is repeated.
    """

    body: Body
    content_type: str


class Replay:
    """Makes captured bodies fit to be looked at.

    Args:
        study: where texts are read.
        spool: where a large page goes.
    """

    def __init__(self, study: Study, spool: Spool) -> None:
        self._study = study
        self._spool = spool

    async def show(
        self, capture: Capture, originals: Originals, copies: Copies, when: str, root: str, *, is_page: bool
    ) -> Shown:
        """The body of a capture, its references led below `root`.

        An origin without a name may load no single elements of other SVG files, so a page carries those.

        Args:
            capture: no redirect.
            originals: stored bodies.
            copies: as of then.
            when: as of when what it leads to is shown.
            root: what the paths of moments begin with, e.g. `/key`.
            is_page: its scripts will be run, if it is a page: what they need comes first (`prologue`).

        Raises:
            StorageError: the original is lost, or the disk is full.
        """
        body = await originals.shown(capture)
        content_type = _content_type(capture)
        if capture.size_bytes > MAX_READ_BYTES:
            return Shown(body=body, content_type=content_type)
        text = Text(url=capture.url, media_type=capture.media_type, content_type=read_as(capture))
        try:
            async with self._study.read(text, body) as reading:
                if not reading.findings.is_text:
                    return Shown(body=body, content_type=content_type)
                links = await self._links(reading.findings.urls, reading.findings.outlinks, when, root)
                elements = [each for each in reading.findings.wishes if each.kind == "element"]
                load = await Porter(copies, originals, self._study.turns).bring(elements)
                shown = await reading.rewritten(links, load.carried)
                if is_page and "html" in capture.media_type:
                    shown = await asyncio.to_thread(with_prologue, shown, capture.charset, self._spool)
                return Shown(body=shown, content_type=content_type)
        except PermanentError:
            # What cannot be read within bounds is shown as it was sent.
            return Shown(body=body, content_type=content_type)

    async def _links(
        self, urls: list[str], outlinks: Iterable[Outlink], when: str, root: str
    ) -> Mapping[str, str]:
        framed = {each.url for each in outlinks if each.hop is Hop.EMBED and each.context in _FRAMES}
        links: dict[str, str] = {}
        for piece in slices(urls, str):
            async with self._study.turns:
                for url in piece:
                    links[url] = root + Moment(url=url, when=when, is_embedded=url in framed).path
        return links


def moment_of(path: str) -> Moment | None:
    """The moment that a path names, e.g. `/20261127/https://example.org/`; None if it names none."""
    match = _MOMENT.fullmatch(path)
    if match is None:
        return None
    when, embedded, address = match.groups()
    # Proxies and people fold the two slashes into one.
    url = canonicalize(re.sub(r"^(https?):/{1,2}", r"\1://", address))
    if url is None or at_of(when) < 0:
        return None
    return Moment(url=url, when=when, is_embedded=bool(embedded))


def at_of(when: str) -> float:
    """The last instant that is meant by `now` or the digits of a date; 0 before 1970; -1 if it is no date."""
    if when == NOW:
        return _LAST_AT
    if not _DIGITS.fullmatch(when):
        return -1.0
    try:
        begins = datetime.strptime(when + _EARLIEST[len(when) :], _STAMP).replace(tzinfo=UTC)
        ends = _next(begins, len(when))
    except (ValueError, OverflowError):
        return -1.0
    return max(ends.timestamp() - 1.0, 0.0)


def _next(begins: datetime, digits: int) -> datetime:
    """Where the year, month, day, hour, minute or second that the digits name ends."""
    if digits < 6:
        return begins.replace(year=begins.year + 1, month=1)
    if digits < 8:
        return begins.replace(year=begins.year + begins.month // 12, month=begins.month % 12 + 1)
    seconds = 86_400 if digits < 10 else 3600 if digits < 12 else 60 if digits < 14 else 1
    return datetime.fromtimestamp(begins.timestamp() + seconds, UTC)


def stamp(at: float) -> str:
    """An instant as the fourteen digits of a moment."""
    return datetime.fromtimestamp(max(min(at, _LAST_AT), 0.0), UTC).strftime(_STAMP)


def _content_type(capture: Capture) -> str:
    """What we say of the body: type and encoding as we know them, and nothing else that was sent."""
    media_type = capture.media_type if _TYPE.fullmatch(capture.media_type) else _UNKNOWN_TYPE
    if capture.charset and _CHARSET.fullmatch(capture.charset):
        return f"{media_type}; charset={capture.charset}"
    return media_type
