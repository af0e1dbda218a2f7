"""Name the forms that what was crawled can be given."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from crawler.export.dump import Format
from crawler.export.jsonl import write_jsonl
from crawler.export.zip import write_zip

__all__ = ["FORMATS"]

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "jsonl": Format(summary="one object per URL", is_binary=False, write=write_jsonl),
        "zip": Format(
            summary="one file to browse anywhere, from its index.html", is_binary=True, write=write_zip
        ),
    }
)
"""By the name that `--format` takes."""
