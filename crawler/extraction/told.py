"""Read what a page says of itself for programs: JSON-LD, OpenGraph; and what JSON answers hold, by paths.

A path is keys with dots between them: `offers.price`. A number takes one of a list (`images.0`), `[]` or `*` takes
every one (`variants[].size`). A key that stands on a list is looked up in each of its members.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crawler.extraction.value import json_of

__all__ = ["at_path", "json_ld", "json_value", "of_type", "opengraph", "path_steps"]

_MOST_FOUND = 10_000
_MOST_DEPTH = 60
_STEP = re.compile(r"[^.\[\]]+|\[\d*\]")
_PATH = re.compile(r"(?:[^.\[\]]+|\[\d*\])(?:\.[^.\[\]]+|\[\d*\])*")
_JSON_LD = "//script[translate(normalize-space(@type), 'JSONLDAPICT', 'jsonldapict')='application/ld+json']"


def path_steps(path: str) -> tuple[str, ...]:
    """The steps of a path; `*` takes all.

    Raises:
        ValueError: it is no path.
    """
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path; write for example offers.0.price or variants[].size")
    return tuple(each.strip("[]") or "*" for each in _STEP.findall(path))


def at_path(value: Any, path: str) -> list[Any]:
    """What stands at a path, in order; what is null or missing is left out."""
    found = [value]
    for step in path_steps(path) if path else ():
        found = [each for one in found for each in _step(one, step)][:_MOST_FOUND]
    return [each for each in found if each is not None]


def _step(value: Any, step: str) -> Iterator[Any]:
    if isinstance(value, list):
        if step == "*":
            yield from value
        elif step.isascii() and step.isdigit():
            yield from value[int(step) : int(step) + 1]
        else:
            for each in value:
                if isinstance(each, dict) and step in each:
                    yield each[step]
    elif isinstance(value, dict):
        if step == "*":
            yield from value.values()
        elif step in value:
            yield value[step]


def json_value(text: str) -> Any:
    """The value of a JSON text; None if it is none."""
    try:
        return json_of(text)
    except ValueError:
        return None


def json_ld(tree: Any) -> list[dict[str, Any]]:
    """Every object of the page's JSON-LD, those inside others too, outer ones first. Broken scripts give nothing."""
    found: list[dict[str, Any]] = []
    for script in tree.xpath(_JSON_LD):
        # Many pages put them into a comment or CDATA, as was done for old browsers.
        text = re.sub(r"^\s*(?:<!--|//\s*<!\[CDATA\[)|(?:-->|//\s*\]\]>)\s*$", "", script.text or "")
        _gather(json_value(text), found, 0)
    return found[:_MOST_FOUND]


def _gather(value: Any, found: list[dict[str, Any]], depth: int) -> None:
    if depth > _MOST_DEPTH or len(found) >= _MOST_FOUND:
        return
    if isinstance(value, dict):
        if "@type" in value:
            found.append(value)
        for each in value.values():
            _gather(each, found, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _gather(each, found, depth + 1)


def of_type(objects: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Those of a type: `Product` is `https://schema.org/Product` too."""
    return [each for each in objects if name in {_short(one) for one in _listed(each["@type"])}]


def opengraph(tree: Any, name: str) -> list[str]:
    """What a page says of itself in `<meta property="og:NAME">`, also for `name=` and other prefixes in full."""
    wanted = {name.lower(), f"og:{name.lower()}"}
    return [
        meta.get("content", "")
        for meta in tree.iter("meta")
        if (meta.get("property") or meta.get("name") or "").strip().lower() in wanted
    ]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _short(name: Any) -> str:
    return re.split(r"[/#:]", name)[-1] if isinstance(name, str) else ""
