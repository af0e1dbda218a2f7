"""`why` answers for every state a URL can be in, and for those that were never taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.errors import TransientError
from crawler.explanation import explain_url
from crawler.override import Override
from crawler.telling import explanation_lines, explanation_values
from tests.web import Answer, Web, crawl, images, ledger, links, moved, page

SITE = "http://a.example/"
A, B = f"{SITE}a", f"{SITE}b"


async def why(folder: Path, web: Web, url: str) -> list[str]:
    async with ledger(folder) as found:
        return explanation_lines(await explain_url(found, url, web.clock.now()))


async def test_a_page_that_was_fetched(tmp_path: Path) -> None:
    web = Web(
        {
            SITE: links("/b"),
            B: moved("/c"),
            f"{SITE}c": links(text=images("/x.png")),
            f"{SITE}x.png": b"\x89PNG",
        }
    )
    await crawl(web, tmp_path, SITE)
    lines = await why(tmp_path, web, f"{SITE}x.png")
    assert lines[0].startswith("done: fetched at 2001-09-09T01:46:4")
    assert lines[0].endswith("Z, status 200")
    assert lines[1:6] == [
        "depth 1, path LRE:",
        f"  {SITE}  seed",
        f"  {B}  link",
        f"  {SITE}c  redirect",
        f"  {SITE}x.png  needed by the page",
    ]
    assert "status 200, image/png, 4 B, sha256:" in lines[6]
    assert lines[7] == "  mirror/a.example/x.png"
    assert lines[8].startswith("  archive/20010909-014640-00000.warc.gz at ")
    assert lines[9].startswith("robots.txt (404, 2001-09-09T01:46:40Z) allows it")
    assert lines[10].startswith("host a.example: 0.25s after each answer, one request at a time;")


async def test_a_seed(tmp_path: Path) -> None:
    web = Web({SITE: links()})
    await crawl(web, tmp_path, SITE)
    assert (await why(tmp_path, web, SITE))[1:3] == ["depth 0, path (seed):", f"  {SITE}  seed"]


async def test_an_unchanged_one(tmp_path: Path) -> None:
    web = Web({SITE: [links(), 304]})
    await crawl(web, tmp_path, SITE)
    await crawl(web, tmp_path, SITE)
    assert (await why(tmp_path, web, SITE))[0].endswith("status 304 (unchanged)")


async def test_one_that_failed(tmp_path: Path) -> None:
    web = Web({SITE: links("/a"), A: TransientError("timeout", "no answer in 60 s")})
    await crawl(web, tmp_path, SITE)
    lines = await why(tmp_path, web, A)
    assert lines[0].startswith("failed: tried 3 times, last at ")
    assert lines[0].endswith("(timeout: no answer in 60 s); it may heal: the next run takes it up first")
    assert "no good copy was ever stored" in lines


async def test_one_that_failed_after_it_was_good(tmp_path: Path) -> None:
    web = Web({SITE: links("/a"), A: [links(), 404]})
    await crawl(web, tmp_path, SITE)
    await crawl(web, tmp_path, SITE)
    lines = await why(tmp_path, web, A)
    assert lines[0].startswith("failed: tried once, last at ")
    assert lines[0].endswith("status 404 (http_404)")
    assert any(line.startswith("last good copy: ") for line in lines)


async def test_one_whose_robots_is_ignored(tmp_path: Path) -> None:
    web = Web({SITE: links("/a"), A: links(), f"{SITE}robots.txt": "User-agent: *\nDisallow: /a"})
    told = (Override(hosts="*.example", robots="ignore", delay=4.0),)
    await crawl(web, tmp_path / "never", SITE, overrides=told)
    lines = await why(tmp_path / "never", web, A)
    assert "robots.txt is not asked for, as you said" in lines
    assert lines[-1].startswith("host a.example: 4s after each answer, one request at a time")
    await crawl(web, tmp_path / "later", SITE)
    await crawl(web, tmp_path / "later", SITE, overrides=told)
    lines = await why(tmp_path / "later", web, A)
    assert any("forbids it, but is ignored as you said: line 2: Disallow: /a" in line for line in lines)


async def test_one_that_robots_forbids(tmp_path: Path) -> None:
    web = Web({SITE: links("/a"), f"{SITE}robots.txt": "User-agent: me\nDisallow: /a"})
    await crawl(web, tmp_path, SITE, user_agent="me/1.0")
    lines = await why(tmp_path, web, A)
    assert lines[0].endswith("(robots: line 2: Disallow: /a)")
    assert lines[0].startswith("excluded at ")
    assert any("forbids it: line 2: Disallow: /a" in line for line in lines)


async def test_one_whose_robots_is_a_web_page(tmp_path: Path) -> None:
    web = Web({SITE: links("/a"), A: links(), f"{SITE}robots.txt": "<!doctype html><p>Welcome"})
    await crawl(web, tmp_path, SITE)
    lines = await why(tmp_path, web, A)
    assert "  that robots.txt is a web page and holds no rules" in lines


async def test_one_that_a_budget_left(tmp_path: Path) -> None:
    web = Web({SITE: links("/a", "/b"), A: links(), B: links()})
    await crawl(web, tmp_path, SITE, max_pages=1)
    assert (await why(tmp_path, web, A))[0] == "queued; the last run ended by max-pages"


async def test_one_that_waits(tmp_path: Path) -> None:
    web = Web({SITE: links("/a"), A: TransientError("connect", "refused")})
    await crawl(web, tmp_path, SITE, max_wait=0.3)
    line = (await why(tmp_path, web, A))[0]
    assert line.startswith("queued")
    assert "tried once, last at " in line
    assert "(connect: refused)" in line
    assert line.endswith("the last run ended by waiting")


async def test_one_out_of_scope(tmp_path: Path) -> None:
    web = Web({SITE: links("http://b.example/", "http://b.example/2", "http://c.example/")})
    await crawl(web, tmp_path, SITE)
    assert await why(tmp_path, web, "http://b.example/x") == [
        "never queued: refused as a link by scope: not in scope host",
        "  2 links to b.example refused by scope in the last run",
    ]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"exclude": ("/x",)}, "exclude: /x"),
        ({"include": ("/y",)}, "include: matches no --include"),
        ({"max_depth": 0}, "depth: 1 links from the nearest seed"),
    ],
)
async def test_one_that_options_refuse(tmp_path: Path, options: dict[str, object], reason: str) -> None:
    web = Web({SITE: links("/x")})
    await crawl(web, tmp_path, SITE, **options)
    rule = reason.partition(":")[0]
    assert await why(tmp_path, web, f"{SITE}x") == [
        f"never queued: refused as a link by {reason}",
        f"  1 link to a.example refused by {rule} in the last run",
        "pages that lead there:",
        f"  {SITE}",
    ]


async def test_one_that_nobody_links_or_may_follow(tmp_path: Path) -> None:
    web = Web({SITE: page(text='<a rel=nofollow href="/x">x</a>')})
    await crawl(web, tmp_path, SITE)
    assert await why(tmp_path, web, f"{SITE}x") == [
        "unknown: it would be accepted, but nothing that was fetched leads there",
        "  1 link to a.example refused by nofollow in the last run",
        "pages that lead there:",
        f"  {SITE}",
    ]


async def test_a_sitemap_entry_names_robots_txt(tmp_path: Path) -> None:
    web = Web({SITE: links(), f"{SITE}robots.txt": f"Sitemap: {SITE}map.xml", A: links()})
    web.says[f"{SITE}map.xml"] = (
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{A}</loc></url></urlset>'
    )
    await crawl(web, tmp_path, SITE)
    lines = await why(tmp_path, web, A)
    assert lines[1:4] == [
        "depth 1, path PM:",
        f"  {SITE}map.xml  named in robots.txt {SITE}robots.txt",
        f"  {A}  named in a sitemap",
    ]


async def test_one_too_deep_is_judged_where_it_is_linked(tmp_path: Path) -> None:
    web = Web({SITE: links("/a"), A: links("/b")})
    await crawl(web, tmp_path, SITE, max_depth=1)
    assert await why(tmp_path, web, B) == [
        "never queued: refused as a link by depth: 2 links from the nearest seed",
        "  1 link to a.example refused by depth in the last run",
        "pages that lead there:",
        f"  {A}",
    ]


async def test_other_pages_that_lead_there_are_told(tmp_path: Path) -> None:
    web = Web({SITE: links("/a", "/b"), A: links("/b"), B: links()})
    await crawl(web, tmp_path, SITE)
    lines = await why(tmp_path, web, B)
    place = lines.index("pages that also lead there:")
    assert lines[place + 1] == f"  {A}"


async def test_one_whose_host_rests_says_until_when(tmp_path: Path) -> None:
    web = Web(
        {SITE: links("/a", "/b"), A: Answer(status=503, headers=(("Retry-After", "3600"),)), B: links()}
    )
    await crawl(web, tmp_path, SITE, max_wait=1, max_crawl_delay=3600)
    async with ledger(tmp_path) as found:
        told = await explain_url(found, B, web.clock.now())
    assert told.wait_seconds is not None
    assert 3500 < told.wait_seconds <= 3600
    assert "from now (its host rests)" in explanation_lines(told)[0]
    assert explanation_lines(told)[0].endswith("; the last run ended by waiting")


async def test_one_that_is_due_again_says_what_became_of_it_last(tmp_path: Path) -> None:
    web = Web({SITE: links("/a"), A: 404})
    await crawl(web, tmp_path, SITE)
    await crawl(web, tmp_path, SITE, max_bytes=0)
    line = (await why(tmp_path, web, A))[0]
    assert line.startswith("queued; last decided at ")
    assert line.endswith("status 404 (http_404); the last run ended by max-bytes")


@pytest.mark.parametrize(
    ("url", "state", "reason"),
    [
        (SITE, "done", ""),
        (A, "failed", "timeout: no answer"),
        (f"{SITE}no", "excluded", "robots: line 2: Disallow: /no"),
        ("http://b.example/", "unknown", "scope: not in scope host"),
    ],
)
async def test_the_same_in_values(tmp_path: Path, url: str, state: str, reason: str) -> None:
    web = Web({SITE: links("/a", "/no"), A: TransientError("timeout", "no answer")})
    web.says[f"{SITE}robots.txt"] = "User-agent: *\nDisallow: /no"
    await crawl(web, tmp_path, SITE)
    async with ledger(tmp_path) as found:
        told = explanation_values(await explain_url(found, url, web.clock.now()))
    assert json.loads(json.dumps(told)) == told
    assert (told["url"], told["state"], told["reason"]) == (url, state, reason)
    assert told["heals"] == (url == A)
    assert (told["due_at"], told["wait_seconds"]) == (None, None)
    assert told["run"] == {"number": 1, "outcome": "finished"}
    if state != "unknown":
        assert told["path"][0] == {"url": SITE, "how": "seed"}
        assert told["robots"]["allows"] == (state != "excluded")
        assert told["host"]["host"] == "a.example"


DRAWN = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("calendar/2090-01-01/", "calendar: the year 2090"),
        ("x/x/x/", "repeated-segments: x 3 times in a row"),
        ("/".join("abcdefghijklmnopqrstuvwxyz012345"), "deep-path: 32 segments"),
    ],
)
async def test_one_that_is_a_trap(tmp_path: Path, path: str, reason: str) -> None:
    web = Web({SITE: links(f"/{path}")})
    await crawl(web, tmp_path, SITE)
    rule = reason.partition(":")[0]
    assert await why(tmp_path, web, SITE + path) == [
        f"never queued: refused as a link by {reason}",
        f"  1 link to a.example refused by {rule} in the last run",
        "pages that lead there:",
        f"  {SITE}",
    ]


async def test_a_trap_of_a_run_that_had_it_switched_off(tmp_path: Path) -> None:
    web = Web({SITE: links("/x/x/x/")})
    await crawl(web, tmp_path, SITE, traps_off=("repeated-segments",))
    assert (await why(tmp_path, web, f"{SITE}x/x/x/x/"))[0].startswith("unknown: it would be accepted")
    assert (await why(tmp_path, web, f"{SITE}x/x/x/"))[0].startswith("failed: ")


async def test_one_with_a_session_names_what_is_offered_in_its_place(tmp_path: Path) -> None:
    web = Web({SITE: links(f"/a?PHPSESSID={DRAWN}"), A: links()})
    await crawl(web, tmp_path, SITE)
    assert await why(tmp_path, web, f"{A}?PHPSESSID={DRAWN}") == [
        "never queued: refused as a link by session-id: PHPSESSID",
        f"  {A} is offered in its place",
        "  1 link to a.example refused by session-id in the last run",
    ]
    assert (await why(tmp_path, web, A))[0].startswith("done: ")


@pytest.mark.parametrize("name", ["", "page"])
async def test_one_below_a_row_of_the_same_bytes(tmp_path: Path, name: str) -> None:
    web = Web({SITE: links(f"/a/{name}")})
    steps = [f"{SITE}{'/'.join('abcdefgh'[:depth])}/{name}" for depth in range(1, 8)]
    # Each page links below itself to all that could come.
    web.says |= dict.fromkeys(steps, links(*(f"{letter}/{name}" for letter in "bcdefgh")))
    await crawl(web, tmp_path, SITE, retries=0)
    last = steps[5]
    assert (await why(tmp_path, web, last))[0].startswith("done: ")
    assert (await why(tmp_path, web, steps[6]))[0] == (
        f"never queued: refused as a link by duplicate-content: {last} ends a row of pages with the same bytes"
    )
    assert (await why(tmp_path, web, f"{SITE}z"))[0].startswith("unknown: ")


async def test_a_doubted_one_tells_when_it_may_be_believed(tmp_path: Path) -> None:
    words = " ".join(f"word{number}" for number in range(300))
    web = Web({SITE: links("/a"), A: links(title="Ay", text=words)})
    await crawl(web, tmp_path, SITE)
    web.says[A] = links(title="Ay", text="Moved.")
    await crawl(web, tmp_path, SITE)
    (told, *_) = await why(tmp_path, web, A)
    assert "(shrunken: 2 words of 301); doubted 1 time since 2001-09-09T" in told
    assert "; if it stays so it may be taken for the page from 2001-09-16T" in told
