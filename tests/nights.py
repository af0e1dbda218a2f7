"""Ask an output what changed, as `crawler changes` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crawler.body import Spool
from crawler.changes import ChangeKind, ChangeList, changes_between
from crawler.frontier.history import History
from crawler.originals import Originals
from crawler.output import Output

__all__ = ["changes_of", "lines_of"]


async def lines_of(folder: Path, since: int | None = None, until: int | None = None) -> list[dict[str, Any]]:
    """Every change between two runs (the last two), each with its kind."""
    place = Output(folder)
    async with await History.open(place.database) as history:
        last = (await history.ledger.runs())[-1].number if until is None else until
        originals = Originals(place.archive, history.ledger, Spool())
        with ChangeList() as found:
            await changes_between(history, originals, last - 1 if since is None else since, last, found)
            return [{"kind": kind, **each} for kind in ChangeKind for each in found.of(kind)]


async def changes_of(folder: Path, since: int | None = None, until: int | None = None) -> dict[str, set[str]]:
    """The URLs by kind; of what has moved with where to."""
    found: dict[str, set[str]] = {}
    for each in await lines_of(folder, since, until):
        shown = f"{each['url']} > {each['to']}" if "to" in each else each["url"]
        found.setdefault(each["kind"], set()).add(shown)
    return found
