"""Reading processes are lent out, used again, and not more than a few at once."""

from __future__ import annotations

import asyncio
import os

import pytest

from crawler.confinement.processes import ReadingProcesses


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_one_is_used_again_and_gone_at_the_end() -> None:
    processes = ReadingProcesses()
    async with processes.borrow() as first:
        pass
    async with processes.borrow() as second:
        assert second is first
    await processes.close()
    assert not is_alive(first.pid)


async def test_one_with_which_something_went_wrong_is_not() -> None:
    processes = ReadingProcesses()
    with pytest.raises(KeyError):
        async with processes.borrow() as first:
            raise KeyError
    assert not is_alive(first.pid)
    async with processes.borrow() as second:
        assert second.pid != first.pid
    await processes.close()


async def test_one_whose_text_was_given_up_by_cancelling_is_not() -> None:
    processes = ReadingProcesses()
    pids: list[int] = []

    async def hold() -> None:
        async with processes.borrow() as process:
            pids.append(process.pid)
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    while not pids:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not is_alive(pids[0])
    await processes.close()


async def test_one_that_has_grown_fat_is_not() -> None:
    processes = ReadingProcesses()
    async with processes.borrow() as first:
        first.peak_bytes = 10**9
    assert not is_alive(first.pid)
    await processes.close()


async def test_no_more_than_two_at_once() -> None:
    processes = ReadingProcesses()
    held, most = set(), 0

    async def use() -> None:
        nonlocal most
        async with processes.borrow() as process:
            assert process.pid not in held
            held.add(process.pid)
            most = max(most, len(held))
            await asyncio.sleep(0)
            held.discard(process.pid)

    await asyncio.gather(*(use() for _ in range(8)))
    assert most == 2
    await processes.close()
