"""Make the mirror's edition of a body: the same bytes, with its references led into the dump."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crawler.addresses import Addresses
from crawler.body import Body
from crawler.frontier.fingerprints import pack, told_live
from crawler.offers import Offers
from crawler.paths import relative
from crawler.porter import NO_LOAD, Porter
from crawler.study import Reading
from crawler.turns import Turns, slices
from crawler.urls import identity

__all__ = ["Edition", "edit", "pack_targets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A body as the mirror holds it.

    Args:
        body: the file's content.
        targets: fingerprints of the references that depend on what becomes of other URLs; None for
            a body without references.
        promised: names that its links lead to and that may be free yet, with the URL of each.
    """

    body: Body
    targets: bytes | None
    promised: Mapping[str, str] = field(default_factory=dict)


async def edit(
    reading: Reading,
    path: str,
    offers: Offers,
    addresses: Addresses,
    turns: Turns,
    *,
    porter: Porter | None = None,
) -> Edition:
    """The edition of a text that lies at `path`.

    Args:
        reading: the text, read.
        path: of its file below the mirror.
        offers: what belongs to the crawl; all else is linked live, unless another page led there. So is what
            is not expected to land, or is known to have no file: the page is repaired if it gets one.
        addresses: where those lie.
        turns: of the event loop.
        porter: brings what it carries; None: nobody does.

    Raises:
        PermanentError: of class `parse`: it cannot be written within bounds.
    """
    if not reading.findings.is_text:
        return Edition(body=await reading.rewritten({}), targets=None)
    inside: dict[str, str] = {}
    outside: set[str] = set()
    led: dict[str, str] = {}
    promised: dict[str, str] = {}
    for piece in slices(reading.findings.urls, str):
        async with turns:
            for url in piece:
                key, at = _meant(url, offers, addresses)
                if at is None:
                    outside.add(key)
                    continue
                inside[url] = key
                if (target := addresses.of(at)) is not None:
                    led[url] = relative(path, target)
                    if addresses.may_be_free(target):
                        promised[target] = at
    load = NO_LOAD if porter is None else await porter.bring(reading.findings.wishes)
    async with turns:
        known = {*offers.accepted.values()}.difference(outside).union(inside.values())
        targets = pack_targets(known, outside - known, load.marks)
    body = await reading.rewritten(led, load.carried)
    return Edition(body=body, targets=targets, promised=promised)


def _meant(url: str, offers: Offers, addresses: Addresses) -> tuple[str, str | None]:
    """The key of a reference, and the URL at whose address it leads; None: it leads to the live site."""
    key, at = offers.accepted.get(url), addresses.stand_in(url)
    if key is None:
        key = offers.left_out.get(url) or identity(at)
        if not addresses.has_met(key):
            return key, None
    elif at != url and key == identity(url):
        at = url  # a requisite, or a redirect that there is no other way around
    is_live = not addresses.expects(key) or addresses.is_without_file(at)
    return key, None if is_live else at


def pack_targets(inside: Iterable[str], outside: Iterable[str], marks: Iterable[str] = ()) -> bytes:
    """The fingerprints by which a page is found when its links are to be repaired.

    Args:
        inside: keys that lead into the dump: their addresses may move.
        outside: keys that lead to the live site; should one appear in the dump, its link leads there.
        marks: of what it carries, as `Load` has them.
    """
    return pack([*inside, *marks, *(told_live(key) for key in outside)])
