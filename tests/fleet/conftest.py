"""A server of its own for every test, and workers in processes of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.frontier.redis_server import running_server


@pytest.fixture
def frontier_url() -> Iterator[str]:
    with running_server() as url:
        yield url
