"""Make the site that crawls are killed on: small, the same every time, with one of each thing that has a trace.

Pages in a tree with short cuts, so that depth depends on who is met first; requisites of their own and shared,
through two sheets; redirects in a row, frames, links to nothing, links that robots.txt forbids, a sitemap with
what nobody links to, packed answers and bodies so large that they are spooled. Its second edition changes some
pages, drops some and adds some; what stays is answered with 304.
"""

from __future__ import annotations

import gzip
import hashlib
import random
from dataclasses import dataclass, field

__all__ = ["Answer", "Site", "make_site"]

_LARGE_BYTES = 300_000
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a path answers; with `tag` a conditional request for it gets a 304."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """Answers by path; what is not there is a 404."""

    answers: dict[str, Answer]


def make_site(pages: int, edition: int = 1) -> Site:
    """The site with so many pages in its tree.

    Args:
        pages: at least 12.
        edition: 1, or 2: as it is some time later.
    """
    told: dict[str, Answer] = {
        "/robots.txt": _answer(b"User-agent: *\nDisallow: /private/\nSitemap: /sitemap.xml\n", "text/plain"),
        "/sitemap.xml": _answer(_sitemap(pages).encode(), "application/xml"),
        "/s/main.css": _answer(b"@import 'base.css'; body { background: url(/i/ground.png) }", "text/css"),
        "/s/base.css": _answer(b"@font-face { src: url(letters.woff2) }", "text/css"),
        "/s/letters.woff2": _answer(b"wOF2" + bytes(200), "font/woff2"),
        "/s/main.js": _answer(b"'use strict';", "text/javascript"),
        "/i/ground.png": _answer(_PNG, "image/png"),
    }
    for n in range(pages):
        told |= _place(n, pages, edition)
    for n in range(0, pages, 9):
        told[f"/alone/{n}.html"] = _page(f"Alone {n}", "<p>Only the sitemap leads here.")
    if edition > 1:
        for n in range(0, pages, 6):
            told[f"/new/{n}.html"] = _page(f"New {n}", f"<a href=/p/{n}.html>back</a>")
    return Site(told)


def _path(n: int) -> str:
    return f"/p/{n}.html" if n else "/"


def _place(n: int, pages: int, edition: int) -> dict[str, Answer]:
    """A page of the tree with what belongs to it alone."""
    if edition > 1 and n % 11 == 4:
        return {_path(n): Answer(status=410)}
    told: dict[str, Answer] = {f"/i/{n}.png": _answer(_PNG + n.to_bytes(4), "image/png")}
    links = [_path(each) for each in (2 * n + 1, 2 * n + 2, n * 7 % pages, n - 1) if 0 <= each < pages]
    body = f"<img src=/i/{n}.png><img srcset='/i/{n}.png 1x, /i/{(n + 1) % pages}.png 2x'>"
    kind = n % 10
    if kind == 1:
        links += [f"/gone/{n}", f"/private/{n}"]
    elif kind == 2:
        links.append(f"/from/{n}")
        told[f"/from/{n}"] = Answer(status=301, headers={"Location": f"/over/{n}"})
        told[f"/over/{n}"] = Answer(status=302, headers={"Location": _path(n * 3 % pages)})
    elif kind == 3:
        body += f"<iframe src=/frame/{n}.html></iframe>"
        told[f"/frame/{n}.html"] = _page(f"Frame {n}", f"<img src=/i/frame-{n}.png><a href={_path(n)}>up</a>")
        told[f"/i/frame-{n}.png"] = _answer(_PNG + b"frame%d" % n, "image/png")
    elif kind == 4:
        body += f"<img src=/i/large-{n}.png>"
        told[f"/i/large-{n}.png"] = _answer(_PNG + random.Random(n).randbytes(_LARGE_BYTES), "image/png")
    if edition > 1 and n % 6 == 0:
        links.append(f"/new/{n}.html")
    anchors = "".join(f"<a href='{each}'>on</a>" for each in links)
    text = f"<p>Changed since in edition {edition}." if edition > 1 and n % 3 == 0 else "<p>As ever."
    told[_path(n)] = _page(f"Page {n}", anchors + body + text, is_packed=kind == 5)
    return told


def _page(title: str, body: str, *, is_packed: bool = False) -> Answer:
    head = f"<title>{title}</title><link rel=stylesheet href=/s/main.css><script src=/s/main.js></script>"
    text = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()
    if not is_packed:
        return _answer(text, "text/html; charset=utf-8")
    return _answer(gzip.compress(text, mtime=0), "text/html; charset=utf-8", **{"Content-Encoding": "gzip"})


def _answer(body: bytes, media_type: str, **headers: str) -> Answer:
    tag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
    return Answer(headers={"Content-Type": media_type, "ETag": tag, **headers}, body=body, tag=tag)


def _sitemap(pages: int) -> str:
    places = "".join(f"<url><loc>/alone/{n}.html</loc></url>" for n in range(0, pages, 9))
    return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{places}</urlset>"
