"""How much room an output takes, and when the disk has too little of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.errors import StorageError
from crawler.output import Output
from crawler.room import DiskUse, Reserve, disk_use
from tests.web import OWN, Web, crawl, links, states


def test_every_file_counts_once(tmp_path: Path) -> None:
    files = {
        "archive/20261122-182034-00000.warc.gz": 1000,
        "archive/index.cdxj": 10,
        "mirror/example.org/a/b.html": 200,
        "crawl.db": 300,
        "crawl.db-wal": 30,
        "reports/20261122-182034.json": 40,
        "crawl.log": 5,
        "index.html": 6,
        ".partial/1.body": 7,
    }
    for name, size in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    use = disk_use(Output(tmp_path))
    assert use == DiskUse(archive=1010, mirror=200, database=330, reports=40, others=18)
    assert use.total == sum(files.values())


def test_no_link_is_followed_and_what_is_not_there_takes_nothing(tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert disk_use(Output(output)).total == 0
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "large").write_bytes(bytes(100_000))
    (output / "mirror").mkdir(parents=True)
    (output / "mirror" / "link").symlink_to(tmp_path / "elsewhere")
    assert disk_use(Output(output)).mirror < 1000


def test_a_disk_with_less_than_its_reserve_is_said_in_one_line(tmp_path: Path) -> None:
    Reserve(tmp_path, None).check()
    Reserve(tmp_path, 0).check()
    found = os.statvfs(tmp_path)
    too_much = found.f_blocks * found.f_frsize + 1
    with pytest.raises(
        StorageError, match=r"left on this disk, and --min-free is .*; free some space, then run the same"
    ):
        Reserve(tmp_path, too_much).check()
    Reserve(tmp_path / "missing", too_much).check()


async def test_a_crawl_ends_before_the_disk_is_full_and_the_same_line_goes_on(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), f"{OWN}a": links()})
    with pytest.raises(StorageError, match="min-free"):
        await crawl(web, tmp_path, OWN, min_free=2**62)
    assert web.urls() == []
    report = await crawl(web, tmp_path, OWN)
    assert report.run.outcome == "finished"
    assert set(await states(tmp_path)) == {OWN, f"{OWN}a"}
