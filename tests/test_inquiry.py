"""Asking for robots.txt: tries are counted an origin, redirects wait for the host's rest."""

from __future__ import annotations

import pytest

from crawler.errors import PermanentError, SiteError, TransientError
from crawler.fetch.guard import AddressGuard
from crawler.inquiry import Inquiry
from crawler.model import Candidate
from crawler.options import ScopeOptions
from crawler.territory import Territory
from tests.web import OWN, Answer, Web, moved, seed_list

SITE = "http://a.example/"
ROBOTS = f"{SITE}robots.txt"


def open_inquiry(web: Web, *seeds: str) -> Inquiry:
    territory = Territory(ScopeOptions(), AddressGuard())
    list(territory.claim(seed_list(*seeds or (SITE,))))
    return Inquiry(territory, web.fetch, web.clock, max_tries=3)


def url(path: str = "", site: str = SITE) -> Candidate:
    host = site.split("/")[2]
    return Candidate(url=f"{site}{path}", key=f"{site}{path}", host=host, is_seed=not path)


async def fails(inquiry: Inquiry, candidate: Candidate) -> SiteError:
    with pytest.raises(SiteError) as caught:
        await inquiry.ask(candidate, 300.0)
    return caught.value


async def test_an_answer_tells_who_gave_it(web: Web) -> None:
    web.says[ROBOTS] = "User-agent: *"
    told = await open_inquiry(web).ask(url(), 300.0)
    assert (told.response.status, told.asked, told.is_last) == (200, 1, True)
    assert told.response.address == web.address


async def test_it_is_given_up_after_some_tries_whichever_urls_they_were_for(web: Web) -> None:
    web.says[ROBOTS] = 503
    inquiry = open_inquiry(web)
    for path in ("1", "2", "3"):
        assert (await fails(inquiry, url(path))).was_asked
    for path in ("1", "4"):
        error = await fails(inquiry, url(path))
        assert isinstance(error, PermanentError)
        assert (error.failure, error.was_asked) == ("robots", False)
    assert web.count(ROBOTS) == 3
    web.clock.advance(300)
    assert (await fails(inquiry, url("5"))).was_asked
    assert (await fails(inquiry, url("5"))).was_asked


async def test_another_origin_of_the_host_is_asked_all_the_same(web: Web) -> None:
    web.says[ROBOTS] = PermanentError("tls", "expired")
    inquiry = open_inquiry(web)
    assert (await fails(inquiry, url("1"))).was_asked
    assert not (await fails(inquiry, url("2"))).was_asked
    assert (await inquiry.ask(url("1", "https://a.example/"), 300.0)).response.status == 404


async def test_silence_is_the_hosts_and_counted_there(web: Web) -> None:
    web.says[ROBOTS] = TransientError("connect", "refused")
    inquiry = open_inquiry(web)
    for number in range(9):
        assert (await fails(inquiry, url(f"{number}"))).was_asked


async def test_silence_on_https_alone_is_given_up_here(web: Web) -> None:
    web.says["https://a.example/robots.txt"] = TransientError("connect", "refused")
    inquiry = open_inquiry(web, "a.example")
    seed = url("", "https://a.example/")
    asked = [(await fails(inquiry, seed)).was_asked for _ in range(5)]
    assert asked == [True, True, True, False, False]


@pytest.mark.parametrize(("asks", "rest"), [("20", 20), ("100000", 300), ("soon", 0)])
async def test_trouble_may_say_how_long(web: Web, asks: str, rest: float) -> None:
    web.says[ROBOTS] = Answer(status=429, headers=(("Retry-After", asks),))
    assert (await fails(open_inquiry(web), url())).rest_seconds == rest


async def test_a_redirect_within_the_host_is_followed_at_the_next_visit(web: Web) -> None:
    web.says |= {ROBOTS: moved("/r"), f"{SITE}r": "User-agent: *"}
    inquiry = open_inquiry(web)
    assert not (await inquiry.ask(url("1"), 300.0)).is_last
    told = await inquiry.ask(url("2"), 300.0)
    assert (told.is_last, told.response.url) == (True, f"{SITE}r")
    assert web.urls(robots=True) == [ROBOTS, f"{SITE}r"]


async def test_one_that_nobody_followed_is_forgotten(web: Web) -> None:
    web.says |= {ROBOTS: [moved("/r"), "User-agent: *"]}
    inquiry = open_inquiry(web)
    await inquiry.ask(url(), 300.0)
    web.clock.advance(300)
    assert (await inquiry.ask(url(), 300.0)).response.url == ROBOTS


async def test_to_another_host_and_on_ones_own_it_is_followed_at_once(web: Web) -> None:
    web.says |= {ROBOTS: moved("http://b.example/r"), "http://b.example/r": "User-agent: *"}
    told = await open_inquiry(web).ask(url(), 300.0)
    assert (told.is_last, told.asked, told.response.status) == (True, 2, 200)
    web.says |= {f"{OWN}robots.txt": moved("/r"), f"{OWN}r": moved("/s"), f"{OWN}s": "User-agent: *"}
    told = await open_inquiry(web, OWN).ask(url("", OWN), 300.0)
    assert (told.is_last, told.asked, told.response.status) == (True, 3, 200)
    assert told.response.address == "127.0.0.1"


async def test_a_redirect_to_where_nobody_goes_was_a_request(web: Web) -> None:
    blocked = PermanentError("blocked", "private", was_asked=False)
    web.says |= {ROBOTS: moved("http://10.0.0.1/"), "http://10.0.0.1/": blocked}
    inquiry = open_inquiry(web)
    assert [(await fails(inquiry, url())).was_asked for _ in range(2)] == [True, False]


async def test_the_sixth_redirect_is_the_answer(web: Web) -> None:
    web.says |= {ROBOTS: moved("/r1")} | {f"{SITE}r{n}": moved(f"/r{n + 1}") for n in range(1, 9)}
    inquiry = open_inquiry(web)
    for _ in range(5):
        assert not (await inquiry.ask(url(), 300.0)).is_last
    told = await inquiry.ask(url(), 300.0)
    assert (told.is_last, told.response.status) == (True, 301)


@pytest.fixture
def web() -> Web:
    return Web()
