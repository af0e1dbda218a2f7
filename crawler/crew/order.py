"""Hold what a further process of a run is told, and what it answers: a line of JSON each."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.crew.spelling import read_value, spell
from crawler.fetch.setcookie import Cookie
from crawler.options import CrawlOptions

__all__ = [
    "PAUSE",
    "RESUME",
    "STOP",
    "Answer",
    "Order",
    "answer_line",
    "order_line",
    "read_answer",
    "read_order",
]

STOP = "stop"
"""The word on the lifeline that ends the process in good order; the outcome stands behind a space."""
PAUSE, RESUME = "pause", "resume"
"""The words that hold its engine back, and let it go on."""

_MOST_SAID = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one more engine needs to know.

    Args:
        folder: of the output.
        options: of the crawl.
        facts: of the territory.
        cookies: to begin with.
        run_name: of the run.
        rereads: the options differ from those the stored pages were read with.
        epoch_offset_seconds: of the clock that all processes tell the time by.
        log_level: records below it are not passed on.
        holder: the number of the process; the first one has 0.
        concurrency: its share of the requests at once.
    """

    folder: str
    options: CrawlOptions
    facts: Mapping[str, Any] = field(repr=False)
    cookies: tuple[Cookie, ...] = field(repr=False)
    run_name: str
    rereads: bool
    epoch_offset_seconds: float
    log_level: int
    holder: int = 0
    concurrency: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One line of a process's stdout; one field is set.

    Args:
        log: logger, level and text of a record.
        warning: for the report.
        failure: our own storage failed: the whole run must stop.
        damage: the same, because the database is damaged.
        outcome: how its engine ended.
    """

    log: tuple[str, int, str] | None = None
    warning: str = ""
    failure: str = ""
    damage: str = ""
    outcome: str = ""


def order_line(order: Order) -> bytes:
    """The line that gives this order; it holds passwords."""
    return spell(order).encode() + b"\n"


def read_order(line: bytes) -> Order:
    """The order in a line.

    Raises:
        ValueError: it breaks off, or is none.
    """
    return read_value(line, Order)


def answer_line(answer: Answer) -> bytes:
    """The line that says this."""
    said = {name: value for name, value in dataclasses.asdict(answer).items() if value}
    return json.dumps(said).encode() + b"\n"


def read_answer(line: bytes) -> Answer:
    """What a line says; nonsense becomes a warning for the log."""
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    match said:
        case {"log": [str(name), int(level), str(text)]}:
            return Answer(log=(name, level, text))
        case {"warning": str(text)}:
            return Answer(warning=text)
        case {"failure": str(text)}:
            return Answer(failure=text)
        case {"damage": str(text)}:
            return Answer(damage=text)
        case {"outcome": str(text)}:
            return Answer(outcome=text)
    text = line[:_MOST_SAID].decode("utf-8", "backslashreplace").rstrip()
    return Answer(log=(__name__, logging.WARNING, text))
