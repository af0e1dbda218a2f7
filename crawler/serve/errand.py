"""Hold what a crawl's process is told and what it says: a line of JSON each. Nothing in it is unpickled.

The process is the server's child: what breaks a crawl does not break the server, what keeps a crawl busy does
not keep the server busy, and the end of the server, however it comes, is the crawl's (`confinement.lifeline`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = [
    "PAUSE",
    "RESUME",
    "STOP",
    "Errand",
    "Word",
    "errand_line",
    "read_errand",
    "read_word",
    "word_line",
]

_LONGEST_BYTES = 1_000_000

PAUSE, RESUME, STOP = "pause", "resume", "stop"
"""What the process is told while it crawls, a line each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a process is to do.

    Args:
        folder: of the output.
        seeds: URLs as they were written.
        options: as they were written, by the names of crawler.toml; they may hold passwords.
        opens_seeds: seeds may be on private addresses.
        is_paused: it begins so.
    """

    folder: str
    seeds: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    opens_seeds: bool = False
    is_paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a process says.

    Args:
        phase: it has come to this: `crawling`, `paused`, ...
        outcome: how the run ended; then it says nothing more.
        exit_code: as of the command line.
        run: its name.
        failure: why there is no outcome, in one line.
        notice: what the run has to tell, as `Notice` has it; None: nothing.
    """

    phase: str = ""
    outcome: str = ""
    exit_code: int = 0
    run: str = ""
    failure: str = ""
    notice: Mapping[str, Any] | None = None


def errand_line(errand: Errand) -> bytes:
    """The line that tells this."""
    return json.dumps(asdict(errand)).encode() + b"\n"


def read_errand(line: bytes) -> Errand:
    """What a line tells.

    Raises:
        ValueError: it breaks off, or is none.
    """
    values = json.loads(line)
    try:
        return Errand(**{**values, "seeds": tuple(values["seeds"])})
    except (TypeError, KeyError) as error:
        raise ValueError("no errand") from error


def word_line(word: Word) -> bytes:
    """The line that says this; a notice that would make it longer than is read is left out."""
    values = {name: value for name, value in asdict(word).items() if value}
    line = json.dumps(values).encode()
    if len(line) > _LONGEST_BYTES:
        line = json.dumps(values | {"notice": None}).encode()
    return line + b"\n"


def read_word(line: bytes) -> Word | None:
    """What a line says; None for nonsense."""
    try:
        return Word(**json.loads(line))
    except (ValueError, TypeError):
        return None
