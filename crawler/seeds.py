"""Read seed lists: URLs, files of URLs, standard input; all through once before the first request.

A list has one URL a line; empty lines and lines that begin with `#` are passed over. `example.org`
without a scheme means https, and http if there is no https. Lists are streamed, so their length costs
no memory.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from crawler.asks import ask_url, read_ask
from crawler.errors import UsageError
from crawler.urls import canonicalize, userinfo

__all__ = ["Seed", "SeedList", "SpooledSeeds", "read_seed"]

_MAX_SHOWN = 20
_MAX_LINE = 20_000
_SPOOLED_BYTES = 1 << 20
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")
_BARE = re.compile(r"(?:[^\s/?#@\\]+\.[^\s/?#@\\]+|localhost|\[[0-9A-Fa-f:.]+\])(?::\d+)?(?:[/?#].*)?")


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed's canonical URL; `is_bare` if it was written without a scheme.

    `user` and `password` stood in the URL, as curl and wget take them; they are nowhere stored.
    """

    url: str
    is_bare: bool = False
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def read_seed(text: str) -> Seed | None:
    """The seed that a line or an argument names; None if it is no URL that can be fetched.

    A line may also be a JSON object that says a request (`crawler.asks.read_ask`).
    """
    text = text.strip()
    if text.startswith("{"):
        try:
            return Seed(ask_url(read_ask(text)))
        except ValueError:
            return None
    if _SCHEME.match(text):
        url = canonicalize(text)
        user, password = userinfo(text) if url is not None and "@" in text else ("", "")
        return None if url is None else Seed(url, user=user, password=password)
    if not _BARE.fullmatch(text):
        return None
    url = canonicalize(f"https://{text}")
    return None if url is None else Seed(url, is_bare=True)


class SeedList:
    """Seeds from arguments, files and standard input.

    Args:
        sources: each a URL, the path of a list, or `-`.
        stdin: what `-` reads.
        skips_bad: pass over lines that are no URL.
    """

    def __init__(
        self, sources: Sequence[str], *, stdin: IO[bytes] | None = None, skips_bad: bool = False
    ) -> None:
        self._sources = sources
        self._stdin = stdin
        self._skips_bad = skips_bad
        self._spools: dict[str, IO[bytes]] = {}
        self.skipped = 0

    @property
    def has_sources(self) -> bool:
        """Whether anything was named at all."""
        return bool(self._sources)

    def check(self) -> int:
        """Read everything once; gives how many seeds there are.

        Raises:
            UsageError: a source cannot be read, lines are no URLs, or there is no seed at all.
        """
        bad: list[str] = []
        good = count_bad = 0
        for place, text in self._lines():
            if read_seed(text) is not None:
                good += 1
                continue
            count_bad += 1
            if len(bad) < _MAX_SHOWN:
                bad.append(f"{place}: {_why(text) or _shown(text)}")
        self.skipped = count_bad
        if bad and not self._skips_bad:
            more = f" and {count_bad - len(bad)} more" if count_bad > len(bad) else ""
            raise UsageError(
                f"{count_bad} seed{'s are' if count_bad > 1 else ' is'} no http(s) URL;"
                f" correct them or use --skip-bad-seeds: {'; '.join(bad)}{more}"
            )
        if not good:
            raise UsageError("no seed; give a URL, a file of URLs, or - for standard input")
        return good

    def __iter__(self) -> Iterator[Seed]:
        """The seeds that are URLs, in order."""
        for _, text in self._lines():
            if (seed := read_seed(text)) is not None:
                yield seed

    def _lines(self) -> Iterator[tuple[str, str]]:
        """Every line with the place it stands at, for messages."""
        for source in self._sources:
            if source == "-":
                yield from _numbered("standard input", self._spooled(source, self._stdin))
            elif _is_pipe(source):
                yield from _numbered(source, self._spooled(source, None))
            elif _is_file(source):
                try:
                    with Path(source).open("rb") as file:
                        yield from _numbered(source, file)
                except OSError as error:
                    raise UsageError(f"seed list {source}: {error.strerror}") from None
            else:
                yield "argument", source

    def _spooled(self, source: str, stream: IO[bytes] | None) -> IO[bytes]:
        """What can be read only once, set down so that it can be read again."""
        spool = self._spools.get(source)
        if spool is None:
            spool = self._spools[source] = tempfile.SpooledTemporaryFile(_SPOOLED_BYTES)  # noqa: SIM115 - as long as this
            weakref.finalize(self, spool.close)
            try:
                if stream is not None:
                    shutil.copyfileobj(stream, spool)
                elif source != "-":
                    with Path(source).open("rb") as pipe:
                        shutil.copyfileobj(pipe, spool)
            except OSError as error:
                raise UsageError(f"seed list {source}: {error.strerror}") from None
        spool.seek(0)
        return spool


class SpooledSeeds:
    """Seeds from elsewhere, set down one by one so that they can be read more than once; few stay in memory."""

    def __init__(self) -> None:
        self._spool: IO[bytes] = tempfile.SpooledTemporaryFile(_SPOOLED_BYTES)  # noqa: SIM115 - as long as this
        weakref.finalize(self, self._spool.close)
        self.count = 0

    def add(self, text: str) -> None:
        """Set down one more, as it would stand in a list."""
        self._spool.seek(0, os.SEEK_END)
        self._spool.write(text.encode() + b"\n")
        self.count += 1

    def lines(self) -> Iterator[str]:
        """What was set down, in order, each with its line end."""
        self._spool.seek(0)
        for line in self._spool:
            yield line.decode()

    def __iter__(self) -> Iterator[Seed]:
        """The seeds that are URLs, in order."""
        for line in self.lines():
            if (seed := read_seed(line)) is not None:
                yield seed


def _is_pipe(source: str) -> bool:
    """A named pipe, a device or the like: it gives what it has once."""
    try:
        mode = Path(source).stat().st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _is_file(source: str) -> bool:
    """A file of that name, or what only can be meant as one."""
    path = Path(source)
    try:
        if path.is_file():
            return True
        if path.is_dir():
            raise UsageError(f"seed list {source} is a folder; name a file of URLs, or use -o for the output")
    except (OSError, ValueError):
        return False
    # None of these is a top-level domain.
    is_url = _SCHEME.match(source) or (read_seed(source) is not None and "/" in source)
    return not is_url and source.endswith((".txt", ".list", ".csv", ".jsonl"))


def _numbered(name: str, lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines, 1):
        text = line[:_MAX_LINE].decode("utf-8", "replace").removeprefix("\ufeff").strip()
        if text and not text.startswith("#"):
            yield f"{name}, line {number}", text


def _why(text: str) -> str:
    """What is wrong with a line of JSON, which may hold a secret; "": it is none."""
    if not text.startswith("{"):
        return ""
    try:
        read_ask(text)
    except ValueError as error:
        return str(error)
    return ""


def _shown(text: str) -> str:
    before, at, behind = text.rpartition("@")
    if at:
        # What stands before it may be a password.
        scheme, slashes, _ = before.rpartition("//")
        text = f"{scheme}{slashes}***@{behind}" if ":" not in scheme[:-1] else f"***@{behind}"
    printable = "".join(each if each.isprintable() else "\ufffd" for each in text)
    return repr(printable if len(printable) <= 60 else printable[:57] + "...")
