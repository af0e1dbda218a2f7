"""Make the mirror's edition of a body: the same bytes, with its references led into the dump."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crawler.addresses import Addresses
from crawler.frontier.fingerprints import pack, told_live
from crawler.links.document import GET_FORM, Document
from crawler.offers import Offers
from crawler.paths import relative
from crawler.rewrite import rewrite
from crawler.urls import identity

__all__ = ["Edition", "edit", "pack_targets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A body as the mirror holds it.

    Args:
        body: the file's bytes.
        targets: fingerprints of the references that depend on what becomes of other URLs; None for
            a body without references.
    """

    body: bytes
    targets: bytes | None


def edit(document: Document | None, body: bytes, path: str, offers: Offers, addresses: Addresses) -> Edition:
    """The edition of `body` that lies at `path`.

    Args:
        document: the references of `body`; None if it has none that we read.
        body: content-decoded.
        path: of its file below the mirror.
        offers: what belongs to the crawl; all else is linked live, unless another page led there.
        addresses: where those lie.
    """
    if document is None:
        return Edition(body=body, targets=None)

    unfollowed = {each.url: identity(each.url) for each in document.references() if each.context == GET_FORM}
    left_out = {**unfollowed, **offers.left_out}
    met = {url: key for url, key in left_out.items() if addresses.has_met(key)}
    inside = {**met, **offers.accepted}

    def address(url: str) -> str | None:
        target = addresses.of(url) if url in inside else None
        return None if target is None else relative(path, target)

    outside = set(left_out.values()).difference(inside.values())
    return Edition(body=rewrite(document, body, address), targets=pack_targets(inside.values(), outside))


def pack_targets(inside: Iterable[str], outside: Iterable[str]) -> bytes:
    """The fingerprints by which a page is found when its links are to be repaired.

    Args:
        inside: keys that the frontier knows: their addresses may move.
        outside: keys that it does not know; should one appear in the dump, its link leads there.
    """
    return pack([*inside, *(told_live(key) for key in outside)])
