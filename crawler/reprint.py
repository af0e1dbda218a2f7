"""Make an edition once more from the stored original, with its references led to where the URLs lie now.

The first edition of a page leads to names that were predicted; a reprint leads to what the ledger knows. It
replaces pages whose links turned out otherwise, and tells what a file of the mirror must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass

from crawler.body import Body
from crawler.carried import carried_in
from crawler.edition import pack_targets
from crawler.frontier.protocol import Ledger
from crawler.links.findings import MAX_READ_BYTES, Findings, Text
from crawler.mirror.store import Mirror
from crawler.model import Capture, Hop
from crawler.originals import Originals
from crawler.paths import relative
from crawler.porter import Porter
from crawler.rendering import read_as
from crawler.study import Study
from crawler.turns import slices
from crawler.urls import identity

__all__ = ["Press", "Reprint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprint:
    """An edition as it must read now.

    Args:
        body: the file's content.
        targets: fingerprints of the references that depend on what becomes of other URLs.
        led: of the URLs that lie in the dump, the mirror paths to which the references lead.
        embedded: the URLs that it needs to be shown.
    """

    body: Body
    targets: bytes
    led: Mapping[str, str]
    embedded: frozenset[str]


class Press:
    """Makes the reprints of one output.

    Args:
        ledger: knows where URLs lie.
        originals: stored bodies.
        study: where texts are read.
        stand_in: gives the URL that is offered where a page links to another (`Traps.stand_in`).
        mirror: holds what pages carry where no archive does; None: there is none.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        originals: Originals,
        study: Study,
        stand_in: Callable[[str], str] = str,
        mirror: Mirror | None = None,
    ) -> None:
        self.ledger = ledger
        self.originals = originals
        self.study = study
        self._stand_in = stand_in
        self._holds: Callable[[str], bool] = bool
        self._porter = Porter(ledger, originals, study.turns, mirror=mirror, stand_in=stand_in)

    def among(self, holds: Callable[[str], bool]) -> Press:
        """The same for a copy in which only some files are: references to others become absolute.

        Args:
            holds: whether a file of the mirror is in it.
        """
        other = copy(self)
        other._holds = holds  # noqa: SLF001 - its own class
        return other

    async def reprint(self, capture: Capture, *, carrying_as: bytes | None = None) -> Reprint | None:
        """The edition of a capture that has a file; None for what the mirror holds as it was sent.

        Args:
            capture: of which it is the edition.
            carrying_as: bytes of an edition; no more is carried than stands in those. None: all that can be.

        Raises:
            StorageError: the original is lost.
            PermanentError: of class `parse`: it cannot be read within bounds.
        """
        if capture.mirror_path is None or capture.size_bytes > MAX_READ_BYTES:
            return None
        body = await self.originals.shown(capture)
        text = Text(url=capture.url, media_type=capture.media_type, content_type=read_as(capture))
        async with self.study.read(text, body) as reading:
            if not reading.findings.is_text:
                return None
            embedded = _embedded(reading.findings)
            keys = await self._keys(reading.findings.urls, embedded)
            wanted = {key for each in keys.values() for key in each}
            addresses = await self.ledger.addresses(wanted)
            led, links = await self._led(keys, addresses, capture.mirror_path)
            load = await self._porter.bring(reading.findings.wishes)
            carried = load.carried if carrying_as is None else carried_in(carrying_as, load.carried)
            return Reprint(
                body=await reading.rewritten(links, carried),
                targets=pack_targets(addresses, wanted - addresses.keys(), load.marks),
                led=led,
                embedded=embedded,
            )

    async def _keys(self, urls: list[str], embedded: frozenset[str]) -> dict[str, tuple[str, ...]]:
        """By what each reference is looked up."""
        keys: dict[str, tuple[str, ...]] = {}
        for piece in slices(urls, str):
            async with self.study.turns:
                keys.update(
                    (url, _keys(url, self._stand_in(url), is_embedded=url in embedded)) for url in piece
                )
        return keys

    async def _led(
        self, keys: Mapping[str, tuple[str, ...]], addresses: Mapping[str, str | None], path: str
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Where the references lead that stay in the dump: mirror paths, and the same seen from `path`."""
        led: dict[str, str] = {}
        links: dict[str, str] = {}
        for piece in slices(list(keys), str):
            async with self.study.turns:
                for url in piece:
                    targets = (addresses.get(key) for key in keys[url])
                    target = next(filter(None, targets), None)
                    if target is not None and self._holds(target):
                        led[url] = target
                        links[url] = relative(path, target)
        return led, links


def _embedded(findings: Findings) -> frozenset[str]:
    return frozenset(each.url for each in findings.outlinks if each.hop is Hop.EMBED)


def _keys(url: str, other: str, *, is_embedded: bool) -> tuple[str, ...]:
    """By what a reference is looked up: what stands in for its URL first, unless the page needs that very one."""
    if other == url:
        return (identity(url),)
    keys = identity(other), identity(url)
    return keys[::-1] if is_embedded else keys
