"""Repair the pages whose links turned out otherwise: redirects, failures, other types, late arrivals.

The frontier knows which URLs moved and which pages hold a link to them, so the cost is one rewrite a
page concerned. Pages are made anew from their stored originals with the addresses as they are now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from crawler.body import Body
from crawler.edition import pack_targets
from crawler.errors import DamageError, SiteError, StorageError
from crawler.frontier.protocol import Frontier
from crawler.links.findings import MAX_READ_BYTES, Text
from crawler.mirror.store import Mirror
from crawler.model import Hop
from crawler.originals import Originals
from crawler.paths import relative
from crawler.standing import Entry
from crawler.study import Study
from crawler.turns import slices
from crawler.urls import identity

__all__ = ["settle"]

_GROUP = 64
_GROUP_BYTES = 32_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repaired:
    key: str
    path: str
    body: Body
    targets: bytes


async def settle(
    frontier: Frontier,
    originals: Originals,
    mirror: Mirror,
    study: Study,
    stand_in: Callable[[str], str] = str,
) -> int:
    """Bring every mirrored page in line with where its targets lie; gives how many files changed.

    Args:
        frontier: of the run.
        originals: of the pages.
        mirror: their files.
        study: where texts are read.
        stand_in: gives the URL that is offered where a page links to another (`Traps.stand_in`).

    Raises:
        StorageError: an original is lost or the disk failed; what moved stays known, so the next run
            repairs the rest.
        DamageError: the database is damaged; at once.
    """
    await frontier.abandon_unsettled()
    group: list[_Repaired] = []
    changed = 0
    lost: StorageError | None = None
    async for entry in frontier.pages_to_repair():
        try:
            page = await _repaired(entry, frontier, originals, study, stand_in)
        except DamageError:
            raise
        except StorageError as error:
            lost = error
            continue
        except SiteError as error:
            lost = StorageError(f"{entry.candidate.url}: {error}")
            continue
        if page is not None:
            group.append(page)
        if len(group) >= _GROUP or sum(each.body.size_bytes for each in group) >= _GROUP_BYTES:
            changed += await _write(group, frontier, mirror)
            group.clear()
    changed += await _write(group, frontier, mirror)
    if lost is not None:
        raise lost
    await frontier.settled()
    return changed


async def _write(group: list[_Repaired], frontier: Frontier, mirror: Mirror) -> int:
    """Write what differs from the files as they are, then what they now lead to."""
    files = await asyncio.to_thread(_different, group, mirror)
    await mirror.write(files)
    await frontier.settle([(page.key, page.targets) for page in group])
    return len(files)


def _different(group: list[_Repaired], mirror: Mirror) -> list[tuple[str, Body]]:
    return [(page.path, page.body) for page in group if mirror.read(page.path) != page.body.read()]


async def _repaired(
    entry: Entry, frontier: Frontier, originals: Originals, study: Study, stand_in: Callable[[str], str]
) -> _Repaired | None:
    """The file of a page as it must read now."""
    capture = entry.good
    if capture is None or capture.mirror_path is None or capture.size_bytes > MAX_READ_BYTES:
        return None
    body = await originals.read(capture)
    text = Text(url=capture.url, media_type=capture.media_type, content_type=capture.content_type or None)
    async with study.read(text, body) as reading:
        if not reading.findings.is_text:
            return None
        urls = reading.findings.urls
        embedded = {each.url for each in reading.findings.outlinks if each.hop is Hop.EMBED}
        keys: dict[str, tuple[str, ...]] = {}
        for piece in slices(urls, str):
            async with study.turns:
                keys.update((url, _keys(url, stand_in(url), is_embedded=url in embedded)) for url in piece)
        wanted = {key for each in keys.values() for key in each}
        addresses = await frontier.addresses(wanted)
        led: dict[str, str] = {}
        for piece in slices(urls, str):
            async with study.turns:
                for url in piece:
                    targets = (addresses.get(key) for key in keys[url])
                    if (target := next(filter(None, targets), None)) is not None:
                        led[url] = relative(capture.mirror_path, target)
        return _Repaired(
            key=entry.candidate.key,
            path=capture.mirror_path,
            body=await reading.rewritten(led),
            targets=pack_targets(addresses, wanted - addresses.keys()),
        )


def _keys(url: str, other: str, *, is_embedded: bool) -> tuple[str, ...]:
    """By what a reference is looked up: what stands in for its URL first, unless the page needs that very one."""
    if other == url:
        return (identity(url),)
    keys = identity(other), identity(url)
    return keys[::-1] if is_embedded else keys
