"""Names whose resolver is of no help."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp.abc import ResolveResult

from crawler.errors import PermanentError
from crawler.exchange import Request
from tests.fetch.asking import Open, failure
from tests.servers import OK, FakeResolver, raw_site, replying


class Silent(FakeResolver):
    """Never answers for `silent.test`, and knows everything else."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host == "silent.test":
            await asyncio.Event().wait()
        return await super().resolve(host, port, family)


async def test_a_resolver_that_never_answers(client: Open) -> None:
    resolver = Silent(living_test=[["127.0.0.1"]])
    async with raw_site(replying(OK)) as site, client(resolver=resolver, connect_timeout=0.2) as asking:
        silent = asyncio.create_task(failure(asking, "http://silent.test/"))
        # Nobody else waits for it.
        response = await asking.fetch(Request(url=site.url(host="living.test")))
        assert await silent == "timeout"
    assert response.head.status == 200


@pytest.mark.parametrize("host", ["x" * 64 + ".test", ".".join(["x" * 60] * 5), "a..test"])
async def test_a_label_that_no_name_can_have(client: Open, host: str) -> None:
    async with client(resolver=None) as asking:
        assert await failure(asking, f"http://{host}/", PermanentError) == "dns"
