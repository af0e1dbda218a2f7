"""Say in few words what the tests do with a client."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from crawler.errors import SiteError, TransientError
from crawler.exchange import Request
from crawler.fetch.client import Client

AGENT = "crawler/test (+https://example.org/)"

Open = Callable[..., AbstractAsyncContextManager[Client]]


async def failure(client: Client, url: str, kind: type[SiteError] = TransientError) -> str:
    with pytest.raises(kind) as caught:
        await client.fetch(Request(url=url))
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()
    return caught.value.failure


def header_of(request: bytes, name: str) -> str | None:
    for line in request.decode("latin-1").split("\r\n")[1:]:
        key, _, value = line.partition(": ")
        if key.lower() == name.lower():
            return value
    return None
