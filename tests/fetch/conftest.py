"""A client whose waits are short, allowed to reach loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from crawler.body import Spool
from crawler.clock import Clock, SystemClock
from crawler.fetch.client import Client
from crawler.fetch.credentials import Credentials
from crawler.fetch.guard import AddressGuard
from crawler.options import FetchOptions
from tests.fetch.asking import AGENT, Open
from tests.servers import FakeResolver


@pytest.fixture
def client() -> Open:
    @asynccontextmanager
    async def open_client(
        *,
        credentials: Credentials | None = None,
        guard: AddressGuard | None = None,
        resolver: FakeResolver | None = None,
        clock: Clock | None = None,
        spool: Spool | None = None,
        **options: Any,
    ) -> AsyncIterator[Client]:
        guard = guard if guard is not None else AddressGuard(["127.0.0.1"])
        fetch = FetchOptions(**{"timeout": 5.0, **options})
        clock, resolver = clock or SystemClock(), resolver or FakeResolver()
        async with Client(fetch, AGENT, guard, clock, credentials, resolver=resolver, spool=spool) as client:
            yield client

    return open_client
