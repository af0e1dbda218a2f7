"""Connect to a server that can be trusted with a frontier: one that keeps what it was given, and gives none of it up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from crawler.errors import CrawlerError, StorageError, UsageError
from crawler.frontier.redis.address import Address, no_address
from crawler.frontier.redis.line import Line
from crawler.frontier.redis.scripts import ServerScripts

__all__ = ["connect"]

_LEAST_VERSION = 7
_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 60.0
_LOOK_SECONDS, _MOST_LOOKS = 0.2, 300


async def connect(address: Address, patience_seconds: float = 0.0) -> ServerScripts:
    """Connect to the frontier of a crawl.

    Args:
        address: of the server.
        patience_seconds: how long it is waited for when it is away later on; now it must be there.

    Raises:
        UsageError: the URL is none, the server refuses the user, or is set up so that it would lose URLs.
        StorageError: the server does not answer.
    """
    where = address.shown
    try:
        client = Redis.from_url(
            address.url,
            socket_connect_timeout=_CONNECT_SECONDS,
            socket_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
    except (ValueError, TypeError):
        # What the library says may quote a part of the password.
        raise UsageError(no_address(where)) from None
    try:
        _refuse(await _settled_info(client), where)
    except (RedisError, OSError) as error:
        await client.aclose()
        raise _told(error, where) from None
    except UsageError:
        await client.aclose()
        raise
    return ServerScripts(client, address.crawl, line=Line(client, where, patience_seconds))


async def _settled_info(client: Redis) -> Mapping[str, Any]:
    """What a server says of itself, once it has read its file: before, it denies that it keeps one."""
    for _ in range(_MOST_LOOKS):
        told = await client.info()
        if not told.get("loading"):
            break
        await asyncio.sleep(_LOOK_SECONDS)
    return told


def _told(error: Exception, where: str) -> CrawlerError:
    """Why a server did not say how it is set up; what it answered itself may name the user."""
    # The library wraps what happens before the first command.
    if isinstance(error, AuthenticationError) or isinstance(error.__cause__, AuthenticationError):
        return UsageError(f"{where} does not let this user in: check user and password of the URL")
    if isinstance(error, NoPermissionError):
        return UsageError(
            f"{where} does not let this user look at its settings: "
            "ACL SETUSER <user> ~* +@read +@write +@scripting +@connection +info +time"
        )
    return StorageError(f"{where} does not answer ({type(error).__name__}): is the server running?")


def _refuse(told: Mapping[str, Any], where: str) -> None:
    """Refuse a server that would lose URLs, with the line that mends it.

    Nothing of ours expires, so the `volatile-` policies evict nothing.
    """
    version = str(told.get("redis_version", ""))
    if int(version.partition(".")[0] or 0) < _LEAST_VERSION:
        raise UsageError(f"{where} is Redis {version}; a frontier needs Redis 7 or Valkey")
    if told.get("cluster_enabled"):
        raise UsageError(f"{where} is a node of a cluster, which is not supported; name a single server")
    if str(told.get("role")) != "master":
        raise UsageError(f"{where} is a replica; name its primary {told.get('master_host')}")
    if told.get("loading"):
        raise UsageError(f"{where} is still reading its file; start again once it has")
    policy = str(told.get("maxmemory_policy", ""))
    if policy.startswith("allkeys"):
        raise UsageError(
            f"{where} throws URLs away when its memory is full ({policy}): CONFIG SET maxmemory-policy noeviction"
        )
    if not told.get("aof_enabled"):
        raise UsageError(f"{where} forgets URLs when it is started again: CONFIG SET appendonly yes")
