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
    index.put([page(1, "one two"), page(2, "two three"), page(3, "Bücher \x02 lesen")], 30)
    yield index
    index.close()


def page(number: int, text: str) -> IndexedPage:
    return IndexedPage(url=url(number), version=text, title=f"T{number}", text=text)


def url(number: int) -> str:
    return f"http://a.example/{number}"


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
    assert index.lacks([(url(1), "four"), (url(2), "two three")]) == [True, False]
    index.put([page(1, "four")], 31)
    assert found(index, "one") == []
    assert found(index, "four") == ["1"]
    assert index.reached("first") == 31


def test_with_another_source_all_is_walked_through_and_only_what_is_new_is_read(index: TextIndex) -> None:
    index.finish()
    assert index.pages() == 3
    assert index.reached("second") == 0
    assert index.pages() == 3
    assert index.lacks([(url(1), "one two"), (url(2), "two four"), (url(4), "five")]) == [False, True, True]
    index.put([page(2, "two four"), page(4, "five")], 12)
    index.finish()
    assert index.reached("second") == 12
    assert sorted(found(index, "two")) == ["1", "2"]
    assert (found(index, "three"), found(index, "bucher"), index.pages()) == ([], [], 3)


def test_damage_begins_anew(index: TextIndex, tmp_path: Path) -> None:
    index.close()
    (tmp_path / "search.db").write_bytes(b"nonsense" * 1000)
    assert index.reached("first") == 0
    index.put([page(1, "one")], 1)
    assert found(index, "one") == ["1"]


@pytest.mark.parametrize("words", ['"', "a OR b", "NEAR(a b)", "text:a", "^a", "a*", "'", "a" * 500, "{a b}"])
def test_nothing_typed_is_a_command(index: TextIndex, words: str) -> None:
    index.find(words, 0, 10)
    assert len(match_of("x " * 100).split()) == 16
