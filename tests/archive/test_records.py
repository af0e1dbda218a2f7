"""What stands in a record, read by warcio and octet by octet."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import random
import re
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.archive.records import Kept, Records
from crawler.body import SMALL_BYTES
from crawler.exchange import Response
from tests.archive.samples import AT, answer, large, member_of, revisit


def plain(gzipped: bytes) -> bytes:
    inflater = zlib.decompressobj(31)
    inside = inflater.decompress(gzipped)
    assert inflater.eof
    assert inflater.unused_data == b""
    return inside


def block(gzipped: bytes) -> bytes:
    """What the record holds: behind its WARC headers, before the two line ends that close it."""
    head, _, rest = plain(gzipped).partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    assert length
    assert rest[int(length[1]) :] == b"\r\n\r\n"
    return rest[: int(length[1])]


def read(gzipped: bytes) -> tuple[Any, bytes]:
    iterator = ArchiveIterator(io.BytesIO(gzipped), check_digests="raise")
    record = next(iterator)
    content = record.raw_stream.read()
    assert next(iterator, None) is None
    return record, content


def exchange(kept: Kept) -> tuple[bytes, bytes]:
    builder = Records("crawler/test")
    response, request = builder.exchange(kept)
    return member_of(builder, response), member_of(builder, request)


def response_block(**named: Any) -> bytes:
    return block(exchange(answer(**named))[0])


class TestResponse:
    def test_its_octets(self) -> None:
        headers = (("content-TYPE", "text/html"), ("Set-Cookie", "a=b"), ("Set-Cookie", "c=d"))
        assert response_block(body=b"\x00\xff\r\n\r\nx", headers=headers) == (
            b"HTTP/1.1 200 OK\r\ncontent-TYPE: text/html\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n"
            b"Content-Length: 7\r\n\r\n\x00\xff\r\n\r\nx"
        )

    def test_its_warc_headers(self) -> None:
        record, content = read(exchange(answer())[0])
        header = record.rec_headers.get_header
        assert record.rec_type == "response"
        assert record.rec_headers.protocol == "WARC/1.1"
        assert header("WARC-Target-URI") == "https://example.org/a?b=c"
        assert header("WARC-Date") == "2023-11-14T22:13:20Z"
        assert header("WARC-IP-Address") == "93.184.216.34"
        assert header("Content-Type") == "application/http; msgtype=response"
        assert header("WARC-Payload-Digest").startswith("sha1:")
        assert header("WARC-Block-Digest").startswith("sha1:")
        assert record.http_headers.get_statuscode() == "200"
        assert content == b"<p>hello"

    def test_an_address_that_is_not_known_is_not_claimed(self) -> None:
        record, _ = read(exchange(answer(address=""))[0])
        assert record.rec_headers.get_header("WARC-IP-Address") is None

    @pytest.mark.parametrize("body", [b"", b"\x89PNG\r\n\x1a\n", bytes(range(256)) * 300, b"\r\n\r\n"])
    def test_any_body_comes_back(self, body: bytes) -> None:
        assert read(exchange(answer(body))[0])[1] == body

    def test_the_content_coding_stays(self) -> None:
        wire = gzip.compress(b"page")
        record, content = read(exchange(answer(wire, headers=(("Content-Encoding", "gzip"),)))[0])
        assert content == wire
        assert record.http_headers.get_header("Content-Encoding") == "gzip"
        assert record.http_headers.get_header("Content-Length") == str(len(wire))

    def test_the_transfer_coding_is_undone_and_kept_by_another_name(self) -> None:
        raw = response_block(headers=(("transfer-encoding", "chunked"), ("X", "y")))
        assert raw.startswith(b"HTTP/1.1 200 OK\r\nX-Archive-Orig-Transfer-Encoding: chunked\r\nX: y\r\n")
        assert b"\r\nContent-Length: 8\r\n\r\n<p>hello" in raw

    def test_a_length_stays_in_its_place(self) -> None:
        assert response_block(headers=(("A", "1"), ("content-length", "8"), ("B", "2"))) == (
            b"HTTP/1.1 200 OK\r\nA: 1\r\ncontent-length: 8\r\nB: 2\r\n\r\n<p>hello"
        )

    def test_only_one_length_is_left_and_it_is_right(self) -> None:
        raw = response_block(headers=(("Content-Length", "9"), ("Content-Length", "8"), ("A", "1")))
        assert raw == b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\nA: 1\r\n\r\n<p>hello"

    def test_octets_beyond_ascii_stay(self) -> None:
        raw = response_block(reason="G\xfct", headers=(("X-Name", "caf\xe9; a=\xff"),))
        assert raw.startswith(b"HTTP/1.1 200 G\xfct\r\nX-Name: caf\xe9; a=\xff\r\n")

    def test_characters_that_no_header_holds_do_not_raise(self) -> None:
        assert b"X: \\u20ac\\udc80\r\n" in response_block(headers=(("X", "\u20ac\udc80"),))

    @pytest.mark.parametrize(
        "bad", ["a\r\nInjected: 1", "a\nInjected: 1", "a\rInjected: 1", "a\0b", "\r\n\r\nbody"]
    )
    def test_no_value_becomes_two_lines(self, bad: str) -> None:
        raw = response_block(reason=bad, headers=(("X", bad), (bad, "y")))
        head = raw.partition(b"\r\n\r\n")[0]
        assert len(head.split(b"\r\n")) == 4
        assert raw.endswith(b"\r\n\r\n<p>hello")
        assert b"\0" not in head
        assert b"\nInjected" not in head
        assert b"\rInjected" not in head

    @pytest.mark.parametrize(
        ("reason", "line"),
        [
            ("", b"HTTP/1.1 200"),
            ("OK", b"HTTP/1.1 200 OK"),
            ("a: b", b"HTTP/1.1 200 a: b"),
            (" ", b"HTTP/1.1 200"),
        ],
    )
    def test_weird_reasons(self, reason: str, line: bytes) -> None:
        gzipped = exchange(answer(reason=reason))[0]
        assert block(gzipped).split(b"\r\n")[0] == line
        assert read(gzipped)[0].http_headers.get_statuscode() == "200"

    def test_the_protocol_is_the_servers(self) -> None:
        kept = Kept(
            response=Response(url="http://example.org/", head=answer().response.head, protocol="HTTP/1.0")
        )
        assert block(exchange(kept)[0]).startswith(b"HTTP/1.0 200\r\n")


class TestRequest:
    def test_its_octets(self) -> None:
        assert block(exchange(answer())[1]) == (
            b"GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nUser-Agent: crawler/test\r\n\r\n"
        )

    def test_it_names_its_response(self) -> None:
        response, request = (read(each)[0].rec_headers for each in exchange(answer()))
        assert request.get_header("WARC-Type") == "request"
        assert request.get_header("WARC-Concurrent-To") == response.get_header("WARC-Record-ID")
        assert request.get_header("WARC-Target-URI") == response.get_header("WARC-Target-URI")
        assert request.get_header("WARC-Date") == response.get_header("WARC-Date")
        assert request.get_header("Content-Type") == "application/http; msgtype=request"

    @pytest.mark.parametrize(
        "name",
        ["Authorization", "authorization", "COOKIE", "Cookie", "Proxy-Authorization", "proxy-authorization"],
    )
    def test_credentials_are_masked(self, name: str) -> None:
        both = exchange(answer(sent=(("Host", "h"), (name, "Basic c2VjcmV0"), ("X", "y"))))
        assert block(both[1]) == f"GET /a?b=c HTTP/1.1\r\nHost: h\r\n{name}: masked\r\nX: y\r\n\r\n".encode()
        assert not any(b"c2VjcmV0" in plain(each) for each in both)

    def test_a_user_agent_beyond_ascii_stands_as_it_was_sent(self) -> None:
        assert "User-Agent: Käfer€\r\n".encode() in block(
            exchange(answer(sent=(("User-Agent", "Käfer€"),)))[1]
        )


class TestRevisit:
    def test_its_warc_headers(self) -> None:
        gzipped, request = exchange(revisit())
        header = read(gzipped)[0].rec_headers.get_header
        assert header("WARC-Type") == "revisit"
        assert header("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
        assert header("WARC-Refers-To-Target-URI") == "https://example.org/a?b=c"
        assert header("WARC-Refers-To-Date") == "2023-11-14T22:13:20Z"
        assert header("WARC-Date") == "2023-11-15T22:13:20Z"
        assert header("WARC-Payload-Digest") is None
        assert read(request)[0].rec_headers.get_header("WARC-Concurrent-To") == header("WARC-Record-ID")

    def test_it_points_at_the_date_that_the_first_record_bears(self) -> None:
        first = read(exchange(answer(at=AT))[0])[0].rec_headers.get_header("WARC-Date")
        assert read(exchange(revisit())[0])[0].rec_headers.get_header("WARC-Refers-To-Date") == first

    def test_its_headers_stay_as_sent(self) -> None:
        assert block(exchange(revisit())[0]) == (
            b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\nContent-Length: 8\r\n\r\n'
        )


class TestWarcinfo:
    def test_it_says_what_wrote_the_segment(self) -> None:
        builder = Records("crawler/1\r\nevil: 1")
        record, content = read(member_of(builder, builder.warcinfo("x.warc.gz")))
        assert record.rec_type == "warcinfo"
        assert record.rec_headers.get_header("WARC-Filename") == "x.warc.gz"
        lines = content.decode().split("\r\n")
        assert lines[0] == "software: crawler/1  evil: 1"
        assert "format: WARC File Format 1.1" in lines


def test_no_two_records_have_the_same_id() -> None:
    builder = Records("x")
    made = [each for _ in range(50) for each in builder.exchange(answer())] + [builder.warcinfo("y")]
    ids = {each.rec_headers.get_header("WARC-Record-ID") for each in made}
    assert len(ids) == 101
    assert all(re.fullmatch(r"<urn:uuid:[0-9a-f-]{36}>", each) for each in ids)


def test_a_record_leaves_nothing_for_the_next() -> None:
    builder = Records("x")
    contents = [b"x" * 100_000, b"y", b"z" * 1_000_000, b"y", bytes(SMALL_BYTES), bytes(SMALL_BYTES + 1), b""]
    for content in contents:
        response, _ = builder.exchange(answer(content))
        assert read(member_of(builder, response))[1] == content


def test_a_large_record_is_written_in_pieces_and_reads_as_one_member(tmp_path: Path) -> None:
    body = large(tmp_path)
    builder = Records("x")
    response, _ = builder.exchange(answer(body))
    pieces: list[bytes] = []
    builder.write(response, pieces.append)
    assert len(pieces) > 10
    assert max(map(len, pieces)) < 300_000
    assert block(b"".join(pieces)).partition(b"\r\n\r\n")[2] == body.read()
    record, content = read(b"".join(pieces))
    assert content == body.read()
    digest = base64.b32encode(hashlib.sha1(content).digest()).decode()
    assert record.rec_headers.get_header("WARC-Payload-Digest") == f"sha1:{digest}"
    assert record.http_headers.get_header("Content-Length") == str(body.size_bytes)


def test_a_large_record_takes_little_memory(tmp_path: Path) -> None:
    builder = Records("x")
    body = large(tmp_path, 30_000_000)
    tracemalloc.start()
    try:
        response, _ = builder.exchange(answer(body))
        builder.write(response, lambda _: None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def test_what_comes_again_is_packed_as_small_as_zlib_packs() -> None:
    drawn = random.Random(7)
    text = b" ".join(drawn.choice((b"harbour", b"tide", b"lamp", b"rope", b"gull")) for _ in range(3000))
    response, _ = Records("x").exchange(answer(text))
    written = io.BytesIO()
    Records("x").write(response, written.write, is_tight=True)
    assert text in gzip.decompress(written.getvalue())
    assert written.tell() < 1.01 * len(gzip.compress(text, 6)) + 500


def test_a_request_without_a_body_has_no_digest_of_nothing() -> None:
    _, request = exchange(answer())
    record, _ = read(request)
    assert record.rec_headers.get_header("WARC-Payload-Digest") is None
    assert record.rec_headers.get_header("WARC-Block-Digest").startswith("sha1:")
