"""What changed between runs is told to programs and shown to people, with the difference a click away."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from tests.serve.conftest import EVIL
from tests.serve.serving import served
from tests.web import OWN


async def test_the_last_two_runs_are_compared(output: Path) -> None:
    async with served(output) as server:
        told = (await server.ask("/api/changes")).json
        assert told["from"] < told["to"]
        assert (told["counts"]["changed"], sum(told["counts"].values()), told["next"]) == (1, 1, None)
        (change,) = told["items"]
        assert (change["kind"], change["url"], change["title"]) == ("changed", f"{OWN}a", EVIL)
        lines = (await server.ask(f"/api{change['diff']}")).json["lines"]
        kinds = {line["kind"]: line["text"] for line in lines}
        assert (kinds["removed"], kinds["added"]) == ("first words", "second words")
        assert (await server.ask(change["view"])).status == 200
        again = (await server.ask("/api/changes?from=1&to=2&kind=changed")).json
        assert again == told
        by_name = (await server.ask(f"/api/changes?from={told['from']}&to={told['to']}")).json
        assert by_name == told


async def test_a_list_goes_on_at_its_cursor_and_one_kind_can_be_picked(output: Path) -> None:
    async with served(output) as server:
        first = (await server.ask("/api/changes?limit=1")).json
        assert first["next"] == 1
        rest = (await server.ask("/api/changes?limit=1&after=1")).json
        assert (rest["items"], rest["next"]) == ([], None)
        assert (await server.ask("/api/changes?kind=gone")).json["items"] == []


async def test_where_there_is_nothing_to_compare(output: Path, tmp_path: Path) -> None:
    async with served(output) as server:
        told = (await server.ask("/api/changes?to=1")).json
        assert (told["from"], told["items"], told["to"] is None) == (None, [], False)
        assert "Run 1 is the first" in (await server.ask("/changes?to=1")).text
        assert "Nothing of this kind" in (await server.ask("/changes?kind=gone")).text
    async with served(tmp_path / "none") as server:
        told = (await server.ask("/api/changes")).json
        assert (told["from"], told["to"], told["items"], told["next"]) == (None, None, [], None)
        assert "Nothing was crawled yet" in (await server.ask("/changes")).text


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("to=9", 404, "to '9': there is no such run; the last ones are 1"),
        ("from=2&to=2", 404, "from: run 2 is not before run 2"),
        ("kind=odd", 400, "kind must be one of new, changed"),
        ("limit=0", 400, "limit must be"),
        ("after=x", 400, "after must be"),
    ],
)
async def test_what_cannot_be_meant(output: Path, query: str, status: int, words: str) -> None:
    async with served(output) as server:
        said = await server.ask(f"/api/changes?{query}")
    assert said.status == status
    assert words in said.json["detail"]


async def test_people_see_the_difference_one_click_away(output: Path) -> None:
    async with served(output) as server:
        page = await server.ask("/changes")
        assert EVIL not in page.text
        assert html.escape(EVIL) in page.text
        assert page.text.count("<option") == 4
        (way,) = re.findall(r'href="([^"]+)">difference', page.text)
        shown = await server.ask(html.unescape(way))
        assert "<ins>second words</ins>" in shown.text
        assert "<del>first words</del>" in shown.text


async def test_a_version_that_is_neither_date_nor_run(output: Path) -> None:
    async with served(output) as server:
        said = await server.ask(f"/api/diff?url={OWN}a&from=run:x&to=now")
        assert (said.status, "run:3" in said.json["detail"]) == (400, True)
        assert (await server.ask(f"/api/diff?url={OWN}a&from=run:0&to=now")).status == 404
