"""Many hosts on loopback in a process of their own, that write down when each was asked and had answered.

`python -m tests.fleet.hosts HOSTS PAGES LOG` prints its port, serves until its stdin ends, then writes the log.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen

from aiohttp import web

from tests.fleet.sharing import ROOT

__all__ = ["Hosts", "serving_hosts"]

_ANSWER_SECONDS = 0.005


def address(number: int) -> str:
    """The address of a host."""
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


class Hosts:
    """The hosts of one trial.

    Args:
        hosts: how many.
        pages: of each: a tree of four branches a page.
        port: of all.
        log: in which they write what they saw.
    """

    def __init__(self, hosts: int, pages: int, port: int, log: Path) -> None:
        self.seeds = [f"http://{address(number)}:{port}/0" for number in range(hosts)]
        self.urls = {seed[:-1] + str(page) for seed in self.seeds for page in range(pages)}
        self._log = log

    def asked(self) -> dict[str, list[tuple[str, float, float]]]:
        """Path, beginning and end of every answer, by host, in the order in which they began."""
        told = json.loads(self._log.read_text())
        return {host: sorted(map(tuple, seen), key=lambda each: each[1]) for host, seen in told.items()}


@contextmanager
def serving_hosts(hosts: int, pages: int, folder: Path) -> Iterator[Hosts]:
    """Serve them while the block runs; what they saw can be read afterwards."""
    log = folder / "asked.json"
    command = [sys.executable, "-m", __name__, str(hosts), str(pages), str(log)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield Hosts(hosts, pages, int(process.stdout.readline()), log)
        finally:
            process.communicate(timeout=60)


async def _serve(hosts: int, pages: int, log: Path) -> None:
    asked: dict[str, list[tuple[str, float, float]]] = {}

    async def answer(request: web.Request) -> web.StreamResponse:
        began, page = time.monotonic(), request.match_info["page"]
        await asyncio.sleep(_ANSWER_SECONDS)
        if not page.isdigit() or int(page) >= pages:
            response = web.Response(status=404)
        else:
            leads = [each for each in range(4 * int(page) + 1, 4 * int(page) + 5) if each < pages]
            body = "".join(f"<a href=/{each}>" for each in leads)
            response = web.Response(text=f"<title>{page}</title>{body}{page}", content_type="text/html")
        # Before it goes out: who has it may ask for more before we are told that it went.
        asked.setdefault(request.host, []).append((request.path, began, time.monotonic()))
        with suppress(ConnectionError):  # who asked was killed
            await response.prepare(request)
            await response.write_eof()
        return response

    application = web.Application()
    application.router.add_get("/{page}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    port = 0
    for number in range(hosts):
        site = web.TCPSite(runner, address(number), port)
        await site.start()
        if not port:
            assert runner.addresses
            port = runner.addresses[0][1]
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()
    log.write_text(json.dumps(asked))


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
