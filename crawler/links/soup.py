"""Let BeautifulSoup parse links quickly: a tree builder that is fed each distinct link-bearing tag once.

bs4 is a front over pluggable tree builders. The stock ones build every element of a page, which costs
ten to forty milliseconds; this one hands over the tags that `crawler.links.scan` found, as siblings. A page
repeats its navigation: of equal tags only the first becomes a bs4 Tag, and `LinkTreeBuilder.occurrences`
tells where each of them stands.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

from bs4 import BeautifulSoup
from bs4.builder import TreeBuilder
from bs4.element import Tag as SoupTag

from crawler.links.allowance import Allowance
from crawler.links.elements import ANYWHERE, ELEMENTS
from crawler.links.scan import Attribute, Tag, attributes_between, scan

__all__ = ["MAX_TAGS", "LinkTreeBuilder", "Occurrence", "link_soup"]

MAX_TAGS = 100_000
"""More link-bearing tags than this are counted, not looked at: nobody reads such a page, but somebody may send it."""


class Occurrence(NamedTuple):
    """A link-bearing tag of the page.

    Args:
        number: of its bs4 Tag among the soup's children.
        rest_start: where its attributes begin in the body.
    """

    number: int
    rest_start: int


class LinkTreeBuilder(TreeBuilder):
    """Feeds a soup with the tags of a document that can hold a link.

    Args:
        body: the document.
        codec: Python codec of attribute values.
        allowance: of the document.
        is_xml_document: how `scan` reads it.
    """

    NAME = "links"
    features = ("links",)
    is_xml = False
    picklable = False

    def __init__(
        self, body: bytes, codec: str, allowance: Allowance, *, is_xml_document: bool = False
    ) -> None:
        super().__init__(multi_valued_attributes={}, preserve_whitespace_tags=set(), store_line_numbers=False)
        self._body = body
        self._codec = codec
        self._allowance = allowance
        self._is_xml_document = is_xml_document
        self.tags: list[Tag] = []
        self.spans: list[dict[str, Attribute]] = []
        """Per bs4 Tag: its attributes, their places counted from the beginning of its `rest`."""
        self.occurrences: list[Occurrence] = []

    def prepare_markup(self, markup: Any, *_: Any, **__: Any) -> Iterator[tuple[Any, None, None, bool]]:
        """The bytes as they are: their encoding was sniffed before."""
        yield markup, None, None, False

    def feed(self, markup: Any) -> None:  # noqa: ARG002 - bs4 looks at bytes it is given, and warns
        """Scan the document and make a Tag of each distinct one that can hold a link."""
        body = self._body
        known: dict[tuple[object, ...], int] = {}
        for tag in scan(body, is_xml=self._is_xml_document):
            if len(self.occurrences) == MAX_TAGS:
                self._allowance.left_out += 1
                continue
            start, end = tag.rest
            has_text = tag.text[0] < tag.text[1]
            key = (tag.text if has_text else None, body[start:end], tag.name, *tag[3:])
            number = known.get(key)
            if number is None:
                number = known[key] = self._make(tag, body[start:end])
            if number >= 0:
                self.occurrences.append(Occurrence(number, start))

    def _make(self, tag: Tag, rest: bytes) -> int:
        """Append the bs4 Tag; its number, or -1 if nothing in it can be a link."""
        self._allowance.spend()
        spans = attributes_between(rest, 0, len(rest), self._codec)
        if tag.name not in {"style", "title"} and ELEMENTS.get(tag.name, ANYWHERE).keys().isdisjoint(spans):
            return -1
        soup: Any = self.soup
        number = len(self.tags)
        values = {name: each.value for name, each in spans.items()}
        previous = soup.contents[-1] if soup.contents else soup
        soup.contents.append(
            SoupTag(soup, self, tag.name, None, None, values, soup, previous, sourcepos=number)
        )
        self.tags.append(tag)
        self.spans.append(spans)
        return number

    def test_fragment_to_document(self, fragment: str) -> str:
        """A fragment needs nothing around it here."""
        return fragment

    def can_be_empty_element(self, tag_name: str) -> bool:  # noqa: ARG002 - the signature is bs4's
        """Every tag is written without an end tag: this soup is read, never shown."""
        return True


def link_soup(
    body: bytes, codec: str, allowance: Allowance | None = None, *, is_xml: bool = False
) -> tuple[BeautifulSoup, LinkTreeBuilder]:
    """A flat soup of the distinct link-bearing tags of `body`, and the builder that knows their places."""
    builder = LinkTreeBuilder(body, codec, allowance or Allowance(), is_xml_document=is_xml)
    # Through a file: bs4 warns of markup that looks like a file name, which a hostile page may well do.
    return BeautifulSoup(io.BytesIO(), builder=builder), builder
