"""Read segments from their beginning, answer by answer, when nobody knows any more what lies where."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from warcio.exceptions import ArchiveLoadFailed

from crawler.archive.conversion import REASON_FIELD
from crawler.archive.provenance import DOUBT_FIELD, PATH_FIELD, read_doubt, read_path
from crawler.archive.record import record_at
from crawler.archive.segment import Location
from crawler.archive.torn import Member, whole_members
from crawler.body import Spool
from crawler.coding import BodyTooLargeError, CodingError, decoded, layers_of
from crawler.exchange import Head, Response
from crawler.model import Candidate
from crawler.rendering import Rendering
from crawler.segmentnames import SEGMENT, run_name
from crawler.urls import canonicalize

__all__ = ["Recovered", "answers", "foreign_names", "holds_answers", "segments_in", "unbelieved"]

_KINDS = frozenset({"response", "revisit"})
_MADE = frozenset({"conversion", "resource"})
_OURS_TOO = re.compile(r"index\.cdxj(?:\.part)?")
_MAX_BODY_BYTES = 1 << 31
_CHUNK_BYTES = 1 << 16
# warcio inflates a block at once, to a thousand times its size if need be.
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_STAMP_CHARS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """An answer as its record tells it.

    Args:
        response: the answer; what was asked with it is not read.
        location: of the record.
        candidate: how its URL was reached.
        is_revisit: it said that nothing had changed.
        wire_bytes: of the body as it was sent; what `response.wire` would hold.
        doubt: the name of why it does not stand for the page; "": it does.
        rendering: of a page that was rendered (`Rendering` as text); "": it was not.
    """

    response: Response
    location: Location
    candidate: Candidate
    is_revisit: bool
    wire_bytes: int
    doubt: str = ""
    rendering: str = ""


def segments_in(folder: Path) -> list[Path]:
    """Our segments in `archive/`, in the order in which they were begun. Blocking.

    Raises:
        OSError: the folder cannot be read.
    """
    found = [path for path in _files_in(folder) if _is_segment(path)]
    return sorted(found, key=lambda path: (run_name(path.name), path.name))


def foreign_names(folder: Path) -> list[str]:
    """What else lies there. Blocking."""
    return [
        path.name
        for path in _files_in(folder)
        if not _is_segment(path) and not _OURS_TOO.fullmatch(path.name)
    ]


def holds_answers(folder: Path) -> bool:
    """Whether there is anything to recover. Blocking."""
    return any(member.kind in _KINDS for path in segments_in(folder) for member in whole_members(path))


def unbelieved(folder: Path, believed: Mapping[str, int]) -> int:
    """The most answers that one segment holds behind the bytes of it that are believed in. Blocking."""
    return max(
        (
            sum(member.kind == "response" for member in whole_members(path, believed.get(path.name, 0)))
            for path in segments_in(folder)
            # Of such a one nothing is believed in any more, or nothing yet: its file goes.
            if believed.get(path.name) != 0
        ),
        default=0,
    )


def answers(path: Path, spool: Spool, start: int = 0) -> Iterator[Recovered]:
    """Every answer of a segment, from `start` on, whose record is whole and can be read. Blocking.

    Raises:
        OSError: the file cannot be read.
        StorageError: the spool is full.
    """
    made: list[Member] = []
    end = start
    for member in whole_members(path, start):
        if member.start != end:
            # What lay between is damaged, and perhaps the answer of which this was made.
            made = []
        end = member.end
        if member.kind in _MADE:
            # What was made of an answer stands before it.
            made = [member] if member.kind == "conversion" else [*made, member]
            continue
        if member.kind not in _KINDS:
            continue
        for undoes_codings in (True, False):
            try:
                found = _read(path, member, spool, undoes_codings=undoes_codings)
            except (CodingError, BodyTooLargeError):
                # Where a decoder was missing when it was fetched, the body as sent is what was meant.
                continue
            except (ValueError, EOFError, AttributeError, ArchiveLoadFailed):
                found = None
            if found is not None:
                yield found if not made else _with_rendering(path, found, made)
            break
        made = []


def _files_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _is_segment(path: Path) -> bool:
    return bool(SEGMENT.fullmatch(path.name)) and stat.S_ISREG(path.lstat().st_mode)


def _read(path: Path, member: Member, spool: Spool, *, undoes_codings: bool) -> Recovered | None:
    with record_at(path, member.start, member.end - member.start) as record:
        told = record.rec_headers.get_header
        url = canonicalize(told("WARC-Target-URI") or "")
        if url is None:
            return None
        head = Head(
            status=int(record.http_headers.get_statuscode()), headers=tuple(record.http_headers.headers)
        )
        layers = layers_of(head.joined("content-encoding")) if undoes_codings else ()
        counted = _Counted(record.raw_stream)
        body = spool.keep(decoded(counted.pieces(), layers, _MAX_BODY_BYTES))
        at = datetime.strptime(told("WARC-Date")[:_STAMP_CHARS], _STAMP).replace(tzinfo=UTC).timestamp()
        return Recovered(
            response=Response(url=url, head=head, body=body, started_at=at, ended_at=at),
            location=Location(segment=path.name, offset=member.start, length=member.end - member.start),
            candidate=read_path(url, told(PATH_FIELD)),
            is_revisit=member.kind == "revisit",
            wire_bytes=counted.size_bytes,
            doubt=read_doubt(told(DOUBT_FIELD)),
        )


def _with_rendering(path: Path, found: Recovered, made: list[Member]) -> Recovered:
    """The same with the rendering that lies before it, if it is its own and can be read."""
    first, *more = made
    with (
        suppress(ValueError, EOFError, AttributeError, ArchiveLoadFailed),
        record_at(path, first.start, first.end - first.start) as record,
    ):
        told = record.rec_headers.get_header
        if canonicalize(told("WARC-Target-URI") or "") != found.response.url:
            return found
        digest, size_bytes = sha256(), 0
        for piece in _Counted(record.raw_stream).pieces():
            digest.update(piece)
            size_bytes += len(piece)
        offset = found.location.offset
        rendering = Rendering(
            digest=f"sha256:{digest.hexdigest()}",
            size_bytes=size_bytes,
            before_bytes=offset - first.start,
            length=first.end - first.start,
            shot_before_bytes=offset - more[0].start if more else 0,
            shot_length=more[0].end - more[0].start if more else 0,
            reason=told(REASON_FIELD) or "",
        )
        return replace(found, rendering=str(rendering))
    return found


class _Counted:
    """A stream in pieces, and how much of it there was."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.size_bytes = 0

    def pieces(self) -> Iterator[bytes]:
        """All that is left."""
        while piece := self._stream.read(_CHUNK_BYTES):
            self.size_bytes += len(piece)
            yield piece
