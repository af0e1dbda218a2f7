"""Speak to standard streams that may be closed, unread or hung up, so that a crawl never ends of it.

A crawl started from cron, from a pipe or from a terminal that is gone has work to do all the same; its exit
code is what counts then.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

import click

__all__ = ["Unfailing", "flush_errors", "open_missing", "silence", "tell"]

_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_missing() -> None:
    """Let the standard streams that were closed for us (`2>&-`) lead nowhere.

    Else the next file that is opened gets their number, and what is said goes into it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < len(_STREAMS):
        pass
    os.close(descriptor)
    for number, (name, mode) in enumerate(_STREAMS):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - open for good


class Unfailing:
    """A stream that takes everything, for those who would end the process when nobody reads it.

    Args:
        stream: where it goes as long as that can be written.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding

    def write(self, text: str) -> int:
        """Hand on the text; gives its length."""
        try:
            self._stream.write(text)
        except OSError:
            silence(self._stream)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        try:
            self._stream.flush()
        except OSError:
            silence(self._stream)

    def isatty(self) -> bool:
        """Whether a terminal is behind it."""
        return self._stream.isatty()


def tell(line: str) -> None:
    """Say a line on stderr, to whoever may be there."""
    try:
        click.echo(line, err=True)
    except OSError:
        silence(sys.stderr)


def flush_errors() -> None:
    """Hand on what was said on stderr, so that it does not fail when the interpreter ends."""
    try:
        sys.stderr.flush()
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Let a stream that cannot be written lead nowhere, also for what it has buffered."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
