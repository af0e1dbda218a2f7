"""Let click read numbers, sizes and durations the way people write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

from crawler.override import LEARNED
from crawler.quantities import parse_duration, parse_size

__all__ = ["COUNT", "DURATION", "FOLDER", "INTERVAL", "PERCENT", "SIZE"]

_MAX_DIGITS = 18


class _Quantity(click.ParamType[float]):
    def __init__(self, name: str, parse: Callable[[str], float]) -> None:
        self.name = name
        self._parse = parse

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 - click's signature
        """What stands for the value in the help."""
        return self.name.upper()

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number in the base unit; numbers stay."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        try:
            return self._parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _parse_count(text: str) -> int:
    if not re.fullmatch(rf"\d{{1,{_MAX_DIGITS}}}", text.strip(), re.ASCII):
        raise ValueError(f"{text[:40]!r} is no whole number; write for example 100")
    return int(text)


def _parse_percent(text: str) -> float:
    match = re.fullmatch(r"(\d{1,3}(?:\.\d{1,9})?)\s*%?", text.strip(), re.ASCII)
    if match is None or float(match[1]) > 100:
        raise ValueError(f"{text[:40]!r} is no percentage; write for example 5")
    return float(match[1])


def _parse_interval(text: str) -> float:
    return LEARNED if text.strip().lower() == "auto" else parse_duration(text)


class _Folder(click.ParamType[str]):
    name = "folder"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name, which must be one: an empty variable is no folder."""
        if not value:
            self.fail("the name of the folder is empty; write for example output", param, ctx)
        return str(value)


FOLDER = _Folder()
"""The name of an output."""
COUNT = _Quantity("n", _parse_count)
"""A whole number, 0 or more."""
PERCENT = _Quantity("percent", _parse_percent)
"""From 0 to 100, with or without `%`."""
SIZE = _Quantity("size", parse_size)
"""Bytes: `500KB`, `20MiB`."""
DURATION = _Quantity("duration", parse_duration)
"""Seconds: `30s`, `1h30m`."""
INTERVAL = _Quantity("duration|auto", _parse_interval)
"""Seconds, or `LEARNED` for `auto`."""
