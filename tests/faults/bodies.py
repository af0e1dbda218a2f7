"""Rows 42-58: lengths, chunks, cuts, drips, floods."""

from __future__ import annotations

import asyncio
from itertools import repeat

from tests.faults.scene import OK, QUICK, Scene, failed, html, scene, serves, stored
from tests.servers import Line, Talk, reply

__all__ = ["SCENES"]

_LENGTH = "protocol: bad Content-Length"
_CODING = "protocol: bad transfer coding"
_LAST = b"0\r\n\r\n"
_HTML = "Content-Type: text/html"
_PIECE = 60_000


def _sized(*lengths: str, body: bytes = b"ok") -> bytes:
    return reply(_HTML, *(f"Content-Length: {each}" for each in lengths), body=body)


def _chunked(*pieces: bytes, head: tuple[str, ...] = ()) -> bytes:
    return reply(_HTML, "Transfer-Encoding: chunked", *head, body=b"".join(pieces))


def _bodyless(status: str) -> bytes:
    return reply(_HTML, "Content-Length: 4", body=b"junk", status=status)


def _without_end(head: bytes, piece: bytes, *, pause_seconds: float = 0.0) -> Talk:
    """Say a piece again and again for as long as somebody listens."""

    async def talk(line: Line) -> None:
        await line.hear()
        await line.say(head)
        for each in repeat(piece):
            await line.say(each)
            await asyncio.sleep(pause_seconds)

    return talk


def _drips(answer: bytes, piece_bytes: int = 1, pause_seconds: float = 0.05) -> Talk:
    async def talk(line: Line) -> None:
        await line.hear()
        for start in range(0, len(answer), piece_bytes):
            await line.say(answer[start : start + piece_bytes])
            await asyncio.sleep(pause_seconds)

    return talk


def _in_two(first: bytes, second: bytes) -> Talk:
    async def talk(line: Line) -> None:
        await line.hear()
        await line.say(first)
        await asyncio.sleep(0.02)
        await line.say(second)
        await line.hung_up()

    return talk


SCENES: tuple[Scene, ...] = (
    scene(42, "length-twice-alike", _sized("2", "2"), stored(b"ok")),
    scene(42, "length-twice-otherwise", _sized("2", "3", body=b"ok!"), failed(_LENGTH)),
    scene(42, "length-as-a-list", _sized("2, 2"), failed(_LENGTH)),
    scene(43, "length-negative", _sized("-5"), failed(_LENGTH)),
    scene(43, "length-with-plus", _sized("+2"), failed(_LENGTH)),
    scene(43, "length-with-letters", _sized("2abc"), failed(_LENGTH)),
    scene(43, "length-empty", _sized(""), failed(_LENGTH)),
    scene(43, "length-of-30-digits", _sized("9" * 30), failed(_LENGTH)),
    scene(43, "length-of-8-exabytes", _sized(str(2**63)), failed("too_large", status=None)),
    scene(44, "body-too-short", _sized("100"), failed("incomplete: 2 of 100 bytes came", asked=2)),
    scene(45, "body-too-long", _sized("2", body=b"okokok"), stored(b"ok")),
    scene(
        46,
        "length-and-chunks",
        _chunked(b"2\r\nok\r\n", _LAST, head=("Content-Length: 100",)),
        failed(_CODING),
    ),
    scene(47, "size-of-letters", _chunked(b"zz\r\nok\r\n", _LAST), failed(_CODING)),
    scene(47, "size-negative", _chunked(b"-2\r\nok\r\n", _LAST), failed(_CODING)),
    scene(47, "size-with-prefix", _chunked(b"0x2\r\nok\r\n", _LAST), failed(_CODING)),
    scene(47, "size-overflows", _chunked(b"fffffffffffffffffff\r\nok\r\n", _LAST), failed(_CODING)),
    scene(47, "size-too-small", _chunked(b"2\r\nokay\r\n", _LAST), failed(_CODING)),
    scene(
        47,
        "bad-size-later",
        _in_two(_chunked(b"2\r\nok\r\n"), b"zz\r\nok\r\n"),
        failed(_CODING),
    ),
    scene(48, "cut-between-chunks", _chunked(b"2\r\nok\r\n"), failed("incomplete", asked=2)),
    scene(48, "cut-inside-a-chunk", _chunked(b"64\r\nok"), failed("incomplete", asked=2)),
    scene(48, "cut-before-the-end", _chunked(b"2\r\nok\r\n", b"0\r\n"), failed("incomplete", asked=2)),
    scene(49, "trailers", _chunked(b"2\r\nok\r\n", b"0\r\nX: y\r\n\r\n"), stored(b"ok")),
    scene(49, "nul-in-trailer", _chunked(b"2\r\nok\r\n", b"0\r\nX: y\0z\r\n\r\n"), stored(b"ok")),
    scene(
        49,
        "trailers-without-end",
        _without_end(_chunked(b"2\r\nok\r\n0\r\n"), b"X: y\r\n" * 10_000),
        failed("protocol: header too large"),
        alone=True,
    ),
    scene(
        50,
        "extension-of-10-mb",
        _chunked(b"2;" + b"x" * 10_000_000 + b"\r\nok\r\n", _LAST),
        stored(b"ok"),
        alone=True,
    ),
    scene(
        50,
        "extension-without-end",
        _without_end(_chunked(b"2;"), b"x" * _PIECE),
        failed("timeout: ", asked=2),
        options=QUICK,
        alone=True,
    ),
    scene(
        50,
        "chunks-of-1-byte",
        _chunked(b"1\r\nx\r\n" * 200_000, _LAST),
        stored(b"x" * 200_000),
        alone=True,
    ),
    scene(
        51,
        "drip-in-body",
        _drips(_sized("1000", body=b"x" * 1000)),
        failed("timeout: ", asked=2),
        options=QUICK,
    ),
    scene(
        51,
        "drip-in-headers",
        _drips(html("ok", *(f"X-{n}: v" for n in range(100)))),
        failed("timeout: ", asked=2),
        options=QUICK,
    ),
    scene(
        51,
        "silence-in-body",
        _in_two(_sized("100"), b""),
        failed("timeout: silence", asked=2),
        options=QUICK,
    ),
    scene(
        51,
        "silence-before-headers",
        _in_two(b"", b""),
        failed("timeout: silence", asked=2),
        options=QUICK,
    ),
    scene(
        52,
        "body-without-end",
        _without_end(reply(_HTML), b"x" * _PIECE),
        failed("too_large"),
        options={"max_body": 20_000_000},
        alone=True,
    ),
    scene(
        52,
        "chunks-without-end",
        _without_end(_chunked(), b"%x\r\n%s\r\n" % (_PIECE, b"x" * _PIECE)),
        failed("too_large"),
        options={"max_body": 20_000_000},
        alone=True,
    ),
    scene(54, "204-with-body", _bodyless("204 No Content"), stored(b"", status=204)),
    scene(54, "304-with-body", _bodyless("304 Not Modified"), failed("http_304", status=304, asked=2)),
    scene(55, "205", reply("Content-Length: 0", status="205 Reset Content"), stored(b"", status=205)),
    scene(
        55,
        "206-unasked",
        html("ok", "Content-Range: bytes 0-1/100", status="206 Partial Content"),
        failed("http_206", status=206),
    ),
    scene(
        55,
        "206-then-whole",
        serves({"/": [html("ok", "Content-Range: bytes 0-1/100", status="206 Partial Content"), OK]}),
        failed("http_206", status=206),
    ),
    scene(
        57,
        "data-after-close",
        reply(_HTML, "Connection: close", "Content-Length: 2", body=b"ok!"),
        stored(b"ok"),
    ),
    scene(
        58,
        "second-answer-unasked",
        serves({"/": html("<a href=/a>a</a>") + html("mine"), "/a": OK}),
        {"/": stored(b"<a href=/a>a</a>"), "/a": stored(b"ok")},
    ),
)
