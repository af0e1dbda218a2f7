"""What picked pages need is found, in one step after the other."""

from __future__ import annotations

from pathlib import Path

from crawler.body import Spool
from crawler.export.excerpt import needed_by
from crawler.originals import Originals
from crawler.reprint import Press
from crawler.study import Study
from tests.export.outputs import dump_of, site
from tests.web import OWN, Web, crawl, images, links


async def needed(folder: Path, *urls: str) -> set[str]:
    async with dump_of(folder, *urls) as dump, Study() as study:
        originals = Originals(dump.output.archive, dump.ledger, Spool())
        press = Press(ledger=dump.ledger, originals=originals, study=study)
        return {path.partition("/")[2] for path in await needed_by(dump, press)}


async def test_stylesheets_fonts_and_frames_but_no_links(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN)
    assert await needed(tmp_path, OWN) == {"index.html", "i.png"}
    wanted = {"a~.html", "s.css", "deep.css", "f.ttf", "bg.png", "f~.html", "in-frame.png"}
    assert await needed(tmp_path, f"{OWN}a") == wanted


async def test_pages_that_need_each_other_come_to_an_end(tmp_path: Path) -> None:
    frame = '<iframe src="/{}"></iframe>'.format
    web = Web({OWN: links(text=frame("a")), f"{OWN}a": links(text=frame("") + images("/x.png"))})
    web.says[f"{OWN}x.png"] = b"\x89PNG"
    await crawl(web, tmp_path, OWN)
    assert await needed(tmp_path, OWN) == {"index.html", "a~.html", "x.png"}
