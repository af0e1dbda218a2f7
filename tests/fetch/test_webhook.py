"""What is posted arrives as it was meant; what goes wrong is said and does not raise."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

import crawler.fetch.webhook
from crawler.fetch.webhook import post_json
from crawler.options import FetchOptions


class Hook:
    """Somebody's webhook: what was posted, and what it answers."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.posted: list[tuple[dict[str, str], Any]] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.posted.append((dict(request.headers), json.loads(await request.read())))
        headers = {"Location": "/elsewhere"} if self.status == 302 else {}
        return web.Response(status=self.status, headers=headers, body=b"x" * 100_000)


@asynccontextmanager
async def hook(status: int = 200) -> AsyncIterator[Hook]:
    found = Hook(status)
    application = web.Application()
    application.router.add_post("/{tail:.*}", found.take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook?key=1"
    try:
        yield found
    finally:
        await runner.cleanup()


async def test_what_is_posted_arrives() -> None:
    async with hook(204) as found:
        assert await post_json(found.url, {"text": "née"}, FetchOptions(), "crawler/test") == ""
    ((headers, values),) = found.posted
    assert values == {"text": "née"}
    assert (headers["Content-Type"], headers["User-Agent"]) == ("application/json", "crawler/test")


async def test_user_and_password_are_sent_as_credentials() -> None:
    async with hook() as found:
        url = found.url.replace("://", "://me:sesame@")
        assert await post_json(url, {}, FetchOptions(), "crawler/test") == ""
    assert found.posted[0][0]["Authorization"] == f"Basic {base64.b64encode(b'me:sesame').decode()}"


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_another_answer_is_said_and_no_redirect_followed(status: int) -> None:
    async with hook(status) as found:
        assert await post_json(found.url, {}, FetchOptions(), "crawler/test") == f"it answered {status}"
    assert len(found.posted) == 1


async def test_nobody_there_is_said() -> None:
    async with hook() as found:
        pass
    wrong = await post_json(found.url, {}, FetchOptions(), "crawler/test")
    assert wrong.startswith("connect: ")


async def test_whoever_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawler.fetch.webhook, "_SECONDS", 0.05)

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        wrong = await post_json(f"http://127.0.0.1:{port}/", {}, FetchOptions(), "crawler/test")
    assert wrong.startswith("timeout")
