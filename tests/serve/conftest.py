"""An output to serve, and a site to crawl. The output: a small site crawled twice, some of it hostile, one page of it changed meanwhile."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.web import OWN, Web, crawl, images, links, moved, typed

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output as it was crawled, once for all tests of a process; nothing writes to it."""
    folder = tmp_path_factory.mktemp("crawled") / "out"
    asyncio.run(_crawl_twice(folder))
    return folder


@pytest.fixture
def output(crawled: Path, tmp_path: Path) -> Path:
    """A copy of it that a test has for itself."""
    return Path(shutil.copytree(crawled, tmp_path / "out"))


async def _crawl_twice(folder: Path) -> None:
    head = '<base href="/deep/"><script>fetch("/api/crawls")</script><meta http-equiv="refresh" content="9;url=/b">'
    home = links(f"{OWN}a", "b", "/moved", "http://else.example/", title="Home", text=images(f"{OWN}i.png"))
    web = Web(
        {
            OWN: typed(
                home + '<iframe src="/f"></iframe><p>lighthouse keeper</p>',
                "text/html; charset=utf-8",
                ("Set-Cookie", "id=1"),
                ("Content-Security-Policy", "default-src *"),
                ("Clear-Site-Data", '"*"'),
                ("Strict-Transport-Security", "max-age=9"),
            ),
            f"{OWN}a": links("/", title=EVIL, head=head, text="<p>first words</p><p>the same</p>"),
            f"{OWN}b": links("/", title="B", text="<svg onload=alert(1)></svg>"),
            f"{OWN}f": links(title="Frame"),
            f"{OWN}moved": moved("/b"),
            f"{OWN}i.png": b"\x89PNG" + bytes(range(200)),
        }
    )
    web.clock.advance(800_000_000)
    await crawl(web, folder, OWN)
    web.clock.advance(86_400)
    web.says[f"{OWN}a"] = links("/", title=EVIL, text="<p>second words</p><p>the same</p>")
    await crawl(web, folder, OWN)


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """A site whose every page links to the next two hundred, and has a little delay."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            raise web.HTTPNotFound
        await asyncio.sleep(0.01)
        links = "".join(f'<a href="/{n}">{n}</a>' for n in range(200))
        return web.Response(text=f"<title>{request.path}</title>{links}", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()
