"""Which pages are rendered, how they are read then, and what becomes of it later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.archive.reader import read_rendered
from crawler.body import Spool
from crawler.changes import ChangeKind
from crawler.explanation import explain_url
from crawler.output import Output
from crawler.rendering import read_rendering
from crawler.telling import explanation_lines, explanation_values
from tests.archive.samples import kinds
from tests.rendered import PaperBrowser, crawl_rendered, loads, shell, shows
from tests.test_extracting import extracted, logged
from tests.verification.looking import flaws_of, flip, segment_of
from tests.web import OWN, Web, crawl, entry_at, kept_below, ledger, links, tagged, typed

APP = f"{OWN}app"
SAID = '<h1>The lamp room</h1><p>It is lit at dusk.</p><a href="/deep">deep</a>'
RULES = '[[item]]\nname = "page"\nurl = "/app$"\n[item.fields]\ntitle = { css = "h1", required = true }\n'
ENOUGH = "<p>" + "Here is all that there is to be read. " * 8


def site(**says: Any) -> Web:
    """A page that a script makes, with a link that only the script knows."""
    return Web(
        {
            OWN: links("/app"),
            APP: tagged(shell("/app.js")),
            f"{OWN}app.js": typed(shows(SAID), "text/javascript"),
            f"{OWN}deep": links("/"),
            **{f"{OWN}{name}": each for name, each in says.items()},
        }
    )


@pytest.fixture
def browser() -> PaperBrowser:
    return PaperBrowser()


async def why(folder: Path, url: str) -> list[str]:
    async with ledger(folder) as found:
        return explanation_lines(await explain_url(found, url, 0.0, Output(folder)))


async def test_a_page_is_read_as_its_scripts_left_it(tmp_path: Path, browser: PaperBrowser) -> None:
    web = site()
    report = await crawl_rendered(web, tmp_path, OWN, browser=browser)
    assert not report.warnings
    assert browser.seen == [APP]
    assert not browser.is_begun
    entry = await entry_at(tmp_path, APP)
    assert entry.good is not None
    rendering = read_rendering(entry.good.rendering)
    assert rendering is not None
    assert rendering.reason == "<div> is empty until a script fills it; it has 0 words beside scripts"
    text = read_rendered(tmp_path / "archive", entry.good, Spool()).read().decode()
    assert SAID in text
    assert "<script" not in text
    assert (entry.good.charset, entry.good.title) == ("utf-8", "Shell")
    # What only the script knows of is followed, and every answer is asked for once.
    assert sorted(web.urls()) == sorted([OWN, APP, f"{OWN}app.js", f"{OWN}deep"])
    assert (await entry_at(tmp_path, f"{OWN}app.js")).candidate.is_requisite
    mirrored = kept_below(tmp_path)["127.0.0.1_8000/app~.html"].decode()
    assert 'The lamp room</h1><p>It is lit at dusk.</p><a href="deep~.html">' in mirrored
    assert kinds(segment_of(tmp_path)).count("conversion") == 1
    assert await flaws_of(tmp_path) == []
    assert any(
        line.startswith("  rendered at") and line.endswith(rendering.reason)
        for line in await why(tmp_path, APP)
    )


async def test_what_it_loads_is_kept_too(tmp_path: Path, browser: PaperBrowser) -> None:
    web = site(**{"app.js": typed(loads("/api/lamps?page=1"), "text/javascript")})
    web.says[f"{OWN}api/lamps?page=1"] = typed(SAID, "text/plain")
    await crawl_rendered(web, tmp_path, OWN, browser=browser)
    entry = await entry_at(tmp_path, f"{OWN}api/lamps?page=1")
    assert entry.good is not None
    assert entry.candidate.via == APP
    assert web.count(f"{OWN}api/lamps?page=1") == 1
    assert b"The lamp room" in kept_below(tmp_path)["127.0.0.1_8000/app~.html"]
    assert await flaws_of(tmp_path) == []


@pytest.mark.parametrize("has_tag", [True, False])
async def test_unchanged_it_keeps_its_rendering(
    tmp_path: Path, browser: PaperBrowser, *, has_tag: bool
) -> None:
    web = site() if has_tag else site(app=shell("/app.js"))
    await crawl_rendered(web, tmp_path, OWN, browser=browser)
    mirror = kept_below(tmp_path)
    browser.seen.clear()
    report = await crawl_rendered(web, tmp_path, OWN, browser=browser)
    assert browser.seen == []
    assert report.changes["counts"]["changed"] == 0
    entry = await entry_at(tmp_path, APP)
    assert entry.good is not None
    assert SAID in read_rendered(tmp_path / "archive", entry.good, Spool()).read().decode()
    assert kept_below(tmp_path) == mirror
    assert await flaws_of(tmp_path) == []


@pytest.mark.long
async def test_changes_are_those_of_what_it_says(tmp_path: Path, browser: PaperBrowser) -> None:
    web = site()
    await crawl_rendered(web, tmp_path, OWN, browser=browser)
    web.says[APP] = tagged(shell("/app.js?2"))
    web.says[f"{OWN}app.js?2"] = typed(shows(SAID), "text/javascript")
    report = await crawl_rendered(web, tmp_path, OWN, browser=browser)
    assert report.changes["counts"][ChangeKind.CHANGED] == 0
    web.says[APP] = tagged(shell("/app.js?3"))
    web.says[f"{OWN}app.js?3"] = typed(shows(SAID.replace("dusk", "dawn")), "text/javascript")
    report = await crawl_rendered(web, tmp_path, OWN, browser=browser)
    assert report.changes["counts"][ChangeKind.CHANGED] == 1


@pytest.mark.long
async def test_a_template_that_gains_nothing_is_left_alone(tmp_path: Path, browser: PaperBrowser) -> None:
    pages = [f"{OWN}notes/{name}" for name in "abcdefgh"]
    web = Web({OWN: links(*pages), f"{OWN}app.js": typed("window.x = 1;", "text/javascript")})
    web.says |= {each: shell("/app.js", text=ENOUGH + each) for each in pages}
    await crawl_rendered(web, tmp_path, OWN, browser=browser, concurrency=1)
    # Three are looked at in one turn.
    assert 2 <= len(browser.seen) <= 4
    assert not any([(await entry_at(tmp_path, each)).good.rendering for each in pages])  # type: ignore[union-attr]
    last = next(each for each in pages if each not in browser.seen)
    (told,) = [line for line in await why(tmp_path, last) if "not rendered" in line]
    assert told.startswith("  not rendered: scripts brought hardly a word or link to ")
    assert told.endswith(" pages like 127.0.0.1:8000/notes/*")
    assert "  not rendered: it has no script" in await why(tmp_path, OWN)
    # The next run knows.
    browser.seen.clear()
    web.says[last] = shell("/app.js", text=ENOUGH + "anew")
    await crawl_rendered(web, tmp_path, OWN, browser=browser)
    assert browser.seen == []
    assert await flaws_of(tmp_path) == []


async def test_a_template_that_gains_is_rendered_without_signs(tmp_path: Path, browser: PaperBrowser) -> None:
    pages = [f"{OWN}notes/{name}" for name in "abcd"]
    web = Web({OWN: links(*pages), f"{OWN}app.js": typed(shows("<p>Price: 12 crowns"), "text/javascript")})
    web.says |= {each: shell("/app.js", text=ENOUGH) for each in pages}
    await crawl_rendered(web, tmp_path, OWN, browser=browser, concurrency=1)
    assert sorted(browser.seen) == pages
    assert any("scripts brought words or links to" in line for line in await why(tmp_path, browser.seen[-1]))


async def test_always(tmp_path: Path, browser: PaperBrowser) -> None:
    web = Web({OWN: links("/a", text=ENOUGH), f"{OWN}a": links("/")})
    await crawl_rendered(web, tmp_path, OWN, browser=browser, render="always")
    assert sorted(browser.seen) == [OWN, f"{OWN}a"]
    assert await flaws_of(tmp_path) == []


async def test_a_page_that_breaks_the_browser_is_read_as_it_was_sent(
    tmp_path: Path, browser: PaperBrowser
) -> None:
    browser.broken.add(APP)
    report = await crawl_rendered(site(), tmp_path, OWN, browser=browser)
    entry = await entry_at(tmp_path, APP)
    assert (entry.state, entry.reason) == ("done", "unrendered: its scripts never end")
    assert report.counts.failed == 0
    told = f"1 page could not be rendered, and read as sent, such as {APP} (its scripts never end)"
    assert report.warnings == (f"rendering: {told}",)
    assert await flaws_of(tmp_path) == []


@pytest.mark.long
async def test_switched_on_later_pages_are_asked_for_whole(tmp_path: Path, browser: PaperBrowser) -> None:
    web = site()
    await crawl(web, tmp_path, OWN)
    assert f"{OWN}deep" not in web.urls()
    await crawl_rendered(web, tmp_path, OWN, browser=browser)
    assert browser.seen == [APP]
    assert f"{OWN}deep" in web.urls()
    # And off again: the copy that is there stays as it is.
    await crawl(web, tmp_path, OWN)
    assert b"The lamp room" in kept_below(tmp_path)["127.0.0.1_8000/app~.html"]
    assert await flaws_of(tmp_path) == []


async def test_rules_take_what_scripts_made(tmp_path: Path, browser: PaperBrowser) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    output = tmp_path / "output"
    report = await crawl_rendered(site(), output, OWN, browser=browser, rules=str(rules))
    assert not report.warnings
    (row,) = logged(output)
    entry = await entry_at(output, APP)
    assert entry.good is not None
    assert (row["title"], row["digest"]) == ("The lamp room", entry.good.digest)
    (item,), breaks = await extracted(output, str(rules))
    assert (item.row(), breaks) == (row, [])


async def test_a_database_that_is_lost_comes_back_with_it(tmp_path: Path, browser: PaperBrowser) -> None:
    web = site()
    await crawl_rendered(web, tmp_path, OWN, browser=browser, screenshots=True)
    before = (await entry_at(tmp_path, APP)).good
    Output(tmp_path).database.unlink()
    web.forget()
    await crawl_rendered(web, tmp_path, OWN, browser=browser, screenshots=True)
    after = (await entry_at(tmp_path, APP)).good
    assert before is not None
    assert after is not None
    assert after.rendering == before.rendering
    assert browser.seen == [APP]
    assert b"The lamp room" in kept_below(tmp_path)["127.0.0.1_8000/app~.html"]
    assert await flaws_of(tmp_path) == []


@pytest.mark.long
async def test_old_runs_go_and_it_stays(tmp_path: Path, browser: PaperBrowser) -> None:
    filler = "".join(f"<p>{number * 7919 % 10_007}" for number in range(3000))
    web = site(often=links(text=filler))
    web.says[OWN] = links("/app", "/often")
    for night in range(3):
        web.says[f"{OWN}often"] = tagged(links(text=f"{filler}{night}"))
        await crawl_rendered(web, tmp_path, OWN, browser=browser, keep_runs=1)
    entry = await entry_at(tmp_path, APP)
    assert entry.good is not None
    assert SAID in read_rendered(tmp_path / "archive", entry.good, Spool()).read().decode()
    assert await flaws_of(tmp_path) == []


async def test_a_picture(tmp_path: Path, browser: PaperBrowser) -> None:
    await crawl_rendered(site(), tmp_path, OWN, browser=browser, screenshots=True)
    assert kinds(segment_of(tmp_path)).count("resource") == 1
    async with ledger(tmp_path) as found:
        values = explanation_values(await explain_url(found, APP, 0.0, Output(tmp_path)))
    rendering = values["good"]["rendering"]
    data = segment_of(tmp_path).read_bytes()
    start = rendering["picture_offset"]
    (tmp_path / "picture.warc.gz").write_bytes(data[start : start + rendering["picture_length"]])
    assert kinds(tmp_path / "picture.warc.gz") == ["resource"]
    json.dumps(values)


async def test_damage_to_it_is_found(tmp_path: Path, browser: PaperBrowser) -> None:
    await crawl_rendered(site(), tmp_path, OWN, browser=browser)
    entry = await entry_at(tmp_path, APP)
    assert entry.good is not None
    rendering = read_rendering(entry.good.rendering)
    assert rendering is not None
    flip(segment_of(tmp_path), entry.good.offset - rendering.before_bytes + rendering.length // 2)
    assert {flaw.url for flaw in await flaws_of(tmp_path)} >= {APP}
