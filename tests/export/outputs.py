"""Export outputs of a small web, and look into what came of it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser

from crawler.export.dump import Dump
from crawler.export.zip import write_zip
from crawler.frontier.ledger import SqliteLedger
from crawler.output import Output
from crawler.urls import identity
from tests.web import OWN, Web, images, links, moved, typed

__all__ = ["HOST", "dangling", "dump_of", "site", "zipped"]

HOST = "mirror/127.0.0.1_8000"
_URL = re.compile(r"url\(['\"]?([^'\")]+)")


def site() -> Web:
    """Two pages that need this and that, and lead to each other and elsewhere."""
    head = '<link rel="stylesheet" href="/s.css">'
    return Web(
        {
            OWN: links("/a", "/b", "/gone", "http://else.example/", title="Home", text=images("/i.png")),
            f"{OWN}a": links("/", "/b", "/moved", title="A", head=head, text='<iframe src="/f"></iframe>'),
            f"{OWN}b": links("/", title="B"),
            f"{OWN}moved": moved("/b"),
            f"{OWN}f": links("/b", title="Frame", text=images("/in-frame.png")),
            f"{OWN}s.css": "@import 'deep.css'; p { background: url(bg.png) }",
            f"{OWN}deep.css": "@font-face { src: url(f.ttf) }",
            f"{OWN}f.ttf": typed(b"\0\1\0\0", "font/ttf"),
            **{f"{OWN}{name}.png": b"\x89PNG" + name.encode() for name in ("i", "bg", "in-frame")},
        }
    )


@asynccontextmanager
async def dump_of(folder: Path, *urls: str) -> AsyncIterator[Dump]:
    """An output, or some URLs of it."""
    ledger = await SqliteLedger.open(Output(folder).database, is_still=True)
    try:
        entries = [await ledger.entry(identity(url)) for url in urls]
        picked = tuple(entry for entry in entries if entry is not None)
        yield Dump(output=Output(folder), ledger=ledger, picked=picked)
    finally:
        await ledger.close()


async def zipped(folder: Path, *urls: str) -> tuple[dict[str, bytes], tuple[str, ...], bytes]:
    """The members of a portable file in order, what is said of it, and its bytes."""
    file = io.BytesIO()
    async with dump_of(folder, *urls) as dump:
        notes = await write_zip(dump, file)
    with zipfile.ZipFile(file) as found:
        assert found.testzip() is None
        members = {name: found.read(name) for name in found.namelist()}
        assert len(members) == len(found.namelist())
    return members, notes, file.getvalue()


def dangling(members: dict[str, bytes]) -> list[str]:
    """Relative references of pages and stylesheets to what is not among the members."""
    found = []
    for name, content in members.items():
        text = content.decode("utf-8", "replace")
        references: list[str] = []
        if name.endswith(".html"):
            tree = LexborHTMLParser(text)
            for attribute in ("href", "src"):
                references += [node.attributes[attribute] or "" for node in tree.css(f"[{attribute}]")]
            for node in tree.css("[data-lists]"):
                references += (node.attributes["data-lists"] or "").split()
        elif name.endswith(".css"):
            references += _URL.findall(text) + re.findall(r"@import '([^']+)'", text)
        for reference in references:
            target = unquote(reference.partition("#")[0])
            if target and ":" not in target and _joined(name, target) not in members:
                found.append(f"{name}: {reference}")
    return found


def _joined(name: str, reference: str) -> str:
    parts = name.split("/")[:-1]
    for part in reference.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
