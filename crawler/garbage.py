"""Look for garbage less often: a crawl makes thousands of small tuples a page, and hardly a cycle."""

from __future__ import annotations

import gc

__all__ = ["collect_seldom"]

_YOUNG = 20_000
_ROUNDS = 20


def collect_seldom() -> None:
    """For a process that is ours alone: Python's own figure (700) costs a crawl a twentieth of its time."""
    gc.set_threshold(_YOUNG, _ROUNDS, _ROUNDS)
