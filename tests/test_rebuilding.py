"""A lost or damaged database is made anew from the archive, and the crawl goes on as if nothing had been."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from crawler.exchange import Request, Response
from crawler.model import State
from crawler.output import Output
from tests.mirrored import dangling
from tests.web import (
    OWN,
    Crash,
    Web,
    crawl,
    entries,
    images,
    job_on,
    kept_below,
    ledger,
    links,
    moved,
    page,
    typed,
)

PAGES = 12


def site() -> Web:
    """Pages in a row and a star, with pictures, a style, a redirect, a missing page, a sitemap, a header."""
    pages = {
        f"{OWN}{n}": links(
            "/", f"/{n + 1}", "/missing", "/moved", text=images(f"/{n}.png"), title=f"Page {n}"
        )
        for n in range(1, PAGES)
    }
    pictures = {f"{OWN}{n}.png": b"\x89PNG\r\n\x1a\n" + str(n).encode() for n in range(1, PAGES)}
    return Web(
        {
            f"{OWN}robots.txt": typed(f"Sitemap: {OWN}map.xml\n", "text/plain"),
            f"{OWN}map.xml": typed(f"<urlset><url><loc>{OWN}mapped</loc></url></urlset>", "application/xml"),
            f"{OWN}mapped": page("/quiet", headers=(("X-Robots-Tag", "nofollow"),)),
            OWN: links("/1", "/2", "/file.pdf", head='<link rel="stylesheet" href="/a.css">'),
            f"{OWN}a.css": typed("body{background:url(/back.png)}", "text/css"),
            f"{OWN}back.png": b"\x89PNG\r\n\x1a\nback",
            f"{OWN}file.pdf": typed(b"%PDF-1.4", "application/pdf", ("Link", "</behind>; rel=next")),
            f"{OWN}behind": links(),
            f"{OWN}moved": moved("/target"),
            f"{OWN}target": links("/7"),
            **pages,
            **pictures,
        }
    )


async def crash_after(web: Web, folder: Path, requests: int, **options: Any) -> None:
    told = web.fetch

    async def fetch(request: Request) -> Response:
        if len(web.asked) >= requests:
            raise Crash
        return await told(request)

    job = job_on(web, folder, OWN, **options)
    job._engine.fetch = fetch
    with suppress(BaseExceptionGroup, Crash):
        await job.run()


def lose(path: Path) -> None:
    path.unlink()


def no_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xa5" * 200)


def cut_short(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def nothing_left(path: Path) -> None:
    path.write_bytes(b"")


def mark(path: Path) -> None:
    Output(path.parent).damage_mark.touch()


DAMAGES = [lose, no_header, cut_short, nothing_left, mark]


async def facts(folder: Path) -> dict[str, object]:
    return {
        url: (
            entry.state,
            entry.reason,
            entry.status,
            entry.candidate.depth,
            entry.candidate.hops,
            entry.candidate.via,
            entry.good
            and (
                entry.good.digest,
                entry.good.media_type,
                entry.good.charset,
                entry.good.title,
                entry.good.mirror_path,
            ),
        )
        for url, entry in (await entries(folder)).items()
    }


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("requests", [3, 20, 30, 1000])
async def test_the_crawl_goes_on_as_if_nothing_had_been(
    tmp_path: Path, requests: int, damage: Callable[[Path], None]
) -> None:
    web, whole, out = site(), site(), tmp_path / "out"
    await crash_after(web, out, requests)
    finished = {
        url for url, entry in (await entries(out)).items() if entry.state in {State.DONE, State.FAILED}
    }
    is_over = requests == 1000
    damage(Output(out).database)
    web.forget()
    web.clock.advance(100)
    report = await crawl(web, out, OWN)
    (warning,) = report.warnings
    assert "it was rebuilt from" in warning
    assert report.run.outcome == "finished"
    if not is_over:
        assert (report.run.number, report.run.is_continued) == (1, True)
        assert not finished & set(web.urls())
    await crawl(whole, tmp_path / "whole", OWN)
    assert await facts(out) == await facts(tmp_path / "whole")
    assert kept_below(out) == kept_below(tmp_path / "whole")
    assert dangling(out / "mirror") == []
    async with ledger(out) as found, ledger(tmp_path / "whole") as wanted:
        assert len([each async for each in found.captures()]) >= len(
            [each async for each in wanted.captures()]
        )
        if not is_over:
            assert await found.refusals() == await wanted.refusals()
            assert (await found.counts()).pages == (await wanted.counts()).pages
    assert not list(out.glob("crawl.db.new*"))
