"""Hold an item: what a rule, or a program, took of one answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crawler.clock import iso_utc

__all__ = ["Item"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item, and where it comes from.

    Args:
        name: of its kind.
        source_url: of the answer.
        captured_at: when the answer began.
        digest: `sha256:HEX` of the answer's content-decoded body.
        values: by field; JSON values.
        model: what a model made of them, if there is one for this name.
    """

    name: str
    source_url: str
    captured_at: float
    digest: str
    values: Mapping[str, Any]
    model: Any = None

    def row(self) -> dict[str, Any]:
        """All of it by name, as it is written: what it is, where it comes from, its fields."""
        return {
            "item": self.name,
            "source_url": self.source_url,
            "captured_at": iso_utc(self.captured_at),
            "digest": self.digest,
            **self.values,
        }

    def line(self) -> str:
        """The same as one JSON object, without a line end."""
        return json.dumps(self.row())
