"""Rows 93-103: which bytes a link is made of.

The path of a link is UTF-8 whatever the page is written in, its query is in the page's encoding; so what is
asked for shows what the page was read as.
"""

from __future__ import annotations

from tests.faults.scene import OK, Scene, html, scene, serves, stored

__all__ = ["SCENES"]

_LINK = '<a href="/é">link</a>'
_ASKED = "/%C3%A9"
_PADDING = "<!--" + "x" * 2000 + "-->"


def _read(row: int, case: str, page: bytes, asked: str = _ASKED, content_type: str = "text/html") -> Scene:
    """A page whose link must be read as a path."""
    return scene(
        row,
        case,
        serves({"/": html(page, f"Content-Type: {content_type}")}),
        {"/": stored(page), asked: stored(OK.partition(b"\r\n\r\n")[2])},
    )


def _legacy(encoding: str, letters: str, asked: str) -> Scene:
    page = f'<meta charset={encoding}><a href="/{letters}">link</a>'.encode(encoding)
    return _read(99, encoding.lower(), page, asked)


def _meta(label: str, *, before: str = "") -> bytes:
    return f"{before}<meta charset={label}>{_LINK}".encode()


SCENES: tuple[Scene, ...] = (
    _read(
        93, "mark-beats-header", b"\xef\xbb\xbf" + _LINK.encode(), content_type="text/html; charset=latin1"
    ),
    _read(
        93,
        "header-beats-meta",
        b"<meta charset=utf-8>" + _LINK.encode("latin-1"),
        content_type="text/html; charset=latin1",
    ),
    _read(93, "meta", _meta("utf-8")),
    _read(94, "utf-16-with-mark", b"\xff\xfe" + _LINK.encode("utf-16-le")),
    _read(
        94,
        "utf-16-by-header",
        _LINK.encode("utf-16-le"),
        content_type="text/html; charset=utf-16le",
    ),
    _read(95, "meta-says-utf-16", _meta("utf-16")),
    _read(96, "bogus-label", _LINK.encode("latin-1"), content_type="text/html; charset=bogus"),
    _read(96, "empty-label", _meta("utf-8"), content_type="text/html; charset="),
    _read(96, "quoted-label", _LINK.encode(), content_type='text/html; charset="utf-8"'),
    _read(97, "meta-too-late", _meta("utf-8", before=_PADDING)),
    _read(98, "invalid-bytes", b"<meta charset=utf-8>\xff\xfe\x80" + _LINK.encode()),
    _read(98, "invalid-in-link", b'<meta charset=utf-8><a href="/\xff">link</a>', asked="/%EF%BF%BD"),
    _legacy("GBK", "\u4e2d", "/%E4%B8%AD"),
    _legacy("Big5", "\u4e2d", "/%E4%B8%AD"),
    _legacy("Shift_JIS", "\u65e5", "/%E6%97%A5"),
    _legacy("EUC-KR", "\ud55c", "/%ED%95%9C"),
    _legacy("ISO-2022-JP", "\u65e5", "/%E6%97%A5"),
    _read(
        100,
        "query-in-the-pages-charset",
        '<meta charset=windows-1252><a href="/é?q=é">link</a>'.encode("windows-1252"),
        asked="/%C3%A9?q=%E9",
    ),
    _read(101, "user-defined", b'<meta charset=x-user-defined><a href="/\xe9">link</a>'),
    # A browser shows such a page as one U+FFFD; its ASCII links are worth having all the same.
    _read(101, "replacement", b'<a href="/a">link</a>', "/a", "text/html; charset=iso-2022-kr"),
    _read(103, "lone-surrogate", b'<meta charset=utf-8><a href="/&#xD800;">link</a>', asked="/%EF%BF%BD"),
)
