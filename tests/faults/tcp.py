"""Rows 15-25: connections that fail, break, or are never made."""

from __future__ import annotations

from tests.faults.scene import OK, QUICK, Scene, absent, failed, html, scene, serves, stored
from tests.servers import Line, reply, replying, reset_after

__all__ = ["SCENES"]

_HALF = reply("Content-Type: text/html", "Content-Length: 100", body=b"half of it")
_HALF_CHUNKED = reply("Content-Type: text/html", "Transfer-Encoding: chunked", body=b"a\r\nhalf of it\r\n")
_HALF_TO_THE_END = reply("Content-Type: text/html", body=b"half of it")
_TO_A = html("<a href=/a>a</a>")
_TO_MANY = html("".join(f"<a href=/{number}>n</a>" for number in range(300)))
_TO_ODD_PORTS = html(
    "".join(f'<a href="http://127.0.0.1:{port}/">n</a>' for port in (0, 22, 25, 65536, 99999, -1))
)


async def _never(line: Line) -> None:
    """Nobody is at home."""


async def _reset_then_well(line: Line) -> None:
    await (reset_after() if line.nth == 1 else replying(OK))(line)


async def _cut_then_well(line: Line) -> None:
    await (reset_after(_HALF) if line.nth == 1 else replying(OK))(line)


async def _closes_as_it_is_used_again(line: Line) -> None:
    await line.hear()
    await line.say(_TO_A if line.nth == 1 else OK)
    if line.nth == 1:
        await line.hear()


async def _dies_after_the_first_page(line: Line) -> None:
    await line.hear()
    line.site.leave()
    await line.say(
        reply("Connection: close", "Content-Type: text/html", body=_TO_MANY.partition(b"\r\n\r\n")[2])
    )


_PROXY = {"proxy": "http://{site}"}

SCENES: tuple[Scene, ...] = (
    scene(
        15,
        "refused",
        _never,
        failed("connect: connection refused by {site}", asked=0),
        listens="no",
    ),
    scene(
        16,
        "blackhole",
        _never,
        failed("timeout: no connection", asked=0),
        listens="deaf",
        options=QUICK,
    ),
    scene(17, "reset-before-headers", reset_after(), failed("connect: connection reset", asked=4)),
    scene(17, "reset-then-well", _reset_then_well, stored(b"ok", asked=2)),
    scene(18, "reset-in-length", reset_after(_HALF), failed("incomplete", asked=2)),
    scene(18, "reset-in-chunks", reset_after(_HALF_CHUNKED), failed("incomplete", asked=2)),
    scene(18, "reset-to-the-end", reset_after(_HALF_TO_THE_END), failed("incomplete", asked=2)),
    scene(18, "cut-then-well", _cut_then_well, stored(b"ok", asked=2, rests=(1, 5))),
    scene(19, "empty-reply", replying(b""), failed("empty_reply", asked=4)),
    scene(19, "empty-then-well", replying(b"", OK), stored(b"ok", asked=2)),
    scene(
        20,
        "closed-on-reuse",
        _closes_as_it_is_used_again,
        {"/": stored(_TO_A.partition(b"\r\n\r\n")[2]), "/a": stored(b"ok", asked=2)},
    ),
    scene(
        21,
        "host-down",
        _dies_after_the_first_page,
        {"/": stored(_TO_MANY.partition(b"\r\n\r\n")[2]), "/299": failed("host_down: ", asked=0)},
        options={"per_host": 1},
        most_asked=1,
        takes_minutes=True,
    ),
    scene(
        24,
        "proxy-refused",
        _never,
        {"http://site.invalid/": failed("proxy: connection refused by {site}", asked=0)},
        seeds=("http://site.invalid/",),
        listens="no",
        options=_PROXY,
    ),
    scene(
        24,
        "proxy-wants-a-password",
        html("pay", "Proxy-Authenticate: Basic", status="407 Proxy Authentication Required"),
        {"http://site.invalid/": failed("proxy: http://{site}: 407", asked=2)},
        seeds=("http://site.invalid/",),
        options=_PROXY,
    ),
    scene(
        24,
        "proxy-opens-no-tunnel",
        html("no", status="502 Bad Gateway"),
        {"https://site.invalid/": failed("proxy: the proxy answered 502 Bad Gateway", asked=0)},
        seeds=("https://site.invalid/",),
        options=_PROXY,
        most_asked=2,
    ),
    scene(
        25,
        "ports-of-other-services",
        serves({"/": _TO_ODD_PORTS}),
        {
            "/": stored(_TO_ODD_PORTS.partition(b"\r\n\r\n")[2]),
            "http://127.0.0.1:0/": absent(),
            "http://127.0.0.1:22/": failed("blocked: ", asked=0),
            "http://127.0.0.1:25/": failed("blocked: ", asked=0),
            "http://127.0.0.1:65536/": absent(),
        },
        options={"scope": "any", "allow_private": ["127.0.0.1"]},
    ),
)
