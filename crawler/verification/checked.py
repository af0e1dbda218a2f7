"""Count what has been looked at, for whoever waits."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Checked"]


@dataclass(slots=True)
class Checked:
    """How far a verification is.

    Args:
        phase: what is looked at now: `database`, `archive` or `mirror`.
        urls: that the crawl knows.
        files: of the mirror.
        answers: of the archive.
    """

    phase: str = "database"
    urls: int = 0
    files: int = 0
    answers: int = 0
