"""Pages that need JavaScript, in the real Chromium, over real sockets: what is taken, what is sent, and what is left."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import crawler
from crawler.body import Body
from crawler.browser.chromium import Chromium
from crawler.browser.wanted import Supply, Wanted
from crawler.cli.main import run
from crawler.errors import RenderError
from crawler.frontier.ledger import SqliteLedger
from crawler.output import Output
from crawler.urls import identity
from tests.shop import DEALS, RULES, deals, shop
from tests.system.running import complain_or_skip
from tests.web import OWN, Answer, entry_at

pytestmark = pytest.mark.system

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


@pytest.fixture(autouse=True)
def _installed() -> None:
    if not shutil.which("chromium"):
        complain_or_skip("Chromium (package chromium)")
    if importlib.util.find_spec("playwright") is None:
        complain_or_skip("Playwright (dependency group browser)")


class Site:
    """The shop, and whatever else it is to say, on loopback; writes down who asked for what."""

    def __init__(self) -> None:
        self.says: dict[str, Any] = {}
        self.asked: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path_qs}")
        said: Any = self.says.get(request.path_qs)
        if said is None:
            said = shop().says.get(OWN + request.path_qs[1:])
        if callable(said):
            found: web.StreamResponse = await said(request)
            return found
        if isinstance(said, Answer):
            return web.Response(body=said.body, headers=dict(said.headers), status=said.status)
        if isinstance(said, bytes):
            return web.Response(body=said, content_type="image/png")
        if isinstance(said, str):
            return web.Response(text=said, content_type="text/html")
        raise web.HTTPNotFound


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    async with TestServer(app) as server:
        site.url = str(server.make_url("/"))
        yield site


async def crawled(site: Site, folder: Path, path: str = "deals", **options: Any) -> int:
    async with crawler.Crawl([f"{site.url}{path}"], output=folder, **options) as crawl:
        return (await crawl.run()).exit_code()


def items(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def fields(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    left_out = {"item", "source_url", "captured_at", "digest"}
    found = [{name: value for name, value in row.items() if name not in left_out} for row in rows]
    return sorted(found, key=lambda each: each["id"])


async def good_of(folder: Path, url: str) -> Any:
    ledger = await SqliteLedger.open(Output(folder).database)
    try:
        return (await ledger.entry(identity(url))).good  # type: ignore[union-attr]
    finally:
        await ledger.close()


async def test_the_shops_deals_to_the_exact_truth(site: Site, tmp_path: Path) -> None:
    rules, output = tmp_path / "rules.toml", tmp_path / "output"
    rules.write_text(RULES, encoding="utf-8")
    assert await crawled(site, output, render="auto", rules=str(rules), scope="prefix") == 0
    (log,) = (output / "items").iterdir()
    rows = [each for each in items(log) if each["item"] == "deal"]
    assert fields(rows) == deals()
    taken = tmp_path / "taken.jsonl"
    assert (
        await asyncio.to_thread(run, ["extract", str(output), "--rules", str(rules), "-O", str(taken)]) == 0
    )
    stored = [each for each in items(taken) if each["item"] == "deal"]
    assert sorted(map(json.dumps, stored)) == sorted(map(json.dumps, rows))
    # Every answer was asked for once, what all pages share too.
    assert len(site.asked) == len(set(site.asked)), site.asked
    assert "GET /robots.txt" in site.asked
    assert {f"GET /api/deals/{number}" for number in range(1, DEALS + 1)} <= set(site.asked)
    assert await asyncio.to_thread(run, ["verify", str(output)]) == 0


async def test_without_rendering_there_is_nothing(site: Site, tmp_path: Path) -> None:
    assert await crawled(site, tmp_path / "output") == 0
    assert "GET /deals/1" not in site.asked
    assert "GET /api/deals" not in site.asked


async def test_the_example(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location("rendered_deals", EXAMPLES / "rendered_deals.py")
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    assert await example.main(f"{site.url}deals", str(tmp_path / "output")) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(each["title"] for each in found) == [each["title"] for each in deals()]


async def test_nothing_else_leaves_the_machine(site: Site, tmp_path: Path) -> None:
    """Neither what the rules refuse nor what goes around requests: sockets, beacons, workers, other hosts."""
    leaks: list[str] = []

    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        leaks.append((await reader.read(100)).decode("latin-1"))
        writer.close()

    trap = await asyncio.start_server(taken, "127.0.0.1", 0)
    port = trap.sockets[0].getsockname()[1]
    site.says["/"] = f"""<!DOCTYPE html><title>x</title><body><div id="root"></div>
        <link rel="dns-prefetch" href="//127.0.0.1:{port}"><link rel="preconnect" href="http://127.0.0.1:{port}">
        <a id="ping" href="#" ping="http://127.0.0.1:{port}/ping">x</a>
        <iframe src="http://127.0.0.1:{port}/frame"></iframe>
        <script>
        const at = "http://127.0.0.1:{port}/", done = [];
        const attempt = (name, work) => {{ try {{ work(); }} catch (error) {{ done.push(name); }} }};
        attempt("socket", () => new WebSocket(at.replace("http", "ws")));
        attempt("beacon", () => navigator.sendBeacon(at, "x"));
        attempt("post", () => fetch(at, {{method: "POST", body: "x", mode: "no-cors"}}).catch(() => 0));
        attempt("get", () => fetch(at, {{mode: "no-cors"}}).catch(() => 0));
        attempt("worker", () => new Worker(URL.createObjectURL(new Blob([
            `fetch("${{at}}worker", {{mode: "no-cors"}}).catch(() => 0); new WebSocket("${{at}}".replace("http", "ws"))`]))));
        attempt("shared", () => new SharedWorker("data:text/javascript,fetch('" + at + "')"));
        attempt("service", () => navigator.serviceWorker.register("/deals.js").catch(() => 0));
        attempt("peer", () => new RTCPeerConnection({{iceServers: [{{urls: "stun:127.0.0.1:{port}"}}]}}));
        attempt("transport", () => new WebTransport(at));
        attempt("window", () => window.open(at + "window"));
        document.getElementById("ping").click();
        document.getElementById("root").innerHTML = "<p>All of it was tried here and now.</p>";
        setTimeout(() => {{ location.href = at + "away"; }}, 100);
        </script>"""
    try:
        assert await crawled(site, tmp_path, "", render="auto") == 0
    finally:
        trap.close()
        await trap.wait_closed()
    assert leaks == []
    assert [each for each in site.asked if not each.startswith("GET")] == []
    good = await good_of(tmp_path, site.url)
    assert good.rendering
    assert b"All of it was tried" in (tmp_path / "mirror" / good.mirror_path).read_bytes()


async def test_a_page_that_never_rests_or_never_ends_costs_itself(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.browser.tab._DEADLINE_SECONDS", 15.0)
    monkeypatch.setattr("crawler.browser.tab._READ_SECONDS", 4.0)
    body = '<div id="root"></div><script>{}</script>'
    site.says["/"] = '<a href="/busy"></a><a href="/stuck"></a><a href="/deals"></a>'
    site.says["/busy"] = body.format(
        'root.innerHTML = "<p>There is always more</p>"; setInterval(() => root.append("."), 20);'
    )
    site.says["/stuck"] = body.format("while (true) { /* it never ends, whatever is done */ }")
    assert await crawled(site, tmp_path, "", render="auto") == 0
    busy = await good_of(tmp_path, f"{site.url}busy")
    assert b"There is always more" in (tmp_path / "mirror" / busy.mirror_path).read_bytes()
    assert not (await good_of(tmp_path, f"{site.url}stuck")).rendering
    stuck = await entry_at(tmp_path, f"{site.url}stuck")
    assert stuck.reason == "unrendered: its scripts never end"
    assert (await good_of(tmp_path, f"{site.url}deals")).rendering


async def test_a_picture(site: Site, tmp_path: Path) -> None:
    assert await crawled(site, tmp_path, render="always", screenshots=True, max_pages=1) == 0
    good = await good_of(tmp_path, f"{site.url}deals")
    assert int(good.rendering.split(" ")[5]) > 1000


async def test_what_scripts_style_and_shadow_is_written_down(site: Site, tmp_path: Path) -> None:
    site.says[
        "/"
    ] = """<!DOCTYPE html><meta charset="latin1"><title>x</title><my-card></my-card><div id="root"></div>
        <style id="empty"></style><script>
        document.getElementById("empty").sheet.insertRule("b { color: red }");
        document.querySelector("my-card").attachShadow({mode: "open"}).innerHTML = '<a href="/shadow">In the shadow \u00e9</a>';
        const sheet = new CSSStyleSheet(); sheet.replaceSync("i { color: blue }"); document.adoptedStyleSheets = [sheet];
        history.pushState({}, "", "/list/1"); root.innerHTML = '<a href="2">two words</a>';
        </script>"""
    assert await crawled(site, tmp_path, "", render="auto") == 0
    good = await good_of(tmp_path, site.url)
    page = (tmp_path / "mirror" / good.mirror_path).read_text("utf-8")
    assert "b { color: red; }" in page
    assert "i { color: blue; }" in page
    assert "In the shadow \u00e9" in page
    assert "<script" not in page
    assert "latin1" not in page
    assert {"GET /shadow", "GET /list/2"} <= set(site.asked)


def line_of(process: int) -> str:
    """Its command line; "": there is no such process."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def below(process: int, mark: str = "nowhere.invalid") -> set[int]:
    """The processes that it has begun, directly or not, with this in their command lines."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found, new = set[int](), {process}
    while new:
        new = {each for each, parent in parents.items() if parent in new} - found
        found |= new
    return {each for each in found if mark in line_of(each)}


async def test_the_browser_dies_with_a_killed_crawl(site: Site, tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def hang(_request: web.Request) -> web.Response:
        begun.set()
        await asyncio.sleep(60)
        return web.Response()

    site.says["/api/deals"] = hang
    terms = ["crawl", f"{site.url}deals", "-o", str(tmp_path), "-q", "--render", "auto"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "crawler", *terms), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    await asyncio.wait_for(begun.wait(), 60)
    mine = below(process.pid)
    assert mine
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    async with asyncio.timeout(30):
        while any("nowhere.invalid" in line_of(each) for each in mine):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("mark", ["nowhere.invalid", "run-driver"])
async def test_a_browser_that_is_lost_is_begun_again(mark: str) -> None:
    page = '<div id="root"></div><script src="/a.js"></script>'
    supply = Supply(headers=(("Content-Type", "text/html"),), body=Body.of(page.encode()))
    script = Supply(
        headers=(("Content-Type", "text/javascript"),), body=Body.of(b'root.innerHTML = "<p>it is said";')
    )

    async def kill(_wanted: Wanted) -> Supply:
        for each in below(os.getpid(), mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        return script

    async def give(_wanted: Wanted) -> Supply:
        return script

    async with Chromium() as browser:
        with pytest.raises(RenderError):
            await browser.see("http://shop.example/", supply, kill, shoots=False)
        sight = await browser.see("http://shop.example/", supply, give, shoots=False)
        assert "it is said" in sight.text


async def test_scripts_ask_other_sites_as_those_allow() -> None:
    page = """<div id=root></div><script>
        for (const path of ["open", "closed"]) {
            fetch(`http://api.example/${path}`, {headers: {"X-Key": "1"}})
                .then(answer => answer.text()).then(text => root.append(`${path}: ${text}. `))
                .catch(() => root.append(`${path}: refused. `));
        }</script>"""
    supply = Supply(headers=(("Content-Type", "text/html"),), body=Body.of(page.encode()))

    async def provide(wanted: Wanted) -> Supply:
        allowed = wanted.origin if wanted.url.endswith("open") else "http://other.example"
        return Supply(headers=(("Access-Control-Allow-Origin", allowed),), body=Body.of(b"given"))

    async with Chromium() as browser:
        text = (await browser.see("http://shop.example/", supply, provide, shoots=False)).text
    assert "open: given." in text
    assert "closed: refused." in text
