"""Name what an output can lack: one value for each thing that `crawler verify` finds.

A flaw is a fault or a remark. A fault is damage: the copy is not what it was, or not what it says it is. A
remark tells of what the site does not have, of what a later run puts right by itself, and of leftovers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["REMARKS", "Flaw", "FlawKind"]


class FlawKind(StrEnum):
    """The kinds, as they are printed; docs/verify.md tells of each."""

    MISSING_FILE = "missing-file"
    ALTERED_FILE = "altered-file"
    WRONG_LINK = "wrong-link"
    DANGLING_LINK = "dangling-link"
    MISSING_REQUISITE = "missing-requisite"
    ORPHAN_FILE = "orphan-file"
    STRANGE_FILE = "strange-file"
    MISSING_SEGMENT = "missing-segment"
    SHORT_SEGMENT = "short-segment"
    DAMAGED_RECORD = "damaged-record"
    LOST_RECORD = "lost-record"
    LOST_ORIGINAL = "lost-original"
    WRONG_INDEX = "wrong-index"
    WRONG_COUNT = "wrong-count"
    MISSING_REPORT = "missing-report"
    MISSING_START_PAGE = "missing-start-page"

    ABSENT_REQUISITE = "absent-requisite"
    UNFINISHED = "unfinished"
    UNSETTLED = "unsettled"
    UNCOMPARED = "uncompared"
    OLD_FILE = "old-file"
    TORN_TAIL = "torn-tail"
    FOREIGN_FILE = "foreign-file"


REMARKS = frozenset(
    {
        FlawKind.ABSENT_REQUISITE,
        FlawKind.UNFINISHED,
        FlawKind.UNSETTLED,
        FlawKind.UNCOMPARED,
        FlawKind.OLD_FILE,
        FlawKind.TORN_TAIL,
        FlawKind.FOREIGN_FILE,
    }
)
"""The kinds that are no faults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing that is not as it must be.

    Args:
        kind: of which there are few.
        place: the file, below the output; for what is no file's, the URL.
        what: is wrong, in a few words.
        advice: what to do about it.
        url: of the crawl that it concerns; "": none.
    """

    kind: FlawKind
    place: str
    what: str
    advice: str
    url: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether it is more than a remark."""
        return self.kind not in REMARKS
