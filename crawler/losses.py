"""Notice at the start of a run what somebody took away since the last, as far as a glance tells.

What was fetched before and has not changed is not written again, so nobody would learn of it otherwise. Only
what lies there is looked at, not what is in it: that is what `crawler verify` does.
"""

from __future__ import annotations

import logging
from pathlib import Path

from crawler.frontier.protocol import Frontier
from crawler.output import Output

__all__ = ["noticed"]

_log = logging.getLogger(__name__)

_ADVICE = "`crawler verify` tells what is lost, --fresh fetches it again"


async def noticed(output: Output, frontier: Frontier, *, keeps_mirror: bool) -> list[str]:
    """What is missing, a line each.

    Args:
        output: before anything of it is made or cut.
        frontier: knows what should lie there.
        keeps_mirror: there is one, of which the run writes only what has changed.
    """
    lost = [
        # Of one that has no length nothing is believed in any more: it is being let go of (`retention`).
        name
        for name, length in (await frontier.segments()).items()
        if length and _size(output.archive / name) < length
    ]
    lines = []
    if lost:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        lines.append(f"{output.archive / min(lost)}{more} is missing or cut; {_ADVICE}")
    if keeps_mirror and not output.mirror.is_dir() and await _was_mirrored(frontier):
        lines.append(f"{output.mirror} is gone, and what has not changed is not written again; {_ADVICE}")
    for line in lines:
        # Also where only errors are shown: nobody should learn of this by chance.
        _log.error(line)
    return lines


async def _was_mirrored(frontier: Frontier) -> bool:
    """Whether anything has a file; the first pages of any crawl that writes a mirror have."""
    async for entry in frontier.entries():
        if entry.good is not None:
            return entry.good.mirror_path is not None
    return False


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1
