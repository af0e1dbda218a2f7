"""Build WARC records, and write each as one gzip member: a large one piece by piece.

Bodies stand as received after transfer decoding: `Transfer-Encoding` is kept under another name and
`Content-Length` is right, so that every reader agrees on the payload. Every other octet of the headers
is the server's own, but for line ends inside a value. Credentials of requests never reach a record.
"""

from __future__ import annotations

import importlib
import io
import json
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from warcio.warcwriter import WARCWriter

from crawler.archive.conversion import made_records
from crawler.archive.provenance import DOUBT_FIELD, PATH_FIELD, show_path
from crawler.body import SMALL_BYTES, Body
from crawler.clock import iso_utc
from crawler.exchange import Headers, Response
from crawler.model import Candidate
from crawler.rendering import Rendered

__all__ = ["Kept", "Records"]

_SECRET = frozenset({"authorization", "proxy-authorization", "cookie"})
_TRANSFER_ENCODING = "transfer-encoding"
_KEPT_TRANSFER_ENCODING = "X-Archive-Orig-Transfer-Encoding"
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_CONFORMS_TO = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
_BROKEN_LINES = str.maketrans("\r\n\0", "   ")
_GZIP_WINDOW = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer to archive.

    Args:
        response: as it came.
        unchanged_since: with a 304: when the good copy was captured.
        candidate: how its URL was reached, which a rebuilt frontier wants to know.
        doubt: the name of why it does not stand for the page, which that wants to know too; "": it does.
        is_again: it comes in the place of a good copy.
        rendered: the page as its scripts left it; None: it was not rendered.
    """

    response: Response
    unchanged_since: float | None = None
    candidate: Candidate | None = None
    doubt: str = ""
    is_again: bool = False
    rendered: Rendered | None = None


class _Block:
    """A finished HTTP header block, in the place where warcio expects headers that it may rewrite.

    warcio's own class percent-encodes header values beyond ASCII and raises on such a reason phrase.
    """

    def __init__(self, start_line: str, headers: Headers, encoding: str) -> None:
        lines = "".join(f"{line}\r\n" for line in (start_line, *(f"{k}: {v}" for k, v in headers)))
        self.headers_buff = f"{lines}\r\n".encode(encoding, "backslashreplace")

    def compute_headers_buffer(self, _header_filter: object) -> None:
        """There is nothing to compute."""


def _deflater() -> tuple[Any, int]:
    """The library that deflates, and its level: isal is nine times as fast for a fifth more bytes.

    So a first crawl is fast, and what grows night after night (`Records.write`) small.
    """
    try:
        return importlib.import_module("isal.isal_zlib"), 2
    except ImportError:
        return zlib, 6


_zlib, _LEVEL = _deflater()
_TIGHT_LEVEL = 6


class _Payload:
    """A body as the stream that warcio reads: once for each digest, once to write it."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._chunks = body.chunks()

    def tell(self) -> int:
        """Where warcio turns back to: always the start."""
        return 0

    def seek(self, _position: int) -> None:
        """Begin once more."""
        self._chunks = self._body.chunks()

    def read(self, _size_bytes: int = 0) -> bytes:
        """The next piece; none: that was all."""
        return next(self._chunks, b"")


class _Member:
    """One gzip member (RFC 1952) in the making; warcio writes to it and flushes it once, at the end."""

    def __init__(self, write: Callable[[bytes], object], *, is_tight: bool = False) -> None:
        library, level = (zlib, _TIGHT_LEVEL) if is_tight else (_zlib, _LEVEL)
        self._compressor = library.compressobj(level, zlib.DEFLATED, _GZIP_WINDOW)
        self._write = write

    def write(self, data: bytes) -> None:
        """Pass on what comes out of the compressor."""
        if packed := self._compressor.compress(data):
            self._write(packed)

    def flush(self) -> None:
        """End the member."""
        self._write(self._compressor.flush())


class Records:
    """Builds the records of one archive.

    Args:
        software: named in the warcinfo records.
    """

    def __init__(self, software: str) -> None:
        self._software = software
        self._buffer = io.BytesIO()
        self._writer = _writer(self._buffer)

    def write(self, record: Any, write: Callable[[bytes], object], *, is_tight: bool = False) -> None:
        """Write a record as one gzip member: in one piece, or in many if it is large.

        Args:
            record: of this object's.
            write: takes the bytes.
            is_tight: it is to be small, rather than soon written.

        Raises:
            StorageError: its body cannot be read.
        """
        if record.payload_length > SMALL_BYTES:
            _writer(_Member(write, is_tight=is_tight)).write_record(record)
            return
        # Small members are made of one piece: a third faster.
        self._writer.write_record(record)
        data = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        member = _Member(write, is_tight=is_tight)
        member.write(data)
        member.flush()

    def warcinfo(self, name: str, *, at: float | None = None) -> Any:
        """The record that opens a file.

        Args:
            name: of the file.
            at: when it was made; the same file has the same record then. None: now.
        """
        record = self._writer.create_warcinfo_record(
            name,
            {
                "software": _line(self._software),
                "format": "WARC File Format 1.1",
                "conformsTo": _CONFORMS_TO,
            },
        )
        if at is not None:
            number = uuid.uuid5(uuid.NAMESPACE_URL, f"{self._software} {name} {at}")
            record.rec_headers.replace_header("WARC-Record-ID", f"<urn:uuid:{number}>")
            record.rec_headers.replace_header("WARC-Date", iso_utc(at))
        return record

    def metadata(self, run_name: str, options: str) -> Any:
        """The record that follows it: what the run was asked to do.

        Args:
            run_name: of the run.
            options: as JSON, without credentials.
        """
        told = f'{{"run": {json.dumps(run_name)}, "options": {options}}}\n'.encode()
        return self._writer.create_warc_record(
            f"urn:crawler:run:{run_name}",
            "metadata",
            payload=io.BytesIO(told),
            length=len(told),
            warc_content_type="application/json",
        )

    def exchange(self, kept: Kept) -> tuple[Any, Any]:
        """The response (or, for a 304, revisit) record and the request record of one answer."""
        response = kept.response
        date = iso_utc(response.started_at)
        record = self._revisit(response, kept.unchanged_since, date)
        if record is None:
            record = self._response(response, date)
        if kept.candidate is not None:
            # Fields of one's own are allowed, and readers pass over them (WARC 1.1 section 5.1).
            record.rec_headers.add_header(PATH_FIELD, show_path(kept.candidate))
        if kept.doubt:
            record.rec_headers.add_header(DOUBT_FIELD, kept.doubt)
        request = self._writer.create_warc_record(
            response.url,
            "request",
            http_headers=_Block(
                _line(response.request_line), _request_headers(response.request_headers), "utf-8"
            ),
            payload=_Payload(Body.of(response.request_body)),
            length=len(response.request_body),
            warc_headers_dict={
                "WARC-Date": date,
                "WARC-Concurrent-To": record.rec_headers.get_header("WARC-Record-ID"),
            },
        )
        return record, request

    def made(self, kept: Kept, response: Any) -> list[Any]:
        """The records of what was made of an answer whose record is `response`, that of its rendered text first."""
        return made_records(kept.rendered, response, self._writer.create_warc_record)

    def _response(self, response: Response, date: str) -> Any:
        headers = _response_headers(response.head.headers, response.wire.size_bytes)
        return self._writer.create_warc_record(
            response.url,
            "response",
            payload=_Payload(response.wire),
            length=response.wire.size_bytes,
            http_headers=_Block(_status_line(response), headers, "latin-1"),
            warc_headers_dict={"WARC-Date": date, **_peer(response)},
        )

    def _revisit(self, response: Response, unchanged_since: float | None, date: str) -> Any:
        """WARC 1.1 section 6.7.3; its headers stay as sent: a 304's Content-Length is that of the copy."""
        if unchanged_since is None:
            return None
        return self._writer.create_warc_record(
            response.url,
            "revisit",
            http_headers=_Block(
                _status_line(response), _response_headers(response.head.headers, None), "latin-1"
            ),
            warc_headers_dict={
                "WARC-Date": date,
                **_peer(response),
                "WARC-Profile": _NOT_MODIFIED,
                "WARC-Refers-To-Target-URI": response.url,
                "WARC-Refers-To-Date": iso_utc(unchanged_since),
            },
        )


def _writer(out: object) -> Any:
    writer = WARCWriter(out, gzip=False, warc_version="WARC/1.1")
    # Nearly all have no payload, and the digest of nothing takes a tenth of a request's record.
    writer.NO_PAYLOAD_DIGEST_TYPES = (*writer.NO_PAYLOAD_DIGEST_TYPES, "request")
    return writer


def _status_line(response: Response) -> str:
    return f"{response.protocol} {response.status} {_line(response.reason)}".rstrip()


def _peer(response: Response) -> dict[str, str]:
    return {"WARC-IP-Address": response.address} if response.address else {}


def _response_headers(headers: Headers, size_bytes: int | None) -> Headers:
    """The headers as sent, but with the one Content-Length that the body has; None: leave that as it is."""
    kept = []
    has_length = size_bytes is None
    for name, value in headers:
        if name.lower() == _TRANSFER_ENCODING:
            kept.append((_KEPT_TRANSFER_ENCODING, _line(value)))
        elif name.lower() != "content-length" or size_bytes is None:
            kept.append((_line(name), _line(value)))
        elif not has_length:
            kept.append((name, str(size_bytes)))
            has_length = True
    return (*kept,) if has_length else (*kept, ("Content-Length", str(size_bytes)))


def _request_headers(headers: Headers) -> Headers:
    return tuple(
        (_line(name), "masked" if name.lower() in _SECRET else _line(value)) for name, value in headers
    )


def _line(value: str) -> str:
    """One line: a folded or broken header must not look like two."""
    return value.translate(_BROKEN_LINES)
