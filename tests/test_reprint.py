"""A reprint is the file of the mirror, made once more from what is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from crawler.body import Spool
from crawler.errors import StorageError
from crawler.model import Capture
from crawler.originals import Originals
from crawler.output import Output
from crawler.reprint import Press, Reprint
from crawler.study import Study
from tests.web import OWN, Web, crawl, entries, images, ledger, links, moved, typed

HOST = "127.0.0.1_8000"
PAGE = links("/a", "/b#part", "/gone", text=images("/i.png", "/lost.png"))


def site() -> Web:
    """A page, what it needs and where it leads."""
    return Web(
        {
            OWN: PAGE,
            f"{OWN}a": links("/"),
            f"{OWN}b": moved("/a"),
            f"{OWN}i.png": b"\x89PNG\r\n\x1a\n",
            f"{OWN}t": typed("plain", "text/plain"),
        }
    )


@asynccontextmanager
async def press_of(folder: Path, spool: Path) -> AsyncIterator[Press]:
    async with ledger(folder) as found, Study() as study:
        originals = Originals(Output(folder).archive, found, Spool(spool))
        yield Press(ledger=found, originals=originals, study=study)


async def reprint(folder: Path, url: str) -> Reprint | None:
    capture = await good(folder, url)
    async with press_of(folder, folder) as press:
        return await press.reprint(capture)


async def good(folder: Path, url: str) -> Capture:
    capture = (await entries(folder))[url].good
    assert capture is not None
    return capture


@pytest.mark.parametrize("archive", [True, False])
async def test_it_reads_as_the_file_does(tmp_path: Path, archive: bool) -> None:
    await crawl(site(), tmp_path, OWN, archive=archive)
    made = await reprint(tmp_path, OWN)
    assert made is not None
    assert made.body.read() == (tmp_path / "mirror" / HOST / "index.html").read_bytes()
    assert made.led == {
        f"{OWN}a": f"{HOST}/a~.html",
        f"{OWN}b": f"{HOST}/a~.html",
        f"{OWN}i.png": f"{HOST}/i.png",
    }
    assert made.embedded == {f"{OWN}i.png", f"{OWN}lost.png"}


async def test_what_holds_no_references_lies_as_it_was_sent(tmp_path: Path) -> None:
    web = site()
    await crawl(web, tmp_path, OWN, f"{OWN}t")
    assert await reprint(tmp_path, f"{OWN}i.png") is None
    assert await reprint(tmp_path, f"{OWN}t") is None


async def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN, mirror=False)
    assert await reprint(tmp_path, OWN) is None


async def test_a_lost_original_is_said(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN)
    for segment in (tmp_path / "archive").glob("*.warc.gz"):
        segment.unlink()
    with pytest.raises(StorageError, match="crawl it again"):
        await reprint(tmp_path, OWN)
