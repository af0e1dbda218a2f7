"""Read and show amounts the way people write them: `10MB`, `1h30m`, `2.5 GiB`, `45s`."""

from __future__ import annotations

import math
import re

__all__ = ["parse_duration", "parse_size", "show_count", "show_duration", "show_size"]

_SIZE = re.compile(r"\s*(\d+)(?:\.(\d+))?\s*(?:([kmgt])(i)?)?b?\s*", re.ASCII | re.IGNORECASE)
_DURATION_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"\s*\d+(?:\.\d+)?\s*", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_MAX_CHARS = 40
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def parse_size(text: str) -> int:
    """Bytes for `10MB` (decimal), `10MiB` (binary) or `1024`.

    Raises:
        ValueError: the text is no size.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no size; write for example 500KB, 20MiB or 1GB")
    whole, decimals, prefix, binary = match.groups(default="")
    if len(text) > _MAX_CHARS:
        raise ValueError(f"{text[:_MAX_CHARS]!r}... is too large a size")
    unit = math.prod([1024 if binary else 1000] * _POWERS[prefix.lower()])
    return int(whole) * unit + int(decimals or 0) * unit // int("1" + "0" * len(decimals))


def parse_duration(text: str) -> float:
    """Seconds for `90`, `90s`, `1h30m`, `250ms`, `2d`.

    Raises:
        ValueError: the text is no duration.
    """
    if len(text) > _MAX_CHARS:
        raise ValueError(f"{text[:_MAX_CHARS]!r}... is too long for a duration")
    if _NUMBER.fullmatch(text):
        return float(text)
    position, total = 0, 0.0
    while match := _DURATION_PART.match(text, position):
        total += float(match[1]) * _SECONDS[match[2].lower()]
        position = match.end()
    if position == 0 or position != len(text):
        raise ValueError(f"{text!r} is no duration; write for example 30s, 5m or 1h30m")
    return total


def show_count(number: int, noun: str) -> str:
    """`1 page`, `1,200 pages`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def show_size(size_bytes: float) -> str:
    """`1.2 MB`: decimal, at most four characters of number."""
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 999.5:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.3g} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.3g} TB" if size_bytes < 999.5 else f"{size_bytes:.0f} TB"


def show_duration(seconds: float) -> str:
    """`0.4s`, `12s`, `3m 05s`, `2h 10m`, `3d 4h`."""
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    if whole < 86400:
        return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
    return f"{whole // 86400}d {whole % 86400 // 3600}h"
