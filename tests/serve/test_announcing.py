"""The end of a crawl that the server ran is told, whatever it was; no failure of that changes anything."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from pathlib import Path

import pytest

from crawler.notice import Notice
from crawler.serve.announcing import notice_of_end
from crawler.serve.booking import Booking, Wish
from crawler.serve.errand import Word, read_word, word_line
from tests.fetch.test_webhook import Hook, hook
from tests.serve.serving import Pretended, served
from tests.serve.test_driving import until
from tests.web import OWN

NOTICE = Notice(
    output="/somewhere/out",
    exit_code=3,
    run="20261127-000000",
    outcome="finished",
    seeds=(OWN,),
    changes={"new": 2},
)
LAST = Word(outcome="finished", run="20261127-000000", exit_code=3, notice=asdict(NOTICE))


async def posted(found: Hook, count: int = 1) -> None:
    async with asyncio.timeout(30):
        while len(found.posted) < count:
            await asyncio.sleep(0.01)


async def test_every_end_is_told_and_options_are_not(tmp_path: Path) -> None:
    pretended = Pretended()
    body = {"seeds": [OWN], "auth": "me:sesame@127.0.0.1", "headers": ["X-Key: sesame"]}
    async with hook() as found, served(tmp_path / "out", pretended, notify=(found.url,)) as server:
        made = [(await server.ask("/api/crawls", "POST", json=body)).json["id"] for _ in range(3)]
        (await pretended.started(1)).say(LAST)
        (await pretended.started(2)).die()
        await pretended.started(3)
        await server.ask(f"/api/crawls/{made[2]}/stop", "POST")
        await posted(found, 3)
    told = {values["crawl"]: values for _, values in found.posted}
    assert [told[name]["state"] for name in made] == ["finished", "failed", "stopped"]
    first, second, third = (told[name] for name in made)
    assert (first["run"], first["exit_code"], first["changes"], first["seeds"]) == (
        "20261127-000000",
        3,
        {"new": 2},
        [OWN],
    )
    assert first["output"] == str(tmp_path / "out")
    assert (second["exit_code"], "without a word" in second["error"]) == (1, True)
    assert (third["outcome"], third["error"]) == ("stopped", "")
    assert "sesame" not in str(found.posted)


async def test_a_target_that_fails_holds_nobody_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pretended = Pretended()
    async with hook(500) as found, served(tmp_path / "out", pretended, notify=(found.url,)) as server:
        places = [
            (await server.ask("/api/crawls", "POST", json={"seeds": [OWN]})).headers["Location"]
            for _ in range(2)
        ]
        for number in (1, 2):
            (await pretended.started(number)).say(LAST)
        for place in places:
            assert (await until(server, place, state="finished"))["detail"] is None
        await posted(found, 2)
    lines = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert lines == ["notify http://127.0.0.1/...: it answered 500; the run itself is not concerned"] * 2


async def test_a_crawl_that_never_ran_is_not_told(tmp_path: Path) -> None:
    pretended = Pretended()
    async with hook() as found, served(tmp_path / "out", pretended, notify=(found.url,)) as server:
        names = [
            (await server.ask("/api/crawls", "POST", json={"seeds": [OWN]})).json["id"] for _ in range(2)
        ]
        await server.ask(f"/api/crawls/{names[1]}/stop", "POST")
        (await pretended.started()).say(LAST)
        await posted(found)
    assert [values["crawl"] for _, values in found.posted] == [names[0]]


def test_a_notice_that_is_none_is_made_of_what_is_known() -> None:
    booking = Booking(name="a", wish=Wish(seeds=(OWN,)), created_at=0.0, outcome="finished", run="r")
    broken: list[dict[str, object]] = [
        {},
        {"seeds": []},
        {"seeds": [], "output": "o", "exit_code": 0, "more": 1},
    ]
    for values in broken:
        told = notice_of_end(booking, Word(exit_code=3, notice=values), "out").as_json()
        assert (told["output"], told["exit_code"], told["run"], told["crawl"]) == ("out", 3, "r", "a")


def test_a_notice_too_long_for_a_line_is_left_out() -> None:
    long = asdict(Notice(output="out", exit_code=0, seeds=("x" * 1_000_000,)))
    read = read_word(word_line(Word(outcome="finished", notice=long)))
    assert read == Word(outcome="finished")
    assert read_word(word_line(LAST)) is not None


@pytest.mark.long
async def test_a_crawl_in_earnest_is_told_with_its_counts(site: str, tmp_path: Path) -> None:
    async with hook() as found, served(tmp_path / "out", notify=(found.url,)) as server:
        await server.ask("/api/crawls", "POST", json={"seeds": [site], "max_pages": 3})
        await posted(found)
    ((_, told),) = found.posted
    assert (told["outcome"], told["exit_code"], told["counts"]["pages"]) == ("max-pages", 0, 3)
    assert told["text"].splitlines()[0].endswith("max-pages: nothing changed")
