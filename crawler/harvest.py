"""Take from a good body all that it leads to: links judged, the mirror's edition, what a page is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from crawler.addresses import Addresses
from crawler.body import Body
from crawler.edition import edit
from crawler.exchange import Head
from crawler.links.document import Document
from crawler.links.headers import header_links, is_nofollow
from crawler.links.reading import is_text_with_links, read_document
from crawler.links.sitemap import is_sitemap, sitemap
from crawler.media import is_html
from crawler.model import Capture, Hop, Lease, Outlink
from crawler.offers import Offers, judge_outlinks
from crawler.options import CrawlOptions
from crawler.scope import Scope

__all__ = ["Harvest", "Reader"]

_HEAD_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What a good body gave.

    Args:
        capture: with title and charset filled in.
        outlinks: everything the body leads to.
        offers: the same, judged.
        is_page: an HTML page reached by a link.
        file: path and content for the mirror; None if nothing is to be written.
        targets: fingerprints for the repair of links; None if no file is written.
    """

    capture: Capture
    outlinks: tuple[Outlink, ...]
    offers: Offers
    is_page: bool
    file: tuple[str, Body] | None = None
    targets: bytes | None = None


class Reader:
    """Reads bodies under the rules of one crawl.

    Args:
        options: of the crawl.
        scope: judges the links.
        addresses: where they lie in the mirror.
    """

    def __init__(self, options: CrawlOptions, scope: Scope, addresses: Addresses) -> None:
        self._scope = scope
        self._addresses = addresses
        self._max_redirects = options.fetch.max_redirects
        self._obeys_nofollow = options.polite.robots == "obey"

    def read(
        self, lease: Lease, capture: Capture, body: Body, head: Head, *, writes_file: bool = True
    ) -> Harvest:
        """Read a good body, once.

        Args:
            lease: of its URL.
            capture: what is known of the answer.
            body: content-decoded.
            head: for the links in headers.
            writes_file: False where the mirror holds this body already.
        """
        url = lease.candidate.url
        is_manifest = lease.candidate.hops.endswith(Hop.PREREQUISITE)
        is_manifest = is_manifest or is_sitemap(body.head(_HEAD_BYTES), capture.media_type)
        has_links = is_manifest or is_text_with_links(capture.media_type)
        text = body.read() if has_links else b""
        document = None
        if is_manifest:
            outlinks = sitemap(text, url)
        else:
            document = read_document(text, url, capture.media_type, capture.content_type or None)
            outlinks = _outlinks(document, head, url)
        offers = self.judge(lease, outlinks)
        if document is not None:
            capture = dataclasses.replace(capture, title=document.title, charset=document.encoding)
        harvest = Harvest(
            capture=capture,
            outlinks=tuple(outlinks),
            offers=offers,
            is_page=is_html(capture.media_type) and not lease.candidate.is_requisite and not is_manifest,
        )
        if capture.mirror_path is None or not writes_file:
            return harvest
        if document is None:
            return dataclasses.replace(harvest, file=(capture.mirror_path, body))
        edition = edit(document, text, capture.mirror_path, offers, self._addresses)
        file = (capture.mirror_path, Body.of(edition.body))
        return dataclasses.replace(harvest, file=file, targets=edition.targets)

    def judge(self, lease: Lease, outlinks: list[Outlink]) -> Offers:
        """Ask the scope about links."""
        offers = judge_outlinks(
            lease,
            outlinks,
            self._scope,
            max_redirects=self._max_redirects,
            obeys_nofollow=self._obeys_nofollow,
        )
        self._addresses.meet(lease.candidate.key, *offers.accepted.values())
        return offers


def _outlinks(document: Document | None, head: Head, url: str) -> list[Outlink]:
    """Links of the headers, then of the text; X-Robots-Tag speaks for all that are not requisites."""
    outlinks = [*header_links(head.headers, url), *(document.outlinks() if document else ())]
    if not is_nofollow(head.headers):
        return outlinks
    return [each if each.hop is Hop.EMBED else dataclasses.replace(each, nofollow=True) for each in outlinks]
