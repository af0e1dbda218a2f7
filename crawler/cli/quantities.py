"""Let click read sizes and durations the way people write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from crawler.quantities import parse_duration, parse_size

__all__ = ["DURATION", "SIZE"]


class _Quantity(click.ParamType[float]):
    def __init__(self, name: str, parse: Callable[[str], float]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number in the base unit; numbers stay."""
        if isinstance(value, int | float):
            return value
        try:
            return self._parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


SIZE = _Quantity("size", parse_size)
"""Bytes: `500KB`, `20MiB`."""
DURATION = _Quantity("duration", parse_duration)
"""Seconds: `30s`, `1h30m`."""
