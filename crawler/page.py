"""Hand a stored HTML page to a program."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning

from crawler.body import Body
from crawler.exchange import Headers
from crawler.item import Item
from crawler.links.encoding import decode
from crawler.model import Outlink

__all__ = ["Page"]


@dataclass(frozen=True, kw_only=True)
class Page:
    """An HTML page that was stored.

    Args:
        url: canonical.
        status: HTTP status.
        headers: as sent, in order.
        content: content-decoded; of a rendered page its rendered text.
        encoding: WHATWG name of the encoding it is read in.
        links: everything the page leads to, in scope or not.
        depth: links from the nearest seed.
        title: as written in its `title`.
        captured_at: when the answer began.
        digest: `sha256:HEX` of the body as it was sent, content-decoded; "": that is `content`.
    """

    url: str
    status: int
    headers: Headers
    content: Body
    encoding: str
    links: tuple[Outlink, ...]
    depth: int
    title: str = ""
    captured_at: float = 0.0
    digest: str = ""

    @property
    def body(self) -> bytes:
        """All of `content`, read when asked for."""
        return self.content.read()

    @property
    def text(self) -> str:
        """The body as text; what cannot be decoded stands as U+FFFD."""
        return decode(self.body, self.encoding)

    def item(self, name: str, /, **values: Any) -> Item:
        """An item of this page, for a hook to give back.

        Args:
            name: of its kind.
            **values: its fields; JSON values.
        """
        return Item(
            name=name,
            source_url=self.url,
            captured_at=self.captured_at,
            digest=self.digest or f"sha256:{self.content.digest}",
            values=values,
        )

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The whole page as BeautifulSoup parses it with lxml; built when first asked for."""
        with warnings.catch_warnings():
            # XHTML is read as a browser reads it that was told text/html.
            warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
            # Through a file: bs4 warns of text that looks like a file name or a URL.
            return BeautifulSoup(io.StringIO(self.text), "lxml")
