"""Tell the time, and wait for it, through one injected object.

Instants that are stored are seconds since the Unix epoch (UTC), because they are compared between
runs, processes and machines; durations inside one process are measured on the monotonic clock. Hosts wait
until a stored instant, so within a process instants too go on evenly, whoever sets the machine's clock.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "ManualClock", "SystemClock", "iso_utc"]


class Clock(Protocol):
    """What the engine and the frontier know of time."""

    def now(self) -> float:
        """Seconds since the Unix epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump; only differences mean something."""
        ...

    async def wait(self, event: asyncio.Event, timeout_seconds: float) -> None:
        """Return when `event` is set or after `timeout_seconds`, whichever comes first."""
        ...


# The clock that goes on while the machine sleeps: Linux has it by this name, elsewhere it is the monotonic one.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


_LAST_INSTANT = 253_402_300_799.0  # 9999-12-31T23:59:59Z


class SystemClock:
    """The machine's clock, as it was set when this object was made.

    Args:
        epoch_offset_seconds: of a clock in another process of this machine, to tell the same time as that.
    """

    def __init__(self, epoch_offset_seconds: float | None = None) -> None:
        if epoch_offset_seconds is None:
            epoch_offset_seconds = time.time() - time.clock_gettime(_STEADY)
        self.epoch_offset_seconds = epoch_offset_seconds

    def now(self) -> float:
        """Seconds since the Unix epoch; never jumps."""
        return self.epoch_offset_seconds + time.clock_gettime(_STEADY)

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    async def wait(self, event: asyncio.Event, timeout_seconds: float) -> None:
        """Return when `event` is set or after `timeout_seconds`."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await event.wait()
        except TimeoutError:
            return


class ManualClock:
    """A clock that stands still until it is told otherwise; waiting on it moves it forward at once.

    Args:
        start_at: the first instant, in seconds since the Unix epoch.
    """

    def __init__(self, start_at: float = 1_000_000_000.0) -> None:
        self._now = start_at

    def now(self) -> float:
        """The instant it was last moved to."""
        return self._now

    def monotonic(self) -> float:
        """The same instant: this clock never jumps back."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds`."""
        self._now += seconds

    async def wait(self, event: asyncio.Event, timeout_seconds: float) -> None:
        """Let every other task run; if `event` is still not set, jump by `timeout_seconds`."""
        for _ in range(20):
            if event.is_set():
                return
            await asyncio.sleep(0)
        self.advance(timeout_seconds)


def iso_utc(instant: float) -> str:
    """`instant` as ISO 8601 in UTC with seconds, e.g. `2026-11-22T18:20:34Z`; what is later than year 9999 is its end."""
    return datetime.fromtimestamp(min(instant, _LAST_INSTANT), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
