"""The database lets go of old runs in steps, each of which leaves it whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import StorageError
from crawler.frontier.database import open_database
from crawler.frontier.retaining import RetainedRun, Retaining

URL = (
    "INSERT INTO url (id, key_hash, url, host_id, state, depth, hops, is_linked, is_embedded, good_id, last_id)"
    " VALUES (?, ?, ?, 1, 'done', 0, '', 1, 0, ?, ?)"
)
CAPTURE = (
    "INSERT INTO capture (id, url_id, run, captured_at, status, media_type, charset, content_type, size_bytes, digest,"
    " segment, offset, length, title) VALUES (?, ?, ?, 0, ?, '', '', '', 1, ?, ?, ?, 10, '')"
)
OLD, NEW = "20261122-000000-00000.warc.gz", "20261122-000000-00001.warc.gz"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three runs: of one URL an answer each, another answered in the first alone, a third is gone since."""
    path = tmp_path / "crawl.db"
    with closing(open_database(path)) as connection:
        connection.execute("INSERT INTO host (name, done) VALUES ('example.org', 3)")
        runs = [(f"2026112{day}-000000", day, day + 0.5 if day < 4 else None) for day in (2, 3, 4)]
        connection.executemany(
            "INSERT INTO run (name, started_at, ended_at, options) VALUES (?, ?, ?, '{}')", runs
        )
        urls = [(1, b"1", "https://example.org/1", 3, 3), (2, b"2", "https://example.org/2", 4, 4)]
        connection.executemany(URL, [*urls, (3, b"3", "https://example.org/3", 5, 6)])
        connection.executemany(
            CAPTURE,
            [
                (1, 1, 1, 200, "a", OLD, 70),
                (2, 1, 2, 200, "b", "20261123-000000-00000.warc.gz", 5),
                (3, 1, 3, 200, "c", "20261124-000000-00000.warc.gz", 5),
                (4, 2, 1, 200, "d", OLD, 50),
                (5, 3, 1, 200, "e", OLD, 30),
                (6, 3, 2, 404, "f", "20261123-000000-00000.warc.gz", 25),
            ],
        )
        connection.execute(f"INSERT INTO segment VALUES ('{OLD}', 80)")
        connection.execute("INSERT INTO refusal VALUES (1, 'scope', 'a', 1), (3, 'scope', 'a', 1)")
    return path


@pytest.fixture
def retaining(path: Path) -> Iterator[Retaining]:
    with Retaining(path) as retaining:
        yield retaining


def rows(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def test_runs_are_told_with_when_they_ended_or_began(retaining: Retaining) -> None:
    assert retaining.runs()[0] == RetainedRun(number=1, name="20261122-000000", last_at=2.5)
    assert [run.last_at for run in retaining.runs()] == [2.5, 3.5, 4]


@pytest.mark.parametrize(("first_kept", "needed"), [(3, [5, 4]), (2, [5, 4]), (1, [5, 4, 1])])
def test_what_is_shown_now_or_was_when_the_first_kept_run_was_over_is_needed(
    retaining: Retaining, first_kept: int, needed: list[int]
) -> None:
    """The first answer of the first URL is needed only while a run in which nothing changed it is kept."""
    retaining.look_through([OLD], first_kept)
    found, size_bytes = retaining.needed(OLD)
    expected = needed if first_kept > 1 else [5, 4]
    assert list(found) == expected
    assert size_bytes == 10 * len(expected)
    assert [each.digest for each in retaining.captures(found)] == ["e", "d"]


def test_a_redirect_that_was_shown_then_and_the_copy_before_it_are_needed(path: Path) -> None:
    with closing(open_database(path)) as connection:
        connection.execute(
            "UPDATE capture SET status = 301, redirect_to = 'https://example.org/2' WHERE id = 2"
        )
        connection.execute("UPDATE capture SET run = 1, segment = ? WHERE id = 2", (OLD,))
    with Retaining(path) as retaining:
        # When run 2 was over, an answer that nothing had changed referred to the first, and the second was shown.
        retaining.look_through([OLD], 2)
        assert sorted(retaining.needed(OLD)[0]) == [1, 2, 4, 5]


def test_a_doubted_answer_is_not_what_was_shown(path: Path) -> None:
    with closing(open_database(path)) as connection:
        connection.execute("UPDATE capture SET doubt = 'login_wall: x', segment = ? WHERE id = 2", (OLD,))
    with Retaining(path) as retaining:
        retaining.look_through([OLD], 2)
        assert sorted(retaining.needed(OLD)[0]) == [1, 4, 5]


def test_each_step_is_on_the_disk_when_it_ends(retaining: Retaining) -> None:
    assert retaining._db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_segment_is_replaced_in_one_step(path: Path, retaining: Retaining) -> None:
    retaining.look_through([OLD], 3)
    retaining.expect(NEW)
    assert retaining.segments() == {OLD: 80, NEW: 0}
    retaining.replace(OLD, NEW, 60, [(5, 20), (4, 40)])
    assert retaining.segments() == {OLD: 0, NEW: 60}
    lying = rows(path, f"SELECT id, offset FROM capture WHERE segment = '{NEW}' ORDER BY id")
    assert lying == [(4, 40), (5, 20)]
    assert rows(path, f"SELECT count(*) FROM capture WHERE segment = '{OLD}'") == [(0,)]
    retaining.forget(OLD)
    retaining.forget(NEW)
    assert retaining.segments() == {NEW: 60}


def test_a_segment_of_which_nothing_is_needed_goes(path: Path, retaining: Retaining) -> None:
    retaining.look_through([OLD], 3)
    retaining.replace(OLD)
    assert retaining.segments() == {OLD: 0}
    assert rows(path, "SELECT count(*) FROM capture") == [(3,)]


def test_runs_go_with_what_they_refused(path: Path, retaining: Retaining) -> None:
    retaining.drop_runs(3)
    assert rows(path, "SELECT number FROM run") == [(3,)]
    assert rows(path, "SELECT run FROM refusal") == [(3,)]
    assert rows(path, "SELECT count(*) FROM capture") == [(6,)]


def test_a_step_that_fails_changes_nothing(path: Path, retaining: Retaining) -> None:
    with pytest.raises(StorageError):
        retaining.expect(OLD)
    assert retaining.segments() == {OLD: 80}


def test_all_old_segments_are_looked_through_at_once(retaining: Retaining) -> None:
    """One walk for all of them; what each asks then is found by the segment."""
    text = retaining._sql["gather_old_captures"]
    terms = {"segments": "[]", "first": 1}
    plan = [row[3] for row in retaining._db.execute(f"EXPLAIN QUERY PLAN {text}", terms)]
    assert [step for step in plan if step.startswith("SCAN")] == [
        "SCAN capture",
        "SCAN json_each VIRTUAL TABLE INDEX 1:",
    ]
    for name, given in (("needed", (OLD,)), ("drop_captures", {"segment": OLD})):
        plan = [row[3] for row in retaining._db.execute(f"EXPLAIN QUERY PLAN {retaining._sql[name]}", given)]
        assert not [step for step in plan if step.startswith("SCAN")], name
        assert any("old_capture USING PRIMARY KEY (segment=?" in step for step in plan), name


def test_what_was_looked_through_before_is_forgotten(retaining: Retaining) -> None:
    retaining.look_through([OLD], 3)
    retaining.look_through(["20261123-000000-00000.warc.gz"], 3)
    assert list(retaining.needed(OLD)[0]) == []
    assert list(retaining.needed("20261123-000000-00000.warc.gz")[0]) == [6]
