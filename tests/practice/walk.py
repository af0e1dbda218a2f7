"""Walk over the practice site with nothing of the project in it: what the truth is compared with."""

import gzip
import re
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

import ada_url
import aiohttp
import yarl
from selectolax.lexbor import LexborHTMLParser, LexborNode

EMBEDS = {
    "img": ("src", "srcset", "data-src", "data-srcset"),
    "source": ("src", "srcset"),
    "script": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "use": ("href",),
}
REQUISITE_RELS = {"stylesheet", "icon", "apple-touch-icon", "manifest", "preload"}
CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")
META_CHARSET = re.compile(rb"""<meta[^>]+charset=["']?([-\w]+)""")
TRIES = 3


@dataclass
class Answer:
    status: int
    content_type: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Walk:
    answers: dict[str, Answer] = field(default_factory=dict)
    embedded: set[str] = field(default_factory=set)
    redirects: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    nofollow: set[str] = field(default_factory=set)
    offsite: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    manifests: set[str] = field(default_factory=set)
    schemes: set[str] = field(default_factory=set)


def charset_of(answer: Answer) -> str:
    named = re.search(r"charset=([-\w]+)", answer.headers.get("Content-Type", ""))
    if named:
        return named[1]
    meta = META_CHARSET.search(answer.body)
    return meta[1].decode() if meta else "utf-8"


def join(base: str, href: str, charset: str) -> str:
    before, mark, query = href.partition("?")
    if mark and charset.lower() != "utf-8":
        query = quote_from_bytes(query.encode(charset), safe="=&#%+/:~-._")
    return ada_url.join_url(base, before + mark + query).partition("#")[0]


async def ask(session: aiohttp.ClientSession, url: str) -> Answer:
    for attempt in range(TRIES):
        try:
            async with session.get(yarl.URL(url, encoded=True), allow_redirects=False) as response:
                body = await response.read()
                answer = Answer(
                    response.status, response.headers.get("Content-Type", ""), body, dict(response.headers)
                )
        except aiohttp.ClientError:
            if attempt == TRIES - 1:
                return Answer(0, "", b"", {})
            continue
        if answer.status != 503:
            break
    return answer


def is_html(answer: Answer) -> bool:
    essence = answer.content_type.partition(";")[0]
    return essence in ("text/html", "application/xhtml+xml") or (
        not essence and answer.body.startswith(b"<!DOCTYPE")
    )


def attribute(node: LexborNode, name: str) -> str:
    return node.attributes.get(name) or ""


def hrefs(answer: Answer, walk: Walk) -> tuple[str, list[str], list[str]]:
    """Base, links to follow, requisites of a page."""
    tree = LexborHTMLParser(answer.body.decode(charset_of(answer)))
    links: list[str] = []
    embeds: list[str] = []
    base = next((attribute(node, "href") for node in tree.css("base")), "")
    closed = any("nofollow" in attribute(node, "content") for node in tree.css("meta[name=robots]"))
    inside = {node.mem_id for node in tree.css("main a")} if closed else set()
    for node in tree.css("a[href], area[href]"):
        if "nofollow" in attribute(node, "rel") or node.mem_id in inside:
            walk.nofollow.add(attribute(node, "href"))
        else:
            links.append(attribute(node, "href"))
    for node in tree.css("link[href]"):
        (embeds if attribute(node, "rel") in REQUISITE_RELS else links).append(attribute(node, "href"))
    for tag, names in EMBEDS.items():
        for node in tree.css(tag):
            for name in names:
                value = attribute(node, name)
                parts = (
                    [part.split()[0] for part in value.split(",")]
                    if name.endswith("srcset") and value
                    else [value]
                )
                embeds += [part for part in parts if part]
    styles = [attribute(node, "style") for node in tree.css("[style]")] + [
        node.text() for node in tree.css("style")
    ]
    for style in styles:
        embeds += [a or b for a, b in CSS_URL.findall(style)]
    refreshes = [attribute(node, "content") for node in tree.css("meta[http-equiv=refresh]")]
    for refresh in [*refreshes, answer.headers.get("Refresh", "")]:
        links += re.findall(r"url=(\S+)", refresh)
    return base, links, embeds


async def walk_over(session: aiohttp.ClientSession, seed: str) -> Walk:
    walk = Walk()
    robots = await ask(session, seed + "robots.txt")
    maps = deque(re.findall(r"^Sitemap: (\S+)", robots.body.decode(), re.MULTILINE))
    walk.manifests = {seed + "robots.txt"}
    todo = deque([(seed, False)])
    while maps:
        url = maps.popleft()
        walk.manifests.add(url)
        text = (await ask(session, url)).body
        for found in re.findall(
            r"<loc>([^<]+)</loc>", (gzip.decompress(text) if url.endswith(".gz") else text).decode()
        ):
            if b"<sitemapindex" in text:
                maps.append(found)
            else:
                walk.listed.add(found)
                todo.append((found, False))
    while todo:
        url, embedded = todo.popleft()
        if embedded:
            walk.embedded.add(url)
        if not url.startswith("http"):
            walk.schemes.add(url.partition(":")[0])
        elif not url.startswith(seed):
            walk.offsite.add(url)
        elif url.startswith(seed + "private/") and url != seed + "private/open-day":
            walk.refused.add(url)
        elif url not in walk.answers:
            todo += await step(session, walk, url, embedded)
    return walk


async def step(
    session: aiohttp.ClientSession, walk: Walk, url: str, embedded: bool
) -> list[tuple[str, bool]]:
    answer = walk.answers[url] = await ask(session, url)
    if "Location" in answer.headers:
        walk.redirects[url] = join(url, answer.headers["Location"], "utf-8")
        return [(walk.redirects[url], embedded)]
    if answer.status != 200:
        return []
    if answer.content_type.startswith("text/css"):
        return [(join(url, a or b, "utf-8"), True) for a, b in CSS_URL.findall(answer.body.decode())]
    if not is_html(answer):
        return []
    charset = charset_of(answer)
    base, links, embeds = hrefs(answer, walk)
    base = join(url, base, "utf-8")
    walk.nofollow = {join(base, href, charset) for href in walk.nofollow}
    found = [(join(base, href, charset), False) for href in links]
    return found + [(join(base, href, charset), True) for href in embeds]
