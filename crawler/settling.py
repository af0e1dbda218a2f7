"""Repair the pages whose links turned out otherwise: redirects, failures, other types, late arrivals.

The frontier knows which URLs moved and which pages hold a link to them, so the cost is one rewrite a
page concerned. Pages are made anew from their stored originals with the addresses as they are now.
"""

from __future__ import annotations

from dataclasses import dataclass

from crawler.body import Body
from crawler.edition import pack_targets
from crawler.errors import StorageError
from crawler.frontier.protocol import Frontier
from crawler.links.reading import read_document
from crawler.mirror.store import Mirror
from crawler.originals import Originals
from crawler.paths import relative
from crawler.rewrite import rewrite
from crawler.standing import Entry
from crawler.urls import identity

__all__ = ["settle"]

_GROUP = 64
_GROUP_BYTES = 32_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repaired:
    key: str
    path: str
    body: bytes
    targets: bytes


async def settle(frontier: Frontier, originals: Originals, mirror: Mirror) -> int:
    """Bring every mirrored page in line with where its targets lie; gives how many files changed.

    Raises:
        StorageError: an original is lost or the disk failed; what moved stays known, so the next run
            repairs the rest.
    """
    await frontier.abandon_unsettled()
    group: list[_Repaired] = []
    changed = 0
    lost: StorageError | None = None
    async for entry in frontier.pages_to_repair():
        try:
            page = await _repaired(entry, frontier, originals)
        except StorageError as error:
            lost = error
            continue
        if page is not None:
            group.append(page)
        if len(group) >= _GROUP or sum(len(each.body) for each in group) >= _GROUP_BYTES:
            changed += await _write(group, frontier, mirror)
            group.clear()
    changed += await _write(group, frontier, mirror)
    if lost is not None:
        raise lost
    await frontier.settled()
    return changed


async def _write(group: list[_Repaired], frontier: Frontier, mirror: Mirror) -> int:
    """Write what differs from the files as they are, then what they now lead to."""
    files = [(page.path, Body.of(page.body)) for page in group if mirror.read(page.path) != page.body]
    await mirror.write(files)
    await frontier.settle([(page.key, page.targets) for page in group])
    return len(files)


async def _repaired(entry: Entry, frontier: Frontier, originals: Originals) -> _Repaired | None:
    """The file of a page as it must read now."""
    capture = entry.good
    if capture is None or capture.mirror_path is None:
        return None
    body = (await originals.read(capture)).read()
    document = read_document(body, capture.url, capture.media_type, capture.content_type or None)
    if document is None:
        return None
    keys = {each.url: identity(each.url) for each in document.references() if not each.is_live}
    addresses = await frontier.addresses(set(keys.values()))
    path = capture.mirror_path

    def address(url: str) -> str | None:
        target = addresses.get(keys[url])
        return None if target is None else relative(path, target)

    outside = set(keys.values()) - addresses.keys()
    return _Repaired(
        key=entry.candidate.key,
        path=path,
        body=rewrite(document, body, address),
        targets=pack_targets(addresses, outside),
    )
