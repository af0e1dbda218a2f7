"""Heavy work leaves the event loop to others between its turns."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from crawler.turns import Turns, slices


async def test_there_is_one_turn_in_a_pass_of_the_loop() -> None:
    turns = Turns()
    passes = 0
    worked_in: list[int] = []

    async def count() -> None:
        nonlocal passes
        while len(worked_in) < 40:
            passes += 1
            await asyncio.sleep(0)

    async def work() -> None:
        for _ in range(4):
            async with turns:
                worked_in.append(passes)

    await asyncio.gather(count(), *(work() for _ in range(10)))
    assert len(set(worked_in)) == 40


async def test_a_turn_that_fails_or_is_given_up_ends() -> None:
    turns = Turns()

    async def fail() -> None:
        async with turns:
            raise KeyError

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, fail(), return_exceptions=True)
    async with turns:
        pass


@given(texts=st.lists(st.text(max_size=3).map(lambda text: text * 10_000), max_size=30))
def test_slices_are_all_of_it_in_order(texts: list[str]) -> None:
    pieces = list(slices(texts, str))
    assert [each for piece in pieces for each in piece] == texts
    assert all(pieces)
    assert all(sum(map(len, piece[:-1])) <= 30_000 for piece in pieces)


def test_an_ordinary_page_is_one_slice_and_a_large_one_many() -> None:
    assert len(list(slices(["http://a.example/x"] * 310, str))) == 1
    assert max(map(len, slices(["http://a.example/x"] * 20_000, str))) <= 501
