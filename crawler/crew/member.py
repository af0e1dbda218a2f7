"""Be one further process of a run: crawl what the shared frontier gives, until nothing is left or we are told.

The order comes through stdin, which then is the lifeline: its end ends us at once. What we have to say goes
through stdout, a line each. Signals of the terminal are the first process's affair.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from crawler.clock import SystemClock
from crawler.confinement.lifeline import watch
from crawler.confinement.voice import Voice, live_for_parent
from crawler.crew.order import PAUSE, RESUME, STOP, Answer, Order, answer_line, read_order
from crawler.engine import Engine
from crawler.errors import DamageError, StateError, first_state_error
from crawler.fetch.credentials import Credentials
from crawler.fetch.guard import AddressGuard
from crawler.frontier.sqlite import SqliteFrontier
from crawler.garbage import collect_seldom
from crawler.output import Output
from crawler.territory import Territory

__all__ = ["main"]

_log = logging.getLogger(__name__)

_MOST_SAID = 2000
_LOGGERS = ("crawler", "asyncio")


def main() -> None:
    """Do what the order on stdin says, and end with 0 unless something is wrong with us or the machine."""
    collect_seldom()
    live_for_parent(_obey)


def _obey(voice: Voice) -> int:
    try:
        order = read_order(sys.stdin.buffer.readline())
    except ValueError:
        # Whoever was to send it is gone.
        return 1
    _send_logs(voice, order.log_level)
    try:
        voice.say(answer_line(Answer(outcome=asyncio.run(_crawl(order, voice)))))
    except BrokenPipeError:
        return 1
    except Exception as error:  # noqa: BLE001 - what breaks us must not break the run
        failure = error.subgroup(StateError) if isinstance(error, ExceptionGroup) else None
        if failure is not None:
            error = first_state_error(failure)
        if isinstance(error, DamageError):
            voice.say(answer_line(Answer(damage=str(error))))
        elif isinstance(error, StateError):
            voice.say(answer_line(Answer(failure=str(error))))
        else:
            _log.exception("internal error in process %d", order.holder)
        return 1
    return 0


async def _crawl(order: Order, voice: Voice) -> str:
    clock = SystemClock(order.epoch_offset_seconds)
    output, options = Output(Path(order.folder)), order.options
    credentials = Credentials(options.fetch.headers, options.fetch.auth)
    territory = Territory(options.scope, AddressGuard(options.fetch.allow_private), credentials, clock=clock)
    territory.learn(order.facts)
    engine = Engine(output, options, territory, clock=clock, concurrency=order.concurrency)
    engine.client.remember(order.cookies)
    loop = asyncio.get_running_loop()

    def told(line: str) -> None:
        word, _, outcome = line.partition(" ")
        if word == STOP:
            loop.call_soon_threadsafe(engine.stop, outcome)
        elif word == PAUSE:
            loop.call_soon_threadsafe(engine.pause)
        elif word == RESUME:
            loop.call_soon_threadsafe(engine.resume)

    watch(sys.stdin.buffer, told)
    async with (
        await SqliteFrontier.open(output.database, clock, holder=order.holder) as frontier,
        engine,
    ):
        outcome = await engine.crawl(frontier, order.run_name, rereads=order.rereads)
    for warning in engine.warnings:
        voice.say(answer_line(Answer(warning=warning[:_MOST_SAID])))
    return outcome


class _Passing(logging.Handler):
    """Passes records on to the first process, whose logs are the run's."""

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        self._voice = voice

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on what a record says, and the error it is about."""
        error = record.exc_info[1] if record.exc_info else None
        text = (
            record.getMessage()
            if error is None
            else f"{record.getMessage()}: {type(error).__name__}: {error}"
        )
        self._voice.say(answer_line(Answer(log=(record.name, record.levelno, text[:_MOST_SAID]))))


def _send_logs(voice: Voice, level: int) -> None:
    handler = _Passing(voice)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False
