"""The union of folders is what one crawl would have left, whatever is gathered when, and in which order."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from crawler.archive.recovery import segments_in
from crawler.archive.torn import whole_members
from crawler.errors import UsageError
from crawler.model import State
from crawler.output import Output
from tests.nights import changes_of
from tests.union.gathering import (
    files_of,
    flaws_of,
    gather,
    picture,
    site,
    split,
    untouched,
    worker,
)
from tests.web import OWN, Answer, Web, crawl, entries, entry_at, kept_below, links, moved, tagged, typed


async def crawled(tmp_path: Path, web: Web | None = None, name: str = "crawled") -> Path:
    await crawl(web or site(), tmp_path / name, OWN, retries=0, per_host=1)
    return tmp_path / name


async def test_of_one_folder_it_is_what_that_crawl_left(tmp_path: Path) -> None:
    made = await crawled(tmp_path)
    source = worker(made, tmp_path / "worker")
    with untouched([source]):
        gathered = await gather(tmp_path / "union", source)
    assert gathered.run is not None
    assert gathered.run.outcome == "finished"
    assert await picture(tmp_path / "union") == await picture(made)
    assert await flaws_of(tmp_path / "union") == []
    reports = {path.name for path in (tmp_path / "union" / "reports").iterdir()}
    assert reports == {path.name for path in (made / "reports").iterdir()}
    assert (tmp_path / "union" / "crawl.log").read_bytes() == (made / "crawl.log").read_bytes()


async def test_the_parts_of_workers_make_the_whole_in_any_order(tmp_path: Path) -> None:
    made = await crawled(tmp_path)
    whole = await picture(made)
    folders = split(made, *(tmp_path / f"w{n}" for n in range(3)))
    for number, order in enumerate(itertools.permutations(folders)):
        if number % 2:
            await gather(tmp_path / f"union{number}", *order)
        else:
            for known in range(1, 4):
                # One after the other, as if the others had not answered yet.
                await gather(tmp_path / f"union{number}", *order[:known])
        assert await picture(tmp_path / f"union{number}") == whole
        assert await flaws_of(tmp_path / f"union{number}") == []


@pytest.mark.long
async def test_it_grows_with_torn_segments_and_lines(tmp_path: Path) -> None:
    made = await crawled(tmp_path)
    whole = await picture(made)
    folders = split(made, tmp_path / "w0", tmp_path / "w1")
    growing = [tmp_path / "copy0", tmp_path / "copy1"]
    for step in range(1, 8):
        for folder, copy in zip(folders, growing, strict=True):
            (copy / "archive").mkdir(parents=True, exist_ok=True)
            for name in ("crawl.log", *(f"archive/{path.name}" for path in segments_in(folder / "archive"))):
                octets = (folder / name).read_bytes()
                (copy / name).write_bytes(octets[: len(octets) * step // 8 - step])
        gathered = await gather(tmp_path / "union", *growing)
        assert gathered.run is None or gathered.run.outcome == "gathered"
        assert not gathered.damaged
        assert await flaws_of(tmp_path / "union") == []
    for folder, copy in zip(folders, growing, strict=True):
        shutil.copytree(folder, copy, dirs_exist_ok=True)
    await gather(tmp_path / "union", *growing)
    assert await picture(tmp_path / "union") == whole


@pytest.mark.long
async def test_again_it_changes_nothing(tmp_path: Path) -> None:
    made = await crawled(tmp_path)
    folders = split(made, tmp_path / "w0", tmp_path / "w1")
    assert (await gather(tmp_path / "union", *folders)).report is not None
    before = files_of(tmp_path / "union")
    # By another path, twice, and with the whole beside its parts.
    shutil.copytree(tmp_path / "w0", tmp_path / "rsynced")
    gathered = await gather(tmp_path / "union", tmp_path / "rsynced", *folders)
    assert (gathered.report, gathered.answers, gathered.copied_bytes) == (None, 0, 0)
    assert files_of(tmp_path / "union") == before
    whole = await picture(tmp_path / "union")
    await gather(tmp_path / "union", made)
    assert await picture(tmp_path / "union") == whole


@pytest.mark.long
async def test_what_two_workers_have_fetched_stands_there_once(tmp_path: Path) -> None:
    pictures = []
    for order in ((0, 1), (1, 0)):
        web = Web({OWN: links("/a"), f"{OWN}a": "early"})
        place = tmp_path / str(order)
        await crawl(web, place / "0", OWN, retries=0)
        # Its lease was lost, and another has asked a second later.
        web.says[f"{OWN}a"] = "late"
        web.clock.advance(-1)
        name = next((place / "0" / "reports").glob("*.json")).stem
        await crawl(web, place / "1", OWN, retries=0)
        assert next((place / "1" / "reports").glob("*.json")).stem == name
        for number in order:
            await gather(place / "union", *(place / str(each) for each in order[: order.index(number) + 1]))
        assert await flaws_of(place / "union") == []
        pictures.append(await picture(place / "union"))
    assert pictures[0] == pictures[1]
    assert pictures[0]["runs"] == [name]
    assert len(pictures[0]["captures"]) == len({url for url, _ in pictures[0]["captures"]})
    assert pictures[0]["work"] == (2, 0)


def nights() -> Web:
    web = site()
    for url in (OWN, f"{OWN}1", f"{OWN}2"):
        web.says[url] = tagged(str(web.says[url]))
    return web


async def two_nights(tmp_path: Path) -> Path:
    web = nights()
    made = await crawled(tmp_path, web)
    web.says |= {
        f"{OWN}2": tagged(links("/", "/3", "/new", title="Page 2, of today")),
        f"{OWN}new": links(title="New"),
        f"{OWN}4": 410,
        f"{OWN}5": moved("/5b"),
        f"{OWN}5b": links(),
        f"{OWN}6": 500,
    }
    await crawled(tmp_path, web)
    return made


async def test_runs_and_what_changed_between_them(tmp_path: Path) -> None:
    made = await two_nights(tmp_path)
    folders = split(made, tmp_path / "w0", tmp_path / "w1", wanders=3)
    await gather(tmp_path / "union", *folders)
    assert await changes_of(tmp_path / "union") == await changes_of(made)
    assert await picture(tmp_path / "union") == await picture(made)
    assert await flaws_of(tmp_path / "union") == []


@pytest.mark.long
async def test_an_earlier_run_that_comes_late_is_told_anew(tmp_path: Path) -> None:
    made = await two_nights(tmp_path)
    folders = split(made, tmp_path / "w0", tmp_path / "w1")
    first, second = segments_in(tmp_path / "w1" / "archive")
    (tmp_path / "later").mkdir()
    shutil.copytree(tmp_path / "w1", tmp_path / "late")
    (tmp_path / "late" / "archive" / first.name).unlink()
    await gather(tmp_path / "union", tmp_path / "late")
    gathered = await gather(tmp_path / "union", *folders)
    assert any("told anew" in note for note in gathered.notes)
    assert second.name in {path.name for path in segments_in(tmp_path / "union" / "archive")}
    assert await picture(tmp_path / "union") == await picture(made)
    assert await flaws_of(tmp_path / "union") == []


@pytest.mark.long
async def test_two_crawls_of_their_own_become_one_copy(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), f"{OWN}a": "a"})
    other = "http://127.0.0.1:8001/"
    web.says |= {other: links("/b", OWN), f"{other}b": "b"}
    await crawl(web, tmp_path / "one", OWN)
    await crawl(web, tmp_path / "two", other)
    await gather(tmp_path / "union", tmp_path / "one", tmp_path / "two")
    found = await entries(tmp_path / "union")
    assert {url for url, entry in found.items() if entry.state is State.DONE} >= {
        OWN,
        f"{OWN}a",
        other,
        f"{other}b",
    }
    assert all(entry.state is not State.QUEUED for entry in found.values())
    assert "../127.0.0.1_8000/" in kept_below(tmp_path / "union")["127.0.0.1_8001/index.html"].decode()
    assert await flaws_of(tmp_path / "union") == []


@pytest.mark.long
async def test_damage_costs_what_it_hit(tmp_path: Path) -> None:
    made = await crawled(tmp_path)
    source = worker(made, tmp_path / "worker")
    (path,) = segments_in(source / "archive")
    octets = bytearray(path.read_bytes())
    hit = next(member for member in list(whole_members(path))[9:] if member.kind == "response")
    octets[hit.end - 40 : hit.end - 20] = bytes(20)
    path.write_bytes(octets)
    gathered = await gather(tmp_path / "union", source)
    assert gathered.damaged == (path,)
    assert await flaws_of(tmp_path / "union") == []
    lost = (await picture(made))["captures"]
    there = (await picture(tmp_path / "union"))["captures"]
    assert len(set(lost) - set(there)) == 1
    # What it grows by later is found behind the damage.
    path.write_bytes(bytes(octets) + b"\x1f\x8b\x08 torn")
    assert (await gather(tmp_path / "union", source)).answers == 0
    shutil.copy(segments_in(made / "archive")[0], path)
    await gather(tmp_path / "union", source)
    assert (await picture(tmp_path / "union"))["captures"] == lost


@pytest.mark.long
async def test_who_crawls_into_it_makes_it_his_own(tmp_path: Path) -> None:
    web = site()
    made = await crawled(tmp_path, web)
    source = worker(made, tmp_path / "worker")
    await gather(tmp_path / "union", source)
    web.forget()
    await crawl(web, tmp_path / "union", OWN, retries=0)
    assert web.count(OWN) == 1
    with pytest.raises(UsageError, match="holds a crawl of its own"):
        await gather(tmp_path / "union", source)
    await gather(tmp_path / "other", tmp_path / "union", source)
    assert await flaws_of(tmp_path / "other") == []


@pytest.mark.long
async def test_a_lost_ledger_is_told_anew_also_without_its_sources(tmp_path: Path) -> None:
    made = await crawled(tmp_path)
    folders = split(made, tmp_path / "w0", tmp_path / "w1")
    await gather(tmp_path / "union", *folders)
    whole = await picture(tmp_path / "union")
    for path in Output(tmp_path / "union").database_files:
        path.unlink(missing_ok=True)
    shutil.rmtree(folders[1])
    await gather(tmp_path / "union", folders[0])
    assert await picture(tmp_path / "union") == whole


@pytest.mark.long
async def test_no_mirror(tmp_path: Path) -> None:
    made = await crawled(tmp_path)
    await gather(tmp_path / "union", made, mirror=False)
    assert not (tmp_path / "union" / "mirror").exists()
    assert (await entry_at(tmp_path / "union", OWN)).state is State.DONE
    assert await flaws_of(tmp_path / "union") == []


async def test_a_worker_that_has_just_begun(tmp_path: Path) -> None:
    (tmp_path / "worker" / "archive").mkdir(parents=True)
    gathered = await gather(tmp_path / "union", tmp_path / "worker")
    assert (gathered.run, gathered.report) == (None, None)


@pytest.mark.long
async def test_an_etag_of_another_worker(tmp_path: Path) -> None:
    web = Web({OWN: Answer(body=b"same", headers=(("Content-Type", "text/html"),), etag='"1"')})
    web.says[f"{OWN}robots.txt"] = typed("", "text/plain")
    made = await crawled(tmp_path, web)
    await crawled(tmp_path, web)
    assert (await entry_at(made, OWN)).status == 304
    folders = split(made, tmp_path / "w0", tmp_path / "w1")
    await gather(tmp_path / "union", *folders)
    assert await picture(tmp_path / "union") == await picture(made)
