"""One practice site a test, without its pauses."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from crawler.practice.options import PracticeOptions
from crawler.practice.serving import PracticeSite, serve

QUICK = PracticeOptions(slow_seconds=0, drip_seconds=0, retry_after_seconds=0)


@pytest.fixture
async def site() -> AsyncIterator[PracticeSite]:
    async with serve(options=QUICK) as site:
        yield site


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
