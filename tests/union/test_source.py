"""What may be gathered from, and what it tells of its runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import UsageError
from crawler.union.source import run_as_told, sources_of
from tests.union.gathering import site, split
from tests.web import OWN, crawl


def test_each_folder_once_in_any_order(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "archive").mkdir(parents=True)
    named = [tmp_path / "b", tmp_path / "a", tmp_path / "b" / ".." / "b"]
    assert [each.folder.resolve().name for each in sources_of(named, tmp_path / "out")] == ["a", "b"]
    with pytest.raises(UsageError, match="from and into"):
        sources_of(named, tmp_path / "b")


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "archive").write_text("a file where the archive should be")
    assert sources_of([tmp_path / "a"], tmp_path / "out")[0].segments() == []


async def test_a_run_has_ended_where_any_source_says_so(tmp_path: Path) -> None:
    await crawl(site(), tmp_path / "made", OWN, retries=0)
    one, other = split(tmp_path / "made", tmp_path / "one", tmp_path / "other")
    (report,) = (one / "reports").glob("*.json")
    told = run_as_told(report.stem, sources_of([one, other], tmp_path))
    assert (told.outcome, told.ended_at is None) == ("finished", False)
    report.unlink()
    assert run_as_told(report.stem, sources_of([one, other], tmp_path)) == told
    (other / "reports" / report.name).unlink()
    told = run_as_told(report.stem, sources_of([one, other], tmp_path))
    assert (told.outcome, told.ended_at) == ("", None)
