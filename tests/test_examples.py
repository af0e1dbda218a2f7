"""The examples do what they say, over the practice shop on loopback; none is longer than 40 lines."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from crawler.cli.main import run
from crawler.links.sitemap import sitemap
from tests.shop import PRODUCTS, shop
from tests.web import OWN, Answer

EXAMPLES = Path(__file__).parent.parent / "examples"


def example(name: str) -> ModuleType:
    """A program of the folder, as a module."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def says() -> dict[str, str]:
    """What the shop answers in place of what it says usually, by path."""
    return {}


@pytest.fixture
async def url(says: dict[str, str]) -> AsyncIterator[str]:
    """The shop, served."""
    stock = shop().says

    async def answer(request: web.Request) -> web.Response:
        said = says.get(request.path_qs) or stock.get(OWN + request.path_qs[1:])
        if isinstance(said, Answer):
            return web.Response(body=said.body, headers=dict(said.headers))
        if isinstance(said, bytes):
            return web.Response(body=said, content_type="image/png")
        if isinstance(said, str):
            return web.Response(text=said, content_type="text/html")
        raise web.HTTPNotFound

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


def test_each_is_short() -> None:
    found = sorted(EXAMPLES.glob("*.py"))
    assert len(found) == 8
    for path in found:
        assert len(path.read_text("utf-8").splitlines()) < 40, path.name
        assert path.name in (EXAMPLES / "README.md").read_text("utf-8")


async def test_mirror_site(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await example("mirror_site").main(url, str(tmp_path)) == 0
    said = capsys.readouterr().out
    # The next pages are behind a script, which a mirror does not run.
    assert f"200 {url}products/3 Thing <3>" in said
    assert "5 pages; open" in said
    assert (tmp_path / "index.html").is_file()


async def test_price_watch(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], says: dict[str, str]
) -> None:
    watch = example("price_watch")
    assert await watch.main(url, str(tmp_path)) == 0
    assert len(json.loads((tmp_path / "prices.json").read_text("utf-8"))) == PRODUCTS
    assert capsys.readouterr().out == ""
    says["/products/4"] = '<html><h1>Thing 4</h1><p class="price">999,00</p></html>'
    assert await watch.main(url, str(tmp_path)) == 0
    assert capsys.readouterr().out == f"Thing 4: 1004.5 -> 999.0  {url}products/4\n"


async def test_docs_to_markdown(url: str, tmp_path: Path) -> None:
    pytest.importorskip("trafilatura")
    await example("docs_to_markdown").main(f"{url}products/5", str(tmp_path / "output"))
    terms = ["export", str(tmp_path / "output"), "--format", "markdown", "-O", str(tmp_path / "texts")]
    assert await asyncio.to_thread(run, terms) == 0
    (text,) = (tmp_path / "texts").rglob("*.md")
    assert "Thing" in text.read_text("utf-8")


async def test_link_check(url: str, says: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    check = example("link_check")
    assert await asyncio.to_thread(check.main, url) == 0
    says["/products/1"] = '<a href="/gone">x</a><img src="/gone.png">'
    says["/products/2"] = '<a href="/gone">x</a>'
    assert await asyncio.to_thread(check.main, url) == 1
    lines = capsys.readouterr().out.split("\n")
    assert sorted(lines) == sorted(
        [
            *(f"{url}gone ", f"  on {url}products/1 ", f"  on {url}products/2"),
            *(f"{url}gone.png ", f"  on {url}products/1", ""),
        ]
    )


async def test_sitemap_maker(url: str, tmp_path: Path) -> None:
    path = tmp_path / "sitemap.xml"
    assert await asyncio.to_thread(example("sitemap_maker").main, url, str(path)) == 0
    found = {each.url for each in sitemap(path.read_bytes(), url)}
    assert found == {url, f"{url}list?page=1", *(f"{url}products/{each}" for each in (1, 2, 3))}


async def test_custom_scope(url: str, tmp_path: Path) -> None:
    found = await example("custom_scope").main(url, "list", "products/2", output=str(tmp_path))
    assert sorted(found) == [url, f"{url}list?page=1", f"{url}products/2"]


async def test_api_crawl(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await example("api_crawl").main(f"{url}api/list?page=1", str(tmp_path)) == PRODUCTS
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == [
        *range(1, PRODUCTS + 1)
    ]
