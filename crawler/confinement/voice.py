"""Speak to the process that started this one, line by line, and leave as it wants it.

Its signals are not ours: what a terminal sends goes to both, and the first process says what becomes of us.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO, NoReturn

from crawler.confinement.lifeline import die_with_parent

__all__ = ["Voice", "live_for_parent"]


class Voice:
    """Says line after line, whichever thread speaks.

    Args:
        stdout: where somebody listens.
    """

    def __init__(self, stdout: BinaryIO) -> None:
        self._stdout = stdout
        self._turn = threading.Lock()

    def say(self, line: bytes) -> None:
        """Say a line, with its end.

        Raises:
            OSError: nobody listens.
        """
        with self._turn:
            self._stdout.write(line)
            self._stdout.flush()


def live_for_parent(obey: Callable[[Voice], int]) -> NoReturn:
    """Do what we were started for, and end; at once if the one who started us ends.

    Args:
        obey: reads what to do from stdin, says on its voice what comes of it, and gives the exit code.
    """
    die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    code = obey(Voice(sys.stdout.buffer))
    # An interpreter that ends in good order wants stdin, which the lifeline's thread is reading.
    os._exit(code)
