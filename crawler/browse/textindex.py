"""Keep a full-text index of the pages beside the database, and find words in it.

It is made lazily from stored bodies, a batch at a time, and goes on where it stopped. Where the numbers of captures
may mean something else than before (a database that was rebuilt, runs that were let go of), it walks through all of
them once more, reads only the pages that it does not hold already, and lets go of those that it did not meet. It is
worth nothing that could not be made again: one that is damaged or of another version begins anew.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

__all__ = ["MARK_ENDS", "MARK_STARTS", "Found", "IndexedPage", "TextIndex", "match_of"]

MARK_STARTS, MARK_ENDS = "\x02", "\x03"
"""Stand around a word that was found."""
_VERSION = 2
_PAGE_BYTES = 4096
_MOST_BYTES = 8 << 30
_MOST_TERMS = 16
_MOST_COUNTED = 10_000
_WORD = re.compile(r'"([^"]*)"|([^\s"]+)')
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedPage:
    """The text of a page, to be found.

    Args:
        url: canonical.
        version: tells this text of the page from an earlier one.
        title: in one line.
        text: what a reader sees.
    """

    url: str
    version: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page in which all words stand.

    Args:
        url: canonical.
        title: with marks around the words.
        snippet: of the text, with marks around the words.
    """

    url: str
    title: str
    snippet: str


class TextIndex:
    """The index of one output. Its calls block, one at a time.

    Args:
        path: of its file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sql = _statements()
        self._db: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def reached(self, source: str) -> int:
        """The number of the last capture that was looked at; 0 if it is of another source: a new walk begins.

        Raises:
            sqlite3.Error: the disk is full or failed.
        """
        database = self._opened()
        captures, known = database.execute(self._sql["reached"]).fetchone()
        if known != source:
            with database:
                database.execute(self._sql["begin_walk"], (source,))
            return 0
        return int(captures)

    def lacks(self, pages: Sequence[tuple[str, str]]) -> list[bool]:
        """Of each page, by its URL and version, whether it is to be read; the others are met in this walk.

        Raises:
            sqlite3.Error: the disk is full or failed.
        """
        database = self._opened()
        with database:
            return [
                not database.execute(self._sql["meet"], {"address": url, "version": version}).rowcount
                for url, version in pages
            ]

    def put(self, pages: Sequence[IndexedPage], captures: int) -> None:
        """Take in pages in place of what was known of the same URLs, and note how far that is.

        Raises:
            sqlite3.Error: the disk is full or failed, or the index has all the bytes that it may.
        """
        database = self._opened()
        with database:
            for page in pages:
                terms = {"address": page.url, "version": page.version}
                ((number,),) = database.execute(self._sql["hold"], terms).fetchall()
                database.execute(self._sql["drop"], (number,))
                title, text = (_CONTROL.sub(" ", each) for each in (page.title, page.text))
                database.execute(self._sql["put"], (number, title, page.url, text))
            database.execute(self._sql["reach"], (captures,))

    def finish(self) -> None:
        """End a walk: let go of the pages that it did not meet, which are no longer in the database.

        Raises:
            sqlite3.Error: the disk is full or failed.
        """
        database = self._opened()
        with database:
            if database.execute(self._sql["end_walk"]).rowcount:
                database.execute(self._sql["drop_unmet"])
                database.execute(self._sql["let_go_of_unmet"])

    def find(self, words: str, offset: int, limit: int) -> list[Found]:
        """Pages in which all the words stand, the best first; none if there are no words.

        Args:
            words: as a person types them; `"several words"` stand together, the last may be unfinished.
            offset: so many of the best are left out.
            limit: how many at most.
        """
        query = match_of(words)
        if not query:
            return []
        terms = {"query": query, "limit": limit, "offset": offset}
        rows = self._opened().execute(self._sql["find"], terms).fetchall()
        return [Found(url=url, title=title, snippet=snippet) for _, url, title, snippet in rows]

    def count(self, words: str) -> int:
        """In how many pages the words stand; beyond ten thousand nobody counts."""
        query = match_of(words)
        if not query:
            return 0
        terms = {"query": query, "most": _MOST_COUNTED}
        return int(self._opened().execute(self._sql["count"], terms).fetchone()[0])

    def pages(self) -> int:
        """How many pages are in it."""
        return int(self._opened().execute(self._sql["pages"]).fetchone()[0])

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            try:
                self._db = self._open()
            except sqlite3.DatabaseError:
                self._forget()
                self._db = self._open()
        return self._db

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, check_same_thread=False)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = OFF")
            database.execute(f"PRAGMA max_page_count = {_MOST_BYTES // _PAGE_BYTES}")
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self, database: sqlite3.Connection) -> None:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if tables and version != _VERSION:
            raise sqlite3.DatabaseError("another version")
        if not tables:
            with database:
                for name in ("begin", "progress", "holding", "start", "mark"):
                    database.execute(self._sql[name])
        database.execute(self._sql["reached"]).fetchone()

    def _forget(self) -> None:
        for end in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                self._path.with_name(self._path.name + end).unlink()


def match_of(words: str) -> str:
    """The words as FTS5 looks for them; nothing a person types is a command to it."""
    terms = []
    for phrase, word in _WORD.findall(_CONTROL.sub(" ", words)):
        if any(char.isalnum() for char in phrase or word):
            terms.append(f'"{phrase}"' if phrase else f'"{word}"*')
    return " ".join(terms[:_MOST_TERMS])


def _statements() -> dict[str, str]:
    text = resources.files("crawler.browse").joinpath("search.sql").read_text(encoding="utf-8")
    _, *parts = text.split("-- name: ")
    pairs = (part.split("\n", 1) for part in parts)
    return {heading.strip(): sql.strip() for heading, sql in pairs}
