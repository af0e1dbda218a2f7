"""Turn a lease into a request, and its response into a capture."""

from __future__ import annotations

from crawler.asks import ask_for
from crawler.carried import is_bearable
from crawler.exchange import Head, Headers, Request, Response
from crawler.links.reading import is_text_with_links
from crawler.media import essence
from crawler.model import ACCEPTED, Capture, Decision, Hop, Lease
from crawler.paths import mirror_path
from crawler.rendering import shown_digest
from crawler.scope import Scope

__all__ = ["capture_of", "is_borne", "is_mirrored", "mirror_path_of", "request_for"]


def request_for(lease: Lease, scope: Scope, *, asks_whole: bool = False) -> Request:
    """What to ask for a lease: conditionally where a good copy has validators (RFC 9110 section 13.1).

    Args:
        lease: what was claimed.
        scope: decides after the headers whether a body of that type is read.
        asks_whole: not conditionally; the good copy is not enough.
    """
    headers: Headers = ()
    if (good := lease.capture) is not None and not asks_whole:
        if good.etag:
            headers = (*headers, ("If-None-Match", good.etag))
        if good.last_modified:
            headers = (*headers, ("If-Modified-Since", good.last_modified))
    is_needed = lease.candidate.is_requisite or lease.candidate.hops.endswith(Hop.PREREQUISITE)

    def admit(head: Head) -> Decision:
        if not 200 <= head.status < 300:
            return ACCEPTED
        return scope.admits(essence(head.header("content-type")), is_requisite=is_needed)

    ask = ask_for(lease.candidate)
    if ask is None:
        return Request(url=lease.candidate.url, headers=headers, admit=admit)
    is_posted = ask.method == "POST"
    return Request(
        url=lease.candidate.url,
        headers=ask.headers if is_posted else (*headers, *ask.headers),
        admit=admit,
        target=ask.url,
        content=ask.content.encode() if is_posted else None,
    )


def capture_of(response: Response, media_type: str) -> Capture:
    """The capture of an answer, without a place in archive or mirror."""
    return Capture(
        url=response.url,
        captured_at=response.started_at,
        status=response.status,
        media_type=media_type,
        content_type=response.header("content-type") or "",
        size_bytes=response.body.size_bytes,
        digest=f"sha256:{response.body.digest}",
        etag=response.header("etag"),
        last_modified=response.header("last-modified"),
    )


def is_mirrored(lease: Lease, capture: Capture) -> bool:
    """Whether the mirror holds already what would be written for this answer.

    A text that broke its reader lies there as it was sent, and has no charset.
    """
    old = lease.capture
    if old is None or shown_digest(old) != shown_digest(capture) or old.mirror_path != capture.mirror_path:
        return False
    return bool(old.charset) or not is_text_with_links(old.media_type)


def is_borne(*captures: Capture) -> bool:
    """Whether pages of the mirror could carry what one of these answers brought."""
    return any(each.mirror_path is not None and is_bearable(each.media_type) for each in captures)


def mirror_path_of(lease: Lease, media_type: str) -> str | None:
    """The mirror file of a good answer; robots.txt and sitemaps have none."""
    if lease.candidate.hops.endswith(Hop.PREREQUISITE):
        return None
    return mirror_path(lease.candidate.url, media_type)
