"""Repair the pages whose links turned out otherwise: redirects, failures, other types, late arrivals.

The frontier knows which URLs moved and which pages hold a link to them, so the cost is one rewrite a
page concerned. Pages are made anew from their stored originals with the addresses as they are now.
"""

from __future__ import annotations

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


async def settle(frontier: Frontier, originals: Originals, mirror: Mirror) -> int:
    """Bring every mirrored page in line with where its targets lie; gives how many files changed.

    Raises:
        StorageError: an original is lost or the disk failed; what moved stays known, so the next run
            repairs the rest.
    """
    await frontier.abandon_unsettled()
    files: list[tuple[str, bytes]] = []
    changed = 0
    lost: StorageError | None = None
    async for entry in frontier.pages_to_repair():
        try:
            file = await _repaired(entry, frontier, originals)
        except StorageError as error:
            lost = error
            continue
        if file is not None and mirror.read(file[0]) != file[1]:
            files.append(file)
        if len(files) >= _GROUP:
            await mirror.write(files)
            changed += len(files)
            files.clear()
    await mirror.write(files)
    if lost is not None:
        raise lost
    await frontier.settled()
    return changed + len(files)


async def _repaired(entry: Entry, frontier: Frontier, originals: Originals) -> tuple[str, bytes] | None:
    """The file of a page as it must read now."""
    capture = entry.good
    if capture is None or capture.mirror_path is None:
        return None
    body = await originals.read(capture)
    document = read_document(body, capture.url, capture.media_type, capture.content_type or None)
    if document is None:
        return None
    keys = {each.url: identity(each.url) for each in document.references() if each.hop is not None}
    addresses = await frontier.addresses(set(keys.values()))
    path = capture.mirror_path

    def address(url: str) -> str | None:
        target = addresses.get(keys[url])
        return None if target is None else relative(path, target)

    return path, rewrite(document, body, address)
