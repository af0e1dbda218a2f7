"""Recognise URLs that a site makes without end: pure rules, each with a name, each to be switched off.

Sites that nobody meant to be endless are: a relative link that lacks its slash grows by a folder a page, a
calendar has a next month for ever, filters combine, every visit gets its own session. A rule here must
hardly ever refuse a real page, so each asks for more than one sign; the list of what must pass is in
`tests/test_traps.py`. What only content tells (the same bytes under many URLs) is not for this place.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Collection
from operator import itemgetter
from urllib.parse import parse_qsl
from zlib import crc32

from crawler.model import ACCEPTED, Decision

__all__ = ["NAMES", "Traps", "without_session"]

NAMES = ("long-url", "deep-path", "repeated-segments", "calendar", "session-id", "query-variants")
"""The rules, in the order in which they are asked."""

_MAX_URL_BYTES = 8192
_MAX_SEGMENTS = 30
_MAX_UNIT_SEGMENTS = 4
_REPEATED_IN_A_ROW = 3
_REPEATED_ANYWHERE = 5
# A date that repeats itself (2011/11/11/11) is none of ours.
_NUMBERS_IN_A_ROW = 5
_YEARS_AHEAD = 2
_YEARS_BACK = 60
_MAX_SHAPES = 64
_MAX_PATHS = 10_000
_MAX_PARAMETERS = 100

# 2090-03-01 and 2090/03/01 are dates anywhere; 2090/03, 209003 and 20900301 may be numbers of something.
_DATE = re.compile(r"(?<![0-9])([0-9]{4})[-/](?:0[1-9]|1[0-2])[-/][0-3][0-9](?![0-9])")
_LOOSE_DATE = re.compile(
    r"(?<![0-9])([0-9]{4})(?:[-/](?:0?[1-9]|1[0-2])|(?:0[1-9]|1[0-2])(?:[0-3][0-9])?)(?![0-9])"
)
_CALENDAR = re.compile(
    r"(?<![a-z])(?:calendars?|kalender|events?|agenda|month|week|date|ical|schedule)(?![a-z])", re.IGNORECASE
)
_MONTHS = frozenset({"month", "monat", "mois", "mes"})
_YEARS = frozenset({"year", "jahr", "annee", "ano"})
# A calendar gets to what lies beyond these step by step, and these steps are refused.
_FIRST_YEAR, _LAST_YEAR = 1800, 2199
_SESSION_PATH = re.compile(
    r";(?:jsessionid|sid|phpsessid)=[^/?;]*|/\([A-Za-z]\([0-9A-Za-z]{20,}\)\)(?=/)", re.IGNORECASE
)
_SESSION_NAMES = frozenset(
    {"phpsessid", "jsessionid", "sessionid", "session_id", "oscsid", "zenid", "cftoken", "cfid", "xtcsid"}
)
# Short names that also mean other things: only with a value that looks drawn by lot.
_SHORT_NAMES = frozenset({"sid", "s", "sess", "session"})
_DRAWN = re.compile(r"(?=[0-9A-Za-z]*[0-9])(?=[0-9A-Za-z]*[A-Za-z])[0-9A-Za-z]{20,128}")


class Traps:
    """The rules of one crawl.

    Args:
        year: the current one; calendars are measured from it.
        off: names of the rules that are not asked.

    Raises:
        ValueError: there is no rule of that name.
    """

    def __init__(self, year: int, off: Collection[str] = ()) -> None:
        if unknown := sorted(set(off) - set(NAMES)):
            raise ValueError(f"no trap is named {', '.join(unknown)}; there are {', '.join(NAMES)}")
        self._year = year
        self._off = frozenset(off)
        self._shapes: OrderedDict[str, set[int]] = OrderedDict()

    def judge(self, url: str) -> Decision:
        """Whether a canonical URL may be followed; a refusal names its rule.

        `query-variants` goes by what was asked before, in bounded memory: a path that is forgotten begins anew.
        """
        path, _, query = url.partition("?")
        segments = path.split("/")[3:]
        refusals = {
            "long-url": lambda: _too_long(url),
            "deep-path": lambda: _too_deep(segments),
            "repeated-segments": lambda: _repeated(segments),
            "calendar": lambda: _far_date(path, query, self._year),
            "session-id": lambda: _session(url),
            "query-variants": lambda: self._too_many_shapes(path, query),
        }
        for name in NAMES:
            if name not in self._off and (detail := refusals[name]()):
                return Decision(accepted=False, rule=name, detail=detail)
        return ACCEPTED

    def _too_many_shapes(self, path: str, query: str) -> str:
        """Filters combine: n of them give 2^n sets of parameter names, where other pages have a handful."""
        names = _names(query)
        if len(names) < 2:
            return ""
        shapes = self._shapes.setdefault(path, set())
        self._shapes.move_to_end(path)
        if len(self._shapes) > _MAX_PATHS:
            self._shapes.popitem(last=False)
        shape = crc32("&".join(names).encode())
        if shape in shapes:
            return ""
        if len(shapes) >= _MAX_SHAPES:
            return f"more than {_MAX_SHAPES} combinations of parameters"
        shapes.add(shape)
        return ""


def without_session(url: str) -> str:
    """The URL without its session id; the same if it has none. All other bytes are kept."""
    path, mark, query = url.partition("?")
    path = _SESSION_PATH.sub("", path)
    kept = "&".join(part for part in query.split("&") if not _is_session(part)) if mark else ""
    return f"{path}?{kept}" if kept else path + (mark if mark and not query else "")


def _too_long(url: str) -> str:
    size = len(url.encode())
    return f"{size} bytes" if size > _MAX_URL_BYTES else ""


def _too_deep(segments: list[str]) -> str:
    return f"{len(segments)} segments" if len(segments) > _MAX_SEGMENTS else ""


def _repeated(segments: list[str]) -> str:
    """A folder or a row of folders that repeats itself, as a relative link without its slash makes it."""
    named = [segment for segment in segments if segment]
    for unit in range(1, _MAX_UNIT_SEGMENTS + 1):
        for start in range(len(named) - unit * _REPEATED_IN_A_ROW + 1):
            part = named[start : start + unit]
            times = _NUMBERS_IN_A_ROW if all(each.isdigit() for each in part) else _REPEATED_IN_A_ROW
            if named[start : start + unit * times] == part * times:
                return f"{'/'.join(part)} {times} times in a row"
    word, times = max(
        Counter(each for each in named if not each.isdigit()).items(), key=itemgetter(1), default=("", 0)
    )
    return f"{word} {times} times" if times >= _REPEATED_ANYWHERE else ""


def _far_date(path: str, query: str, year: int) -> str:
    """A date that no page was written at: years ahead, or long ago in what calls itself a calendar."""
    pairs = _pairs(query)
    is_calendar = bool(_CALENDAR.search(path)) or any(
        _CALENDAR.search(name) for name, _ in pairs if name.lower() not in _MONTHS
    )
    date = _LOOSE_DATE if is_calendar else _DATE
    years = [
        int(found[1]) for text in (path, *(value for _, value in pairs)) for found in date.finditer(text)
    ]
    named = {name.lower(): value for name, value in pairs}
    if not _MONTHS.isdisjoint(named):
        years += [int(named[name]) for name in _YEARS & named.keys() if _is_year(named[name])]
    for found in years:
        if year + _YEARS_AHEAD < found <= _LAST_YEAR:
            return f"the year {found}"
        if is_calendar and _FIRST_YEAR <= found < year - _YEARS_BACK:
            return f"the year {found}"
    return ""


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isascii() and text.isdigit()


def _session(url: str) -> str:
    path, _, query = url.partition("?")
    if found := _SESSION_PATH.search(path):
        return found[0].strip(";/").partition("=")[0][:20]
    return next((part.partition("=")[0] for part in query.split("&") if _is_session(part)), "")


def _is_session(part: str) -> bool:
    name, _, value = part.partition("=")
    name = name.lower()
    if name in _SESSION_NAMES or name.startswith("aspsessionid"):
        return bool(value)
    return name in _SHORT_NAMES and _DRAWN.fullmatch(value) is not None


def _pairs(query: str) -> list[tuple[str, str]]:
    if query.count("&") >= _MAX_PARAMETERS:
        return []
    return parse_qsl(query, keep_blank_values=True)


def _names(query: str) -> list[str]:
    return sorted(part.partition("=")[0] for part in query.split("&") if part) if query else []
