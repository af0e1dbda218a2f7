"""Resolve a reference of a document to the URL a browser would ask for."""

from __future__ import annotations

import re

from crawler.urls import canonicalize

__all__ = ["EMPTY_URL", "TRIMMED", "is_local", "resolve", "scalar_text"]

EMPTY_URL = "data:,"
"""What a copy loads in the place of a file of the reader's machine, or of one that this can reach (`file://host/share`).

A page of the web may not load such a file, but a page that is a file itself may.
"""

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_UNDECODED = re.compile("[\udc80-\udcff]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
# URL Standard, section 4.4: tabs and newlines do not count.
_LOCAL = re.compile(r"[\x00-\x20]*+f[\t\n\r]*+i[\t\n\r]*+l[\t\n\r]*+e[\t\n\r]*+:", re.IGNORECASE)
TRIMMED = "".join(map(chr, range(0x21)))
"""URL Standard, section 4.4: "Remove any leading and trailing C0 control or space from input."."""
# URL Standard, section 1.3: the special-query percent-encode set.
_KEPT_IN_QUERY = frozenset(range(0x21, 0x7F)) - frozenset(b"\"#<>'")


def resolve(
    text: str, base: str, *, codec: str = "utf-8", is_rebased: bool = False
) -> tuple[str, str] | None:
    """The canonical URL that `text` names at `base`, and its fragment as written.

    Args:
        text: as found.
        base: of the document.
        codec: Python codec of the document's encoding: a browser writes the query in it, and nothing else
            (URL Standard, section 4.4, query state).
        is_rebased: the base is not the document's own URL.

    Returns:
        None: not http(s), not valid, or only a fragment of this very document.
    """
    text = text.strip(TRIMMED)
    if not is_rebased and (not text or text[0] == "#"):
        return None
    wanted, mark, fragment = text.partition("#")
    if not wanted.isascii():
        wanted = _query_encoded(scalar_text(wanted, codec), codec)
    # With the mark: a space before it belongs to the URL, one at the end does not.
    url = canonicalize(wanted + mark, base)
    return None if url is None else (url, mark + fragment)


def is_local(text: str) -> bool:
    """Whether a reference leads to a file of the machine on which it is read."""
    return _LOCAL.match(text) is not None


def scalar_text(text: str, codec: str) -> str:
    """The text with U+FFFD for each sequence of bytes that could not be decoded, and each other lone surrogate.

    Only those bytes are decoded again: what stands beside them may be a character reference that the codec cannot write.
    """
    if not _SURROGATE.search(text):
        return text
    text = _UNDECODED.sub(
        lambda run: run[0].encode("ascii", "surrogateescape").decode(codec, "replace"), text
    )
    return _SURROGATE.sub("\ufffd", text)


def _query_encoded(text: str, codec: str) -> str:
    path, mark, query = text.partition("?")
    if codec == "utf-8" or not mark or query.isascii():
        return text
    return path + mark + _NOT_ASCII.sub(lambda match: _percent_encoded(match[0], codec), query)


def _percent_encoded(text: str, codec: str) -> str:
    """Percent-encode after encoding (URL Standard, section 1.3); what has no code is `%26%23NUMBER%3B`."""
    pieces: list[str] = []
    for char in text:
        try:
            encoded = char.encode(codec)
        except UnicodeEncodeError:
            pieces.append(f"%26%23{ord(char)}%3B")
            continue
        pieces += (chr(byte) if byte in _KEPT_IN_QUERY else f"%{byte:02X}" for byte in encoded)
    return "".join(pieces)
