"""Two texts are compared line by line, with what is around each change."""

from __future__ import annotations

from crawler.browse.textdiff import compare


def test_the_same_has_no_lines() -> None:
    assert compare(["a", "b"], ["a", "b"]) == []


def test_changes_stand_with_what_is_around_them() -> None:
    old = [f"line {n}" for n in range(20)]
    lines = compare(old, [*old[:10], "new", *old[11:]])
    shown = [(line.kind, line.text) for line in lines]
    assert shown[0] == ("left out", "7")
    assert shown[1:4] == [("same", f"line {n}") for n in (7, 8, 9)]
    assert shown[4:6] == [("removed", "line 10"), ("added", "new")]
    assert shown[-1] == ("left out", "6")


def test_texts_with_nothing_in_common_are_not_compared_for_ever() -> None:
    lines = compare([f"a{n}" for n in range(5000)], [f"b{n}" for n in range(5000)])
    assert [line.kind for line in lines] == ["removed"] * 5000 + ["added"] * 5000


def test_an_empty_text() -> None:
    assert [line.kind for line in compare([], ["a"])] == ["added"]
    assert [line.kind for line in compare(["a"], [])] == ["removed"]
