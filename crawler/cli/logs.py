"""Send log records to stderr, as text for people or as JSON for machines."""

from __future__ import annotations

import json
import logging
import sys

from crawler.cli.lines import printable
from crawler.clock import iso_utc

__all__ = ["set_up_logs"]

_LOGGERS = ("crawler", "asyncio")


class _TextFormatter(logging.Formatter):
    """One line; the traceback below it only where more was asked for."""

    def __init__(self, *, has_tracebacks: bool) -> None:
        super().__init__()
        self._has_tracebacks = has_tracebacks

    def format(self, record: logging.LogRecord) -> str:
        """What happened, without control characters."""
        line = printable(f"crawler: {record.levelname.lower()}: {_message(record)}")
        if record.exc_info and self._has_tracebacks:
            return f"{line}\n{self.formatException(record.exc_info)}"
        return line


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One JSON object a line."""
        values = {
            "at": iso_utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if record.exc_info:
            values["traceback"] = self.formatException(record.exc_info)
        return json.dumps(values)


def set_up_logs(form: str, *, verbosity: int) -> None:
    """Configure the loggers of this package and of asyncio.

    Args:
        form: `text` or `json`.
        verbosity: below 0 errors only, 0 warnings, 1 information and tracebacks, 2 everything.
    """
    level = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}.get(min(verbosity, 2), logging.DEBUG)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if form == "json" else _TextFormatter(has_tracebacks=verbosity > 0))
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(level)
        logger.propagate = False


def _message(record: logging.LogRecord) -> str:
    """What was logged, with the error it is about."""
    error = record.exc_info[1] if record.exc_info else None
    what = record.getMessage()
    return what if error is None else f"{what}: {type(error).__name__}: {error}"
