"""Compare each file of the mirror with what it must hold, and see where it leads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from crawler.body import Body
from crawler.errors import DamageError, SiteError, StorageError
from crawler.flaw import Flaw, FlawKind
from crawler.links.findings import MAX_READ_BYTES
from crawler.links.reading import is_text_with_links
from crawler.mirror.inventory import Difference, Inventory
from crawler.model import Capture, State
from crawler.rendering import shown_digest
from crawler.reprint import Press, Reprint
from crawler.standing import Entry
from crawler.urls import host_key, identity, origins, target_of
from crawler.verification.pages import PageFile, blank, read_file
from crawler.verification.requisites import AGAIN, GO_ON, Requisites

__all__ = ["Files"]

_WAITING = frozenset({State.QUEUED, State.CLAIMED})
_DIFFERENCES = frozenset(
    {FlawKind.ALTERED_FILE, FlawKind.WRONG_LINK, FlawKind.UNFINISHED, FlawKind.UNSETTLED}
)
_MAX_LOOKED_UP = 50_000


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen of a file, and of those that it leads to: path and what is wrong with it."""

    difference: Difference | None
    lost: Sequence[tuple[str, str]] = ()


class Files:
    """The files of one mirror.

    Args:
        inventory: what lies there.
        press: makes what a page must hold.
        requisites: tells why they are not there.
        is_interrupted: the last run has not come to its end.
    """

    def __init__(
        self,
        *,
        inventory: Inventory,
        press: Press,
        requisites: Requisites,
        is_interrupted: bool,
    ) -> None:
        self._inventory = inventory
        self._press = press
        self._requisites = requisites
        self._is_interrupted = is_interrupted
        self._lack = lru_cache(_MAX_LOOKED_UP)(inventory.lack)

    async def check(self, entry: Entry) -> list[Flaw]:
        """What is wrong with the file of a URL, and with what it leads to.

        Raises:
            StorageError: the disk for temporary files is full or failed.
            DamageError: the database is damaged.
        """
        capture = entry.good
        if capture is None:
            return []
        if capture.mirror_path is None:
            return await self._unmirrored(entry, capture)
        if lack := self._lack(capture.mirror_path):
            return [_flaw(FlawKind.MISSING_FILE, capture, lack)]
        try:
            flaws = await self._compared(entry, capture, capture.mirror_path)
            is_twins = any(flaw.kind in _DIFFERENCES for flaw in flaws) and await self._is_twins(capture)
        except OSError as error:
            return [_flaw(FlawKind.MISSING_FILE, capture, f"cannot be read ({error.strerror})")]
        return [] if is_twins else flaws

    async def _is_twins(self, capture: Capture) -> bool:
        """Whether the file is that of another URL, which shares the name: http and https of a host do."""
        for origin in origins(host_key(capture.url)):
            url = origin + target_of(capture.url)
            twin = None if url == capture.url else await self._press.ledger.entry(identity(url))
            if twin is None or twin.good is None or twin.good.mirror_path != capture.mirror_path:
                continue
            flaws = await self._compared(twin, twin.good, capture.mirror_path or "")
            if all(flaw.kind not in _DIFFERENCES for flaw in flaws):
                return True
        return False

    def _is_waiting(self, entry: Entry) -> bool:
        """Whether a killed process may have been at work with this very URL."""
        return self._is_interrupted and entry.state in _WAITING

    async def _unmirrored(self, entry: Entry, capture: Capture) -> list[Flaw]:
        """Without the archive, originals of texts are in the database, whether there is a mirror or not."""
        if capture.segment is not None or not is_text_with_links(capture.media_type):
            return []
        try:
            await self._press.originals.read(capture)
        except DamageError:
            raise
        except StorageError as error:
            return [_lost_original(entry.candidate.url, error)]
        return []

    async def _compared(self, entry: Entry, capture: Capture, name: str) -> list[Flaw]:
        reprint: Reprint | None = None
        is_read = is_text_with_links(capture.media_type)
        if is_read:
            try:
                reprint = await self._press.reprint(capture)
            except DamageError:
                raise
            except StorageError as error:
                return self._without_original(capture, error)
            except SiteError:
                # As it broke its reader, so it was kept as it was sent.
                reprint = None
        if reprint is None:
            return await self._as_sent(entry, capture, name)
        look = await asyncio.to_thread(self._look, name, reprint)
        may_be_as_sent = look.difference is not None and not capture.charset
        if may_be_as_sent and await asyncio.to_thread(self._inventory.holds, name, shown_digest(capture)):
            # It broke its reader when it was fetched: what it needs was never looked for.
            return []
        lacking = await self._lacking(entry, capture, reprint)
        if look.difference is None:
            return [*(_leading(capture, path, lack, reprint) for path, lack in look.lost), *lacking]
        return [*await self._different(entry, capture, name, look.difference), *lacking]

    def _without_original(self, capture: Capture, error: StorageError) -> list[Flaw]:
        if capture.segment is None:
            return [_lost_original(capture.url, error)]
        # The archive's own check says what is wrong there.
        what = f"cannot be compared: {str(error).partition(';')[0]}"
        return [_flaw(FlawKind.UNCOMPARED, capture, what)]

    def _look(self, name: str, reprint: Reprint) -> _Look:
        if (difference := self._inventory.difference(name, reprint.body)) is not None:
            return _Look(difference)
        paths = dict.fromkeys(reprint.led.values())
        return _Look(None, [(path, lack) for path in paths if (lack := self._lack(path))])

    async def _lacking(self, entry: Entry, capture: Capture, reprint: Reprint) -> list[Flaw]:
        """What the page needs and has no address."""
        found = []
        for url in sorted(reprint.embedded - reprint.led.keys()):
            flaw = await self._requisites.flaw(url, entry.candidate, _place(capture))
            if flaw is not None:
                found.append(flaw)
        return found

    async def _as_sent(self, entry: Entry, capture: Capture, name: str) -> list[Flaw]:
        """A file that must be the body itself."""
        if await asyncio.to_thread(self._inventory.holds, name, shown_digest(capture)):
            return []
        what = "is not what was fetched"
        try:
            original = await self._press.originals.shown(capture)
            difference = await asyncio.to_thread(self._inventory.difference, name, original)
            what = difference.words if difference else what
        except DamageError:
            raise
        except StorageError:
            pass
        kind = FlawKind.UNFINISHED if self._is_waiting(entry) else FlawKind.ALTERED_FILE
        return [_flaw(kind, capture, what)]

    async def _different(
        self, entry: Entry, capture: Capture, name: str, difference: Difference
    ) -> list[Flaw]:
        """Tell a page whose links alone are others from one that was altered; and see where it leads."""
        page = await self._page(capture, name)
        lost = [] if page is None else await asyncio.to_thread(self._lost, capture, page)
        if page is not None and page.blank in (
            await self._blank(capture),
            await self._blank_carrying(capture, name),
        ):
            if not self._is_interrupted:
                return [
                    _flaw(FlawKind.WRONG_LINK, capture, f"has another link than it must: {difference.words}"),
                    *lost,
                ]
            return lost or [_flaw(FlawKind.UNSETTLED, capture, "has links that are to be repaired")]
        kind = FlawKind.UNFINISHED if self._is_waiting(entry) else FlawKind.ALTERED_FILE
        return [_flaw(kind, capture, f"is altered: {difference.words}"), *lost]

    async def _page(self, capture: Capture, name: str) -> PageFile | None:
        content = await asyncio.to_thread(self._inventory.read, name, MAX_READ_BYTES + 1)
        if len(content) > MAX_READ_BYTES:
            return None
        try:
            return await read_file(capture, Body.of(content), self._press.study)
        except SiteError:
            return None

    async def _blank_carrying(self, capture: Capture, name: str) -> Body | None:
        """The same of a page that carries what the file carries: some may have come after it was written."""
        content = await asyncio.to_thread(self._inventory.read, name, MAX_READ_BYTES + 1)
        try:
            reprint = await self._press.reprint(capture, carrying_as=content)
            if reprint is None:
                return None
            return (await read_file(capture, reprint.body, self._press.study)).blank
        except SiteError:
            return None

    async def _blank(self, capture: Capture) -> Body | None:
        try:
            return await blank(capture, await self._press.originals.shown(capture), self._press.study)
        except SiteError:
            return None

    def _lost(self, capture: Capture, page: PageFile) -> list[Flaw]:
        return [
            _broken(capture, each.path, lack, is_embedded=each.is_embedded)
            for each in page.links
            if (lack := self._lack(each.path))
        ]


def _leading(capture: Capture, path: str, lack: str, reprint: Reprint) -> Flaw:
    is_embedded = any(reprint.led.get(url) == path for url in reprint.embedded)
    return _broken(capture, path, lack, is_embedded=is_embedded)


def _broken(capture: Capture, path: str, lack: str, *, is_embedded: bool) -> Flaw:
    if is_embedded:
        return _flaw(FlawKind.MISSING_REQUISITE, capture, f"needs mirror/{path}, which {lack}")
    return _flaw(FlawKind.DANGLING_LINK, capture, f"leads to mirror/{path}, which {lack}")


def _flaw(kind: FlawKind, capture: Capture, what: str) -> Flaw:
    advice = GO_ON if kind in {FlawKind.UNFINISHED, FlawKind.UNSETTLED} else AGAIN
    return Flaw(kind=kind, place=_place(capture), what=what, advice=advice, url=capture.url)


def _lost_original(url: str, error: StorageError) -> Flaw:
    what = str(error).removeprefix(f"{url}: ").partition(";")[0]
    what = f"cannot be made anew: {what}"
    return Flaw(kind=FlawKind.LOST_ORIGINAL, place=url, what=what, advice=AGAIN, url=url)


def _place(capture: Capture) -> str:
    return f"mirror/{capture.mirror_path}"
