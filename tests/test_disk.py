"""A disk that is full or broken under a whole crawl: it stops, says so, and room lets the same line go on."""

from __future__ import annotations

import errno
import os
import random
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from crawler.errors import StateError
from crawler.model import State
from crawler.report import Report
from tests.disk import files_up_to
from tests.mirrored import dangling
from tests.web import OWN, Answer, Web, crawl, images, links, states, typed

ROOM_BYTES = 500_000
PAGES = 40
NOISE = random.Random(20261122)


def picture(size_bytes: int) -> Answer:
    """An image that cannot be packed."""
    return typed(b"\x89PNG\r\n\x1a\n" + NOISE.randbytes(size_bytes), "image/png")


def site(*, picture_bytes: int = 100, links_a_page: int = 1) -> Web:
    """Pages in a row, each with a picture of its own and links to what is not there."""
    web = Web()
    for n in range(PAGES):
        missing = (f"/missing/{n}/{each}/{'x' * 200}" for each in range(links_a_page))
        web.says[OWN if n == 0 else f"{OWN}{n}"] = links(f"/{n + 1}", *missing, text=images(f"/{n}.png"))
        web.says[f"{OWN}{n}.png"] = picture(picture_bytes)
    return web


async def fails(web: Web, folder: Path, **options: object) -> str:
    with pytest.raises(StateError) as caught:
        await crawl(web, folder, OWN, **options)
    assert caught.value.exit_code == 1
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def goes_on(web: Web, folder: Path, **options: object) -> Report:
    """The same line again finishes the crawl, and asks for nothing that was finished."""
    finished = await states(folder, State.DONE, State.FAILED)
    web.forget()
    report = await crawl(web, folder, OWN, **options)
    assert not finished.keys() & set(web.urls())
    assert report.run.number == 1
    assert report.run.outcome == "finished"
    assert report.counts.pages == PAGES
    assert not list(folder.rglob("*.part"))
    return report


@pytest.mark.parametrize(
    ("full", "web", "room_bytes", "options"),
    [
        ("archive", site(picture_bytes=100_000), 2_000_000, {"mirror": False}),
        ("mirror/", site(picture_bytes=ROOM_BYTES + 1), ROOM_BYTES, {"archive": False}),
        ("crawl.db", site(links_a_page=60), ROOM_BYTES, {"archive": False, "mirror": False}),
    ],
    ids=["archive", "mirror", "database"],
)
async def test_no_room(
    tmp_path: Path, full: str, web: Web, room_bytes: int, options: dict[str, bool]
) -> None:
    with files_up_to(room_bytes):
        message = await fails(web, tmp_path, **options)
    assert full in message
    assert message.endswith("run the same line again")
    await goes_on(web, tmp_path, **options)
    if options.get("mirror", True):
        assert dangling(tmp_path / "mirror") == []


async def test_no_room_for_the_log(tmp_path: Path) -> None:
    log = tmp_path / "crawl.log"
    with log.open("wb") as file:
        file.write(b"of an earlier run\n")
        file.truncate(2 * ROOM_BYTES)
        file.seek(0, os.SEEK_END)
        file.write(b"\n")
    web = site()
    with files_up_to(ROOM_BYTES):
        message = await fails(web, tmp_path)
    assert message == f"{log}: File too large; free some space, then run the same line again"
    await goes_on(web, tmp_path)


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EDQUOT], ids=errno.errorcode.get)
async def test_bytes_that_do_not_reach_the_disk_are_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def broken(_: int) -> NoReturn:
        raise OSError(number, os.strerror(number))

    web = site()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync" if hasattr(os, "fdatasync") else "fsync", broken)
        message = await fails(web, tmp_path)
    assert os.strerror(number) in message
    assert await states(tmp_path, State.DONE, State.FAILED) == {}
    assert list((tmp_path / "mirror").iterdir()) == []
    await goes_on(web, tmp_path)


@pytest.mark.parametrize("options", [{}, {"archive": False}, {"mirror": False}], ids=str)
@pytest.mark.parametrize("page", [0, 1, PAGES // 2])
async def test_an_output_that_is_deleted_is_not_half_made_again(
    tmp_path: Path, page: int, options: dict[str, bool]
) -> None:
    web, output = site(), tmp_path / "output"
    url = OWN if page == 0 else f"{OWN}{page}"
    told = web.says[url]

    def deleting(_: object) -> Answer:
        # Gone at one instant, whoever writes a file there meanwhile.
        output.rename(tmp_path / "gone")
        shutil.rmtree(tmp_path / "gone")
        return typed(str(told), "text/html")

    web.says[url] = deleting
    message = await fails(web, output, **options)
    assert str(output) in message
    assert not output.exists()
    web.says[url] = told
    report = await crawl(web, output, OWN, **options)
    assert report.counts.pages == PAGES
