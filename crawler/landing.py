"""Bring finished leases to the ground in the one order that survives a crash: bytes before belief.

archive (one flush to the disk) -> mirror (each file beside, then renamed) -> journal -> frontier (one transaction).
A kill between two steps repeats work; it never leaves the frontier believing in bytes that are not there.
Leases land in groups: whatever finished while the last group was being written is the next one.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from crawler.archive.records import Kept
from crawler.archive.segment import Archive, Location
from crawler.body import Body
from crawler.frontier.protocol import Frontier
from crawler.item import Item
from crawler.mirror.store import Mirror
from crawler.model import Disposition, Finish, Lease
from crawler.page import Page

__all__ = ["GROUP", "Landed", "Landing", "left_file"]

GROUP = 64
"""As many leases land at once at most."""
_PASSES = 8
"""Of the event loop, in which a group waits for more: no time where nothing else is to be done, and some pages where much is."""
_MAX_WAITING = 64
_MAX_WAITING_BYTES = 32_000_000
"""Once as much waits it is enough; and so is a group, which is taken of what waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """All that comes of one lease.

    Args:
        lease: what was claimed.
        disposition: what became of it; its capture gets its place in the archive here.
        kept: the answer for the archive, if it is kept.
        files: mirror files, (path, body).
        promised: names of the mirror that their links lead to, with the live URL of each.
        page: for readers of the crawl, if an HTML page was stored.
        body: of a good answer, or of the copy that was read again, for rules.
        items: that were taken of it.
    """

    lease: Lease
    disposition: Disposition
    kept: Kept | None = None
    files: tuple[tuple[str, Body], ...] = ()
    promised: Mapping[str, str] = field(default_factory=dict)
    page: Page | None = None
    body: Body | None = None
    items: tuple[Item, ...] = ()

    @property
    def size_bytes(self) -> int:
        """What is to be written of it."""
        bodies = [body for _, body in self.files]
        if self.kept is not None:
            bodies.append(self.kept.response.wire)
            bodies += () if self.kept.rendered is None else (self.kept.rendered.text,)
        if self.disposition.original is not None:
            bodies.append(self.disposition.original)
        return sum(body.size_bytes for body in bodies)


class Landing:
    """The one writer of a process.

    Args:
        archive: None: off.
        mirror: None: off.
        frontier: closes the leases.
        before: told about each group before the frontier is.
        after: told about each group once it is safe.
    """

    def __init__(
        self,
        archive: Archive | None,
        mirror: Mirror | None,
        frontier: Frontier,
        before: Callable[[Sequence[Landed]], None],
        after: Callable[[Sequence[Landed]], Awaitable[None]],
    ) -> None:
        self._archive = archive
        self._mirror = mirror
        self._frontier = frontier
        self._before = before
        self._after = after
        self._waiting: asyncio.Queue[Landed | None] = asyncio.Queue(_MAX_WAITING)
        self._waiting_bytes = 0
        self._has_room = asyncio.Event()

    async def land(self, landed: Landed) -> None:
        """Hand over a finished lease; waits while too many, or too many bytes, are ahead of it."""
        while self._waiting_bytes >= _MAX_WAITING_BYTES:
            self._has_room.clear()
            await self._has_room.wait()
        self._waiting_bytes += landed.size_bytes
        await self._waiting.put(landed)

    async def finish(self) -> None:
        """No more will come: `run` returns when all have landed."""
        await self._waiting.put(None)

    async def run(self) -> None:
        """Write group after group until `finish`.

        Raises:
            StorageError: the disk or the database failed; nothing of that group is believed.
        """
        is_open = True
        while is_open:
            group = [await self._waiting.get()]
            passes = 0
            while len(group) < GROUP and group[-1] is not None and passes < _PASSES:
                if self._waiting.empty():
                    passes += 1
                    await asyncio.sleep(0)
                else:
                    group.append(self._waiting.get_nowait())
            is_open = None not in group
            if landed := [each for each in group if each is not None]:
                self._waiting_bytes -= sum(each.size_bytes for each in landed)
                self._has_room.set()
                await self._write(landed)

    async def _write(self, group: list[Landed]) -> None:
        places: list[Location | None] = [None] * len(group)
        if self._archive is not None:
            kept = [each.kept for each in group if each.kept is not None]
            written = iter(await asyncio.to_thread(self._archive.append, kept) if kept else ())
            places = [None if each.kept is None else next(written) for each in group]
            group = [_placed(each, place) for each, place in zip(group, places, strict=True)]
        if self._mirror is not None and (files := [file for each in group for file in each.files]):
            promised = chain.from_iterable(each.promised.items() for each in group)
            await self._mirror.write(files, promised, filter(None, map(left_file, group)))
        self._before(group)
        await self._frontier.finish([_finish(each, place) for each, place in zip(group, places, strict=True)])
        await self._after(group)


def _finish(landed: Landed, place: Location | None) -> Finish:
    """What closes the lease: with how far its segment is to be believed in."""
    if place is None:
        return Finish(lease=landed.lease, disposition=landed.disposition)
    return Finish(
        lease=landed.lease,
        disposition=landed.disposition,
        segment=place.segment,
        segment_bytes=place.offset + place.length,
    )


def left_file(landed: Landed) -> tuple[str, str] | None:
    """The file that a URL has no more because its new copy lies elsewhere, and its key."""
    before, now = landed.lease.capture, landed.disposition.capture
    if before is None or before.mirror_path is None or now is None or not now.is_good:
        return None
    return None if before.mirror_path == now.mirror_path else (before.mirror_path, landed.lease.candidate.key)


def _placed(landed: Landed, location: Location | None) -> Landed:
    """The same with the capture knowing where its record lies; an unchanged page has none of its own."""
    capture = landed.disposition.capture
    if location is None or capture is None or capture.segment is not None:
        return landed
    capture = dataclasses.replace(
        capture,
        segment=location.segment,
        offset=location.offset,
        length=location.length,
        rendering=location.rendering,
    )
    return dataclasses.replace(landed, disposition=dataclasses.replace(landed.disposition, capture=capture))
