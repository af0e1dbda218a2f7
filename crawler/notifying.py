"""Send what a run has to tell to where the user wants it: a webhook, or by Apprise to mail and chats.

A target is the user's secret: of its address no more than scheme and host is ever shown. Whatever goes wrong is a line
for the user and nothing else.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import threading
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import UsageError
from crawler.fetch.webhook import post_json
from crawler.notice import Notice
from crawler.options import FetchOptions
from crawler.urls import canonicalize
from crawler.version import USER_AGENT

__all__ = ["check_targets", "notify"]

_WEB = frozenset({"http", "https"})
_APPRISE_SECONDS = 30.0


def check_targets(targets: Sequence[str]) -> None:
    """See that each can be sent to.

    Raises:
        UsageError: one is no address, or needs Apprise, which is not installed.
    """
    for number, target in enumerate(targets, 1):
        scheme, mark, _ = target.partition("://")
        if not mark or (scheme.lower() in _WEB and canonicalize(target) is None):
            raise UsageError(f"notify {number} is no address; write for example https://example.org/hook")
        if scheme.lower() not in _WEB and not _apprise().Apprise().add(target):
            raise UsageError(f"notify {number}: Apprise does not know such an address ({scheme}://...)")


async def notify(
    notice: Notice, targets: Sequence[str], options: FetchOptions, *, only_news: bool = True
) -> list[str]:
    """Send a notice, if there is something to tell; gives what went wrong, one line each.

    Args:
        notice: to be sent.
        targets: each to be told; checked.
        options: how requests are made.
        only_news: whoever asked for the crawl does not wait for its end, so what is no news is not sent.
    """
    if not targets or (only_news and not notice.has_news):
        return []
    wrong = await asyncio.gather(*(_send(notice, target, options) for target in targets))
    return [
        f"notify {_shown(target)}: {what}; the run itself is not concerned"
        for target, what in zip(targets, wrong, strict=True)
        if what
    ]


async def _send(notice: Notice, target: str, options: FetchOptions) -> str:
    if target.partition("://")[0].lower() in _WEB:
        return await post_json(target, notice.as_json(), options, options.user_agent or USER_AGENT)
    return await _send_by_apprise(notice, target)


async def _send_by_apprise(notice: Notice, target: str) -> str:
    """By a thread that holds nobody up: neither this loop, nor the end of the process."""
    done = asyncio.get_running_loop().create_future()

    def send() -> None:
        try:
            sender = _apprise().Apprise()
            sender.add(target)
            wrong = "" if sender.notify(body=notice.text, title=notice.title) else "it was not taken"
        except Exception as error:  # noqa: BLE001 - of whatever kind: it must not harm the run
            wrong = type(error).__name__
        loop.call_soon_threadsafe(_settle, done, wrong)

    loop = asyncio.get_running_loop()
    # Apprise tells on its own of what it sends, addresses included.
    logging.getLogger("apprise").disabled = True
    threading.Thread(target=send, daemon=True).start()
    try:
        async with asyncio.timeout(_APPRISE_SECONDS):
            return str(await done)
    except TimeoutError:
        return f"not sent within {_APPRISE_SECONDS:g} s"


def _settle(done: asyncio.Future[str], wrong: str) -> None:
    if not done.done():
        done.set_result(wrong)


def _apprise() -> Any:
    try:
        return importlib.import_module("apprise")
    except ImportError:
        raise UsageError(
            "notify: mail and chats need Apprise; pip install 'crawler[notify]', or give an http:// or https:// address"
        ) from None


def _shown(target: str) -> str:
    parts = urlsplit(target)
    return f"{parts.scheme}://{parts.hostname or ''}/..." if parts.scheme in _WEB else f"{parts.scheme}://..."
