"""What a page leads to becomes candidates; what the scope refuses is counted by rule."""

from __future__ import annotations

import dataclasses

import pytest

from crawler.model import MAX_HOPS_KEPT, Candidate, Hop, Lease, Outlink
from crawler.offers import Limits, Offers, judge_outlinks
from crawler.options import ScopeOptions
from crawler.scope import Scope
from crawler.traps import Traps

HOME = "http://a.example/"


def lease(url: str = HOME, **terms: object) -> Lease:
    candidate = Candidate(url=url, key=url, host=url.split("/")[2], is_seed=True)
    return Lease(candidate=dataclasses.replace(candidate, **terms), token=1, attempt=1, expires_at=0)  # type: ignore[arg-type]


def link(path: str, hop: Hop = Hop.LINK, *, nofollow: bool = False, context: str = "a[href]") -> Outlink:
    url = path if "://" in path else HOME + path
    return Outlink(url=url, hop=hop, context=context, nofollow=nofollow)


def judged(
    *outlinks: Outlink,
    source: Lease | None = None,
    max_redirects: int = 10,
    obeys: bool = True,
    floor: str = "",
    **options: object,
) -> Offers:
    scope = Scope(ScopeOptions(**options), [HOME])  # type: ignore[arg-type]
    traps = Traps(2026, off=options.get("traps_off", ()))  # type: ignore[arg-type]
    limits = Limits(max_redirects=max_redirects, obeys_nofollow=obeys, traps=traps)
    return judge_outlinks(source or lease(), outlinks, scope, limits, floor=floor)


def test_a_link_is_a_step_deeper() -> None:
    source = lease(f"{HOME}x", depth=2, hops="LL", is_seed=False)
    (candidate,) = judged(link("y"), source=source).found
    assert candidate == Candidate(
        url=f"{HOME}y", key=f"{HOME}y", host="a.example", depth=3, hops="LLL", via=f"{HOME}x"
    )


@pytest.mark.parametrize(
    ("hop", "depth", "is_requisite"),
    [(Hop.LINK, 3, False), (Hop.EMBED, 2, True), (Hop.REDIRECT, 2, False), (Hop.MANIFEST, 3, False)],
)
def test_each_hop_counts_in_its_way(hop: Hop, depth: int, is_requisite: bool) -> None:
    (candidate,) = judged(link("y", hop), source=lease(depth=2, hops="LL", is_seed=False)).found
    assert (candidate.depth, candidate.is_requisite, candidate.hops) == (depth, is_requisite, f"LL{hop}")


def test_a_redirect_of_a_requisite_is_a_requisite() -> None:
    source = lease(hops="E", is_seed=False, is_requisite=True)
    (candidate,) = judged(link("http://cdn.example/x", Hop.REDIRECT, context="Location"), source=source).found
    assert candidate.is_requisite


def test_only_a_redirect_by_location_makes_a_seed() -> None:
    for context, is_seed in (("Location", True), ("Refresh", False), ("meta[content]", False)):
        (candidate,) = judged(link("y", Hop.REDIRECT, context=context)).found
        assert candidate.is_seed == is_seed


def test_the_path_is_kept_in_part() -> None:
    (candidate,) = judged(link("y"), source=lease(hops="L" * MAX_HOPS_KEPT, is_seed=False)).found
    assert candidate.hops == "L" * MAX_HOPS_KEPT


def test_what_is_refused_is_counted_by_rule_and_host() -> None:
    offers = judged(
        link("http://b.example/1"),
        link("http://b.example/2"),
        link("deep"),
        link("no", nofollow=True),
        max_depth=0,
    )
    assert offers.found == ()
    assert offers.refused == {
        ("scope", "b.example"): 2,
        ("depth", "a.example"): 1,
        ("nofollow", "a.example"): 1,
    }
    assert list(offers.left_out) == ["http://b.example/1", "http://b.example/2", f"{HOME}deep", f"{HOME}no"]
    assert offers.accepted == {}


def test_nofollow_concerns_links_alone_and_can_be_ignored() -> None:
    assert judged(link("x.png", Hop.EMBED, nofollow=True)).found
    assert not judged(link("x", nofollow=True)).found
    assert judged(link("x", nofollow=True), obeys=False).found


def test_links_inside_a_foreign_requisite_are_refused_and_its_requisites_are_not() -> None:
    frame = lease("http://cdn.example/frame", hops="E", is_seed=False, is_requisite=True)
    offers = judged(
        link(""), link("http://cdn.example/x"), link("http://cdn.example/x.css", Hop.EMBED), source=frame
    )
    assert [each.url for each in offers.found] == ["http://cdn.example/x.css"]
    assert offers.refused == {("scope", "a.example"): 1, ("scope", "cdn.example"): 1}


def test_links_inside_a_requisite_in_scope_are_links() -> None:
    frame = lease(f"{HOME}frame", hops="E", is_seed=False, is_requisite=True)
    (candidate,) = judged(link("x"), source=frame).found
    assert (candidate.is_requisite, candidate.depth) == (False, 1)


def test_one_resource_is_offered_once() -> None:
    offers = judged(link("%41"), link("A"), link("A", nofollow=True))
    assert [each.url for each in offers.found] == [f"{HOME}%41"]
    assert offers.accepted == {f"{HOME}%41": f"{HOME}A", f"{HOME}A": f"{HOME}A"}


@pytest.mark.parametrize("hops", [(Hop.LINK, Hop.EMBED), (Hop.EMBED, Hop.LINK)])
def test_what_is_linked_and_needed_is_offered_as_both(hops: tuple[Hop, Hop]) -> None:
    offers = judged(*(link("x.png", hop) for hop in hops))
    assert [each.is_requisite for each in offers.found] in ([False, True], [True, False])
    assert len(offers.found) == 2
    assert offers.accepted == {f"{HOME}x.png": f"{HOME}x.png"}


def test_redirects_in_a_row_are_counted() -> None:
    location = link("y", Hop.REDIRECT, context="Location")
    assert judged(location, source=lease(hops="LRR"), max_redirects=3).found
    offers = judged(location, source=lease(hops="LRRR"), max_redirects=3)
    assert offers.refused == {("redirects", "a.example"): 1}
    assert judged(link("y"), source=lease(hops="LRRR"), max_redirects=3).found
    assert not judged(location, max_redirects=0).found


def test_a_page_accepted_in_one_way_is_accepted() -> None:
    offers = judged(link("x", nofollow=True), link("x", Hop.EMBED))
    assert offers.accepted == {f"{HOME}x": f"{HOME}x"}


class TestTraps:
    DRAWN = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"

    def test_a_trap_is_counted_by_its_name_after_the_scope(self) -> None:
        trap = "calendar/2090-01-01"
        offers = judged(link(trap), link(f"http://b.example/{trap}"), link("x"))
        assert [each.url for each in offers.found] == [f"{HOME}x"]
        assert offers.refused == {("calendar", "a.example"): 1, ("scope", "b.example"): 1}
        assert offers.left_out[HOME + trap] == HOME + trap

    def test_one_that_is_switched_off_is_a_link(self) -> None:
        assert judged(link("calendar/2090-01-01"), traps_off=("calendar",)).found

    @pytest.mark.parametrize("path", ["a?PHPSESSID={}", "a;jsessionid={}", "(S({}))/a", "a?sid={}"])
    def test_the_url_without_its_session_is_offered_in_its_place(self, path: str) -> None:
        url = path.format(self.DRAWN)
        offers = judged(link(url))
        (candidate,) = offers.found
        assert (candidate.url, candidate.key) == (f"{HOME}a", f"{HOME}a")
        assert (candidate.hops, candidate.depth, candidate.via) == ("L", 1, HOME)
        assert offers.accepted == {HOME + url: f"{HOME}a"}
        assert offers.refused == {("session-id", "a.example"): 1}

    def test_what_stands_in_passes_the_scope_and_the_other_rules(self) -> None:
        offers = judged(link(f"a?sid={self.DRAWN}"), exclude=("/a$",))
        assert offers.found == ()
        assert offers.refused == {("exclude", "a.example"): 1}
        assert offers.left_out == {f"{HOME}a?sid={self.DRAWN}": f"{HOME}a"}

    def test_a_requisite_keeps_its_session(self) -> None:
        url = f"a.css?sid={self.DRAWN}"
        for outlinks in ((link(url), link(url, Hop.EMBED)), (link(url, Hop.EMBED), link(url))):
            offers = judged(*outlinks)
            assert {each.url for each in offers.found} == {f"{HOME}a.css", HOME + url}
            assert offers.accepted == {HOME + url: HOME + url}

    def test_a_redirect_that_only_adds_a_session_is_followed_as_it_is(self) -> None:
        url = f"{HOME}a;jsessionid={self.DRAWN}"
        location = link(url, Hop.REDIRECT, context="Location")
        for source, found in ((f"{HOME}a", url), (f"{HOME}b", f"{HOME}a")):
            offers = judged(location, source=lease(source, hops="L", is_seed=False))
            assert [each.url for each in offers.found] == [found]

    def test_case_and_slash_are_kept(self) -> None:
        paths = ("A", "a", "x", "x/", f"B/?sid={self.DRAWN}", f"b?sid={self.DRAWN}")
        offers = judged(*map(link, paths))
        found = ["A", "a", "x", "x/", "B/", "b"]
        assert [each.url for each in offers.found] == [HOME + path for path in found]
        assert [each.key for each in offers.found] == [HOME + path for path in found]

    def test_below_the_floor_no_link_is_followed(self) -> None:
        source = lease(f"{HOME}p/p/", hops="LL", is_seed=False)
        outlinks = [link(path) for path in ("", "p/", "p/p/x", "p/p/x/", "p/p/x/y", "p/px/", "q/")]
        offers = judged(*outlinks, link("p/p/x/y.png", Hop.EMBED), source=source, floor="a.example/p/p/")
        assert offers.refused == {("duplicate-content", "a.example"): 2}
        assert set(offers.left_out) == {f"{HOME}p/p/x/", f"{HOME}p/p/x/y"}
        assert f"{HOME}p/p/x/y.png" in offers.accepted
