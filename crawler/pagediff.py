"""Show what a page says at one run and did not at another: a text diff of its main content, within bounds."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Sequence

from crawler.clock import iso_utc
from crawler.content import main_lines
from crawler.links.encoding import decode, sniff_encoding
from crawler.media import is_html
from crawler.model import Capture
from crawler.originals import Originals
from crawler.rendering import read_as

__all__ = ["MAX_LINES", "page_diff"]

MAX_LINES = 2000
"""So many lines of a diff are given."""

_MAX_BYTES = 1_000_000
_MAX_COMPARED = 5000
_MAX_LINE_CHARS = 2000
_TEXTS = ("+xml", "/xml", "+json", "/json", "/javascript", "/ecmascript", "/x-javascript")


async def page_diff(originals: Originals, before: Capture, now: Capture) -> list[str]:
    """The lines of a unified diff; none: both say the same.

    Args:
        originals: the stored bodies.
        before: one good copy of a URL.
        now: another.

    Raises:
        StorageError: one of them is not stored any more.
    """
    if before.digest == now.digest:
        return []
    if not (_is_readable(before) and _is_readable(now)):
        return [_described("---", before), _described("+++", now)]
    lines = [await _lines(originals, copy) for copy in (before, now)]
    return await asyncio.to_thread(_diff, lines[0], lines[1], before, now)


async def _lines(originals: Originals, copy: Capture) -> list[str]:
    body = await originals.shown(copy)
    return await asyncio.to_thread(_read, body.head(_MAX_BYTES), copy)


def _read(head: bytes, copy: Capture) -> list[str]:
    text = decode(head, sniff_encoding(head, read_as(copy)))
    lines = main_lines(text) if is_html(copy.media_type) else text.splitlines()
    return [line[:_MAX_LINE_CHARS] for line in lines[:_MAX_COMPARED]]


def _diff(before: Sequence[str], now: Sequence[str], old: Capture, new: Capture) -> list[str]:
    first, second = (f"{copy.url} {iso_utc(copy.captured_at)}" for copy in (old, new))
    found: list[str] = []
    for line in difflib.unified_diff(before, now, first, second, lineterm=""):
        if len(found) == MAX_LINES:
            found.append(f"... the diff goes on; {MAX_LINES} lines of it are shown")
            break
        found.append(line)
    return found


def _is_readable(copy: Capture) -> bool:
    return copy.media_type.startswith("text/") or copy.media_type.endswith(_TEXTS)


def _described(sign: str, copy: Capture) -> str:
    kind = copy.media_type or "unknown type"
    return f"{sign} {copy.url} {iso_utc(copy.captured_at)}: {kind}, {copy.size_bytes} bytes, {copy.digest}"
