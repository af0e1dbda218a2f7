"""Rows 70-85: loops, chains, targets."""

from __future__ import annotations

from tests.faults.scene import (
    NOT_FOUND,
    OK,
    Scene,
    absent,
    failed,
    html,
    moved,
    refused,
    scene,
    serves,
    stored,
)
from tests.servers import Line, reply

__all__ = ["SCENES"]

_ANY = {"scope": "any"}


def _to(*locations: str, status: str = "301 Moved Permanently") -> bytes:
    return reply(*(f"Location: {each}" for each in locations), "Content-Length: 0", status=status)


def _to_bytes(location: bytes) -> bytes:
    return b"HTTP/1.1 301 Moved\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"


def _form(row: int, case: str, location: str | bytes, path: str) -> Scene:
    """A form of Location that must lead to a path of the same server."""
    sent_from = "/x/y?z"
    answer = _to(location) if isinstance(location, str) else _to_bytes(location)
    ends = {sent_from: moved("http://{site}" + path), path: stored(b"ok")}
    return scene(row, case, serves({sent_from: answer}), ends, seeds=(sent_from,))


def _nowhere(row: int, case: str, location: str) -> Scene:
    return scene(row, case, _to(location), failed("bad_redirect: ", status=301), options=_ANY)


def _chain(length: int) -> dict[str, bytes | list[bytes]]:
    return {f"/{n}": _to(f"/{n + 1}") for n in range(length)}


async def _to_another_secret(line: Line) -> None:
    while await line.hear():
        await line.say(_to("http://127.0.0.2:8009/"))


SCENES: tuple[Scene, ...] = (
    scene(70, "to-itself", _to("/"), failed("redirect_loop", status=301)),
    scene(
        70,
        "there-and-back",
        serves({"/": _to("/a"), "/a": _to("/")}),
        {"/": moved("http://{site}/a"), "/a": failed("redirect_loop", status=301)},
    ),
    scene(
        71,
        "chain-of-10",
        serves(_chain(10)),
        {**{f"/{n}": moved(f"http://{{site}}/{n + 1}") for n in range(10)}, "/10": stored(b"ok")},
        seeds=("/0",),
    ),
    scene(
        71,
        "chain-of-11",
        serves(_chain(11)),
        {
            **{f"/{n}": moved(f"http://{{site}}/{n + 1}") for n in range(10)},
            "/10": failed("bad_redirect: more than 10", status=301),
            "/11": absent(),
        },
        seeds=("/0",),
    ),
    scene(
        72,
        "http-to-https-to-http",
        serves({"/": _to("/a", status="307 Temporary Redirect"), "/a": OK}),
        {"/": moved("http://{site}/a", status=307), "/a": stored(b"ok")},
    ),
    _nowhere(73, "to-a-file", "file:///etc/passwd"),
    _nowhere(73, "to-a-script", "javascript:alert(1)"),
    _nowhere(73, "to-data", "data:text/html,hello"),
    _nowhere(73, "to-ftp", "ftp://127.0.0.1/"),
    _nowhere(73, "to-gopher", "gopher://127.0.0.1/"),
    scene(
        74,
        "to-the-cloud-metadata",
        _to("http://169.254.169.254/latest/meta-data/"),
        {
            "/": moved("http://169.254.169.254/latest/meta-data/"),
            "http://169.254.169.254/latest/meta-data/": failed("blocked: ", asked=0),
        },
    ),
    scene(
        74,
        "to-mapped-loopback",
        _to("http://[::ffff:127.0.0.1]:8009/"),
        {
            "/": moved("http://[::ffff:7f00:1]:8009/"),
            "http://[::ffff:7f00:1]:8009/": failed("blocked: ", asked=0),
        },
    ),
    scene(
        75,
        "link-out-of-scope",
        serves({"/": html("<a href=/a>a</a>"), "/a": _to("http://127.0.0.9:8009/")}),
        {
            "/": stored(b"<a href=/a>a</a>"),
            "/a": moved("http://127.0.0.9:8009/, which is not followed"),
            "http://127.0.0.9:8009/": absent(),
        },
    ),
    scene(
        76,
        "into-a-forbidden-path",
        serves(
            {
                "/robots.txt": reply(
                    "Content-Type: text/plain",
                    "Content-Length: 32",
                    body=b"User-agent: *\nDisallow: /secret\n",
                ),
                "/": _to("/secret"),
            }
        ),
        {"/": moved("http://{site}/secret"), "/secret": refused("robots")},
        options={"robots": "obey"},
    ),
    _form(77, "absolute-path", "/a", "/a"),
    _form(77, "relative", "a", "/x/a"),
    _form(77, "query", "?q", "/x/y?q"),
    _form(77, "parent", "../../../../a", "/a"),
    _form(77, "backslashes", "\\a\\b", "/a/b"),
    _form(77, "blanks-around", "  /a\t ", "/a"),
    _form(77, "inner-tab", "/a\tb", "/ab"),
    scene(77, "empty", _to(""), failed("redirect_loop", status=301)),
    scene(77, "none", html("lost", status="301 Moved"), failed("http_301", status=301)),
    scene(78, "two-locations", _to("/a", "/b"), failed("bad_redirect: ", status=301)),
    scene(
        78,
        "same-location-twice",
        serves({"/": _to("/a", "/a")}),
        {"/": moved("http://{site}/a"), "/a": stored(b"ok")},
    ),
    _form(79, "utf-8", "/é".encode(), "/%C3%A9"),
    _form(79, "latin-1", b"/\xe9", "/%C3%A9"),
    _form(79, "space", "/a b", "/a%20b"),
    _form(79, "fragment", "/a#there", "/a"),
    scene(80, "location-of-9-kb", _to("/" + "x" * 9_000), failed("bad_redirect: ", status=301)),
    scene(
        81,
        "refresh-header",
        serves({"/": html("ok", "Refresh: 0; url=/a")}),
        {"/": stored(b"ok"), "/a": stored(b"ok")},
    ),
    scene(
        81,
        "meta-refresh",
        serves({"/": html('<meta http-equiv=refresh content="0;url=/a">')}),
        {"/": stored(b'<meta http-equiv=refresh content="0;url=/a">'), "/a": stored(b"ok")},
    ),
    scene(
        81,
        "meta-refresh-in-comment",
        serves({"/": html('<!-- <meta http-equiv=refresh content="0;url=/a"> -->')}),
        {"/": stored(b'<!-- <meta http-equiv=refresh content="0;url=/a"> -->'), "/a": absent()},
    ),
    scene(
        82,
        "302",
        serves({"/": _to("/a", status="302 Found")}),
        {"/": moved("http://{site}/a", status=302), "/a": stored(b"ok")},
    ),
    scene(
        82,
        "300-with-location",
        serves({"/": _to("/a", status="300 Multiple Choices")}),
        {"/": failed("http_300", status=300), "/a": absent()},
    ),
    scene(
        83,
        "to-what-is-known",
        serves({"/": html("<a href=/a>a</a><a href=/b>b</a>"), "/b": _to("/a")}),
        {"/a": stored(b"ok"), "/b": moved("http://{site}/a")},
        most_asked=3,
    ),
    scene(
        84,
        "to-another-origin",
        _to_another_secret,
        {"/": moved("http://127.0.0.2:8009/"), "http://127.0.0.2:8009/": failed("blocked: ", asked=0)},
    ),
    scene(
        85,
        "other-case-and-slash",
        serves({"/A": _to("/a"), "/a": _to("/a/"), "/a/": OK}, NOT_FOUND),
        {"/A": moved("http://{site}/a"), "/a": moved("http://{site}/a/"), "/a/": stored(b"ok")},
        seeds=("/A",),
    ),
)
