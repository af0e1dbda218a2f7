"""Look at what a crawl left, with nothing of the crawler's own: is anything lost, doubled, torn, in disagreement?"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from tests.chaos.segments import Record, TornError, records_of
from tests.chaos.site import Site
from tests.mirrored import dangling

__all__ = [
    "Fault",
    "Finished",
    "Harm",
    "Left",
    "answers_kept",
    "browsing_faults",
    "fetch_faults",
    "finished_in",
    "look_at",
    "whole_faults",
]

_JOURNAL_FIELDS = 9
_STUB = b"<!--crawler:stub "
_STATES = ("queued", "claimed", "done", "failed", "excluded")
_ROWS = """
SELECT u.url, u.state, u.depth, iif(u.state = 'done', '', u.reason), g.status, g.digest, g.size_bytes, g.media_type,
       g.mirror_path
FROM url u LEFT JOIN capture g ON g.id = u.good_id
"""
_OVER = "SELECT ended_at IS NOT NULL AND outcome != 'stopped' FROM run ORDER BY number DESC LIMIT 1"


class Harm(StrEnum):
    """What can be wrong."""

    LOST = "lost"
    DOUBLED = "doubled"
    TORN = "torn"
    DISAGREES = "disagrees"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    harm: Harm
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a crawl left.

    Args:
        rows: state, depth, reason and good copy by URL.
        mirror: the digest of every file.
        captures: how many.
        runs: how many.
        pages: of all runs.
    """

    rows: dict[str, tuple[object, ...]]
    mirror: dict[str, str]
    captures: int
    runs: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What the database says after a kill: which paths are finished, and whether the run is over."""

    paths: frozenset[str]
    is_over: bool


def finished_in(output: Path) -> Finished:
    """Ask a copy of the database, so that looking heals nothing."""
    with tempfile.TemporaryDirectory() as copy:
        for file in output.glob("crawl.db*"):
            if not file.name.endswith("-shm"):
                shutil.copy(file, copy)
        try:
            with closing(sqlite3.connect(f"file:{copy}/crawl.db?mode=rw", uri=True)) as database:
                over = database.execute(_OVER).fetchone()
                rows = database.execute("SELECT url FROM url WHERE state IN ('done', 'failed', 'excluded')")
                paths = frozenset(urlsplit(url)._replace(scheme="", netloc="").geturl() for (url,) in rows)
        except sqlite3.OperationalError:
            # Killed before there was a database with anything in it.
            return Finished(paths=frozenset(), is_over=False)
    return Finished(paths=paths, is_over=bool(over and over[0]))


def look_at(output: Path) -> Left:
    """What lies there."""
    mirror = output / "mirror"
    with closing(sqlite3.connect(output / "crawl.db")) as database:
        rows = {url: tuple(rest) for url, *rest in database.execute(_ROWS)}
        (captures,) = database.execute("SELECT count(*) FROM capture").fetchone()
        runs, pages = database.execute("SELECT count(*), sum(pages) FROM run").fetchone()
    files = (path for path in mirror.rglob("*") if path.is_file())
    digests = {path.relative_to(mirror).as_posix(): _digest(path.read_bytes()) for path in files}
    return Left(rows=rows, mirror=digests, captures=captures, runs=runs, pages=pages)


def answers_kept(output: Path) -> Counter[str]:
    """How many answers of each path lie in the archive, unchanged ones too; robots.txt is no URL of the crawl."""
    kept = Counter(
        urlsplit(record.url)._replace(scheme="", netloc="").geturl()
        for segment in (output / "archive").glob("*.warc.gz")
        for record in records_of(segment)
        if record.kind in {"response", "revisit"}
    )
    del kept["/robots.txt"]
    return kept


def fetch_faults(output: Path, fetched: Counter[str]) -> Iterator[Fault]:
    """Where the archive does not hold what was fetched, once each.

    Args:
        output: of a finished crawl.
        fetched: answers by path that the crawl kept, by the server's own count.
    """
    try:
        kept = answers_kept(output)
    except TornError as error:
        yield Fault(Harm.TORN, str(error))
        return
    for path in kept.keys() | fetched.keys():
        if kept[path] != fetched[path]:
            harm = Harm.LOST if kept[path] < fetched[path] else Harm.DOUBLED
            yield Fault(harm, f"{path} has {kept[path]} records, and was fetched {fetched[path]} times")


def browsing_faults(output: Path) -> list[Fault]:
    """What a reader would stumble over in the mirror of a crawl that was just killed: a page that is not whole, one
    whose links are as they were sent, or a link to a file that is not there.
    """
    mirror = output / "mirror"
    if not mirror.is_dir():
        return []
    found = [
        Fault(Harm.DISAGREES, f"mirror/{each.file} leads to {each.text}, which is not there")
        for each in dangling(mirror)
    ]
    for path in mirror.rglob("*.html"):
        text = path.read_bytes()
        if not text.startswith(_STUB) and not text.endswith(b"</html>"):
            found.append(Fault(Harm.TORN, f"{path.relative_to(output)} after {len(text)} bytes"))
    return found


def whole_faults(output: Path, site: Site, meant: Left) -> list[Fault]:
    """Everything that is wrong with a finished output.

    Args:
        output: of a crawl that was killed and then finished.
        site: as it was crawled last.
        meant: what the same crawl leaves that nobody kills.
    """
    try:
        left = look_at(output)
    except (OSError, sqlite3.Error) as error:
        return [Fault(Harm.LOST, f"there is nothing to look at: {error}")]
    return [
        *browsing_faults(output),
        *_lost(left, meant),
        *_torn(output),
        *_sources(output, site),
        *_archive(output),
        *_payloads(output, site),
        *_database(output, left, meant),
        *_journal(output),
    ]


def _lost(left: Left, meant: Left) -> Iterator[Fault]:
    for url in meant.rows.keys() | left.rows.keys():
        if left.rows.get(url) != meant.rows.get(url):
            yield Fault(Harm.LOST, f"{url} is {left.rows.get(url)}, not {meant.rows.get(url)}")
    for name in meant.mirror.keys() | left.mirror.keys():
        if left.mirror.get(name) != meant.mirror.get(name):
            how = (
                "missing"
                if name not in left.mirror
                else "not the same"
                if name in meant.mirror
                else "too many"
            )
            yield Fault(Harm.LOST, f"mirror/{name} is {how}")


def _torn(output: Path) -> Iterator[Fault]:
    for path in output.rglob("*"):
        if path.is_file() and (path.suffix == ".part" or path.parent == output / ".partial"):
            yield Fault(Harm.TORN, f"{path.relative_to(output)} was left in the making")
    if not (output / "index.html").read_text("utf-8").rstrip().endswith("</html>"):
        yield Fault(Harm.TORN, "index.html")
    with closing(sqlite3.connect(output / "crawl.db")) as database:
        runs = database.execute("SELECT name, number, ended_at, outcome FROM run").fetchall()
    for name, number, ended_at, outcome in runs:
        if ended_at is None:
            yield Fault(Harm.DISAGREES, f"run {name} never ended")
        try:
            told = json.loads((output / "reports" / f"{name}.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            yield Fault(Harm.TORN, f"run {name} has no report: {error}")
            continue
        if (told["run"], told["number"], told["outcome"]) != (name, number, outcome):
            yield Fault(Harm.DISAGREES, f"the report of run {name} is of {told['run']}, {told['outcome']}")


def _sources(output: Path, site: Site) -> Iterator[Fault]:
    """What the mirror keeps byte by byte is what was sent last."""
    (host,) = (output / "mirror").iterdir()
    for path, answer in site.answers.items():
        file = host / path[1:]
        if path.endswith((".png", ".woff2", ".js")) and file.read_bytes() != answer.body:
            yield Fault(Harm.TORN, f"{path} is not what was sent")


def _payloads(output: Path, site: Site) -> Iterator[Fault]:
    """What the mirror was made of lies in the archive, as the server sends it."""
    with closing(sqlite3.connect(output / "crawl.db")) as database:
        rows = database.execute(
            "SELECT u.url, g.segment, g.offset FROM url u JOIN capture g ON g.id = u.good_id"
            " WHERE g.mirror_path IS NOT NULL"
        ).fetchall()
    try:
        found = {
            (segment.name, record.offset): record.digest
            for segment in (output / "archive").glob("*.warc.gz")
            for record in records_of(segment)
        }
    except TornError:
        return
    for url, segment_name, offset in rows:
        answer = site.answers.get(urlsplit(url).path)
        if answer is not None and answer.status == 200:
            is_packed = answer.headers.get("Content-Encoding") == "gzip"
            sent = gzip.decompress(answer.body) if is_packed else answer.body
            if found.get((segment_name, offset)) != f"sha256:{_digest(sent)}":
                yield Fault(Harm.DISAGREES, f"{url}: the archive does not hold what was sent")


def _archive(output: Path) -> Iterator[Fault]:
    responses: dict[tuple[str, int], Record] = {}
    revisits: Counter[tuple[str, str]] = Counter()
    for segment in sorted((output / "archive").glob("*.warc.gz")):
        try:
            for record in records_of(segment):
                if record.kind == "response":
                    responses[segment.name, record.offset] = record
                elif record.kind == "revisit":
                    revisits[segment.name.rpartition("-")[0], record.url] += 1
        except TornError as error:
            yield Fault(Harm.TORN, f"{segment.name}: {error}")
    for (run, url), times in revisits.items():
        if times > 1:
            yield Fault(Harm.DOUBLED, f"{url} was met unchanged {times} times in run {run}")
    with closing(sqlite3.connect(output / "crawl.db")) as database:
        captures = database.execute(
            "SELECT c.segment, c.offset, c.length, c.digest, u.url FROM capture c JOIN url u ON u.id = c.url_id"
        ).fetchall()
    for segment, offset, length, digest, url in captures:
        found = responses.get((segment, offset))
        if found is None or (found.length, found.digest, found.url) != (length, digest, url):
            yield Fault(Harm.DISAGREES, f"{url}: there is no such record at {segment} {offset}")
    for name, offset in responses.keys() - {(segment, offset) for segment, offset, *_ in captures}:
        yield Fault(Harm.DOUBLED, f"{responses[name, offset].url} at {name} {offset} belongs to no capture")
    lines = (output / "archive" / "index.cdxj").read_text("ascii").splitlines()
    places = Counter((told["filename"], int(told["offset"])) for told in map(_fields, lines))
    if places != Counter((segment, offset) for segment, offset, *_ in captures) or lines != sorted(lines):
        yield Fault(Harm.DISAGREES, "index.cdxj does not list the captures")


def _fields(line: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(line.split(" ", 2)[2])
    return found


def _database(output: Path, left: Left, meant: Left) -> Iterator[Fault]:
    if left.runs == meant.runs and (left.captures, left.pages) != (meant.captures, meant.pages):
        numbers = f"{left.captures} captures and {left.pages} pages, not {meant.captures} and {meant.pages}"
        yield Fault(Harm.DOUBLED, numbers)
    with closing(sqlite3.connect(output / "crawl.db")) as database:
        ask = database.execute
        for (text,) in ask("PRAGMA integrity_check"):
            if text != "ok":
                yield Fault(Harm.TORN, f"crawl.db: {text}")
        for row in ask("PRAGMA foreign_key_check"):
            yield Fault(Harm.DISAGREES, f"crawl.db: {row} points nowhere")
        for url, times in ask("SELECT url, count(*) FROM url GROUP BY url HAVING count(*) > 1"):
            yield Fault(Harm.DOUBLED, f"{url} has {times} rows")
        named = {path for (path,) in ask("SELECT mirror_path FROM capture WHERE mirror_path IS NOT NULL")}
        for path in left.mirror.keys() - named:
            yield Fault(Harm.DISAGREES, f"mirror/{path} has no row")
        good = (
            "SELECT mirror_path FROM url u JOIN capture g ON g.id = u.good_id WHERE mirror_path IS NOT NULL"
        )
        for (path,) in ask(good):
            if path not in left.mirror:
                yield Fault(Harm.DISAGREES, f"mirror/{path} has a row and is not there")
        sums = ", ".join(f"coalesce(sum(state = '{state}'), 0)" for state in _STATES)
        counted = ask(f"SELECT {sums} FROM url").fetchone()
        kept = ask(f"SELECT {', '.join(_STATES)} FROM total").fetchone()
        if counted != kept:
            yield Fault(Harm.DISAGREES, f"total says {kept}, there are {counted}")
        names = ", ".join(f"h.{state}" for state in _STATES)
        both = f"SELECT h.name, {names}, {sums} FROM host h LEFT JOIN url u ON u.host_id = h.id GROUP BY h.id"
        for name, *numbers in ask(both):
            if numbers[: len(_STATES)] != numbers[len(_STATES) :]:
                yield Fault(Harm.DISAGREES, f"host {name} says {numbers[:5]}, there are {numbers[5:]}")
        (slots,) = ask("SELECT sum(page_slots) FROM host").fetchone()
        if slots:
            yield Fault(Harm.DISAGREES, f"{slots} page slots are held by nobody")


def _journal(output: Path) -> Iterator[Fault]:
    told: Counter[str] = Counter()
    for line in (output / "crawl.log").read_text("utf-8").splitlines():
        fields = line.split(" ")
        if len(fields) < _JOURNAL_FIELDS:
            yield Fault(Harm.TORN, f"crawl.log: {line!r}")
        elif fields[8] != "retry" and (fields[8] != "done" or fields[7] != "-" or fields[1] == "304"):
            # Without a digest: met on a shorter path and read again from the archive; nobody was asked.
            told[fields[5]] += 1
    with closing(sqlite3.connect(output / "crawl.db")) as database:
        (runs,) = database.execute("SELECT count(*) FROM run").fetchone()
        finished = {
            url
            for (url,) in database.execute(
                "SELECT url FROM url WHERE state IN ('done', 'failed', 'excluded')"
            )
        }
    for url in finished - told.keys():
        yield Fault(Harm.LOST, f"{url} has no line in crawl.log")
    for url, times in told.items():
        if times > runs:
            yield Fault(Harm.DOUBLED, f"{url} has {times} lines in crawl.log for {runs} runs")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
