"""Tell of the end of every crawl that the server ran, to where the user wants it; nothing waits for that.

What goes wrong is a line of the log. The address is the user's secret, and the options of the crawl are told to
nobody: the proxy that somebody asked for in a crawl has no part in this either.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from crawler.notice import Notice
from crawler.notifying import notify
from crawler.options import FetchOptions
from crawler.serve.booking import Booking
from crawler.serve.errand import Word

__all__ = ["Announcing", "notice_of_end"]

_log = logging.getLogger(__name__)

_LEAVE_SECONDS = 10.0


class Announcing:
    """Sends notices beside everything else. Use it as an async context manager.

    Args:
        targets: who is told; checked.
        output: the folder, as the user named it.
    """

    def __init__(self, targets: Sequence[str], output: str) -> None:
        self._targets = tuple(targets)
        self._output = output
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let what is on its way arrive, for a while."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LEAVE_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def tell(self, booking: Booking, last: Word) -> None:
        """A crawl is over: send that, and do not wait for it.

        Args:
            booking: as it ended.
            last: what its process said last.
        """
        if not self._targets:
            return
        task = asyncio.create_task(self._send(notice_of_end(booking, last, self._output)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, notice: Notice) -> None:
        try:
            for line in await notify(notice, self._targets, FetchOptions(), only_news=False):
                _log.error("%s", line)
        except Exception as error:  # noqa: BLE001 - whatever it is, it concerns nobody but who was to be told
            _log.error("notify: %s; no crawl is concerned", type(error).__name__)


def notice_of_end(booking: Booking, last: Word, output: str) -> Notice:
    """What the end of a crawl has to tell: what its process says of the run, and which crawl it was."""
    notice = None if last.notice is None or booking.detail else _read(last.notice)
    if notice is None:
        notice = Notice(
            output=output,
            exit_code=last.exit_code or int(bool(booking.detail)),
            run=booking.run,
            outcome=booking.outcome,
            error=booking.detail,
        )
    who = {"crawl": booking.name, "state": booking.state.value}
    return replace(notice, output=output, values={**notice.values, **who})


def _read(values: Mapping[str, Any]) -> Notice | None:
    """A notice as it came through the pipe; None: it is none."""
    try:
        return Notice(**{**values, "seeds": tuple(values["seeds"])})
    except (TypeError, KeyError):
        return None
