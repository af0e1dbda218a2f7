"""Bind a process to the one that started it: the same code to import, and the same end.

Where the kernel can tell us of our parent's death (prctl(2), Linux), it kills us at once, whatever we do.
Everywhere a pipe does: it ends when the last process that could write to it is gone.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import threading
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["die_with_parent", "end", "gone", "import_path", "launch", "watch"]

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_PR_SET_PDEATHSIG = 1
_LONGEST_LINE = 1 << 20


async def launch(program: str, *, is_apart: bool = True) -> Process:
    """Start Python code with the same interpreter.

    Neither the environment's Python settings nor the working directory have a say in what it imports.

    Args:
        program: the code.
        is_apart: in a session of its own, where no signal of the terminal gets to it; else it is stopped and
            continued with us (Ctrl-Z, fg).

    Raises:
        OSError: there is no process to be had.
    """
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-c", program),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        start_new_session=is_apart,
        limit=_LONGEST_LINE,
    )


async def end(process: Process) -> None:
    """Kill it, whatever it does, and let go of its pipes."""
    with suppress(ProcessLookupError):
        process.kill()
    await gone(process)


async def gone(process: Process) -> None:
    """Wait for its end, and let go of its pipes."""
    await process.wait()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    with suppress(ConnectionError):
        await process.stdin.wait_closed()
    await process.stdout.read()


def import_path() -> list[str]:
    """Ours, without the working directory, unless that is where this very package lies."""
    root = str(_PACKAGE_ROOT)
    try:
        here = str(Path.cwd())
    except FileNotFoundError:
        # The folder we were started in is gone.
        here = ""
    path = [each or here for each in sys.path]
    path = [each for each in path if Path(each).is_absolute() and (each != here or each == root)]
    return path if root in path else [*path, root]


def die_with_parent() -> None:
    """Be killed when the thread that started us ends; where the kernel cannot do that, a lifeline must."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def watch(lifeline: BinaryIO, told: Callable[[str], None]) -> None:
    """Read the lifeline in a thread of its own: every line is told, and its end is ours, at once.

    Args:
        lifeline: what the parent holds the other end of.
        told: is given each line without its end, in that thread.
    """

    def read() -> None:
        for line in lifeline:
            told(line.decode().rstrip("\n"))
        os._exit(1)

    threading.Thread(target=read, name="lifeline", daemon=True).start()
