"""The same rules give the same items while crawling and from what is stored: the truth of the practice shop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from crawler.extracting import Extraction
from crawler.gathering import load_rules
from crawler.item import Item
from tests.export.outputs import dump_of
from tests.shop import PRODUCTS, RULES, products, shop
from tests.web import OWN, Web, crawl, entries, links, page

SEEDS = (OWN, f"{OWN}api/list?page=1")


@pytest.fixture
def rules(tmp_path: Path) -> str:
    path = tmp_path / "rules.toml"
    path.write_text(RULES, encoding="utf-8")
    return str(path)


async def extracted(output: Path, rules: str, *urls: str) -> tuple[list[Item], list[str]]:
    async with dump_of(output, *urls) as dump:
        extraction = Extraction(dump, load_rules(rules))
        items = [item async for item in extraction.items()]
        assert extraction.given == len(items)
        return items, extraction.breaks.lines()


def logged(output: Path) -> list[dict[str, Any]]:
    """What was written while crawling."""
    (path,) = (output / "items").iterdir()
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def sorted_rows(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def fields(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in row.items()
        if name not in {"item", "source_url", "captured_at", "digest"}
    }


@pytest.mark.parametrize("archive", [True, False])
async def test_the_shop(tmp_path: Path, rules: str, *, archive: bool) -> None:
    output = tmp_path / "output"
    report = await crawl(shop(), output, *SEEDS, rules=rules, archive=archive)
    assert not report.warnings
    rows = logged(output)
    found = sorted((fields(each) for each in rows if each["item"] == "product"), key=lambda each: each["id"])
    assert found == products()
    assert len([each for each in rows if each["item"] == "hit"]) == PRODUCTS
    for row in rows:
        assert row["source_url"].startswith(OWN)
        assert row["digest"].startswith("sha256:")
    if archive:
        items, breaks = await extracted(output, rules)
        assert not breaks
        assert sorted_rows([each.row() for each in items]) == sorted_rows(rows)


async def test_picked_urls_alone(tmp_path: Path, rules: str) -> None:
    await crawl(shop(), tmp_path / "output", *SEEDS, rules=rules)
    items, _ = await extracted(tmp_path / "output", rules, f"{OWN}products/3")
    assert [each.values["id"] for each in items] == [3]


async def test_a_page_that_breaks_a_rule_costs_itself_and_is_told(tmp_path: Path, rules: str) -> None:
    web = shop()
    web.says[f"{OWN}products/2"] = "<h1>No price</h1>"
    web.says[f"{OWN}products/4"] = "<h1>None</h1><p class=price>soon</p>"
    output = tmp_path / "output"
    report = await crawl(web, output, *SEEDS, rules=rules)
    told = f"rules: product.price: missing (2 pages, such as {OWN}products/2)"
    assert report.warnings == (told,)
    assert report.counts.failed == 0
    assert sorted(each["id"] for each in logged(output) if each["item"] == "product") == [1, 3, 5, 6, 7]
    items, breaks = await extracted(output, rules)
    assert breaks == [told]
    assert len([each for each in items if each.name == "product"]) == PRODUCTS - 2


async def test_a_lost_body_is_told(tmp_path: Path, rules: str) -> None:
    output = tmp_path / "output"
    await crawl(shop(), output, *SEEDS)
    for segment in (output / "archive").glob("*.warc.gz"):
        segment.unlink()
    items, breaks = await extracted(output, rules)
    assert items == []
    assert "page" in breaks[0]


@pytest.mark.long
async def test_a_page_that_is_heavy_to_select_in_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    # Every element looks at all that follow it, and each of those does, too.
    path.write_text(
        '[[item]]\nname = "a"\n[item.fields]\nt = "h1"\n'
        'x = { xpath = "count(//i[count(following::i[count(following::i) > 5]) > 5])", type = "integer" }\n'
    )
    web = Web({OWN: links("/heavy"), f"{OWN}heavy": "<h1>heavy</h1>" + "<i></i>" * 20_000})
    await crawl(web, tmp_path / "output", OWN)
    async with dump_of(tmp_path / "output") as dump:
        extraction = Extraction(dump, load_rules(str(path)), deadline_seconds=5)
        items = [item async for item in extraction.items()]
        assert [each.source_url for each in items] == [OWN]
        assert "takes longer than 5 s" in extraction.breaks.lines()[0]


async def test_a_shorter_path_offers_the_links_of_rules_again(tmp_path: Path, rules: str) -> None:
    web = shop()
    # The list is found three links deep before it is found one deep.
    web.says[OWN] = links("/a", "/slow")
    web.says[f"{OWN}a"] = links("/b")
    web.says[f"{OWN}b"] = links("/list?page=1")
    web.says[f"{OWN}slow"] = page("/list?page=1", seconds=0)
    output = tmp_path / "output"
    await crawl(web, output, OWN, rules=rules, concurrency=1)
    found = await entries(output)
    depths = {number: found[f"{OWN}list?page={number}"].candidate.depth for number in (1, 2, 3)}
    assert depths == {1: 2, 2: 3, 3: 4}
    assert len(logged(output)) == PRODUCTS
