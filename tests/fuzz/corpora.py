"""Real bytes to begin with: the practice site's, hand-made ones, and the published vectors where they lie beside us."""

from __future__ import annotations

import gzip
import json
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from crawler.practice.catalog import catalog
from crawler.practice.options import PracticeOptions

__all__ = [
    "coded_bodies",
    "header_values",
    "pages",
    "robots_files",
    "settings_files",
    "sitemaps",
    "stylesheets",
    "urls",
]

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors"
_MAX_BYTES = 6000
_MAX_SEEDS = 400


def _vectors(name: str) -> list[dict[str, Any]]:
    path = VECTORS / name
    return json.loads(path.read_text("utf-8")) if path.is_file() else []


@cache
def _practice(*types: str) -> tuple[bytes, ...]:
    bodies = (
        each.body for each in catalog(PracticeOptions()).values() if each.content_type.startswith(types)
    )
    return tuple(body[:_MAX_BYTES] for body in bodies if body)


@cache
def pages() -> tuple[bytes, ...]:
    """HTML and SVG."""
    every_kind = b"""<!doctype html><html><head><base href=/b/><meta charset=utf-8><title>T &amp; t</title>
<meta http-equiv=refresh content="5; url='r.html'"><meta property=og:image content=o.png><link rel="icon" href=i.ico>
<style>@import "i.css"; a{b:url( "c.png" );d:image-set('e' 1x)}</style><script src=s.js integrity=x>'<a href=n>'</script>
<img src=a.png srcset="b.png 1x, c.png?d,e 2x" style="background:url(&quot;f&quot;)"><iframe srcdoc="<a href='x'>&lt;b>">
</iframe><svg><use xlink:href='u.svg#x'/><style>q{r:url(s)}</style><b></svg><template><a href=t></template><noscript>
<img src=n></noscript><form action=/f method=post><input formaction=g></form><a href="?p=1&amp;q=2&copy=3#z" ping=p>"""
    dat = [path.read_bytes() for path in sorted(VECTORS.glob("html5lib-encoding/*.dat"))]
    encodings = [part.partition(b"\n#encoding")[0] for text in dat for part in text.split(b"#data\n")[1:]]
    srcsets = [f"<img srcset='{each}'>".encode() for each in _srcsets()]
    return (
        every_kind,
        *_practice("text/html", "image/svg", "application/xhtml"),
        *encodings[:100],
        *srcsets[:100],
    )


def _srcsets() -> list[str]:
    return [str(next(iter(each.values()))) for each in _vectors("srcset.json")]


@cache
def stylesheets() -> tuple[bytes, ...]:
    """CSS."""
    hard = rb"""@charset "utf-8"; @import url("a.css") print; @import 'b\'c.css'; /* url(no) */ a { b: url( c.png ) }
d { e: image-set("f.png" 1x, url(g) 2x); h: \75rl(i\)j) } @font-face { src: url('k.woff2') format("woff2"), local("l") }"""
    return (hard, *_practice("text/css"))


@cache
def robots_files() -> tuple[bytes, ...]:
    """robots.txt files of three published suites, and one of ours."""
    own = b"User-agent: *\nDisallow: /a*b$\nAllow: /a%41\xc3\xa9\nCrawl-delay: 1.5\nSitemap: https://e.org/s.xml\n"
    found = [own]
    for name in ("google_robots_test.json", "crawler_commons_robots.json", "protego_vectors.json"):
        for each in _vectors(name)[:_MAX_SEEDS]:
            body = bytes.fromhex(each["robots_hex"]) if "robots_hex" in each else str(each["robots"]).encode()
            found.append(body[:_MAX_BYTES])
    return tuple(dict.fromkeys(found))


@cache
def sitemaps() -> tuple[bytes, ...]:
    """Sitemaps, feeds, lists and web app manifests, plain and compressed."""
    texts = (
        b"<?xml version='1.0' encoding='UTF-8'?><urlset xmlns='x'><url><loc>/a?b&amp;c</loc><lastmod>x</lastmod></url></urlset>",
        b"<sitemapindex><sitemap><loc><![CDATA[/s.xml.gz]]></loc></sitemap></sitemapindex>",
        b"<rss><channel><link>/</link><item><link>/a&b</link></item></channel></rss>",
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><link rel='alternate' href='/a'/></entry></feed>",
        b"<!DOCTYPE urlset [<!ENTITY a 'b'>]><urlset><url><loc>&a;</loc></url></urlset>",
        b"https://e.org/a\r\n# no\nhttp://e.org/b",
        b'{"icons": [{"src": "i\\u002f.png"}], "start_url": ".", "shortcuts": [{"url": "/s"}]}',
    )
    return (*texts, *map(gzip.compress, texts[:3]), *_practice("application/xml", "text/xml", "text/plain"))


@cache
def urls() -> tuple[str, ...]:
    """The inputs of the URL Standard's tests, and hosts of UTS 46."""
    found = [str(each["input"]) for each in _vectors("urltestdata.json") if isinstance(each, dict)]
    found += [f"https://{each['input']}/x" for each in _vectors("toascii.json") if isinstance(each, dict)]
    hard = [
        "http://u:p@h.org:80/../%2e/a b?c=%41&d#e",
        "//h",
        "http:\\\\h\\x",
        "?q",
        "#f",
        "http://[::1]:81/%zz%",
        "http://a。b/",
    ]
    return tuple(dict.fromkeys(hard + found))


def header_values() -> tuple[str, ...]:
    """Of the headers that are read."""
    return (
        *(
            'text/html; charset="utf-8"',
            "text/html;charset=gbk;x=y",
            "application/xhtml+xml",
            "text/css, text/plain",
        ),
        *("0; url='/a'", "5,URL=b", "1.5;c", "/d", "https://e.org/\xc3\xa9", "\\\\evil", "http://h:0/", "//"),
        *('<a>; rel="next prefetch"; title="x", <b>;rel=stylesheet', "<>;rel=next", "<a;rel=x"),
        *("nofollow", "googlebot: nofollow, none", "unavailable_after: 1 Jan, nofollow", "120", "-1", "1e9"),
        *(
            "Wed, 21 Oct 2026 07:28:00 GMT",
            "Wed, 32 Oct 99999 07:28:00 GMT",
            "gzip",
            "gzip, br",
            "identity",
            "x-gzip;q=1",
        ),
    )


@cache
def coded_bodies() -> tuple[bytes, ...]:
    """What comes with a Content-Encoding."""
    text = b"<p>hello</p>" * 50
    raw = zlib.compressobj(wbits=-15)
    twice = gzip.compress(gzip.compress(text))
    return (text, gzip.compress(text), zlib.compress(text), raw.compress(text) + raw.flush(), twice,
            gzip.compress(b"a") * 5, gzip.compress(text)[:-9], b"\x1f\x8b", bytes(10), b"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello",
            b"\x0b\x02\x80hello\x03")  # fmt: skip


def settings_files() -> tuple[bytes, ...]:
    """crawler.toml."""
    return (
        b"concurrency = 8\nuser_agent = 'x'\nseeds = ['https://e.org']\nmax_body = '10M'\nmax_time = \"1h\"\n",
        b"include = ['a+', '(']\nrobots = 'obey'\ndelay = 0.5\nassets = false\nscope = 'host'\nheader = ['A: b']\n",
        b"verbose = 1\n[x]\ny = 1979-05-27T07:32:00Z\nz = inf\n",
    )
