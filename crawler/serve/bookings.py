"""Keep the crawls that were asked for: one runs, the others wait for their turn, the last thousand are remembered.

Each run is a process of its own (decision 23). Pausing holds that back; another rate or scope ends it in good
order and starts it again with the new options, which continues the run: that is what an interrupted crawl
does anyway, and it is tried at every line.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Self

from crawler.clock import Clock
from crawler.errors import OutputBusyError, StateError
from crawler.output import Output
from crawler.serve.booking import Booking, BookingState, Wish
from crawler.serve.employing import Employ, Worker, wait_for
from crawler.serve.errand import PAUSE, RESUME, STOP, Errand, Word

__all__ = ["Bookings", "NotNowError", "TooManyError"]

_log = logging.getLogger(__name__)

_MOST_WAITING = 100
_MOST_KEPT = 1000
_BUSY_EXIT = 75
_BUSY_SECONDS = 2.0
_LEAVE_SECONDS = 15.0
_STOPPED = "stopped"


class NotNowError(Exception):
    """A crawl cannot do that in the state it is in."""


class TooManyError(Exception):
    """Too many crawls are waiting."""


class Bookings:
    """The crawls of one server. Use it as an async context manager.

    Args:
        output: into which all of them go.
        clock: tells when.
        employ: starts a process.
        opens_private: seeds may be on private addresses.
        on_end: awaited once a crawl that ran is over, with the last word of its process.
    """

    def __init__(
        self,
        output: Output,
        clock: Clock,
        employ: Employ,
        *,
        opens_private: bool,
        on_end: Callable[[Booking, Word], Awaitable[None]] | None = None,
    ) -> None:
        self._output = output
        self._clock = clock
        self._employ = employ
        self._opens_private = opens_private
        self._on_end = on_end
        self._all: dict[str, Booking] = {}
        self._worker: Worker | None = None
        self._begins_again = False
        self._is_to_end = False
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the crawl that runs in good order; it can be continued."""
        worker = self._worker
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if worker is not None:
            worker.tell(STOP)
            await wait_for(worker, _LEAVE_SECONDS)

    def all(self) -> Sequence[Booking]:
        """Every crawl that is remembered, the last one asked for first."""
        return list(reversed(self._all.values()))

    def get(self, name: str) -> Booking | None:
        """One of them."""
        return self._all.get(name)

    @property
    def current(self) -> Booking | None:
        """The one that runs or is paused."""
        states = {BookingState.RUNNING, BookingState.PAUSED}
        return next((each for each in self._all.values() if each.state in states), None)

    def book(self, wish: Wish) -> Booking:
        """Take in a crawl; it runs when those before it are over.

        Raises:
            TooManyError: a hundred are waiting.
        """
        if sum(each.state is BookingState.QUEUED for each in self._all.values()) >= _MOST_WAITING:
            raise TooManyError
        name = secrets.token_hex(6)
        booking = self._all[name] = Booking(name=name, wish=wish, created_at=self._clock.now())
        self._forget()
        self._news.set()
        return booking

    def pause(self, name: str) -> Booking:
        """Hold a crawl back: it asks for nothing more until `resume`.

        Raises:
            NotNowError: it does not run.
        """
        booking = self._all[name]
        if booking.state is BookingState.PAUSED:
            return booking
        self._want(booking, BookingState.RUNNING)
        self._tell(PAUSE)
        return self._note(name, state=BookingState.PAUSED)

    def resume(self, name: str) -> Booking:
        """Let a paused crawl go on.

        Raises:
            NotNowError: it is not paused.
        """
        booking = self._all[name]
        if booking.state is BookingState.RUNNING:
            return booking
        self._want(booking, BookingState.PAUSED)
        self._tell(RESUME)
        return self._note(name, state=BookingState.RUNNING)

    def stop(self, name: str) -> Booking:
        """End a crawl in good order; what it has not come to stays queued for the next.

        Raises:
            NotNowError: it is over.
        """
        booking = self._all[name]
        if booking.state is BookingState.QUEUED:
            return self._note(name, state=BookingState.STOPPED, ended_at=self._clock.now())
        self._want(booking, BookingState.RUNNING, BookingState.PAUSED)
        self._begins_again = False
        self._tell(STOP)
        return self._note(name, phase="stopping")

    def change(self, name: str, wish: Wish) -> Booking:
        """Let a crawl go on with other options.

        Raises:
            NotNowError: it is over.
        """
        booking = self._all[name]
        self._want(booking, BookingState.QUEUED, BookingState.RUNNING, BookingState.PAUSED)
        if booking.state is not BookingState.QUEUED:
            self._begins_again = True
            self._tell(STOP)
        return self._note(name, wish=wish)

    def _want(self, booking: Booking, *states: BookingState) -> None:
        if booking.state not in states:
            wanted = " or ".join(states)
            raise NotNowError(f"this crawl is {booking.state}; only one that is {wanted} can do that")

    def _tell(self, word: str) -> None:
        self._is_to_end = self._is_to_end or word == STOP
        if self._worker is not None:
            self._worker.tell(word)

    def _note(self, name: str, **changes: Any) -> Booking:
        booking = self._all[name] = dataclasses.replace(self._all[name], **changes)
        return booking

    def _forget(self) -> None:
        """Remember no more than there is room for; the oldest that are over go."""
        over = [each.name for each in self._all.values() if each.state.is_over]
        for name in over[: max(len(self._all) - _MOST_KEPT, 0)]:
            del self._all[name]

    async def _run(self) -> None:
        """One crawl after the other, for as long as the server is up."""
        while True:
            self._news.clear()
            waiting = (each for each in self._all.values() if each.state is BookingState.QUEUED)
            booking = next(waiting, None)
            if booking is None:
                await self._news.wait()
                continue
            try:
                await self._crawl(booking.name)
            except OutputBusyError as error:
                if self._is_to_end and not self._begins_again:
                    await self._close(booking.name, BookingState.STOPPED, Word(), detail="")
                    continue
                self._note(booking.name, state=BookingState.QUEUED, phase="", detail=str(error))
                await self._clock.wait(self._news, _BUSY_SECONDS)
            except StateError as error:
                await self._close(booking.name, BookingState.FAILED, Word(exit_code=1), detail=str(error))
            except Exception:  # noqa: BLE001 - the next crawl is to run whatever it was
                _log.exception("internal fault in crawl %s", booking.name)
                detail = "an internal fault; the log tells more"
                await self._close(booking.name, BookingState.FAILED, Word(exit_code=1), detail=detail)

    async def _crawl(self, name: str) -> None:
        """Let one crawl run to its end, in as many processes after each other as its changes take."""
        began = self._clock.monotonic()
        has_begun = self._begins_again = False
        self._note(
            name, state=BookingState.RUNNING, phase="starting", started_at=self._clock.now(), detail=""
        )
        while True:
            last = await self._work(name, self._clock.monotonic() - began, continues=has_begun)
            has_begun = has_begun or bool(last.run)
            if self._begins_again and last.outcome == _STOPPED:
                self._begins_again = False
                continue
            break
        if last.exit_code == _BUSY_EXIT:
            raise OutputBusyError(last.failure)
        if last.failure or not last.outcome:
            detail = last.failure or "its process ended without a word; ask for it again to continue"
            await self._close(name, BookingState.FAILED, last, detail=detail)
            return
        state = BookingState.STOPPED if last.outcome == _STOPPED else BookingState.FINISHED
        await self._close(name, state, last, outcome=last.outcome, run=last.run)

    async def _work(self, name: str, spent_seconds: float, *, continues: bool) -> Word:
        """One process, from its start to its end; gives its last word."""
        booking = self._all[name]
        values = dict(booking.wish.values)
        if continues:
            # Begun afresh it was by the process before.
            values.pop("fresh", None)
        if (most := booking.wish.options.budget.max_time) is not None:
            values["max_time"] = max(most - spent_seconds, 0.0)
        errand = Errand(
            folder=str(self._output.folder.absolute()),
            seeds=booking.wish.seeds,
            options=values,
            opens_seeds=self._opens_private,
            is_paused=booking.state is BookingState.PAUSED,
        )
        self._is_to_end = False
        worker = self._worker = await self._employ(errand)
        self._catch_up(worker, errand, name)
        last = Word()
        try:
            async for word in worker.words():
                if word.phase:
                    self._note(name, phase=word.phase)
                else:
                    last = word
        except asyncio.CancelledError:
            # The server ends; it has the crawl end in good order.
            raise
        except BaseException:
            await worker.end()
            raise
        self._worker = None
        await worker.end()
        return last

    def _catch_up(self, worker: Worker, errand: Errand, name: str) -> None:
        """Tell a process what was asked for while it was being started."""
        is_paused = self._all[name].state is BookingState.PAUSED
        if is_paused != errand.is_paused:
            worker.tell(PAUSE if is_paused else RESUME)
        if self._is_to_end:
            worker.tell(STOP)

    async def _close(self, name: str, state: BookingState, last: Word, **changes: Any) -> None:
        booking = self._note(name, state=state, phase="", ended_at=self._clock.now(), **changes)
        self._forget()
        if self._on_end is not None:
            try:
                await self._on_end(booking, last)
            except Exception:  # noqa: BLE001 - the next crawl is to run whatever it was
                _log.exception("what was to follow the end of crawl %s failed", name)
