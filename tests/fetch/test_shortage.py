"""What this machine lacks is waited for and laid at nobody's door."""

from __future__ import annotations

import errno
import resource
import socket
from collections.abc import Iterator

import pytest

from crawler.exchange import Request
from crawler.fetch.shortage import is_shortage, raise_limit
from tests.fetch.asking import Open, failure
from tests.servers import OK, FakeResolver, raw_site, replying

LACKS = [errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS]


@pytest.fixture
def limits() -> Iterator[tuple[int, int]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("number", LACKS)
def test_what_this_machine_lacks(number: int) -> None:
    assert is_shortage(OSError(number, "x"))


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ECONNREFUSED, "x"), OSError("x"), TimeoutError(), socket.gaierror(socket.EAI_AGAIN, "x")],
)
def test_what_it_does_not(error: Exception) -> None:
    assert not is_shortage(error)


def test_the_limit_is_raised_as_far_as_it_may_and_never_lowered(limits: tuple[int, int]) -> None:
    _, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    raise_limit(100)
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert soft == (4496 if hard == resource.RLIM_INFINITY else min(4496, hard))
    raise_limit(1)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft, hard)


@pytest.mark.parametrize("number", LACKS)
async def test_a_request_waits_for_what_is_lacking(client: Open, number: int) -> None:
    lack = OSError(number, "lacking")
    resolver = FakeResolver(site_test=[lack, lack, ["127.0.0.1"]])
    async with raw_site(replying(OK)) as site, client(resolver=resolver) as asking:
        response = await asking.fetch(Request(url=site.url(host="site.test")))
    assert response.status == 200
    assert len(resolver.asked) == 3


async def test_what_stays_lacking_may_heal_later(client: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.fetch.client._SHORTAGE_PAUSES", (0.0, 0.0))
    resolver = FakeResolver(site_test=[OSError(errno.EMFILE, "Too many open files")])
    async with client(resolver=resolver) as asking:
        assert await failure(asking, "http://site.test/") == "machine"
    assert len(resolver.asked) == 3
