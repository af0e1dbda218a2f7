"""Give each archived site a box of its own: what one site's pages may read is not what another's may.

All archived pages have origins without a name, so a browser cannot tell one site's from another's. The first
part of every path does: the key of the server, the mark of the site whose page asks, and the name of the view. A page
knows its own mark alone, for it is made with a secret (HMAC, RFC 2104) of this start of the server.
"""

from __future__ import annotations

import hmac
import secrets
from typing import NamedTuple

from crawler.urls import host_key

__all__ = ["DUMP", "Box", "Boxes"]

DUMP = ""
"""The site that the files of the dump stand for: they are all of one box, which may read nothing."""

_MARK_CHARS = 20


class Box(NamedTuple):
    """What a path says of who asks.

    Args:
        mark: of a site.
        view: the name of the frame, or nothing.
    """

    mark: str
    view: str


class Boxes:
    """The boxes of one start of the server."""

    def __init__(self) -> None:
        self._key = secrets.token_hex(12)
        self._secret = secrets.token_bytes(32)

    def holds(self, path: str) -> bool:
        """Whether a path begins with our key."""
        return self.box_of(path) is not None

    def box_of(self, path: str) -> Box | None:
        """Who asks for a path; None: nobody whom we told of it."""
        first, slash, _ = path.removeprefix("/").partition("/")
        place, _, view = first.partition("~")
        key, _, mark = place.partition("-")
        if not slash or not hmac.compare_digest(_bytes(key), _bytes(self._key)):
            return None
        return Box(mark, view)

    def root(self, url: str, view: str = "") -> str:
        """What the paths of a page begin with.

        Args:
            url: of the page; `DUMP`: a file of the dump.
            view: the name of its frame.
        """
        return f"/{self._key}-{self.mark(url)}{'~' if view else ''}{view}"

    def mark(self, url: str) -> str:
        """The mark of the site at which a URL lies."""
        site = host_key(url) if url else url
        return hmac.digest(self._secret, _bytes(site), "sha256").hex()[:_MARK_CHARS]

    def is_own(self, box: Box, url: str) -> bool:
        """Whether a URL lies at the site in whose box it is asked for."""
        return hmac.compare_digest(_bytes(box.mark), _bytes(self.mark(url)))


def _bytes(text: str) -> bytes:
    """What a browser would not send may be in a path, too."""
    return text.encode("utf-8", "surrogateescape")
