"""Rows 59-68: what a status and its headers ask of us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.faults.scene import OK, Scene, failed, html, scene, serves, stored
from tests.servers import Line, reply

__all__ = ["SCENES"]

_LONGEST_PAUSE = 300
_TO_A_AND_B = html("<a href=/a>a</a><a href=/b>b</a>")
_LINKS = b"<a href=/a>a</a><a href=/b>b</a>"


def _status(status: str, *headers: str) -> bytes:
    return html("no", *headers, status=status)


def _pause(case: str, retry_after: str, least: float, most: float, **terms: Any) -> Scene:
    """503 with a `Retry-After`, then well."""
    busy = _status("503 Service Unavailable", f"Retry-After: {retry_after}")
    return scene(60, case, serves({"/": [busy, OK]}), stored(b"ok", asked=2, rests=(least, most)), **terms)


def _healed(status: str) -> Scene:
    return scene(
        59,
        f"{status[:3]}-then-well",
        serves({"/": [_status(status), OK]}),
        stored(b"ok", asked=2, rests=(1, 5)),
    )


def _final(status: str) -> Scene:
    code = int(status[:3])
    row = 61 if code in {401, 403, 404, 410, 451} else 62
    return scene(row, str(code), _status(status), failed(f"http_{code}", status=code))


async def _cookie_wall(line: Line) -> None:
    while request := await line.hear():
        is_let_in = b"\r\ncookie: pass=1" in request.lower()
        wall = reply("Location: /", "Set-Cookie: pass=1", "Content-Length: 0", status="302 Found")
        await line.say(OK if is_let_in else wall)


def _flood(cookies: int) -> tuple[str, ...]:
    return tuple(f"Set-Cookie: c{number}={number}" for number in range(cookies))


_DISPOSITIONS: Mapping[str, bytes] = {
    "/": html("".join(f"<img src=/{n}>" for n in range(4))),
    "/0": html("ok", 'Content-Disposition: attachment; filename="../../../../etc/x"'),
    "/1": html("ok", 'Content-Disposition: attachment; filename="C:\\windows\\x.exe"'),
    "/2": html("ok", f'Content-Disposition: attachment; filename="{"x" * 10_000}"'),
    "/3": html("ok", "Content-Disposition: attachment; filename*=UTF-8''%00%2e%2e%2fx"),
}

_ODD_VALIDATORS = html("ok", f"ETag: {'x' * 10_000}", "Last-Modified: yesterday, I think")

SCENES: tuple[Scene, ...] = (
    *map(
        _healed,
        (
            "408 Request Timeout",
            "425 Too Early",
            "429 Too Many Requests",
            "500 Oops",
            "502 Bad Gateway",
            "503 Service Unavailable",
            "504 Gateway Timeout",
        ),
    ),
    scene(59, "503-for-good", _status("503 Service Unavailable"), failed("http_503", asked=2, status=503)),
    scene(
        59,
        "pause-of-the-whole-host",
        serves(
            {"/": _TO_A_AND_B, "/a": [_status("503 Busy", "Retry-After: 3"), OK]},
        ),
        {"/": stored(_LINKS), "/a": stored(b"ok", asked=2, rests=(3, 8)), "/b": stored(b"ok")},
    ),
    _pause("seconds", "2", 2, 7),
    _pause("a-date-of-the-past", "Thu, 01 Jan 1970 00:00:00 GMT", 1, 6),
    _pause("junk", "soon, maybe", 1, 6),
    _pause("negative", "-5", 1, 6),
    _pause("10-to-the-12", "1000000000000", _LONGEST_PAUSE, _LONGEST_PAUSE + 5, takes_minutes=True),
    _pause(
        "a-date-far-off",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        _LONGEST_PAUSE,
        _LONGEST_PAUSE + 5,
        takes_minutes=True,
    ),
    *map(
        _final,
        (
            "401 Unauthorized",
            "403 Forbidden",
            "404 Not Found",
            "410 Gone",
            "451 Unavailable For Legal Reasons",
            "402 Payment Required",
            "418 I'm a teapot",
            "501 Not Implemented",
            "505 Version Not Supported",
            "600 Odd",
            "999 Request denied",
        ),
    ),
    scene(63, "soft-404", html("<title>Page not found</title>"), stored(b"<title>Page not found</title>")),
    scene(64, "empty-200", html(""), stored(b"")),
    scene(64, "empty-without-length", reply("Content-Type: text/html"), stored(b"")),
    scene(65, "100-cookies", html("ok", *_flood(100)), stored(b"ok")),
    scene(65, "10000-cookies", html("ok", *_flood(10_000)), failed("protocol: header too large"), alone=True),
    scene(
        65,
        "cookie-of-1-mb",
        html("ok", f"Set-Cookie: a={'x' * 1_000_000}"),
        failed("protocol: header too large"),
    ),
    scene(66, "cookie-wall", _cookie_wall, stored(b"ok", asked=2), alone=True),
    scene(
        66,
        "cookie-wall-for-good",
        reply("Location: /", "Set-Cookie: pass=1", "Content-Length: 0", status="302 Found"),
        failed("redirect_loop", status=302, asked=2),
    ),
    scene(
        67,
        "dispositions",
        serves(_DISPOSITIONS),
        {path: stored(answer.partition(b"\r\n\r\n")[2]) for path, answer in _DISPOSITIONS.items()},
    ),
    scene(68, "odd-validators", _ODD_VALIDATORS, stored(b"ok")),
    scene(
        68,
        "304-without-copy",
        serves({"/": [reply(status="304 Not Modified"), OK]}),
        stored(b"ok", asked=2),
    ),
    scene(
        68,
        "304-for-good",
        reply(status="304 Not Modified"),
        failed("http_304", status=304, asked=2),
        options={"retries": 3},
    ),
)
