"""Say what goes between the crawl and a process that reads: frames of a kind, a length and bytes.

```
-> TEXT (what is to be read), then BODY unless it lies in a file
<- LINKS, as often as needed, then FOUND
-> ADDRESSES (where the found URLs lie, and what is carried), if the text is wanted rewritten
<- EDITION
-> WORK (what is to be made of which text), then BODY unless it lies in a file
<- MADE
```

The other side reads what strangers wrote and may be in any state, so nothing of it is unpickled: links and
titles travel as JSON, and whatever does not have the agreed shape is a `ValueError`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Any

from crawler.links.document import CARRIED, Wish
from crawler.links.findings import Findings, Text
from crawler.model import Hop, Outlink

__all__ = [
    "HEADER_BYTES",
    "MAX_FRAME_BYTES",
    "Kind",
    "addresses_frame",
    "found_frames",
    "frame_header",
    "read_addresses",
    "read_found",
    "read_header",
    "read_links",
    "read_made",
    "read_text",
    "read_work",
    "text_frame",
    "work_frame",
]

MAX_FRAME_BYTES = 100_000_000
"""No frame is longer: a text of the largest size that is read, and what longer links add to it."""

_HEADER = struct.Struct("!BQ")
HEADER_BYTES = _HEADER.size
_LINKS_IN_A_FRAME = 500
_CHARS_IN_A_FRAME = 200_000


class Kind(IntEnum):
    """What a frame holds."""

    TEXT = 1
    BODY = 2
    LINKS = 3
    FOUND = 4
    ADDRESSES = 5
    EDITION = 6
    WORK = 7
    MADE = 8


def frame_header(kind: Kind, size_bytes: int) -> bytes:
    """What stands before the bytes of a frame."""
    return _HEADER.pack(kind, size_bytes)


def read_header(raw: bytes) -> tuple[Kind, int]:
    """Kind and length of the frame to come.

    Raises:
        ValueError: it is no header of ours.
    """
    kind, size_bytes = _HEADER.unpack(raw)
    if size_bytes > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {size_bytes} bytes")
    return Kind(kind), size_bytes


def text_frame(text: Text, path: str | None) -> bytes:
    """What is to be read, and the file that holds it; None: a BODY follows."""
    return json.dumps(
        [text.url, text.media_type, text.content_type, text.is_manifest, text.asked_at, path]
    ).encode()


def read_text(raw: bytes) -> tuple[Text, str | None]:
    """The inverse of `text_frame`."""
    url, media_type, content_type, is_manifest, asked_at, path = json.loads(raw)
    text = Text(
        url=url,
        media_type=media_type,
        content_type=content_type,
        is_manifest=is_manifest,
        asked_at=asked_at,
    )
    return text, path


def work_frame(work: str, terms: Any, text: Text, path: str | None) -> bytes:
    """What is to be made (`works.WORKS`), on what terms, of which text, and the file that holds it."""
    return json.dumps([work, terms, text_frame(text, path).decode()]).encode()


def read_work(raw: bytes) -> tuple[str, Any, Text, str | None]:
    """The inverse of `work_frame`."""
    work, terms, frame = json.loads(raw)
    return (work, terms, *read_text(frame.encode()))


def read_made(raw: bytes) -> Any:
    """What was made: JSON values, of which no shape is known here.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return json.loads(raw)
    except RecursionError as error:
        raise ValueError("values without end") from error


def found_frames(findings: Findings, peak_bytes: int) -> Iterator[tuple[Kind, bytes]]:
    """What was found, in frames of which each is read at once.

    Args:
        findings: of one text.
        peak_bytes: the most memory that the process has held.
    """
    batch: list[tuple[str, str, str, bool, float | None]] = []
    chars = 0
    for each in findings.outlinks:
        batch.append((each.url, each.hop, each.context, each.nofollow, each.modified_at))
        chars += len(each.url)
        if len(batch) == _LINKS_IN_A_FRAME or chars > _CHARS_IN_A_FRAME:
            yield Kind.LINKS, json.dumps(batch).encode()
            batch, chars = [], 0
    if batch:
        yield Kind.LINKS, json.dumps(batch).encode()
    rest = [
        *(findings.forms, findings.title, findings.encoding, findings.left_out, peak_bytes),
        findings.wishes,
    ]
    yield Kind.FOUND, json.dumps(rest).encode()


def read_links(raw: bytes) -> list[Outlink]:
    """The links of one frame.

    Raises:
        ValueError: it is no list of links.
    """
    return [
        Outlink(
            url=_text(url),
            hop=Hop(hop),
            context=_text(context),
            nofollow=bool(nofollow),
            modified_at=None if modified_at is None else _number(modified_at),
        )
        for url, hop, context, nofollow, modified_at in map(_listed, _list(raw))
    ]


def read_found(raw: bytes, outlinks: Sequence[Outlink]) -> tuple[Findings, int]:
    """What the last frame adds to the links; and the most memory that the process has held, in bytes.

    Raises:
        ValueError: it does not say what it should.
    """
    forms, title, encoding, left_out, peak_bytes, wishes = _list(raw)
    if not isinstance(forms, list) or not isinstance(left_out, int) or not isinstance(peak_bytes, int):
        raise ValueError("findings of another shape")  # noqa: TRY004 - one error for whatever is no answer
    findings = Findings(
        outlinks=tuple(outlinks),
        forms=tuple(_text(each) for each in forms),
        title=_text(title),
        encoding=_text(encoding),
        left_out=left_out,
        wishes=tuple(map(_wish, _listed(wishes))),
    )
    return findings, peak_bytes


def addresses_frame(addresses: Sequence[str | None], carried: Sequence[str | None] = ()) -> bytes:
    """Where the URLs of `Findings.urls` lie, and what is carried for its wishes, both in their order.

    Args:
        addresses: None: not in the dump.
        carried: None: nothing.
    """
    return json.dumps([addresses, carried]).encode()


def read_addresses(raw: bytes) -> tuple[list[str | None], list[str | None]]:
    """The inverse of `addresses_frame`."""
    addresses, carried = (
        [None if each is None else _text(each) for each in _listed(half)] for half in _list(raw)
    )
    return addresses, carried


def _wish(raw: object) -> Wish:
    kind, url, fragment = map(_text, _listed(raw))
    known = next((each for each in CARRIED.values() if each == kind), None)
    if known is None:
        raise ValueError(f"nothing that is carried: {kind[:20]}")
    return Wish(known, url, fragment)


def _list(raw: bytes) -> list[Any]:
    try:
        return _listed(json.loads(raw))
    except RecursionError as error:
        raise ValueError("lists without end") from error


def _listed(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("no list")  # noqa: TRY004 - one error for whatever is no answer
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")  # noqa: TRY004 - one error for whatever is no answer
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise ValueError("no number")  # noqa: TRY004 - one error for whatever is no answer
    return value
