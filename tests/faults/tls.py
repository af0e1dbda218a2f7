"""Rows 26-35: certificates, versions, handshakes."""

from __future__ import annotations

import asyncio

from tests.faults.scene import OK, QUICK, Scene, failed, html, scene, stored
from tests.servers import Line, Talk, reply, replying

__all__ = ["SCENES"]


def _alerts(description: int) -> Talk:
    """Answer the ClientHello with a fatal alert (RFC 8446 section 6)."""

    async def talk(line: Line) -> None:
        await line.reader.read(1)
        await line.say(bytes([0x15, 3, 3, 0, 2, 2, description]))
        await line.hung_up()

    return talk


def _answers_in_plain(answer: bytes) -> Talk:
    async def talk(line: Line) -> None:
        await line.reader.read(1)
        await line.say(answer)
        await line.hung_up()

    return talk


async def _stalls(line: Line) -> None:
    await line.hung_up()


async def _closes_at_once(line: Line) -> None:
    await line.reader.read(1)


def _without_farewell(answer: bytes) -> Talk:
    """Answer and close the connection under TLS, which is not told."""

    async def talk(line: Line) -> None:
        await line.hear()
        await line.say(answer)
        await asyncio.sleep(0.05)
        line.writer.transport._ssl_protocol._transport.abort()  # type: ignore[attr-defined]

    return talk


async def _misdirected_on_reuse(line: Line) -> None:
    """The first connection knows only its first request; the next one knows all."""
    await line.hear()
    if line.nth > 1:
        await line.say(OK)
        return
    await line.say(html("<a href=/a>a</a>"))
    await line.hear()
    await line.say(html("not here", status="421 Misdirected Request"))


SCENES: tuple[Scene, ...] = (
    scene(26, "expired", OK, failed("tls: certificate expired", asked=0), tls="expired"),
    scene(27, "wrong-host", OK, failed("tls: certificate is for another host", asked=0), tls="elsewhere"),
    scene(28, "unknown-authority", OK, failed("tls: certificate of an unknown", asked=0), tls="unknown"),
    scene(29, "not-yet-valid", OK, failed("tls: certificate not yet valid", asked=0), tls="future"),
    scene(
        26,
        "insecure-by-name",
        replying(OK),
        stored(b"ok"),
        tls="expired",
        options={"insecure": ["127.0.0.1"]},
    ),
    scene(
        30,
        "old-version",
        _alerts(70),
        failed("tls: no common TLS version", asked=0),
        scheme="https",
    ),
    scene(
        30,
        "weak-cipher",
        _alerts(40),
        failed("tls: the handshake was refused", asked=0),
        scheme="https",
    ),
    scene(
        31,
        "plain-http-at-https",
        _answers_in_plain(html("bad request", status="400 Bad Request")),
        failed("tls: this is no TLS", asked=0),
        scheme="https",
    ),
    scene(31, "tls-at-http", OK, failed("", asked=0), tls="good", scheme="http", options=QUICK),
    scene(
        32,
        "handshake-stalls",
        _stalls,
        failed("timeout: no connection", asked=0),
        scheme="https",
        options=QUICK,
    ),
    scene(
        32,
        "closed-in-handshake",
        _closes_at_once,
        failed("tls: the connection was closed inside the handshake", asked=0),
        scheme="https",
    ),
    scene(33, "no-farewell-after-length", _without_farewell(OK), stored(b"ok"), tls="good"),
    scene(
        33,
        "no-farewell-without-length",
        _without_farewell(reply("Content-Type: text/html", body=b"half")),
        failed("incomplete", asked=2),
        tls="good",
    ),
    scene(34, "client-certificate", _alerts(116), failed("tls: a client", asked=0), scheme="https"),
    scene(
        35,
        "misdirected-on-reuse",
        _misdirected_on_reuse,
        {"/": stored(b"<a href=/a>a</a>"), "/a": stored(b"ok", asked=2)},
        tls="good",
    ),
)
