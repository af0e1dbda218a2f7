"""Post JSON to an address of the user's own, through the same session and guard as everything else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import aiohttp
from yarl import URL

from crawler.errors import SiteError
from crawler.fetch.failures import site_error
from crawler.fetch.guard import AddressGuard
from crawler.fetch.proxies import read_proxy
from crawler.fetch.session import open_session, tls_context
from crawler.options import FetchOptions

__all__ = ["post_json"]

_SECONDS = 10.0


async def post_json(url: str, values: Mapping[str, Any], options: FetchOptions, user_agent: str) -> str:
    """Post, and say what went wrong; "": it was taken.

    The user named the address, so it may be private. No redirect is followed, nothing of the answer is read, and
    after ten seconds it is given up.

    Args:
        url: http or https; user and password in it are sent as Basic credentials.
        values: what is posted.
        options: authorities, and the proxy if there is one.
        user_agent: says who posts.
    """
    target = URL(url)
    guard = AddressGuard()
    guard.name(target.raw_host or "", target.port or 0)
    proxy = None if options.proxy is None else read_proxy(options.proxy)
    session = open_session(
        replace(options, timeout=_SECONDS, connect_timeout=_SECONDS, read_timeout=_SECONDS),
        {"User-Agent": user_agent, "Content-Type": "application/json"},
        guard=guard,
        tls=tls_context(options.ca),
        proxy=proxy,
    )
    try:
        async with asyncio.timeout(_SECONDS), session:
            terms = proxy.terms(url) if proxy is not None else {}
            async with session.post(
                target, data=json.dumps(values).encode(), allow_redirects=False, **terms
            ) as answer:
                answer.close()
                return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"
    except (aiohttp.ClientError, OSError, TimeoutError, SiteError, ValueError) as error:
        return str(error if isinstance(error, SiteError) else site_error(error))
