"""Where URLs lie in the dump: at the predicted name, unless they are known to surprise."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator

import pytest

import crawler.addresses
from crawler.addresses import Addresses, Placement
from crawler.model import Candidate, Capture, Lease

HOME = "http://a.example/"
PREDICTED = "a.example/x~.html"
TOLD = Placement()


def lease(
    path: str = "x", *, copy: str | None = None, is_surprise: bool = False, redirect_to: str | None = None
) -> Lease:
    url = HOME + path
    capture = None
    if copy is not None:
        capture = Capture(
            url=url,
            captured_at=0,
            status=200,
            media_type="text/html",
            size_bytes=1,
            digest="",
            mirror_path=copy,
        )
    return Lease(
        candidate=Candidate(url=url, key=url, host="a.example"),
        token=1,
        attempt=1,
        expires_at=0,
        capture=capture,
        is_surprise=is_surprise,
        redirect_to=redirect_to,
    )


async def stream(*pairs: tuple[str, str | None]) -> AsyncIterator[tuple[str, str | None]]:
    for pair in pairs:
        yield pair


def test_what_is_not_known_is_predicted() -> None:
    assert Addresses().of(f"{HOME}x") == PREDICTED


@pytest.mark.parametrize(
    ("known", "path", "moves", "is_surprise"),
    [
        (lease(), PREDICTED, False, False),
        (lease(), "a.example/x~.pdf", True, True),
        (lease(), None, True, True),
        (lease(copy=PREDICTED), PREDICTED, False, False),
        (lease(copy="a.example/x~.pdf", is_surprise=True), "a.example/x~.pdf", False, True),
        (lease(copy="a.example/x~.pdf", is_surprise=True), PREDICTED, True, False),
        (lease(copy=PREDICTED), "a.example/x~.pdf", True, True),
        (lease(is_surprise=True), None, False, True),
        (lease(is_surprise=True), PREDICTED, True, False),
    ],
    ids=[
        "as told",
        "other type",
        "no file",
        "as before",
        "as surprising as before",
        "back",
        "moved",
        "still none",
        "now",
    ],
)
def test_a_page_is_looked_at_again_only_if_it_was_told_otherwise(
    known: Lease, path: str | None, moves: bool, is_surprise: bool
) -> None:
    addresses = Addresses()
    placement = addresses.place(known, path)
    assert (placement.moves, placement.is_surprise) == (moves, is_surprise)
    assert placement.appears == (path is not None and known.capture is None)
    assert addresses.of(f"{HOME}x") == path


class TestRedirects:
    def test_they_lead_to_where_their_target_lies(self) -> None:
        addresses = Addresses()
        addresses.redirect(lease("x"), f"{HOME}y", is_followed=True)
        addresses.redirect(lease("y"), f"{HOME}z", is_followed=True)
        assert addresses.of(f"{HOME}x") == "a.example/z~.html"
        addresses.place(lease("z"), "a.example/z~.pdf")
        assert addresses.of(f"{HOME}x") == "a.example/z~.pdf"

    def test_one_that_is_not_followed_has_no_file(self) -> None:
        addresses = Addresses()
        placement = addresses.redirect(lease(), "http://b.example/", is_followed=False)
        assert placement == Placement(moves=True, is_surprise=True)
        assert addresses.of(f"{HOME}x") is None

    def test_old_news_move_nothing(self) -> None:
        known = lease(is_surprise=True, redirect_to=f"{HOME}y")
        assert Addresses().redirect(known, f"{HOME}y", is_followed=True) == Placement(is_surprise=True)
        placement = Addresses().redirect(known, f"{HOME}z", is_followed=True)
        assert placement == Placement(moves=True, is_surprise=True, appears=True)

    def test_a_page_in_its_place_ends_it(self) -> None:
        addresses = Addresses()
        addresses.redirect(lease(), f"{HOME}y", is_followed=True)
        addresses.place(lease(is_surprise=True), PREDICTED)
        assert addresses.of(f"{HOME}x") == PREDICTED

    def test_a_circle_is_seen_before_it_closes(self) -> None:
        addresses = Addresses()
        assert addresses.loops(f"{HOME}x", f"{HOME}x")
        addresses.redirect(lease("x"), f"{HOME}y", is_followed=True)
        addresses.redirect(lease("y"), f"{HOME}z", is_followed=True)
        assert addresses.loops(f"{HOME}z", f"{HOME}x")
        assert not addresses.loops(f"{HOME}z", f"{HOME}w")

    def test_a_circle_that_stands_ends_all_the_same(self) -> None:
        addresses = Addresses()
        addresses.redirect(lease("x"), f"{HOME}y", is_followed=True)
        addresses.redirect(lease("y"), f"{HOME}x", is_followed=True)
        assert addresses.of(f"{HOME}x") in {PREDICTED, "a.example/y~.html"}
        assert not addresses.loops(f"{HOME}w", f"{HOME}x")


def test_a_copy_that_had_no_file_appears_when_it_gets_one() -> None:
    known = lease(copy=PREDICTED)
    assert known.capture is not None
    without_file = dataclasses.replace(known, capture=dataclasses.replace(known.capture, mirror_path=None))
    assert Addresses().place(without_file, PREDICTED).appears
    assert not Addresses().place(lease(copy=PREDICTED), PREDICTED).appears


async def test_what_earlier_runs_found_is_known() -> None:
    addresses = Addresses()
    await addresses.load(stream((f"{HOME}x", None), (f"{HOME}y", "a.example/y~.pdf")))
    assert addresses.of(f"{HOME}x") is None
    assert addresses.of(f"{HOME}y") == "a.example/y~.pdf"


async def test_beyond_what_it_can_remember_pages_are_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawler.addresses, "_MAX_KNOWN", 1)
    addresses = Addresses()
    await addresses.load(stream((f"{HOME}x", None), (f"{HOME}y", None)))
    assert addresses.place(lease("y", is_surprise=True), None).moves
    assert addresses.redirect(lease("z", is_surprise=True, redirect_to=HOME), HOME, is_followed=True).moves


def test_what_was_met_is_known_by_its_key() -> None:
    addresses = Addresses()
    addresses.meet([f"{HOME}x"], [f"{HOME}y"])
    assert addresses.has_met(f"{HOME}x")
    assert addresses.has_met(f"{HOME}y")
    assert not addresses.has_met(f"{HOME}z")


def test_without_a_mirror_no_address_matters() -> None:
    addresses = Addresses(is_on=False)
    assert addresses.place(lease(), None) == TOLD
    assert addresses.redirect(lease(), HOME, is_followed=True) == TOLD
    addresses.meet([HOME])
    assert not addresses.has_met(HOME)


def test_every_link_is_expected_to_have_a_file_in_the_end() -> None:
    addresses = Addresses()
    assert addresses.expects(f"{HOME}never met")


def test_with_a_budget_of_pages_the_first_links_are_expected_and_every_requisite() -> None:
    addresses = Addresses()
    addresses.expect(2)
    addresses.meet([f"{HOME}{name}" for name in "aab"], [HOME])
    addresses.meet([f"{HOME}b", f"{HOME}c"], [f"{HOME}s.css"])
    assert [name for name in ("", "a", "b", "c", "s.css") if addresses.expects(HOME + name)] == [
        "",
        "a",
        "b",
        "s.css",
    ]
    assert not addresses.has_met(f"{HOME}c")


def test_a_budget_too_large_to_be_counted_is_none() -> None:
    addresses = Addresses()
    addresses.expect(10**9)
    assert addresses.expects(HOME)
