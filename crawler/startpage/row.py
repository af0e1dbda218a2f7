"""Say of one URL what the start page shows: a link, a title, an address, and what is wrong.

All of it comes from the web. It is cut to what a person reads and freed of what moves other text about; who
writes it into a page escapes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawler.model import State
from crawler.paths import relative
from crawler.standing import Entry

__all__ = ["Row", "row_of", "shown"]

_MAX_CHARS = 200
_MAX_HREF_CHARS = 4000
# Controls, line and paragraph separators, and what turns the direction of text (Unicode Bidirectional Algorithm,
# section 2: explicit formatting characters, and the implicit marks).
_UNRULY = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the list.

    Args:
        site: the host, by which lines are grouped.
        title: as it is shown.
        url: as it is shown beside it; "": it is the title.
        href: the file, as `index.html` leads to it, or the live page where there is none; "": it cannot be led to.
        note: what is wrong; "": nothing is.
        is_missing: there is no file.
    """

    site: str
    title: str
    url: str
    href: str
    note: str = ""
    is_missing: bool = False


def row_of(entry: Entry) -> Row:
    """The line of an entry."""
    url, good = entry.candidate.url, entry.good
    reason = shown(entry.reason)
    if good is None or good.mirror_path is None:
        return Row(
            site=entry.candidate.host,
            title=shown(url),
            url="",
            href=url if len(url) <= _MAX_HREF_CHARS else "",
            note=f"{entry.state}: {reason}" if reason else str(entry.state),
            is_missing=True,
        )
    title, address = shown(good.title), shown(url)
    is_named = _is_visible(title)
    return Row(
        site=entry.candidate.host,
        title=title if is_named else address,
        url=address if is_named else "",
        href=relative("index.html", f"mirror/{good.mirror_path}"),
        note=f"an older copy; when last asked: {reason}" if entry.state is State.FAILED else "",
    )


def shown(text: str) -> str:
    """A text of the web in one line, in its own direction, no longer than anybody reads."""
    # What is unruly is not printable.
    if not text.isprintable():
        text = _UNRULY.sub("\N{REPLACEMENT CHARACTER}", text[: 2 * _MAX_CHARS])
    line = text[: 2 * _MAX_CHARS].strip()
    return line if len(line) <= _MAX_CHARS else f"{line[:_MAX_CHARS]}\N{HORIZONTAL ELLIPSIS}"


def _is_visible(text: str) -> bool:
    seen = text.strip(" \N{REPLACEMENT CHARACTER}")
    return any(map(str.isprintable, seen))
