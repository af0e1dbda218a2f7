"""What changed between two runs is what the site did between them, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.changes import Change, ChangeKind, ChangeList
from crawler.errors import TransientError
from tests.nights import changes_of, lines_of
from tests.web import OWN, Said, Web, crawl, images, links, moved, tagged, typed

A, B, C = f"{OWN}a", f"{OWN}b", f"{OWN}c"
WORDS = " ".join(f"word{number}" for number in range(300))


def site() -> Web:
    return Web(
        {
            OWN: links("/a", "/b", title="Home"),
            A: links("/", title="Ay", text=f"<p>{WORDS} of a"),
            B: links("/", title="Bee", text=f"<p>{WORDS} of b"),
        }
    )


async def after(web: Web, folder: Path, **said: Said) -> dict[str, set[str]]:
    """Two runs with a change in between."""
    await crawl(web, folder, OWN)
    web.says |= {OWN + path.replace("home", ""): each for path, each in said.items()}
    await crawl(web, folder, OWN, retries=0)
    return await changes_of(folder)


async def test_nothing(tmp_path: Path) -> None:
    assert await after(site(), tmp_path) == {}


async def test_an_edit(tmp_path: Path) -> None:
    assert await after(site(), tmp_path, a=links("/", title="Ay", text=f"<p>Something else: {WORDS}")) == {
        "changed": {A}
    }


async def test_dates_and_advertisements_do_not_cry_wolf(tmp_path: Path) -> None:
    text = f"<p>{WORDS} of a<p>28 November 2026<div class=ad>Buy!</div><p>12 views"
    assert await after(site(), tmp_path, a=links("/", title="Ay", text=text)) == {}
    again = links("/", title="Ay", text=text.replace("28 Nov", "29 Nov").replace("Buy", "Sell"))
    assert await after(site(), tmp_path, a=again) == {}
    assert await after(site(), tmp_path, a=links("/", text=f"<p>{WORDS} of late")) == {"changed": {A}}


async def test_a_new_page(tmp_path: Path) -> None:
    found = await after(
        site(), tmp_path, home=links("/a", "/b", "/c", title="Home"), c=links("/", title="Cee")
    )
    assert found == {"new": {C}, "changed": {OWN}}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (404, "gone"),
        (410, "gone"),
        (links(title="Page not found"), "gone"),
        (500, "failing"),
        (503, "failing"),
        (403, "failing"),
        (TransientError("timeout", "no answer in 60 s"), "failing"),
        (links(title="Sign in", text="<form><input type=password></form>"), "failing"),
        (moved("/login?next=/a", 302), "failing"),
        (links(title="Ay"), "failing"),
        (f"<!DOCTYPE html><html><title>Ay</title><p>{WORDS[:900]}", "failing"),
    ],
    ids=str,
)
async def test_a_failure(tmp_path: Path, said: Said, kind: str) -> None:
    web = site()
    assert await after(web, tmp_path, a=said, login=links(title="Sign in")) == {kind: {A}}
    await crawl(web, tmp_path, OWN, retries=0)
    assert await changes_of(tmp_path) == {}
    web.says[A] = links("/", title="Ay", text=f"<p>{WORDS} of a")
    await crawl(web, tmp_path, OWN)
    back = "new" if kind == "gone" else "recovered"
    assert await changes_of(tmp_path) == {back: {A}}
    assert await changes_of(tmp_path, 1, 4) == {}
    assert await changes_of(tmp_path, 1, 3) == {kind: {A}}


async def test_a_permanent_redirect_is_a_move_told_once(tmp_path: Path) -> None:
    found = await after(site(), tmp_path, a=moved("/c"), c=links("/", title="Ay", text=f"<p>{WORDS} of a"))
    assert found == {"moved": {f"{A} > {C}"}}


@pytest.mark.parametrize("beside", ["", "<nav>Other links</nav>"], ids=["same bytes", "same content"])
async def test_the_same_content_elsewhere_is_a_move(tmp_path: Path, beside: str) -> None:
    there = links("/", title="Ay", text=f"<p>{WORDS} of a{beside}")
    found = await after(site(), tmp_path, home=links("/c", "/b", title="Home"), a=404, c=there)
    assert found == {"moved": {f"{A} > {C}"}}


async def test_what_no_page_leads_to_any_more_is_unlinked_until_one_does_again(tmp_path: Path) -> None:
    web = site()
    assert await after(web, tmp_path, home=links("/a", title="Home")) == {"unlinked": {B}, "changed": {OWN}}
    await crawl(web, tmp_path, OWN)
    assert await changes_of(tmp_path) == {}
    web.says[A] = links("/b", title="Ay", text=f"<p>{WORDS} of a")
    await crawl(web, tmp_path, OWN)
    assert B not in {each["url"] for each in await lines_of(tmp_path)}
    web.says[OWN] = links("/a", "/b", title="Home")
    web.says[A] = 404
    await crawl(web, tmp_path, OWN)
    assert await changes_of(tmp_path) == {"gone": {A}, "changed": {OWN}}


async def test_what_a_page_that_is_gone_led_to_is_unlinked(tmp_path: Path) -> None:
    web = site()
    web.says[A] = links("/c", title="Ay")
    web.says[C] = links(title="Cee")
    assert await after(web, tmp_path, a=410) == {"gone": {A}, "unlinked": {C}}


async def test_requisites_change_too(tmp_path: Path) -> None:
    web = site()
    web.says[A] = links("/", title="Ay", text=images("/p.png"))
    web.says[f"{OWN}p.png"] = typed(b"\x89PNG one", "image/png")
    found = await after(web, tmp_path, **{"p.png": typed(b"\x89PNG two", "image/png")})
    assert found == {"changed": {f"{OWN}p.png"}}


async def test_an_unchanged_night_costs_no_reading(tmp_path: Path) -> None:
    web = Web({OWN: tagged(links("/a")), A: tagged(links("/"))})
    await crawl(web, tmp_path, OWN)
    await crawl(web, tmp_path, OWN)
    assert await changes_of(tmp_path) == {}


async def test_any_two_runs(tmp_path: Path) -> None:
    web = site()
    await after(web, tmp_path, a=links("/", title="Ay", text=f"<p>Something else: {WORDS}"))
    web.says[B] = 404
    await crawl(web, tmp_path, OWN)
    assert await changes_of(tmp_path) == {"gone": {B}}
    assert await changes_of(tmp_path, 1, 2) == {"changed": {A}}
    assert await changes_of(tmp_path, 1, 3) == {"changed": {A}, "gone": {B}}


def test_a_list_of_changes_gives_them_back_by_kind() -> None:
    with ChangeList() as found:
        found.add(ChangeKind.NEW, Change(url="http://a.example/\udc80"))
        found.add(ChangeKind.MOVED, Change(url="http://a.example/b", to="http://a.example/c"))
        assert (found.total, found.counts[ChangeKind.NEW]) == (2, 1)
        for _ in range(2):
            assert list(found.of(ChangeKind.MOVED)) == [
                {"url": "http://a.example/b", "to": "http://a.example/c"}
            ]
        assert list(found.of(ChangeKind.GONE)) == []
