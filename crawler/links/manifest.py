"""Find the URLs of a web application manifest, and where each of them stands.

W3C Web Application Manifest: its images are requisites, the page that it starts is a link. A JSON parser
tells no places, so a tokenizer does: strings and brackets are all that matters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from crawler.links.document import CLOSED, Document, Place, Reference
from crawler.links.resolving import EMPTY_URL, is_local, resolve
from crawler.model import Hop

__all__ = ["JSON_TYPES", "MAX_MANIFEST_BYTES", "read_manifest"]

JSON_TYPES = frozenset({"application/manifest+json", "application/json"})
"""Half of all manifests are sent as mere JSON."""

MAX_MANIFEST_BYTES = 1 << 16
"""Longer JSON is something else."""

_MAX_DEPTH = 32
_TOKEN = re.compile(rb'"((?:[^"\\]++|\\.)*+)(?:"|\\?\Z)|[{}\[\],:]', re.DOTALL)
_URLS = {
    ("icons", "src"): Hop.EMBED,
    ("screenshots", "src"): Hop.EMBED,
    ("shortcuts", "icons", "src"): Hop.EMBED,
    ("shortcuts", "url"): Hop.LINK,
    ("start_url",): Hop.LINK,
}


def read_manifest(body: bytes, url: str) -> Document | None:
    """The manifest's references; None for JSON that is none, or longer than 64 KiB. Never raises on any bytes."""
    if len(body) > MAX_MANIFEST_BYTES or b'"icons"' not in body:
        return None
    return Document(body=body, codec="utf-8", encoding="utf-8", places=tuple(_places(body, url)))


def _places(body: bytes, url: str) -> Iterator[Place]:
    for path, start, end in _strings(body):
        hop = _URLS.get(path)
        text = _decoded(body[start:end])
        resolved = resolve(text, url) if hop is not None and text else None
        if hop is Hop.EMBED and is_local(text):
            yield Place(
                start, end, '"', text, "json", (Reference(0, len(text), EMPTY_URL, "", None, CLOSED),)
            )
        if resolved is not None:
            reference = Reference(0, len(text), *resolved, hop, f"manifest {'.'.join(path)}")
            yield Place(start, end, '"', text, "json", (reference,))


def _strings(body: bytes) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Each string that is a value, by the keys that lead to it; arrays leave no mark in a path."""
    keys: list[str] = []
    objects: list[bool] = []
    text = ""
    is_key = False
    for token in _TOKEN.finditer(body):
        sign = token[0]
        if token[1] is not None:
            if is_key:
                text = _decoded(token[1])
            else:
                yield tuple(key for key in keys if key), *token.span(1)
        elif sign in {b"{", b"["}:
            if len(objects) == _MAX_DEPTH:
                return
            objects.append(sign == b"{")
            keys.append("")
            is_key = objects[-1]
        elif not objects:
            continue
        elif sign == b":" and objects[-1]:
            keys[-1], is_key = text, False
        elif sign == b",":
            is_key = objects[-1]
        elif sign in {b"}", b"]"}:
            objects.pop()
            keys.pop()


def _decoded(raw: bytes) -> str:
    """The string, "" if it is none."""
    text = raw.decode("utf-8", "replace")
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return ""
