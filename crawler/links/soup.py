"""Let BeautifulSoup parse links quickly: a tree builder that is fed each distinct link-bearing tag once.

bs4 is a front over pluggable tree builders. The stock ones build every element of a page, which costs
ten to forty milliseconds; this one hands over the tags that `crawler.links.scan` found, as siblings. A page
repeats its navigation: of equal tags only the first becomes a bs4 Tag, and `LinkTreeBuilder.occurrences`
tells where each of them stands. So does a site: what another page held (`crawler.links.familiar`) is not read again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from bs4 import BeautifulSoup
from bs4.builder import TreeBuilder
from bs4.element import Tag as SoupTag

from crawler.links.allowance import Allowance
from crawler.links.document import Place
from crawler.links.elements import ANYWHERE, ELEMENTS
from crawler.links.familiar import Familiar, Ground, KnownLink, Places, TagKey
from crawler.links.scan import Attribute, Tag, attributes_between, scan
from crawler.links.tagpattern import TagPatterns

__all__ = ["MAX_TAGS", "LinkTreeBuilder", "Mention", "Occurrence", "link_soup"]

MAX_TAGS = 100_000
"""More link-bearing tags than this are counted, not looked at: nobody reads such a page, but somebody may send it."""

_SHORT = 200
_CHARS_OF_WORK = 10
_TAGS_OF_WORK = 2
_LINKS_OF_WORK = 4


class Occurrence(NamedTuple):
    """A link-bearing tag of the page.

    Args:
        number: of it among the distinct ones.
        rest_start: where its attributes begin in the body.
    """

    number: int
    rest_start: int


class Mention(NamedTuple):
    """A plain link whose URL no page of the folder named before.

    Args:
        named: the URL as written, without a fragment.
        start: where it begins in the body.
        written: with the fragment.
    """

    named: bytes
    start: int
    written: bytes


# What a NamedTuple's own constructor takes twice the time for.
_place = partial(tuple.__new__, Place)
_mention = partial(tuple.__new__, Mention)


class LinkTreeBuilder(TreeBuilder):
    """Feeds a soup with the tags of a document that can hold a link.

    Args:
        body: the document.
        codec: Python codec of attribute values.
        allowance: of the document.
        is_xml_document: how `scan` reads it.
        familiar: tags that were read before; such a one becomes no bs4 Tag again.
        ground: where the document lies; None: nothing read elsewhere holds here.
        patterns: of the document, if the caller has them.
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
        patterns: TagPatterns | None = None,
    ) -> None:
        super().__init__(multi_valued_attributes={}, preserve_whitespace_tags=set(), store_line_numbers=False)
        self._body = body
        self._codec = codec
        self._allowance = allowance
        self._is_xml_document = is_xml_document
        self._familiar = familiar or Familiar()
        self._ground = ground
        self._patterns = patterns
        self._folder = "" if ground is None else ground.folder
        self._soup_tags: list[SoupTag] = []
        self._links: dict[bytes, SoupTag] = {}
        self.tags: list[Tag] = []
        self.spans: list[dict[str, Attribute]] = []
        """Per bs4 Tag: its attributes, their places counted from the beginning of its `rest`."""
        # Of each distinct tag, what is known of it; None: that is to be read from the next bs4 Tag.
        self._places: list[Places | None] = []
        self._keys: list[TagKey | None] = []
        self.occurrences: list[Occurrence | Mention | Place] = []
        """In the order of the document; of plain links that were known before, their places."""

    def prepare_markup(self, markup: Any, *_: Any, **__: Any) -> Iterator[tuple[Any, None, None, bool]]:
        """The bytes as they are: their encoding was sniffed before."""
        yield markup, None, None, False

    def feed(self, markup: Any) -> None:  # noqa: ARG002 - bs4 looks at bytes it is given, and warns
        """Scan the document and make a Tag of each distinct one that can hold a link."""
        body = self._body
        known: dict[tuple[object, ...], int] = {}
        follow = None if self._ground is None else self._follow
        tags = scan(body, is_xml=self._is_xml_document, follow=follow, patterns=self._patterns)
        for seen, tag in enumerate(tags):
            if len(self.occurrences) == MAX_TAGS:
                self._allowance.left_out += 1
                continue
            if not seen % _TAGS_OF_WORK:
                self._allowance.spend()
            start, end = tag.rest
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

    def links(self) -> Iterable[SoupTag]:
        """The bs4 Tag of every URL that plain links name and none did before, with its `href` alone: no fragment."""
        return self._links.values()

    def placed(self, places: Iterable[Places], links: Iterable[KnownLink | None]) -> Iterator[Place]:
        """The places of each tag, wherever it stands in the document.

        Args:
            places: of the bs4 Tags that were made.
            links: what those are that are plain links; None: nothing, or left out.
        """
        complete = self._complete(iter(places))
        named = dict(zip(self._links, links, strict=True))
        if not self._allowance.left_out:
            for link in named.values():
                if link is not None:
                    self._familiar.name(self._folder, link)
        for occurrence in self.occurrences:
            if isinstance(occurrence, Place):
                yield occurrence
            elif isinstance(occurrence, Mention):
                name, start, written = occurrence
                if (link := named[name]) is not None:
                    text = written.decode("ascii")
                    known = KnownLink.to(link.url, text, text[len(name) :])
                    yield _place((start, start + len(text), '"', text, "url", known.references, None))
            else:
                number, offset = occurrence
                for place in complete[number]:
                    start, end, quote, text, syntax, references, inner = place
                    if syntax == "stylesheet":
                        yield place
                    else:
                        yield _place((start + offset, end + offset, quote, text, syntax, references, inner))

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

    def _follow(self, found: re.Match[bytes]) -> None:
        """Take in a plain link: known from another page of the folder, or as a bs4 Tag."""
        occurrences, written, fragment = self.occurrences, found[2], found[3]
        if len(occurrences) >= MAX_TAGS:
            self._allowance.left_out += 1
            return
        if not len(occurrences) % _LINKS_OF_WORK:
            self._allowance.spend()
        known = self._familiar.link(self._folder, written, fragment)
        if known is None:
            named = written[: len(written) - len(fragment)] if fragment else written
            if named not in self._links:
                self._links[named] = self._tag("a", {"href": named.decode("ascii")})
            occurrences.append(_mention((named, found.start(2), written)))
        elif self._allowance.keeps(known.url):
            start, end = found.span(2)
            occurrences.append(_place((start, end, '"', known.text, "url", known.references, None)))

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
        if len(rest) > _SHORT:
            self._allowance.spend(len(rest) // _CHARS_OF_WORK)
        spans = attributes_between(rest, 0, len(rest), self._codec)
        if tag.name not in {"style", "title"} and ELEMENTS.get(tag.name, ANYWHERE).keys().isdisjoint(spans):
            return False
        self._soup_tags.append(self._tag(tag.name, {name: each.value for name, each in spans.items()}))
        self.tags.append(tag)
        self.spans.append(spans)
        return True

    def _tag(self, name: str, values: dict[str, str]) -> SoupTag:
        """One more Tag of the soup."""
        self._allowance.spend()
        soup: Any = self.soup
        previous = soup.contents[-1] if soup.contents else soup
        made = SoupTag(soup, self, name, None, None, values, soup, previous)
        soup.contents.append(made)
        return made

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
    patterns: TagPatterns | None = None,
) -> tuple[BeautifulSoup, LinkTreeBuilder]:
    """A flat soup of the distinct link-bearing tags of `body`, and the builder that knows their places."""
    builder = LinkTreeBuilder(
        body,
        codec,
        allowance or Allowance(),
        is_xml_document=is_xml,
        familiar=familiar,
        ground=ground,
        patterns=patterns,
    )
    # Through a file: bs4 warns of markup that looks like a file name, which a hostile page may well do.
    soup = BeautifulSoup(io.BytesIO(), builder=builder)
    return soup, builder
