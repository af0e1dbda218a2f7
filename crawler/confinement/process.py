"""Hold one reading process: start it, ask it, and end it when it does not answer as it should.

It is started with the same interpreter and import path, without the script, the environment's Python settings
or the working directory: a program needs no `__main__` guard, and no file that lies about is imported.
"""

from __future__ import annotations

import asyncio
import json
import signal
from asyncio.subprocess import Process
from collections.abc import Collection, Mapping
from types import MappingProxyType

from crawler.body import SMALL_BYTES, BodyWriter
from crawler.confinement.child import OUT_OF_MEMORY
from crawler.confinement.lifeline import end, gone, import_path, launch
from crawler.confinement.messages import HEADER_BYTES, Kind, frame_header, read_header
from crawler.errors import PermanentError

__all__ = ["ReadingProcess"]

_PROGRAM = (
    "import json, sys; memory_bytes, cpu_seconds, sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from crawler.confinement.child import main; main(memory_bytes, cpu_seconds)"
)
_PIECE_BYTES = 256 * 1024
_GRACE_SECONDS = 2.0
_ENDS: Mapping[int, str] = MappingProxyType(
    {
        OUT_OF_MEMORY: "it takes more memory to read than a text may",
        -signal.SIGKILL: "the process that read it was killed, perhaps for lack of memory",
        -signal.SIGXCPU: "it takes more processor time to read than a text may",
    }
)


class ReadingProcess:
    """A process that reads one text after the other.

    Args:
        process: started.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self.pid = process.pid
        self.is_busy = False
        """Whether an answer is still to come."""
        self.peak_bytes = 0
        """The most memory that it has held, as far as it told."""

    @classmethod
    async def start(cls, *, memory_bytes: int, cpu_seconds: int) -> ReadingProcess:
        """Start one, in a session of its own: an interrupt from the terminal is for us alone.

        Args:
            memory_bytes: address space that it may use.
            cpu_seconds: processor time that it may take for one text.

        Raises:
            PermanentError: there is none to be had.
        """
        try:
            process = await launch(_PROGRAM)
        except (OSError, ValueError) as error:
            raise PermanentError("parse", f"no process could be started to read it in: {error}") from error
        started = cls(process)
        start = json.dumps([memory_bytes, cpu_seconds, import_path()]).encode() + b"\n"
        await started._write(start)
        return started

    async def ask(self, kind: Kind, payload: bytes) -> None:
        """Send one frame.

        Raises:
            PermanentError: nobody reads it.
        """
        self.is_busy = True
        await self._write(frame_header(kind, len(payload)))
        for start in range(0, len(payload), _PIECE_BYTES):
            await self._write(payload[start : start + _PIECE_BYTES])

    async def answer(self, *kinds: Kind) -> tuple[Kind, bytes]:
        """The next frame, which must be of one of these kinds.

        Raises:
            PermanentError: the process died, or says something else.
        """
        kind, size_bytes = await self._header(kinds)
        payload = await self._read(size_bytes)
        self.is_busy = kind is Kind.LINKS
        return kind, payload

    async def answer_into(self, writer: BodyWriter, kind: Kind) -> None:
        """Write the bytes of the next frame, which must be of this kind; large ones in a thread.

        Raises:
            PermanentError: the process died, or says something else.
            StorageError: the disk is full or failed.
        """
        _, left = await self._header((kind,))
        is_small = left <= SMALL_BYTES
        while left:
            piece = await self._read(min(left, _PIECE_BYTES))
            left -= len(piece)
            if is_small:
                writer.write(piece)
            else:
                await asyncio.to_thread(writer.write, piece)
        self.is_busy = False

    async def kill(self) -> None:
        """End it now, whatever it does."""
        await end(self._process)

    async def close(self) -> None:
        """End it in good order: it has nothing to do, so the end of its stdin ends it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await self._process.wait()
        except TimeoutError:
            await self.kill()
        else:
            await gone(self._process)

    async def _header(self, kinds: Collection[Kind]) -> tuple[Kind, int]:
        try:
            kind, size_bytes = read_header(await self._read(HEADER_BYTES))
        except ValueError as error:
            raise PermanentError("parse", f"its reader answers nonsense: {error}") from error
        if kind not in kinds:
            raise PermanentError("parse", f"its reader answers nonsense: {kind.name}")
        return kind, size_bytes

    async def _read(self, size_bytes: int) -> bytes:
        answers = self._process.stdout
        assert answers is not None
        try:
            return await answers.readexactly(size_bytes)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise await self._death() from None

    async def _write(self, piece: bytes) -> None:
        requests = self._process.stdin
        assert requests is not None
        try:
            requests.write(piece)
            await requests.drain()
        except (ConnectionError, RuntimeError):
            raise await self._death() from None

    async def _death(self) -> PermanentError:
        """What its end means for the text it was reading."""
        code = await self._process.wait()
        return PermanentError("parse", _ENDS.get(code, f"its reader ended with code {code}"))
