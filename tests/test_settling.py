"""Links that turned out otherwise are repaired, and the mirror is whole after every run."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from crawler import settling
from crawler.body import Body
from crawler.closing import Closing
from crawler.mirror.store import Mirror
from crawler.mirror.stubs import MARK
from crawler.model import State
from crawler.report import Report
from tests.mirrored import dangling, leads, live
from tests.web import (
    OWN,
    Answer,
    Web,
    crawl,
    entry_at,
    images,
    job_on,
    kept_below,
    ledger,
    links,
    moved,
    page,
    tagged,
    typed,
)

HOST = "127.0.0.1_8000"
HOME = f"{HOST}/index.html"
A, B, C = (f"{OWN}{name}" for name in "abc")


@pytest.fixture(params=[True, False], ids=["archive", "no archive"])
def archive(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def test_a_link_to_what_is_missing_becomes_absolute(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links("/a#part", "/b"), A: 404, B: links("/a")})
    report = await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", HOME) == [f"{A}#part", "b~.html"]
    assert report.repaired >= 1
    assert dangling(tmp_path / "mirror") == []
    assert set(live(tmp_path / "mirror")) == {A}


async def test_a_link_to_a_redirect_leads_to_the_final_file(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links("/a#part", "/c"), A: moved("/b"), B: moved("/c"), C: links("/a", "/b")})
    await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", HOME) == ["c~.html#part", "c~.html"]
    assert leads(tmp_path / "mirror", f"{HOST}/c~.html") == ["c~.html", "c~.html"]
    assert dangling(tmp_path / "mirror") == []


async def test_a_link_leads_to_the_file_of_the_type_that_came(tmp_path: Path, archive: bool) -> None:
    web = Web(
        {
            OWN: links("/a", "/b.html", text=images("/c")),
            A: typed("%PDF-1.7", "application/pdf"),
            f"{OWN}b.html": typed("plain", "text/plain"),
            C: typed(b"\x89PNG\r\n\x1a\n", "image/png"),
        }
    )
    await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", HOME) == ["a~.pdf", "b.html~.txt", "c~.png"]
    assert dangling(tmp_path / "mirror") == []
    assert live(tmp_path / "mirror") == {}


async def test_what_is_still_queued_is_live_until_it_lands(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links("/a", "/b"), A: links("/"), B: links("/c"), C: links("/b")})
    report = await crawl(web, tmp_path, OWN, max_pages=1, archive=archive)
    assert report.run.outcome == "max-pages"
    assert leads(tmp_path / "mirror", HOME) == [A, B]
    await crawl(web, tmp_path, OWN, max_pages=2, archive=archive)
    assert leads(tmp_path / "mirror", HOME) == ["a~.html", "b~.html"]
    assert leads(tmp_path / "mirror", f"{HOST}/b~.html") == [C]
    await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", f"{HOST}/b~.html") == ["c~.html"]
    assert live(tmp_path / "mirror") == {}


async def test_a_redirect_to_what_lands_later_is_live_until_then(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links("/a", "/b"), A: moved("/late"), B: links(), f"{OWN}late": links("/a")})
    await crawl(web, tmp_path, OWN, max_pages=2, archive=archive)
    assert (await entry_at(tmp_path, f"{OWN}late")).state is State.QUEUED
    assert leads(tmp_path / "mirror", HOME) == [A, "b~.html"]
    await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", HOME) == ["late~.html", "b~.html"]
    assert dangling(tmp_path / "mirror") == []


async def test_what_was_missing_and_comes_back_is_led_to_again(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links("/a"), A: [404, links("/")]})
    await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", HOME) == [A]
    await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", HOME) == ["a~.html"]


async def test_a_page_that_moves_away_is_led_to_where_it_went(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links("/a"), A: [links(title="old"), moved("/b")], B: links(title="new")})
    await crawl(web, tmp_path, OWN, archive=archive)
    await crawl(web, tmp_path, OWN, archive=archive)
    assert dangling(tmp_path / "mirror") == []
    assert (tmp_path / "mirror" / HOST / "a~.html").is_file()
    assert leads(tmp_path / "mirror", HOME) == ["b~.html"]


async def test_stylesheets_are_repaired_too(tmp_path: Path, archive: bool) -> None:
    css = typed("body{background:url(/gone.png)} p{background:url('/moved.png')}", "text/css")
    web = Web(
        {
            OWN: links(head='<link rel=stylesheet href="/s.css">'),
            f"{OWN}s.css": css,
            f"{OWN}moved.png": moved("/here.png"),
            f"{OWN}here.png": b"\x89PNG\r\n\x1a\n",
        }
    )
    await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", f"{HOST}/s.css") == [f"{OWN}gone.png", "here.png"]


async def test_a_link_that_its_page_does_not_follow_leads_to_what_others_followed(
    tmp_path: Path, archive: bool
) -> None:
    nofollow = '<a rel="nofollow" href="/b">to</a>'
    web = Web({OWN: links("/a", "/b"), A: page(text=nofollow), B: links("/")})
    await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", f"{HOST}/a~.html") == ["b~.html"]


async def test_the_deepest_pages_lead_back_to_the_first(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links("/a", "/c"), A: links("/", "/b", "/c"), B: links("/"), C: links("/")})
    await crawl(web, tmp_path, OWN, max_depth=1, archive=archive)
    assert leads(tmp_path / "mirror", f"{HOST}/a~.html") == ["index.html", B, "c~.html"]
    await crawl(web, tmp_path, OWN, max_depth=2, archive=archive)
    assert leads(tmp_path / "mirror", f"{HOST}/a~.html") == ["index.html", "b~.html", "c~.html"]
    assert live(tmp_path / "mirror") == {}


async def test_a_page_that_is_repaired_changes_in_its_links_alone(tmp_path: Path, archive: bool) -> None:
    body = "<p>\xe9 &amp; <!-- <a href='/a'> --><a class=x href='/a'>a</a>\r\n<b>unclosed"
    web = Web({OWN: typed(body.encode("latin-1"), "text/html; charset=latin1"), A: 404})
    await crawl(web, tmp_path, OWN, archive=archive)
    expected = body.replace("class=x href='/a'", f"class=x href='{A}'").encode("latin-1")
    assert kept_below(tmp_path)[HOME] == expected


@pytest.mark.parametrize(("group_bytes", "groups"), [(1, 3), (10**9, 1)])
async def test_a_group_is_bounded_in_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group_bytes: int, groups: int
) -> None:
    monkeypatch.setattr(settling, "_GROUP_BYTES", group_bytes)
    written: list[int] = []
    write = Mirror.write

    async def counting(self: Mirror, files: Sequence[tuple[str, Body]], *more: Any) -> None:
        written.append(len(files))
        await write(self, files, *more)

    # Asked twice, it fails after the pages that link to it are written.
    web = Web({OWN: links("/a", "/b", "/c"), A: links("/c"), B: links("/c"), C: [503, 404]})
    job = job_on(web, tmp_path, OWN)
    close = Closing.close

    async def counting_from_here(self: Closing, outcome: str, seconds: float) -> Report:
        monkeypatch.setattr(Mirror, "write", counting)
        return await close(self, outcome, seconds)

    monkeypatch.setattr(Closing, "close", counting_from_here)
    report = await job.run()
    assert report.repaired == 3
    assert [each for each in written if each] == [3 // groups] * groups
    assert dangling(tmp_path / "mirror") == []


async def test_a_lost_original_is_said_and_repaired_once_it_is_back(tmp_path: Path) -> None:
    web = Web({OWN: page("/a"), A: 404})
    store = tmp_path / "archive"

    def losing(_: object) -> Answer:
        (segment,) = store.glob("*.warc.gz")
        shutil.copy(segment, tmp_path / segment.name)
        segment.write_bytes(b"")
        return Answer(status=404)

    web.says[A] = losing
    report = await crawl(web, tmp_path, OWN)
    assert len(report.warnings) == 1
    assert "some pages keep links that have moved" in report.warnings[0]
    shutil.copy(next(tmp_path.glob("*.warc.gz")), store)
    web.says |= {A: 404, OWN: [304]}
    again = await crawl(web, tmp_path, OWN)
    # What was put back lacks the last record.
    assert [each for each in again.warnings if "is missing or cut" not in each] == []
    assert leads(tmp_path / "mirror", HOME) == [A]


async def test_nothing_is_repaired_where_nothing_moved(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links("/a", "/b"), A: links("/", "/b"), B: links("/a")})
    report = await crawl(web, tmp_path, OWN, archive=archive)
    assert report.repaired == 0
    web.says[A] = 404
    again = await crawl(web, tmp_path, OWN, archive=archive)
    assert again.repaired == 0


@pytest.mark.long
@pytest.mark.parametrize("pages", [1, 2, 3, 5, 8])
async def test_the_mirror_is_whole_after_every_run_of_a_walk(
    tmp_path: Path, archive: bool, pages: int
) -> None:
    names = "abcdefghij"
    web = Web(
        {
            f"{OWN}{name}": links(
                *(f"/{other}" for other in names[n // 2 : n + 4]), text=images(f"/{name}.png")
            )
            for n, name in enumerate(names)
        }
    )
    web.says |= {OWN: links("/a", "/d"), f"{OWN}c": moved("/j"), f"{OWN}e": 404, f"{OWN}f": moved("/e")}
    web.says |= {f"{OWN}{name}.png": b"\x89PNG\r\n\x1a\n" for name in names[::2]}
    for _ in range(12):
        report = await crawl(web, tmp_path, OWN, max_pages=pages, archive=archive)
        assert dangling(tmp_path / "mirror") == []
        mirrored = {f"http://{path.replace('_', ':').replace('~.html', '')}" for path in kept_below(tmp_path)}
        assert not mirrored & live(tmp_path / "mirror").keys()
    assert report.run.outcome in {"finished", "max-pages"}
    assert len(kept_below(tmp_path)) == 1 + 7 + 3


async def test_a_link_that_is_not_followed_leads_to_what_appears_later(tmp_path: Path, archive: bool) -> None:
    nofollow = '<a rel="nofollow" href="/c">to</a>'
    web = Web({OWN: links("/a", "/b"), A: page(text=nofollow), B: links("/c"), C: links("/")})
    await crawl(web, tmp_path, OWN, max_pages=2, archive=archive)
    assert leads(tmp_path / "mirror", f"{HOST}/a~.html") == [C]
    await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", f"{HOST}/a~.html") == ["c~.html"]


async def test_a_search_form_leads_to_its_page_in_the_dump_alone(tmp_path: Path, archive: bool) -> None:
    form = '<form action="/b"><input name=q></form><form action="/gone"></form><form method=post action="/b"></form>'
    web = Web({OWN: links("/a", "/b"), A: page(text=form), B: page()})
    await crawl(web, tmp_path, OWN, archive=archive)
    text = (tmp_path / "mirror" / HOST / "a~.html").read_text()
    assert '<form action="b~.html">' in text
    assert f'<form action="{OWN}gone">' in text
    assert f'<form method=post action="{B}">' in text


async def test_a_link_that_was_repaired_is_repaired_again(tmp_path: Path, archive: bool) -> None:
    nofollow = tagged('<a rel="nofollow" href="/c">to</a>')
    web = Web({OWN: tagged(links("/a", "/b")), A: nofollow, B: tagged(links("/c")), C: links("/")})
    await crawl(web, tmp_path, OWN, max_pages=2, archive=archive)
    await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", f"{HOST}/a~.html") == ["c~.html"]
    web.says[C] = typed("%PDF-1.7", "application/pdf")
    await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", f"{HOST}/a~.html") == ["c~.pdf"]


async def test_a_page_that_changes_knows_what_earlier_runs_found(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: [links("/a", "/b"), links("/a", "/b", title="new")], A: 404, B: moved("/c"), C: links()})
    for _ in range(2):
        await crawl(web, tmp_path, OWN, archive=archive)
        assert leads(tmp_path / "mirror", HOME) == [A, "c~.html"]


async def test_what_was_repaired_is_looked_at_no_more(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links("/a", "/b"), A: 404, B: moved("/c"), C: links()})
    await crawl(web, tmp_path, OWN, archive=archive)
    async with ledger(tmp_path) as found:
        assert [each async for each in found.pages_to_repair()] == []


def stubs(output: Path) -> list[str]:
    return [name for name, body in kept_below(output).items() if body.startswith(MARK)]


async def test_stubs_that_nothing_took_the_place_of_are_removed(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links("/a", "/b", "/c"), A: 404, B: moved("/c"), C: typed("%PDF", "application/pdf")})
    await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", HOME) == [A, "c~.pdf", "c~.pdf"]
    assert kept_below(tmp_path).keys() == {HOME, f"{HOST}/c~.pdf"}
    assert list((tmp_path / ".partial").iterdir()) == []


async def test_a_budget_leaves_no_stub(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links(*(f"/{n}" for n in range(30))), **{f"{OWN}{n}": page(str(n)) for n in range(30)}})
    await crawl(web, tmp_path, OWN, max_pages=2, archive=archive)
    assert stubs(tmp_path) == []
    assert len(kept_below(tmp_path)) == 2
    assert dangling(tmp_path / "mirror") == []
    await crawl(web, tmp_path, OWN, archive=archive)
    assert len(kept_below(tmp_path)) == 31
    assert live(tmp_path / "mirror") == {}


async def test_at_no_moment_does_a_link_lead_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, archive: bool
) -> None:
    web = Web(
        {OWN: links("/a", "/b", text=images("/i.png")), A: links("/b"), B: page(), f"{OWN}i.png": b"\x89PNG"}
    )
    write = Mirror.write_now

    def looking(self: Mirror, files: Sequence[tuple[str, Body]], *more: Any) -> None:
        write(self, files, *more)
        assert dangling(tmp_path / "mirror") == []
        looked.append(stubs(tmp_path))

    looked: list[list[str]] = []
    monkeypatch.setattr(Mirror, "write_now", looking)
    await crawl(web, tmp_path, OWN, archive=archive)
    assert sorted(looked[0]) == [f"{HOST}/a~.html", f"{HOST}/b~.html", f"{HOST}/i.png"]
    assert stubs(tmp_path) == []


async def test_a_file_that_its_url_has_left_goes_once_no_link_leads_there(
    tmp_path: Path, archive: bool
) -> None:
    web = Web({OWN: links("/a"), A: page("as a page")})
    await crawl(web, tmp_path, OWN, archive=archive)
    assert kept_below(tmp_path).keys() == {HOME, f"{HOST}/a~.html"}
    web = Web({OWN: links("/a"), A: typed("%PDF", "application/pdf")})
    await crawl(web, tmp_path, OWN, archive=archive)
    assert leads(tmp_path / "mirror", HOME) == ["a~.pdf"]
    assert kept_below(tmp_path).keys() == {HOME, f"{HOST}/a~.pdf"}
