"""Serve sites from a thread, so that a command line can run its own event loop beside them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from crawler.practice.options import PracticeOptions
from crawler.practice.serving import PracticeSite, serve

QUICK = PracticeOptions(
    failing_asks=0, reset_asks=0, truncated_asks=0, slow_seconds=0, drip_seconds=0, retry_after_seconds=0
)
"""Without anything that has to be tried again, which takes seconds."""
Pages = Mapping[str, tuple[int, Mapping[str, str], bytes]]


@contextmanager
def practice_site(options: PracticeOptions = QUICK, port: int = 0) -> Iterator[PracticeSite]:
    """The practice site, until the block ends."""
    is_up = threading.Event()
    up: list[tuple[PracticeSite, asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def stay() -> None:
        ending = asyncio.Event()
        async with serve(options=options, port=port) as site:
            up.append((site, asyncio.get_running_loop(), ending))
            is_up.set()
            await ending.wait()

    thread = threading.Thread(target=lambda: asyncio.run(stay()))
    thread.start()
    assert is_up.wait(30)
    site, loop, ending = up[0]
    try:
        yield site
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()


@contextmanager
def small_site(pages: Pages) -> Iterator[str]:
    """A site of a few answers, (status, headers, body) by path; gives its root URL."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = pages.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {"Content-Type": "text/html", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
            """Say nothing."""

    with serving(Answers) as url:
        yield url


@contextmanager
def serving(answers: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server of the standard library until the block ends; gives its root URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), answers) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
