"""One answer at a time, its head first: whatever the pieces it comes in, and whatever follows it."""

from __future__ import annotations

import asyncio

import pytest

from crawler.errors import PermanentError
from crawler.exchange import Request, Response
from crawler.fetch.wire import MAX_HEAD_BYTES
from tests.fetch.asking import Open, failure
from tests.servers import OK, Line, Talk, raw_site, reply, replying

HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
CHUNKED = reply("Transfer-Encoding: chunked", body=b"2\r\nok\r\n0\r\n\r\n")


def in_pieces(answer: bytes, size_bytes: int) -> Talk:
    async def talk(line: Line) -> None:
        await line.hear()
        for start in range(0, len(answer), size_bytes):
            await line.say(answer[start : start + size_bytes])
            await asyncio.sleep(0.001)

    return talk


async def fetched(client: Open, talk: Talk, **options: float) -> Response:
    async with raw_site(talk) as site, client(**options) as asking:
        return await asking.fetch(Request(url=site.url()))


@pytest.mark.parametrize("size_bytes", [1, 3, 17, 1000])
@pytest.mark.parametrize(
    "answer",
    [OK, CHUNKED, HINT * 3 + OK, b"\r\n\r\n" + OK, OK.replace(b"\r\n", b"\n"), OK + OK],
    ids=["plain", "chunked", "hints", "blank lines first", "no CR", "two answers"],
)
async def test_an_answer_may_come_in_any_pieces(client: Open, answer: bytes, size_bytes: int) -> None:
    response = await fetched(client, in_pieces(answer, size_bytes))
    assert (response.status, response.body.read()) == (200, b"ok")


@pytest.mark.parametrize("size_bytes", [7, 1000])
@pytest.mark.parametrize(
    "status", ["204 No Content", "304 Not Modified"], ids=lambda each: each.partition(" ")[0]
)
async def test_a_body_where_none_may_be_is_passed_over(client: Open, status: str, size_bytes: int) -> None:
    response = await fetched(client, in_pieces(reply("Content-Length: 4", body=b"junk", status=status), 1000))
    assert (response.status, response.body.read()) == (int(status[:3]), b"")


async def test_what_follows_an_answer_is_dropped_with_the_connection(client: Open) -> None:
    async def talk(line: Line) -> None:
        await line.hear()
        await line.say(OK + b"junk that nobody announced")
        await line.hung_up()

    async with raw_site(talk) as site, client() as asking:
        for _ in range(2):
            assert (await asking.fetch(Request(url=site.url()))).body.read() == b"ok"
    assert site.connections == 2


@pytest.mark.parametrize("between", [b"", b"X: y\r\n"])
async def test_a_length_that_is_said_twice_alike_is_one(client: Open, between: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n" + between + b"Content-Length:2\r\n\r\nok"
    assert (await fetched(client, replying(answer))).body.read() == b"ok"


async def test_two_lengths_are_none(client: Open) -> None:
    async with (
        raw_site(replying(reply("Content-Length: 2", "Content-Length: 3", body=b"ok!"))) as site,
        client() as asking,
    ):
        assert await failure(asking, site.url(), PermanentError) == "protocol"


@pytest.mark.parametrize("size_bytes", [3, 10_000])
async def test_a_bad_chunk_ends_the_wait_for_the_body(client: Open, size_bytes: int) -> None:
    answer = reply("Transfer-Encoding: chunked", body=b"2\r\nok\r\nzz\r\n")

    async def talk(line: Line) -> None:
        await in_pieces(answer, size_bytes)(line)
        await line.hung_up()

    async with raw_site(talk) as site, client(timeout=30, read_timeout=30) as asking:
        async with asyncio.timeout(5):
            assert await failure(asking, site.url(), PermanentError) == "protocol"


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 100 Continue\r\n\r\n", HINT, b"HTTP/1.1 2", b"H", HINT + b"HT"]
)
async def test_an_answer_that_only_began_is_incomplete(client: Open, answer: bytes) -> None:
    async with raw_site(replying(answer)) as site, client() as asking:
        assert await failure(asking, site.url()) == "incomplete"


@pytest.mark.parametrize(
    "answer",
    [reply(*["X: " + "y" * 1000] * 270), HINT * (MAX_HEAD_BYTES // len(HINT) + 1) + OK],
    ids=["one head", "hints"],
)
async def test_heads_are_bounded_all_together(client: Open, answer: bytes) -> None:
    async with raw_site(replying(answer)) as site, client() as asking:
        assert await failure(asking, site.url(), PermanentError) == "protocol"


async def test_a_body_is_no_part_of_its_head(client: Open) -> None:
    size_bytes = 4 * MAX_HEAD_BYTES
    answer = reply(*["X: " + "y" * 1000] * 200, f"Content-Length: {size_bytes}", body=bytes(size_bytes))
    assert (await fetched(client, replying(answer))).body.size_bytes == size_bytes


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"220 ready", b"\x16\x03\x01"])
async def test_who_speaks_another_protocol_is_known_by_the_first_bytes(client: Open, greeting: bytes) -> None:
    async def talk(line: Line) -> None:
        await line.say(greeting)
        await line.hung_up()

    async with raw_site(talk) as site, client(timeout=30, read_timeout=30) as asking:
        async with asyncio.timeout(5):
            assert await failure(asking, site.url(), PermanentError) == "protocol"
