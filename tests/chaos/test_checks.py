"""The checks see what they are there for: each kind of harm, done to a whole output by hand."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.chaos.checks import Fault, Harm, Left, answers_kept, fetch_faults, look_at, whole_faults
from tests.chaos.kills import Line, crawl
from tests.chaos.serving import serving
from tests.chaos.site import Site, make_site

SITE = make_site(12)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Left]]:
    folder = tmp_path_factory.mktemp("whole")
    with serving(SITE) as served:
        line = Line(url=served.url, output=folder / "out")
        assert crawl(line, served).code == 0
        yield line.output, look_at(line.output)


@pytest.fixture
def output(whole: tuple[Path, Left], tmp_path: Path) -> Path:
    shutil.copytree(whole[0], tmp_path / "out")
    return tmp_path / "out"


def faults(output: Path, whole: tuple[Path, Left], site: Site = SITE) -> list[Fault]:
    return whole_faults(output, site, whole[1])


def mirrored(output: Path, name: str) -> Path:
    (host,) = (output / "mirror").iterdir()
    return host / name


def lose_a_line(output: Path) -> None:
    log = output / "crawl.log"
    log.write_text("".join(line for line in log.read_text().splitlines(True) if "/p/7.html " not in line))


def double_a_line(output: Path) -> None:
    log = output / "crawl.log"
    log.write_text(log.read_text() + log.read_text().splitlines(True)[-1])


def tear_the_log(output: Path) -> None:
    with (output / "crawl.log").open("a") as log:
        log.write("2026-11-2")


def lead_nowhere(output: Path) -> None:
    page = mirrored(output, "p/3.html")
    page.write_text(page.read_text().replace("7.html", "none.html"))


def lose_an_index_line(output: Path) -> None:
    index = output / "archive" / "index.cdxj"
    index.write_text("".join(index.read_text().splitlines(True)[1:]))


def segment(output: Path) -> Path:
    (found,) = (output / "archive").glob("*.warc.gz")
    return found


def double_an_answer(output: Path) -> None:
    with closing(sqlite3.connect(output / "crawl.db")) as database:
        where = "SELECT offset, length FROM capture ORDER BY offset DESC LIMIT 1"
        offset, length = database.execute(where).fetchone()
    data = segment(output).read_bytes()
    segment(output).write_bytes(data + data[offset : offset + length])


def saying(statement: str) -> Callable[[Path], None]:
    def say(output: Path) -> None:
        with closing(sqlite3.connect(output / "crawl.db", isolation_level=None)) as database:
            database.execute(statement)

    return say


def truncate(path: Path, by: int) -> None:
    os.truncate(path, path.stat().st_size - by)


def test_nothing_is_wrong_with_a_whole_one(output: Path, whole: tuple[Path, Left]) -> None:
    assert faults(output, whole) == []


HARMS: list[tuple[Harm, Callable[[Path], object]]] = [
    (Harm.LOST, lambda output: mirrored(output, "p/7.html").unlink()),
    (Harm.LOST, lambda output: mirrored(output, "p/more.html").touch()),
    (Harm.LOST, lambda output: mirrored(output, "p/7.html").write_text("other")),
    (Harm.LOST, lambda output: (output / "crawl.db").unlink()),
    (Harm.LOST, lose_a_line),
    (Harm.LOST, saying("UPDATE url SET depth = depth + 1 WHERE url LIKE '%/p/7.html'")),
    (Harm.LOST, saying("UPDATE url SET state = 'queued' WHERE url LIKE '%/p/7.html'")),
    (Harm.DOUBLED, double_a_line),
    (Harm.DOUBLED, double_an_answer),
    (Harm.TORN, tear_the_log),
    (Harm.TORN, lambda output: truncate(segment(output), 1)),
    (Harm.TORN, lambda output: (output / ".partial" / "1-1").touch()),
    (Harm.TORN, lambda output: (output / "archive" / "index.cdxj.part").touch()),
    (Harm.TORN, lambda output: truncate(output / "index.html", 9)),
    (Harm.TORN, lambda output: shutil.rmtree(output / "reports")),
    (Harm.TORN, lambda output: truncate(next((output / "reports").glob("*.json")), 2)),
    (Harm.TORN, lambda output: truncate(mirrored(output, "i/7.png"), 1)),
    (Harm.TORN, lambda output: truncate(mirrored(output, "p/7.html"), 9)),
    (Harm.DISAGREES, lead_nowhere),
    (Harm.DISAGREES, lose_an_index_line),
    (Harm.DISAGREES, lambda output: mirrored(output, "p/more.html").touch()),
    (Harm.DISAGREES, lambda output: mirrored(output, "p/7.html").unlink()),
    (Harm.DISAGREES, saying("UPDATE total SET done = done + 1")),
    (Harm.DISAGREES, saying("UPDATE host SET failed = failed + 1")),
    (Harm.DISAGREES, saying("UPDATE host SET page_slots = 1")),
    (Harm.DISAGREES, saying("UPDATE run SET ended_at = NULL")),
    (Harm.DISAGREES, saying("UPDATE run SET outcome = 'stopped'")),
    (Harm.DISAGREES, saying("UPDATE capture SET offset = offset + 1 WHERE id = 3")),
]


@pytest.mark.parametrize(("harm", "do"), HARMS, ids=range(len(HARMS)))
def test_harm_is_seen(
    output: Path, whole: tuple[Path, Left], harm: Harm, do: Callable[[Path], object]
) -> None:
    do(output)
    assert harm in {fault.harm for fault in faults(output, whole)}


def test_records_are_counted_against_the_server(whole: tuple[Path, Left]) -> None:
    output, _ = whole
    kept = answers_kept(output)
    assert set(kept.values()) == {1}
    assert list(fetch_faults(output, kept)) == []
    more, fewer = kept.copy(), kept.copy()
    more["/p/7.html"] += 1
    del fewer["/p/7.html"]
    assert [fault.harm for fault in fetch_faults(output, more)] == [Harm.LOST]
    assert [fault.harm for fault in fetch_faults(output, fewer)] == [Harm.DOUBLED]


def test_another_body_in_the_archive_is_seen(output: Path, whole: tuple[Path, Left]) -> None:
    other = Site({**SITE.answers, "/p/7.html": SITE.answers["/p/3.html"]})
    assert Fault(
        Harm.DISAGREES, f"{url_of(whole)}p/7.html: the archive does not hold what was sent"
    ) in faults(output, whole, other)


def url_of(whole: tuple[Path, Left]) -> str:
    return next(url for url in whole[1].rows if url.endswith("/p/7.html")).removesuffix("p/7.html")
