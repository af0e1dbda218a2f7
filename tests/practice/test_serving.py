import socket
import time

import aiohttp
import pytest

from crawler.practice.options import PracticeOptions
from crawler.practice.serving import serve


async def test_the_log_is_bounded_and_in_order(session: aiohttp.ClientSession) -> None:
    before = time.monotonic()
    async with serve(options=PracticeOptions(requests_kept=3)) as site:
        for path in ("", "about", "Rose", "rose"):
            await session.get(site.url + path)
        assert [asked.target for asked in site.requests] == ["/about", "/Rose", "/rose"]
        times = [asked.at for asked in site.requests]
        assert before < times[0] < times[1] < times[2] < time.monotonic()


async def test_the_port_is_free_again_afterwards(session: aiohttp.ClientSession) -> None:
    async with serve() as site:
        response = await session.get(site.url)
        port = response.url.port or 0
    with pytest.raises(aiohttp.ClientConnectionError):
        await session.get(site.url)
    async with serve(port=port) as again:
        assert again.url == site.url


async def test_a_slow_answer_does_not_hold_up_the_end(session: aiohttp.ClientSession) -> None:
    started = time.monotonic()
    async with serve(options=PracticeOptions(drip_seconds=60)) as site:
        response = await session.get(site.url + "wrecks/drip")
        assert response.status == 200
    with pytest.raises(aiohttp.ClientError):
        await response.read()
    assert time.monotonic() - started < 10


async def test_a_taken_port_is_said_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="address already in use"):
            async with serve(port=taken.getsockname()[1]):
                pytest.fail("served on a taken port")


async def test_two_sites_side_by_side_do_not_share_their_troubles(session: aiohttp.ClientSession) -> None:
    async with serve() as one, serve() as two:
        for site in (one, two):
            assert (await session.get(site.url + "wrecks/doctor")).status == 503
        assert len(one.requests) == len(two.requests) == 1
