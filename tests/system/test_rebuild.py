"""Damage the database of a crawl that was killed half way: the same line again loses and doubles nothing."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.system.documentation import POSTGRESQL, ServedSite, serve_documentation
from tests.system.running import complaints, crawler, exported, start_crawler, wait_until
from tests.system.test_kill import _TOTAL_ROWS, _digests, _done, _is_whole, _rows

pytestmark = pytest.mark.system

HALF = _TOTAL_ROWS // 2


def emptied(database: Path) -> None:
    """The log gone into the file, as after a clean end, so that damage to the file is not healed by it."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def garbage_header(database: Path) -> None:
    emptied(database)
    with database.open("r+b") as file:
        file.write(random.Random(1).randbytes(100))


def zeroed_page(database: Path) -> None:
    emptied(database)
    _fill(database, bytes(4096))
    database.with_name("crawl.db-wal").touch()


def flipped_page(database: Path) -> None:
    emptied(database)
    _fill(database, random.Random(2).randbytes(4096))


def _fill(database: Path, page: bytes) -> None:
    """Write over every third page from the tenth on: one of them is read sooner or later."""
    with database.open("r+b") as file:
        for number in range(10, database.stat().st_size // 4096, 3):
            file.seek(number * 4096)
            file.write(page)


def cut(database: Path) -> None:
    emptied(database)
    os.truncate(database, database.stat().st_size // 2)


def empty(database: Path) -> None:
    emptied(database)
    os.truncate(database, 0)


def garbage_log(database: Path) -> None:
    log = database.with_name("crawl.db-wal")
    log.write_bytes(random.Random(3).randbytes(log.stat().st_size))


def garbage_in_log(database: Path) -> None:
    log = database.with_name("crawl.db-wal")
    with log.open("r+b") as file:
        # The log is written from its beginning on: here lies what is in force.
        file.seek(32 + 3 * (24 + 4096))
        file.write(bytes(5000))


def lost(database: Path) -> None:
    for path in database.parent.glob("crawl.db*"):
        path.unlink()


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    """The site, at one address for all of these tests."""
    with serve_documentation(POSTGRESQL, tmp_path_factory.mktemp("nginx")) as site:
        yield site


@pytest.fixture(scope="module")
def unharmed(postgresql: ServedSite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A crawl to which nothing happened."""
    folder = tmp_path_factory.mktemp("unharmed")
    assert crawler("crawl", postgresql.url, "-o", "out", cwd=folder).returncode == 0
    return folder / "out"


@pytest.mark.parametrize(
    "damage",
    [garbage_header, zeroed_page, flipped_page, cut, empty, garbage_log, garbage_in_log, lost],
)
def test_the_same_line_again_loses_and_doubles_nothing(
    postgresql: ServedSite,
    unharmed: Path,
    output: Path,
    tmp_path: Path,
    damage: Callable[[Path], None],
) -> None:
    line = ("crawl", postgresql.url, "-o", output.name)
    with start_crawler(*line, cwd=tmp_path) as process:
        assert wait_until(lambda: _done(output) >= HALF, process)
        process.kill()
        process.communicate()
    length = postgresql.mark(f"kill-{damage.__name__}")
    finished = _rows(output, tmp_path / "copy", "SELECT url FROM url WHERE state = 'done'")
    shutil.rmtree(tmp_path / "copy")
    damage(output / "crawl.db")
    harmed = {path.name: path.read_bytes() for path in output.glob("crawl.db*") if path.stat().st_size}

    result = crawler(*line, cwd=tmp_path)
    if result.returncode == 1:
        # It was met only while running: the next time is the one that rebuilds.
        assert "is damaged" in result.stderr
        result = crawler(*line, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    told = [each for each in result.stderr.splitlines() if each.startswith("crawler: error: ")]
    assert len(told) == 1
    assert "it was rebuilt from" in told[0]
    assert [each for each in complaints(result.stderr) if "it was rebuilt from" not in each] == []
    postgresql.mark(f"end-{damage.__name__}")

    again = {asked.target for asked in postgresql.asked(length)}
    assert not again & {"/" + url.removeprefix(postgresql.url) for url in finished}
    fields = ("state", "status", "digest", "size_bytes", "media_type", "mirror_path", "depth", "reason")
    assert {url: [row[name] for name in fields] for url, row in exported(output).items()} == {
        url: [row[name] for name in fields] for url, row in exported(unharmed).items()
    }
    assert _digests(output / "mirror") == _digests(unharmed / "mirror")
    _is_whole(output)
    aside = {path.name for path in output.glob("crawl.db.damaged-*")}
    assert len(aside) >= ("crawl.db" in harmed)
