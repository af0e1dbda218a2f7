"""Say why what a page needs is not in the dump: the crawl lacks it, or the site does."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from crawler.flaw import Flaw, FlawKind
from crawler.frontier.protocol import Ledger
from crawler.model import Candidate, Hop, State
from crawler.options import ScopeOptions
from crawler.scope import Scope
from crawler.standing import Entry
from crawler.urls import identity

__all__ = ["AGAIN", "GO_ON", "Requisites"]

AGAIN = "crawl with --fresh: it is fetched and written again"
"""What brings back what is lost but for the site."""

GO_ON = "the same crawl again puts it right"
"""What brings what a crawl has not come to."""

_MAX_TOLD = 10_000


class Requisites:
    """Looks after requisites that have no address in the dump.

    Args:
        ledger: knows what became of them.
        options: of the last run, which tell what belongs to the crawl.
        stand_in: gives the URL that is offered where a page links to another (`Traps.stand_in`).
    """

    def __init__(self, ledger: Ledger, options: ScopeOptions, stand_in: Callable[[str], str]) -> None:
        self._ledger = ledger
        # Where the seeds lie does not matter to what pages need.
        self._scope = Scope(options)
        self._stand_in = stand_in
        self._told: OrderedDict[str, None] = OrderedDict()

    async def flaw(self, url: str, page: Candidate, file: str) -> Flaw | None:
        """Why a requisite is not there; None: it does not belong to the crawl, or was told of (within bounds).

        Args:
            url: of the requisite.
            page: that needs it.
            file: of that page, below the output.
        """
        key = identity(url)
        entry = await self._ledger.entry(key) or await self._ledger.entry(identity(self._stand_in(url)))
        if entry is None:
            if not self._scope.judge(url, page.hops + Hop.EMBED, page.depth).accepted:
                return None
            kind, what, advice = FlawKind.MISSING_REQUISITE, "was never fetched", AGAIN
        else:
            kind, what, advice = _judged(entry)
        if key in self._told:
            self._told.move_to_end(key)
            return None
        self._told[key] = None
        if len(self._told) > _MAX_TOLD:
            self._told.popitem(last=False)
        return Flaw(kind=kind, place=file, what=f"needs {url}, which {what}", advice=advice, url=url)


def _judged(entry: Entry) -> tuple[FlawKind, str, str]:
    reason = f" ({entry.reason})" if entry.reason else ""
    match entry.state:
        case State.QUEUED | State.CLAIMED:
            return FlawKind.UNFINISHED, f"is still queued{reason}", GO_ON
        case State.FAILED:
            return FlawKind.ABSENT_REQUISITE, f"could not be fetched{reason}", "the next crawl asks again"
        case State.EXCLUDED:
            return FlawKind.ABSENT_REQUISITE, f"may not be fetched{reason}", "`crawler why` tells more"
    if entry.good is not None:
        return FlawKind.MISSING_REQUISITE, "has no file in the mirror", AGAIN
    return (
        FlawKind.ABSENT_REQUISITE,
        "leads elsewhere, to what has no copy",
        "`crawler why` tells more",
    )
