"""Find what lies in the mirror and is no good copy of any URL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from crawler.flaw import Flaw, FlawKind
from crawler.mirror.inventory import Inventory, Lying
from crawler.model import State
from crawler.paths import mirror_path
from crawler.register import Register
from crawler.standing import Entry
from crawler.verification.requisites import GO_ON

__all__ = ["Leftovers"]

_GOOD, _NOTED, _AWAITED, _OLD = range(4)
_WAITING = frozenset({State.QUEUED, State.CLAIMED})
_EXTENSION = re.compile(r"~?\.[^./~]+\Z")


class Leftovers:
    """The files of one mirror that are left when those of all URLs are taken away. Blocking.

    Args:
        inventory: what lies there.
        register: empty; remembers what should.
        is_interrupted: the last run has not come to its end.
    """

    def __init__(self, inventory: Inventory, register: Register, *, is_interrupted: bool) -> None:
        self._inventory = inventory
        self._register = register
        self._is_interrupted = is_interrupted

    def expect(self, entries: Sequence[Entry]) -> None:
        """Remember where files of these lie, or are still to come."""
        self._register.enter(
            (entry.good.mirror_path, _GOOD)
            for entry in entries
            if entry.good is not None and entry.good.mirror_path is not None
        )
        self._register.enter(
            (name, _AWAITED)
            for entry in entries
            if entry.state in _WAITING
            for name in self._possible(mirror_path(entry.candidate.url))
        )

    def flaws(self, noted: Iterable[str], older: Iterable[str]) -> Iterator[Flaw | None]:
        """What lies there and is no good copy, once all is remembered; None: it is one.

        Args:
            noted: what is to be looked at, and removed if it is of no use, once all links are right.
            older: where earlier copies lay.
        """
        self._register.enter((name, _NOTED) for name in noted)
        self._register.enter((name, _OLD) for name in older)
        for lying in self._inventory.lying():
            yield self._leftover(lying)

    def _leftover(self, lying: Lying) -> Flaw | None:
        place = f"mirror/{_shown(lying.name)}"
        if lying.kind != "file":
            what = f"is a {lying.kind}, which no crawl makes"
            return Flaw(kind=FlawKind.STRANGE_FILE, place=place, what=what, advice="remove it")
        numbers = [self._register.number(_shown(name)) for name in self._possible(lying.name)]
        if numbers[0] == _GOOD:
            return None
        if _NOTED in numbers or _AWAITED in numbers:
            what = "stands in for what has not landed yet"
            return Flaw(kind=FlawKind.UNFINISHED, place=place, what=what, advice=GO_ON)
        if numbers[0] == _OLD:
            what = "is an older copy, which nothing leads to any more"
            return Flaw(kind=FlawKind.OLD_FILE, place=place, what=what, advice="it may be removed")
        what = "belongs to no URL of the crawl"
        return Flaw(kind=FlawKind.ORPHAN_FILE, place=place, what=what, advice="remove it")

    def _possible(self, name: str) -> tuple[str, ...]:
        """A name; where a file may lie that nobody knows of yet, also what another type of the URL has in common."""
        return (name, _EXTENSION.sub("", name)) if self._is_interrupted else (name,)


def _shown(name: str) -> str:
    """A name as text that can be stored and printed, whatever its bytes."""
    return name.encode("utf-8", "backslashreplace").decode()
