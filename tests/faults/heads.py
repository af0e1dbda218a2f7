"""Rows 36-41, 53 and 69: status lines and headers, interim answers, upgrades."""

from __future__ import annotations

from tests.faults.scene import OK, QUICK, Scene, failed, scene, stored
from tests.servers import Line, Talk, reply

__all__ = ["SCENES"]

_STATUS_LINE = "protocol: bad status line"
_HEADER = "protocol: bad header"
_TOO_LARGE = "protocol: header too large"
_HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
_FRAMES = bytes.fromhex("000012040000000000000300000064000400100000000600010000")


def _line(status_line: bytes) -> bytes:
    return status_line + b"\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok"


def _with(header: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + header + b"\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok"


def _hangs_after(answer: bytes) -> Talk:
    async def talk(line: Line) -> None:
        await line.hear()
        await line.say(answer)
        await line.hung_up()

    return talk


SCENES: tuple[Scene, ...] = (
    scene(36, "garbage", b"I am not a web server\r\n\r\n", failed(_STATUS_LINE)),
    scene(36, "ssh", _hangs_after(b"SSH-2.0-OpenSSH_9.2\r\n"), failed(_STATUS_LINE)),
    scene(36, "http-1.2", _line(b"HTTP/1.2 200 OK"), failed(_STATUS_LINE)),
    scene(36, "http-1", _line(b"HTTP/1 200 OK"), failed(_STATUS_LINE)),
    scene(36, "http-11.1", _line(b"HTTP/11.1 200 OK"), failed(_STATUS_LINE)),
    scene(36, "code-of-100-digits", _line(b"HTTP/1.1 " + b"2" * 100 + b" OK"), failed(_STATUS_LINE)),
    scene(36, "code-minus-1", _line(b"HTTP/1.1 -1 OK"), failed(_STATUS_LINE)),
    scene(36, "code-000", _line(b"HTTP/1.1 000 OK"), failed(_STATUS_LINE)),
    scene(36, "code-20", _line(b"HTTP/1.1 20 OK"), failed(_STATUS_LINE)),
    scene(36, "http-0.9", b"<html>hello</html>", failed(_STATUS_LINE)),
    scene(36, "shoutcast", _line(b"ICY 200 OK"), failed(_STATUS_LINE)),
    scene(36, "no-reason", _line(b"HTTP/1.1 200"), stored(b"ok")),
    scene(36, "http-1.0", b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\nok", stored(b"ok")),
    scene(36, "blank-lines-first", b"\r\n\r\n" + OK, stored(b"ok")),
    scene(36, "newlines-alone", OK.replace(b"\r\n", b"\n"), stored(b"ok")),
    scene(
        37,
        "headers-without-end",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
        failed("incomplete: the connection was closed inside the headers", asked=2),
    ),
    scene(37, "cut-in-status-line", b"HTTP/1.1 20", failed("incomplete", asked=2)),
    scene(
        37,
        "headers-that-stop",
        _hangs_after(b"HTTP/1.1 200 OK\r\nContent-Le"),
        failed("timeout: silence", asked=2),
        options=QUICK,
    ),
    scene(38, "header-of-18-kb", _with(b"X: " + b"x" * 18_000), stored(b"ok")),
    scene(38, "header-of-40-kb", _with(b"X: " + b"x" * 40_000), failed(_TOO_LARGE)),
    scene(38, "200-headers", _with(b"\r\n".join(b"X-%d: v" % n for n in range(200))), stored(b"ok")),
    scene(38, "1000-headers", _with(b"\r\n".join(b"X-%d: v" % n for n in range(1000))), failed(_TOO_LARGE)),
    scene(
        38,
        "megabytes-of-headers",
        _with(b"\r\n".join(b"X-%d: v" % n for n in range(500_000))),
        failed(_TOO_LARGE),
        alone=True,
    ),
    scene(38, "reason-of-40-kb", _line(b"HTTP/1.1 200 " + b"x" * 40_000), failed(_TOO_LARGE)),
    scene(39, "nul-in-name", _with(b"X\0Y: 1"), failed(_HEADER)),
    scene(39, "nul-in-value", _with(b"X: 1\x002"), failed(_HEADER)),
    scene(39, "lone-cr", _with(b"X: 1\r2"), failed(_HEADER)),
    scene(39, "no-colon", _with(b"no colon here"), failed(_HEADER)),
    scene(39, "no-name", _with(b": 1"), failed(_HEADER)),
    scene(39, "space-before-colon", _with(b"X : 1"), failed(_HEADER)),
    scene(39, "leading-space", _with(b" X: 1"), stored(b"ok")),
    scene(
        40,
        "folded",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html;\r\n  charset=utf-8\r\nContent-Length: 2\r\n\r\nok",
        stored(b"ok"),
    ),
    scene(41, "latin-1-value", _with(b"X: \xe9\xff"), stored(b"ok")),
    scene(41, "latin-1-reason", _line(b"HTTP/1.1 200 \xe9\xff"), stored(b"ok")),
    scene(41, "utf-8-name", _with(b"X-\xc3\xa9: 1"), failed(_HEADER)),
    scene(53, "early-hints", _HINT * 3 + OK, stored(b"ok")),
    scene(53, "continue-unasked", b"HTTP/1.1 100 Continue\r\n\r\n" + OK, stored(b"ok")),
    scene(
        53,
        "continue-without-answer",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        failed("incomplete: the connection was closed inside the headers", asked=2),
    ),
    scene(53, "hints-without-end", _HINT * 20_000 + OK, failed(_TOO_LARGE)),
    scene(69, "http-2-only", _hangs_after(_FRAMES), failed(_STATUS_LINE)),
    scene(
        69,
        "upgrade-offered",
        reply(
            "Upgrade: h2, h2c",
            "Connection: Upgrade",
            "Content-Type: text/html",
            "Content-Length: 2",
            body=b"ok",
        ),
        stored(b"ok"),
    ),
    scene(
        69,
        "upgrade-required",
        reply("Upgrade: HTTP/2.0", "Connection: Upgrade", "Content-Length: 0", status="426 Upgrade Required"),
        failed("http_426", status=426),
    ),
    scene(
        69,
        "switching-unasked",
        _hangs_after(reply("Upgrade: h2c", "Connection: Upgrade", status="101 Switching Protocols")),
        failed("http_101", status=101),
    ),
)
