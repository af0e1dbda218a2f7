"""Repair the pages whose links turned out otherwise: redirects, failures, other types, late arrivals.

The frontier knows which URLs moved and which pages hold a link to them, so the cost is one rewrite a
page concerned. Pages are made anew from their stored originals with the addresses as they are now. Then no link
leads to a stub, and the stubs that are left are removed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from crawler.body import Body
from crawler.errors import DamageError, SiteError, StorageError
from crawler.frontier.protocol import Frontier
from crawler.mirror.store import Mirror
from crawler.originals import Originals
from crawler.reprint import Press
from crawler.standing import Entry
from crawler.study import Study
from crawler.urls import host_key, origins, target_of

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
    press = Press(ledger=frontier, originals=originals, study=study, stand_in=stand_in, mirror=mirror)
    await frontier.abandon_unsettled()
    group: list[_Repaired] = []
    changed = 0
    lost: StorageError | None = None
    async for entry in frontier.pages_to_repair():
        try:
            page = await _repaired(entry, press)
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
    await _clear_away(frontier, mirror)
    return changed


async def _clear_away(frontier: Frontier, mirror: Mirror) -> None:
    """Remove stubs at whose names nothing has landed, and files that their URLs have left: no link leads there now."""
    notes = await asyncio.to_thread(mirror.notes)
    # Those that share a name: http and https of a host.
    keys = {each + target_of(note.key) for note in notes if note.key for each in origins(host_key(note.key))}
    taken = set((await frontier.addresses(keys)).values())
    await asyncio.to_thread(mirror.remove, [note for note in notes if note.path not in taken])


async def _write(group: list[_Repaired], frontier: Frontier, mirror: Mirror) -> int:
    """Write what differs from the files as they are, then what they now lead to."""
    files = await asyncio.to_thread(_different, group, mirror)
    await mirror.write(files)
    await frontier.settle([(page.key, page.targets) for page in group])
    return len(files)


def _different(group: list[_Repaired], mirror: Mirror) -> list[tuple[str, Body]]:
    return [(page.path, page.body) for page in group if mirror.read(page.path) != page.body.read()]


async def _repaired(entry: Entry, press: Press) -> _Repaired | None:
    """The file of a page as it must read now."""
    capture = entry.good
    if capture is None or capture.mirror_path is None or (reprint := await press.reprint(capture)) is None:
        return None
    return _Repaired(
        key=entry.candidate.key, path=capture.mirror_path, body=reprint.body, targets=reprint.targets
    )
