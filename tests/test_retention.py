"""Old runs are let go of, and nothing that is needed: whole or killed at any step."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from crawler.archive.reader import read_body
from crawler.body import Spool
from crawler.flaw import Flaw
from crawler.frontier.ledger import SqliteLedger
from crawler.frontier.retaining import Retaining
from crawler.output import Output
from crawler.urls import identity
from crawler.verification.verifying import verification_of
from tests.archive.samples import kinds, records
from tests.web import OWN, Crash, Web, crawl, links, tagged

PAGES = ("still", "early", "often", "gone")


def web_of() -> Web:
    """A page that never changes, one that did once, one that always does, one that goes; none small."""
    web = Web({OWN: tagged(links(*(f"/{name}" for name in PAGES)))})
    set_night(web, 1)
    return web


def set_night(web: Web, night: int) -> None:
    filler = "".join(f"<p>{number * 7919 % 10_007}" for number in range(3000))
    web.says[f"{OWN}still"] = tagged(f"<title>still</title>{filler}")
    web.says[f"{OWN}early"] = tagged(f"<title>early {min(night, 2)}</title>{filler}")
    web.says[f"{OWN}often"] = tagged(f"<title>often {night}</title>{filler}")
    web.says[f"{OWN}gone"] = 404 if night > 2 else tagged(f"<title>gone</title>{filler}")


async def nights(web: Web, folder: Path, count: int, *, first: int = 1, **options: Any) -> list[Any]:
    reports = []
    for night in range(first, first + count):
        set_night(web, night)
        reports.append(await crawl(web, folder, OWN, **options))
        web.clock.advance(86_400)
    return reports


async def titles(folder: Path) -> dict[str, list[str]]:
    """What of each page can be read from the archive, by its name."""
    ledger = await SqliteLedger.open(Output(folder).database)
    found = {}
    try:
        for name in PAGES:
            captures = await ledger.captures_of(identity(OWN + name))
            bodies = [
                read_body(folder / "archive", each, Spool()).read() for each in captures if each.is_good
            ]
            found[name] = [body.partition(b"<title>")[2].partition(b"<")[0].decode() for body in bodies]
    finally:
        await ledger.close()
    return found


async def faults(folder: Path) -> list[Flaw]:
    async with verification_of(Output(folder)) as verification:
        return [flaw async for flaw in verification.flaws() if flaw.is_fault]


def archive_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "archive").glob("*.warc.gz"))


def rows(folder: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "crawl.db")) as connection:
        return connection.execute(sql).fetchall()


async def test_without_a_wish_everything_is_kept(tmp_path: Path) -> None:
    await nights(web_of(), tmp_path, 4)
    found = await titles(tmp_path)
    assert found["often"] == [f"often {night}" for night in (1, 2, 3, 4)]
    assert len(rows(tmp_path, "SELECT * FROM run")) == 4


async def test_the_last_runs_stay_and_what_they_need_of_older_ones(tmp_path: Path) -> None:
    web = web_of()
    before = await nights(web, tmp_path, 5)
    whole = archive_bytes(tmp_path)
    (report,) = await nights(web, tmp_path, 1, first=6, keep_runs=2)
    assert await titles(tmp_path) == {
        "still": ["still"],
        "early": ["early 2"],
        "often": ["often 5", "often 6"],
        "gone": ["gone"],
    }
    assert [number for (number,) in rows(tmp_path, "SELECT number FROM run")] == [5, 6]
    lying = {path.name.removesuffix(".json") for path in (tmp_path / "reports").glob("*.json")}
    assert lying == {before[-1].run.name, report.run.name}
    assert archive_bytes(tmp_path) < whole
    assert any(line.startswith("let go of 4 old runs, ") for line in report.warnings)
    assert await faults(tmp_path) == []
    assert (tmp_path / "archive" / "index.cdxj").read_text().count(f"{OWN}often") == 2


async def test_what_a_kept_run_found_unchanged_is_kept_though_it_changed_since(tmp_path: Path) -> None:
    """Night 2 brings `early 2`, nights 3 and 4 confirm it, night 5 replaces it."""
    web = web_of()
    await nights(web, tmp_path, 4)
    set_night(web, 5)
    web.says[f"{OWN}early"] = tagged("<title>late</title>" + "<p>another word" * 1000)
    await crawl(web, tmp_path, OWN, keep_runs=2)
    assert (await titles(tmp_path))["early"] == ["early 2", "late"]
    await crawl(web, tmp_path, OWN, keep_runs=1)
    assert (await titles(tmp_path))["early"] == ["late"]
    assert await faults(tmp_path) == []


@pytest.mark.long
async def test_every_kept_revisit_refers_to_an_answer_that_is_there(tmp_path: Path) -> None:
    await nights(web_of(), tmp_path, 6, keep_runs=3)
    there, wanted = set(), set()
    for path in (tmp_path / "archive").glob("*.warc.gz"):
        for record, _ in records(path):
            told = record.rec_headers.get_header
            if record.rec_type == "response":
                there.add((told("WARC-Target-URI"), told("WARC-Date")))
            elif record.rec_type == "revisit":
                wanted.add((told("WARC-Refers-To-Target-URI"), told("WARC-Refers-To-Date")))
    assert wanted
    assert wanted <= there


@pytest.mark.long
async def test_days_count_too(tmp_path: Path) -> None:
    web = web_of()
    await nights(web, tmp_path, 4)
    await nights(web, tmp_path, 1, first=5, keep_days=2)
    assert [number for (number,) in rows(tmp_path, "SELECT number FROM run")] == [4, 5]
    web.clock.advance(86_400 * 30)
    await nights(web, tmp_path, 1, first=6, keep_days=2, keep_runs=4)
    assert [number for (number,) in rows(tmp_path, "SELECT number FROM run")] == [6]


@pytest.mark.long
async def test_the_oldest_go_until_the_output_is_small_enough(tmp_path: Path) -> None:
    web = web_of()
    await nights(web, tmp_path, 6)
    most = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) - 3_000
    (report,) = await nights(web, tmp_path, 1, first=7, max_disk=most)
    numbers = [number for (number,) in rows(tmp_path, "SELECT number FROM run")]
    assert 1 not in numbers
    assert len(numbers) > 1
    (report,) = await nights(web, tmp_path, 1, first=8, max_disk=1)
    assert rows(tmp_path, "SELECT number FROM run") == [(8,)]
    assert any("more than --max-disk; what is left" in line for line in report.warnings)
    assert (await titles(tmp_path))["still"] == ["still"]
    assert await faults(tmp_path) == []


@pytest.mark.long
async def test_what_is_needed_whole_is_not_copied_night_after_night(tmp_path: Path) -> None:
    web = web_of()
    await nights(web, tmp_path, 4, keep_runs=1)
    old = {path.name: path.stat().st_ino for path in (tmp_path / "archive").glob("*.warc.gz")}
    await nights(web, tmp_path, 1, first=5, keep_runs=1)
    now = {path.name: path.stat().st_ino for path in (tmp_path / "archive").glob("*.warc.gz")}
    oldest = min(old)
    assert kinds(tmp_path / "archive" / oldest)[0] == "warcinfo"
    assert now[oldest] == old[oldest]


@pytest.mark.long
async def test_a_rebuilt_database_knows_the_same(tmp_path: Path) -> None:
    web = web_of()
    await nights(web, tmp_path, 5, keep_runs=2)
    expected = await titles(tmp_path)
    for path in tmp_path.glob("crawl.db*"):
        path.unlink()
    web.forget()
    await crawl(web, tmp_path, OWN)
    assert await titles(tmp_path) == expected
    assert await faults(tmp_path) == []
    assert rows(tmp_path, f"SELECT state, status FROM url WHERE url = '{OWN}gone'") == [("failed", 404)]


@pytest.mark.long
async def test_without_an_archive_old_originals_go(tmp_path: Path) -> None:
    web = web_of()
    await nights(web, tmp_path, 4, archive=False)
    assert len(rows(tmp_path, "SELECT * FROM original")) > 7
    await nights(web, tmp_path, 1, first=5, archive=False, keep_runs=1)
    kept = rows(
        tmp_path, "SELECT url, title FROM capture JOIN url ON url.id = url_id WHERE capture.status = 200"
    )
    assert sorted(title for url, title in kept if url != OWN and title) == [
        "early 2",
        "gone",
        "often 5",
        "still",
    ]
    originals = rows(tmp_path, "SELECT digest FROM original")
    assert {digest for (digest,) in originals} <= {d for (d,) in rows(tmp_path, "SELECT digest FROM capture")}
    assert await faults(tmp_path) == []


@pytest.mark.long
async def test_a_segment_that_cannot_be_read_is_kept_whole(tmp_path: Path) -> None:
    web = web_of()
    await nights(web, tmp_path, 3)
    first = min((tmp_path / "archive").glob("*.warc.gz"))
    cut = first.read_bytes()[:-5_000]
    first.write_bytes(cut)
    (report,) = await nights(web, tmp_path, 1, first=4, keep_runs=1)
    assert any("kept whole, as not all that is needed" in line for line in report.warnings)
    assert first.read_bytes() == cut
    assert all(length for (length,) in rows(tmp_path, "SELECT length FROM segment"))


STEPS = ("expect", "replace", "forget", "drop_runs")


class Dying:
    """Lets the process die before or after the Nth step that changes something, from the letting go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        self._left = number
        self._has_begun = False
        monkeypatch.setattr(Retaining, "runs", self._beginning(Retaining.runs))
        for name in STEPS:
            monkeypatch.setattr(Retaining, name, self._around(getattr(Retaining, name)))
        monkeypatch.setattr(Path, "unlink", self._around(Path.unlink))
        monkeypatch.setattr(os, "fsync", self._around(os.fsync))

    def _around(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **terms: Any) -> Any:
            self._count()
            result = step(*arguments, **terms)
            self._count()
            return result

        return call

    def _beginning(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self._has_begun = True
            return step(*arguments)

        return call

    def _count(self) -> None:
        self._left -= self._has_begun
        if self._left == 0:
            raise Crash

    @property
    def has_died(self) -> bool:
        return self._left <= 0


@pytest.mark.long
async def test_killed_at_any_step_the_same_line_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown, web = tmp_path / "grown", web_of()
    await nights(web, grown, 4)
    set_night(web, 5)
    number, has_died = 0, True
    while has_died:
        number += 1
        folder = tmp_path / str(number)
        shutil.copytree(grown, folder)
        with monkeypatch.context() as patch:
            dying = Dying(patch, number)
            with suppress(Crash):
                await crawl(web, folder, OWN, keep_runs=2)
            has_died = dying.has_died
        if has_died:
            web.forget()
            await crawl(web, folder, OWN, keep_runs=2)
            assert web.urls() == []
        assert await titles(folder) == {
            "still": ["still"],
            "early": ["early 2"],
            "often": ["often 4", "often 5"],
            "gone": ["gone"],
        }
        assert len(rows(folder, "SELECT * FROM run")) == 2
        assert all(length for (length,) in rows(folder, "SELECT length FROM segment"))
        assert await faults(folder) == []
        shutil.rmtree(folder)
    assert number > 20
