"""Recognise URLs that a site makes without end: pure rules, each with a name, each to be switched off.

Sites that nobody meant to be endless are: a relative link that lacks its slash grows by a folder a page, a
calendar has a next month for ever, filters combine, every visit gets its own session. A rule here must
hardly ever refuse a real page, so each asks for more than one sign; the list of what must pass is in
`tests/test_traps.py`. What only content tells (the same bytes under many URLs) is in `crawler.duplicates`.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection
from operator import itemgetter
from typing import NamedTuple
from urllib.parse import parse_qsl
from zlib import crc32

from crawler.model import ACCEPTED, Candidate, Decision, Hop
from crawler.options import TRAP_RULES
from crawler.urls import canonicalize, identity

__all__ = ["NO_TRAPS", "SESSION_ID", "Traps", "without_session"]

SESSION_ID = "session-id"
"""The rule whose links are not lost: the URL without its session is offered in their place."""

NO_TRAPS = ("all",)
"""What to give as `off` where no rule is to be asked."""

_QUERY_VARIANTS = "query-variants"
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
_MAX_ADMITTED = 20_000
_MAX_ADMITTED_CHARS = 500
_MAX_PATHS = 10_000
_MAX_PARAMETERS = 100

# 2090-03-01 and 2090/03/01 are dates anywhere; 2090/03, 209003 and 20900301 may be numbers of something.
_DATE = re.compile(r"(?<![0-9])([0-9]{4})[-/](?:0[1-9]|1[0-2])[-/][0-3][0-9](?![0-9])")
_LOOSE_DATE = re.compile(
    r"(?<![0-9])([0-9]{4})(?:[-/](?:0?[1-9]|1[0-2])|(?:0[1-9]|1[0-2])(?:[0-3][0-9])?)(?![0-9])"
)
_YEAR = re.compile(r"[0-9]{4}")
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
_SITEMAP = re.compile(rf"{Hop.PREREQUISITE}{Hop.REDIRECT}*\Z")


class _Parts(NamedTuple):
    """A canonical URL, cut: before the `?`, behind it, and the segments of its path."""

    url: str
    path: str
    query: str
    segments: list[str]


class Traps:
    """The rules of one crawl.

    Args:
        year: the current one; calendars are measured from it.
        off: names of the rules that are not asked, or `all`.
    """

    def __init__(self, year: int, off: Collection[str] = ()) -> None:
        self._year = year
        self._shapes: OrderedDict[str, set[int]] = OrderedDict()
        rules: dict[str, Callable[[_Parts], str]] = {
            "long-url": _too_long,
            "deep-path": _too_deep,
            "repeated-segments": _repeated,
            "calendar": self._far_date,
            SESSION_ID: _session,
            _QUERY_VARIANTS: self._too_many_shapes,
        }
        self._off = frozenset(TRAP_RULES if "all" in off else off)
        self._rules = [(name, rules[name]) for name in TRAP_RULES if name in rules and name not in self._off]

        self._admitted: set[str] = set()

    def is_on(self, rule: str) -> bool:
        """Whether the rule of this name holds in this crawl."""
        return rule not in self._off

    def admit(self, candidate: Candidate, *, is_stored: bool = False) -> Decision:
        """Whether a URL that the scope accepts may be followed.

        Seeds, requisites and sitemaps always may; and so may a redirect that only adds a session id, because
        there is no other way to that page.

        Args:
            candidate: with the way it was reached.
            is_stored: there is a good copy of it: `query-variants` counts it and does not refuse it, so that a
                new run, whose memory is empty, does not exchange the pages it has for others.
        """
        if candidate.is_seed or candidate.is_requisite or _SITEMAP.search(candidate.hops):
            return ACCEPTED
        decision = self.judge(candidate.url)
        if decision.accepted:
            return decision
        if is_stored and decision.rule == _QUERY_VARIANTS:
            return ACCEPTED
        if decision.rule == SESSION_ID and self._leads_back(candidate):
            return ACCEPTED
        return decision

    def judge(self, url: str) -> Decision:
        """Whether a canonical URL may be followed; a refusal names its rule.

        `query-variants` goes by what was asked before, in bounded memory: a path that is forgotten begins anew.
        """
        if url in self._admitted:
            return ACCEPTED
        path, _, query = url.partition("?")
        parts = _Parts(url, path, query, path.split("/")[3:])
        for name, detail_of in self._rules:
            if detail := detail_of(parts):
                return Decision(accepted=False, rule=name, detail=detail)
        if len(url) <= _MAX_ADMITTED_CHARS:
            if len(self._admitted) >= _MAX_ADMITTED:
                self._admitted.clear()
            self._admitted.add(url)
        return ACCEPTED

    def stand_in(self, url: str) -> str:
        """The URL that is offered where a page links to this one: without its session id, else itself."""
        if SESSION_ID in self._off or ("?" not in url and ";" not in url and "/(" not in url):
            return url
        bare = without_session(url)
        return url if bare == url else canonicalize(bare) or url

    def _leads_back(self, candidate: Candidate) -> bool:
        if candidate.via is None or not candidate.hops.endswith(Hop.REDIRECT):
            return False
        return identity(self.stand_in(candidate.url)) == identity(candidate.via)

    def _far_date(self, parts: _Parts) -> str:
        if not _YEAR.search(parts.url):
            return ""
        return _far_date(parts.path, parts.query, self._year)

    def _too_many_shapes(self, parts: _Parts) -> str:
        """Filters combine: n of them give 2^n sets of parameter names, where other pages have a handful."""
        names = _names(parts.query)
        if len(names) < 2:
            return ""
        shapes = self._shapes.setdefault(parts.path, set())
        self._shapes.move_to_end(parts.path)
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
    if ";" in path or "/(" in path:
        path = _SESSION_PATH.sub("", path)
    if not query:
        return path + mark
    kept = "&".join(part for part in query.split("&") if not _is_session(part))
    return f"{path}?{kept}" if kept else path


def _too_long(parts: _Parts) -> str:
    size = len(parts.url)
    # Canonical ones are ASCII.
    return f"{size} bytes" if size > _MAX_URL_BYTES else ""


def _too_deep(parts: _Parts) -> str:
    return f"{len(parts.segments)} segments" if len(parts.segments) > _MAX_SEGMENTS else ""


def _repeated(parts: _Parts) -> str:
    """A folder or a row of folders that repeats itself, as a relative link without its slash makes it."""
    named = [segment for segment in parts.segments if segment]
    if len(set(named)) > len(named) - (_REPEATED_IN_A_ROW - 1):
        return ""
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
    pairs = _pairs(query) if query else []
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


def _session(parts: _Parts) -> str:
    if (";" in parts.path or "/(" in parts.path) and (found := _SESSION_PATH.search(parts.path)):
        return found[0].strip(";/").partition("=")[0][:20]
    if not parts.query:
        return ""
    return next((part.partition("=")[0] for part in parts.query.split("&") if _is_session(part)), "")


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
