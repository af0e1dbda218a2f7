"""A lost or damaged database is made anew from the archive, and the crawl goes on as if nothing had been."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import DamageError, StorageError
from crawler.exchange import Request, Response
from crawler.model import UNKNOWN_DEPTH, State
from crawler.output import Output
from tests.mirrored import dangling
from tests.web import (
    OWN,
    Answer,
    Crash,
    Web,
    crawl,
    entries,
    entry_at,
    images,
    job_on,
    kept_below,
    ledger,
    links,
    moved,
    page,
    tagged,
    typed,
)

pytestmark = pytest.mark.long

PAGES = 12


def site() -> Web:
    """Pages in a row and a star, with pictures, a style, a redirect, a missing page, a sitemap, a header."""
    pages = {
        f"{OWN}{n}": links(
            "/", f"/{n + 1}", "/missing", "/moved", text=images(f"/{n}.png"), title=f"Page {n}"
        )
        for n in range(1, PAGES)
    }
    pictures = {f"{OWN}{n}.png": b"\x89PNG\r\n\x1a\n" + str(n).encode() for n in range(1, PAGES)}
    return Web(
        {
            f"{OWN}robots.txt": typed(f"Sitemap: {OWN}map.xml\n", "text/plain"),
            f"{OWN}map.xml": typed(f"<urlset><url><loc>{OWN}mapped</loc></url></urlset>", "application/xml"),
            f"{OWN}mapped": page("/quiet", headers=(("X-Robots-Tag", "nofollow"),)),
            OWN: links("/1", "/2", "/file.pdf", head='<link rel="stylesheet" href="/a.css">'),
            f"{OWN}a.css": typed("body{background:url(/back.png)}", "text/css"),
            f"{OWN}back.png": b"\x89PNG\r\n\x1a\nback",
            f"{OWN}file.pdf": typed(b"%PDF-1.4", "application/pdf", ("Link", "</behind>; rel=next")),
            f"{OWN}behind": links(),
            f"{OWN}moved": moved("/target"),
            f"{OWN}target": links("/7"),
            **pages,
            **pictures,
        }
    )


async def crash_after(web: Web, folder: Path, requests: int, **options: Any) -> None:
    told = web.fetch

    async def fetch(request: Request) -> Response:
        if len(web.asked) >= requests:
            raise Crash
        return await told(request)

    job = job_on(web, folder, OWN, **options)
    job._engine.fetch = fetch
    with suppress(BaseExceptionGroup, Crash):
        await job.run()


def lose(path: Path) -> None:
    path.unlink()


def no_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xa5" * 200)


def cut_short(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def nothing_left(path: Path) -> None:
    path.write_bytes(b"")


def header_alone(path: Path) -> None:
    """As a first run leaves it that was killed before its first checkpoint, and whose log was lost."""
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def mark(path: Path) -> None:
    Output(path.parent).damage_mark.touch()


DAMAGES = [lose, no_header, cut_short, nothing_left, header_alone, mark]


async def facts(folder: Path) -> dict[str, object]:
    return {
        url: (
            entry.state,
            entry.reason,
            entry.status,
            entry.candidate.depth,
            entry.candidate.hops,
            entry.candidate.via,
            entry.good
            and (
                entry.good.digest,
                entry.good.media_type,
                entry.good.charset,
                entry.good.title,
                entry.good.mirror_path,
            ),
        )
        for url, entry in (await entries(folder)).items()
    }


def destroy(database: Path, table: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        roots = "SELECT rootpage FROM sqlite_schema WHERE tbl_name = ?"
        pages = connection.execute(roots, (table,)).fetchall()
    with database.open("r+b") as file:
        for (number,) in pages:
            file.seek(4096 * (number - 1))
            file.write(b"\xa5" * 4096)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("requests", [3, 20, 30, 1000])
async def test_the_crawl_goes_on_as_if_nothing_had_been(
    tmp_path: Path, requests: int, damage: Callable[[Path], None]
) -> None:
    web, whole, out = site(), site(), tmp_path / "out"
    await crash_after(web, out, requests)
    finished = {
        url for url, entry in (await entries(out)).items() if entry.state in {State.DONE, State.FAILED}
    }
    is_over = requests == 1000
    damage(Output(out).database)
    web.forget()
    web.clock.advance(100)
    report = await crawl(web, out, OWN)
    (warning,) = report.warnings
    assert "it was rebuilt from" in warning
    assert report.run.outcome == "finished"
    if not is_over:
        assert (report.run.number, report.run.is_continued) == (1, True)
        assert not finished & set(web.urls())
    await crawl(whole, tmp_path / "whole", OWN)
    assert await facts(out) == await facts(tmp_path / "whole")
    assert kept_below(out) == kept_below(tmp_path / "whole")
    assert dangling(out / "mirror") == []
    async with ledger(out) as found, ledger(tmp_path / "whole") as wanted:
        assert len([each async for each in found.captures()]) >= len(
            [each async for each in wanted.captures()]
        )
        if not is_over:
            assert await found.refusals() == await wanted.refusals()
            assert (await found.counts()).pages == (await wanted.counts()).pages
    assert not list(out.glob("crawl.db.new*"))


async def test_an_ended_run_is_followed_by_a_new_one(tmp_path: Path) -> None:
    web = Web({OWN: tagged(links("/1")), f"{OWN}1": tagged(links("/2")), f"{OWN}2": tagged(links())})
    await crawl(web, tmp_path, OWN)
    lose(Output(tmp_path).database)
    web.forget()
    report = await crawl(web, tmp_path)
    assert (report.run.number, report.run.is_continued, report.seeds) == (2, False, 1)
    assert report.counts.unchanged == 3
    async with ledger(tmp_path) as found:
        first, second = await found.runs()
    assert (first.outcome, first.counts.pages, first.counts.done) == ("finished", 3, 3)
    assert second.outcome == "finished"
    assert {entry.state for entry in (await entries(tmp_path)).values()} == {State.DONE}


async def test_what_had_not_changed_stays_in_the_archive_of_the_interrupted_run(tmp_path: Path) -> None:
    web = Web({OWN: tagged(links(*(f"/{n}" for n in range(9))))})
    web.says |= {f"{OWN}{n}": tagged(links()) for n in range(9)}
    await crawl(web, tmp_path, OWN)
    web.forget()
    await crash_after(web, tmp_path, 6)
    kept = {path: path.read_bytes() for path in Output(tmp_path).archive.glob("*.warc.gz")}
    assert len(kept) == 2
    lose(Output(tmp_path).database)
    report = await crawl(web, tmp_path, OWN)
    assert report.run.is_continued
    assert [path.name for path, before in kept.items() if not path.read_bytes().startswith(before)] == []
    (warning,) = report.warnings
    assert "it was rebuilt from" in warning


async def test_a_stopped_run_is_continued_with_its_counts(tmp_path: Path) -> None:
    web = site()
    job = job_on(web, tmp_path, OWN)

    def stopping(_: Request) -> Answer:
        job.stop()
        return page("/8")

    web.says[f"{OWN}7"] = stopping
    before = await job.run()
    assert before.run.outcome == "stopped"
    lose(Output(tmp_path).database)
    report = await crawl(web, tmp_path, OWN)
    assert (report.run.number, report.run.is_continued, report.run.outcome) == (1, True, "finished")
    assert report.counts.pages == PAGES + 3


async def test_a_budget_of_pages_counts_what_was_rebuilt(tmp_path: Path) -> None:
    web = site()
    await crash_after(web, tmp_path, 12, max_pages=6)
    lose(Output(tmp_path).database)
    report = await crawl(web, tmp_path, OWN, max_pages=6)
    assert (report.run.outcome, report.counts.pages) == ("max-pages", 6)
    found = (await entries(tmp_path)).values()
    assert sum(bool(each.good and each.good.media_type == "text/html") for each in found) == 6


async def test_what_an_older_run_left_in_the_queue_is_found_again(tmp_path: Path) -> None:
    web = Web({OWN: tagged(links(*(f"/{n}" for n in range(9))))})
    web.says |= {f"{OWN}{n}": tagged(links()) for n in range(9)}
    await crawl(web, tmp_path, OWN, max_pages=3)
    await crawl(web, tmp_path, OWN, max_pages=3)
    lose(Output(tmp_path).database)
    await crawl(web, tmp_path, OWN)
    assert {entry.state for entry in (await entries(tmp_path)).values()} == {State.DONE}
    assert len(await entries(tmp_path)) == 10


async def test_an_archive_that_does_not_tell_how_urls_were_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web, whole, out = site(), site(), tmp_path / "out"
    monkeypatch.setattr("crawler.archive.records.PATH_FIELD", "X-Other")
    await crash_after(web, out, 30)
    finished = {url for url, entry in (await entries(out)).items() if entry.state is State.DONE}
    lose(Output(out).database)
    web.forget()
    await crawl(web, out, OWN)
    assert not finished & set(web.urls())
    await crawl(whole, tmp_path / "whole", OWN)
    assert await facts(out) == await facts(tmp_path / "whole")


async def test_where_nothing_leads_to_a_page_any_more_its_depth_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.archive.records.PATH_FIELD", "X-Other")
    web = Web({OWN: links("/old"), f"{OWN}old": links("/older"), f"{OWN}older": links()})
    await crawl(web, tmp_path, OWN)
    web.says[OWN] = links()
    lose(Output(tmp_path).database)
    await crawl(web, tmp_path, OWN)
    assert (await entry_at(tmp_path, f"{OWN}old")).candidate.depth == UNKNOWN_DEPTH
    assert (await entry_at(tmp_path, OWN)).candidate.depth == 0


async def test_a_picture_whose_file_did_not_land_gets_it(tmp_path: Path) -> None:
    web = Web(
        {
            OWN: links(text=images("/a.png", "/b.png")),
            f"{OWN}a.png": b"\x89PNG a",
            f"{OWN}b.png": b"\x89PNG b",
        }
    )
    await crash_after(web, tmp_path, 1000)
    whole = kept_below(tmp_path)
    mirror = Output(tmp_path).mirror
    next(mirror.rglob("a.png")).unlink()
    next(mirror.rglob("b.png")).write_bytes(b"\x89PNG of another time")
    next(Output(tmp_path).reports.glob("*.json")).unlink()
    lose(Output(tmp_path).database)
    web.forget()
    await crawl(web, tmp_path, OWN)
    assert web.urls() == []
    assert kept_below(tmp_path) == whole


async def test_what_was_doubted_is_no_good_copy_afterwards_either(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), f"{OWN}a": links("/", title="Ay")})
    await crawl(web, tmp_path, OWN)
    web.says[f"{OWN}a"] = links(title="Page not found")
    await crawl(web, tmp_path, OWN)
    before, whole = (await entries(tmp_path))[f"{OWN}a"], kept_below(tmp_path)
    lose(Output(tmp_path).database)
    web.says[f"{OWN}a"] = 503
    await crawl(web, tmp_path, OWN, retries=0)
    after = (await entries(tmp_path))[f"{OWN}a"]
    assert before.good is not None and after.good is not None  # noqa: PT018
    assert after.good.digest == before.good.digest
    assert kept_below(tmp_path) == whole


async def test_without_an_archive_it_begins_anew_and_says_so(tmp_path: Path) -> None:
    web = site()
    await crawl(web, tmp_path, OWN, archive=False)
    database = Output(tmp_path).database
    old = database.read_bytes()
    no_header(database)
    report = await crawl(web, tmp_path, OWN, archive=False)
    (warning,) = report.warnings
    assert (
        "no archive to rebuild it from: the crawl begins anew, the mirror stays, the old one is kept"
        in warning
    )
    (aside,) = tmp_path.glob("crawl.db.damaged-*")
    assert aside.read_bytes()[200:] == old[200:]
    assert report.run.number == 1


async def test_without_an_archive_a_lost_one_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN, archive=False)
    lose(Output(tmp_path).database)
    report = await crawl(site(), tmp_path, OWN, archive=False)
    assert [warning for warning in report.warnings if "is missing, and there is no archive" in warning]


async def test_what_is_set_aside_never_overwrites_anything(tmp_path: Path) -> None:
    web = site()
    for count in range(3):
        await crash_after(web, tmp_path, 5)
        no_header(Output(tmp_path).database)
        web.clock._now = 1_000_000_000.0 + count / 10
    await crawl(web, tmp_path, OWN)
    names = {
        path.name for path in tmp_path.glob("crawl.db.damaged-*") if not path.name.endswith(("wal", "shm"))
    }
    stamp = "crawl.db.damaged-20010909-014640"
    assert names == {stamp, f"{stamp}-2", f"{stamp}-3"}


async def test_a_rebuilding_that_was_killed_is_begun_again(tmp_path: Path) -> None:
    web = site()
    await crash_after(web, tmp_path, 20)
    database = Output(tmp_path).database
    database.rename(tmp_path / "crawl.db.new")
    (tmp_path / "crawl.db.new-wal").write_bytes(b"half")
    report = await crawl(web, tmp_path, OWN)
    assert "is missing: it was rebuilt" in report.warnings[0]
    assert report.counts.pages == PAGES + 3


async def test_a_kill_while_the_old_one_is_set_aside_leaves_it_disbelieved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web, output, rename = site(), Output(tmp_path), Path.rename

    def dying(path: Path, target: Path) -> Path:
        if path == output.database:
            raise Crash
        return rename(path, target)

    await crash_after(web, tmp_path, 20)
    log = tmp_path / "crawl.db-wal"
    log.write_bytes(b"\xa5" * 4096)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", dying)
        with pytest.raises(Crash):
            await crawl(web, tmp_path, OWN)
    assert (log.exists(), output.database.exists()) == (False, True)
    report = await crawl(web, tmp_path, OWN)
    assert "is damaged: it was rebuilt" in report.warnings[0]
    assert not output.damage_mark.exists()


async def test_what_was_damaged_and_is_gone_casts_no_doubt_on_the_next_one(tmp_path: Path) -> None:
    Output(tmp_path).damage_mark.touch()
    report = await crawl(site(), tmp_path, OWN, archive=False)
    assert "is missing, and there is no archive" in report.warnings[0]
    assert (await crawl(site(), tmp_path, OWN, archive=False)).warnings == ()


async def test_a_database_that_knows_less_than_the_archive_is_not_believed(tmp_path: Path) -> None:
    web = Web({OWN: links(*(f"/{n}" for n in range(200))), **{f"{OWN}{n}": links() for n in range(200)}})
    await crash_after(web, tmp_path, 3)
    database = Output(tmp_path).database
    old = database.read_bytes()
    web.forget()
    await crash_after(web, tmp_path, 1000)
    next(Output(tmp_path).reports.glob("*.json")).unlink()
    finished = {url for url, entry in (await entries(tmp_path)).items() if entry.state is State.DONE}
    assert len(finished) > 100
    database.write_bytes(old)
    web.forget()
    report = await crawl(web, tmp_path, OWN)
    assert "knows less than the archive" in report.warnings[0]
    assert not finished & set(web.urls())


async def test_damage_met_on_the_way_ends_the_crawl_and_the_next_one_rebuilds(tmp_path: Path) -> None:
    web = site()
    await crash_after(web, tmp_path, 25)
    destroy(Output(tmp_path).database, "url")
    with pytest.raises(DamageError, match=r"is damaged .* rebuilt from the archive"):
        await crawl(web, tmp_path, OWN)
    assert Output(tmp_path).damage_mark.exists()
    report = await crawl(web, tmp_path, OWN)
    assert not Output(tmp_path).damage_mark.exists()
    assert report.counts.pages == PAGES + 3
    assert (await crawl(web, tmp_path, OWN)).warnings == ()


@pytest.mark.parametrize(("table", "archive"), [("page_target", True), ("original", False)])
async def test_damage_met_while_links_are_repaired_does_so_too(
    tmp_path: Path, table: str, *, archive: bool
) -> None:
    web = Web({OWN: tagged(links("/a", "/b")), f"{OWN}a": [404, moved("/b")], f"{OWN}b": tagged(links())})
    await crawl(web, tmp_path, OWN, archive=archive)
    destroy(Output(tmp_path).database, table)
    with pytest.raises(DamageError, match="is damaged"):
        await crawl(web, tmp_path, OWN, archive=archive)
    assert web.count(f"{OWN}a") == 2
    report = await crawl(web, tmp_path, OWN, archive=archive)
    assert "is damaged" in report.warnings[0]


@pytest.mark.parametrize("content", [b"my diary", b"SQLite format 3\0 of another kind" * 40])
async def test_a_file_of_somebody_else_is_refused(tmp_path: Path, content: bytes) -> None:
    Output(tmp_path).database.write_bytes(content)
    with pytest.raises(StorageError, match="another output folder"):
        await crawl(site(), tmp_path, OWN)
    assert Output(tmp_path).database.read_bytes() == content


async def test_a_database_of_somebody_else_is_refused_even_beside_an_archive(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN)
    database = Output(tmp_path).database
    database.unlink()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")
    with pytest.raises(StorageError, match="no crawler database; give another output folder"):
        await crawl(site(), tmp_path, OWN)


async def test_what_is_no_segment_of_ours_is_passed_over_and_told(tmp_path: Path) -> None:
    web = site()
    await crash_after(web, tmp_path, 10)
    for name in "abcd":
        (Output(tmp_path).archive / f"{name}.warc.gz").write_bytes(b"of another tool")
    lose(Output(tmp_path).database)
    report = await crawl(web, tmp_path, OWN)
    assert [warning.rpartition(": ")[2] for warning in report.warnings if "passed over" in warning] == [
        "a.warc.gz, b.warc.gz, c.warc.gz, ..."
    ]
    assert (Output(tmp_path).archive / "a.warc.gz").read_bytes() == b"of another tool"


@pytest.mark.parametrize("report", ["{}", "no json", '{"outcome": 3, "ended_at": 4, "counts": 5}'])
async def test_a_report_that_says_nothing_leaves_the_run_interrupted(tmp_path: Path, report: str) -> None:
    web = site()
    await crawl(web, tmp_path, OWN)
    next(Output(tmp_path).reports.glob("*.json")).write_text(report)
    lose(Output(tmp_path).database)
    web.forget()
    assert (await crawl(web, tmp_path, OWN)).run.is_continued
    assert web.urls() == []


async def test_a_new_output_is_nothing_to_speak_of(tmp_path: Path) -> None:
    assert (await crawl(site(), tmp_path, OWN)).warnings == ()
