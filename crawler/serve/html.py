"""Fill the templates of pages. Every value is escaped; what is markup already says so by its type."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from string import Template
from typing import Any

from aiohttp import hdrs, web

from crawler.serve.marks import HAS_SESSION

__all__ = ["HTML", "Markup", "cells", "escaped", "fill", "link", "page_response", "word"]

HTML = "text/html; charset=utf-8"
_FOLDER = "crawler.serve"
_VIEWS = (
    ("/", "Watch"),
    ("/pages", "Pages"),
    ("/search", "Search"),
    ("/urls", "URLs"),
    ("/changes", "Changes"),
)


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def fill(name: str, values: Mapping[str, Any]) -> Markup:
    """A template with its values; texts are escaped, `Markup` is not."""
    return Markup(_template(name).substitute({key: escaped(value) for key, value in values.items()}))


def page_response(
    name: str,
    request: web.Request,
    *,
    title: str,
    values: Mapping[str, Any],
    status: int = 200,
    script: str = "",
) -> web.Response:
    """A whole page, with its frame, around a template.

    Args:
        name: of the template.
        request: it answers; tells which view is marked.
        title: of the page.
        values: of the template.
        status: of the answer.
        script: file of the assets that the page runs; "": none.
    """
    here = request.path
    links = (
        Markup(f'<a href="{path}"{" aria-current=page" if path == here else ""}>{text}</a>')
        for path, text in _VIEWS
    )
    body = fill(
        "frame.html",
        {
            "title": title,
            "views": Markup("\n".join(links)),
            "leave": Markup(_LEAVE) if request.get(HAS_SESSION) else "",
            "content": fill(name, values),
            "script": Markup(f'<script type="module" src="/assets/{script}"></script>') if script else "",
        },
    )
    headers = {hdrs.CONTENT_TYPE: HTML, hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(status=status, body=body.encode("utf-8", "replace"), headers=headers)


_LEAVE = '<form method="post" action="/logout"><button class="quiet">Sign out</button></form>'


def link(href: str, text: str) -> Markup:
    """A link; both are escaped."""
    return Markup(f'<a href="{html.escape(href)}">{html.escape(text)}</a>')


def word(text: str) -> Markup:
    """A word of a table that is never broken."""
    return Markup(f'<span class="word">{html.escape(text)}</span>')


def cells(rows: Iterable[Iterable[Any]], numbers: frozenset[int] = frozenset()) -> Markup:
    """Rows of a table.

    Args:
        rows: of values; a text is escaped.
        numbers: places of the columns that hold figures.
    """
    lines = []
    for row in rows:
        parts = (
            f"<td{' class=number' if place in numbers else ''}>{escaped(value)}</td>"
            for place, value in enumerate(row)
        )
        lines.append(f"<tr>{''.join(parts)}</tr>")
    return Markup("\n".join(lines))


def escaped(value: Any) -> str:
    """A value as it may stand in HTML, in an attribute too; markup as it is."""
    return value if isinstance(value, Markup) else html.escape("" if value is None else str(value))


@cache
def _template(name: str) -> Template:
    return Template(resources.files(_FOLDER).joinpath("templates", name).read_text(encoding="utf-8"))
