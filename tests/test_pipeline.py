"""What an answer means: pages, redirects, retries, refusals; the scope along the way of a URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import PermanentError, TransientError
from crawler.model import State
from crawler.page import Page
from tests.mirrored import dangling, leads
from tests.web import (
    OWN,
    Answer,
    Web,
    crawl,
    entries,
    entry_at,
    images,
    job_on,
    ledger,
    links,
    moved,
    page,
    states,
    typed,
)

A, B = f"{OWN}a", f"{OWN}b"
OTHER = "http://127.0.0.2:8000/"
HOME = "127.0.0.1_8000/index.html"
PNG = b"\x89PNG\r\n\x1a\n"


class TestRetries:
    @pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 524])
    async def test_what_may_heal_is_tried_again(self, tmp_path: Path, status: int) -> None:
        web = Web({OWN: [status, status, links()]})
        report = await crawl(web, tmp_path, OWN)
        assert web.count(OWN) == 3
        assert report.exit_code() == 0
        assert report.counts.retries == 2
        assert (await entry_at(tmp_path, OWN)).status == 200

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451, 501, 505, 999])
    async def test_what_does_not_heal_is_asked_once(self, tmp_path: Path, status: int) -> None:
        web = Web({OWN: status})
        report = await crawl(web, tmp_path, OWN)
        assert web.count(OWN) == 1
        assert report.failures == {f"http_{status}": 1}
        assert report.exit_code() == 3

    @pytest.mark.parametrize(("retries", "asked"), [(0, 1), (1, 2), (5, 6)])
    async def test_so_often_and_no_more(self, tmp_path: Path, retries: int, asked: int) -> None:
        web = Web({OWN: TransientError("timeout", "no answer in 60 s")})
        report = await crawl(web, tmp_path, OWN, retries=retries)
        assert web.count(OWN) == asked
        entry = await entry_at(tmp_path, OWN)
        assert (entry.state, entry.attempts) == (State.FAILED, asked)
        assert entry.reason == "timeout: no answer in 60 s"
        assert report.failures == {"timeout": 1}

    async def test_a_permanent_failure_is_tried_once(self, tmp_path: Path) -> None:
        web = Web({OWN: PermanentError("tls", "certificate expired")})
        await crawl(web, tmp_path, OWN)
        assert web.count(OWN) == 1

    async def test_a_new_run_tries_again_from_the_first(self, tmp_path: Path) -> None:
        web = Web({OWN: TransientError("reset")})
        await crawl(web, tmp_path, OWN, retries=1)
        await crawl(web, tmp_path, OWN, retries=1)
        assert web.count(OWN) == 4

    async def test_retry_after_holds_the_whole_host(self, tmp_path: Path) -> None:
        unavailable = Answer(status=503, headers=(("Retry-After", "40"),))
        web = Web({OWN: links("/a", "/b"), A: [unavailable, links()], B: links()})
        await crawl(web, tmp_path, OWN, concurrency=1, per_host=1)
        held = next(each for each in web.asked if each.url == A)
        assert {each.url for each in web.asked if each.began_at >= held.ended_at + 40} == {A, B}
        assert not [each for each in web.asked if held.ended_at < each.began_at < held.ended_at + 40]

    async def test_retry_after_as_a_date(self, tmp_path: Path) -> None:
        later = Answer(status=503, headers=(("Retry-After", "Sun, 09 Sep 2001 01:47:40 GMT"),))
        web = Web({OWN: [later, links()]})
        await crawl(web, tmp_path, OWN)
        assert web.asked[-1].began_at >= 1_000_000_060

    async def test_retry_after_beyond_reason_is_cut(self, tmp_path: Path) -> None:
        never = Answer(status=503, headers=(("Retry-After", "999999999999"),))
        web = Web({OWN: [never, links()]})
        report = await crawl(web, tmp_path, OWN, max_crawl_delay=60.0)
        assert 60 <= web.asked[-1].began_at - web.asked[-2].ended_at < 62
        assert report.exit_code() == 0


class TestAnswers:
    async def test_a_part_is_no_copy(self, tmp_path: Path) -> None:
        await crawl(Web({OWN: Answer(status=206, body=b"<p>half")}), tmp_path, OWN)
        assert (await entry_at(tmp_path, OWN)).state is State.FAILED

    async def test_an_empty_page_is_a_page(self, tmp_path: Path) -> None:
        report = await crawl(Web({OWN: typed(b"", "text/html")}), tmp_path, OWN)
        assert report.counts.pages == 1
        assert (tmp_path / "mirror" / HOME).read_bytes() == b""

    async def test_without_a_type_the_body_is_looked_at(self, tmp_path: Path) -> None:
        web = Web({OWN: Answer(body=links("/a").encode()), A: Answer(body=PNG)})
        report = await crawl(web, tmp_path, OWN)
        assert report.counts.pages == 1
        assert leads(tmp_path / "mirror", HOME) == ["a~.png"]

    async def test_types_that_nobody_asked_for_are_cut_after_their_headers(self, tmp_path: Path) -> None:
        web = Web({OWN: links("/a", "/b"), A: typed(b"PK" * 999, "application/zip"), B: links()})
        report = await crawl(web, tmp_path, OWN)
        entry = await entry_at(tmp_path, A)
        assert (entry.state, entry.reason) == (
            State.EXCLUDED,
            "types: application/zip is of class other",
        )
        assert report.counts.wire_bytes < 999
        assert leads(tmp_path / "mirror", HOME) == [A, "b~.html"]

    async def test_types_all_takes_everything(self, tmp_path: Path) -> None:
        web = Web({OWN: links("/a"), A: typed(b"PK", "application/zip")})
        await crawl(web, tmp_path, OWN, types=("all",))
        assert leads(tmp_path / "mirror", HOME) == ["a~.zip"]

    async def test_requisites_may_be_of_any_type(self, tmp_path: Path) -> None:
        web = Web({OWN: links(text=images("/a")), A: typed(b"PK", "application/zip")})
        await crawl(web, tmp_path, OWN, types=("html",))
        assert leads(tmp_path / "mirror", HOME) == ["a~.zip"]

    async def test_an_error_page_is_archived_and_neither_mirrored_nor_followed(self, tmp_path: Path) -> None:
        lost = Answer(status=404, body=links("/b").encode(), headers=(("Content-Type", "text/html"),))
        web = Web({OWN: links("/a"), A: lost})
        report = await crawl(web, tmp_path, OWN)
        assert B not in web.urls()
        assert report.counts.pages == 1
        async with ledger(tmp_path) as found:
            assert [each.status async for each in found.captures() if each.url == A] == [404]
        assert (await entry_at(tmp_path, A)).good is None

    async def test_a_page_is_handed_over_once_it_is_stored(self, tmp_path: Path) -> None:
        web = Web({OWN: page("/a", OTHER, headers=(("X-Thing", "1"),)), A: 404})
        pages: list[Page] = []

        async def take(stored: Page) -> None:
            assert (tmp_path / "mirror" / HOME).is_file()
            pages.append(stored)

        await job_on(web, tmp_path, OWN, on_page=take).run()
        (stored,) = pages
        assert (stored.url, stored.status, stored.depth, stored.title) == (OWN, 200, 0, "A page")
        assert [each.url for each in stored.links] == [A, OTHER]
        assert ("X-Thing", "1") in stored.headers


class TestNofollow:
    @pytest.mark.parametrize(
        "answer",
        [
            typed(
                links("/a", head='<meta name="robots" content="nofollow">', text=images("/x.png")),
                "text/html",
            ),
            page("/a", headers=(("X-Robots-Tag", "noindex, nofollow"),), text=images("/x.png")),
            typed('<a rel="nofollow" href="/a">a</a><img src="/x.png">', "text/html"),
        ],
        ids=["meta", "header", "rel"],
    )
    async def test_links_are_not_followed_and_requisites_are(self, tmp_path: Path, answer: Answer) -> None:
        web = Web({OWN: answer, A: links(), f"{OWN}x.png": PNG})
        report = await crawl(web, tmp_path / "obey", OWN)
        assert set(web.urls()) == {OWN, f"{OWN}x.png"}
        assert ("nofollow", "127.0.0.1:8000", 1) in [
            (each.rule, each.host, each.links) for each in report.refusals
        ]
        web.forget()
        await crawl(web, tmp_path / "ignore", OWN, robots="ignore")
        assert A in web.urls()


class TestRedirects:
    async def test_a_chain_is_followed_hop_by_hop(self, tmp_path: Path) -> None:
        web = Web(
            {OWN: links("/1"), f"{OWN}1": moved("/2", 302), f"{OWN}2": moved("3", 307), f"{OWN}3": links()}
        )
        await crawl(web, tmp_path, OWN)
        found = await entries(tmp_path)
        assert found[f"{OWN}3"].candidate.hops == "LRR"
        assert found[f"{OWN}3"].candidate.depth == 1
        assert found[f"{OWN}1"].reason == f"redirect to {OWN}2"

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_every_kind(self, tmp_path: Path, status: int) -> None:
        web = Web({OWN: moved("/a", status), A: links()})
        report = await crawl(web, tmp_path, OWN)
        assert (await entry_at(tmp_path, A)).state is State.DONE
        assert report.counts.pages == 1

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(status=300),
            Answer(status=302),
            moved("ftp://a.example/"),
            moved("javascript:alert(1)"),
            moved(""),
        ],
        ids=["300", "no location", "ftp", "javascript", "empty"],
    )
    async def test_to_nowhere_is_a_failure(self, tmp_path: Path, answer: Answer) -> None:
        web = Web({OWN: links("/a"), A: answer})
        await crawl(web, tmp_path, OWN)
        assert (await entry_at(tmp_path, A)).state is State.FAILED
        assert leads(tmp_path / "mirror", HOME) == [A]

    async def test_a_cookie_wall_is_asked_once_more(self, tmp_path: Path) -> None:
        wall = Answer(status=302, headers=(("Location", OWN), ("Set-Cookie", "seen=1")))
        web = Web({OWN: [wall, links("/a")], A: links()})
        report = await crawl(web, tmp_path / "heals", OWN)
        assert (report.failures, web.count(OWN), web.count(A)) == ({}, 2, 1)
        web = Web({OWN: wall})
        report = await crawl(web, tmp_path / "stays", OWN)
        assert (report.failures, web.count(OWN)) == ({"redirect_loop": 1}, 2)

    @pytest.mark.parametrize("length", [1, 2, 3])
    async def test_a_loop_is_named_and_costs_each_url_once(self, tmp_path: Path, length: int) -> None:
        web = Web({OWN: links("/r0")})
        web.says |= {f"{OWN}r{n}": moved(f"/r{(n + 1) % length}") for n in range(length)}
        report = await crawl(web, tmp_path, OWN)
        assert report.failures == {"redirect_loop": 1}
        assert len(web.urls()) == 1 + length
        assert leads(tmp_path / "mirror", HOME) == [f"{OWN}r0"]
        again = await crawl(web, tmp_path, OWN)
        assert again.failures == {"redirect_loop": 1}
        assert dangling(tmp_path / "mirror") == []

    async def test_too_many_in_a_row(self, tmp_path: Path) -> None:
        web = Web({OWN: links("/0")})
        web.says |= {f"{OWN}{n}": moved(f"/{n + 1}") for n in range(40)}
        report = await crawl(web, tmp_path, OWN, max_redirects=4)
        assert f"{OWN}4" in web.urls()
        assert f"{OWN}5" not in web.urls()
        assert report.failures == {"bad_redirect": 1}
        assert (await entry_at(tmp_path, f"{OWN}4")).reason.startswith("bad_redirect: more than 4 in a row")
        assert leads(tmp_path / "mirror", HOME) == [f"{OWN}0"]

    async def test_out_of_scope_is_not_followed_and_stays_live(self, tmp_path: Path) -> None:
        web = Web({OWN: links("/a"), A: moved(OTHER), OTHER: links()})
        await crawl(web, tmp_path, OWN)
        assert OTHER not in web.urls()
        entry = await entry_at(tmp_path, A)
        assert (entry.state, entry.reason) == (
            State.DONE,
            f"redirect to {OTHER}, which is not followed",
        )
        assert leads(tmp_path / "mirror", HOME) == [A]

    async def test_of_a_requisite_is_followed_anywhere(self, tmp_path: Path) -> None:
        web = Web(
            {OWN: links(text=images("/a.png")), f"{OWN}a.png": moved(f"{OTHER}b.png"), f"{OTHER}b.png": PNG}
        )
        await crawl(web, tmp_path, OWN)
        assert leads(tmp_path / "mirror", HOME) == ["../127.0.0.2_8000/b.png"]

    async def test_into_what_robots_forbids_is_refused_there(self, tmp_path: Path) -> None:
        web = Web({OWN: links("/a"), A: moved("/b"), f"{OWN}robots.txt": "User-agent: *\nDisallow: /b"})
        await crawl(web, tmp_path, OWN)
        assert B not in web.urls()
        assert (await states(tmp_path))[B] is State.EXCLUDED
        assert leads(tmp_path / "mirror", HOME) == [A]

    async def test_to_what_is_known_fetches_it_once(self, tmp_path: Path) -> None:
        web = Web({OWN: links("/a", "/b"), A: moved("/b"), B: links()})
        await crawl(web, tmp_path, OWN)
        assert web.count(B) == 1

    async def test_a_refresh_is_followed_and_the_page_kept(self, tmp_path: Path) -> None:
        web = Web({OWN: page(headers=(("Refresh", "0; url=/a"),)), A: links()})
        report = await crawl(web, tmp_path, OWN)
        assert report.counts.pages == 2


async def test_public_means_what_the_address_says(tmp_path: Path) -> None:
    web = Web({"http://own.example/": links("/a"), "http://own.example/a": links()}, address="10.0.0.7")
    began = web.clock.now()
    await crawl(web, tmp_path, "http://own.example/")
    assert web.clock.now() - began == 1
