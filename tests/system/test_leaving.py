"""Row 206 of the faults: whatever a hostile page tries, its archived copy reaches nothing but the server.

Each way out is tried twice in the same browser: by the page at its site, where it must work, or the test would show
nothing, and by the archived page. Both wait for nothing but the first: it comes second, and takes as long.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.serve.serving import served
from tests.system.chromium import launched
from tests.system.traps import Trap, trap
from tests.web import OWN, Web, crawl, links, typed

pytestmark = pytest.mark.system

_LATEST_SECONDS = 20
_AT_ONCE = 8

# What stands in the page, or what its script does once a person has pressed a key. $WEB is the trap.
MARKUP = {
    "prefetch": '<link rel="prefetch" href="$WEB">',
    "preload": '<link rel="preload" as="image" href="$WEB">',
    "modulepreload": '<link rel="modulepreload" href="$WEB">',
    "meta-refresh": '<meta http-equiv="refresh" content="0;url=$WEB">',
    "image": '<img src="$WEB">',
    "srcset": '<img srcset="$WEB 1x">',
    "style": '<style>body { background: url("$WEB") }</style>',
    "style-attribute": '<p style="background: url($WEB)">x</p>',
    "frame": '<iframe src="$WEB"></iframe>',
    "srcdoc": "<iframe srcdoc=\"&lt;img src='$WEB'&gt;\"></iframe>",
    "object": '<object data="$WEB"></object>',
    "embed": '<embed src="$WEB">',
    "video": '<video src="$WEB" autoplay muted></video>',
    "poster": '<video poster="$WEB"></video>',
    "svg-image": '<svg><image href="$WEB" width="9" height="9"/></svg>',
    "icon-of-input": '<input type="image" src="$WEB">',
    "policy-report": '<meta http-equiv="Content-Security-Policy" content="img-src \'none\'; report-uri $WEB">'
    '<script>new Image().src = "$WEB"</script>',
    "speculation": '<script type="speculationrules">{"prefetch": [{"source": "list", "urls": ["$WEB"],'
    ' "eagerness": "immediate"}]}</script>',
}
SCRIPTS = {
    "fetch": "fetch('$WEB', {mode: 'no-cors'})",
    "fetch-keepalive": "fetch('$WEB', {mode: 'no-cors', keepalive: true})",
    "xhr": "const x = new XMLHttpRequest(); x.open('GET', '$WEB'); x.send()",
    "beacon": "navigator.sendBeacon('$WEB', 'x')",
    "beacon-on-leaving": "addEventListener('pagehide', () => navigator.sendBeacon('$WEB', 'x')); location = 'about:blank'",
    "websocket": "new WebSocket('$WEB'.replace('http', 'ws'))",
    "eventsource": "new EventSource('$WEB')",
    "webtransport": "new WebTransport('https://127.0.0.1:$UDP/x')",
    "import": "import('$WEB')",
    "script": "document.head.append(Object.assign(document.createElement('script'), {src: '$WEB'}))",
    "stylesheet": "document.head.append(Object.assign(document.createElement('link'), {rel: 'stylesheet', href: '$WEB'}))",
    "new-image": "new Image().src = '$WEB'",
    "audio": "new Audio('$WEB').play()",
    "font": "new FontFace('f', 'url($WEB)').load()",
    "frame-by-script": "document.body.append(Object.assign(document.createElement('iframe'), {src: '$WEB'}))",
    "blob-frame": "const b = new Blob([\"<img src='$WEB'>\"], {type: 'text/html'});"
    " document.body.append(Object.assign(document.createElement('iframe'), {src: URL.createObjectURL(b)}))",
    "data-frame": "document.body.append(Object.assign(document.createElement('iframe'),"
    " {src: \"data:text/html,<img src='$WEB'>\"}))",
    "script-url-frame": "document.body.append(Object.assign(document.createElement('iframe'),"
    " {src: \"javascript:'<img src=$WEB>'\"}))",
    "empty-frame": "const f = document.createElement('iframe'); document.body.append(f);"
    " f.contentDocument.body.innerHTML = '<img src=$WEB>'",
    "prefetch-by-script": "document.head.append(Object.assign(document.createElement('link'), {rel: 'prefetch', href: '$WEB'}))",
    "speculation-by-script": "const s = Object.assign(document.createElement('script'), {type: 'speculationrules',"
    " textContent: JSON.stringify({prefetch: [{source: 'list', urls: ['$WEB'], eagerness: 'immediate'}]})});"
    " document.head.append(s)",
    "location": "location = '$WEB'",
    "location-replace": "location.replace('$WEB')",
    "top-location": "top.location = '$WEB'",
    "parent-location": "parent.location = '$WEB'",
    "refresh-by-script": "document.head.append(Object.assign(document.createElement('meta'),"
    " {httpEquiv: 'refresh', content: '0;url=$WEB'}))",
    "link": "Object.assign(document.createElement('a'), {href: '$WEB'}).click()",
    "link-to-top": "Object.assign(document.createElement('a'), {href: '$WEB', target: '_top'}).click()",
    "link-to-window": "Object.assign(document.createElement('a'), {href: '$WEB', target: '_blank'}).click()",
    "link-pings": "Object.assign(document.createElement('a'), {href: '#x', ping: '$WEB'}).click()",
    "link-downloads": "Object.assign(document.createElement('a'), {href: '$WEB', download: 'x'}).click()",
    "window-open": "open('$WEB')",
    "window-of-ours": "const w = open('about:blank'); w.location = '$WEB'",
    "form-get": "form('get', '_self')",
    "form-post": "form('post', '_self')",
    "form-to-top": "form('post', '_top')",
    "form-to-window": "form('post', '_blank')",
    "worker": "new Worker(URL.createObjectURL(new Blob([\"fetch('$WEB', {mode: 'no-cors'})\"])))",
    "shared-worker": "new SharedWorker(URL.createObjectURL(new Blob([\"fetch('$WEB', {mode: 'no-cors'})\"])))",
    "service-worker": "navigator.serviceWorker.register('worker.js')",
    "worklet": "new AudioContext().audioWorklet.addModule('$WEB')",
    "rtc": "rtc('stun:127.0.0.1:$UDP')",
    "rtc-tcp": "rtc('turn:127.0.0.1:$TCP?transport=tcp')",
}
# Chromium opens a connection for what a frame is about to be led to, asks our policy, and closes it: nothing is said.
LED_ELSEWHERE = {
    *("frame-by-script", "location", "location-replace", "refresh-by-script", "link", "link-downloads"),
    *("form-get", "form-post"),
}
# What a browser may decline to do.
AT_WILL = {"speculation", "speculation-by-script"}
PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>hostile</title><body><button>Go</button>
<script>
function form(method, target) {
    const form = Object.assign(document.createElement('form'), {method, target, action: '$WEB'});
    form.append(Object.assign(document.createElement('input'), {name: 'a', value: 'b'}));
    document.body.append(form);
    form.submit();
}
async function rtc(urls) {
    const connection = new RTCPeerConnection({iceServers: [{urls, username: 'a', credential: 'b'}]});
    connection.createDataChannel('a');
    await connection.setLocalDescription(await connection.createOffer());
}
document.querySelector('button').onclick = async () => { try { $SCRIPT } catch (error) { console.log(String(error)); } };
</script>
$MARKUP"""


def page_of(name: str, one: Trap) -> str:
    """The page that tries one way out, with a trap at its end."""
    text = PAGE.replace("$SCRIPT", SCRIPTS.get(name, "")).replace("$MARKUP", MARKUP.get(name, ""))
    text = text.replace("$WEB", f"http://127.0.0.1:{one.port}/x")
    return text.replace("$TCP", str(one.port)).replace("$UDP", str(one.udp_port))


def worker_of(one: Trap) -> str:
    """A service worker that asks a trap."""
    return f"fetch('http://127.0.0.1:{one.port}/x', {{mode: 'no-cors'}})"


async def test_206_no_way_out_of_an_archived_page(tmp_path: Path) -> None:
    names = [*MARKUP, *SCRIPTS]
    async with AsyncExitStack() as stack:
        boxed = {name: await stack.enter_async_context(trap()) for name in names}
        live = {name: await stack.enter_async_context(trap()) for name in names}
        pages = {f"{OWN}{name}": page_of(name, one) for name, one in boxed.items()}
        worker = typed(worker_of(boxed["service-worker"]), "text/javascript")
        await crawl(
            Web({OWN: links(*pages, "worker.js"), f"{OWN}worker.js": worker, **pages}), tmp_path / "out", OWN
        )
        texts = {name: page_of(name, one) for name, one in live.items()}
        texts["worker.js"] = worker_of(live["service-worker"])
        site = await stack.enter_async_context(_pages(texts))
        server = await stack.enter_async_context(served(tmp_path / "out"))
        browser = await stack.enter_async_context(launched())
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            context = await browser.new_context()
            for name in some:
                await _press(context, f"{server.url}view/now/{OWN}{name}", name)
            for name in some:
                await _press(context, f"{site}{name}", name)
            await asyncio.wait(
                [asyncio.create_task(live[name].news.wait()) for name in some if name not in AT_WILL],
                timeout=_LATEST_SECONDS,
            )
            await context.close()
    leaks = {name: one.heard for name, one in boxed.items() if one.heard}
    said = {name for name, heard in leaks.items() if set(heard) - {"connected"}}
    vain = [name for name, one in live.items() if not one.heard and name not in AT_WILL]
    assert (said, leaks.keys() - LED_ELSEWHERE, vain) == (set(), set(), [])


async def _press(context: Any, url: str, name: str) -> None:
    """Open a page, in the frame of its view or at its site, and press its button."""
    page = await context.new_page()
    await page.goto(url, wait_until="commit")
    if name in SCRIPTS:
        frame = page.frame_locator("iframe.archived") if "/view/" in url else page
        await frame.locator("button").click(no_wait_after=True)


@asynccontextmanager
async def _pages(texts: Mapping[str, str]) -> AsyncIterator[str]:
    """Pages by their names at a site; gives its root."""

    async def answer(request: web.Request) -> web.Response:
        name = request.path[1:]
        if name not in texts:
            raise web.HTTPNotFound
        kind = "text/javascript" if name.endswith(".js") else "text/html"
        return web.Response(text=texts[name], content_type=kind)

    app = web.Application()
    app.router.add_get("/{name:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()
