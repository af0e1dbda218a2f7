"""Hand archives to the tools that others read them with: warcio, FastWARC, pywb, wacz, ReplayWeb.page."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.system.running import complain_or_skip, environment, wait_until

__all__ = ["REPLAY_PAGE", "TOOLS", "checked_by_warcio", "kinds_by_fastwarc", "pywb", "tool", "viewer"]

TOOLS = Path(sys.prefix) / "tools"
"""An environment of their own, which `make test-all` makes."""
REPLAY_PAGE = TOOLS / "replaywebpage"
_COUNT_KINDS = """
import json, sys
from fastwarc.warc import ArchiveIterator
kinds = {}
with open(sys.argv[1], "rb") as file:
    for record in ArchiveIterator(file, parse_http=False, strict_mode=True):
        name = record.headers["WARC-Type"]
        kinds[name] = kinds.get(name, 0) + 1
        assert record.headers.get("WARC-Block-Digest") is None or record.verify_block_digest(), record.record_id
print(json.dumps(kinds))
"""


def tool(name: str) -> str:
    """The command of this name in the environment of the tools; skips the test, or in CI fails it, without it."""
    path = TOOLS / "bin" / name
    if not path.is_file():
        complain_or_skip(f"{name} (make test-all)")
    return str(path)


def checked_by_warcio(path: Path) -> str:
    """What `warcio check` complains of; "": nothing."""
    command = [sys.executable, "-m", "warcio.cli", "check", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def kinds_by_fastwarc(path: Path) -> Counter[str]:
    """How many records of which kind FastWARC reads, every block against its digest."""
    command = [tool("python"), "-c", _COUNT_KINDS, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Counter(json.loads(done.stdout))


@contextmanager
def pywb(archive: Path, folder: Path) -> Iterator[str]:
    """pywb over an `archive/` as it lies, with its own index, until the block ends; gives its root URL.

    Args:
        archive: of an output.
        folder: pywb works in it.
    """
    paths = {"index_paths": str(archive / "index.cdxj"), "archive_paths": f"{archive}/"}
    folder.joinpath("config.yaml").write_text(json.dumps({"collections": {"copy": paths}}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "pywb.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [tool("wayback"), "-b", "127.0.0.1", "-p", str(port), "-t", "2"],
            cwd=folder,
            env=environment(),
            stdout=said,
            stderr=said,
        )
    try:
        assert wait_until(partial(_answers, port), process), log.read_text()
        yield f"http://127.0.0.1:{port}/copy/"
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the standard library
        """Say nothing."""


@contextmanager
def viewer(wacz: Path, url: str, folder: Path) -> Iterator[str]:
    """A page that shows `url` out of a WACZ file by ReplayWeb.page, until the block ends; gives its URL."""
    if not (REPLAY_PAGE / "ui.js").is_file():
        complain_or_skip("ReplayWeb.page (make test-all)")
    folder.joinpath("replay").mkdir()
    for name, place in (("ui.js", "ui.js"), ("sw.js", "replay/sw.js")):
        folder.joinpath(place).write_bytes((REPLAY_PAGE / name).read_bytes())
    folder.joinpath("copy.wacz").write_bytes(wacz.read_bytes())
    folder.joinpath("index.html").write_text(
        '<!DOCTYPE html><script src="ui.js"></script>'
        f'<replay-web-page source="copy.wacz" url="{url}" embed="replayonly" style="height: 700px">'
        "</replay-web-page>"
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
