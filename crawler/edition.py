"""Make the mirror's edition of a body: the same bytes, with its references led into the dump."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crawler.addresses import Addresses
from crawler.frontier.fingerprints import pack
from crawler.links.document import Document
from crawler.paths import relative
from crawler.rewrite import rewrite

__all__ = ["Edition", "edit"]


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


def edit(
    document: Document | None, body: bytes, path: str, accepted: Mapping[str, str], addresses: Addresses
) -> Edition:
    """The edition of `body` that lies at `path`.

    Args:
        document: the references of `body`; None if it has none that we read.
        body: content-decoded.
        path: of its file below the mirror.
        accepted: canonical URL to key, of what belongs to the crawl; all else is linked live.
        addresses: where those lie.
    """
    if document is None:
        return Edition(body=body, targets=None)

    def address(url: str) -> str | None:
        target = addresses.of(url) if url in accepted else None
        return None if target is None else relative(path, target)

    return Edition(body=rewrite(document, body, address), targets=pack(accepted.values()))
