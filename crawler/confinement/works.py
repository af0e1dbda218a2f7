"""Name the work that is done on a text in a process that can be killed, besides reading its links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from crawler.links.encoding import decode, sniff_encoding
from crawler.links.findings import Text
from crawler.readable import readable

__all__ = ["MARKDOWN", "WORKS"]

MARKDOWN = "markdown"

Work = Callable[[Text, bytes, Any], Any]
"""Gives JSON values of a text, its bytes and terms; those are JSON values, too."""


def _markdown(text: Text, body: bytes, _terms: Any) -> Any:
    return readable(decode(body, sniff_encoding(body, text.content_type)), text.url)


WORKS: Mapping[str, Work] = MappingProxyType({MARKDOWN: _markdown})
"""By the name that a frame of kind WORK says."""
