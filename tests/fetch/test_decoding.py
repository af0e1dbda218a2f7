"""A body without its content codings, and what is wrong where there is none."""

from __future__ import annotations

import asyncio
import gzip
import random
from pathlib import Path
from typing import Any

import pytest

from crawler.body import SMALL_BYTES, Body, Spool
from crawler.errors import PermanentError, SiteError, StorageError, TransientError
from crawler.exchange import Head
from crawler.fetch.decoding import decode

NOISE = random.Random(1).randbytes(2 * SMALL_BYTES)


def head(coding: str, media_type: str = "text/html") -> Head:
    return Head(status=200, headers=(("Content-Encoding", coding), ("Content-Type", media_type)))


async def content_of(wire: bytes, coding: str, media_type: str = "text/html") -> bytes:
    return (await decode(Spool().keep([wire]), head(coding, media_type), 10**7, Spool())).read()


@pytest.mark.parametrize("coding", ["", "identity", "unheard-of"])
async def test_a_body_without_coding_is_the_same_object(coding: str) -> None:
    body = Body.of(b"page")
    assert await decode(body, head(coding), 1, Spool()) is body


@pytest.mark.parametrize(
    "content",
    [b"page", bytes(SMALL_BYTES), bytes(SMALL_BYTES + 1), NOISE],
    ids=["page", "most", "more", "noise"],
)
async def test_small_and_large_ones_are_decoded(tmp_path: Path, content: bytes) -> None:
    spool = Spool(tmp_path)
    body = await decode(spool.keep([gzip.compress(content)]), head("gzip"), 10**7, spool)
    assert body == Body.of(content)
    assert (body.path is None) == (len(content) <= SMALL_BYTES)


async def test_what_may_take_long_is_done_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb that is small as sent, one that is large, and one of many members."""
    calls = 0
    to_thread = asyncio.to_thread

    async def counting(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        return await to_thread(*arguments)

    monkeypatch.setattr(asyncio, "to_thread", counting)
    await content_of(gzip.compress(b"page"), "gzip")
    assert calls == 0
    for wire in (gzip.compress(bytes(9_000_000)), gzip.compress(NOISE), gzip.compress(b"x") * 100):
        await content_of(wire, "gzip")
    assert calls == 3


@pytest.mark.parametrize(
    ("wire", "coding", "kind", "failure"),
    [
        (gzip.compress(bytes(10_000_001)), "gzip", PermanentError, "too_large"),
        (gzip.compress(gzip.compress(bytes(10_000_001))), "gzip, gzip", PermanentError, "too_large"),
        (gzip.compress(b"page")[:-1], "gzip", TransientError, "incomplete"),
        (gzip.compress(NOISE)[:-1], "gzip", TransientError, "incomplete"),
        (b"page", "deflate", TransientError, "incomplete"),
        (b"page", ", ".join(["gzip"] * 6), PermanentError, "protocol"),
    ],
    # gzip writes the time into what it makes, and the names of tests must not change.
    ids=["bomb", "inner-bomb", "cut", "large-cut", "not-coded", "layers"],
)
async def test_failures(wire: bytes, coding: str, kind: type[SiteError], failure: str) -> None:
    with pytest.raises(kind) as caught:
        await content_of(wire, coding)
    assert caught.value.failure == failure


async def test_a_disk_that_fails_is_not_the_sites_fault(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No such file"):
        await decode(Body.of(gzip.compress(bytes(9_000_000))), head("gzip"), 10**7, Spool(tmp_path / "gone"))


async def test_an_archive_that_is_called_coded_too_stays_as_it_was_sent() -> None:
    wire = gzip.compress(b"a tar")
    assert await content_of(wire, "gzip", "application/gzip; x=y") == wire
    assert await content_of(wire, "gzip", "application/x-tar") == b"a tar"
