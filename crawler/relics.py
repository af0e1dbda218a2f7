"""Tell what became of an answer from its record alone, as far as the pipeline would have said the same."""

from __future__ import annotations

import dataclasses

from crawler import dispositions
from crawler.archive.recovery import Recovered
from crawler.asking import capture_of
from crawler.links.headers import header_links, redirect_target
from crawler.links.reading import is_text_with_links
from crawler.links.sitemap import is_sitemap
from crawler.media import SNIFFED_BYTES, essence, is_html, sniff_media_type
from crawler.mirror.store import Mirror
from crawler.model import UNKNOWN_DEPTH, Candidate, Capture, Hop, State
from crawler.paths import mirror_path
from crawler.standing import Relic

__all__ = ["relic_of"]

_HEAD_BYTES = 1 << 16


def relic_of(found: Recovered, mirror: Mirror | None) -> Relic:
    """The relic of an answer. Blocking.

    Args:
        found: in the archive.
        mirror: where its file should lie; None: there is no mirror.

    Raises:
        StorageError: its body cannot be read.
    """
    response, candidate, location = found.response, found.candidate, found.location
    relic = Relic(
        candidate=candidate,
        segment=location.segment,
        segment_bytes=location.offset + location.length,
        at=response.started_at,
        status=response.status,
        state=State.DONE,
        reason="unchanged",
        wire_bytes=found.wire_bytes,
        leads_on=True,
    )
    if found.is_revisit:
        return relic
    capture = dataclasses.replace(
        capture_of(response, essence(response.header("content-type"))),
        segment=location.segment,
        offset=location.offset,
        length=location.length,
        doubt=found.doubt,
        rendering=found.rendering,
    )
    if capture.is_good:
        return _good(relic, found, capture, mirror)
    target = redirect_target(response.status, response.head.headers, response.url)
    has_mirror = mirror is not None
    if target is None:
        is_redirect = 300 <= response.status < 400
        reason = (
            dispositions.leads_nowhere(response) if is_redirect else found.doubt or f"http_{response.status}"
        )
        return dataclasses.replace(
            relic, state=State.FAILED, reason=reason, capture=capture, leads_on=False, is_surprise=has_mirror
        )
    return dataclasses.replace(
        relic,
        reason=f"redirect to {target}",
        capture=dataclasses.replace(capture, redirect_to=target),
        is_surprise=has_mirror,
    )


def _good(relic: Relic, found: Recovered, capture: Capture, mirror: Mirror | None) -> Relic:
    """Of a good answer; what it leads to is read later, with the crawl's own reader."""
    response = found.response
    media_type = sniff_media_type(response.header("content-type"), response.body.head(SNIFFED_BYTES))
    candidate = _needed_as(relic.candidate, media_type)
    is_named = candidate.hops.endswith(Hop.PREREQUISITE)
    path = mirror_path(candidate.url, media_type) if mirror is not None and not is_named else None
    is_manifest = is_named or is_sitemap(response.body.head(_HEAD_BYTES), media_type)
    is_read = is_manifest or is_text_with_links(media_type)
    is_read = is_read or any(True for _ in header_links(response.head.headers, response.url))
    is_there = mirror is None or path is None or mirror.digest(path) == response.body.digest
    return dataclasses.replace(
        relic,
        candidate=candidate,
        reason="",
        capture=dataclasses.replace(capture, media_type=media_type, mirror_path=path),
        is_page=is_html(media_type) and not candidate.is_requisite and not is_manifest,
        leads_on=is_read or not is_there,
        is_surprise=mirror is not None and path != mirror_path(candidate.url),
    )


def _needed_as(candidate: Candidate, media_type: str) -> Candidate:
    """Where the record does not tell how it was reached: what is no page was needed by one."""
    if candidate.depth < UNKNOWN_DEPTH or is_html(media_type):
        return candidate
    return dataclasses.replace(candidate, is_requisite=True)
