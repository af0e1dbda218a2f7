"""Which URLs belong to the crawl."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Hop
from crawler.options import ScopeKind, ScopeOptions
from crawler.scope import MAX_EMBEDS_IN_A_ROW, Scope

SEED = "https://www.example.org/docs/guide/start.html"

WHERE = {
    "https://www.example.org/docs/guide/other": {"prefix", "host", "domain", "any"},
    "https://www.example.org/docs/guide/": {"prefix", "host", "domain", "any"},
    "http://www.example.org/docs/guide/a/b/c?x=/docs": {"prefix", "host", "domain", "any"},
    "https://www.example.org/docs/guide": {"host", "domain", "any"},
    "https://www.example.org/docs/guidebook/": {"host", "domain", "any"},
    "https://www.example.org/docs/": {"host", "domain", "any"},
    "http://www.example.org/": {"host", "domain", "any"},
    "https://www.example.org/?p=/docs/guide/": {"host", "domain", "any"},
    "https://www.example.org:8443/docs/guide/a": {"domain", "any"},
    "https://example.org/docs/guide/a": {"domain", "any"},
    "https://api.eu.example.org/": {"domain", "any"},
    "https://example.org.evil.example/docs/guide/": {"any"},
    "https://notexample.org/": {"any"},
    "https://example.com/docs/guide/": {"any"},
    SEED: {"prefix", "host", "domain", "any"},
}
KINDS: tuple[ScopeKind, ...] = ("page", "prefix", "host", "domain", "any")


@pytest.mark.parametrize("url", WHERE)
@pytest.mark.parametrize("kind", KINDS)
def test_a_link_belongs_where_the_seeds_lie(kind: ScopeKind, url: str) -> None:
    scope = Scope(ScopeOptions(scope=kind), [SEED])
    decision = scope.judge(url, "L", 1)
    assert decision.accepted == (kind in WHERE[url])
    assert scope.covers(url) == decision.accepted
    if not decision.accepted:
        assert (decision.rule, decision.detail) == ("scope", f"not in scope {kind}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hops", ["R", "LR", "L", "PM", "P", "ELL"])
def test_links_redirects_and_sitemaps_are_judged_alike(kind: ScopeKind, hops: str) -> None:
    scope = Scope(ScopeOptions(scope=kind), [SEED])
    assert scope.judge("https://example.com/", hops, 1).accepted == (kind == "any")
    assert scope.judge(f"{SEED}2", hops, 1).accepted == (kind != "page")


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_always_belongs(kind: ScopeKind) -> None:
    options = ScopeOptions(scope=kind, include=("^never$",), exclude=(".",), max_depth=0, assets=False)
    assert Scope(options).judge("http://elsewhere.example/", "R", 0, is_seed=True).accepted


def test_without_seeds_only_any_covers_anything() -> None:
    assert [kind for kind in KINDS if Scope(ScopeOptions(scope=kind)).covers(SEED)] == ["any"]


def test_who_joins_brings_its_place() -> None:
    scope = Scope(ScopeOptions(), [SEED])
    assert not scope.covers("http://example.org/a")
    scope.join("https://example.org/")
    assert scope.covers("http://example.org/a")
    assert scope.covers(SEED)


def test_a_prefix_is_a_folder_and_the_root_is_all() -> None:
    scope = Scope(ScopeOptions(scope="prefix"), ["http://a.example/", "http://b.example/x/"])
    assert scope.covers("http://a.example/any/thing")
    assert scope.covers("https://b.example/x/y")
    assert not scope.covers("http://b.example/x")
    assert not scope.covers("http://b.example/")
    assert not scope.covers("http://c.example/")


def test_ip_addresses_and_names_without_suffix_are_their_own_domain() -> None:
    scope = Scope(ScopeOptions(scope="domain"), ["http://127.0.0.1/", "http://localhost/", "http://a.co.uk/"])
    assert scope.covers("http://127.0.0.1:8000/")
    assert not scope.covers("http://1.127.0.0.1.example/")
    assert scope.covers("http://localhost:9/")
    assert scope.covers("http://b.a.co.uk/")
    assert not scope.covers("http://b.co.uk/")


class TestRequisites:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("hops", ["E", "LE", "EE", "ER", "LERE", "LLRE"])
    def test_they_are_fetched_from_anywhere(self, kind: ScopeKind, hops: str) -> None:
        options = ScopeOptions(scope=kind, max_depth=0, include=("^never$",))
        assert Scope(options, [SEED]).judge("https://cdn.example/x.png", hops, 3).accepted

    def test_at_most_five_in_a_row(self) -> None:
        scope = Scope(ScopeOptions(), [SEED])
        assert MAX_EMBEDS_IN_A_ROW == 5
        assert scope.judge("https://cdn.example/5.css", "L" + "E" * 5, 1).accepted
        decision = scope.judge("https://cdn.example/6.css", "L" + "E" * 6, 1)
        assert (decision.accepted, decision.rule) == (False, "embed-depth")

    def test_redirects_between_them_do_not_begin_a_new_row(self) -> None:
        scope = Scope(ScopeOptions(), [SEED])
        assert scope.judge("https://cdn.example/x", "ERERERERE", 0).accepted
        assert not scope.judge("https://cdn.example/x", "ERERERERERE", 0).accepted

    def test_a_link_begins_a_new_row(self) -> None:
        assert Scope(ScopeOptions(), [SEED]).judge("https://cdn.example/x", "EEEEELEEEEE", 1).accepted

    def test_without_assets_none_is(self) -> None:
        decision = Scope(ScopeOptions(assets=False), [SEED]).judge(SEED, "E", 0)
        assert (decision.accepted, decision.rule) == (False, "assets")

    def test_exclude_holds_for_them_too(self) -> None:
        scope = Scope(ScopeOptions(exclude=(r"\.gif$",)), [SEED])
        assert scope.judge("https://cdn.example/a.gif", "E", 0).rule == "exclude"


class TestPatterns:
    def test_exclude_names_its_pattern(self) -> None:
        scope = Scope(ScopeOptions(exclude=("/a", "logout")), [SEED])
        decision = scope.judge("https://www.example.org/logout", "L", 1)
        assert decision.reason == "exclude: logout"

    def test_one_include_suffices(self) -> None:
        scope = Scope(ScopeOptions(include=("/docs/", "/blog/")), [SEED])
        assert scope.judge("https://www.example.org/blog/x", "L", 1).accepted
        decision = scope.judge("https://www.example.org/shop/", "L", 1)
        assert (decision.accepted, decision.rule) == (False, "include")

    def test_exclude_beats_include(self) -> None:
        scope = Scope(ScopeOptions(include=("/docs/",), exclude=("old",)), [SEED])
        assert scope.judge("https://www.example.org/docs/old", "L", 1).rule == "exclude"

    def test_include_does_not_widen_the_scope(self) -> None:
        scope = Scope(ScopeOptions(include=("example.com",)), [SEED])
        assert scope.judge("https://example.com/", "L", 1).rule == "scope"

    def test_a_sitemap_itself_needs_no_include(self) -> None:
        scope = Scope(ScopeOptions(include=("/docs/",)), [SEED])
        assert scope.judge("https://www.example.org/sitemap.xml", "P", 0).accepted


class TestDepth:
    @pytest.mark.parametrize(
        ("most", "depth", "accepted"), [(0, 0, True), (0, 1, False), (3, 3, True), (3, 4, False)]
    )
    def test_no_deeper_than_asked(self, most: int, depth: int, accepted: bool) -> None:
        decision = Scope(ScopeOptions(max_depth=most), [SEED]).judge(SEED, "L", depth)
        assert decision.accepted == accepted
        assert accepted or decision.reason == f"depth: {depth} links from the nearest seed"

    def test_without_a_limit_there_is_none(self) -> None:
        assert Scope(ScopeOptions(), [SEED]).judge(SEED, "L", 10_000).accepted


class TestSitemaps:
    @pytest.mark.parametrize(
        ("hops", "accepted"),
        [("PPPPP", True), ("PPPPPP", False), ("PRPRPRPRPRP", False), ("PPPPPPM", True), ("LPPPPP", True)],
    )
    def test_no_more_than_five_in_a_row(self, hops: str, accepted: bool) -> None:
        decision = Scope(ScopeOptions(), [SEED]).judge(SEED, hops, 1)
        assert decision.accepted == accepted
        assert accepted or decision.reason == "sitemap-depth: 6 sitemaps in a row"

    @pytest.mark.parametrize("hops", ["P", "PM", "PMM", "LM"])
    def test_they_can_be_left_out(self, hops: str) -> None:
        assert Scope(ScopeOptions(sitemaps=False), [SEED]).judge(SEED, hops, 1).rule == "sitemaps"
        assert Scope(ScopeOptions(), [SEED]).judge(SEED, hops, 1).accepted

    def test_what_a_page_of_a_sitemap_links_is_a_link(self) -> None:
        assert Scope(ScopeOptions(sitemaps=False), [SEED]).judge(SEED, "PML", 2).accepted


class TestTypes:
    @pytest.mark.parametrize(
        ("media_type", "accepted"),
        [
            ("text/html", True),
            ("application/pdf", True),
            ("video/mp4", False),
            ("application/zip", False),
            ("", True),
        ],
    )
    def test_the_default_takes_pages_requisites_and_documents(self, media_type: str, accepted: bool) -> None:
        decision = Scope(ScopeOptions()).admits(media_type, is_requisite=False)
        assert decision.accepted == accepted
        assert accepted or decision.rule == "types"

    def test_requisites_may_be_anything(self) -> None:
        assert Scope(ScopeOptions(types=("html",))).admits("video/mp4", is_requisite=True).accepted

    def test_all_is_all(self) -> None:
        assert Scope(ScopeOptions(types=("all",))).admits("application/x-thing", is_requisite=False).accepted


@given(
    st.sampled_from(sorted(WHERE)),
    st.text("LERMP", max_size=40),
    st.integers(0, 100),
    st.sampled_from(KINDS),
)
def test_a_wider_kind_refuses_nothing_that_a_narrower_one_takes(
    url: str, hops: str, depth: int, kind: ScopeKind
) -> None:
    narrow = Scope(ScopeOptions(scope=kind), [SEED])
    for wider in KINDS[KINDS.index(kind) :]:
        wide = Scope(ScopeOptions(scope=wider), [SEED])
        assert wide.judge(url, hops, depth).accepted >= narrow.judge(url, hops, depth).accepted


def test_the_letters_are_those_of_hops() -> None:
    assert {Hop.EMBED.value, Hop.REDIRECT.value, Hop.PREREQUISITE.value, Hop.MANIFEST.value} == set("ERPM")
