"""Kill -9 at any moment: the same line again finishes the crawl, and nobody can tell that it was killed."""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.mirrored import dangling
from tests.system.documentation import ServedSite
from tests.system.running import (
    BIN,
    complaints,
    crawler,
    exported,
    files_below,
    start_crawler,
    verified,
    wait_until,
)

pytestmark = pytest.mark.system

SEED = 20261122
KILLS = 9
_TOTAL_ROWS = 1174
_REMARKS = {"unfinished", "unsettled", "torn-tail", "and more; --json lists them all"}
"""What `crawler verify` may say of a crawl that was killed."""

Moment = Callable[[Path, ServedSite], Callable[[], bool]]


def test_killed_at_nine_moments_it_ends_as_if_it_never_was(
    postgresql: ServedSite, output: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    assert crawler("crawl", postgresql.url, "-o", whole.name, cwd=tmp_path).returncode == 0
    line = ("crawl", postgresql.url, "-o", output.name)
    finished_before: dict[int, set[str]] = {}
    for kill, moment in enumerate(_moments(random.Random(SEED))):
        _kill_at(moment, line, output, postgresql)
        assert dangling(output / "mirror") == []
        assert {line.partition(":")[0] for line in verified(output)} <= _REMARKS
        length = postgresql.mark(f"kill-{kill}")
        finished_before[length] = _rows(
            output, tmp_path / f"copy-{kill}", "SELECT url FROM url WHERE state = 'done'"
        )
    result = crawler(*line, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert complaints(result.stderr) == []
    postgresql.mark("end")

    assert len(finished_before) == KILLS
    sizes = [len(urls) for urls in finished_before.values()]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > KILLS // 2
    for length, urls in finished_before.items():
        again = {asked.target for asked in postgresql.asked(length)}
        assert not again & {"/" + url.removeprefix(postgresql.url) for url in urls}
    _is_the_same_crawl(output, whole)
    _is_whole(output)


@pytest.mark.parametrize("rows", [_TOTAL_ROWS - 1, _TOTAL_ROWS])
def test_killed_at_the_very_end_it_still_ends(
    postgresql: ServedSite, output: Path, tmp_path: Path, rows: int
) -> None:
    line = ("crawl", postgresql.url, "-o", output.name)
    _kill_at(_when_done(rows), line, output, postgresql)
    length = postgresql.mark("kill")
    was_over = _rows(output, tmp_path / "copy", "SELECT 'over' FROM run WHERE ended_at IS NOT NULL")
    result = crawler(*line, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert complaints(result.stderr) == []
    postgresql.mark("end")
    statuses = Counter(asked.status for asked in postgresql.asked(length))
    # Where the run had ended already, the same line is a new run, which asks everything conditionally.
    assert statuses[200] <= _TOTAL_ROWS - rows
    assert bool(statuses[304]) == bool(was_over)
    assert len(exported(output)) == _TOTAL_ROWS
    _is_whole(output)


def _moments(dice: random.Random) -> list[Moment]:
    """Moments spread over the crawl, each seen by something else: rows, archive, mirror, requests."""
    kinds = [_when_done, _when_asked, _when_archived, _when_writing]
    rows = sorted(dice.sample(range(1, _TOTAL_ROWS - 100), KILLS))
    dice.shuffle(kinds)
    return [kinds[index % len(kinds)](row) for index, row in enumerate(rows)]


def _when_done(rows: int) -> Moment:
    """When so many URLs are done in the database."""

    def moment(output: Path, _: ServedSite) -> Callable[[], bool]:
        return lambda: _done(output) >= rows

    return moment


def _when_asked(rows: int) -> Moment:
    """When the server has answered some more after so many were done."""

    def moment(output: Path, site: ServedSite) -> Callable[[], bool]:
        served = site.requests_served()
        return lambda: site.requests_served() >= served + 25 and _done(output) >= rows - 50

    return moment


def _when_archived(rows: int) -> Moment:
    """When a segment grows after so many were done: between two records, or within one."""

    def moment(output: Path, _: ServedSite) -> Callable[[], bool]:
        sizes: list[int] = []

        def grows() -> bool:
            if not sizes:
                if _done(output) >= rows:
                    sizes.append(_archive_bytes(output))
                return False
            return _archive_bytes(output) > sizes[0]

        return grows

    return moment


def _when_writing(rows: int) -> Moment:
    """When files of the mirror change, by new stubs or pages, after so many were done."""

    def moment(output: Path, _: ServedSite) -> Callable[[], bool]:
        files: list[frozenset[int]] = []

        def changes() -> bool:
            if not files:
                if _done(output) >= rows:
                    files.append(_mirror_files(output))
                return False
            return _mirror_files(output) != files[0]

        return changes

    return moment


def _kill_at(moment: Moment, line: tuple[str, ...], output: Path, site: ServedSite) -> None:
    is_now = moment(output, site)
    with start_crawler(*line, cwd=output.parent) as process:
        came = wait_until(is_now, process)
        process.kill()
        _, stderr = process.communicate()
        assert came, f"it ended with {process.returncode} before it could be killed: {stderr}"
    assert complaints(stderr) == []


def _done(output: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{output}/crawl.db?mode=ro", uri=True)) as database:
            (done,) = database.execute("SELECT done FROM total").fetchone()
    except sqlite3.Error:
        return 0
    return int(done)


def _archive_bytes(output: Path) -> int:
    return sum(path.stat().st_size for path in (output / "archive").glob("*.warc.gz"))


def _mirror_files(output: Path) -> frozenset[int]:
    """The files by their numbers: a page takes the place of its stub, so that counting would see nothing."""
    return frozenset(path.stat().st_ino for path in files_below(output / "mirror"))


def _rows(output: Path, copy: Path, question: str) -> set[str]:
    """Ask a copy of the database, so that looking heals nothing."""
    copy.mkdir()
    for file in output.glob("crawl.db*"):
        shutil.copy(file, copy)
    with closing(sqlite3.connect(copy / "crawl.db")) as database:
        return {text for (text,) in database.execute(question)}


def _is_the_same_crawl(output: Path, whole: Path) -> None:
    fields = ("state", "status", "digest", "size_bytes", "media_type", "mirror_path", "depth", "reason")
    ours, theirs = exported(output), exported(whole)
    assert len(theirs) == _TOTAL_ROWS
    for row in (*ours.values(), *theirs.values()):
        # Of two pages with the same bytes, whichever comes second names the other.
        row["reason"] = "" if row["reason"].startswith("duplicate-content: ") else row["reason"]
    assert {url: [row[name] for name in fields] for url, row in ours.items()} == {
        url: [row[name] for name in fields] for url, row in theirs.items()
    }
    assert _digests(output / "mirror") == _digests(whole / "mirror")


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files_below(folder)
    }


def _is_whole(output: Path) -> None:
    """Nothing half made lies about, and every capture is where the database says, byte by byte."""
    assert verified(output) == []
    assert files_below(output / ".partial") == []
    assert [path for path in files_below(output) if path.suffix == ".part"] == []
    digests: dict[tuple[str, int], str] = {}
    for segment in (output / "archive").glob("*.warc.gz"):
        check = subprocess.run([str(BIN / "warcio"), "check", str(segment)], capture_output=True, check=False)
        assert check.returncode == 0, check.stdout
        with segment.open("rb") as stream:
            records = ArchiveIterator(stream)
            for record in records:
                if record.rec_type == "response":
                    digest = hashlib.sha256(record.content_stream().read()).hexdigest()
                    digests[segment.name, records.get_record_offset()] = f"sha256:{digest}"
    with closing(sqlite3.connect(output / "crawl.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        captures = database.execute("SELECT segment, offset, digest FROM capture").fetchall()
    assert len(captures) >= _TOTAL_ROWS
    assert {(segment, offset): digest for segment, offset, digest in captures}.items() <= digests.items()
    assert len(captures) == len(digests)
    assert len((output / "archive" / "index.cdxj").read_text("utf-8").splitlines()) == len(digests)
