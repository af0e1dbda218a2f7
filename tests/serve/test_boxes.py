"""What one archived site's pages are told is of no use at another's."""

from __future__ import annotations

import pytest

from crawler.serve.boxes import DUMP, Boxes

ONE, OTHER = "http://one.example/a", "http://other.example/a"


def test_a_page_knows_the_mark_of_its_site_alone() -> None:
    boxes = Boxes()
    box = boxes.box_of(f"{boxes.root(ONE, 'view')}/now/{OTHER}")
    assert box is not None
    assert box.view == "view"
    assert boxes.is_own(box, ONE)
    assert boxes.is_own(box, "https://one.example/b?c")
    assert not boxes.is_own(box, OTHER)
    assert not boxes.is_own(box, DUMP)


@pytest.mark.parametrize("path", ["", "/", "/x", "/x-y/", "/x~y/z", "/\udcff-/", "/-/"])
def test_nothing_is_shown_to_who_was_not_told(path: str) -> None:
    boxes = Boxes()
    assert boxes.box_of(path) is None
    assert not boxes.holds(Boxes().root(ONE) + "/")
    assert boxes.holds(boxes.root(DUMP) + "/")


@pytest.mark.parametrize("mark", ["", "0" * 20, "\udcff"])
def test_a_mark_that_is_made_up_is_of_no_site(mark: str) -> None:
    boxes = Boxes()
    box = boxes.box_of(f"{boxes.root(ONE).partition('-')[0]}-{mark}/")
    assert box is not None
    assert not boxes.is_own(box, ONE)
