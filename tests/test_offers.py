"""What a page leads to becomes candidates; what the scope refuses is counted by rule."""

from __future__ import annotations

import dataclasses

import pytest

from crawler.model import MAX_HOPS_KEPT, Candidate, Hop, Lease, Outlink
from crawler.offers import Offers, judge_outlinks
from crawler.options import ScopeOptions
from crawler.scope import Scope

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
    **options: object,
) -> Offers:
    scope = Scope(ScopeOptions(**options), [HOME])  # type: ignore[arg-type]
    return judge_outlinks(
        source or lease(), outlinks, scope, max_redirects=max_redirects, obeys_nofollow=obeys
    )


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
