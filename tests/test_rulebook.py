"""`crawler.rulebook`: what is remembered of robots.txt files has bounds, and what is odd is told once."""

from __future__ import annotations

import asyncio
import threading

import pytest

from crawler import rulebook
from crawler.robots import Robots
from crawler.rulebook import Rulebook
from crawler.standing import RobotsCopy

AGENT = "crawler/0.1"
SHORT = b"User-agent: *\nDisallow: /a\n"
LONG = SHORT + b"".join(b"Disallow: /*%d*x\n" % number for number in range(2000))
SITE = "https://example.org"
MOST = 300.0


def copy_of(body: bytes, origin: str = SITE, status: int = 200) -> RobotsCopy:
    return RobotsCopy(origin=origin, fetched_at=1.0, status=status, body=body)


def open_rulebook() -> tuple[Rulebook, list[str]]:
    warnings: list[str] = []
    return Rulebook(AGENT, warnings), warnings


@pytest.mark.parametrize("body", [SHORT, LONG], ids=["short", "long"])
async def test_what_was_learned_is_found_and_asked(body: bytes) -> None:
    book, warnings = open_rulebook()
    assert book.find(SITE) is None
    rules = await book.learn(copy_of(body), MOST)
    assert book.find(SITE) is rules
    assert not (await rules.verdict(f"{SITE}/a/b")).accepted
    assert (await rules.verdict(f"{SITE}/b")).accepted
    assert warnings == []


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_only_a_good_answer_is_read(status: int) -> None:
    book, _ = open_rulebook()
    rules = await book.learn(copy_of(SHORT, status=status), MOST)
    assert (await rules.verdict(f"{SITE}/a")).accepted


@pytest.mark.parametrize(("body", "is_apart"), [(SHORT, False), (LONG, True)], ids=["short", "long"])
async def test_long_files_are_read_and_asked_beside_the_loop(
    monkeypatch: pytest.MonkeyPatch, body: bytes, is_apart: bool
) -> None:
    threads: list[bool] = []
    here = threading.get_ident()
    real = Robots.verdict, Robots.crawl_delay

    def verdict(self: Robots, agent: str, url: str) -> object:
        threads.append(threading.get_ident() != here)
        return real[0](self, agent, url)

    def crawl_delay(self: Robots, agent: str) -> float | None:
        if not self._groups:
            threads.append(threading.get_ident() != here)
        return real[1](self, agent)

    monkeypatch.setattr(Robots, "verdict", verdict)
    monkeypatch.setattr(Robots, "crawl_delay", crawl_delay)
    book, _ = open_rulebook()
    rules = await book.learn(copy_of(body), MOST)
    await rules.verdict(f"{SITE}/a")
    assert threads == [is_apart, is_apart]


async def test_a_long_hostile_file_leaves_the_loop_alone() -> None:
    hostile = b"User-agent: *\n" + b"\n".join(b"Disallow: *ab%d*x" % number for number in range(30_000))
    book, _ = open_rulebook()
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(others())
    await book.learn(copy_of(hostile[: 500 * 1024]), MOST)
    task.cancel()
    assert turns > 3


async def test_what_was_not_asked_for_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebook, "_MAX_BYTES", 3 * len(SHORT))
    book, _ = open_rulebook()
    for name in "abc":
        await book.learn(copy_of(SHORT, name), MOST)
    book.find("a")
    await book.learn(copy_of(SHORT, "c"), MOST)
    await book.learn(copy_of(SHORT, "d"), MOST)
    assert [name for name in "abcd" if book.find(name)] == ["a", "c", "d"]
    await book.learn(copy_of(LONG, "e"), MOST)
    assert not any(book.find(name) for name in "abcde")
    monkeypatch.setattr(rulebook, "_MAX_FILES", 2)
    for name in "fgh":
        await book.learn(copy_of(b"", name), MOST)
    assert [name for name in "fgh" if book.find(name)] == ["g", "h"]


@pytest.mark.parametrize(
    ("body", "warning"),
    [
        (b"<!DOCTYPE html><p>Not here", "is a web page and holds no rules"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is no text and holds no rules"),
        (SHORT + b"#" * 512_000, "is longer than 500 KiB: the rest is not read"),
        (b"User-agent: *\nCrawl-delay: 1e9\n", "asks for a Crawl-delay of 1e+09s: 5m 00s are kept"),
    ],
)
async def test_what_is_odd_is_told_once(body: bytes, warning: str, caplog: pytest.LogCaptureFixture) -> None:
    book, warnings = open_rulebook()
    await book.learn(copy_of(body), MOST)
    await book.learn(copy_of(body), MOST)
    assert warnings == [f"{SITE}/robots.txt {warning}"]
    assert caplog.messages == warnings


async def test_warnings_are_bounded() -> None:
    book, warnings = open_rulebook()
    for number in range(200):
        await book.learn(copy_of(b"<html>", f"https://{number}.example"), MOST)
    assert len(warnings) == 51
    assert warnings[-1] == "more robots.txt files are odd; `crawler why URL` tells of one"
