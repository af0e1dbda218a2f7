"""Find the longest of many robots.txt patterns that matches a path, however many there are.

A site may send 28,000 patterns, and one of them is asked for with every URL. So plain beginnings and whole
paths are looked up, and of the patterns with `*` only those are tried whose literal text occurs in the path
at all. A trial is linear in the path: no regular expression is built from what a stranger wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = ["NO_MATCH", "Match", "Pattern", "Patterns", "compile_patterns"]

Match = tuple[int, int]
"""Octets of a pattern, and where its line begins in the file."""
NO_MATCH: Match = (0, 0)

# How much of a literal is looked up: 16 characters, or the power of two that it has at least.
_MAX_TAIL = 16
# Searching a path for this many literals costs less than cutting it into windows.
_FEW = 32


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern, cut at its `*`.

    Args:
        pieces: the literals between the `*`, the first one before it, the last one behind; at least one.
        is_anchored: the last piece ends the path (`$`).
        match: what it counts for.
    """

    pieces: tuple[str, ...]
    is_anchored: bool
    match: Match

    def matches(self, path: str) -> bool:
        """Whether the pieces stand in `path` in order, the first at its start, the last at its end if anchored.

        A piece taken where it first comes leaves most for the next: the position only moves forward.
        """
        first, *inner = self.pieces
        if not path.startswith(first):
            return False
        position = len(first)
        if not inner:
            return not self.is_anchored or position == len(path)
        last = inner.pop()
        for piece in inner:
            found = path.find(piece, position)
            if found < 0:
                return False
            position = found + len(piece)
        if self.is_anchored:
            return path.endswith(last, position)
        return path.find(last, position) >= 0


@dataclass(frozen=True, slots=True)
class Patterns:
    """Many patterns, ready to be asked.

    Args:
        beginnings: patterns without `*` and `$`, by their text.
        sizes: the lengths of these, longest first.
        wholes: patterns without `*` but with `$`, by the path that they name.
        wild: patterns with `*`, most octets first.
        by_tail: the ranks in `wild` by the last characters of the longest piece, by how many these are.
    """

    beginnings: dict[str, Match] = field(default_factory=dict)
    sizes: tuple[int, ...] = ()
    wholes: dict[str, Match] = field(default_factory=dict)
    wild: tuple[Pattern, ...] = ()
    by_tail: dict[int, dict[str, list[int]]] = field(default_factory=dict)

    def longest(self, path: str) -> Match:
        """The matching pattern with the most octets; of equal ones the one that comes first in the file."""
        best = self.wholes.get(path, NO_MATCH)
        for size in self.sizes:
            # A piece has at least as many characters as octets that count.
            if size < best[0]:
                break
            best = _better(best, self.beginnings.get(path[:size], NO_MATCH))
        for rank in self._ranks(path):
            pattern = self.wild[rank]
            if pattern.match[0] < best[0]:
                break
            if pattern.matches(path):
                return _better(best, pattern.match)
        return best

    def _ranks(self, path: str) -> list[int]:
        """Which patterns of `wild` are worth a trial, in order: their longest piece may occur in `path`."""
        ranks: list[int] = []
        for size, tails in self.by_tail.items():
            if len(tails) <= _FEW:
                occurring = [tail for tail in tails if tail in path]
            else:
                occurring = list(tails.keys() & {path[at : at + size] for at in range(len(path) - size + 1)})
            for tail in occurring:
                ranks += tails[tail]
        ranks.sort()
        return ranks


def compile_patterns(patterns: Iterable[Pattern]) -> Patterns:
    """Make `patterns`, given in the order of the file, ready to be asked."""
    beginnings: dict[str, Match] = {}
    wholes: dict[str, Match] = {}
    wild: dict[tuple[tuple[str, ...], bool, int], Pattern] = {}
    for pattern in patterns:
        first = pattern.pieces[0]
        if len(pattern.pieces) > 1:
            wild.setdefault((pattern.pieces, pattern.is_anchored, pattern.match[0]), pattern)
        elif pattern.is_anchored:
            wholes.setdefault(first, pattern.match)
        elif first:
            beginnings.setdefault(first, pattern.match)
    ranked = tuple(sorted(wild.values(), key=lambda pattern: -pattern.match[0]))
    by_tail: dict[int, dict[str, list[int]]] = {}
    for rank, pattern in enumerate(ranked):
        tail = _tail(max(pattern.pieces, key=len))
        by_tail.setdefault(len(tail), {}).setdefault(tail, []).append(rank)
    sizes = sorted({len(beginning) for beginning in beginnings}, reverse=True)
    return Patterns(beginnings, tuple(sizes), wholes, ranked, by_tail)


def _tail(piece: str) -> str:
    size = min(len(piece), _MAX_TAIL)
    return piece[-(1 << size.bit_length() - 1) :] if size else ""


def _better(one: Match, other: Match) -> Match:
    """The one with more octets; of equal ones the first in the file."""
    if one[0] == other[0]:
        return min(one, other)
    return max(one, other)
