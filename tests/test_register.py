"""A register knows what was entered, in little memory."""

from __future__ import annotations

from contextlib import closing

import pytest

from crawler.errors import StorageError
from crawler.register import Register


def test_names_are_known_by_their_least_number() -> None:
    with closing(Register()) as register:
        register.enter([("b", 2), ("a", 1), ("b", 1), ("a", 3)])
        assert [register.number(name) for name in "abc"] == [1, 1, None]
        assert list(register.names()) == ["a", "b"]


def test_what_is_struck_is_known_no_more() -> None:
    with closing(Register()) as register:
        register.enter([("a", 1), ("\udcff".encode("utf-8", "backslashreplace").decode(), 2)])
        assert register.strike("a")
        assert not register.strike("a")
        assert list(register.names()) == ["\\udcff"]


def test_many_are_no_matter() -> None:
    with closing(Register()) as register:
        register.enter((f"{number:06}", number) for number in range(50_000))
        assert register.number("049999") == 49_999
        assert sum(1 for _ in register.names()) == 50_000


def test_a_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Register()) as register:
        register._db.execute("PRAGMA max_page_count = 3")
        with pytest.raises(StorageError, match="set TMPDIR"):
            register.enter((str(number) * 100, 0) for number in range(1000))
