"""Let BeautifulSoup parse links quickly: a tree builder that is fed link-bearing tags only.

bs4 is a front over pluggable tree builders. The stock ones build every element of a page, which costs
ten to forty milliseconds; this one hands over the tags that `crawler.links.scan` found, as siblings,
each with `sourcepos` counting them, so that `LinkTreeBuilder.spans[tag.sourcepos]` tells where its
attribute values stand in the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup
from bs4.builder import TreeBuilder

from crawler.links.scan import Attribute, Tag, attributes, scan

__all__ = ["MAX_TAGS", "LinkTreeBuilder", "link_soup"]

MAX_TAGS = 100_000
# A piece of the name of every attribute that `crawler.links.html` asks for; most tags have none.
_HOLDS_LINK = re.compile(
    rb"(?i:src|href|data|style|background|action|cite|poster|longdesc|content|integrity|crossorigin)"
)


class LinkTreeBuilder(TreeBuilder):
    """Feeds a soup with the tags of a document that can hold a link.

    Args:
        codec: Python codec of attribute values.
    """

    NAME = "links"
    features = ("links",)
    is_xml = False
    picklable = False

    def __init__(self, codec: str) -> None:
        super().__init__(multi_valued_attributes={}, preserve_whitespace_tags=set(), store_line_numbers=False)
        self._codec = codec
        self.tags: list[Tag] = []
        self.spans: list[dict[str, Attribute]] = []

    def prepare_markup(self, markup: Any, *_: Any, **__: Any) -> Iterator[tuple[Any, None, None, bool]]:
        """The bytes as they are: their encoding was sniffed before."""
        yield markup, None, None, False

    def feed(self, markup: Any) -> None:
        """Scan `markup` (bytes) and make a Tag of what can hold a link; at most `MAX_TAGS`."""
        soup: Any = self.soup
        for tag in scan(markup):
            if tag.text[0] == tag.text[1] and not _HOLDS_LINK.search(markup, *tag.rest):
                continue
            spans = attributes(markup, tag, self._codec)
            if len(self.tags) == MAX_TAGS:
                return
            values = {name: each.value for name, each in spans.items()}
            soup.handle_starttag(tag.name, None, None, values, sourcepos=len(self.tags))
            soup.handle_endtag(tag.name)
            self.tags.append(tag)
            self.spans.append(spans)

    def test_fragment_to_document(self, fragment: str) -> str:
        """A fragment needs nothing around it here."""
        return fragment

    def can_be_empty_element(self, tag_name: str) -> bool:  # noqa: ARG002 - the signature is bs4's
        """Every tag is written without an end tag: this soup is read, never shown."""
        return True


def link_soup(body: bytes, codec: str) -> tuple[BeautifulSoup, LinkTreeBuilder]:
    """A flat soup of the link-bearing tags of `body`, and the builder that knows their places."""
    builder = LinkTreeBuilder(codec)
    return BeautifulSoup(body, builder=builder), builder
