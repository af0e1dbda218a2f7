"""Serve a site from a thread, write down what is asked, and call back at the Nth request."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.chaos.site import Site

__all__ = ["Asked", "Served", "serving"]

_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it was answered."""

    path: str
    status: int


class Connections:
    """Who is connected, in the order of their coming."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open = 0
        self._came: set[object] = set()

    def open(self, client: object) -> None:
        """One came."""
        with self._changed:
            self._open += 1
            self._came.add(client)

    def close(self) -> None:
        """One is done with."""
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def wait_for(self, client: object) -> None:
        """Wait until this one came, and all are done with.

        Raises:
            TimeoutError: that took too long.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: client in self._came and not self._open, _PATIENCE_SECONDS):
                raise TimeoutError(f"{self._open} are still connected")
            self._came.clear()


@dataclass(slots=True, kw_only=True)
class Served:
    """What is being served, and what was asked since `begin`.

    Args:
        url: its root, with a slash at the end.
        site: may be replaced between two crawls.
    """

    url: str
    site: Site
    asked: list[Asked] = field(default_factory=list)
    _at: int = -1
    _call: Callable[[], None] = lambda: None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _connections: Connections = field(default_factory=Connections)

    def begin(self, site: Site) -> None:
        """Serve this from now on, and forget what was asked."""
        with self._lock:
            self.site, self._at = site, -1
            self.asked.clear()

    def call_at(self, number: int, call: Callable[[], None]) -> None:
        """Call once so many more requests have come, before the last of them is answered."""
        with self._lock:
            self._at, self._call = len(self.asked) + number, call

    def note(self, path: str, status: int) -> None:
        """Write down a request."""
        with self._lock:
            self.asked.append(Asked(path, status))
            is_time = len(self.asked) == self._at
        if is_time:
            self._call()

    def settle(self) -> None:
        """Wait until everything is answered that was asked by those who are gone: on a busy machine that is later.

        Raises:
            TimeoutError: somebody is still connected.
        """
        host, _, port = self.url.removeprefix("http://").rstrip("/").partition(":")
        with socket.create_connection((host, int(port))) as last:
            mine = last.getsockname()
        self._connections.wait_for(mine)


@contextmanager
def serving(site: Site) -> Iterator[Served]:
    """A server on a loopback port until the block ends."""
    connections = Connections()

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            path = self.path
            answer = served.site.answers.get(path)
            status = 404 if answer is None else answer.status
            is_same = answer is not None and answer.tag and self.headers["If-None-Match"] == answer.tag
            body = b"" if answer is None or is_same else answer.body
            served.note(path, 304 if is_same else status)
            self.send_response(304 if is_same else status)
            for name, value in ({} if answer is None else answer.headers).items():
                self.send_header(name, value)
            if not is_same:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def process_request(self, request: Any, client_address: Any) -> None:
            connections.open(client_address)
            super().process_request(request, client_address)

        def shutdown_request(self, request: Any) -> None:
            super().shutdown_request(request)
            connections.close()

        def handle_error(self, *_: object) -> None:
            """Clients die here."""

    with Server(("127.0.0.1", 0), Answers) as server:
        served = Served(
            url=f"http://127.0.0.1:{server.server_address[1]}/", site=site, _connections=connections
        )
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
