"""robots.txt by RFC 9309, and the pace of hosts: what may be asked, and when."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from crawler.errors import PermanentError, TransientError
from crawler.exchange import Request
from crawler.frontier.sqlite import SqliteFrontier
from crawler.model import State
from crawler.override import Override
from crawler.standing import Pace
from tests.web import (
    OWN,
    Answer,
    Crash,
    Said,
    Web,
    crawl,
    entries,
    entry_at,
    ledger,
    links,
    moved,
    page,
    states,
    typed,
)

SITE = "http://a.example/"
ROBOTS = f"{SITE}robots.txt"
A = f"{SITE}a"
FORBIDS = "User-agent: *\nDisallow: /a\n"


def site(robots: Said | list[Said] = 404, **says: Said) -> Web:
    return Web({SITE: links("/a", "/b"), A: links(), f"{SITE}b": links(), ROBOTS: robots, **says})


def gaps(web: Web, host: str = SITE) -> list[float]:
    """Seconds from the end of each answer of a host to the next request there."""
    asked = [each for each in web.asked if each.url.startswith(host)]
    return [round(after.began_at - before.ended_at, 6) for before, after in pairwise(asked)]


class TestRobots:
    @pytest.mark.parametrize("robots", [404, 403, 410, 401, "", "\0\x89PNG", "<html>not found</html>"])
    async def test_without_rules_everything_is_allowed(self, tmp_path: Path, robots: Said) -> None:
        web = site(robots)
        report = await crawl(web, tmp_path, SITE)
        assert set(web.urls()) == {SITE, A, f"{SITE}b"}
        assert report.exit_code() == 0

    async def test_it_is_asked_first_and_once(self, tmp_path: Path) -> None:
        web = site()
        await crawl(web, tmp_path, SITE)
        assert web.urls(robots=True)[0] == ROBOTS
        assert web.count(ROBOTS) == 1

    async def test_what_it_forbids_is_excluded_with_the_line(self, tmp_path: Path) -> None:
        web = site(FORBIDS)
        report = await crawl(web, tmp_path, SITE)
        assert A not in web.urls()
        entry = await entry_at(tmp_path, A)
        assert (entry.state, entry.reason) == (State.EXCLUDED, "robots: line 2: Disallow: /a")
        assert report.exit_code() == 0

    async def test_a_forbidden_seed_did_not_come_in(self, tmp_path: Path) -> None:
        report = await crawl(site("User-agent: *\nDisallow: /"), tmp_path, SITE)
        assert report.exit_code() == 3
        assert [(each.url, each.state) for each in report.bad_seeds] == [(SITE, State.EXCLUDED)]

    async def test_it_is_matched_by_the_product_token(self, tmp_path: Path) -> None:
        robots = "User-agent: crawler\nDisallow: /a\n\nUser-agent: *\nDisallow: /"
        web = site(robots)
        await crawl(web, tmp_path / "one", SITE)
        assert set(web.urls()) == {SITE, f"{SITE}b"}
        web.forget()
        await crawl(web, tmp_path / "two", SITE, user_agent="Other/2.0 (+https://example.org)")
        assert web.urls() == []

    async def test_ignored_it_is_not_even_asked(self, tmp_path: Path) -> None:
        web = site(FORBIDS + "Crawl-delay: 20")
        await crawl(web, tmp_path, SITE, robots="ignore")
        assert web.count(ROBOTS) == 0
        assert set(web.urls()) == {SITE, A, f"{SITE}b"}
        assert max(gaps(web)) < 1

    async def test_ignored_after_it_was_obeyed(self, tmp_path: Path) -> None:
        web = site(FORBIDS + "Crawl-delay: 20")
        await crawl(web, tmp_path, SITE)
        web.forget()
        await crawl(web, tmp_path, SITE, robots="ignore")
        assert A in web.urls()
        assert gaps(web)[-1] < 1

    @pytest.mark.parametrize("status", [500, 503, 429])
    async def test_in_trouble_nothing_is_asked_and_the_seed_has_failed(
        self, tmp_path: Path, status: int
    ) -> None:
        web = site(status)
        report = await crawl(web, tmp_path, SITE, retries=1)
        assert web.urls() == []
        assert web.count(ROBOTS) == 2
        entry = await entry_at(tmp_path, SITE)
        assert (entry.state, entry.reason.split(":")[0]) == (State.FAILED, "robots")
        assert str(status) in entry.reason
        assert report.exit_code() == 3
        assert report.failures == {"robots": 1}

    @pytest.mark.parametrize(
        "failure",
        [PermanentError("dns", "no such host"), PermanentError("tls", "expired"), TransientError("connect")],
        ids=str,
    )
    async def test_unreachable_it_forbids_everything(self, tmp_path: Path, failure: Exception) -> None:
        web = site(failure)
        report = await crawl(web, tmp_path, SITE, retries=0)
        assert web.urls() == []
        assert report.exit_code() == 3

    async def test_a_dead_host_is_not_asked_for_each_of_its_urls(self, tmp_path: Path) -> None:
        other = [f"http://b.example/{n}" for n in range(20)]
        web = site(**{"http://b.example/robots.txt": PermanentError("dns", "no such host")})
        web.says[SITE] = links(*other)
        report = await crawl(web, tmp_path, SITE, scope="any", delay=0.0)
        assert web.count("http://b.example/robots.txt") == 1
        assert report.failures == {"dns": 1, "host_down": 19}

    async def test_after_trouble_it_is_asked_again(self, tmp_path: Path) -> None:
        web = site([503, 503, FORBIDS])
        report = await crawl(web, tmp_path, SITE)
        assert web.count(ROBOTS) == 3
        assert set(web.urls()) == {SITE, f"{SITE}b"}
        assert report.exit_code() == 0

    async def test_in_trouble_its_retry_after_is_obeyed(self, tmp_path: Path) -> None:
        busy = Answer(status=503, headers=(("Retry-After", "100"),))
        web = site([busy, FORBIDS])
        await crawl(web, tmp_path, SITE)
        assert gaps(web)[0] >= 100
        assert web.urls() == [SITE, f"{SITE}b"]

    async def test_in_trouble_the_other_urls_fail_at_once_and_nothing_is_asked_for_them(
        self, tmp_path: Path
    ) -> None:
        pages = [f"{SITE}{n}" for n in range(300)]
        web = Web({each: links() for each in pages})
        await crawl(web, tmp_path, *pages)
        web.clock.advance(25 * 3600)
        web.says[ROBOTS] = 500
        web.forget()
        began = web.clock.now()
        report = await crawl(web, tmp_path, *pages)
        assert web.urls(robots=True) == [ROBOTS] * 3
        assert report.failures == {"robots": 300}
        assert report.counts.requests == 3
        assert web.clock.now() - began < 30
        web.says[ROBOTS] = 404
        report = await crawl(web, tmp_path, *pages)
        assert report.counts.pages == 300

    async def test_the_address_of_the_host_is_its_own_wherever_its_rules_lie(self, tmp_path: Path) -> None:
        web = Web({OWN: links(), f"{OWN}robots.txt": moved("http://a.example/rules")})
        await crawl(web, tmp_path, OWN)
        async with ledger(tmp_path) as found:
            assert [host.pace.delay_seconds for host in await found.hosts()] == [0]

    async def test_a_copy_holds_24_hours_across_runs(self, tmp_path: Path) -> None:
        web = site(FORBIDS)
        await crawl(web, tmp_path, SITE)
        web.clock.advance(23.9 * 3600)
        web.says[ROBOTS] = ""
        await crawl(web, tmp_path, SITE)
        assert web.count(ROBOTS) == 1
        assert A not in web.urls()
        web.clock.advance(3600)
        await crawl(web, tmp_path, SITE)
        assert web.count(ROBOTS) == 2
        assert A in web.urls()

    async def test_trouble_of_an_old_copy_forbids_too(self, tmp_path: Path) -> None:
        web = site()
        await crawl(web, tmp_path, SITE)
        web.clock.advance(25 * 3600)
        web.says[ROBOTS] = 503
        web.forget()
        report = await crawl(web, tmp_path, SITE, retries=0)
        assert web.urls() == []
        assert report.exit_code() == 3
        assert (await entry_at(tmp_path, SITE)).good is not None

    async def test_redirects_are_followed_to_the_rules(self, tmp_path: Path) -> None:
        web = site(moved("http://www.a.example/robots.txt"))
        web.says["http://www.a.example/robots.txt"] = moved("/rules")
        web.says["http://www.a.example/rules"] = FORBIDS
        await crawl(web, tmp_path, SITE)
        assert A not in web.urls()

    async def test_the_host_rests_between_them(self, tmp_path: Path) -> None:
        web = site(moved("/r1"))
        web.says |= {
            f"{SITE}r1": moved("/r2"),
            f"{SITE}r2": moved("http://a.example/r3"),
            f"{SITE}r3": FORBIDS,
        }
        report = await crawl(web, tmp_path, SITE, delay=5.0)
        asked = [ROBOTS, f"{SITE}r1", f"{SITE}r2", f"{SITE}r3", SITE, f"{SITE}b"]
        assert web.urls(robots=True) == asked
        assert min(gaps(web)) >= 5
        assert report.counts.requests == len(asked)

    async def test_more_than_five_redirects_are_no_rules(self, tmp_path: Path) -> None:
        web = site(moved("/r1"))
        web.says |= {f"{SITE}r{n}": moved(f"/r{n + 1}") for n in range(1, 20)}
        await crawl(web, tmp_path, SITE)
        assert A in web.urls()
        assert web.count(f"{SITE}r5") == 1
        assert web.count(f"{SITE}r6") == 0

    async def test_a_redirect_to_nowhere_is_no_rules(self, tmp_path: Path) -> None:
        web = site(moved("ftp://a.example/robots.txt"))
        await crawl(web, tmp_path, SITE)
        assert A in web.urls()

    async def test_each_origin_has_its_own(self, tmp_path: Path) -> None:
        web = site(FORBIDS, **{"http://a.example:8080/a": links()})
        web.says[SITE] = links("/a", "https://a.example/a")
        web.says["https://a.example/a"] = links()
        await crawl(web, tmp_path, SITE, "http://a.example:8080/a")
        assert set(web.urls()) == {SITE, "http://a.example:8080/a", "https://a.example/a"}
        assert web.count("https://a.example/robots.txt") == 1
        assert web.count("http://a.example:8080/robots.txt") == 1

    async def test_requests_for_it_are_counted(self, tmp_path: Path) -> None:
        for name, seed in (("public", SITE), ("own", OWN)):
            report = await crawl(Web({seed: links()}), tmp_path / name, seed)
            assert report.counts.requests == 2

    async def test_only_the_first_500_kib_count(self, tmp_path: Path) -> None:
        filler = "# filler\n" * 60_000
        web = site(f"User-agent: *\n{filler}Disallow: /a\n")
        await crawl(web, tmp_path, SITE)
        assert A in web.urls()
        async with ledger(tmp_path) as found:
            copy = await found.robots(SITE.rstrip("/"))
        assert copy is not None
        assert len(copy.body) <= 500 * 1024 + 1

    async def test_a_requisite_is_held_to_the_rules_of_its_host(self, tmp_path: Path) -> None:
        web = site(**{"http://cdn.example/robots.txt": "User-agent: *\nDisallow: /a.png"})
        web.says[SITE] = '<img src="http://cdn.example/a.png"><img src="http://cdn.example/b.png">'
        web.says["http://cdn.example/b.png"] = b"\x89PNG\r\n\x1a\n"
        await crawl(web, tmp_path, SITE)
        assert web.count("http://cdn.example/a.png") == 0
        assert web.count("http://cdn.example/b.png") == 1


class TestSitemaps:
    MAP = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        "<url><loc>http://a.example/unlinked</loc></url>"
        "<url><loc>http://b.example/elsewhere</loc></url></urlset>"
    )

    def site(self) -> Web:
        web = site(f"Sitemap: {SITE}map.xml\nSitemap: /index.xml\nSitemap: http://b.example/map.xml")
        web.says |= {
            f"{SITE}map.xml": self.MAP,
            f"{SITE}unlinked": links("/deeper"),
            f"{SITE}deeper": links(),
        }
        web.says[f"{SITE}index.xml"] = (
            '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
            "<sitemap><loc>http://a.example/index.xml</loc></sitemap></sitemapindex>"
        )
        return web

    async def test_their_entries_have_depth_1(self, tmp_path: Path) -> None:
        await crawl(self.site(), tmp_path, SITE)
        found = await entries(tmp_path)
        unlinked = found[f"{SITE}unlinked"].candidate
        assert (unlinked.depth, unlinked.hops, unlinked.via) == (1, "PM", f"{SITE}map.xml")
        assert found[f"{SITE}deeper"].candidate.depth == 2
        assert found[f"{SITE}map.xml"].candidate.via == ROBOTS
        assert "http://b.example/elsewhere" not in found
        assert "http://b.example/map.xml" not in found

    @pytest.mark.parametrize("step", ["keep_robots", "pace", "finish"])
    async def test_a_kill_after_robots_txt_was_kept_loses_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        async def dies(*_: object) -> None:
            raise Crash

        with monkeypatch.context() as patch:
            patch.setattr(SqliteFrontier, step, dies)
            with pytest.raises((Crash, BaseExceptionGroup)):
                await crawl(self.site(), tmp_path, SITE)
        await crawl(self.site(), tmp_path, SITE)
        assert f"{SITE}unlinked" in await states(tmp_path, State.DONE)

    async def test_depth_0_takes_none_of_them(self, tmp_path: Path) -> None:
        await crawl(self.site(), tmp_path, SITE, max_depth=0)
        assert f"{SITE}unlinked" not in await states(tmp_path)

    async def test_they_count_as_no_pages_and_have_no_file(self, tmp_path: Path) -> None:
        report = await crawl(self.site(), tmp_path, SITE)
        assert report.counts.pages == 5
        good = (await entry_at(tmp_path, f"{SITE}map.xml")).good
        assert good is not None
        assert good.mirror_path is None

    async def test_a_chain_of_indexes_ends(self, tmp_path: Path) -> None:
        web = self.site()
        for number in range(20):
            web.says[f"{SITE}{'index' if number == 0 else number}.xml"] = (
                f"<sitemapindex><sitemap><loc>{SITE}{number + 1}.xml</loc></sitemap></sitemapindex>"
            )
        await crawl(web, tmp_path, SITE)
        assert web.count(f"{SITE}4.xml") == 1
        assert web.count(f"{SITE}5.xml") == 0

    async def test_without_them_none_is_asked(self, tmp_path: Path) -> None:
        web = self.site()
        await crawl(web, tmp_path, SITE, sitemaps=False)
        assert set(web.urls()) == {SITE, A, f"{SITE}b"}


class TestPace:
    def slow_site(self, robots: Said = 404, seconds: float = 0.1) -> Web:
        web = Web({SITE: page(*(f"/{n}" for n in range(12)), seconds=seconds), ROBOTS: robots})
        web.says |= {f"{SITE}{n}": page(seconds=seconds) for n in range(12)}
        return web

    async def test_a_public_host_rests_a_quarter_second(self, tmp_path: Path) -> None:
        web = self.slow_site()
        await crawl(web, tmp_path, SITE)
        assert len(gaps(web)) == 13
        assert min(gaps(web)) >= 0.25

    async def test_it_rests_as_long_as_it_takes_to_answer(self, tmp_path: Path) -> None:
        web = self.slow_site(seconds=2.0)
        await crawl(web, tmp_path, SITE, per_host=1)
        assert min(gaps(web)[1:]) >= 2.0

    async def test_a_crawl_delay_is_obeyed_one_at_a_time(self, tmp_path: Path) -> None:
        web = self.slow_site("User-agent: *\nCrawl-delay: 7", seconds=1.0)
        await crawl(web, tmp_path, SITE, per_host=8)
        assert min(gaps(web)) >= 7
        async with ledger(tmp_path) as found:
            (host,) = await found.hosts()
        assert host.pace == Pace(delay_seconds=7, parallel=1, adapts=True)

    @pytest.mark.parametrize("asking", ["http", "https"])
    async def test_a_crawl_delay_of_one_origin_holds_for_the_host(self, tmp_path: Path, asking: str) -> None:
        both = ("http://a.example/", "https://a.example/")
        pages = [f"{origin}{n}" for n in range(3) for origin in both]
        web = Web({each: links() for each in pages})
        web.says[f"{asking}://a.example/robots.txt"] = "User-agent: *\nCrawl-delay: 7"
        await crawl(web, tmp_path, *pages)
        asked = [each for each in web.asked if each.url.startswith(f"{asking}:")]
        later = [each for each in web.asked if each.began_at > asked[0].began_at]
        assert len(later) >= 5
        assert min(after.began_at - before.ended_at for before, after in pairwise(later)) >= 7

    @pytest.mark.parametrize("asking", ["http", "https"])
    async def test_a_crawl_delay_of_one_origin_holds_in_the_next_run(
        self, tmp_path: Path, asking: str
    ) -> None:
        both = ("http://a.example/", "https://a.example/")
        web = Web({each: links() for each in both})
        web.says[f"{asking}://a.example/robots.txt"] = "User-agent: *\nCrawl-delay: 7"
        await crawl(web, tmp_path, *both)
        other = next(each for each in both if not each.startswith(f"{asking}:"))
        pages = [f"{other}{n}" for n in range(4)]
        web.says |= {each: links() for each in pages}
        for hours in (1, 30):
            web.clock.advance(hours * 3600)
            web.forget()
            await crawl(web, tmp_path, *pages)
            # Whichever origin comes first, of no answer the host rests less.
            asked = [each for each in web.asked if each.url.startswith(other)]
            assert min(after.began_at - before.ended_at for before, after in pairwise(asked)) >= 7
            async with ledger(tmp_path) as found:
                (host,) = await found.hosts()
            assert host.pace.delay_seconds == 7

    async def test_a_crawl_delay_that_is_taken_back_no_longer_holds(self, tmp_path: Path) -> None:
        web = self.slow_site("User-agent: *\nCrawl-delay: 7")
        await crawl(web, tmp_path, SITE)
        web.clock.advance(25 * 3600)
        web.says[ROBOTS] = 404
        web.forget()
        await crawl(web, tmp_path, SITE)
        assert max(gaps(web)) < 1

    async def test_a_crawl_delay_beyond_reason_is_cut(self, tmp_path: Path) -> None:
        web = self.slow_site("User-agent: *\nCrawl-delay: 1000000000")
        await crawl(web, tmp_path, SITE, max_crawl_delay=9.0)
        assert 9 <= min(gaps(web)) <= max(gaps(web)) < 10

    async def test_what_is_odd_about_it_stands_in_the_report(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        web = self.slow_site("User-agent: *\nCrawl-delay: 1000000000")
        report = await crawl(web, tmp_path, SITE, max_crawl_delay=9.0)
        assert report.warnings == (f"{SITE}robots.txt asks for a Crawl-delay of 1e+09s: 9.0s are kept",)
        assert report.warnings[0] in caplog.messages

    @pytest.mark.parametrize("delay", [0.5, 3.0, 60.0])
    async def test_a_delay_is_never_undercut(self, tmp_path: Path, delay: float) -> None:
        web = self.slow_site()
        await crawl(web, tmp_path, SITE, delay=delay, concurrency=32)
        assert min(gaps(web)) >= delay

    async def test_across_runs_too(self, tmp_path: Path) -> None:
        web = self.slow_site()
        await crawl(web, tmp_path, SITE, delay=30.0, max_pages=2)
        await crawl(web, tmp_path, SITE, delay=30.0, max_pages=2)
        assert min(gaps(web)) >= 30

    async def test_of_one_host_another_is_independent(self, tmp_path: Path) -> None:
        web = Web({f"http://{name}.example/": links("/1") for name in "abcdefgh"})
        web.says |= {f"http://{name}.example/1": links() for name in "abcdefgh"}
        began = web.clock.now()
        await crawl(web, tmp_path, *(f"http://{name}.example/" for name in "abcdefgh"), delay=10.0)
        assert web.clock.now() - began < 40
        assert all(min(gaps(web, f"http://{name}.example/")) >= 10 for name in "abcdefgh")

    async def test_a_host_of_ones_own_does_not_rest(self, tmp_path: Path) -> None:
        web = Web({OWN: links(*(f"/{n}" for n in range(50)))})
        web.says |= {f"{OWN}{n}": links() for n in range(50)}
        began = web.clock.now()
        await crawl(web, tmp_path, OWN)
        assert web.clock.now() - began == 1
        assert web.most_at_once > 8

    async def test_a_private_host_that_is_no_seed_is_not_ones_own(self, tmp_path: Path) -> None:
        other = "http://127.0.0.2:8000/"
        web = Web({OWN: links(other, f"{other}1", f"{other}2"), other: links()})
        web.says |= {f"{other}1": links(), f"{other}2": links()}
        await crawl(web, tmp_path, OWN, scope="any")
        assert min(gaps(web, other)) >= 0.25

    async def test_robots_and_options_hold_for_ones_own_too(self, tmp_path: Path) -> None:
        web = Web({OWN: links("/1", "/2"), f"{OWN}1": links(), f"{OWN}2": links()})
        web.says[f"{OWN}robots.txt"] = "User-agent: *\nCrawl-delay: 4"
        await crawl(web, tmp_path / "robots", OWN)
        assert min(gaps(web, OWN)) >= 4
        web.forget()
        web.says[f"{OWN}robots.txt"] = 404
        await crawl(web, tmp_path / "option", OWN, delay=2.0)
        assert min(gaps(web, OWN)) >= 2

    async def test_what_is_refused_costs_the_host_no_rest(self, tmp_path: Path) -> None:
        web = site(FORBIDS)
        web.says[SITE] = typed(links(*(f"/a{n}" for n in range(400)), "/b"), "text/html")
        began = web.clock.now()
        await crawl(web, tmp_path, SITE)
        assert set(web.urls()) == {SITE, f"{SITE}b"}
        assert min(gaps(web)) >= 0.25
        assert web.clock.now() - began < 10

    async def test_trouble_slows_the_crawl_of_a_host_and_good_answers_hasten_it(self, tmp_path: Path) -> None:
        web = self.slow_site(seconds=0.0)
        web.says[f"{SITE}0"] = web.says[f"{SITE}1"] = web.says[f"{SITE}2"] = 500
        await crawl(web, tmp_path, SITE, retries=0)
        assert gaps(web)[2:5] == [0.5, 1.0, 2.0]
        assert gaps(web)[5:] == sorted(gaps(web)[5:], reverse=True)
        assert gaps(web)[-1] < 1.0

    async def test_what_a_host_can_bear_is_remembered(self, tmp_path: Path) -> None:
        web = self.slow_site(seconds=0.0)
        web.says |= {f"{SITE}{n}": 500 for n in range(12)}
        await crawl(web, tmp_path, SITE, retries=0)
        web.forget()
        await crawl(web, tmp_path, SITE, retries=0)
        assert min(gaps(web)) > 5

    async def test_requests_to_a_public_host_are_few_at_once(self, tmp_path: Path) -> None:
        web = self.slow_site()
        await crawl(web, tmp_path, SITE, delay=0.0)
        assert web.most_at_once <= 2

    async def test_more_leases_than_requests_keep_the_line_busy(self, tmp_path: Path) -> None:
        await crawl(Web({OWN: links()}), tmp_path / "own", OWN, concurrency=10)
        await crawl(Web({OWN: links()}), tmp_path / "told", OWN, concurrency=10, per_host=4)
        for folder, pace in (
            ("own", Pace(delay_seconds=0, parallel=10, spare=20)),
            ("told", Pace(delay_seconds=0, parallel=4)),
        ):
            async with ledger(tmp_path / folder) as found:
                assert [host.pace for host in await found.hosts()] == [pace]


class TestOverrides:
    """What was said of some hosts holds for them, and the run's options for all others."""

    B = "http://b.example/"

    def web(self) -> Web:
        web = Web({each: links(*(f"{each}{n}" for n in range(4))) for each in (SITE, self.B)})
        web.says |= {f"{each}{n}": links() for each in (SITE, self.B) for n in range(4)}
        return web

    async def test_a_delay(self, tmp_path: Path) -> None:
        web = self.web()
        told = (Override(hosts="a.example", delay=9.0),)
        await crawl(web, tmp_path, SITE, self.B, delay=1.0, overrides=told)
        assert 9 <= min(gaps(web)) <= max(gaps(web)) < 10
        assert 1 <= min(gaps(web, self.B)) <= max(gaps(web, self.B)) < 2

    async def test_requests_at_once_without_a_delay(self, tmp_path: Path) -> None:
        told = (Override(hosts="*.example", delay=0.0, per_host=5),)
        await crawl(self.web(), tmp_path, SITE, overrides=told)
        async with ledger(tmp_path) as found:
            assert [host.pace for host in await found.hosts()] == [Pace(delay_seconds=0, parallel=5)]

    async def test_robots_txt_is_ignored_there_and_obeyed_elsewhere(self, tmp_path: Path) -> None:
        web = self.web()
        web.says |= dict.fromkeys((ROBOTS, f"{self.B}robots.txt"), "User-agent: *\nDisallow: /0")
        await crawl(web, tmp_path, SITE, self.B, overrides=(Override(hosts="a.example", robots="ignore"),))
        assert web.count(ROBOTS) == 0
        assert f"{SITE}0" in web.urls()
        assert f"{self.B}0" not in web.urls()

    async def test_what_was_forbidden_is_judged_again_when_that_changes(self, tmp_path: Path) -> None:
        web = self.web()
        web.says[ROBOTS] = "User-agent: *\nDisallow: /0"
        await crawl(web, tmp_path, SITE, max_pages=3)
        assert f"{SITE}0" not in web.urls()
        await crawl(web, tmp_path, SITE, overrides=(Override(hosts="*.example", robots="ignore"),))
        assert f"{SITE}0" in web.urls()

    async def test_a_number_of_pages_is_exact(self, tmp_path: Path) -> None:
        web = self.web()
        told = (Override(hosts="a.example", max_pages=2),)
        report = await crawl(web, tmp_path, SITE, self.B, overrides=told)
        async with ledger(tmp_path) as found:
            assert {host.host: host.pages for host in await found.hosts()} == {"a.example": 2, "b.example": 5}
        assert report.counts.pages == 7
        assert report.counts.queued == 3

    async def test_a_cap_of_what_the_site_asks(self, tmp_path: Path) -> None:
        web = self.web()
        web.says[ROBOTS] = "User-agent: *\nCrawl-delay: 100"
        web.says[f"{SITE}0"] = [Answer(status=503, headers=(("Retry-After", "100"),)), links()]
        told = (Override(hosts="a.example", max_crawl_delay=5.0),)
        report = await crawl(web, tmp_path, SITE, overrides=told)
        # Trouble doubles it.
        assert min(gaps(web)) >= 5
        assert max(gaps(web)) <= 10
        assert report.warnings == (f"{ROBOTS} asks for a Crawl-delay of 100s: 5.0s are kept",)

    async def test_one_of_ones_own_may_be_given_a_delay(self, tmp_path: Path) -> None:
        web = Web({OWN: links("/1", "/2"), f"{OWN}1": links(), f"{OWN}2": links()})
        await crawl(web, tmp_path, OWN, overrides=(Override(hosts="127.0.0.1:8000", delay=3.0),))
        assert min(gaps(web, OWN)) >= 3


async def test_the_first_answer_of_a_host_is_awaited_before_the_second_is_asked(tmp_path: Path) -> None:
    web = Web({f"{OWN}{n}": links() for n in range(30)})
    web.says[f"{OWN}robots.txt"] = Answer(status=404, seconds=1)
    await crawl(web, tmp_path, *(f"{OWN}{n}" for n in range(30)))
    assert web.count(f"{OWN}robots.txt") == 1
    assert web.urls(robots=True)[0] == f"{OWN}robots.txt"


class TestBreaker:
    """faults: a host that is down costs a few time-outs, not one for each of its URLs."""

    def site(self) -> Web:
        pages = [f"{SITE}{n}" for n in range(30)]
        return Web({SITE: links(*pages), ROBOTS: 404, **{each: links() for each in pages}})

    async def test_a_host_that_dies_fails_as_host_down(self, tmp_path: Path) -> None:
        web = self.site()
        web.says |= {f"{SITE}{n}": TransientError("timeout", "no answer in 30 s") for n in range(30)}
        report = await crawl(web, tmp_path, SITE)
        assert len(web.urls()) == 1 + 6
        assert report.failures == {"timeout": 2, "host_down": 28}
        entry = await entry_at(tmp_path, f"{SITE}29")
        assert entry.reason == "host_down: timeout: no answer in 30 s"

    async def test_its_urls_wait_for_it_to_heal(self, tmp_path: Path) -> None:
        web = self.site()
        died_at = web.clock.now() + 3

        def answer(request: Request) -> Answer:
            if 0 < web.clock.now() - died_at < 15:
                raise TransientError("connect", "refused")
            return page()

        web.says |= {f"{SITE}{n}": answer for n in range(30)}
        report = await crawl(web, tmp_path, SITE)
        assert report.failures.keys() <= {"connect"}
        assert report.failures.get("connect", 0) <= 1
        assert report.counts.pages >= 30

    async def test_one_of_ones_own_is_asked_by_one_while_it_is_silent(self, tmp_path: Path) -> None:
        pages = [f"{OWN}{n}" for n in range(200)]
        web = Web({OWN: links(*pages), **{each: TransientError("connect", "refused") for each in pages}})
        report = await crawl(web, tmp_path, OWN, concurrency=4)
        assert report.failures["host_down"] > 150
        assert len(web.urls()) < 30

    async def test_the_next_run_asks_it_again(self, tmp_path: Path) -> None:
        web = self.site()
        web.says |= {f"{SITE}{n}": TransientError("connect", "refused") for n in range(30)}
        await crawl(web, tmp_path, SITE)
        web.says |= {f"{SITE}{n}": links() for n in range(30)}
        report = await crawl(web, tmp_path, SITE)
        assert not report.failures
        assert report.counts.pages == 31

    async def test_another_host_is_not_held_up(self, tmp_path: Path) -> None:
        web = self.site()
        web.says["http://b.example/robots.txt"] = TransientError("timeout", "")
        report = await crawl(web, tmp_path, SITE, *(f"http://b.example/{n}" for n in range(9)))
        assert report.counts.pages == 31
        assert report.failures["host_down"] >= 3
