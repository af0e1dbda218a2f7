"""Bodies, bounded: whole ones, endless ones, and those that break off."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from crawler.body import Body, Spool
from crawler.clock import ManualClock
from crawler.errors import PermanentError, SiteError, StorageError, TransientError
from crawler.exchange import Request
from tests.fetch.asking import Open, failure
from tests.servers import Line, Talk, raw_site, reply, replying, reset_after


class TestBody:
    @pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
    async def test_a_length_without_a_body_is_none(self, client: Open, status: str) -> None:
        async with (
            raw_site(replying(reply("Content-Length: 99999", status=status))) as site,
            client(max_body=100) as asking,
        ):
            response = await asking.fetch(Request(url=site.url()))
        assert (response.status, response.body.read()) == (int(status[:3]), b"")

    async def test_an_empty_body_is_legal(self, client: Open) -> None:
        async with raw_site(replying(reply("Content-Length: 0"))) as site, client() as asking:
            assert (await asking.fetch(Request(url=site.url()))).body.read() == b""

    async def test_chunks_are_joined(self, client: Open) -> None:
        chunked = reply(
            "Transfer-Encoding: chunked", body=b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n"
        )
        async with raw_site(replying(chunked)) as site, client() as asking:
            response = await asking.fetch(Request(url=site.url()))
        assert response.body.read() == response.wire.read() == b"abcde"

    async def test_without_a_length_the_end_of_the_connection_ends_the_body(self, client: Open) -> None:
        async with (
            raw_site(replying(reply("Connection: close", body=b"until here"))) as site,
            client() as asking,
        ):
            assert (await asking.fetch(Request(url=site.url()))).body.read() == b"until here"


class TestLarge:
    async def test_it_lies_in_the_spool_for_as_long_as_it_is_held(self, client: Open, tmp_path: Path) -> None:
        content = bytes(range(256)) * 4096 * 3 + b"end"
        answer = reply(f"Content-Length: {len(content)}", body=content)
        async with raw_site(replying(answer)) as site, client(spool=Spool(tmp_path)) as asking:
            response = await asking.fetch(Request(url=site.url()))
        body = response.body
        assert body is response.wire
        assert body.path is not None
        assert body.path.parent == tmp_path
        assert body == Body.of(content)
        del response, body
        assert not list(tmp_path.iterdir())

    async def test_a_disk_that_fails_is_not_the_sites_fault(self, client: Open, tmp_path: Path) -> None:
        answer = reply("Content-Length: 1000000", body=bytes(1_000_000))
        async with (
            raw_site(replying(answer)) as site,
            client(spool=Spool(tmp_path / "gone")) as asking,
        ):
            with pytest.raises(StorageError, match="No such file"):
                await asking.fetch(Request(url=site.url()))

    async def test_one_that_breaks_off_leaves_nothing(self, client: Open, tmp_path: Path) -> None:
        answer = reply("Content-Length: 1000001", body=bytes(1_000_000))
        async with raw_site(replying(answer)) as site, client(spool=Spool(tmp_path)) as asking:
            assert await failure(asking, site.url()) == "incomplete"
            async with asyncio.timeout(5):
                while list(tmp_path.iterdir()):
                    await asyncio.sleep(0)


class TestLimit:
    async def test_a_length_beyond_the_limit_is_not_read(self, client: Open) -> None:
        hung_up = asyncio.Event()

        async def talk(line: Line) -> None:
            await line.hear()
            await line.say(reply("Content-Length: 1001"))
            if await line.hung_up():
                hung_up.set()

        async with raw_site(talk) as site, client(max_body=1000) as asking:
            assert await failure(asking, site.url(), PermanentError) == "too_large"
            await asyncio.wait_for(hung_up.wait(), 5)

    async def test_a_body_of_exactly_the_limit_passes(self, client: Open) -> None:
        async with (
            raw_site(replying(reply("Content-Length: 1000", body=b"x" * 1000))) as site,
            client(max_body=1000) as asking,
        ):
            assert len((await asking.fetch(Request(url=site.url()))).body.read()) == 1000

    async def test_an_endless_body_is_cut(self, client: Open) -> None:
        async def talk(line: Line) -> None:
            await line.hear()
            await line.say(reply("Transfer-Encoding: chunked"))
            while not line.writer.is_closing():
                await line.say(b"400\r\n" + b"x" * 1024 + b"\r\n")

        async with raw_site(talk) as site, client(max_body=100_000) as asking:
            assert await failure(asking, site.url(), PermanentError) == "too_large"


class HurriedClock(ManualClock):
    """Every look at it takes so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def monotonic(self) -> float:
        self.advance(self._seconds)
        return super().monotonic()


class TestRate:
    """A body in pieces of known size: each is sent when the one before has been seen."""

    @staticmethod
    def dripping(piece: bytes, most: int, *, first: bytes = b"") -> Talk:
        async def talk(line: Line) -> None:
            await line.hear()
            await line.say(reply("Connection: close", body=first))
            for _ in range(most):
                await line.say(piece)
                for _ in range(20):
                    await asyncio.sleep(0)

        return talk

    @pytest.mark.parametrize("first", [b"", b"x" * 1_000_000])
    async def test_a_drip_is_given_up_also_behind_a_quick_start(self, client: Open, first: bytes) -> None:
        talk = self.dripping(b".", 5000, first=first)
        async with raw_site(talk) as site, client(clock=HurriedClock(0.2)) as asking:
            with pytest.raises(TransientError, match=r"^timeout: \d+ bytes a second; --min-rate is 100$"):
                await asking.fetch(Request(url=site.url()))

    async def test_what_comes_just_fast_enough_is_taken(self, client: Open) -> None:
        talk = self.dripping(b"x" * 1000, 50)
        async with raw_site(talk) as site, client(clock=HurriedClock(5), min_rate=100) as asking:
            assert (await asking.fetch(Request(url=site.url()))).body.size_bytes == 50_000

    async def test_the_first_ten_seconds_are_not_judged(self, client: Open) -> None:
        talk = self.dripping(b".", 9)
        async with raw_site(talk) as site, client(clock=HurriedClock(1)) as asking:
            assert (await asking.fetch(Request(url=site.url()))).body.read() == b"." * 9

    async def test_it_can_be_switched_off(self, client: Open) -> None:
        talk = self.dripping(b".", 100)
        async with raw_site(talk) as site, client(clock=HurriedClock(11), min_rate=0) as asking:
            assert (await asking.fetch(Request(url=site.url()))).body.read() == b"." * 100


class TestCut:
    @pytest.mark.parametrize(
        "answer",
        [
            reply("Content-Length: 100", body=b"only this"),
            reply("Transfer-Encoding: chunked", body=b"5\r\nabcde\r\n"),
            reply("Transfer-Encoding: chunked", body=b"5\r\nab"),
        ],
    )
    async def test_a_body_that_ends_early_is_incomplete(self, client: Open, answer: bytes) -> None:
        async with raw_site(replying(answer)) as site, client() as asking:
            assert await failure(asking, site.url()) == "incomplete"
        assert len(site.requests) == 1

    @pytest.mark.parametrize(
        "length", ["Content-Length: 100", "Transfer-Encoding: chunked", "Connection: close"]
    )
    async def test_a_reset_inside_the_body_is_incomplete(self, client: Open, length: str) -> None:
        async with raw_site(reset_after(reply(length), b"5\r\nabcde\r\n")) as site, client() as asking:
            assert await failure(asking, site.url()) == "incomplete"
        assert len(site.requests) == 1

    @pytest.mark.parametrize("size", [b"zz", b"-5", b"fffffffffffffffff"])
    async def test_a_chunk_of_no_size_is_not_stored(self, client: Open, size: bytes) -> None:
        async with (
            raw_site(replying(reply("Transfer-Encoding: chunked", body=size + b"\r\nabc"))) as site,
            client() as asking,
        ):
            with pytest.raises(SiteError) as caught:
                await asking.fetch(Request(url=site.url()))
        assert caught.value.failure in {"protocol", "incomplete"}


class TestStatusLine:
    async def test_an_older_protocol_is_told(self, client: Open) -> None:
        async with raw_site(replying(b"HTTP/1.0 200 OK\r\n\r\nold")) as site, client() as asking:
            response = await asking.fetch(Request(url=site.url()))
        assert (response.protocol, response.body.read()) == ("HTTP/1.0", b"old")

    async def test_headers_and_reason_keep_their_octets(self, client: Open) -> None:
        answer = (
            b"HTTP/1.1 200 G\xfct\r\nX-Name: caf\xe9\r\nX-Twice: 1\r\nX-Twice: 2\r\nContent-Length: 0\r\n\r\n"
        )
        async with raw_site(replying(answer)) as site, client() as asking:
            response = await asking.fetch(Request(url=site.url()))
        assert response.reason == "Güt"
        assert response.header("x-name") == "café"
        assert response.head.joined("X-TWICE") == "1, 2"
        assert response.head.joined("absent") is None
