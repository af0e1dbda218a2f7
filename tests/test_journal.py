"""crawl.log: one line a URL, fixed fields, and nothing from the network can break a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import landing
from crawler.clock import ManualClock, iso_utc
from crawler.errors import StorageError
from crawler.frontier.memory import MemoryFrontier
from crawler.frontier.protocol import RunPlan
from crawler.frontier.sqlite import SqliteFrontier
from crawler.journal import Journal, journal_line, trim_journal
from crawler.landing import Landed
from crawler.model import Candidate, Capture, Disposition, Finish, Lease, State
from tests.disk import files_up_to
from tests.web import OWN, Crash, Web, crawl, links

NOW = 1_000_000_000.0


def landed(
    disposition: Disposition, *, url: str = "http://a.example/", via: str | None = None, hops: str = ""
) -> Landed:
    candidate = Candidate(url=url, key=url, host="a.example", via=via, hops=hops)
    return Landed(lease=Lease(candidate=candidate, token=1, attempt=1, expires_at=0), disposition=disposition)


def capture(media_type: str = "text/html") -> Capture:
    return Capture(
        url="http://a.example/",
        captured_at=0,
        status=200,
        media_type=media_type,
        size_bytes=12,
        digest="sha256:ab",
    )


@pytest.mark.parametrize(
    ("done", "line"),
    [
        (
            landed(
                Disposition(state=State.DONE, status=200, capture=capture()),
                via="http://b.example/",
                hops="LL",
            ),
            "2001-09-09T01:46:40Z 200 12 text/html LL http://a.example/ http://b.example/ sha256:ab done",
        ),
        (
            landed(Disposition(state=State.DONE, status=304, reason="unchanged")),
            "2001-09-09T01:46:40Z 304 - - - http://a.example/ - - done unchanged",
        ),
        (
            landed(Disposition(state=State.DONE, reason="redirect to http://b.example/")),
            "2001-09-09T01:46:40Z - - - - http://a.example/ - - done redirect to http://b.example/",
        ),
        (
            landed(Disposition(state=State.FAILED, reason="timeout: no answer in 60 s")),
            "2001-09-09T01:46:40Z timeout - - - http://a.example/ - - failed timeout: no answer in 60 s",
        ),
        (
            landed(Disposition(state=State.QUEUED, reason="http_503", status=503)),
            "2001-09-09T01:46:40Z 503 - - - http://a.example/ - - retry http_503",
        ),
        (
            landed(Disposition(state=State.EXCLUDED, reason="robots: line 2: Disallow: /")),
            "2001-09-09T01:46:40Z robots - - - http://a.example/ - - excluded robots: line 2: Disallow: /",
        ),
        (
            landed(Disposition(state=State.QUEUED, reason="robots.txt first", counts_attempt=False)),
            "2001-09-09T01:46:40Z robots.txt_first - - - http://a.example/ - - retry robots.txt first",
        ),
    ],
)
def test_its_fields(done: Landed, line: str) -> None:
    assert journal_line(done, NOW) == line


@given(st.text(max_size=50), st.text(max_size=50))
def test_nothing_from_the_network_starts_a_line_or_moves_the_cursor(reason: str, media_type: str) -> None:
    done = Disposition(state=State.FAILED, reason=reason, capture=capture(media_type))
    line = journal_line(landed(done), NOW)
    assert line.isprintable()
    fields = line.split(" ", 8)
    assert len(fields) == 9
    assert fields[5] == "http://a.example/"
    assert fields[8].startswith("failed")


@pytest.mark.parametrize("evil", ["a\nb", "a\r\nb", "\x1b[2J", "\x00", "\u2028", "\u202e", "\x85", "\ud800"])
def test_controls_are_written_out(evil: str) -> None:
    line = journal_line(landed(Disposition(state=State.FAILED, reason=f"x: {evil}y")), NOW)
    assert line.isprintable()
    assert evil not in line
    assert "\\" in line


def test_lines_are_appended(tmp_path: Path) -> None:
    path = tmp_path / "crawl.log"
    for _ in range(2):
        with Journal(path, ManualClock()) as journal:
            journal.write(["one", "two \u00e9"])
            assert path.read_text(encoding="utf-8").endswith("two \u00e9\n")
    assert path.read_text(encoding="utf-8") == "one\ntwo \u00e9\n" * 2


@pytest.mark.parametrize("torn", ["2001-09-09T01", "é"])
def test_a_torn_line_is_ended_before_the_next(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "crawl.log"
    path.write_text(f"one\n{torn}", encoding="utf-8")
    with Journal(path, ManualClock()) as journal:
        journal.write(["two"])
    assert path.read_text(encoding="utf-8") == f"one\n{torn}\ntwo\n"


def test_a_disk_without_room_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "crawl.log"
    with Journal(path, ManualClock()) as journal:
        journal.write(["one"])
        with files_up_to(4), pytest.raises(StorageError, match=f"^{path}: File too large; free some space"):
            journal.write(["two"])
        journal.write(["three"])
    assert path.read_text(encoding="utf-8") == "one\nthree\n"


def test_one_that_cannot_be_opened_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "crawl.log").mkdir()
    with pytest.raises(StorageError, match="Is a directory"), Journal(tmp_path / "crawl.log", ManualClock()):
        pass


async def test_a_crawl_writes_a_line_for_each_answer(tmp_path: Path) -> None:
    web = Web({OWN: links("/a", "/b"), f"{OWN}a": links(), f"{OWN}b": 404})
    await crawl(web, tmp_path, OWN)
    lines = [line.split(" ", 8) for line in (tmp_path / "crawl.log").read_text().splitlines()]
    assert sorted((line[5], line[1]) for line in lines if "first" not in line[8]) == [
        (OWN, "200"),
        (f"{OWN}a", "200"),
        (f"{OWN}b", "404"),
    ]
    assert {line[6] for line in lines} == {"-", OWN}


def told(folder: Path) -> list[str]:
    """The URLs of the lines that say of one what became of it."""
    lines = [line.split(" ") for line in (folder / "crawl.log").read_text().splitlines()]
    assert [line for line in lines if len(line) < 9] == []
    return sorted(line[5] for line in lines if line[8] != "retry")


@pytest.mark.parametrize("finishes", [0, 1, 2])
@pytest.mark.parametrize("is_told", [True, False])
async def test_a_kill_before_or_after_the_frontier_is_told_neither_loses_nor_doubles_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finishes: int, *, is_told: bool
) -> None:
    web = Web({OWN: links("/a", "/b"), f"{OWN}a": links("/c"), f"{OWN}b": 404, f"{OWN}c": links()})
    await crawl(web, tmp_path, OWN)
    finish, left = SqliteFrontier.finish, finishes

    async def dies(self: SqliteFrontier, group: Sequence[Finish]) -> None:
        nonlocal left
        left -= 1
        if left >= 0 or is_told:
            await finish(self, group)
        if left < 0:
            raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(SqliteFrontier, "finish", dies)
        patch.setattr(landing, "GROUP", 1)
        with pytest.raises((Crash, BaseExceptionGroup)):
            await crawl(web, tmp_path, OWN, concurrency=1)
    await crawl(web, tmp_path, OWN, concurrency=1)
    assert told(tmp_path) == sorted([OWN, f"{OWN}a", f"{OWN}b", f"{OWN}c"] * 2)


async def test_of_a_killed_run_only_what_is_torn_or_unknown_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "crawl.log"
    frontier = MemoryFrontier(ManualClock())
    run = await frontier.open_run(RunPlan(name="r"))
    await frontier.add([Candidate(url=f"{OWN}{n}", key=f"{OWN}{n}", host="h") for n in range(2)])
    (lease,) = (await frontier.claim(1)).leases
    await frontier.finish([Finish(lease=lease, disposition=Disposition(state=State.DONE))])
    finished = lease.candidate.url
    (waiting,) = {f"{OWN}0", f"{OWN}1"} - {finished}
    before, since = "1970-01-01T00:00:00Z", iso_utc(run.started_at)
    kept = [
        f"{before} 200 - - - {waiting} - - done\n",
        "a remark of somebody's\n",
        f"{since} 503 - - - {waiting} - - retry http_503\n",
        f"{since} 200 - - - {finished} - - done\n",
    ]
    cut = [f"{since} 200 - - - {waiting} - - done\n", f"{since} 404 - - - {OWN}x - - failed http_404\n"]
    path.write_text(kept[0] + kept[1] + cut[0] + kept[2] + cut[1] + kept[3] + "torn")
    assert await trim_journal(path, frontier, run) == 3
    assert path.read_text() == "".join(kept)
    assert await trim_journal(path, frontier, run) == 0
    assert await trim_journal(tmp_path / "absent", frontier, run) == 0


async def test_lines_of_what_is_queued_again_to_be_read_stay(tmp_path: Path) -> None:
    path, clock = tmp_path / "crawl.log", ManualClock()
    frontier = MemoryFrontier(clock)
    run = await frontier.open_run(RunPlan(name="r"))
    await frontier.add([Candidate(url=OWN, key=OWN, host="h")])
    line = f"{iso_utc(clock.now())} 200 - - - {OWN} - - done\n"
    clock.advance(2)
    (lease,) = (await frontier.claim(1)).leases
    await frontier.finish([Finish(lease=lease, disposition=Disposition(state=State.DONE, leads_on=True))])
    await frontier.open_run(RunPlan(name="r", options="other"))
    clock.advance(2)
    unknown = f"{iso_utc(clock.now())} 200 - - - {OWN} - - done\n"
    path.write_text(line + unknown)
    assert await trim_journal(path, frontier, run) == 1
    assert path.read_text() == line


async def test_what_went_back_for_another_try_in_the_same_second_is_not_what_the_line_says(
    tmp_path: Path,
) -> None:
    path, clock = tmp_path / "crawl.log", ManualClock()
    frontier = MemoryFrontier(clock)
    run = await frontier.open_run(RunPlan(name="r"))
    await frontier.add([Candidate(url=OWN, key=OWN, host="h")])
    (lease,) = (await frontier.claim(1)).leases
    again = Disposition(state=State.QUEUED, reason="robots.txt first")
    await frontier.finish([Finish(lease=lease, disposition=again)])
    retry = f"{iso_utc(clock.now())} robots.txt_first - - - {OWN} - - retry robots.txt first\n"
    path.write_text(f"{retry}{iso_utc(clock.now())} 200 - - - {OWN} - - done\n")
    assert await trim_journal(path, frontier, run) == 1
    assert path.read_text() == retry


async def test_of_a_long_log_only_the_end_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "crawl.log"
    old = ("x" * 99 + "\n") * 20_000
    path.write_text(old + "torn")
    frontier = MemoryFrontier(ManualClock())
    run = await frontier.open_run(RunPlan(name="r"))
    assert await trim_journal(path, frontier, run) == 1
    assert path.read_text() == old
