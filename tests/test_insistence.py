"""A site that insists on an answer is believed, a wall is not."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.content import Gist
from crawler.insistence import (
    believed_remark,
    doubted_remark,
    face_of,
    is_whole_text,
    speaks_for_itself,
    weighed,
)
from crawler.model import Capture

DAY = 86_400.0
SHRUNKEN = "shrunken: 12 words of 300"
TITLE = "Ships of the harbour | Port"


def doubted(day: float, doubt: str = SHRUNKEN, **more: Any) -> Capture:
    values: dict[str, Any] = {"media_type": "text/html", "size_bytes": 9, "digest": "sha256:1", "status": 200}
    return Capture(url="http://a.example/", captured_at=day * DAY, doubt=doubt, **values | more)


def insisted(
    *days: float, is_own: bool = True, doubts: tuple[str, ...] = (), faces: tuple[str, ...] = ()
) -> Capture:
    last: Capture | None = None
    for place, day in enumerate(days):
        doubt = doubts[place] if doubts else SHRUNKEN
        now = doubted(day, doubt, face=faces[place] if faces else "x")
        last = weighed(now, last if last is not None and last.doubt else None, is_own=is_own)
    assert last is not None
    return last


@pytest.mark.parametrize(
    ("days", "is_believed"),
    [
        ((0,), False),
        ((0, 7), False),
        ((0, 1, 2, 3, 4, 5, 6), False),
        ((0, 1, 2, 3, 4, 5, 6, 6.9), True),
        ((0, 7, 14), True),
        ((0, 0.1, 0.2), False),
        ((0, 0.1, 30), True),
    ],
)
def test_three_answers_over_a_week_are_meant(days: tuple[float, ...], is_believed: bool) -> None:
    last = insisted(*days)
    assert (last.doubt == "") is is_believed
    assert last.is_good is is_believed
    assert (last.doubted_at, last.doubted_times) == (0.0, len(days) - is_believed)
    assert insisted(*days, is_own=False).doubt == SHRUNKEN


def test_another_doubt_begins_anew() -> None:
    doubts = (SHRUNKEN, SHRUNKEN, "soft_404: it calls itself 'x'", "shrunken: 11 words of 300")
    assert insisted(0, 3, 6, 9, doubts=doubts).doubted_times == 1
    assert insisted(0, 3, 6, 9, doubts=doubts[:1] * 3 + doubts[3:]).doubt == ""


def test_what_breaks_off_must_break_off_at_the_same_place() -> None:
    doubts = ("truncated: the document has no end, and 9 bytes of 20",) * 4
    assert insisted(0, 3, 6, 9, doubts=doubts, faces=("a", "a", "a", "a")).doubt == ""
    assert insisted(0, 3, 6, 9, doubts=doubts, faces=("a", "b", "a", "a")).doubted_times == 2


def test_what_an_older_crawler_kept_counts_as_one() -> None:
    last = weighed(doubted(7), doubted(0), is_own=True)
    assert (last.doubt, last.doubted_at, last.doubted_times) == (SHRUNKEN, 0.0, 2)
    assert weighed(doubted(8), last, is_own=True).doubt == ""


@pytest.mark.parametrize(
    ("doubt", "now", "is_own"),
    [
        (SHRUNKEN, Gist(digest="b", words=12, title="Ships of the harbour"), True),
        (SHRUNKEN, Gist(digest="b", words=12, title="\u898b\u3064\u304b\u308a\u307e\u305b\u3093"), False),
        (SHRUNKEN, Gist(digest="", words=0), False),
        ("truncated: x", Gist(digest="b", words=12), True),
        ("login_wall: x", Gist(digest="b", words=90, title="Ships of the harbour - New Port"), True),
        ("login_wall: x", Gist(digest="b", words=20, title=TITLE), False),
        ("login_wall: x", Gist(digest="b", words=90, title="Sign in | Port"), False),
        ("login_wall: x", Gist(digest="b", words=90), False),
        ("soft_404: x", Gist(digest="b", words=90, title="Page not found"), False),
        ("maintenance: x", Gist(digest="b", words=90, title=TITLE), True),
    ],
)
def test_what_is_the_pages_own_says_so(doubt: str, now: Gist, is_own: bool) -> None:
    assert speaks_for_itself(doubt, TITLE, now) is is_own


def test_a_short_page_without_a_title_had_none_before() -> None:
    assert speaks_for_itself(SHRUNKEN, "", Gist(digest="b", words=12))
    assert not speaks_for_itself(SHRUNKEN, TITLE, Gist(digest="b", words=12))


@pytest.mark.parametrize(
    ("media_type", "doubt", "size_bytes", "is_own"),
    [
        ("text/plain", "truncated: x", 5, True),
        ("application/json", "truncated: x", 5, True),
        ("image/png", "truncated: x", 5, False),
        ("text/plain", "shrunken: x", 0, False),
        ("text/html", "other_type: x", 5, False),
    ],
)
def test_of_files_only_text_may_break_off(media_type: str, doubt: str, size_bytes: int, is_own: bool) -> None:
    assert is_whole_text(doubted(0, doubt, media_type=media_type, size_bytes=size_bytes)) is is_own


def test_a_wall_has_one_face() -> None:
    wall = "login_wall: a page that asks for a password, titled 'Sign in'"
    assert face_of(doubted(0, wall, gist="a 1 p")) == face_of(doubted(0, wall, gist="b 2 p"))
    assert face_of(doubted(0, gist="a 1 -")) == face_of(doubted(0, "shrunken: 9 words of 400", gist="a 1 -"))
    assert face_of(doubted(0, gist="a 1 -")) != face_of(doubted(0, gist="b 1 -"))
    assert face_of(doubted(0, "truncated: x", digest="sha256:2")) == "truncated: sha256:2"


def test_what_is_told() -> None:
    assert believed_remark(insisted(0, 3, 9)) == "believed: doubted 2 times since 1970-01-01T00:00:00Z"
    assert believed_remark(insisted(0, 3)) == ""
    assert believed_remark(doubted(0, "")) == ""


def test_what_may_become_of_a_doubted_answer() -> None:
    last = insisted(0, 3)
    assert doubted_remark(last, is_wall=False) == (
        "doubted 2 times since 1970-01-01T00:00:00Z; if it stays so it may be taken for the page from"
        " 1970-01-08T00:00:00Z on"
    )
    assert doubted_remark(insisted(0), is_wall=True) == (
        "doubted 1 time since 1970-01-01T00:00:00Z; other URLs show the same, so it is a wall and never taken for the page"
    )
    assert doubted_remark(doubted(0), is_wall=False) == ""
