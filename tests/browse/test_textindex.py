"""Words are found in pages, whatever a person types; an index that is damaged begins anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.browse.textindex import IndexedPage, TextIndex, match_of


@pytest.fixture
def index(tmp_path: Path) -> Iterator[TextIndex]:
    index = TextIndex(tmp_path / "search.db")
    index.reached("first")
    index.put([page(1, "one two"), page(2, "two three"), page(3, "Bücher \x02 lesen")], 30, "first")
    yield index
    index.close()


def page(number: int, text: str) -> IndexedPage:
    return IndexedPage(number=number, title=f"T{number}", url=f"http://a.example/{number}", text=text)


def found(index: TextIndex, words: str) -> list[str]:
    return [each.url[-1] for each in index.find(words, 0, 10)]


def test_words_are_found(index: TextIndex) -> None:
    assert sorted(found(index, "two")) == ["1", "2"]
    assert found(index, "two thr") == ["2"]
    assert found(index, '"two one"') == []
    assert found(index, "bucher") == ["3"]
    assert found(index, "") == found(index, "* - ( )") == []
    assert (index.count("two"), index.count(""), index.pages()) == (2, 0, 3)
    assert index.find("one", 0, 10)[0].snippet == "\x02one\x03 two"


def test_a_page_takes_the_place_of_its_older_self(index: TextIndex) -> None:
    index.put([page(1, "four")], 31, "first")
    assert found(index, "one") == []
    assert found(index, "four") == ["1"]
    assert index.reached("first") == 31


def test_another_database_begins_anew(index: TextIndex) -> None:
    assert index.reached("second") == 0
    assert index.pages() == 0


def test_damage_begins_anew(index: TextIndex, tmp_path: Path) -> None:
    index.close()
    (tmp_path / "search.db").write_bytes(b"nonsense" * 1000)
    assert index.reached("first") == 0
    index.put([page(1, "one")], 1, "first")
    assert found(index, "one") == ["1"]


@pytest.mark.parametrize("words", ['"', "a OR b", "NEAR(a b)", "text:a", "^a", "a*", "'", "a" * 500, "{a b}"])
def test_nothing_typed_is_a_command(index: TextIndex, words: str) -> None:
    index.find(words, 0, 10)
    assert len(match_of("x " * 100).split()) == 16
