"""A whole output is looked at, and nothing of it changes by that."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

import crawler as package
from crawler.errors import DamageError, OutputBusyError, StorageError, UsageError
from crawler.flaw import FlawKind
from crawler.output import Output
from crawler.practice.serving import serve
from crawler.verification.checked import Checked
from crawler.verification.verifying import verification_of
from tests.cli.sites import QUICK
from tests.verification.looking import ask, crawled, flaws_of, found, only, tell
from tests.web import OWN, Crash, Web, crawl, links


def state_of(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file and folder of an output, to the byte and the instant."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mtime_ns,
            path.lstat().st_ino,
            b"" if path.is_dir() else path.read_bytes(),
        )
        for path in (folder, *folder.rglob("*"))
    }


@pytest.mark.parametrize("archive", [True, False])
async def test_nothing_changes(tmp_path: Path, archive: bool) -> None:
    await crawled(tmp_path, archive=archive)
    before = state_of(tmp_path)
    assert await flaws_of(tmp_path) == []
    assert state_of(tmp_path) == before


async def test_nothing_changes_after_a_kill(tmp_path: Path) -> None:
    await crawled(tmp_path)
    # Another connection keeps the log of the database alive, as a kill does.
    holder = sqlite3.connect(Output(tmp_path).database)
    holder.execute("UPDATE run SET outcome = 'max-pages'")
    holder.commit()
    assert (tmp_path / "crawl.db-wal").stat().st_size
    before = {name: each for name, each in state_of(tmp_path).items() if not name.endswith("-shm")}
    assert await flaws_of(tmp_path) == []
    after = {name: each for name, each in state_of(tmp_path).items() if not name.endswith("-shm")}
    assert after == before
    holder.close()


async def test_the_practice_site_has_no_flaw(tmp_path: Path) -> None:
    async with (
        serve(options=QUICK) as site,
        package.Crawl([site.url], output=tmp_path / "output", retries=0) as job,
    ):
        await job.run()
    assert [flaw for flaw in await flaws_of(tmp_path / "output") if flaw.is_fault] == []


async def test_it_counts_what_it_has_looked_at(tmp_path: Path) -> None:
    await crawled(tmp_path)
    async with verification_of(Output(tmp_path)) as verification:
        assert verification.checked == Checked()
        assert [flaw async for flaw in verification.flaws()] == []
        assert verification.checked == Checked(phase="mirror", urls=6, files=5, answers=6)


async def test_an_output_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no crawl"):
        await flaws_of(tmp_path)


@pytest.mark.parametrize("how", ["missing", "cut", "overwritten"])
async def test_a_damaged_database_is_refused(tmp_path: Path, how: str) -> None:
    await crawled(tmp_path)
    database = tmp_path / "crawl.db"
    if how == "missing":
        database.unlink()
    elif how == "cut":
        os.truncate(database, database.stat().st_size - 4096)
    else:
        with database.open("r+b") as file:
            file.seek(3 * 4096)
            file.write(b"\xff" * 4096)
    before = state_of(tmp_path)
    with pytest.raises(DamageError, match="crawl into this folder again"):
        await flaws_of(tmp_path)
    assert state_of(tmp_path) == before


async def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "crawl.db").write_bytes(b"")
    with pytest.raises(StorageError, match="no crawler database"):
        await flaws_of(tmp_path)


async def test_while_a_run_holds_it(tmp_path: Path) -> None:
    await crawled(tmp_path)
    with Output(tmp_path).hold(), pytest.raises(OutputBusyError, match="a run holds"):
        await flaws_of(tmp_path)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE total SET done = 7", "says that done are 7, but they are 6"),
        ("UPDATE total SET hosts = 3", "says that hosts are 3, but they are 1"),
        ("UPDATE host SET failed = 1", "counts the URLs of 127.0.0.1:8000 wrongly"),
        ("UPDATE url SET good_id = 99 WHERE id = 2", "shows the answer of another URL for"),
        ("UPDATE segment SET length = length - 1", "knows of answers behind the end that it has of"),
    ],
)
async def test_what_the_database_counts_wrongly(tmp_path: Path, statement: str, said: str) -> None:
    await crawled(tmp_path)
    tell(tmp_path, statement)
    wrong = [flaw for flaw in await flaws_of(tmp_path) if flaw.kind is FlawKind.WRONG_COUNT]
    assert len(wrong) == 1
    assert wrong[0].place == "crawl.db"
    assert said in wrong[0].what


async def test_a_database_that_counts_wrongly_is_rebuilt_as_is_said(tmp_path: Path) -> None:
    web = await crawled(tmp_path)
    tell(tmp_path, "UPDATE total SET done = 7")
    flaw = await only(tmp_path, FlawKind.WRONG_COUNT)
    assert "remove crawl.db and crawl again" in flaw.advice
    (tmp_path / "crawl.db").unlink()
    await crawl(web, tmp_path, OWN)
    assert await flaws_of(tmp_path) == []


async def test_report_and_start_page_that_are_gone(tmp_path: Path) -> None:
    web = await crawled(tmp_path)
    (report,) = (tmp_path / "reports").glob("*.json")
    report.unlink()
    (tmp_path / "index.html").unlink()
    assert await found(tmp_path) == {
        ("missing-report", f"reports/{report.name}"),
        ("missing-start-page", "index.html"),
    }
    await crawl(web, tmp_path, OWN)
    assert await flaws_of(tmp_path) == []


async def test_before_the_end_of_the_first_run_there_need_not_be_any(tmp_path: Path) -> None:
    def crash(_request: object) -> str:
        raise Crash

    web = Web({OWN: links("/a"), f"{OWN}a": crash})  # type: ignore[dict-item]
    with pytest.raises((Crash, BaseExceptionGroup)):
        await crawl(web, tmp_path, OWN)
    assert ask(tmp_path, "SELECT ended_at FROM run") == (None,)
    assert not {kind for kind, _ in await found(tmp_path)} & {"missing-report", "missing-start-page"}
