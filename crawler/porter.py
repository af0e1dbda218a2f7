"""Bring what pages carry: the stored bytes of sprites, modules, manifests and text tracks, in the form in which they stand.

Only what the crawl has stored is brought. A page that is written before is marked as awaiting it, one that carries it
as carrying it; so when it arrives, or arrives changed, the pages concerned are known.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote

from crawler.carried import BEARABLE, MOST_CARRIED_BYTES, Carried, data_url
from crawler.errors import DamageError, StorageError
from crawler.frontier.fingerprints import awaiting, carrying
from crawler.links.document import Wish
from crawler.mirror.store import Mirror
from crawler.model import Capture
from crawler.originals import Originals
from crawler.sprite import Sprite
from crawler.turns import Turns
from crawler.urls import identity

__all__ = ["NO_LOAD", "Copies", "Load", "Porter"]

_MOST_KNOWN_BYTES = 2_000_000
_MOST_KNOWN = 256
_MOST_MADE_CHARS = 1_000_000
_MOST_WISHES = 500
# At a data: URL nothing is relative (HTML Standard, 8.1.6.5, resolve a module specifier): the whole module would not
# run. In a string or comment it is taken for one too; then the page leads there, as it did.
_RELATIVE_IMPORT = re.compile(rb"""(?:\bimport|\bfrom)\s*+["']\.{0,2}/""")


class Copies(Protocol):
    """What knows of each URL which copy of it is shown: a ledger, or one as of a date."""

    async def good_copy(self, key: str) -> tuple[str, Capture | None]:
        """The key at the end of its redirects, and its copy; None: it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one page carries.

    Args:
        carried: by wish; what is missing is led to by reference.
        marks: what stands for its keys among the targets of the page.
    """

    carried: Carried
    marks: frozenset[str]


NO_LOAD = Load(carried={}, marks=frozenset())
"""Of a page that needs none."""


@dataclass(slots=True)
class _Goods:
    """The stored bytes of one URL.

    Args:
        key: of the URL at the end of its redirects.
        media_type: of the bytes.
        body: at most so many as a page carries.
        sprite: the same, once it is asked for an element.
        values: what was made of it, by kind and fragment.
    """

    key: str
    media_type: str
    body: bytes
    sprite: Sprite | None = None
    values: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def make(self, wish: Wish) -> str | None:
        """Make what stands in a page for a wish, None if nothing can, and remember it."""
        if sum(len(each or "") for each in self.values.values()) > _MOST_MADE_CHARS:
            self.values.clear()
        value = self.values[wish.kind, wish.fragment] = self._made(wish)
        return value

    def _made(self, wish: Wish) -> str | None:
        kind = BEARABLE[wish.kind]
        if self.media_type not in kind.media_types:
            return None
        if wish.kind == "module" and _RELATIVE_IMPORT.search(self.body):
            return None
        if wish.kind != "element":
            return data_url(kind.written_type or self.media_type, self.body)
        if self.sprite is None:
            self.sprite = Sprite(self.body)
        return self.sprite.element(unquote(wish.fragment.removeprefix("#")))


class Porter:
    """Brings what pages carry, and remembers what it brought last.

    What it remembers may be old by the time; then it has arrived changed, and the pages are repaired.

    Args:
        copies: knows what is stored.
        originals: stored bodies.
        turns: of the event loop.
        mirror: holds what is no text as it was sent, where no archive does; None: there is none.
        stand_in: gives the URL that is offered where a page links to another (`Traps.stand_in`).
    """

    def __init__(
        self,
        copies: Copies,
        originals: Originals,
        turns: Turns,
        *,
        mirror: Mirror | None = None,
        stand_in: Callable[[str], str] = str,
    ) -> None:
        self._copies = copies
        self._originals = originals
        self._turns = turns
        self._mirror = mirror
        self._stand_in = stand_in
        self._known: OrderedDict[str, _Goods] = OrderedDict()
        self._known_bytes = 0

    async def bring(self, wishes: Sequence[Wish]) -> Load:
        """What a page with these wishes carries.

        Raises:
            DamageError: the database is damaged.
        """
        if not wishes:
            return NO_LOAD
        carried: dict[Wish, str] = {}
        marks: set[str] = set()
        goods: dict[str, _Goods | None] = {}
        room = MOST_CARRIED_BYTES
        for wish in wishes[:_MOST_WISHES]:
            if wish.url not in goods:
                goods[wish.url] = await self._goods(wish.url, marks)
            if (found := goods[wish.url]) is None:
                continue
            marks.add(carrying(found.key))
            if (wish.kind, wish.fragment) in found.values:
                value = found.values[wish.kind, wish.fragment]
            else:
                async with self._turns:
                    value = found.make(wish)
            room -= len(value or "")
            if room < 0:
                break
            if value is not None:
                carried[wish] = value
        return Load(carried=carried, marks=frozenset(marks))

    async def _goods(self, url: str, marks: set[str]) -> _Goods | None:
        """What is stored of a URL; else its keys are marked as awaited."""
        for key in dict.fromkeys((identity(url), identity(self._stand_in(url)))):
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
            final, capture = await self._copies.good_copy(key)
            if capture is not None:
                return self._remember(key, await self._stored(final, capture))
            marks.update((awaiting(key), awaiting(final)))
        return None

    async def _stored(self, key: str, capture: Capture) -> _Goods:
        body = b""
        if capture.size_bytes <= MOST_CARRIED_BYTES:
            try:
                body = (await self._originals.read(capture)).read()
            except DamageError:
                raise
            except StorageError:
                body = await self._as_mirrored(capture)
        return _Goods(key, capture.media_type if body else "", body)

    async def _as_mirrored(self, capture: Capture) -> bytes:
        """The file in the mirror if it is what was sent; else nothing."""
        if self._mirror is None or capture.mirror_path is None:
            return b""
        digest = await asyncio.to_thread(self._mirror.digest, capture.mirror_path)
        if capture.digest != f"sha256:{digest}":
            return b""
        return await asyncio.to_thread(self._mirror.read, capture.mirror_path) or b""

    def _remember(self, key: str, goods: _Goods) -> _Goods:
        if (old := self._known.pop(key, None)) is not None:
            self._known_bytes -= len(old.body)
        self._known[key] = goods
        self._known_bytes += len(goods.body)
        while len(self._known) > _MOST_KNOWN or self._known_bytes > _MOST_KNOWN_BYTES:
            _, oldest = self._known.popitem(last=False)
            self._known_bytes -= len(oldest.body)
        return goods
