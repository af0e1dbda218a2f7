"""A server that is away is waited for; one that refuses is not."""

from __future__ import annotations

import logging

import pytest
from redis import exceptions
from redis.asyncio import Redis

from crawler.errors import StorageError
from crawler.frontier.redis.line import Line


class Asked:
    """A call that fails as often as it is told, then answers."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.times = 0

    async def __call__(self) -> str:
        self.times += 1
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def line(patience_seconds: float = 5.0) -> Line:
    return Line(Redis(), "redis://host", patience_seconds)


@pytest.mark.parametrize(
    "failure",
    [
        exceptions.ConnectionError("gone"),
        exceptions.TimeoutError("slow"),
        exceptions.BusyLoadingError("LOADING"),
        exceptions.ReadOnlyError("READONLY"),
        exceptions.ClusterDownError("down"),
        exceptions.ResponseError("BUSY Redis is busy running a script"),
        ConnectionResetError("reset"),
    ],
)
async def test_what_passes_is_asked_again(failure: Exception, caplog: pytest.LogCaptureFixture) -> None:
    asked, one = Asked(failure, failure), line()
    with caplog.at_level(logging.WARNING):
        assert await one.ask("claim", asked) == "answer"
    assert asked.times == 3
    assert one.away_seconds > 0
    assert [record.getMessage() for record in caplog.records] == [
        "redis://host does not answer; asking again, for 5.0s at most"
    ]


@pytest.mark.parametrize(
    ("failure", "remedy"),
    [
        (exceptions.AuthenticationError("WRONGPASS me"), "does not let this user"),
        (exceptions.NoPermissionError("NOPERM me"), "does not let this user"),
        (exceptions.OutOfMemoryError("OOM"), "raise its maxmemory"),
        (exceptions.ResponseError("MISCONF errors writing to the AOF file"), "cannot write to its disk"),
        (exceptions.ResponseError("LOST the run is not known here"), "emptied"),
        (exceptions.ResponseError("ERR something else"), "failed at claim: ERR something else"),
    ],
)
async def test_what_does_not_pass_is_said_at_once(failure: Exception, remedy: str) -> None:
    asked = Asked(failure)
    with pytest.raises(StorageError, match=remedy) as said:
        await line().ask("claim", asked)
    assert asked.times == 1
    assert "redis://host" in str(said.value)


@pytest.mark.parametrize("patience_seconds", [0.0, 0.05])
async def test_patience_has_an_end(patience_seconds: float) -> None:
    asked = Asked(*[exceptions.ConnectionError("gone")] * 99)
    with pytest.raises(StorageError, match="start it, then run the same line again"):
        await line(patience_seconds).ask("claim", asked)
    assert (asked.times > 1) is (patience_seconds > 0)
