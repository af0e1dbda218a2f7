"""A process speaks to the one that started it, from any of its threads."""

from __future__ import annotations

import asyncio
import io
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from crawler.confinement.lifeline import end, launch
from crawler.confinement.voice import Voice

PROGRAM = """
import sys
from crawler.confinement.voice import live_for_parent

def obey(voice):
    voice.say(b"heard " + sys.stdin.buffer.readline())
    return 7

live_for_parent(obey)
"""


def test_lines_of_many_threads_do_not_mix() -> None:
    heard = io.BytesIO()
    voice = Voice(heard)
    lines = [f"{number} {'x' * 2000}\n".encode() for number in range(200)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(voice.say, lines))
    assert sorted(heard.getvalue().splitlines(keepends=True)) == sorted(lines)


def test_where_nobody_listens_it_is_said() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as stdout, pytest.raises(BrokenPipeError):
        Voice(stdout).say(b"line\n")


async def test_it_ends_with_what_obeying_gave() -> None:
    process = await launch(PROGRAM)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"word\n")
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"heard word\n"
        # stdin is still open: who waits for its end would wait for ever.
        assert await process.wait() == 7
    await end(process)
