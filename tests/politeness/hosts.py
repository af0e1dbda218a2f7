"""Serve many hosts from one process: one port, an address of 127.0.0.0/8 each, every request written down.

Run as `python -m tests.politeness.hosts`: the first line of standard input says what to serve, one line on
standard output says the port, and the end of standard input ends it. The log has a line an answer:
`address path status began ending ended`, in seconds of CLOCK_MONOTONIC. `began` is when the first byte of the
request was read; the answer went out in one system call between `ending` and `ended`. Whoever waits for it may
run, on a machine with few processors, before the server comes back from that call.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

__all__ = ["Answered", "Hosts", "Manner", "addresses", "serving_hosts"]

_REPOSITORY = Path(__file__).resolve().parents[2]
_HTML = "Content-Type: text/html\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a host answers.

    Args:
        pages: `/` links to `/1`, `/2`, ... as far as this.
        robots: a status, or the text of its robots.txt.
        seconds: what an answer takes.
        trouble: a path whose first answer is a 503.
        retry_after: header of that answer.
        dies_after: answers before it is gone: nobody listens, what is open is reset.
    """

    pages: int = 4
    robots: int | str = 404
    seconds: float = 0.0
    trouble: str = ""
    retry_after: str = ""
    dies_after: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """One request and its answer, as the server saw them."""

    host: str
    path: str
    status: int
    began: float
    ending: float
    ended: float


@dataclass(frozen=True, slots=True)
class Hosts:
    """Running servers, as the process that started them sees them."""

    port: int
    log: Path
    manners: Mapping[str, Manner]

    @property
    def seeds(self) -> list[str]:
        """The start page of every host."""
        return [f"http://{address}:{self.port}/" for address in self.manners]

    def answered(self) -> list[Answered]:
        """What was asked so far."""
        rows = (line.split() for line in self.log.read_text().splitlines(keepends=True) if line[-1] == "\n")
        return [Answered(host, path, int(status), *map(float, when)) for host, path, status, *when in rows]


def addresses(count: int) -> list[str]:
    """As many addresses of 127.0.0.0/8, none of them one that anybody uses."""
    return [f"127.77.{number // 250}.{number % 250 + 1}" for number in range(count)]


@contextmanager
def serving_hosts(manners: Mapping[str, Manner], folder: Path) -> Iterator[Hosts]:
    """Serve these addresses in a process of its own until the block is left."""
    log = folder / "answered.log"
    wish = {"log": str(log), "hosts": {address: asdict(manner) for address, manner in manners.items()}}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.politeness.hosts"],
        cwd=_REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(wish) + "\n")
        process.stdin.flush()
        yield Hosts(int(process.stdout.readline()), log, manners)
        process.stdin.close()
        process.wait(30)


class _Host:
    """One address."""

    def __init__(self, address: str, manner: Manner, log: int) -> None:
        self.address = address
        self.manner = manner
        self.is_alive = True
        self.lines: set[_Line] = set()
        self.server: asyncio.Server | None = None
        self._log = log
        self._answers = 0
        self._has_troubled = False

    def answer_to(self, path: str) -> tuple[int, str, str]:
        """Status, further header lines, body."""
        manner = self.manner
        if path == "/robots.txt":
            if isinstance(manner.robots, str):
                return 200, "Content-Type: text/plain\r\n", manner.robots
            return manner.robots, "", ""
        if path == manner.trouble and not self._has_troubled:
            self._has_troubled = True
            return 503, f"Retry-After: {manner.retry_after}\r\n" if manner.retry_after else "", ""
        links = "".join(f"<a href=/{n}>{n}</a>" for n in range(1, manner.pages + 1)) if path == "/" else ""
        return 200, _HTML, f"<!DOCTYPE html><title>{self.address}{path}</title>{links}"

    def has_answered(self, path: str, status: int, began: float, ending: float) -> None:
        """Write an answer down, and die if it is time."""
        ended = time.monotonic()
        row = f"{self.address} {path} {status} {began:.6f} {ending:.6f} {ended:.6f}\n"
        os.write(self._log, row.encode())
        self._answers += 1
        if self._answers == self.manner.dies_after:
            self.is_alive = False
            assert self.server is not None
            self.server.close()
            for line in [*self.lines]:
                line.reset()


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, host: _Host) -> None:
        self._host = host
        self._heard = b""
        self._began = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._host.lines.add(self)
        if not self._host.is_alive:
            self.reset()

    def connection_lost(self, exc: Exception | None) -> None:
        self._host.lines.discard(self)

    def data_received(self, data: bytes) -> None:
        if not self._heard:
            self._began = time.monotonic()
        self._heard += data
        if self._heard.endswith(b"\r\n\r\n"):
            path = self._heard.split(b" ", 2)[1].decode("ascii")
            self._heard = b""
            if self._host.manner.seconds:
                asyncio.get_running_loop().call_later(self._host.manner.seconds, self._answer, path)
            else:
                self._answer(path)

    def reset(self) -> None:
        """RST instead of FIN, without what is still to be sent."""
        if self._transport is not None:
            self._transport.abort()

    def _answer(self, path: str) -> None:
        assert self._transport is not None
        status, headers, body = self._host.answer_to(path)
        head = f"HTTP/1.1 {status} So\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        ending = time.monotonic()
        # Small enough that the kernel takes it at once.
        self._transport.write((head + body).encode())
        self._host.has_answered(path, status, self._began, ending)


async def _serve(wish: Mapping[str, object]) -> None:
    log = os.open(str(wish["log"]), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    told = wish["hosts"]
    assert isinstance(told, dict)
    hosts = [_Host(address, Manner(**terms), log) for address, terms in told.items()]
    loop = asyncio.get_running_loop()
    port = 0
    for host in hosts:
        # Bound at the time of the first, the port is free at addresses that nobody else uses.
        make = partial(_Line, host)
        host.server = await loop.create_server(make, host.address, port, family=socket.AF_INET)
        port = host.server.sockets[0].getsockname()[1]
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    os.close(log)


if __name__ == "__main__":
    with suppress(OSError):  # who may not, measures with less precision
        os.nice(-10)
    asyncio.run(_serve(json.loads(sys.stdin.readline())))
