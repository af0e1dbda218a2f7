"""A small site, its output, and what is found in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from crawler.flaw import Flaw, FlawKind
from crawler.output import Output
from crawler.verification.verifying import verification_of
from tests.web import OWN, Answer, Web, crawl, images, links

HOST = "127.0.0.1_8000"
HOME, ABOUT, STYLE, IMAGE, TILE = (
    f"{HOST}/{name}" for name in ("index.html", "about~.html", "style.css", "i.png", "tile.png")
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
HEAD = '<link rel="stylesheet" href="/style.css">'
TEXT = "<p>The lamp is lit at dusk. " * 20


def site() -> Web:
    """Two pages, a style, two images, one of which only the style needs; and one that nobody has."""
    return Web(
        {
            OWN: links("/about", "/away#part", head=HEAD, text=TEXT + images("/i.png")),
            f"{OWN}about": links("/", "/about", head=HEAD, text=TEXT),
            f"{OWN}away": Answer(status=301, headers=(("Location", "/about"),)),
            f"{OWN}style.css": "body{background:url(/tile.png)}",
            f"{OWN}i.png": PNG,
            f"{OWN}tile.png": PNG[::-1],
        }
    )


async def crawled(folder: Path, **options: Any) -> Web:
    """The site, crawled."""
    web = site()
    await crawl(web, folder, OWN, **options)
    return web


async def flaws_of(folder: Path) -> list[Flaw]:
    """All that is found."""
    output = Output(folder)
    with output.hold_still():
        async with verification_of(output) as verification:
            return [flaw async for flaw in verification.flaws()]


def told(flaws: Iterable[Flaw]) -> set[tuple[str, str]]:
    """Kind and place of each."""
    return {(flaw.kind.value, flaw.place) for flaw in flaws}


async def found(folder: Path) -> set[tuple[str, str]]:
    """Kind and place of all that is found."""
    return told(await flaws_of(folder))


async def only(folder: Path, kind: FlawKind) -> Flaw:
    """The one flaw that there is, which is of this kind."""
    (flaw,) = await flaws_of(folder)
    assert flaw.kind is kind
    return flaw


def change(path: Path, old: bytes, new: bytes) -> int:
    """Put bytes in the place of others that stand there once; gives where."""
    content = path.read_bytes()
    assert content.count(old) == 1, content
    path.write_bytes(content.replace(old, new))
    return content.index(old)


def flip(path: Path, at: int) -> None:
    """Another byte at a place."""
    content = bytearray(path.read_bytes())
    content[at] ^= 0x01
    path.write_bytes(content)


def tell(folder: Path, statement: str, *terms: object) -> None:
    """Change what the database says."""
    with closing(sqlite3.connect(Output(folder).database)) as connection, connection:
        assert connection.execute(statement, terms).rowcount


def ask(folder: Path, statement: str, *terms: object) -> Any:
    """The first row of an answer of the database."""
    with closing(sqlite3.connect(Output(folder).database)) as connection:
        return connection.execute(statement, terms).fetchone()


def segment_of(folder: Path) -> Path:
    """The one segment."""
    (segment,) = Output(folder).archive.glob("*.warc.gz")
    return segment
