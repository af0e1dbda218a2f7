"""Both clocks keep the same contract; the manual one keeps it at once."""

from __future__ import annotations

import asyncio
import time

import pytest

from crawler.clock import Clock, ManualClock, SystemClock, iso_utc


class TestSystemClock:
    def test_it_tells_the_machines_time(self) -> None:
        clock = SystemClock()
        assert abs(clock.now() - time.time()) < 60
        assert clock.monotonic() <= clock.monotonic()

    @pytest.mark.parametrize("seconds", [86_400.0, -86_400.0, -1e9, 4e9])
    def test_it_does_not_jump_with_it(self, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
        clock, real = SystemClock(), time.time
        before = clock.now()
        monkeypatch.setattr(time, "time", lambda: real() + seconds)
        assert 0 <= clock.now() - before < 60
        assert abs(SystemClock().now() - real() - seconds) < 60

    async def test_a_wait_ends_when_the_event_is_set(self) -> None:
        clock, event = SystemClock(), asyncio.Event()
        asyncio.get_running_loop().call_soon(event.set)
        began = clock.monotonic()
        await clock.wait(event, 60)
        assert clock.monotonic() - began < 30

    @pytest.mark.parametrize("seconds", [0.0, -1.0, 0.001])
    async def test_a_wait_ends_when_its_time_is_up(self, seconds: float) -> None:
        event = asyncio.Event()
        await SystemClock().wait(event, seconds)
        assert not event.is_set()

    async def test_a_wait_for_what_has_happened_is_none(self) -> None:
        event = asyncio.Event()
        event.set()
        await SystemClock().wait(event, 60)

    async def test_a_wait_can_be_cancelled(self) -> None:
        waiting = asyncio.create_task(SystemClock().wait(asyncio.Event(), 60))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


class TestManualClock:
    def test_it_stands_still_until_told(self) -> None:
        clock = ManualClock(start_at=100.0)
        assert (clock.now(), clock.monotonic()) == (100.0, 100.0)
        clock.advance(2.5)
        assert (clock.now(), clock.monotonic()) == (102.5, 102.5)

    async def test_a_wait_moves_it_forward_at_once(self) -> None:
        clock = ManualClock(start_at=0.0)
        await clock.wait(asyncio.Event(), 3600.0)
        assert clock.now() == 3600.0

    async def test_an_event_that_others_set_meanwhile_stops_no_time(self) -> None:
        clock, event = ManualClock(start_at=0.0), asyncio.Event()

        async def other() -> None:
            for _ in range(5):
                await asyncio.sleep(0)
            event.set()

        async with asyncio.TaskGroup() as group:
            group.create_task(other())
            await clock.wait(event, 3600.0)
        assert clock.now() == 0.0


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock()])
def test_both_are_clocks(clock: Clock) -> None:
    assert isinstance(clock.now(), float)
    assert isinstance(clock.monotonic(), float)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (0.0, "1970-01-01T00:00:00Z"),
        (1_700_000_000.999, "2023-11-14T22:13:20Z"),
        (1_709_210_096.0, "2024-02-29T12:34:56Z"),
        (4_102_444_800.0, "2100-01-01T00:00:00Z"),
        (1e15, "9999-12-31T23:59:59Z"),
    ],
)
def test_instants_are_written_in_utc_with_seconds(instant: float, text: str) -> None:
    assert iso_utc(instant) == text
