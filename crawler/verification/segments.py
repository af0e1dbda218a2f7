"""Compare the archive with what the ledger says lies there: every record, and the index."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from math import inf
from pathlib import Path

from crawler.archive.index import INDEX, cdxj_line, index_lines
from crawler.archive.inspection import Inspected, inspect
from crawler.archive.recovery import foreign_names, segments_in
from crawler.archive.torn import whole_bytes
from crawler.flaw import Flaw, FlawKind
from crawler.model import Capture
from crawler.register import Register
from crawler.rendering import read_rendering
from crawler.verification.checked import Checked

__all__ = ["Segments", "index_flaws"]

Captures = Callable[[], Iterable[Capture]]
"""Gives every capture that lies in the archive, by segment and offset; may be asked more than once."""

_RESTORE = "put it back from a backup; without one, --fresh fetches what the sites have now"
_CRAWL = "any crawl writes it anew"
_SUM_BITS = 128


class Segments:
    """The segments of one archive. Blocking.

    Args:
        folder: `archive/` of the output.
        believed: how many bytes of each segment the ledger believes in.
        captures: what lies in them.
        checked: is told of every answer.
    """

    def __init__(self, folder: Path, believed: dict[str, int], captures: Captures, checked: Checked) -> None:
        self._folder = folder
        self._believed = believed
        self._captures = captures
        self._checked = checked

    def flaws(self) -> Iterator[Flaw | None]:
        """What is wrong, segment after segment; None: a record is sound.

        Raises:
            OSError: a file cannot be read.
            DamageError: the database is damaged.
        """
        there = {path.name for path in segments_in(self._folder)}
        captures = _Row(iter(self._captures()))
        for name in sorted(there | self._believed.keys()):
            yield from _unplaced(captures.before(name, 0))
            yield from self._segment(name, captures, is_there=name in there)
        yield from _unplaced(captures.rest())
        for name in foreign_names(self._folder):
            what, advice = "is no segment of ours", "move it elsewhere if it is of use"
            yield Flaw(kind=FlawKind.FOREIGN_FILE, place=f"archive/{name}", what=what, advice=advice)

    def _segment(self, name: str, captures: _Row, *, is_there: bool) -> Iterator[Flaw | None]:
        place, path, believed = f"archive/{name}", self._folder / name, self._believed.get(name, 0)
        if not is_there and not believed:
            return
        if not is_there:
            lost = sum(1 for _ in captures.before(name, inf))
            what = f"is missing, with {lost} answers"
            yield Flaw(kind=FlawKind.MISSING_SEGMENT, place=place, what=what, advice=_RESTORE)
            return
        size = path.stat().st_size
        if size < believed:
            what = f"has {size} of its {believed} bytes"
            yield Flaw(kind=FlawKind.SHORT_SEGMENT, place=place, what=what, advice=_RESTORE)
        yield from self._records(name, inspect(path, min(size, believed)), captures)
        if size > believed and (torn := size - whole_bytes(path, believed)):
            what = f"has {torn} bytes at its end which a killed run left, and nobody knows of"
            advice = "the next crawl cuts them"
            yield Flaw(kind=FlawKind.TORN_TAIL, place=place, what=what, advice=advice)

    def _records(self, name: str, records: Iterator[Inspected], captures: _Row) -> Iterator[Flaw | None]:
        """Records and captures side by side, both in the order of where they begin."""
        conversions: dict[int, Inspected] = {}
        for record in records:
            if record.kind == "conversion":
                conversions = {record.start: record}
            for lost in captures.before(name, record.start):
                yield _lost(lost, "no record begins there")
            mine = list(captures.before(name, record.start + 1))
            self._checked.answers += len(mine)
            if record.wrong:
                url = mine[0].url if mine else record.url
                what = f"holds a record at {record.start} that {record.wrong}"
                place = f"archive/{name}"
                yield Flaw(kind=FlawKind.DAMAGED_RECORD, place=place, what=what, advice=_RESTORE, url=url)
                continue
            for capture in mine:
                wrong = _contradiction(record, capture) or _unrendered(conversions, capture)
                yield _lost(capture, wrong) if wrong else None
            yield None
        for lost in captures.before(name, inf):
            yield _lost(lost, "no record begins there")


def _unplaced(captures: Iterator[Capture]) -> Iterator[Flaw]:
    for lost in captures:
        yield _lost(lost, "there is no such segment")


def _contradiction(record: Inspected, capture: Capture) -> str:
    """What of a record is not as the capture says."""
    if record.kind != "response":
        return f"there lies a {record.kind or 'nameless'} record"
    if record.url != capture.url:
        return f"there lies {record.url}"
    if record.end - record.start != capture.length:
        return f"it has {record.end - record.start} bytes, not {capture.length}"
    if capture.digest not in record.digests:
        return f"its content is {record.digests[0]}, not {capture.digest}"
    return ""


def _unrendered(conversions: Mapping[int, Inspected], capture: Capture) -> str:
    """What of the rendered text before a response is not as the capture says."""
    rendering = read_rendering(capture.rendering)
    if rendering is None:
        return ""
    record = conversions.get(capture.offset - rendering.before_bytes)
    if record is None or record.url != capture.url:
        return "its rendered text does not lie before it"
    if not record.wrong and rendering.digest not in record.digests:
        return f"its rendered text is {record.digests[0]}, not {rendering.digest}"
    return ""


def _lost(capture: Capture, wrong: str) -> Flaw:
    return Flaw(
        kind=FlawKind.LOST_RECORD,
        place=f"archive/{capture.segment}",
        what=f"lacks an answer that should lie at {capture.offset}: {wrong}",
        advice=_RESTORE,
        url=capture.url,
    )


class _Row:
    """Captures in the order of where they lie, taken up to a place."""

    def __init__(self, captures: Iterator[Capture]) -> None:
        self._captures = captures
        self._next = next(captures, None)

    def before(self, segment: str, offset: float) -> Iterator[Capture]:
        """Those that are left and lie before a place."""
        while self._next is not None and (self._next.segment or "", self._next.offset) < (segment, offset):
            taken, self._next = self._next, next(self._captures, None)
            yield taken

    def rest(self) -> Iterator[Capture]:
        """All that are left."""
        while self._next is not None:
            taken, self._next = self._next, next(self._captures, None)
            yield taken


def index_flaws(folder: Path, captures: Captures, register: Register, interrupted_run: str) -> Iterator[Flaw]:
    """Whether the index names every answer where it lies, and nothing else. Blocking.

    Args:
        folder: `archive/` of the output.
        captures: what lies in it.
        register: empty; used where something is wrong.
        interrupted_run: the name of the last run if it has not come to its end, which writes the index; else "".

    Raises:
        OSError: it cannot be read.
        DamageError: the database is damaged.
    """
    wanted = _sum(map(cdxj_line, captures()))
    there: int | None = None
    with suppress(FileNotFoundError):
        there = _sum(index_lines(folder))
    if there == wanted or (there is None and not wanted):
        return
    register.enter((cdxj_line(each), _is_of(each, interrupted_run)) for each in captures())
    strays = 0
    for line in index_lines(folder) if there is not None else ():
        if not register.strike(line):
            strays += 1
            yield _wrong_index(f"names what is not there: {line}")
    late = lacking = 0
    for line in register.names():
        if register.number(line):
            late += 1
            continue
        lacking += 1
        if there is not None:
            yield _wrong_index(f"lacks an answer: {line}")
    if there is None and lacking:
        yield _wrong_index("is missing")
    if late:
        what = f"lacks {late} answers of the run that was interrupted"
        place, advice = f"archive/{INDEX}", "the same crawl again writes it anew"
        yield Flaw(kind=FlawKind.UNSETTLED, place=place, what=what, advice=advice)


def _is_of(capture: Capture, run: str) -> bool:
    return bool(run) and (capture.segment or "").startswith(f"{run}-")


def _wrong_index(what: str) -> Flaw:
    return Flaw(kind=FlawKind.WRONG_INDEX, place=f"archive/{INDEX}", what=what, advice=_CRAWL)


def _sum(lines: Iterable[str]) -> int:
    """A number that tells sets of lines apart, whatever their order."""
    total = 0
    for line in lines:
        digest = hashlib.blake2b(line.encode(), digest_size=_SUM_BITS // 8).digest()
        total += int.from_bytes(digest)
    return total % (1 << _SUM_BITS)
