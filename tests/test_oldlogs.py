"""A long crawl.log is put away between runs, and no line of it is lost or doubled."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import pytest

from crawler.errors import StorageError
from crawler.oldlogs import drop_logs, put_away
from crawler.options import KeepOptions
from tests.web import OWN, Crash, Web, crawl, job_on, links

FIRST, SECOND, THIRD = "20261122-000000", "20261122-000000-2", "20261123-000000"


def logs(folder: Path) -> dict[str, str]:
    return {
        path.name: (
            gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        ).decode()
        for path in folder.glob("crawl.log*")
    }


def test_a_short_one_stays(tmp_path: Path) -> None:
    journal = tmp_path / "crawl.log"
    put_away(journal, FIRST, KeepOptions(log_bytes=1))
    journal.write_text("short\n")
    put_away(journal, FIRST, KeepOptions(log_bytes=7))
    put_away(journal, "", KeepOptions(log_bytes=1))
    assert logs(tmp_path) == {"crawl.log": "short\n"}


def test_a_long_one_is_packed_under_the_name_of_its_run(tmp_path: Path) -> None:
    journal = tmp_path / "crawl.log"
    journal.write_text("lines\n")
    put_away(journal, FIRST, KeepOptions(log_bytes=6))
    assert logs(tmp_path) == {f"crawl.log-{FIRST}.gz": "lines\n"}


def test_the_oldest_of_too_many_go(tmp_path: Path) -> None:
    journal = tmp_path / "crawl.log"
    for name in (FIRST, SECOND, THIRD):
        journal.write_text(name)
        put_away(journal, name, KeepOptions(log_bytes=1, keep_logs=2))
    assert logs(tmp_path) == {f"crawl.log-{name}.gz": name for name in (SECOND, THIRD)}
    drop_logs(journal, THIRD)
    assert logs(tmp_path) == {f"crawl.log-{THIRD}.gz": THIRD}
    journal.write_text("x")
    put_away(journal, "20261124-000000", KeepOptions(log_bytes=1, keep_logs=0))
    assert logs(tmp_path) == {}


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    journal = tmp_path / "crawl.log"
    (tmp_path / "crawl.log-notes").write_text("mine")
    (tmp_path / f"crawl.log-{FIRST}.gz").symlink_to(tmp_path / "crawl.log-notes")
    put_away(journal, THIRD, KeepOptions(keep_logs=0))
    drop_logs(journal, THIRD)
    assert {path.name for path in tmp_path.iterdir()} == {"crawl.log-notes", f"crawl.log-{FIRST}.gz"}


@pytest.mark.parametrize("step", ["copyfileobj", "replace", "unlink"])
def test_killed_at_any_step_no_line_is_lost_or_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    journal, text = tmp_path / "crawl.log", "line\n" * 1000
    journal.write_text(text)

    def die(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        place: object = shutil if step == "copyfileobj" else Path
        patch.setattr(place, step, die)
        if step == "unlink":
            # There is nothing in the way of the part, which is looked at first.
            patch.setattr(Path, "unlink", lambda self, **terms: None if terms else die())
        with pytest.raises(Crash):
            put_away(journal, FIRST, KeepOptions(log_bytes=1))
    assert not journal.exists()
    put_away(journal, "", KeepOptions(log_bytes=1))
    assert logs(tmp_path) == {f"crawl.log-{FIRST}.gz": text}


def test_a_disk_that_fails_is_said_in_one_line(tmp_path: Path) -> None:
    journal = tmp_path / "crawl.log"
    journal.write_text("lines")
    (tmp_path / f"crawl.log-{FIRST}").mkdir()
    with pytest.raises(StorageError, match="run the same line again"):
        put_away(journal, FIRST, KeepOptions(log_bytes=1))
    assert journal.read_text() == "lines"


async def test_each_run_keeps_its_own_log_until_the_next_begins(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), f"{OWN}a": links()})
    first = await crawl(web, tmp_path, OWN, log_bytes=1)
    text = (tmp_path / "crawl.log").read_text()
    await crawl(web, tmp_path, OWN, log_bytes=1)
    assert logs(tmp_path)[f"crawl.log-{first.run.name}.gz"] == text
    assert (tmp_path / "crawl.log").read_text().count(" 200 ") == text.count(" 200 ")


async def test_a_run_that_goes_on_goes_on_in_its_log(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), f"{OWN}a": links()})
    job = job_on(web, tmp_path, OWN)
    job.stop("stopped")
    await job.run()
    (tmp_path / "crawl.log").write_text("x" * 100)
    await crawl(web, tmp_path, OWN, log_bytes=1)
    assert list(logs(tmp_path)) == ["crawl.log"]


async def test_with_a_run_its_log_goes(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), f"{OWN}a": links()})
    for _ in range(4):
        await crawl(web, tmp_path, OWN, log_bytes=1, keep_runs=2)
    assert len(logs(tmp_path)) == 2


def test_the_packed_log_is_on_the_disk_before_the_other_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, plain = tmp_path / "crawl.log", tmp_path / f"crawl.log-{FIRST}"
    journal.write_text("lines\n")
    flushed: list[tuple[bool, dict[str, str]]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").resolve()
        text = gzip.decompress(path.read_bytes()).decode() if path.is_file() else ""
        flushed.append((plain.exists(), {path.name: text}))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    put_away(journal, FIRST, KeepOptions(log_bytes=6))
    assert flushed == [(True, {f"{plain.name}.gz.part": "lines\n"}), (True, {tmp_path.name: ""})]
