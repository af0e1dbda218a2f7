"""Build WARC records, each as one gzip member.

Bodies stand as received after transfer decoding: `Transfer-Encoding` is kept under another name and
`Content-Length` is right, so that every reader agrees on the payload. Credentials of requests never
reach a record.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.clock import iso_utc
from crawler.exchange import Headers, Response

__all__ = ["Kept", "Records", "member"]

_SECRET = frozenset({"authorization", "proxy-authorization", "cookie"})
_RENAMED = {"transfer-encoding": "X-Archive-Orig-Transfer-Encoding"}
_GZIP_LEVEL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer to archive.

    Args:
        response: as it came.
        unchanged_since: with a 304: when the good copy was captured.
    """

    response: Response
    unchanged_since: float | None = None
    hops: str = ""
    via: str | None = None


def member(data: bytes) -> bytes:
    """`data` as one gzip member (RFC 1952)."""
    compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)
    return compressor.compress(data) + compressor.flush()


class Records:
    """Builds the records of one archive.

    Args:
        software: named in the warcinfo records.
    """

    def __init__(self, software: str) -> None:
        self._software = software
        self._buffer = io.BytesIO()
        self._writer: Any = WARCWriter(self._buffer, gzip=False, warc_version="WARC/1.1")

    def warcinfo(self, name: str) -> bytes:
        """The record that opens a segment."""
        return self._member(
            self._writer.create_warcinfo_record(
                name,
                {
                    "software": self._software,
                    "format": "WARC File Format 1.1",
                    "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
                },
            )
        )

    def exchange(self, kept: Kept) -> tuple[bytes, bytes]:
        """The response (or, for a 304, revisit) record and the request record of one answer."""
        response = kept.response
        date = iso_utc(response.started_at)
        headers = {"WARC-Date": date}
        if response.address:
            headers["WARC-IP-Address"] = response.address
        answer = StatusAndHeaders(
            f"{response.status} {_line(response.reason)}".strip(),
            _response_headers(response.head.headers, len(response.wire)),
            protocol="HTTP/1.1",
        )
        if kept.unchanged_since is None:
            record = self._writer.create_warc_record(
                response.url,
                "response",
                payload=io.BytesIO(response.wire),
                length=len(response.wire),
                http_headers=answer,
                warc_headers_dict=headers,
            )
        else:
            record = self._writer.create_revisit_record(
                response.url,
                None,
                response.url,
                iso_utc(kept.unchanged_since),
                http_headers=answer,
                warc_headers_dict=headers,
            )
            record.rec_headers.replace_header(
                "WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
            )
        line, _, protocol = response.request_line.rpartition(" ")
        request = self._writer.create_warc_record(
            response.url,
            "request",
            http_headers=StatusAndHeaders(
                f"{line} {protocol}", _request_headers(response.request_headers), is_http_request=True
            ),
            warc_headers_dict={
                "WARC-Date": date,
                "WARC-Concurrent-To": record.rec_headers.get_header("WARC-Record-ID"),
            },
        )
        return self._member(record), self._member(request)

    def _member(self, record: Any) -> bytes:
        self._writer.write_record(record)
        data = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return member(data)


def _response_headers(headers: Headers, size_bytes: int) -> list[tuple[str, str]]:
    kept = [
        (_RENAMED.get(name.lower(), name), _line(value))
        for name, value in headers
        if name.lower() != "content-length"
    ]
    return [*kept, ("Content-Length", str(size_bytes))]


def _request_headers(headers: Headers) -> list[tuple[str, str]]:
    return [(name, "masked" if name.lower() in _SECRET else _line(value)) for name, value in headers]


def _line(value: str) -> str:
    """One line: a folded or broken header must not look like two."""
    return value.replace("\r", " ").replace("\n", " ").replace("\0", " ")
