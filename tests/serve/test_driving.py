"""The server crawls in earnest: a process of its own, held back, changed, ended, and gone with the server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from crawler.errors import StorageError
from crawler.output import Output
from crawler.serve.employing import Worker
from crawler.serve.errand import Errand, Word, errand_line, read_errand, read_word, word_line
from tests.serve.serving import Pretended, Served, served
from tests.web import OWN


async def until(server: Served, place: str, **wanted: object) -> dict[str, object]:
    """Look again and again until the crawl is as wanted."""
    async with asyncio.timeout(60):
        while True:
            found = dict((await server.ask(place)).json)
            if all(found[name] == value for name, value in wanted.items()):
                return found
            await asyncio.sleep(0.05)


@pytest.mark.long
async def test_a_crawl_runs_in_a_process_and_is_whole(site: str, tmp_path: Path) -> None:
    async with served(tmp_path / "out") as server:
        made = await server.ask("/api/crawls", "POST", json={"seeds": [site], "max_pages": 20})
        found = await until(server, made.headers["Location"], state="finished")
        counts = found["counts"]
        assert isinstance(counts, dict)
        assert (counts["pages"], found["outcome"], found["phase"]) == (20, "max-pages", "")
        assert (await server.ask(f"/view/now/{site}")).status == 200
        assert (await server.archived(f"/now/{site}")).status == 200


@pytest.mark.long
async def test_it_is_paused_changed_and_ends_with_the_server(site: str, tmp_path: Path) -> None:
    async with served(tmp_path / "out") as server:
        body = {"seeds": [site], "delay": 0.2}
        place = (await server.ask("/api/crawls", "POST", json=body)).headers["Location"]
        await until(server, place, phase="crawling")
        assert (await server.ask(f"{place}/pause", "POST")).json["state"] == "paused"
        await until(server, place, phase="paused")
        assert (await server.ask(f"{place}/resume", "POST")).json["state"] == "running"
        await until(server, place, phase="crawling")
        changed = await server.ask(place, "PATCH", json={"delay": 0})
        assert changed.json["options"]["delay"] == 0
        found = await until(server, place, state="finished")
        assert (found["outcome"], (await server.ask("/api/runs")).json["items"][0]["number"]) == (
            "finished",
            1,
        )
        again = await server.ask("/api/crawls", "POST", json={"seeds": [site], "delay": 1})
        await until(server, again.headers["Location"], phase="crawling")
    # It ended in good order, so the folder is free and can be continued.
    with Output(tmp_path / "out").hold():
        pass


@pytest.mark.long
async def test_many_read_while_it_writes(site: str, tmp_path: Path) -> None:
    """Row 202: a thousand readers at once, and no answer but a good one."""
    async with served(tmp_path / "out") as server:
        body = {"seeds": [site]}
        place = (await server.ask("/api/crawls", "POST", json=body)).headers["Location"]
        await until(server, place, phase="crawling")
        paths = ["/api/status", "/api/urls?limit=20", "/api/hosts", "/api/captures?limit=20", "/metrics"]
        asked = [server.ask(paths[number % len(paths)]) for number in range(1000)]
        said = await asyncio.gather(*asked)
        assert {each.status for each in said} == {200}
        await until(server, place, state="finished")


async def test_an_output_that_is_held_is_waited_for(tmp_path: Path) -> None:
    pretended = Pretended()
    async with served(tmp_path / "out", pretended) as server:
        place = (await server.ask("/api/crawls", "POST", json={"seeds": [OWN]})).headers["Location"]
        (await pretended.started()).say(Word(failure="another run holds it", exit_code=75))
        found = await until(server, place, state="queued")
        assert found["detail"] == "another run holds it"


@pytest.mark.parametrize("action", ["pause", "stop"])
async def test_what_is_asked_while_a_process_starts_is_not_lost(tmp_path: Path, action: str) -> None:
    pretended = Pretended(goes_on=asyncio.Event())
    async with served(tmp_path / "out", pretended) as server:
        place = (await server.ask("/api/crawls", "POST", json={"seeds": [OWN]})).headers["Location"]
        await until(server, place, state="running")
        assert (await server.ask(f"{place}/{action}", "POST")).status == 200
        assert pretended.goes_on is not None
        pretended.goes_on.set()
        await pretended.started()
        await until(server, place, state="paused" if action == "pause" else "stopped")
        assert pretended.told == [action]


async def test_of_changes_at_once_none_is_lost(tmp_path: Path) -> None:
    changes: list[dict[str, object]] = [
        {"delay": 5},
        {"max_pages": 7},
        {"max_depth": 3},
        {"scope": "domain"},
        {"max_bytes": 10_000},
    ]
    pretended = Pretended()
    async with served(tmp_path / "out", pretended) as server:
        place = (await server.ask("/api/crawls", "POST", json={"seeds": [OWN]})).headers["Location"]
        await pretended.started()
        said = await asyncio.gather(*(server.ask(place, "PATCH", json=each) for each in changes))
        assert {each.status for each in said} == {200}
        wanted = {name: value for each in changes for name, value in each.items()}
        assert (await server.ask(place)).json["options"] == wanted
        await pretended.started(2)
        async with asyncio.timeout(60):
            while pretended.errands[-1].options != wanted:
                await asyncio.sleep(0)


async def test_a_crawl_that_was_begun_afresh_is_continued_when_it_is_changed(tmp_path: Path) -> None:
    pretended = Pretended()
    async with served(tmp_path / "out", pretended) as server:
        wish = {"seeds": [OWN], "fresh": True}
        place = (await server.ask("/api/crawls", "POST", json=wish)).headers["Location"]
        await pretended.started()
        assert (await server.ask(place, "PATCH", json={"delay": 5})).status == 200
        await pretended.started(2)
    assert [errand.options.get("fresh") for errand in pretended.errands] == [True, None]
    assert pretended.errands[1].options["delay"] == 5


async def test_a_fault_of_ours_fails_one_crawl_and_not_the_next(tmp_path: Path) -> None:
    pretended = Pretended()

    async def breaking(errand: Errand) -> Worker:
        if not pretended.errands:
            pretended.errands.append(errand)
            raise ValueError("Separator is not found")
        return await pretended(errand)

    async with served(tmp_path / "out", breaking) as server:
        places = [
            (await server.ask("/api/crawls", "POST", json={"seeds": [OWN]})).headers["Location"]
            for _ in range(2)
        ]
        assert "internal fault" in str((await until(server, places[0], state="failed"))["detail"])
        await until(server, places[1], state="running")


async def test_what_breaks_is_said(tmp_path: Path) -> None:
    pretended = Pretended()
    async with served(tmp_path / "out", pretended) as server:
        places = [
            (await server.ask("/api/crawls", "POST", json={"seeds": [OWN]})).headers["Location"]
            for _ in range(2)
        ]
        (await pretended.started()).die()
        assert "without a word" in str((await until(server, places[0], state="failed"))["detail"])
        (await pretended.started(2)).say(Word(failure="disk full", exit_code=1))
        assert (await until(server, places[1], state="failed"))["detail"] == "disk full"


async def test_where_no_process_is_to_be_had_the_crawl_fails(tmp_path: Path) -> None:
    async def none(errand: Errand) -> object:
        raise StorageError("no process for the crawl")

    async with served(tmp_path / "out", none) as server:  # type: ignore[arg-type]
        place = (await server.ask("/api/crawls", "POST", json={"seeds": [OWN]})).headers["Location"]
        assert (await until(server, place, state="failed"))["detail"] == "no process for the crawl"


def test_errands_and_words_survive_the_pipe() -> None:
    errand = Errand(folder="out", seeds=(OWN,), options={"auth": "a:b@c"}, is_paused=True)
    assert read_errand(errand_line(errand)) == errand
    assert "a:b@c" not in repr(errand)
    word = Word(outcome="finished", run="20261127-000000", exit_code=3)
    assert read_word(word_line(word)) == word
    assert read_word(b"nonsense\n") is None
    for line in (b"", b"{", b"{}", b'{"seeds": []}'):
        with pytest.raises(ValueError):
            read_errand(line)
