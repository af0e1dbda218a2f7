"""Traps are refused by name, and what only looks like one is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Candidate
from crawler.options import TRAP_RULES
from crawler.traps import Traps, without_session

SITE = "https://example.org/"
YEAR = 2026
DRAWN = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"

LEGITIMATE = [
    "2011/11/11/11",
    "2026/11/22/title-of-a-post/",
    "blog/2004/02/29/",
    "1999/12/",
    "archive/1850-05-03.html",
    "3.11/library/3.11/",
    "docs/3.11/library/os.path.html",
    "en/stable/en/stable/",
    "a/b/a/b/",
    "src/main/java/main/java/src",
    "tiles/0/0/0.png",
    "tiles/3/3/3/3",
    "issues/2100/1",
    "pull/2099/12",
    "product/20901231",
    "p/209012",
    "rfc/rfc2045-2046.txt",
    "charset/iso-8859-1.html",
    "charset/iso-2022-12",
    "2050/",
    "report-2050.pdf",
    "roadmap/2028/06/",
    "events/1999/05/",
    "calendar?date=2027-05-01",
    "calendar/2026/12/",
    "events?month=11&year=2026",
    "history?year=1066&month=10",
    "list?page=1",
    "list?page=4711",
    "search?q=a&page=2",
    "viewtopic.php?f=3&t=99999&start=25",
    "w/index.php?title=Main_Page&action=edit&section=3",
    "index.php?title=2090-stars",
    "?s=search+words",
    "?s=wordpress",
    "?sid=42",
    "?session=spring-2026",
    "?sid=chapter-of-a-book-on-sessions",
    "sessions/",
    "library/date",
    "update/2045-1",
    "library/datetime.html#x",
    "weekdays/",
    "?PHPSESSID=",
    "a;b=c/d;v=1.2/",
    "(S)/x",
    "a//b//c//d//e//f",
    "1/2/3/4/5/6/7/8/9/10/11/12",
    "a/1/a/2/a/3/a/4",
    "events/5021/3",
    "event/9001/12",
    "org/apache/commons/lang3/org/apache/commons/lang3/StringUtils.html",
]

TRAPS = {
    "long-url": ["a" * 8200, "?q=" + "%C3%A4" * 2000],
    "deep-path": ["/".join(f"{n}" for n in range(40))],
    "repeated-segments": [
        "a/a/a/",
        "foo/bar/foo/bar/foo/bar/page.html",
        "x/img/b/c/img/b/c/img/b/c/logo.png",
        "a/b/c/d/a/b/c/d/a/b/c/d",
        "en/1/en/2/en/3/en/4/en/",
        "7/7/7/7/7/7",
    ],
    "calendar": [
        "2090/03/14/",
        "?day=2031-01-01",
        "calendar/2190/1/",
        "calendar?d=20900301",
        "events/2031-1",
        "calendar?month=3&year=2077",
        "agenda/1803/04/",
        "events?date=1900-01-01",
    ],
    "session-id": [
        f"a.jsp;jsessionid={DRAWN}",
        f"a.jsp;JSESSIONID={DRAWN}?x=1",
        f"?PHPSESSID={DRAWN}",
        "?x=1&phpsessid=abc",
        f"?sid={DRAWN}&t=3",
        f"?ASPSESSIONIDQQ={DRAWN}",
        "(S(lit3py55t21z5v55vlm25s55))/default.aspx",
    ],
}


@pytest.mark.parametrize("path", LEGITIMATE)
def test_what_only_looks_like_a_trap_passes(path: str) -> None:
    decision = Traps(YEAR).judge(SITE + path)
    assert decision.accepted, decision.reason


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in TRAPS.items() for path in paths])
def test_a_trap_is_refused_by_name(name: str, path: str) -> None:
    decision = Traps(YEAR).judge(SITE + path)
    assert (decision.accepted, decision.rule) == (False, name)
    assert decision.detail


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in TRAPS.items() for path in paths])
def test_each_is_switched_off_by_its_name(name: str, path: str) -> None:
    assert Traps(YEAR, off=[name]).judge(SITE + path).rule != name
    assert Traps(YEAR, off=TRAP_RULES).judge(SITE + path).accepted
    assert Traps(YEAR, off=["all"]).judge(SITE + path).accepted


@pytest.mark.parametrize(
    ("terms", "is_asked"),
    [
        ({"hops": "L"}, True),
        ({"hops": "LR"}, True),
        ({"hops": "PM"}, True),
        ({"hops": "", "is_seed": True}, False),
        ({"hops": "R", "is_seed": True}, False),
        ({"hops": "LE", "is_requisite": True}, False),
        ({"hops": "P"}, False),
        ({"hops": "PP"}, False),
        ({"hops": "PR"}, False),
    ],
)
def test_seeds_requisites_and_sitemaps_are_never_asked(terms: dict[str, object], is_asked: bool) -> None:
    url = f"{SITE}calendar/2090-01-01"
    candidate = Candidate(url=url, key=url, host="example.org", via=SITE, **terms)  # type: ignore[arg-type]
    assert Traps(YEAR).admit(candidate).accepted != is_asked


@pytest.mark.parametrize(
    ("via", "hops", "is_followed"),
    [("a", "LR", True), ("a", "L", False), ("b", "LR", False), ("a?x", "LR", False)],
)
def test_a_redirect_that_only_adds_a_session_is_followed(via: str, hops: str, is_followed: bool) -> None:
    url = f"{SITE}a;jsessionid={DRAWN}"
    candidate = Candidate(url=url, key=url, host="example.org", hops=hops, via=SITE + via)
    assert Traps(YEAR).admit(candidate).accepted == is_followed


def facets(count: int) -> list[str]:
    """Every combination of the filters of a shop."""
    names = [f"f{n}" for n in range(count)]
    sets = (
        [name for place, name in enumerate(names) if number >> place & 1] for number in range(1, 2**count)
    )
    return [f"{SITE}shop?" + "&".join(f"{name}=1" for name in each) for each in sets]


class TestQueryVariants:
    def test_filters_that_combine_are_cut(self) -> None:
        traps = Traps(YEAR)
        accepted = [url for url in facets(10) if traps.judge(url).accepted]
        assert len(accepted) == 64 + 10

    def test_what_was_accepted_is_accepted_again(self) -> None:
        traps = Traps(YEAR)
        accepted = [url for url in facets(10) if traps.judge(url).accepted]
        assert all(traps.judge(url).accepted for url in accepted)

    def test_values_do_not_count(self) -> None:
        traps = Traps(YEAR)
        urls = [f"{SITE}viewtopic.php?f={n % 9}&t={n}&start={n % 7}" for n in range(5000)]
        assert all(traps.judge(url).accepted for url in urls)

    def test_the_order_of_parameters_does_not_count(self) -> None:
        traps = Traps(YEAR)
        assert sum(traps.judge(f"{SITE}?a=1&b={n}").accepted for n in range(99)) == 99
        assert sum(traps.judge(f"{SITE}?b={n}&a=1").accepted for n in range(99)) == 99

    def test_what_is_stored_is_asked_for_again_whatever_came_first(self) -> None:
        traps = Traps(YEAR)
        refused = [url for url in facets(10) if not traps.judge(url).accepted]
        candidate = Candidate(url=refused[0], key=refused[0], host="example.org", hops="L")
        assert traps.admit(candidate, is_stored=True).accepted
        assert traps.admit(candidate).rule == "query-variants"

    def test_each_path_has_its_own(self) -> None:
        traps = Traps(YEAR)
        for url in facets(8):
            traps.judge(url)
        assert traps.judge(f"{SITE}other?a=1&b=2").accepted

    def test_its_memory_is_bounded(self) -> None:
        traps = Traps(YEAR)
        for number in range(11_000):
            traps.judge(f"{SITE}{number}?a=1&b=2")
        assert len(traps._shapes) == 10_000


class TestWithoutSession:
    @pytest.mark.parametrize(
        ("with_it", "without"),
        [
            (f"a.jsp;jsessionid={DRAWN}?x=1", "a.jsp?x=1"),
            (f"a.jsp;jsessionid={DRAWN}", "a.jsp"),
            (f"?x=1&PHPSESSID={DRAWN}&Y=%2f", "?x=1&Y=%2f"),
            (f"Case/?PHPSESSID={DRAWN}", "Case/"),
            ("(S(lit3py55t21z5v55vlm25s55))/Default.aspx", "Default.aspx"),
            ("?x=1&&y", "?x=1&&y"),
            ("?", "?"),
            ("a;b=c?d", "a;b=c?d"),
        ],
    )
    def test_the_rest_is_kept_as_it_is(self, with_it: str, without: str) -> None:
        assert without_session(SITE + with_it) == SITE + without

    @pytest.mark.parametrize(
        ("url", "stands_in"),
        [
            (f"a;jsessionid={DRAWN}", "a"),
            (f"x/.;sid={DRAWN}/y", "x/y"),
            ("a?b=c", "a?b=c"),
            ("A/", "A/"),
        ],
    )
    def test_what_is_offered_in_its_place_is_canonical(self, url: str, stands_in: str) -> None:
        assert Traps(YEAR).stand_in(SITE + url) == SITE + stands_in
        assert Traps(YEAR, off=["session-id"]).stand_in(SITE + url) == SITE + url

    @given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), max_size=60))
    def test_it_is_no_trap_afterwards(self, path: str) -> None:
        once = without_session(SITE + path)
        assert Traps(YEAR).judge(without_session(once)).rule != "session-id" or once != without_session(once)


@given(st.text(max_size=200))
def test_any_url_is_judged(path: str) -> None:
    assert Traps(YEAR).judge(SITE + path).rule in {"", *TRAP_RULES}


@pytest.mark.parametrize(
    "path", ["a/" * 4000, "a/b/" * 2000, "?" + "a=1&" * 2000, "1234-" * 1600, "?s=" + "a1" * 4000]
)
def test_hostile_ones_cost_little(path: str) -> None:
    traps = Traps(YEAR, off=["long-url", "deep-path"])
    assert traps.judge(SITE + path).rule in {"", *TRAP_RULES}
