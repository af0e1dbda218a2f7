"""Find the files that picked pages need to be shown, and what those need in turn."""

from __future__ import annotations

from collections.abc import Mapping

from crawler.errors import DamageError, SiteError, StorageError, UsageError
from crawler.export.dump import Dump
from crawler.media import media_class
from crawler.model import Capture
from crawler.reprint import Press

__all__ = ["needed_by"]

# A page, five requisites in a row at most, and one more look for what their redirects lead to.
_MAX_STEPS = 7
_WITHOUT_REFERENCES = frozenset({"font", "media"})


async def needed_by(dump: Dump, press: Press) -> frozenset[str]:
    """The mirror paths of what was picked and of what that needs; links count for nothing.

    What is held grows with the pages that were picked.

    Args:
        dump: with what was picked.
        press: tells what a text needs.

    Raises:
        UsageError: something that was picked has no file.
        StorageError: the ledger cannot be read.
    """
    found = frozenset(await _picked(dump))
    new = found
    for _ in range(_MAX_STEPS):
        if not new:
            break
        captures = [capture async for capture in dump.files() if capture.mirror_path in new]
        wanted = {path for capture in captures for path in await _needs(press, capture)}
        new = frozenset(wanted - found)
        found |= new
    return found


async def _picked(dump: Dump) -> list[str]:
    """Where the picked URLs lie, redirects followed."""
    paths: Mapping[str, str | None] = await dump.ledger.addresses(
        [entry.candidate.key for entry in dump.picked]
    )
    lying = [(entry.candidate.url, paths.get(entry.candidate.key)) for entry in dump.picked]
    for url, path in lying:
        if path is None:
            raise UsageError(f"--url {url}: nothing of it lies in the mirror; try crawler why '{url}'")
    return [path for _, path in lying if path is not None]


async def _needs(press: Press, capture: Capture) -> set[str]:
    """The files that one needs; none if it cannot be read, as then it is shown as it lies."""
    if media_class(capture.media_type) in _WITHOUT_REFERENCES:
        return set()
    try:
        reprint = await press.reprint(capture)
    except DamageError:
        raise
    except (SiteError, StorageError):
        return set()
    if reprint is None:
        return set()
    return {path for url, path in reprint.led.items() if url in reprint.embedded}
