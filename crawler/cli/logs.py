"""Send log records to stderr, as text for people or as JSON for machines."""

from __future__ import annotations

import json
import logging
import sys

from crawler.clock import iso_utc

__all__ = ["set_up_logs"]


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One JSON object a line."""
        values = {
            "at": iso_utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            values["traceback"] = self.formatException(record.exc_info)
        return json.dumps(values)


def set_up_logs(form: str, *, verbosity: int) -> None:
    """Configure the package's logger.

    Args:
        form: `text` or `json`.
        verbosity: below 0 errors only, 0 warnings, 1 information, 2 everything.
    """
    level = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}.get(min(verbosity, 2), logging.DEBUG)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _JsonFormatter() if form == "json" else logging.Formatter("crawler: %(levelname)s: %(message)s")
    )
    logger = logging.getLogger("crawler")
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False
