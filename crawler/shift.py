"""Hold what is told of one URL between two runs, and how it stands that had a good copy.

Nothing here does anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Answers", "Lapse", "Shift"]


class Lapse(StrEnum):
    """How a URL stands that had a good copy; the copy stays in the mirror, whatever this is.

    GOOD: it has one still. MOVED: a permanent redirect. GONE: 404, 410, or a page that says so. FAILING: anything
    else that is no good answer.
    """

    GOOD = ""
    MOVED = "moved"
    GONE = "gone"
    FAILING = "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers of a run that were kept, counted by something.

    Args:
        what: they are counted by.
        answers: how many.
        size_bytes: of their bodies, content-decoded.
    """

    what: str
    answers: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A URL as it stood at the end of two runs.

    Args:
        url: with a good copy at the later one.
        hops: how it was reached.
        digest_before: of the good copy at the earlier one; None: there was none.
        gist_before: of that copy, if it was kept.
        title_before: of that copy.
        digest: of the good copy at the later one.
        gist: of that copy, if it was kept.
        title: of that copy.
        media_type: of that copy.
        status: of that copy.
        size_bytes: of that copy.
        is_revised: a copy between the two may say something else than the one before it.
        lapse_before: how it stood at the earlier one.
        lapse: how it stood at the later one.
        reason: of the last lapse.
        was_linked: at the earlier one a page led there.
        is_linked: at the later one.
        redirect_to: where it led when it was a redirect the last time.
    """

    url: str
    hops: str
    digest_before: str | None
    gist_before: str
    title_before: str
    digest: str
    gist: str
    title: str
    media_type: str
    status: int
    size_bytes: int
    is_revised: bool
    lapse_before: Lapse
    lapse: Lapse
    reason: str
    was_linked: bool
    is_linked: bool
    redirect_to: str | None
