"""What seeds stand for: redirects of seeds, seeds without a scheme, hosts of one's own."""

from __future__ import annotations

import gc
import json
import tracemalloc
from pathlib import Path
from typing import Literal

import pytest

from crawler.errors import PermanentError, SiteError, TransientError
from crawler.fetch.guard import AddressGuard
from crawler.model import State
from crawler.options import ScopeOptions
from crawler.seeds import Seed
from crawler.standing import SeedState
from crawler.territory import Territory
from tests.web import Web, crawl, entries, entry_at, images, ledger, links, moved, seed_list, states

BARE, WWW = "http://example.org/", "https://www.example.org/"


class TestRedirectOfASeed:
    def site(self) -> Web:
        web = Web({BARE: moved(WWW), WWW: links("/a", "http://example.org/b"), f"{WWW}a": links("/c")})
        web.says |= {f"{WWW}c": links(), "http://example.org/b": links()}
        return web

    async def test_its_host_joins_the_scope(self, tmp_path: Path) -> None:
        report = await crawl(self.site(), tmp_path, BARE)
        assert set(await states(tmp_path)) == {BARE, WWW, f"{WWW}a", f"{WWW}c", "http://example.org/b"}
        assert (await entry_at(tmp_path, f"{WWW}c")).candidate.depth == 2
        assert report.exit_code() == 0

    async def test_the_report_says_so(self, tmp_path: Path) -> None:
        report = await crawl(self.site(), tmp_path, BARE)
        assert report.seeds == 1
        async with ledger(tmp_path) as found:
            assert [(each.url, each.via) async for each in found.seeds()] == [(BARE, None), (WWW, BARE)]
        (path,) = (tmp_path / "reports").glob("*.json")
        told = json.loads(path.read_text())
        assert told["redirected_seeds"] == [{"url": BARE, "to": WWW}]

    async def test_in_the_next_run_it_belongs_before_the_seed_was_asked_again(self, tmp_path: Path) -> None:
        web = self.site()
        await crawl(web, tmp_path, BARE, max_pages=1)
        assert set(await states(tmp_path, State.QUEUED)) >= {f"{WWW}a"}
        web.says[BARE] = TransientError("timeout", "no answer in 60 s")
        web.forget()
        report = await crawl(web, tmp_path, BARE, max_pages=2, retries=0)
        assert report.run.number == 2
        assert f"{WWW}a" in web.urls()
        assert f"{WWW}a" not in await states(tmp_path, State.EXCLUDED)

    async def test_of_a_seed_taken_off_the_list_it_does_not(self, tmp_path: Path) -> None:
        web = self.site()
        web.says["http://other.example/"] = links()
        await crawl(web, tmp_path, BARE)
        web.forget()
        await crawl(web, tmp_path, "http://other.example/")
        assert web.urls() == ["http://other.example/"]

    async def test_where_it_leads_nowhere_the_run_says_so(self, tmp_path: Path) -> None:
        web = Web({BARE: moved(WWW), WWW: 404})
        report = await crawl(web, tmp_path, BARE)
        assert [(each.url, each.status) for each in report.bad_seeds] == [(WWW, 404)]
        assert report.exit_code() == 3

    async def test_its_target_is_a_seed_also_where_it_was_known(self, tmp_path: Path) -> None:
        web = Web(
            {
                "http://a.example/": links("/b"),
                "http://a.example/b": links(),
                BARE: moved("http://a.example/b"),
            }
        )
        await crawl(web, tmp_path, "http://a.example/", BARE)
        async with ledger(tmp_path) as found:
            assert "http://a.example/b" in [each.url async for each in found.seeds()]

    async def test_a_chain_of_them(self, tmp_path: Path) -> None:
        end = "http://c.example/"
        web = Web({BARE: moved("http://b.example/"), "http://b.example/": moved(end), end: links("/x")})
        web.says[f"{end}x"] = links()
        await crawl(web, tmp_path, BARE)
        assert f"{end}x" in await states(tmp_path)

    async def test_a_refresh_of_a_seed_is_a_link(self, tmp_path: Path) -> None:
        web = Web(
            {
                BARE: '<meta http-equiv="refresh" content="0; url=http://b.example/">',
                "http://b.example/": links(),
            }
        )
        await crawl(web, tmp_path, BARE)
        assert set(await states(tmp_path)) == {BARE}

    async def test_with_scope_page_it_is_one_page(self, tmp_path: Path) -> None:
        web = self.site()
        await crawl(web, tmp_path, BARE, scope="page")
        assert set(web.urls()) == {BARE, WWW}


class TestWithoutScheme:
    @pytest.mark.parametrize("failure", ["connect", "tls", "timeout", "empty_reply", "protocol"])
    async def test_http_is_asked_where_there_is_no_https(self, tmp_path: Path, failure: str) -> None:
        error: SiteError = PermanentError(failure) if failure == "tls" else TransientError(failure)
        web = Web({"http://example.org/": links("/a"), "http://example.org/a": links()})
        web.says |= {"https://example.org/": error, "https://example.org/robots.txt": error}
        report = await crawl(web, tmp_path, "example.org")
        assert set(web.urls()) >= {"http://example.org/", "http://example.org/a"}
        assert report.exit_code() == 0
        assert report.bad_seeds == ()
        first = await entry_at(tmp_path, "https://example.org/")
        assert first.state is State.DONE
        assert "http is asked instead" in first.reason

    async def test_https_is_enough(self, tmp_path: Path) -> None:
        web = Web({"https://example.org/": links()})
        await crawl(web, tmp_path, "example.org")
        assert web.urls(robots=True) == ["https://example.org/robots.txt", "https://example.org/"]

    @pytest.mark.parametrize(
        "failure", [PermanentError("dns", "no such host"), PermanentError("blocked"), 404]
    )
    async def test_other_failures_are_failures(self, tmp_path: Path, failure: SiteError | int) -> None:
        web = Web({"https://example.org/": failure, "http://example.org/": links()})
        report = await crawl(web, tmp_path, "example.org")
        assert "http://example.org/" not in web.urls()
        assert report.exit_code() == 3

    async def test_no_https_does_not_make_a_host_down(self, tmp_path: Path) -> None:
        pages = [f"example.org/{n}" for n in range(12)]
        web = Web({f"http://{each}": links() for each in pages})
        web.says |= {f"https://{each}": TransientError("connect") for each in pages}
        web.says["https://example.org/robots.txt"] = 404
        report = await crawl(web, tmp_path, *pages)
        assert report.exit_code() == 0
        assert report.counts.pages == 12

    async def test_with_its_scheme_https_stays_https(self, tmp_path: Path) -> None:
        web = Web({"https://example.org/": PermanentError("tls", "expired"), "http://example.org/": links()})
        report = await crawl(web, tmp_path, "https://example.org/")
        assert "http://example.org/" not in web.urls()
        assert report.exit_code() == 3

    async def test_http_that_fails_too_is_a_failure(self, tmp_path: Path) -> None:
        web = Web(
            {
                "https://example.org/": PermanentError("connect"),
                "http://example.org/": PermanentError("connect"),
            }
        )
        report = await crawl(web, tmp_path, "example.org")
        assert report.exit_code() == 3


class TestScopeOfACrawl:
    async def test_http_and_https_are_one_host(self, tmp_path: Path) -> None:
        web = Web({BARE: links("https://example.org/s"), "https://example.org/s": links()})
        await crawl(web, tmp_path, BARE)
        assert "https://example.org/s" in web.urls()

    async def test_several_seeds_make_one_scope(self, tmp_path: Path) -> None:
        web = Web(
            {
                "http://a.example/": links("http://b.example/x"),
                "http://b.example/x": links(),
                "http://b.example/": 404,
            }
        )
        await crawl(web, tmp_path, "http://a.example/", "http://b.example/")
        assert "http://b.example/x" in web.urls()

    async def test_the_least_depth_counts(self, tmp_path: Path) -> None:
        web = Web({BARE: links("/1", "/near"), f"{BARE}1": links("/2"), f"{BARE}2": links("/far")})
        web.says |= {f"{BARE}near": links("/2"), f"{BARE}far": links()}
        await crawl(web, tmp_path, BARE, max_depth=2)
        assert (await entry_at(tmp_path, f"{BARE}2")).candidate.depth == 2
        assert f"{BARE}far" not in await states(tmp_path)

    async def test_a_shorter_way_found_late_opens_what_lies_behind(self, tmp_path: Path) -> None:
        web = Web({BARE: links("/1", "/near"), f"{BARE}1": links("/2"), f"{BARE}2": links("/deep")})
        web.says |= {f"{BARE}near": moved("/2"), f"{BARE}deep": links()}
        web.says[f"{BARE}near"] = [503, moved("/2")]
        await crawl(web, tmp_path, BARE, max_depth=2, per_host=1)
        assert (await entry_at(tmp_path, f"{BARE}2")).candidate.depth == 1
        assert f"{BARE}deep" in await states(tmp_path)
        assert web.count(f"{BARE}2") == 1

    async def test_links_inside_foreign_requisites_are_not_followed_and_their_requisites_are(
        self, tmp_path: Path
    ) -> None:
        frame = "http://cdn.example/frame"
        web = Web(
            {BARE: f'<iframe src="{frame}"></iframe>', frame: links("/more", BARE, text=images("/x.png"))}
        )
        web.says["http://cdn.example/x.png"] = b"\x89PNG\r\n\x1a\n"
        report = await crawl(web, tmp_path, BARE)
        assert set(await states(tmp_path)) == {BARE, frame, "http://cdn.example/x.png"}
        assert report.counts.pages == 1
        assert (tmp_path / "mirror" / "cdn.example" / "frame~.html").is_file()

    async def test_links_inside_frames_in_scope_are_followed(self, tmp_path: Path) -> None:
        web = Web(
            {BARE: '<iframe src="/frame"></iframe>', f"{BARE}frame": links("/more"), f"{BARE}more": links()}
        )
        await crawl(web, tmp_path, BARE)
        assert f"{BARE}more" in web.urls()

    async def test_requisites_go_five_deep(self, tmp_path: Path) -> None:
        web = Web({BARE: '<link rel="stylesheet" href="/1.css">'})
        web.says |= {f"{BARE}{n}.css": f'@import "{n + 1}.css";' for n in range(1, 9)}
        await crawl(web, tmp_path, BARE)
        assert sorted(url for url in web.urls() if url.endswith(".css")) == [
            f"{BARE}{n}.css" for n in range(1, 6)
        ]

    async def test_without_assets_pages_alone(self, tmp_path: Path) -> None:
        web = Web({BARE: links("/a", text=images("/x.png")), f"{BARE}a": links()})
        await crawl(web, tmp_path, BARE, assets=False)
        assert set(web.urls()) == {BARE, f"{BARE}a"}

    async def test_refused_links_are_counted_by_rule_and_host(self, tmp_path: Path) -> None:
        web = Web({BARE: links("http://x.example/1", "http://x.example/2", "http://y.example/", "/no")})
        report = await crawl(web, tmp_path, BARE, exclude=("/no",))
        assert {(each.rule, each.host): each.links for each in report.refusals} == {
            ("scope", "x.example"): 2,
            ("scope", "y.example"): 1,
            ("exclude", "example.org"): 1,
        }
        assert set(await entries(tmp_path)) == {BARE}


class TestTerritory:
    def test_seeds_open_their_private_host_and_port_alone(self) -> None:
        guard = AddressGuard()
        territory = Territory(ScopeOptions(), guard)
        (candidate,) = territory.claim(seed_list("http://10.0.0.1:8000/x"))
        assert (candidate.host, candidate.is_seed, candidate.depth, candidate.hops) == (
            "10.0.0.1:8000",
            True,
            0,
            "",
        )
        guard.check("10.0.0.1", 8000, "10.0.0.1")
        for host, port in (("10.0.0.1", 80), ("10.0.0.2", 8000)):
            with pytest.raises(PermanentError):
                guard.check(host, port, host)
        assert territory.is_named("10.0.0.1:8000")
        assert not territory.is_named("10.0.0.1")

    def test_a_redirect_of_a_seed_opens_nothing_private(self) -> None:
        guard = AddressGuard()
        territory = Territory(ScopeOptions(), guard)
        territory.inherit(
            (
                SeedState(url=BARE, state=State.DONE),
                SeedState(url="http://10.0.0.1/", state=State.DONE, via=BARE),
            )
        )
        assert territory.scope.covers("http://10.0.0.1/x")
        assert not territory.is_named("10.0.0.1")
        with pytest.raises(PermanentError):
            guard.check("10.0.0.1", 80, "10.0.0.1")

    @pytest.mark.parametrize("scope", ["page", "host", "domain", "any"])
    def test_what_is_held_grows_with_hosts_and_not_with_seeds(self, scope: Literal["page", "host"]) -> None:
        territory = Territory(ScopeOptions(scope=scope), AddressGuard())

        def take(lines: int) -> int:
            """Bytes held after so many seeds of ten hosts."""
            for _ in territory.claim(
                Seed(f"http://{n % 10}.example/{n}/x", is_bare=n % 2 == 0) for n in range(lines)
            ):
                pass
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        tracemalloc.start()
        try:
            take(100)
            before = take(100)
            # Other threads of a test run hold something for a while; what grew stays.
            assert any(take(20_000) - before < 2000 for _ in range(3))
        finally:
            tracemalloc.stop()

    def test_with_scope_prefix_it_grows_with_folders_that_lie_in_no_other(self) -> None:
        territory = Territory(ScopeOptions(scope="prefix"), AddressGuard())
        for _ in territory.claim(seed_list(f"{BARE}a/", f"{BARE}a/b/", f"{BARE}c/d", f"{BARE}c/e")):
            pass
        assert sorted(territory.scope.places()) == ["example.org/a/", "example.org/c/"]

    def test_a_port_of_the_other_scheme_is_opened_too(self) -> None:
        guard = AddressGuard()
        for _ in Territory(ScopeOptions(), guard).claim(
            seed_list("http://10.0.0.1/", "http://10.0.0.1:443/")
        ):
            pass
        guard.check("10.0.0.1", 443, "10.0.0.1")
        with pytest.raises(PermanentError):
            guard.check("10.0.0.1", 8443, "10.0.0.1")


class TestSeedsOfTheLastRun:
    async def test_they_are_asked_again(self, tmp_path: Path) -> None:
        web = Web({BARE: moved(WWW), WWW: links()})
        await crawl(web, tmp_path, BARE)
        web.forget()
        report = await crawl(web, tmp_path)
        assert report.seeds == 1
        assert web.urls() == [BARE, WWW]

    async def test_over_http_where_https_was_not_spoken(self, tmp_path: Path) -> None:
        web = Web({"http://example.org/": links()})
        web.says |= {f"https://example.org/{path}": PermanentError("tls") for path in ("", "robots.txt")}
        await crawl(web, tmp_path, "example.org")
        report = await crawl(web, tmp_path)
        assert report.exit_code() == 0
