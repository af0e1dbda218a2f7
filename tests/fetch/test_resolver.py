"""The system's resolver, and one that hangs in its place."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from crawler.fetch.resolver import LONGEST_SECONDS, MAX_THREADS, SystemResolver


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """Set, to let every lookup that hangs go on."""
    event = threading.Event()
    yield event
    event.set()


def hangs(event: threading.Event) -> Any:
    return lambda *_, **__: event.wait(30)


def answering(address: str = "192.0.2.1") -> Any:
    return lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))]


async def test_the_system_knows_localhost() -> None:
    found = await SystemResolver().resolve("localhost", 80)
    assert {each["host"] for each in found} & {"127.0.0.1", "::1"}
    assert {each["port"] for each in found} == {80}


async def test_what_is_unknown_is_an_error_of_the_system() -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(socket.gaierror) as caught:
        await SystemResolver(getaddrinfo=unknown).resolve("nowhere.invalid")
    assert caught.value.errno == socket.EAI_NONAME


async def test_a_name_that_no_resolver_takes_is_an_error_of_its_own() -> None:
    with pytest.raises(UnicodeError):
        await SystemResolver().resolve("a" * 64 + ".test")


async def test_a_resolver_that_hangs_has_a_deadline(hanging: threading.Event) -> None:
    resolver = SystemResolver(0.05, getaddrinfo=hangs(hanging))
    with pytest.raises(socket.gaierror) as caught:
        await resolver.resolve("slow.test")
    assert caught.value.errno == socket.EAI_AGAIN
    assert SystemResolver(3600)._timeout_seconds == LONGEST_SECONDS


async def test_threads_do_not_pile_up_and_come_back(hanging: threading.Event) -> None:
    at_once, most = 0, 0
    lock = threading.Lock()

    def hang(*_: Any, **__: Any) -> Any:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        hanging.wait(30)
        with lock:
            at_once -= 1
        return answering()()

    resolver = SystemResolver(0.2, getaddrinfo=hang)
    failed = await asyncio.gather(
        *(resolver.resolve(f"h{n}.test") for n in range(MAX_THREADS * 3)), return_exceptions=True
    )
    assert {type(each) for each in failed} == {socket.gaierror}
    assert most == MAX_THREADS
    hanging.set()
    resolver._timeout_seconds = 10
    assert (await resolver.resolve("h.test"))[0]["host"] == "192.0.2.1"


async def test_the_pool_of_threads_that_others_use_stays_free(hanging: threading.Event) -> None:
    resolver = SystemResolver(0.2, getaddrinfo=hangs(hanging))
    asked = [asyncio.create_task(resolver.resolve(f"h{n}.test")) for n in range(100)]
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "written"), 5) == "written"
    await asyncio.gather(*asked, return_exceptions=True)


def test_a_lookup_that_outlives_the_loop_harms_nobody(hanging: threading.Event) -> None:
    async def ask() -> None:
        task = asyncio.create_task(SystemResolver(getaddrinfo=hangs(hanging)).resolve("slow.test"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(ask())
    threads = [each for each in threading.enumerate() if each.name == "resolve slow.test"]
    assert all(each.daemon for each in threads)
    hanging.set()
    for each in threads:
        each.join(5)
        assert not each.is_alive()


async def test_a_zone_stays_with_its_address() -> None:
    def scoped(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1", 80, 0, 2))]

    assert [each["host"] for each in await SystemResolver(getaddrinfo=scoped).resolve("x.test")] == [
        "fe80::1%2"
    ]
