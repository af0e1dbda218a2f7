"""The end of a run: outcome, report, start page, index; and what it says when it cannot write them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import NoReturn

import pytest

from crawler.errors import StorageError
from crawler.frontier.sqlite import SqliteFrontier
from crawler.model import State
from tests.web import OWN, Answer, Crash, Web, crawl, images, ledger, links, page


def site() -> Web:
    return Web({OWN: links("/a", "/b", text=images("/x.png")), f"{OWN}a": links(), f"{OWN}x.png": b"\x89PNG"})


async def test_it_leaves_a_report_a_start_page_and_an_index(tmp_path: Path) -> None:
    report = await crawl(site(), tmp_path, OWN)
    told = json.loads((tmp_path / "reports" / f"{report.run.name}.json").read_text())
    assert told["outcome"] == "finished"
    assert told["failures"] == {"http_404": 1}
    assert told["counts"]["pages"] == 2
    assert (tmp_path / "index.html").is_file()
    assert list((tmp_path / "archive").glob("*.cdxj"))
    assert not list(tmp_path.rglob("*.part"))
    assert not list((tmp_path / ".partial").iterdir())


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ({}, "finished"),
        ({"max_pages": 1}, "max-pages"),
        ({"max_pages": 2}, "finished"),
        ({"max_pages_per_host": 1}, "max-pages"),
        ({"max_bytes": 0, "concurrency": 1}, "max-bytes"),
    ],
)
async def test_its_outcome(tmp_path: Path, options: dict[str, int], outcome: str) -> None:
    web = site()
    web.says[OWN] = links("/a", text=images("/x.png"))
    report = await crawl(web, tmp_path, OWN, **options)
    assert report.run.outcome == outcome
    assert report.exit_code() == 0
    async with ledger(tmp_path) as found:
        assert [run.outcome for run in await found.runs()] == [outcome]


async def test_every_run_has_a_name_of_its_own(tmp_path: Path) -> None:
    web = site()
    names = [(await crawl(web, tmp_path, OWN)).run.name for _ in range(3)]
    assert len(set(names)) == 3
    assert sorted(names) == names
    assert {path.stem for path in (tmp_path / "reports").glob("*.json")} == set(names)


async def test_runs_of_one_second_have_a_report_each(tmp_path: Path) -> None:
    web = site()
    web.clock.advance = lambda seconds: None  # type: ignore[method-assign]
    first, second, third = [(await crawl(web, tmp_path, OWN)).run for _ in range(3)]
    assert [second.name, third.name] == [f"{first.name}-2", f"{first.name}-3"]
    for run in (first, second, third):
        told = json.loads((tmp_path / "reports" / f"{run.name}.json").read_text())
        assert (told["run"], told["number"]) == (run.name, run.number)
        assert list((tmp_path / "archive").glob(f"{run.name}-00???.warc.gz"))


async def test_seeds_are_told_that_did_not_come_in(tmp_path: Path) -> None:
    web = site()
    gone = "http://127.0.0.2:8000/"
    report = await crawl(web, tmp_path, OWN, gone)
    assert [(each.url, each.state, each.reason, each.status) for each in report.bad_seeds] == [
        (gone, State.FAILED, "http_404", 404)
    ]
    assert report.exit_code() == 3
    assert report.exit_code(90) == 0


async def test_where_the_report_cannot_be_written_everything_else_is_stored(tmp_path: Path) -> None:
    web = site()

    def obstructing(_: object) -> Answer:
        (tmp_path / "reports").write_text("in the way")
        return page()

    web.says[f"{OWN}a"] = obstructing
    with pytest.raises(StorageError, match="everything else is stored, run the same line again") as caught:
        await crawl(web, tmp_path, OWN)
    assert caught.value.exit_code == 1
    (tmp_path / "reports").unlink()
    web.says[f"{OWN}a"] = links()
    web.forget()
    report = await crawl(web, tmp_path, OWN)
    assert report.exit_code() == 0
    assert (report.run.number, report.run.is_continued) == (1, True)
    assert web.urls() == []


async def test_a_run_that_is_over_has_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before the end of the run is written down, it goes on, and its report is written anew."""

    def dies(_: object, __: str) -> NoReturn:
        raise Crash

    web = site()
    with monkeypatch.context() as patch:
        patch.setattr(SqliteFrontier, "close_run", dies)
        with pytest.raises((Crash, BaseExceptionGroup)):
            await crawl(web, tmp_path, OWN)
    (path,) = (tmp_path / "reports").glob("*.json")
    told = json.loads(path.read_text())
    assert (told["outcome"], told["continued"], told["counts"]["pages"]) == ("finished", False, 2)
    web.forget()
    report = await crawl(web, tmp_path, OWN)
    assert web.urls() == []
    again = json.loads(path.read_text())
    assert (again["number"], again["outcome"], again["continued"]) == (1, "finished", True)
    assert again["counts"] == told["counts"] == dataclasses.asdict(report.counts)


async def test_without_archive_there_is_no_index(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN, archive=False)
    assert not (tmp_path / "archive").exists()


async def test_a_torn_archive_is_cut_and_said(tmp_path: Path) -> None:
    web = site()
    await crawl(web, tmp_path, OWN)
    (segment,) = (tmp_path / "archive").glob("*.warc.gz")
    whole = segment.read_bytes()
    segment.write_bytes(whole + b"\x1f\x8b torn")
    report = await crawl(web, tmp_path, OWN)
    assert report.warnings == ("cut 7 torn bytes of the archive that an interrupted run left",)
    assert segment.read_bytes() == whole
