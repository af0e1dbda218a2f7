"""Read small documents in tests."""

from __future__ import annotations

from crawler.links.html import read_html
from crawler.links.scan import attributes, scan
from crawler.rewrite import rewrite

PAGE = "http://site.test/dir/page.html"


def tags(markup: str | bytes, *, is_xml: bool = False) -> list[tuple[str, dict[str, str]]]:
    """Name and attribute values of what `scan` takes."""
    body = markup.encode() if isinstance(markup, str) else markup
    return [
        (tag.name, {name: each.value for name, each in attributes(body, tag, "utf-8").items()})
        for tag in scan(body, is_xml=is_xml)
    ]


def links(
    markup: str | bytes, content_type: str | None = "text/html; charset=utf-8", url: str = PAGE
) -> list[tuple[str, str]]:
    """Hop letter (`-` for what is never followed) and URL with fragment of each reference."""
    body = markup.encode() if isinstance(markup, str) else markup
    document = read_html(body, url, content_type)
    return [(each.hop.value if each.hop else "-", each.url + each.fragment) for each in document.references()]


def moved(
    markup: str | bytes, target: str | None = "X", content_type: str = "text/html; charset=utf-8"
) -> bytes:
    """The document with every followed reference pointed at `target`."""
    body = markup.encode() if isinstance(markup, str) else markup
    return rewrite(read_html(body, PAGE, content_type), body, lambda _: target).body
