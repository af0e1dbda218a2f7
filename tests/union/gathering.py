"""Gather folders as `crawler gather` does, and say what a gathered output holds."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crawler.archive.records import Records
from crawler.archive.recovery import segments_in
from crawler.archive.torn import whole_members
from crawler.flaw import REMARKS, Flaw
from crawler.output import Output
from crawler.union.source import sources_of
from crawler.union.union import Gathered, Union
from crawler.verification.verifying import verification_of
from tests.web import OWN, Web, entries, images, kept_below, ledger, links, moved, page, typed

__all__ = ["files_of", "flaws_of", "gather", "picture", "site", "split", "untouched", "worker"]

PAGES = 8


def site() -> Web:
    """Pages in a row and a star, with pictures, a style, redirects, failures, a sitemap, links in headers."""
    pages = {
        f"{OWN}{n}": links(
            "/", f"/{n + 1}", "/missing", "/moved", text=images(f"/{n}.png"), title=f"Page {n}"
        )
        for n in range(1, PAGES)
    }
    pictures = {f"{OWN}{n}.png": b"\x89PNG\r\n\x1a\n" + str(n).encode() for n in range(1, PAGES)}
    return Web(
        {
            f"{OWN}robots.txt": typed(
                f"User-agent: *\nDisallow: /secret\nSitemap: {OWN}map.xml\n", "text/plain"
            ),
            f"{OWN}map.xml": typed(f"<urlset><url><loc>{OWN}mapped</loc></url></urlset>", "application/xml"),
            f"{OWN}mapped": page("/quiet", headers=(("X-Robots-Tag", "nofollow"),)),
            OWN: links("/1", "/2", "/secret", "/film.mp4", "https://elsewhere.example/", "/away"),
            f"{OWN}a.css": typed("body{background:url(/back.png)}", "text/css"),
            f"{OWN}film.mp4": typed(b"film", "video/mp4"),
            f"{OWN}moved": moved("/target"),
            f"{OWN}away": moved("https://elsewhere.example/there"),
            f"{OWN}target": links("/7"),
            **pages,
            **pictures,
        }
    )


def worker(output: Path, folder: Path) -> Path:
    """A folder as a worker of a shared crawl leaves it: the archive and the log of an output."""
    folder.mkdir()
    for name in ("archive", "reports"):
        if (output / name).is_dir():
            shutil.copytree(output / name, folder / name)
    (folder / "archive" / "index.cdxj").unlink(missing_ok=True)
    shutil.copy(output / "crawl.log", folder / "crawl.log")
    return folder


async def gather(output: Path, *folders: Path, mirror: bool = True) -> Gathered:
    """Gather into an output."""
    place = Output(output)
    sources = sources_of(folders, output)
    place.prepare()
    with place.hold():
        return await Union(sources, place, mirror=mirror).gather()


async def picture(folder: Path) -> dict[str, Any]:
    """What an output holds, but for where records lie and in which order URLs were met."""
    told: dict[str, Any] = {}
    for url, entry in (await entries(folder)).items():
        good, way = entry.good, entry.candidate
        kept = None if good is None else (good.digest, int(good.captured_at), good.mirror_path, good.title)
        told[url] = (entry.state, entry.status, entry.reason, way.depth, way.hops, way.via, kept)
    async with ledger(folder) as found:
        counts = await found.counts()
        told["refused"] = {(each.rule, each.host, each.links) for each in await found.refusals()}
        told["seeds"] = {(each.url, each.state) async for each in found.seeds()}
        told["runs"] = [each.name for each in await found.runs()]
        told["captures"] = sorted([(each.url, each.digest) async for each in found.captures()])
    told["work"] = (counts.pages, counts.unchanged)
    told["mirror"] = kept_below(folder)
    return told


async def flaws_of(folder: Path) -> list[Flaw]:
    """What `crawler verify` finds damaged."""
    async with verification_of(Output(folder)) as verification:
        return [flaw async for flaw in verification.flaws() if flaw.kind not in REMARKS]


def files_of(*folders: Path) -> dict[str, str]:
    """Every file below some folders, by its digest."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }


@contextmanager
def untouched(folders: Iterable[Path]) -> Iterator[None]:
    """See that what is done meanwhile changes no file of the folders."""
    named = list(folders)
    before = files_of(*named)
    yield
    assert files_of(*named) == before


def split(output: Path, *folders: Path, wanders: int = 1) -> list[Path]:
    """Folders of workers that have crawled together what one output holds: each has a part of answers and lines.

    Args:
        output: of a crawl.
        folders: to be made; answers go to them in turn.
        wanders: how many answers go to the same one before the next has its turn.
    """
    for folder in folders:
        (folder / "archive").mkdir(parents=True)
        if (output / "reports").is_dir():
            shutil.copytree(output / "reports", folder / "reports")
    turn = 0
    for path in segments_in(output / "archive"):
        octets = path.read_bytes()
        members = list(whole_members(path))
        _, told = members[:2]
        parts = [_opened(path.name) for _ in folders]
        for part in parts:
            part.extend(octets[told.start : told.end])
        for asked, answer in zip(members[2::2], members[3::2], strict=True):
            parts[turn // wanders % len(folders)] += octets[asked.start : answer.end]
            turn += 1
        for folder, part in zip(folders, parts, strict=True):
            # Of the same name, as crawls of one second have it.
            (folder / "archive" / path.name).write_bytes(part)
    lines = (output / "crawl.log").read_bytes().splitlines(keepends=True)
    for place, folder in enumerate(folders):
        (folder / "crawl.log").write_bytes(b"".join(lines[place :: len(folders)]))
    return list(folders)


def _opened(name: str) -> bytearray:
    """The record that opens a segment."""
    octets = bytearray()
    records = Records("tests")
    records.write(records.warcinfo(name), octets.extend)
    return octets
