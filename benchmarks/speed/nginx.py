"""Serve sites on loopback with Debian's nginx, and tell from its log what was asked for."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["ECHO", "NGINX", "Server", "ServerError", "serve"]

NGINX = Path("/usr/sbin/nginx")
ECHO = Path("/usr/lib/nginx/modules/ngx_http_echo_module.so")
"""The module that answers late without holding a process for it."""

# Connections are never closed after so many requests, and the queue of new ones takes the widest contender.
_CONFIGURATION = """
{modules}
daemon off;
{user}
worker_processes 1;
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections {connections}; }}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 100000000;
    keepalive_timeout 600;
    log_format asked '$status $request_method $server_addr$request_uri';
    access_log {folder}/access.log asked;
    server {{
        {listen}
        {inside}
    }}
}}
"""
_CONNECTIONS = 8192


class ServerError(Exception):
    """nginx did not come up; the message has its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An nginx that serves.

    Args:
        urls: the front page of each host.
        process: the master.
        log: its access log: status, method, address and target of each answer.
    """

    urls: tuple[str, ...]
    process: subprocess.Popen[bytes]
    log: Path

    def answers(self) -> Counter[str]:
        """How many answers to GET of each status there were since the last time."""
        mark = f"HEAD {urlsplit(self.urls[0]).hostname}/mark\n"
        try:
            urllib.request.urlopen(
                urllib.request.Request(f"{self.urls[0]}mark", method="HEAD"), timeout=30
            ).close()
        except urllib.error.HTTPError as error:
            error.close()
        # One worker serves one event after the other: what was answered before is written down before.
        while mark not in (text := self.log.read_text("ascii", errors="replace")):
            os.sched_yield()
        os.truncate(self.log, 0)
        return Counter(line.partition(" ")[0] for line in text.splitlines() if " GET " in line)


@contextmanager
def serve(inside: str, *, addresses: tuple[str, ...], folder: Path) -> Iterator[Server]:
    """Serve one site on some loopback addresses, all on one free port.

    Args:
        inside: what stands in the `server` block.
        addresses: of 127.0.0.0/8.
        folder: takes everything that nginx writes.

    Raises:
        ServerError: it does not listen.
    """
    folder.mkdir(parents=True)
    port = _free_port(addresses[0])
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            modules=f"load_module {ECHO};" if "echo_" in inside else "",
            user="user root;" if os.geteuid() == 0 else "",
            files=_CONNECTIONS * 2,
            connections=_CONNECTIONS,
            folder=folder,
            listen="\n        ".join(f"listen {each}:{port} backlog=4096;" for each in addresses),
            inside=inside,
        )
    )
    process = subprocess.Popen(
        [str(NGINX), "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(configuration)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(addresses[-1], port, process, folder / "error.log")
        urls = tuple(f"http://{each}:{port}/" for each in addresses)
        yield Server(urls=urls, process=process, log=folder / "access.log")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _free_port(address: str) -> int:
    with socket.socket() as taken:
        taken.bind((address, 0))
        return int(taken.getsockname()[1])


def _wait_for(address: str, port: int, process: subprocess.Popen[bytes], errors: Path) -> None:
    for _ in range(1000):
        try:
            socket.create_connection((address, port), 1).close()
        except OSError:
            try:
                process.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
            break
        return
    raise ServerError(f"nginx does not listen: {errors.read_text() if errors.exists() else 'no log'}")
