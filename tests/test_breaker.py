"""A dead host is left alone; one in passing trouble is not."""

from __future__ import annotations

import pytest

from crawler.breaker import Breaker
from crawler.clock import ManualClock
from crawler.errors import PermanentError, SiteError, TransientError
from crawler.exchange import Head, Request, Response

URL = "http://a.example/x"
DEAD = TransientError("connect", "connection refused by a.example:80")


class Site:
    """Says what it is told to say."""

    def __init__(self) -> None:
        self.says: SiteError | None = DEAD
        self.asked: list[str] = []

    async def fetch(self, request: Request) -> Response:
        self.asked.append(request.url)
        if self.says is not None:
            raise self.says
        return Response(url=request.url, head=Head(status=200))


class Walk:
    """A breaker before a site, and a clock that is moved before each question."""

    def __init__(self) -> None:
        self.site, self.clock = Site(), ManualClock()
        self.breaker = Breaker(self.site.fetch, self.clock)

    async def ask(self, after_seconds: float = 0.0, url: str = URL) -> str:
        self.clock.advance(after_seconds)
        try:
            await self.breaker.fetch(Request(url=url))
        except SiteError as error:
            return error.failure
        return "ok"


@pytest.fixture
def walk() -> Walk:
    return Walk()


async def test_a_host_that_is_silent_for_long_is_not_asked_again(walk: Walk) -> None:
    assert [await walk.ask(10) for _ in range(10)] == ["connect"] * 10
    assert await walk.ask(1) == "host_down"
    assert len(walk.site.asked) == 10


async def test_the_words_say_what_happened(walk: Walk) -> None:
    for _ in range(10):
        await walk.ask(10)
    with pytest.raises(PermanentError) as caught:
        await walk.breaker.fetch(Request(url=URL))
    assert str(caught.value) == (
        "host_down: a.example failed 10 times in a row, last with connect: connection refused by a.example:80"
    )


async def test_many_failures_in_a_moment_are_none_of_a_dead_host(walk: Walk) -> None:
    assert {await walk.ask(0.1) for _ in range(500)} == {"connect"}


async def test_a_few_failures_over_an_hour_are_none_either(walk: Walk) -> None:
    assert {await walk.ask(400) for _ in range(9)} == {"connect"}


@pytest.mark.parametrize("sign", [None, TransientError("incomplete"), PermanentError("protocol")])
async def test_a_sign_of_life_lets_it_begin_anew(walk: Walk, sign: SiteError | None) -> None:
    for _ in range(9):
        await walk.ask(10)
    walk.site.says = sign
    await walk.ask(10)
    walk.site.says = DEAD
    assert {await walk.ask(10) for _ in range(9)} == {"connect"}


async def test_after_five_minutes_one_request_tells(walk: Walk) -> None:
    for _ in range(10):
        await walk.ask(10)
    assert [await walk.ask(301), await walk.ask(), await walk.ask(299)] == [
        "connect",
        "host_down",
        "host_down",
    ]
    walk.site.says = None
    assert [await walk.ask(2), await walk.ask()] == ["ok", "ok"]


async def test_other_hosts_are_asked_all_the_while(walk: Walk) -> None:
    for _ in range(10):
        await walk.ask(10)
    walk.site.says = None
    assert await walk.ask(url="http://b.example/") == "ok"
    assert await walk.ask(url="http://a.example:81/") == "ok"


async def test_no_list_of_hosts_grows_for_ever(walk: Walk) -> None:
    for number in range(10_100):
        await walk.ask(url=f"http://h{number}.example/")
    assert len(walk.breaker._troubles) == 10_000
