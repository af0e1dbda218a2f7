"""List every address of the practice site, with what lies there and what a crawler must make of it.

The site is served from this table and `crawler.practice.truth` is read from it, so that they cannot
differ; `tests/practice` checks the table itself against a walk over the links.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crawler.practice.drawings import chart, coast, flags, lens, rose, tide, tower
from crawler.practice.fontfile import truetype, woff
from crawler.practice.options import PracticeOptions
from crawler.practice.pictures import cursor, foghorn, grain, pressed, sea, tide_table, touch_icon
from crawler.practice.resource import UNTYPED, Fault, Resource, Role
from crawler.practice.rooms import (
    PAGES_OF_LOGBOOK,
    asset,
    complete_register,
    light_pages,
    lights,
    lights_index,
    logbook_page,
    page,
)

__all__ = ["catalog"]

SVG, PNG, CSS = "image/svg+xml", "image/png", "text/css; charset=utf-8"
JAVASCRIPT = "text/javascript; charset=utf-8"
XML = "application/xml"
TRAP_LINK = '<p>There is a <a href="/trap/" rel="nofollow">calendar of tides</a> that goes on for ever.</p>'
MAZE_LINK = '<p>And then there is <a href="/maze/">the maze</a>. Take a thread.</p>'
CHARTS_HEAD = '<base href="/charts/sheets/" />'
GALLERY_HEAD = (
    '<style>@import "/style/gallery.css";</style><script type="module" src="/script/lazy.mjs"></script>'
)
NOFOLLOW_HEAD = '<meta name="robots" content="nofollow" />'
LATE_CHARSET = (
    "<!-- "
    + "The cover of this book was sewn on before its title page. " * 20
    + '--><meta charset="utf-8" />'
)

# Address, text, elements of the head.
PLAIN_PAGES = [
    ("/", "home", ""),
    ("/about", "about", ""),
    ("/lights/corran-head/lens", "lens", ""),
    ("/lights/corran-head/fog-signal", "fog-signal", ""),
    ("/keepers/", "keepers", ""),
    ("/keepers/isobel", "isobel", ""),
    ("/keepers/oswin?from=st-ninian", "oswin", ""),
    ("/letters?from=andr%E9", "letters", ""),
    ("/Rose", "rose-tregear", ""),
    ("/rose", "rose-compass", ""),
    ("/visitors/?port=%89%A1%95l", "visitors", ""),
    ("/signals", "signals-word", ""),
    ("/signals/", "signals", ""),
    ("/signals/now", "now", '<meta http-equiv="refresh" content="0; url=morse" />'),
    ("/signals/morse", "morse", ""),
    ("/signals/semaphore", "semaphore", ""),
    ("/charts/", "charts", CHARTS_HEAD),
    ("/charts/sheets/1", "sheet-1", ""),
    ("/charts/sheets/2?scale=fathoms", "sheet-2", ""),
    ("/gallery/", "gallery", GALLERY_HEAD),
    ("/gallery/?room=small", "gallery-small", ""),
    ("/notices/", "notices", NOFOLLOW_HEAD),
    ("/private/open-day", "open-day", ""),
]
UNLINKED_PAGES = [("/letters/unposted", "unposted"), ("/lights/the-eighth", "eighth")]
ATTIC_PAGES = [("/keepers/the-cat", "the-cat")]
LISTED_TOO = ["/", "/lights/", "/keepers/", "/logbook/", "/private/diary"]

REDIRECTS = [
    (301, "/light-list", "/lights/"),
    (301, "/lights", "/lights/"),
    (302, "/keepers", "keepers/"),
    (302, "/today", "/logbook/?page=2"),
    (307, "/ferry", "@ORIGIN@/about"),
    (308, "/tower", "/lights/long-tom#log"),
    (302, "/moved/petrel", "/moved/petrel-2"),
    (301, "/moved/petrel-2", "petrel-3"),
    (307, "/moved/petrel-3", "//@HOST@/lights/petrel"),
    (302, "/moved/round", "/moved/about"),
    (302, "/moved/about", "/moved/round"),
    (301, "/charts/sheets/", "/charts/"),
    (301, "/pictures/old-beacon.svg", "/pictures/beacon.svg"),
]
FAILURES = [
    (404, "/wrecks/ghost", "The ghost ship", "She was here a moment ago."),
    (410, "/wrecks/sold", "Sold", "The barque was sold for her copper and will not be back."),
    (500, "/wrecks/boiler", "The boiler", "It has burst. Nobody was hurt, but nothing is warm."),
]


def catalog(options: PracticeOptions) -> dict[str, Resource]:
    """Every resource by its target; each target stands once."""
    found: dict[str, Resource] = {}
    for resource in [
        *_pages(),
        *_wrecks(options),
        *_requisites(),
        *_documents(),
        *_redirects(options),
        *_manifests(options),
    ]:
        assert resource.target not in found, resource.target
        found[resource.target] = resource
    return found


def _page(target: str, name: str, head: str = "") -> Resource:
    return Resource(target=target, role=Role.PAGE, body=page(name, target, head=head))


def _pages() -> Iterator[Resource]:
    for target, name, head in PLAIN_PAGES:
        yield _page(target, name, head)
    for target, name in UNLINKED_PAGES + ATTIC_PAGES:
        yield Resource(target=target, role=Role.UNLINKED, body=page(name, target))
    for target, body in light_pages():
        yield Resource(target=target, role=Role.PAGE, body=body)
    yield Resource(target="/lights/", role=Role.PAGE, body=lights_index())
    yield Resource(target="/logbook/", role=Role.PAGE, body=logbook_page(1, "/logbook/"))
    for number in range(1, PAGES_OF_LOGBOOK + 1):
        target = f"/logbook/?page={number}"
        yield Resource(target=target, role=Role.PAGE, body=logbook_page(number, target))
    yield Resource(target="/logbook/complete", role=Role.PAGE, body=complete_register())
    yield Resource(target="/signals/tide", role=Role.PAGE, body=asset("pages/tide.html"))
    yield Resource(
        target="/signals/last",
        role=Role.PAGE,
        body=page("last", "/signals/last"),
        headers={"Refresh": "0; url=/signals/semaphore"},
    )
    yield from _pages_in_other_letters()
    for target, name, role in [
        ("/private/", "private", Role.REFUSED),
        ("/private/diary", "private", Role.REFUSED),
        ("/guestbook", "guestbook", Role.NOFOLLOW),
        ("/notices/draft", "notice-draft", Role.NOFOLLOW),
    ]:
        yield Resource(target=target, role=role, body=page(name, target))


def _pages_in_other_letters() -> Iterator[Resource]:
    latin, japanese, late, xhtml = (
        "/keepers/andr%C3%A9",
        "/visitors/yokohama",
        "/logbook/1911",
        "/instruments.xhtml",
    )
    yield Resource(
        target=latin,
        role=Role.PAGE,
        body=page("andre", latin, charset="iso-8859-1", declared=""),
        content_type="text/html; charset=ISO-8859-1",
    )
    declared = '<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS" />'
    yield Resource(
        target=japanese,
        role=Role.PAGE,
        body=page("yokohama", japanese, charset="shift_jis", declared=declared),
        content_type="text/html",
    )
    yield Resource(
        target=late,
        role=Role.PAGE,
        body=page("logbook-1911", late, declared=LATE_CHARSET),
        content_type="text/html",
    )
    yield Resource(
        target=xhtml,
        role=Role.PAGE,
        body=b'<?xml version="1.0" encoding="utf-8"?>\n' + page("instruments", xhtml),
        content_type="application/xhtml+xml",
    )


def _wrecks(options: PracticeOptions) -> Iterator[Resource]:
    yield Resource(
        target="/wrecks/",
        role=Role.PAGE,
        body=page("wrecks", "/wrecks/", {"trap": TRAP_LINK * options.traps + MAZE_LINK * options.mazes}),
    )
    for name, fault, asks in [
        ("doctor", Fault.UNAVAILABLE, options.failing_asks),
        ("cable", Fault.RESET, options.reset_asks),
        ("half", Fault.TRUNCATED, options.truncated_asks),
        ("slow", Fault.SLOW, 0),
        ("drip", Fault.DRIP, 0),
    ]:
        target = f"/wrecks/{name}"
        role = Role.FAILURE if asks is None else Role.PAGE
        status = 503 if asks is None and fault is Fault.UNAVAILABLE else 200
        yield Resource(target=target, role=role, status=status, body=page(name, target), fault=fault)
    packed = pressed(page("pressed", "/wrecks/pressed"))
    yield Resource(
        target="/wrecks/pressed", role=Role.PAGE, body=packed, headers={"Content-Encoding": "gzip"}
    )
    yield Resource(
        target="/wrecks/unlabelled",
        role=Role.PAGE,
        body=page("unlabelled", "/wrecks/unlabelled"),
        content_type=UNTYPED,
    )
    yield Resource(target="/fog", role=Role.PAGE)
    for status, target, title, reason in FAILURES:
        yield Resource(
            target=target,
            role=Role.FAILURE,
            status=status,
            body=page("lost", target, {"title": title, "reason": reason}),
        )


def _requisites() -> Iterator[Resource]:
    made = {
        "/fonts/merrow-sign.ttf": ("font/ttf", truetype()),
        "/fonts/merrow-sign.woff": ("font/woff", woff()),
        "/media/foghorn.wav": ("audio/wav", foghorn()),
        "/pictures/lamp-cursor.png": (PNG, cursor()),
        "/pictures/touch.png": (PNG, touch_icon()),
        "/pictures/grain.png": (PNG, grain(64)),
        "/pictures/grain-2x.png": (PNG, grain(128)),
        "/pictures/dusk.png": (PNG, sea("dusk", 320)),
        "/pictures/dusk-2x.png": (PNG, sea("dusk", 640)),
        "/pictures/dawn.png": (PNG, sea("dawn", 320)),
        "/pictures/dawn-2x.png": (PNG, sea("dawn", 640)),
        "/pictures/night.png": (PNG, sea("night", 320)),
        "/pictures/night-wide.png": (PNG, sea("night", 640)),
        "/pictures/mislabelled.jpg": ("image/jpeg", sea("night", 160)),
        "/pictures/coast.svg": (SVG, coast(lights())),
        "/pictures/chart.svg": (SVG, chart(lights())),
        "/pictures/lens.svg": (SVG, lens()),
        "/pictures/rose.svg": (SVG, rose()),
        "/pictures/flags.svg": (SVG, flags()),
        "/pictures/tide.svg": (SVG, tide()),
    }
    made |= {f"/pictures/lights/{light.slug}.svg": (SVG, tower(light)) for light in lights()}
    stored = {
        "style/main.css": CSS, "style/base.css": CSS, "style/tokens.css": CSS,
        "style/gallery.css": CSS, "style/gallery-frames.css": CSS,
        "script/lamp.js": JAVASCRIPT, "script/lazy.mjs": JAVASCRIPT,
        "manifest.webmanifest": "application/manifest+json",
        "media/beam.webm": "video/webm", "media/beam.vtt": "text/vtt; charset=utf-8",
        "pictures/favicon.svg": SVG, "pictures/icons.svg": SVG, "pictures/wave.svg": SVG,
        "pictures/beacon.svg": SVG, "pictures/beam-poster.svg": SVG, "pictures/cat.svg": SVG,
    }  # fmt: skip
    made |= {f"/{name}": (content_type, asset(name)) for name, content_type in stored.items()}
    for target, (content_type, body) in made.items():
        yield Resource(target=target, role=Role.REQUISITE, body=body, content_type=content_type)


def _documents() -> Iterator[Resource]:
    for target, content_type, body in [
        ("/files/tide-table.pdf", "application/pdf", tide_table()),
        ("/files/notice.txt", "text/plain; charset=utf-8", asset("notice.txt")),
        ("/data/lights.json", "application/json", asset("data/lights.json")),
        ("/news/feed.xml", "application/rss+xml", asset("feed.xml")),
        ("/wrecks/mislabelled", "text/plain; charset=utf-8", page("mislabelled", "/wrecks/mislabelled")),
    ]:
        yield Resource(target=target, role=Role.DOCUMENT, body=body, content_type=content_type)


def _redirects(options: PracticeOptions) -> Iterator[Resource]:
    for status, target, location in [*REDIRECTS, (302, "/moved/mainland", options.offsite_url)]:
        body = b"<!DOCTYPE html><title>Moved</title><p>Moved.</p>"
        yield Resource(target=target, role=Role.REDIRECT, status=status, location=location, body=body)


def _urlset(targets: Sequence[str], element: str = "urlset", entry: str = "url") -> bytes:
    entries = "".join(
        f"<{entry}><loc>@ORIGIN@{target}</loc><lastmod>2026-10-02</lastmod></{entry}>\n" for target in targets
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{element} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</{element}>\n'.encode()


def _manifests(options: PracticeOptions) -> Iterator[Resource]:
    lines = [
        "# The keepers' rooms are private; the open day is not.",
        "User-agent: *",
        "Disallow: /private/",
        "Allow: /private/open-day",
    ]
    if options.crawl_delay_seconds is not None:
        lines.append(f"Crawl-delay: {options.crawl_delay_seconds:g}")
    lines += ["", "Sitemap: @ORIGIN@/sitemap.xml", "Sitemap: @ORIGIN@/sitemap-index.xml", ""]
    listed = LISTED_TOO + [target for target, _ in UNLINKED_PAGES]
    attic = _urlset([target for target, _ in ATTIC_PAGES])
    for target, content_type, body in [
        ("/robots.txt", "text/plain; charset=utf-8", "\n".join(lines).encode()),
        ("/sitemap.xml", XML, _urlset(listed)),
        ("/sitemap-index.xml", XML, _urlset(["/sitemaps/attic.xml.gz"], "sitemapindex", "sitemap")),
        ("/sitemaps/attic.xml.gz", "application/gzip", attic),
    ]:
        yield Resource(target=target, role=Role.MANIFEST, body=body, content_type=content_type)
