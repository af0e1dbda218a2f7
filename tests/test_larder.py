"""Whoever comes second gets the same answer, and nobody is asked twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from crawler.body import Body
from crawler.errors import TransientError
from crawler.exchange import Head, Request, Response
from crawler.larder import Larder
from crawler.model import ACCEPTED, Decision

URL = "https://a.example/app.js"
ASKED = Request(url=URL)


class Slow:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.status = 200
        self.error: Exception | None = None
        self.may = asyncio.Event()
        self.may.set()

    async def fetch(self, request: Request) -> Response:
        self.asked.append(request)
        await self.may.wait()
        if self.error is not None:
            raise self.error
        return Response(
            url=request.url, head=Head(status=self.status), body=Body.of(b"x"), wire=Body.of(b"x")
        )


@pytest.fixture
def web() -> Slow:
    return Slow()


@pytest.fixture
async def larder(web: Slow) -> AsyncIterator[Larder]:
    larder = Larder(web.fetch)
    yield larder
    await larder.close()


async def test_a_lease_gets_what_a_page_asked_for(web: Slow, larder: Larder) -> None:
    brought = await larder.bring(ASKED)
    assert await larder.fetch(Request(url=URL, headers=(("If-None-Match", "x"),))) is brought
    assert await larder.bring(ASKED) is brought
    assert len(web.asked) == 1


async def test_what_is_under_way_is_waited_for(web: Slow, larder: Larder) -> None:
    web.may.clear()
    tasks = [
        asyncio.create_task(each) for each in (larder.fetch(ASKED), larder.bring(ASKED), larder.bring(ASKED))
    ]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    web.may.set()
    answers = await asyncio.gather(*tasks)
    assert len(web.asked) == 1
    assert answers[0] is answers[1] is answers[2]


async def test_a_type_that_is_refused_to_the_lease(web: Slow, larder: Larder) -> None:
    await larder.bring(ASKED)
    no = Decision(accepted=False, rule="types")
    response = await larder.fetch(Request(url=URL, admit=lambda _: no))
    assert (response.refusal, response.body.size_bytes) == (no, 0)
    assert (await larder.fetch(Request(url=URL, admit=lambda _: ACCEPTED))).body.read() == b"x"
    assert len(web.asked) == 1


async def test_failures_and_other_statuses_are_asked_again(web: Slow, larder: Larder) -> None:
    web.error = TransientError("timeout")
    for _ in range(2):
        with pytest.raises(TransientError):
            await larder.bring(ASKED)
    web.error, web.status = None, 503
    assert (await larder.bring(ASKED)).status == 503
    assert (await larder.fetch(ASKED)).status == 503
    assert len(web.asked) == 3
    web.status = 200
    assert (await larder.fetch(ASKED)).status == 200


async def test_posts_and_asks_go_by(web: Slow, larder: Larder) -> None:
    await larder.bring(ASKED)
    await larder.fetch(Request(url=URL, content=b"x"))
    await larder.fetch(Request(url=URL, target="https://a.example/b"))
    assert len(web.asked) == 3


async def test_what_is_held_is_bounded(web: Slow, larder: Larder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.larder._MOST_HELD", 2)
    for number in range(5):
        await larder.bring(Request(url=f"{URL}?{number}"))
    await asyncio.sleep(0)
    assert len(larder._held) == 2
    await larder.fetch(Request(url=f"{URL}?0"))
    await larder.fetch(Request(url=f"{URL}?4"))
    assert len(web.asked) == 6
