"""How connections are made: from several addresses the first that answers, names found once, in time."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

from crawler.exchange import Request
from crawler.fetch.guard import AddressGuard
from crawler.fetch.session import tls_context
from tests.fetch.asking import Open, failure
from tests.servers import OK, FakeResolver, raw_site, replying

GUARD = AddressGuard(["127.0.0.0/8", "::1", "fd00::/8"])


@pytest.fixture
def deaf() -> Iterator[socket.socket]:
    """127.0.0.77, where a connection is never taken: its queue is full."""
    with socket.socket() as full:
        full.bind(("127.0.0.77", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for each in fillers:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        yield full
        for each in fillers:
            each.close()


async def test_an_address_that_does_not_answer_is_not_waited_for(client: Open, deaf: socket.socket) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        writer.close()

    port = deaf.getsockname()[1]
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    resolver = FakeResolver(site_test=[["127.0.0.77", "127.0.0.1"]])
    async with server, client(guard=GUARD, resolver=resolver, connect_timeout=10) as asking:
        began = time.monotonic()
        response = await asking.fetch(Request(url=f"http://site.test:{port}/"))
    assert response.address == "127.0.0.1"
    assert time.monotonic() - began < 5


async def test_a_broken_ipv6_falls_back_to_ipv4(client: Open) -> None:
    for broken in ("::1", "fd00::77"):
        resolver = FakeResolver(site_test=[[broken, "127.0.0.1"]])
        async with raw_site(replying(OK)) as site, client(guard=GUARD, resolver=resolver) as asking:
            assert (await asking.fetch(Request(url=site.url(host="site.test")))).address == "127.0.0.1"


async def test_a_name_is_looked_up_once(client: Open) -> None:
    resolver = FakeResolver(site_test=[["127.0.0.1"]])
    async with raw_site(replying(OK)) as site, client(resolver=resolver) as asking:
        await asyncio.gather(*(asking.fetch(Request(url=site.url(host="site.test"))) for _ in range(20)))
    assert resolver.asked == ["site.test"]


async def test_names_found_are_forgotten_when_there_are_too_many(
    client: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.fetch.session._DNS_CACHE_NAMES", 10)
    resolver = FakeResolver(**{f"h{n}_test": [["127.0.0.1"]] for n in range(30)})
    async with raw_site(replying(OK)) as site, client(resolver=resolver) as asking:
        for host in [*(f"h{n}.test" for n in range(30)), "h29.test", "h0.test"]:
            await asking.fetch(Request(url=site.url(host=host)))
    assert resolver.asked.count("h29.test") == 1
    assert resolver.asked.count("h0.test") == 2


async def test_a_resolver_that_gives_no_answer_is_of_class_dns(client: Open) -> None:
    late = socket.gaierror(socket.EAI_AGAIN, "the resolver gave no answer in 8 s")
    async with client(resolver=FakeResolver(slow_test=[late])) as asking:
        assert await failure(asking, "http://slow.test/") == "dns"


def test_certificates_are_checked() -> None:
    context = tls_context(None)
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"
