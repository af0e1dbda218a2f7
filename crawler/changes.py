"""Tell what changed between two runs, URL by URL, and the difference of one page between two of its copies.

| kind | a URL that |
|---|---|
| `new` | has a good copy and had none; or is there again after it was gone |
| `changed` | says something else: other bytes and, of a web page, another main content (`crawler.content`) |
| `gone` | answers 404 or 410, or with a page that says so |
| `unlinked` | is good, and no page leads there any more |
| `moved` | is a permanent redirect; or is gone, and its content is at a new URL |
| `failing` | fails in another way, after it was good |
| `recovered` | is good again, with the content it had |

What stood so at the earlier run already is not told again. A move is told once: its new URL is not `new` beside it.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any, Self

from crawler.errors import StorageError
from crawler.frontier.history import History
from crawler.media import is_html
from crawler.originals import Originals
from crawler.rendering import read_as
from crawler.shift import Lapse, Shift
from crawler.urls import identity
from crawler.vetting import gist_of_body

__all__ = ["Change", "ChangeKind", "ChangeList", "changes_between"]

_MAX_HELD = 100_000
_MAX_READ = 1000
_MAX_ALIKE = 10


class ChangeKind(StrEnum):
    """What became of a URL between two runs."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    UNLINKED = "unlinked"
    MOVED = "moved"
    FAILING = "failing"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of what changed.

    Args:
        url: of it.
        title: of its good copy; "": it has none.
        media_type: of its good copy.
        reason: of a failure, its class first.
        to: where it has moved to.
    """

    url: str
    title: str = ""
    media_type: str = ""
    reason: str = ""
    to: str = ""

    def values(self) -> dict[str, str]:
        """For programs; what is not known is missing."""
        told = {name: getattr(self, name) for name in ("url", "title", "media_type", "reason", "to")}
        return {name: value for name, value in told.items() if value}


class ChangeList:
    """What changed, by kind, in files without a name: memory does not grow with it. Use it as a context manager."""

    def __init__(self) -> None:
        self._files = ExitStack()
        self._by_kind: dict[ChangeKind, IO[str]] = {}
        self.counts: dict[ChangeKind, int] = dict.fromkeys(ChangeKind, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        self._files.close()

    @property
    def total(self) -> int:
        """How many changes."""
        return sum(self.counts.values())

    def add(self, kind: ChangeKind, change: Change) -> None:
        """Take in one more."""
        file = self._by_kind.get(kind)
        if file is None:
            file = self._by_kind[kind] = self._files.enter_context(
                tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass")  # noqa: SIM115 - the stack closes it
            )
        file.write(json.dumps(change.values()) + "\n")
        self.counts[kind] += 1

    def of(self, kind: ChangeKind) -> Iterator[dict[str, Any]]:
        """Those of a kind, by URL, as `Change.values` has them."""
        file = self._by_kind.get(kind)
        if file is not None:
            file.seek(0)
            try:
                for line in file:
                    yield json.loads(line)
            finally:
                file.seek(0, 2)

    def stretch(
        self, kinds: Iterable[ChangeKind], after: int, limit: int
    ) -> list[tuple[ChangeKind, dict[str, Any]]]:
        """Those of some kinds, one kind after the other, `after` of them passed over, at most `limit`. Blocking."""
        found: list[tuple[ChangeKind, dict[str, Any]]] = []
        for kind in kinds:
            if after >= self.counts[kind]:
                after -= self.counts[kind]
                continue
            some = itertools.islice(self.of(kind), after, after + limit - len(found))
            found += [(kind, change) for change in some]
            after = 0
            if len(found) == limit:
                break
        return found


@dataclass(slots=True)
class _Moves:
    """Where what is gone may be found again.

    Args:
        by_digest: URLs that are gone, by the digest of their body.
        by_title: pages that are gone, by title, with their digest.
        to: where each has been found.
        targets: URLs at which something has been found.
    """

    by_digest: dict[str, str]
    by_title: dict[str, list[Shift]]
    to: dict[str, str]
    targets: set[str]


async def changes_between(
    history: History, originals: Originals, since: int, until: int, found: ChangeList
) -> None:
    """Gather what changed between the ends of two runs.

    Args:
        history: of the output.
        originals: its stored bodies; only pages that may have moved are read.
        since: number of the earlier run.
        until: number of the later one.
        found: takes it in.

    Raises:
        StorageError: the database is damaged.
    """
    moves = await _moves(history, originals, since, until)
    async for shift in history.shifts(since, until):
        for kind in _kinds(shift):
            if kind is ChangeKind.NEW and shift.url in moves.targets:
                continue
            if kind is ChangeKind.GONE and shift.url in moves.to:
                kind = ChangeKind.MOVED  # noqa: PLW2901 - the same change, known better
            found.add(kind, _change(shift, kind, moves.to.get(shift.url, "")))


def _kinds(shift: Shift) -> Iterator[ChangeKind]:
    if shift.lapse is not Lapse.GOOD:
        if shift.lapse is not shift.lapse_before or shift.digest_before is None:
            yield ChangeKind(shift.lapse.value)
        return
    was_there = shift.digest_before is not None and shift.lapse_before not in {Lapse.GONE, Lapse.MOVED}
    if not was_there:
        yield ChangeKind.NEW
    elif _says_else(shift):
        yield ChangeKind.CHANGED
    elif shift.lapse_before is Lapse.FAILING:
        yield ChangeKind.RECOVERED
    if was_there and shift.was_linked and not shift.is_linked:
        yield ChangeKind.UNLINKED


def _says_else(shift: Shift) -> bool:
    if shift.digest == shift.digest_before or not shift.is_revised:
        return False
    before, now = shift.gist_before.partition(" ")[0], shift.gist.partition(" ")[0]
    # Of a page without text there is no gist to compare, only bytes.
    return before != now or before in {"", "-"}


def _change(shift: Shift, kind: ChangeKind, to: str) -> Change:
    is_lapse = kind in {ChangeKind.GONE, ChangeKind.FAILING, ChangeKind.MOVED}
    return Change(
        url=shift.url,
        title=shift.title,
        media_type=shift.media_type,
        reason=shift.reason if is_lapse else "",
        to=(to or shift.redirect_to or "") if kind is ChangeKind.MOVED else "",
    )


async def _moves(history: History, originals: Originals, since: int, until: int) -> _Moves:
    """Look for what is gone among what is new: the same bytes, or the same title and main content."""
    moves = _Moves({}, {}, {}, set())
    async for shift in history.shifts(since, until):
        kinds = set(_kinds(shift))
        if ChangeKind.MOVED in kinds and shift.redirect_to:
            moves.targets.add(shift.redirect_to)
        if ChangeKind.GONE in kinds and shift.size_bytes and len(moves.by_digest) < _MAX_HELD:
            moves.by_digest[shift.digest] = shift.url
            if is_html(shift.media_type) and len(moves.by_title) < _MAX_READ:
                moves.by_title.setdefault(shift.title, []).append(shift)
    if moves.by_digest:
        await _find_again(moves, history, originals, since, until)
    return moves


async def _find_again(moves: _Moves, history: History, originals: Originals, since: int, until: int) -> None:
    """Look through what is new for what is gone."""
    reads = _MAX_READ
    async for shift in history.shifts(since, until):
        if shift.digest_before is not None or ChangeKind.NEW not in set(_kinds(shift)):
            continue
        old = moves.by_digest.get(shift.digest)
        alike = moves.by_title.get(shift.title, ()) if old is None and is_html(shift.media_type) else ()
        for gone in alike[: min(reads, _MAX_ALIKE)]:
            reads -= 1
            if await _say_the_same(history, originals, gone.url, shift.url, until):
                old = gone.url
                break
        if old is not None and old not in moves.to:
            moves.to[old] = shift.url
            moves.targets.add(shift.url)


async def _say_the_same(history: History, originals: Originals, one: str, other: str, run: int) -> bool:
    """Whether the good copies of two pages have the same main content."""
    digests = []
    for url in (one, other):
        copy = await history.copy_as_of(identity(url), run)
        if copy is None:
            return False
        try:
            digests.append((await gist_of_body(await originals.shown(copy), read_as(copy) or "")).digest)
        except StorageError:
            return False
    return bool(digests[0]) and digests[0] == digests[1]
