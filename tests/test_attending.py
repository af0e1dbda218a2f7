"""Hooks around the way of a URL, over whole crawls of a small web."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pydantic
import pytest

from crawler.api import Crawl
from crawler.errors import UsageError
from crawler.exchange import Request, Response
from crawler.hooks import Failure
from crawler.item import Item
from crawler.model import Decision, State
from crawler.page import Page
from tests.shop import PRODUCTS, RULES, shop
from tests.web import OWN, Web, entries, links, moved, states, typed


async def crawled(web: Web, folder: Path, *seeds: str, **terms: Any) -> Crawl:
    async with Crawl(seeds or [OWN], folder, clock=web.clock, fetch=web.fetch, **terms) as crawl:
        web.clock.is_busy = lambda: crawl._job is not None and crawl._job._engine.held > 0
        await crawl.run()
    web.clock.advance(1)
    return crawl


def items(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted((folder / "items").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]


async def test_pages_give_items_and_further_urls(tmp_path: Path) -> None:
    web = Web({OWN: links(title="Home"), f"{OWN}a?x=1": links(title="A"), f"{OWN}b": links()})

    async def on_page(page: Page) -> Iterable[str | Item]:
        title = page.soup.title
        assert title is not None
        return [page.item("page", title=title.text), "a?x=1#f", f"{OWN}b", "http://else.example/"]

    await crawled(web, tmp_path, on_page=on_page)
    assert [each["title"] for each in items(tmp_path)] == ["Home", "A", ""] or len(items(tmp_path)) == 3
    found = await entries(tmp_path)
    assert set(found) == {OWN, f"{OWN}a?x=1", f"{OWN}b"}
    assert (found[f"{OWN}b"].candidate.via, found[f"{OWN}b"].candidate.depth) == (OWN, 1)
    assert items(tmp_path)[0]["digest"] == found[OWN].good.digest  # type: ignore[union-attr]


async def test_a_hook_that_raises_costs_its_page_alone(tmp_path: Path) -> None:
    web = Web({OWN: links("/a", "/b"), f"{OWN}a": links("/c"), f"{OWN}b": links(), f"{OWN}c": links()})
    failures: list[Failure] = []

    async def on_page(page: Page) -> None:
        if page.url.endswith("/a"):
            raise KeyError("missing")

    async def on_failure(failure: Failure) -> None:
        failures.append(failure)
        raise ValueError("this too")

    crawl = await crawled(web, tmp_path, on_page=on_page, on_failure=[on_failure, on_failure])
    assert await states(tmp_path, State.FAILED) == {f"{OWN}a": State.FAILED}
    entry = (await entries(tmp_path))[f"{OWN}a"]
    assert entry.reason == "hook: on_page on_page: KeyError: 'missing'"
    assert crawl.report.counts.pages == 3
    assert [(each.url, each.status, each.via) for each in failures] == [(f"{OWN}a", 200, OWN)] * 2
    web.forget()
    await crawled(web, tmp_path)
    assert f"{OWN}a" in web.urls()
    assert await states(tmp_path, State.FAILED) == {}


async def test_requests_are_changed_and_refused(tmp_path: Path) -> None:
    web = Web({OWN: links("/a", "/b"), f"{OWN}a": links()})

    async def sign(request: Request) -> Request:
        return replace(request, headers=(*request.headers, ("X-Key", "k")))

    async def only_a(request: Request) -> Decision | None:
        return Decision(accepted=False, rule="not-mine") if request.url.endswith("/b") else None

    await crawled(web, tmp_path, on_request=[sign, only_a])
    assert web.urls() == [OWN, f"{OWN}a"]
    assert {each.headers.get("X-Key") for each in web.asked if not each.url.endswith("robots.txt")} == {"k"}
    entry = (await entries(tmp_path))[f"{OWN}b"]
    assert (entry.state, entry.reason) == (State.EXCLUDED, "not-mine")


async def test_another_url_is_another_request(tmp_path: Path) -> None:
    async def elsewhere(request: Request) -> Request:
        return replace(request, url=f"{OWN}other")

    await crawled(Web({OWN: links()}), tmp_path, on_request=elsewhere)
    assert (await entries(tmp_path))[OWN].reason == "hook: elsewhere gave a request of another URL"


async def test_answers_of_any_type_lead_on(tmp_path: Path) -> None:
    pages = {
        f"{OWN}api?page={each}": typed(
            json.dumps({"next": each + 1 if each < 3 else None}), "application/json"
        )
        for each in (1, 2, 3)
    }
    seen: list[tuple[str, int]] = []

    async def on_response(response: Response) -> Iterable[str] | None:
        seen.append((response.url, response.status))
        if response.status != 200:
            return None
        more = json.loads(response.body.read())["next"]
        return [f"?page={more}"] if more else None

    web = Web({f"{OWN}start": moved("/api?page=1"), **pages})
    await crawled(web, tmp_path, f"{OWN}start", on_response=on_response)
    assert seen == [(f"{OWN}start", 301), *((url, 200) for url in pages)]


async def test_items_are_changed_left_out_and_checked(tmp_path: Path) -> None:
    class Product:
        def __init__(self, obj: dict[str, Any]) -> None:
            if obj["id"] == 2:
                raise ValueError("two is none")
            self.number = obj["id"] * 10

        @classmethod
        def model_validate(cls, obj: Any, /) -> Product:
            return cls(obj)

    async def on_item(item: Item) -> Item | Literal[False] | None:
        if item.name == "hit" or item.values["id"] == 3:
            return False
        if item.values["id"] == 4:
            return None
        return replace(item, values={"id": item.model.number})

    rules = tmp_path / "rules.toml"
    rules.write_text(RULES, encoding="utf-8")
    output = tmp_path / "output"
    crawl = await crawled(shop(), output, on_item=on_item, models={"product": Product}, rules=str(rules))
    assert sorted(each["id"] for each in items(output)) == [4, 10, 50, 60, 70]
    assert crawl.report.warnings == (f"rules: product: two is none (1 page, such as {OWN}products/2)",)


async def test_pydantic_models(tmp_path: Path) -> None:
    model = pydantic.create_model("Product", id=(int, pydantic.Field(gt=1)), title=(str, ...))
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES, encoding="utf-8")
    output = tmp_path / "output"
    crawl = await crawled(shop(), output, models={"product": model}, rules=str(rules))
    assert len(items(output)) == PRODUCTS - 1
    assert set(items(output)[0]) == {"item", "source_url", "captured_at", "digest", "id", "title"}
    (warning,) = crawl.report.warnings
    assert warning.startswith("rules: product.id: Input should be greater than 1")


async def test_what_is_no_url_costs_its_page(tmp_path: Path) -> None:
    async def on_page(page: Page) -> list[str]:
        return ["http://["]

    await crawled(Web({OWN: links()}), tmp_path, on_page=on_page)
    assert (await entries(tmp_path))[OWN].reason == "hook: 'http://[' is no URL"


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"x": {1, 2}}, "is not JSON serializable"), ({"digest": 1}, "digest is what every item has already")],
)
async def test_an_item_that_cannot_be_written_costs_its_page(
    tmp_path: Path, values: dict[str, Any], reason: str
) -> None:
    async def on_page(page: Page) -> Item:
        return page.item("a", **values)

    await crawled(Web({OWN: links()}), tmp_path, on_page=on_page)
    assert reason in (await entries(tmp_path))[OWN].reason
    assert not (tmp_path / "items").exists()


def test_hooks_run_in_one_process(tmp_path: Path) -> None:
    async def on_page(page: Page) -> None:
        """Do nothing."""

    with pytest.raises(UsageError, match="leave processes at 1"):
        Crawl([OWN], tmp_path, on_page=on_page, processes=2)
