"""Answers of many segments come in the order in which they were given."""

from __future__ import annotations

from pathlib import Path

from crawler.body import Spool
from crawler.union.timeline import answers_in_order
from tests.union.gathering import site, split
from tests.web import OWN, crawl


async def test_by_when_they_began_and_from_offsets_on(tmp_path: Path) -> None:
    web = site()
    for said in ("1", "2", "3"):
        web.says[f"{OWN}{said}"] = [str(web.says[f"{OWN}{said}"])]
    await crawl(web, tmp_path / "one", OWN, per_host=1, delay=3)
    folders = split(tmp_path / "one", tmp_path / "w0", tmp_path / "w1", tmp_path / "w2")
    (whole,) = (tmp_path / "one" / "archive").glob("*.warc.gz")
    paths = [path for folder in folders for path in (folder / "archive").glob("*.warc.gz")]
    told = list(answers_in_order({whole: 0}, Spool()))
    found = list(answers_in_order(dict.fromkeys(paths, 0), Spool()))
    assert [each.response.url for each in found] == [each.response.url for each in told]
    begun = [each.response.started_at for each in found]
    assert begun == sorted(begun)
    first = next(each for each in found if each.location.segment == paths[0].name)
    rest = answers_in_order({paths[0]: first.location.offset + first.location.length}, Spool())
    assert first.response.url not in {each.response.url for each in rest}
