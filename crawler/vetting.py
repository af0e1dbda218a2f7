"""Vet a 2xx answer against the good copy in whose place it comes: does it say anything new, is it the page at all?

Only what came with other bytes is looked at, so a first crawl and an unchanged page cost nothing. The good copy is
read from where it is stored, unless its gist was kept when it came.
"""

from __future__ import annotations

import asyncio
import dataclasses

from crawler.body import Body
from crawler.content import Gist, gist_of, read_gist
from crawler.doubts import doubt_of_file, doubt_of_page
from crawler.errors import StorageError
from crawler.frontier.protocol import Ledger
from crawler.insistence import WALL, face_of, is_whole_text, speaks_for_itself, weighed
from crawler.links.encoding import decode, sniff_encoding
from crawler.media import is_html
from crawler.model import Capture, Hop, Lease
from crawler.originals import Originals
from crawler.rendering import read_as, shown_digest

__all__ = ["Vetting", "gist_of_body"]

_MAX_BYTES = 2_000_000
_INLINE_BYTES = 1 << 16


class Vetting:
    """Compares answers with the good copies of an output.

    Args:
        originals: the stored bodies.
        ledger: tells what was doubted before.
    """

    def __init__(self, originals: Originals, ledger: Ledger) -> None:
        self._originals = originals
        self._ledger = ledger

    async def vet(self, lease: Lease, capture: Capture, body: Body) -> Capture:
        """The capture with its gist, whether it says anything new, and the doubt about it.

        Args:
            lease: of its URL.
            capture: of the answer.
            body: of the answer, content-decoded; of a rendered page its rendered text.
        """
        before = lease.capture
        if (
            before is None
            or shown_digest(before) == shown_digest(capture)
            or lease.candidate.hops.endswith(Hop.PREREQUISITE)
        ):
            return capture
        if is_html(before.media_type) and is_html(capture.media_type):
            return await self._vet_page(lease, before, capture, body)
        doubt = doubt_of_file(
            before.media_type,
            capture.media_type,
            size_bytes=capture.size_bytes,
            before_bytes=before.size_bytes,
            begins_the_same=await self._begins_the_same(before, body),
        )
        capture = dataclasses.replace(capture, doubt=doubt)
        return await self._weigh(lease, capture, is_own=is_whole_text(capture))

    async def _vet_page(self, lease: Lease, before: Capture, capture: Capture, body: Body) -> Capture:
        was = read_gist(before.gist) or await self._stored_gist(before)
        now = await gist_of_body(body, read_as(capture) or "")
        if was is None:
            return dataclasses.replace(capture, gist=str(now))
        doubt = doubt_of_page(
            was, before.title, now, size_bytes=capture.size_bytes, before_bytes=before.size_bytes
        )
        says_the_same = bool(now.digest) and now.digest == was.digest
        capture = dataclasses.replace(capture, gist=str(now), is_revised=not says_the_same, doubt=doubt)
        return await self._weigh(lease, capture, is_own=speaks_for_itself(doubt, before.title, now))

    async def _weigh(self, lease: Lease, capture: Capture, *, is_own: bool) -> Capture:
        """Whether a doubt has worn off; nobody is asked where there is none."""
        if not capture.doubt:
            return capture
        capture = dataclasses.replace(capture, face=face_of(capture))
        last, alike = await self._ledger.doubted(lease.candidate.key, capture.face, WALL)
        return weighed(capture, last, is_own=is_own and alike < WALL)

    async def _stored_gist(self, before: Capture) -> Gist | None:
        try:
            return await gist_of_body(await self._originals.shown(before), read_as(before) or "")
        except StorageError:
            # What cannot be read protects nothing; the answer is as good as a first one.
            return None

    async def _begins_the_same(self, before: Capture, body: Body) -> bool:
        if not 0 < body.size_bytes < before.size_bytes:
            return False
        try:
            stored = await self._originals.read(before)
        except StorageError:
            return False
        return await asyncio.to_thread(_is_beginning, body, stored)


async def gist_of_body(body: Body, content_type: str) -> Gist:
    """The gist of an HTML body; of a large one in a thread."""
    if body.size_bytes <= _INLINE_BYTES:
        return _gist(body, content_type)
    return await asyncio.to_thread(_gist, body, content_type)


def _is_beginning(body: Body, of: Body) -> bool:
    """Whether the shorter body is the beginning of the other, byte for byte."""
    theirs, held = of.chunks(), b""
    for piece in body.chunks():
        while len(held) < len(piece) and (more := next(theirs, b"")):
            held += more
        if not held.startswith(piece):
            return False
        held = held[len(piece) :]
    return True


def _gist(body: Body, content_type: str) -> Gist:
    head = body.head(_MAX_BYTES)
    gist = gist_of(decode(head, sniff_encoding(head, content_type or None)))
    is_whole = gist.is_ended or body.size_bytes > len(head)
    return dataclasses.replace(gist, is_ended=is_whole)
