"""Take from a good body all that it leads to: links judged, the mirror's edition, what a page is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from crawler.addresses import Addresses
from crawler.body import Body
from crawler.duplicates import NO_TWIN, Duplicates, Twin
from crawler.edition import edit
from crawler.errors import PermanentError
from crawler.exchange import Head, Response
from crawler.frontier.protocol import Ledger
from crawler.insistence import believed_remark
from crawler.links.encoding import sniff_encoding
from crawler.links.findings import MAX_READ_BYTES, Findings, Text
from crawler.links.headers import header_links, is_nofollow
from crawler.links.reading import is_looked_into
from crawler.links.relations import canonical_of
from crawler.links.sitemap import is_sitemap
from crawler.media import is_html
from crawler.model import Capture, Hop, Lease, Outlink
from crawler.offers import DUPLICATE_CONTENT, Judgement, Limits, Offers
from crawler.options import CrawlOptions
from crawler.page import Page
from crawler.porter import Porter
from crawler.quantities import show_size
from crawler.rendering import read_as
from crawler.scope import Scope
from crawler.study import AsSent, Reading, Study
from crawler.traps import NO_TRAPS, Traps
from crawler.turns import slices
from crawler.urls import identity

__all__ = ["LINKS_LEFT_OUT", "UNREAD", "Harvest", "Reader", "page_of"]

UNREAD = "unread"
"""The first word about a text that is kept but was not read."""

LINKS_LEFT_OUT = "links-a-page"
"""The rule by which links beyond the most that one text may have are refused."""

_HEAD_BYTES = 1 << 16
_SNIFFED_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What a good body gave.

    Args:
        capture: with title, charset and canonical filled in.
        outlinks: everything the body leads to.
        offers: the same, judged.
        is_page: an HTML page reached by a link.
        file: path and content for the mirror; None if nothing is to be written.
        targets: fingerprints for the repair of links; None if no file is written.
        promised: names that the file's links lead to and that may be free yet, with the URL of each.
        remark: what a person should know of its reading: a word, a colon, a line.
        failure: the same where it could not be read; it is kept as it was sent.
    """

    capture: Capture
    outlinks: tuple[Outlink, ...]
    offers: Offers
    is_page: bool
    file: tuple[str, Body] | None = None
    targets: bytes | None = None
    promised: Mapping[str, str] = field(default_factory=dict)
    remark: str = ""
    failure: str = ""


def page_of(lease: Lease, harvest: Harvest, response: Response, body: Body) -> Page:
    """The page for readers of the crawl; `body` is how it was read."""
    return Page(
        url=harvest.capture.url,
        status=response.status,
        headers=response.head.headers,
        content=body,
        encoding=harvest.capture.charset,
        links=harvest.outlinks,
        depth=lease.candidate.depth,
        title=harvest.capture.title,
        captured_at=harvest.capture.captured_at,
        digest=harvest.capture.digest,
    )


class _Task(NamedTuple):
    lease: Lease
    capture: Capture
    text: Text
    head: Head
    also: Sequence[Outlink]
    writes_file: bool


class Reader:
    """Reads bodies under the rules of one crawl.

    Args:
        options: of the crawl.
        scope: judges the links.
        addresses: where they lie in the mirror.
        study: where texts are read.
        traps: keep out of sites without end; None: nothing does.
        ledger: tells which way pages were found; None: nothing is known of it.
        porter: brings what pages carry; None: they carry nothing.
    """

    def __init__(
        self,
        options: CrawlOptions,
        scope: Scope,
        addresses: Addresses,
        study: Study,
        *,
        traps: Traps | None = None,
        ledger: Ledger | None = None,
        porter: Porter | None = None,
    ) -> None:
        self._scope = scope
        self._porter = porter
        self._addresses = addresses
        self._study = study
        self._turns = study.turns
        self._limits = Limits(
            max_redirects=options.fetch.max_redirects,
            obeys_nofollow=options.polite.robots == "obey",
            traps=traps or Traps(0, off=NO_TRAPS),
        )
        is_on = self._limits.traps.is_on(DUPLICATE_CONTENT)
        self._duplicates = Duplicates(ledger if is_on else None)

    async def read(
        self,
        lease: Lease,
        capture: Capture,
        body: Body,
        head: Head,
        *,
        also: Sequence[Outlink] = (),
        writes_file: bool = True,
    ) -> Harvest:
        """Read a good body, once.

        Args:
            lease: of its URL.
            capture: what is known of the answer.
            body: content-decoded; of a rendered page its rendered text.
            head: for the links in headers.
            also: what it leads to besides.
            writes_file: False where the mirror holds this body already.
        """
        beginning = body.head(_HEAD_BYTES)
        text = Text(
            url=lease.candidate.url,
            media_type=capture.media_type,
            content_type=read_as(capture),
            is_manifest=lease.candidate.hops.endswith(Hop.PREREQUISITE)
            or is_sitemap(beginning, capture.media_type),
            asked_at=capture.captured_at,
        )
        task = _Task(lease, capture, text, head, also, writes_file)
        is_too_long = body.size_bytes > MAX_READ_BYTES and not text.is_manifest
        if is_too_long and is_looked_into(text.media_type, beginning, body.size_bytes):
            harvest = await self._take(task, AsSent(body))
            capture = _sniffed(harvest.capture, body)
            return dataclasses.replace(
                harvest, capture=capture, targets=b"", remark=_too_long(body.size_bytes)
            )
        try:
            async with self._study.read(text, body) as reading:
                return await self._take(task, reading)
        except PermanentError as error:
            harvest = await self._take(task, AsSent(body))
            # Without validators it is sent, and read, when it is asked for again.
            capture = dataclasses.replace(harvest.capture, etag=None, last_modified=None)
            return dataclasses.replace(
                harvest, capture=capture, targets=b"", is_page=False, failure=str(error)
            )

    def judge(self, lease: Lease, outlinks: Sequence[Outlink]) -> Offers:
        """Ask the scope about a few links."""
        judgement = Judgement(lease, self._scope, self._limits)
        judgement.take(outlinks)
        return self._judged(lease, judgement)

    async def _take(self, task: _Task, reading: Reading) -> Harvest:
        """What a text gives, once it is read."""
        findings, text, capture = reading.findings, task.text, task.capture
        candidate = task.lease.candidate
        is_page = is_html(text.media_type) and not candidate.is_requisite and not text.is_manifest
        twin = await self._duplicates.meet(candidate, capture) if is_page else NO_TWIN
        outlinks, offers = await self._offers(task, findings, twin.floor)
        if findings.is_text:
            canonical = canonical_of(outlinks)
            is_other = canonical is not None and identity(canonical) != candidate.key
            capture = dataclasses.replace(
                capture,
                title=findings.title,
                charset=findings.encoding,
                canonical=canonical if is_other else None,
            )
        harvest = Harvest(
            capture=capture,
            outlinks=tuple(outlinks),
            offers=offers,
            is_page=is_page,
            remark=_left_out(findings) or believed_remark(capture) or _same_as(twin),
        )
        if capture.mirror_path is None or not task.writes_file:
            return harvest
        edition = await edit(
            reading, capture.mirror_path, offers, self._addresses, self._turns, porter=self._porter
        )
        return dataclasses.replace(
            harvest,
            file=(capture.mirror_path, edition.body),
            targets=edition.targets,
            promised=edition.promised,
        )

    async def _offers(self, task: _Task, findings: Findings, floor: str) -> tuple[list[Outlink], Offers]:
        """Links of the headers, then of the text; X-Robots-Tag speaks for all that are not requisites."""
        judgement = Judgement(task.lease, self._scope, self._limits, floor=floor)
        judgement.refuse(LINKS_LEFT_OUT, findings.left_out)
        headers = () if task.text.is_manifest else task.head.headers
        is_refused = is_nofollow(headers)
        outlinks: list[Outlink] = []
        found = (*header_links(headers, task.text.url), *task.also, *findings.outlinks)
        for piece in slices(found, _url_of):
            async with self._turns:
                links = [_unfollowed(each) for each in piece] if is_refused else piece
                judgement.take(links)
                outlinks += links
        return outlinks, self._judged(task.lease, judgement)

    def _judged(self, lease: Lease, judgement: Judgement) -> Offers:
        offers = judgement.offers()
        pages = (each.key for each in offers.found if not each.is_requisite)
        requisites = (each.key for each in offers.found if each.is_requisite)
        self._addresses.meet(pages, (lease.candidate.key, *requisites))
        return offers


def _url_of(outlink: Outlink) -> str:
    return outlink.url


def _unfollowed(outlink: Outlink) -> Outlink:
    return outlink if outlink.hop is Hop.EMBED else dataclasses.replace(outlink, nofollow=True)


def _left_out(findings: Findings) -> str:
    if not findings.left_out:
        return ""
    kept = len(findings.outlinks)
    return f"{LINKS_LEFT_OUT}: {findings.left_out} links beyond the first {kept} are left out"


def _same_as(twin: Twin) -> str:
    return f"{DUPLICATE_CONTENT}: the same bytes as {twin.url}" if twin.url else ""


def _too_long(size_bytes: int) -> str:
    return f"{UNREAD}: {show_size(size_bytes)} of text is kept; links are read in {show_size(MAX_READ_BYTES)} at most"


def _sniffed(capture: Capture, body: Body) -> Capture:
    """With the encoding that its beginning tells."""
    encoding = sniff_encoding(body.head(_SNIFFED_BYTES), capture.content_type or None)
    return dataclasses.replace(capture, charset=encoding)
