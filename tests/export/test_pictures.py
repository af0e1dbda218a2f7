"""A folder of pictures: of every page that was rendered, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import UsageError
from crawler.export.pictures import write_pictures
from tests.export.outputs import dump_of
from tests.rendered import PaperBrowser, crawl_rendered, shell, shows
from tests.verification.looking import segment_of
from tests.web import OWN, Web, links, tagged, typed


@pytest.fixture
def web() -> Web:
    web = Web(
        {
            OWN: links("/a", "/b/c.html"),
            f"{OWN}app.js": typed(shows("<p>It is lit at dusk"), "text/javascript"),
        }
    )
    web.says |= {f"{OWN}{name}": tagged(shell("/app.js")) for name in ("a", "b/c.html")}
    return web


async def test_a_folder_of_pictures(tmp_path: Path, web: Web) -> None:
    output, folder = tmp_path / "output", tmp_path / "pictures"
    for _ in range(2):
        await crawl_rendered(web, output, OWN, browser=PaperBrowser(), screenshots=True)
    async with dump_of(output) as dump:
        assert await write_pictures(dump, folder) == ()
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.png")}
    assert set(found) == {"127.0.0.1_8000/a~.html.png", "127.0.0.1_8000/b/c.html.png"}
    assert set(found.values()) == {b"\x89PNG picture"}


async def test_none(tmp_path: Path, web: Web) -> None:
    await crawl_rendered(web, tmp_path, OWN, browser=PaperBrowser())
    async with dump_of(tmp_path) as dump:
        with pytest.raises(UsageError, match="holds no pictures; crawl with --render auto --screenshots"):
            await write_pictures(dump, tmp_path / "pictures")


async def test_one_that_is_lost_is_told(tmp_path: Path, web: Web) -> None:
    output = tmp_path / "output"
    await crawl_rendered(web, output, OWN, browser=PaperBrowser(), screenshots=True)
    segment_of(output).unlink()
    async with dump_of(output) as dump:
        (note,) = await write_pictures(dump, tmp_path / "pictures")
    assert note.startswith("2 pictures could not be read, the first: ")
