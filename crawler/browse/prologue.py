"""Put a script before those of an archived page: what an origin without a name lacks is there, for as long as the page.

At such an origin a browser throws where a script names `localStorage`, `sessionStorage`, cookies or service workers,
and the rest of that script is not run: a documentation's search, a menu, a theme. The script takes itself out of the page,
which is then as it was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

from crawler.body import Body, Spool

__all__ = ["with_prologue"]

_HEAD_BYTES = 1 << 16
# What may stand before the first element of a head; a tag's attributes may hold ">" in quotes.
_ATTRIBUTES = rb"""(?:\s(?:[^>"']|"[^"]*"|'[^']*')*)?"""
_OPENING = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<!--.*?-->|<\?[^>]*>|<!doctype[^>]*>|<html"
    + _ATTRIBUTES
    + rb">)*+(?:<head"
    + _ATTRIBUTES
    + rb">)?+",
    re.IGNORECASE | re.DOTALL,
)
_WIDE = ("utf-16", "utf-32", "ucs", "iso-10646")


def with_prologue(body: Body, charset: str, spool: Spool) -> Body:
    """A page with our script at the beginning of its head. Blocking.

    Args:
        body: of the page.
        charset: it is written in; one whose letters are not those of ASCII gets no script.
        spool: where a large one goes.

    Raises:
        StorageError: the disk is full or failed.
    """
    if charset.lower().startswith(_WIDE):
        return body
    opening = _OPENING.match(body.head(_HEAD_BYTES))
    return spool.keep(_pieces(body, opening.end() if opening else 0))


def _pieces(body: Body, place: int) -> Iterator[bytes]:
    chunks = body.chunks()
    first = next(chunks, b"")
    yield first[:place]
    yield _script()
    yield first[place:]
    yield from chunks


@cache
def _script() -> bytes:
    text = resources.files("crawler.browse").joinpath("prologue.js").read_text(encoding="ascii")
    lines = (line.strip() for line in text.splitlines())
    joined = "\n".join(line for line in lines if not line.startswith("//"))
    # XHTML reads a script as markup, HTML does not.
    return f"<script>/*<![CDATA[*/{joined}/*]]>*/</script>".encode("ascii")
