"""Servers that a frontier is trusted to, and those that it is not."""

from __future__ import annotations

import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from redis.asyncio import Redis

from crawler.errors import StorageError, UsageError
from crawler.frontier.protocol import RunPlan
from crawler.frontier.redis.address import read_address
from crawler.frontier.redis.frontier import RedisFrontier
from crawler.frontier.redis.server import connect
from tests.frontier.contract import claim_one, link
from tests.frontier.redis_server import running_server

SECRET = "horse/staple@battery"


async def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="does not answer"):
        await connect(read_address(f"unix://{tmp_path / 'none'}"))


@pytest.mark.system
@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (("--maxmemory-policy", "allkeys-lru"), "CONFIG SET maxmemory-policy noeviction"),
        (("--appendonly", "no"), "CONFIG SET appendonly yes"),
        (("--cluster-enabled", "yes"), "name a single server"),
        (("--requirepass", SECRET), "check user and password"),
        (("--user", "default", "on", "nopass", "~*", "+ping"), "ACL SETUSER"),
    ],
)
async def test_a_server_that_would_lose_urls_is_refused(options: tuple[str, ...], remedy: str) -> None:
    with running_server(*options) as url, pytest.raises(UsageError, match=remedy):
        await connect(read_address(url))


@pytest.mark.system
async def test_a_user_with_what_the_refusal_names_can_crawl() -> None:
    rights = ("~*", "+@read", "+@write", "+@scripting", "+@connection", "+info", "+time")
    with running_server("--user", "worker", "on", f">{SECRET}", *rights) as url:
        by_user = f"{url}?username=worker&password={quote(SECRET, safe='')}"
        frontier = RedisFrontier(await connect(read_address(by_user)))
        await frontier.open_run(RunPlan(name="run"))
        await frontier.add([link("a")])
        assert (await claim_one(frontier)).candidate == link("a")
        await frontier.close()


@pytest.mark.system
async def test_the_wrong_password_is_not_repeated() -> None:
    with (
        running_server("--requirepass", "other") as url,
        pytest.raises(UsageError, match="check user and password") as refused,
    ):
        await connect(read_address(f"{url}?password={quote(SECRET, safe='')}"))
    assert "horse" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.system
async def test_time_is_the_servers() -> None:
    with running_server() as url:
        frontier = RedisFrontier(await connect(read_address(url)), lease_seconds=60)
        run = await frontier.open_run(RunPlan(name="run"))
        await frontier.add([link("a")])
        lease = await claim_one(frontier)
        async with Redis.from_url(url) as client:
            seconds, _ = await client.time()
        assert seconds - 60 < run.started_at <= lease.expires_at - 60 <= seconds + 1
        await frontier.close()


@pytest.mark.system
async def test_a_server_that_forgot_its_scripts_is_told_them_again() -> None:
    with running_server() as url:
        frontier = RedisFrontier(await connect(read_address(url)))
        await frontier.open_run(RunPlan(name="run"))
        async with Redis.from_url(url) as client:
            await client.script_flush()
        assert await frontier.add([link("a")]) == 1
        await frontier.close()
