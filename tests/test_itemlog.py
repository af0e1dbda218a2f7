"""Items of a run are in its file, once each, also after a kill."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.errors import StorageError
from crawler.item import Item
from crawler.itemlog import ItemLog, trim_items
from crawler.landing import Landed
from crawler.model import Candidate, Disposition, Lease, State
from tests.shop import RULES, shop
from tests.web import OWN, Crash, crawl, ledger


@pytest.fixture
def rules(tmp_path: Path) -> str:
    path = tmp_path / "rules.toml"
    path.write_text(RULES, encoding="utf-8")
    return str(path)


def lines(output: Path) -> list[str]:
    (path,) = (output / "items").glob("*.jsonl")
    return path.read_text("utf-8").splitlines()


async def test_without_items_there_is_no_file(tmp_path: Path) -> None:
    await crawl(shop(), tmp_path, OWN)
    assert not (tmp_path / "items").exists()


async def test_a_run_that_is_continued_has_each_item_once(tmp_path: Path, rules: str) -> None:
    output = tmp_path / "output"
    whole = tmp_path / "whole"
    await crawl(shop(), whole, OWN, rules=rules)
    web = shop()
    page = web.says[f"{OWN}products/4"]
    web.says[f"{OWN}products/4"] = Crash()
    with pytest.raises((Crash, BaseExceptionGroup)):
        await crawl(web, output, OWN, rules=rules)
    path = next((output / "items").glob("*.jsonl"))
    # As a kill leaves it: an item of a page that the frontier was not told of, and half a line.
    with path.open("a") as file:
        believed = json.loads(lines(output)[0])
        file.write(json.dumps(believed | {"captured_at": "2001-01-01T00:00:00Z"}) + "\n{}\n" + '{"item":')
    web.says[f"{OWN}products/4"] = page
    web.clock.advance(1)
    await crawl(web, output, OWN, rules=rules)
    ids = sorted(json.loads(line)["id"] for line in lines(output))
    assert ids == sorted(json.loads(line)["id"] for line in lines(whole))


async def test_nothing_to_trim(tmp_path: Path) -> None:
    await crawl(shop(), tmp_path / "output", OWN)
    async with ledger(tmp_path / "output") as found:
        assert await trim_items(tmp_path / "none.jsonl", found) == 0


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    output = tmp_path / "output"
    await crawl(shop(), output, OWN)
    (output / "items").write_text("in the way")
    with pytest.raises(StorageError, match="items"):
        ItemLog(output / "items" / "a.jsonl", shop().clock).note([landed()])


def landed() -> Landed:
    candidate = Candidate(url=OWN, key=OWN, host="127.0.0.1:8000")
    item = Item(name="a", source_url=OWN, captured_at=1e9, digest="sha256:0", values={})
    return Landed(
        lease=Lease(candidate=candidate, token=1, attempt=1, expires_at=0),
        disposition=Disposition(state=State.DONE),
        items=(item,),
    )
