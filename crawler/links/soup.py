"""Let BeautifulSoup parse links quickly: a tree builder that is fed each distinct link-bearing tag once.

bs4 is a front over pluggable tree builders. The stock ones build every element of a page, which costs
ten to forty milliseconds; this one hands over the tags that `crawler.links.scan` found, as siblings. A page
repeats its navigation: of equal tags only the first becomes a bs4 Tag, and `LinkTreeBuilder.occurrences`
tells where each of them stands. So does a site: what another page held (`crawler.links.familiar`) is not read again.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from bs4 import BeautifulSoup
from bs4.builder import TreeBuilder
from bs4.element import Tag as SoupTag

from crawler.links.allowance import Allowance
from crawler.links.document import Place, Reference
from crawler.links.elements import ANYWHERE, ELEMENTS
from crawler.links.familiar import PLAIN_LINK, Familiar, Ground, Places, TagKey
from crawler.links.scan import Attribute, Tag, attributes_between, scan
from crawler.model import Hop

__all__ = ["MAX_TAGS", "LinkTreeBuilder", "Occurrence", "link_soup"]

MAX_TAGS = 100_000
"""More link-bearing tags than this are counted, not looked at: nobody reads such a page, but somebody may send it."""

# Not in a template, noscript or SVG.
_PLAIN = (False, False, False)


class Occurrence(NamedTuple):
    """A link-bearing tag of the page.

    Args:
        number: of it among the distinct ones.
        rest_start: where its attributes begin in the body.
        place: of a plain link that was known before, which has no number.
    """

    number: int
    rest_start: int
    place: Place | None = None


class LinkTreeBuilder(TreeBuilder):
    """Feeds a soup with the tags of a document that can hold a link.

    Args:
        body: the document.
        codec: Python codec of attribute values.
        allowance: of the document.
        is_xml_document: how `scan` reads it.
        familiar: tags that were read before; such a one becomes no bs4 Tag again.
        ground: where the document lies; None: nothing read elsewhere holds here.
    """

    NAME = "links"
    features = ("links",)
    is_xml = False
    picklable = False

    def __init__(
        self,
        body: bytes,
        codec: str,
        allowance: Allowance,
        *,
        is_xml_document: bool = False,
        familiar: Familiar | None = None,
        ground: Ground | None = None,
    ) -> None:
        super().__init__(multi_valued_attributes={}, preserve_whitespace_tags=set(), store_line_numbers=False)
        self._body = body
        self._codec = codec
        self._allowance = allowance
        self._is_xml_document = is_xml_document
        self._familiar = familiar or Familiar()
        self._ground = ground
        self._soup_tags: list[SoupTag] = []
        self.tags: list[Tag] = []
        self.spans: list[dict[str, Attribute]] = []
        """Per bs4 Tag: its attributes, their places counted from the beginning of its `rest`."""
        # Of each distinct tag, what is known of it; None: that is to be read from the next bs4 Tag.
        self._places: list[Places | None] = []
        self._keys: list[TagKey | None] = []
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
            if tag.name == "a" and self._ground is not None and self._follow(tag, self._ground):
                continue
            has_text = tag.text[0] < tag.text[1]
            key = (body[start:end], tag.name, *tag[3:])
            wanted = (*key, tag.text) if has_text else key
            number = known.get(wanted)
            if number is None:
                number = known[wanted] = self._take(tag, key, has_text=has_text)
            if number >= 0:
                self.occurrences.append(Occurrence(number, start))

    def made(self) -> Iterator[tuple[SoupTag, Tag, dict[str, Attribute]]]:
        """Every bs4 Tag, with what was scanned of it."""
        yield from zip(self._soup_tags, self.tags, self.spans, strict=True)

    def placed(self, places: Iterable[Places]) -> Iterator[Place]:
        """The places of each tag, wherever it stands in the document, given those of the bs4 Tags."""
        complete = self._complete(iter(places))
        for number, offset, known in self.occurrences:
            if known is not None:
                yield known
                continue
            for place in complete[number]:
                start, end, quote, text, syntax, references, inner = place
                if syntax == "stylesheet":
                    yield place
                else:
                    yield Place(start + offset, end + offset, quote, text, syntax, references, inner)

    def _complete(self, places: Iterator[Places]) -> list[Places]:
        """The places of every distinct tag; those of the bs4 Tags are familiar from now on."""
        complete: list[Places] = []
        for known, key in zip(self._places, self._keys, strict=True):
            each = next(places) if known is None else known
            if (
                known is None
                and key is not None
                and self._ground is not None
                and not self._allowance.left_out
            ):
                self._familiar.meet(self._ground, key, each)
            complete.append(each)
        return complete

    def _follow(self, tag: Tag, ground: Ground) -> bool:
        """Whether a plain link is known from another page of the folder, and dealt with."""
        start, end = tag.rest
        found = None if tag[3:] != _PLAIN else PLAIN_LINK.fullmatch(self._body, start, end)
        url = None if found is None else self._familiar.url(ground, found[1])
        if found is None or url is None:
            return False
        if self._allowance.keeps(url):
            text_start, text_end = found.start(1), max(found.end(1), found.end(2))
            text = self._body[text_start:text_end].decode("ascii")
            fragment = text[found.end(1) - text_start :]
            reference = Reference(0, len(text), url, fragment, Hop.LINK, "a[href]")
            self.occurrences.append(
                Occurrence(-1, 0, Place(text_start, text_end, '"', text, "url", (reference,)))
            )
        return True

    def _take(self, tag: Tag, key: TagKey, *, has_text: bool) -> int:
        """A tag that this document did not have yet; its number, or -1 if nothing in it can be a link."""
        if self._ground is not None and not has_text:
            places = self._familiar.places(self._ground, key)
            if places is not None and self._keeps(places):
                return self._number(places, None) if places else -1
        if not self._make(tag, key[0]):
            return -1
        return self._number(None, None if has_text else key)

    def _number(self, places: Places | None, key: TagKey | None) -> int:
        self._places.append(places)
        self._keys.append(key)
        return len(self._places) - 1

    def _keeps(self, places: Places) -> bool:
        return self._allowance.keeps_all(each.url for place in places for each in place.references)

    def _make(self, tag: Tag, rest: bytes) -> bool:
        """Append the bs4 Tag, unless nothing in it can be a link."""
        self._allowance.spend()
        spans = attributes_between(rest, 0, len(rest), self._codec)
        if tag.name not in {"style", "title"} and ELEMENTS.get(tag.name, ANYWHERE).keys().isdisjoint(spans):
            return False
        soup: Any = self.soup
        number = len(self.tags)
        values = {name: each.value for name, each in spans.items()}
        previous = soup.contents[-1] if soup.contents else soup
        made = SoupTag(soup, self, tag.name, None, None, values, soup, previous, sourcepos=number)
        soup.contents.append(made)
        self._soup_tags.append(made)
        self.tags.append(tag)
        self.spans.append(spans)
        return True

    def test_fragment_to_document(self, fragment: str) -> str:
        """A fragment needs nothing around it here."""
        return fragment

    def can_be_empty_element(self, tag_name: str) -> bool:  # noqa: ARG002 - the signature is bs4's
        """Every tag is written without an end tag: this soup is read, never shown."""
        return True


def link_soup(
    body: bytes,
    codec: str,
    allowance: Allowance | None = None,
    *,
    is_xml: bool = False,
    familiar: Familiar | None = None,
    ground: Ground | None = None,
) -> tuple[BeautifulSoup, LinkTreeBuilder]:
    """A flat soup of the distinct link-bearing tags of `body`, and the builder that knows their places."""
    builder = LinkTreeBuilder(
        body, codec, allowance or Allowance(), is_xml_document=is_xml, familiar=familiar, ground=ground
    )
    # Through a file: bs4 warns of markup that looks like a file name, which a hostile page may well do.
    soup = BeautifulSoup(io.BytesIO(), builder=builder)
    return soup, builder
