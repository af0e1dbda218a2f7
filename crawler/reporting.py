"""Read from the ledger what a run did."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from crawler.fates import read_fates
from crawler.frontier.protocol import Ledger
from crawler.report import MAX_LISTED, Report, bad_states, duplicates, failures, remarks, tried
from crawler.standing import Run, SeedState

__all__ = ["read_report"]


async def read_report(
    ledger: Ledger, run: Run, seconds: float, warnings: Iterable[str], *, repaired: int = 0
) -> Report:
    """The report of the last run, without what changed.

    Args:
        ledger: of the crawl.
        run: the last one, as it stands there once it is closed.
        seconds: that it took.
        warnings: that were met with.
        repaired: mirror files that were written again.

    Raises:
        StorageError: the ledger cannot be read.
    """
    outcomes = await ledger.outcomes()
    return Report(
        run=run,
        seconds=seconds,
        fates=await read_fates(ledger, run),
        bad_seeds=await _first(ledger.seeds(bad_states(run.outcome))),
        redirected_seeds=await _first(ledger.seeds(is_redirected=True)),
        failures=failures(outcomes),
        tried=tried(outcomes),
        refusals=tuple(await ledger.refusals()),
        duplicates=duplicates(outcomes),
        repaired=repaired,
        warnings=(*dict.fromkeys(warnings), *remarks(outcomes)),
    )


async def _first(seeds: AsyncIterator[SeedState]) -> tuple[SeedState, ...]:
    """As many as are listed."""
    found: list[SeedState] = []
    async for each in seeds:
        found.append(each)
        if len(found) == MAX_LISTED:
            break
    return tuple(found)
