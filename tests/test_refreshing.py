"""A new run asks again, conditionally; the last good copy survives whatever the answer is."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from crawler.errors import TransientError
from crawler.model import State
from tests.mirrored import dangling, leads, live
from tests.web import (
    OWN,
    Crash,
    Said,
    Web,
    crawl,
    entries,
    entry_at,
    kept_below,
    ledger,
    links,
    moved,
    states,
    tagged,
    typed,
)

HOME = "127.0.0.1_8000/index.html"
A = f"{OWN}a"


def written(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_ino for path in (folder / "mirror").rglob("*.*")}


async def test_an_unchanged_page_is_asked_conditionally_and_not_written(tmp_path: Path) -> None:
    web = Web({OWN: tagged(links("/a")), A: tagged(links("/"))})
    await crawl(web, tmp_path, OWN)
    files = written(tmp_path)
    (before,) = [entry for url, entry in (await entries(tmp_path)).items() if url == A]
    web.forget()
    report = await crawl(web, tmp_path, OWN)
    assert (report.run.number, report.counts.unchanged, report.counts.pages) == (2, 2, 0)
    assert all("If-None-Match" in each.headers for each in web.asked)
    assert written(tmp_path) == files
    after = await entry_at(tmp_path, A)
    assert after.good == before.good
    assert (after.state, after.status, after.reason) == (State.DONE, 304, "unchanged")
    assert dangling(tmp_path / "mirror") == []


async def test_what_changed_is_packed_tightly(tmp_path: Path) -> None:
    drawn = random.Random(7)
    words = " ".join(drawn.choice(("harbour", "tide", "lamp", "rope", "gull")) for _ in range(3000))
    web = Web({OWN: links(text=f"{words} one")})
    await crawl(web, tmp_path, OWN)
    web.says[OWN] = links(text=f"{words} two")
    await crawl(web, tmp_path, OWN)
    async with ledger(tmp_path) as found:
        first, second = [each.length async for each in found.captures() if each.url == OWN]
    assert second <= first
    assert second < 1.01 * len(gzip.compress(words.encode(), 6)) + 600


async def test_last_modified_is_a_validator_too(tmp_path: Path) -> None:
    date = "Fri, 02 Oct 2026 08:00:00 GMT"
    web = Web({OWN: [typed(links(), "text/html", ("Last-Modified", date)), 304]})
    await crawl(web, tmp_path, OWN)
    report = await crawl(web, tmp_path, OWN)
    assert web.asked[-1].headers == {"If-Modified-Since": date}
    assert report.counts.unchanged == 1


async def test_a_304_to_a_question_without_condition_is_no_page(tmp_path: Path) -> None:
    report = await crawl(Web({OWN: 304}), tmp_path, OWN)
    assert report.exit_code() == 3
    assert (await entry_at(tmp_path, OWN)).state is State.FAILED


async def test_a_changed_page_is_written_and_its_new_links_are_followed(tmp_path: Path) -> None:
    web = Web({OWN: tagged(links("/a")), A: tagged(links()), f"{OWN}b": tagged(links("/"))})
    await crawl(web, tmp_path, OWN)
    web.says[OWN] = tagged(links("/b"))
    report = await crawl(web, tmp_path, OWN)
    assert leads(tmp_path / "mirror", HOME) == ["b~.html"]
    assert (await entry_at(tmp_path, f"{OWN}b")).state is State.DONE
    assert report.counts.pages == 2
    assert (await entry_at(tmp_path, A)).state is State.DONE


async def test_the_same_bytes_without_validators_write_no_file(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), A: links("/")})
    await crawl(web, tmp_path, OWN)
    files = written(tmp_path)
    await crawl(web, tmp_path, OWN)
    assert written(tmp_path) == files


@pytest.mark.parametrize(
    "trouble",
    [404, 410, 403, 500, TransientError("timeout", "no answer in 60 s"), moved("http://login.example/")],
    ids=str,
)
async def test_the_last_good_copy_stays_and_is_linked(tmp_path: Path, trouble: Said) -> None:
    web = Web({OWN: links("/a"), A: links("/", title="Good")})
    await crawl(web, tmp_path, OWN)
    good = (await entry_at(tmp_path, A)).good
    before = kept_below(tmp_path)
    web.says[A] = trouble
    report = await crawl(web, tmp_path, OWN, retries=0)
    assert report.exit_code() == 0
    after = await entry_at(tmp_path, A)
    assert after.good == good
    assert after.reason
    assert kept_below(tmp_path) == before
    assert leads(tmp_path / "mirror", HOME) == ["a~.html"]
    web.says[OWN] = links("/a", title="Another title")
    await crawl(web, tmp_path, OWN, retries=0)
    assert leads(tmp_path / "mirror", HOME) == ["a~.html"]
    assert dangling(tmp_path / "mirror") == []


async def test_a_refused_type_leaves_the_good_copy(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), A: links()})
    await crawl(web, tmp_path, OWN)
    before = kept_below(tmp_path)
    web.says[A] = typed(b"PK", "application/zip")
    await crawl(web, tmp_path, OWN)
    assert (await entry_at(tmp_path, A)).state is State.EXCLUDED
    assert kept_below(tmp_path) == before


async def test_fresh_asks_without_validators_and_forgets_the_queue(tmp_path: Path) -> None:
    web = Web({OWN: tagged(links("/a", "/b")), A: tagged(links("/")), f"{OWN}b": tagged(links("/"))})
    await crawl(web, tmp_path, OWN, max_pages=2)
    web.says[OWN] = tagged(links("/a"))
    web.forget()
    before = kept_below(tmp_path)
    report = await crawl(web, tmp_path, OWN, fresh=True)
    assert set(web.urls()) == {OWN, A}
    assert all("If-None-Match" not in each.headers for each in web.asked)
    assert report.counts.pages == 2
    assert f"{OWN}b" not in {*await states(tmp_path, State.QUEUED)}
    assert kept_below(tmp_path).keys() == before.keys()
    async with ledger(tmp_path) as found:
        assert len([each async for each in found.captures() if each.url == A]) == 2


async def test_a_wider_scope_judges_refused_links_again(tmp_path: Path) -> None:
    other = "http://127.0.0.2:8000/"
    web = Web({OWN: tagged(links(other, "/a")), A: tagged(links()), other: links(OWN)})
    await crawl(web, tmp_path, OWN)
    assert other not in await states(tmp_path)
    assert leads(tmp_path / "mirror", HOME) == [other, "a~.html"]
    report = await crawl(web, tmp_path, OWN, scope="any")
    assert report.counts.unchanged == 2
    assert (await states(tmp_path))[other] is State.DONE
    assert leads(tmp_path / "mirror", HOME) == ["../127.0.0.2_8000/index.html", "a~.html"]


async def test_a_wider_scope_also_rewrites_what_came_again_byte_for_byte(tmp_path: Path) -> None:
    other = "http://127.0.0.2:8000/"
    web = Web({OWN: links(other), other: links()})
    await crawl(web, tmp_path, OWN)
    await crawl(web, tmp_path, OWN, scope="any")
    assert leads(tmp_path / "mirror", HOME) == ["../127.0.0.2_8000/index.html"]


@pytest.mark.parametrize("archive", [True, False])
async def test_a_wider_depth_judges_stored_bodies_again(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: tagged(links("/a")), A: tagged(links("/b")), f"{OWN}b": tagged(links("/"))})
    await crawl(web, tmp_path, OWN, max_depth=1, archive=archive)
    assert set(await states(tmp_path)) == {OWN, A}
    await crawl(web, tmp_path, OWN, archive=archive)
    assert set((await states(tmp_path)).values()) == {State.DONE}
    assert f"{OWN}b" in await states(tmp_path)
    assert leads(tmp_path / "mirror", "127.0.0.1_8000/a~.html") == ["b~.html"]


async def test_a_narrower_scope_excludes_what_is_queued_by_that_rule(tmp_path: Path) -> None:
    web = Web({OWN: tagged(links("/a", "/x1", "/x2")), A: links(), f"{OWN}x1": links(), f"{OWN}x2": links()})
    await crawl(web, tmp_path, OWN, max_pages=1)
    assert set(await states(tmp_path, State.QUEUED)) == {A, f"{OWN}x1", f"{OWN}x2"}
    web.forget()
    await crawl(web, tmp_path, OWN, exclude=("/x",))
    refused = {url: each for url, each in (await entries(tmp_path)).items() if each.state is State.EXCLUDED}
    assert {url: each.reason for url, each in refused.items()} == {
        f"{OWN}x1": "exclude: /x",
        f"{OWN}x2": "exclude: /x",
    }
    assert set(web.urls()) == {OWN, A}
    assert live(tmp_path / "mirror").keys() == {f"{OWN}x1", f"{OWN}x2"}
    await crawl(web, tmp_path, OWN)
    assert set((await states(tmp_path)).values()) == {State.DONE}
    assert live(tmp_path / "mirror") == {}


async def test_pages_of_seeds_taken_off_the_list_stay(tmp_path: Path) -> None:
    other = "http://127.0.0.2:8000/"
    web = Web({OWN: links("/a"), A: links(), other: links("/b"), f"{other}b": links("/")})
    await crawl(web, tmp_path, OWN, other)
    before = kept_below(tmp_path)
    web.forget()
    report = await crawl(web, tmp_path, OWN)
    assert kept_below(tmp_path) == before
    assert (await entry_at(tmp_path, other)).good is not None
    assert report.seeds == 1
    assert report.exit_code() == 0
    assert not [url for url in web.urls() if url.startswith(other)]
    assert (await entry_at(tmp_path, other)).reason.startswith("scope")


async def test_options_changed_in_the_middle_of_a_run_hold_from_then_on(tmp_path: Path) -> None:
    web = Web({OWN: links("/a", "http://127.0.0.2:8000/"), A: [Crash(), links()]})
    web.says["http://127.0.0.2:8000/"] = links()
    with pytest.raises(BaseExceptionGroup):
        await crawl(web, tmp_path, OWN)
    web.forget()
    report = await crawl(web, tmp_path, OWN, scope="any")
    assert report.run.is_continued
    assert OWN not in web.urls()
    assert set(web.urls()) == {A, "http://127.0.0.2:8000/"}
    assert leads(tmp_path / "mirror", HOME) == ["a~.html", "../127.0.0.2_8000/index.html"]
