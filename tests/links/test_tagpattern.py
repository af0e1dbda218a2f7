"""`crawler.links.tagpattern`: the patterns stand still in front of what matters, in linear time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.tagpattern import any_case, tag_patterns


@given(
    st.lists(st.text("abc:-", min_size=1, max_size=4), min_size=1, max_size=6),
    st.text("abcABC:-", max_size=5),
)
def test_any_case_matches_the_longest_of_the_names(names: list[str], text: str) -> None:
    expected = max((name for name in names if text.lower().startswith(name)), key=len, default=None)
    found = re.match(any_case(names), text.encode())

    assert (found[0].decode().lower() if found else None) == expected


@pytest.mark.parametrize(
    ("rest", "is_linkless"),
    [
        (b">", True),
        (b" class=x id='y'>", True),
        (b" href=x>", False),
        (b" hreflang=x>", True),
        (b" data-href=x>", True),
        (b" title='href=x'>", True),
        (b" href='#x'>", True),
        (b" HREF>", False),
        (b"/SRC=x>", False),
        (b" style=color:red>", True),
    ],
)
def test_a_tag_without_links_is_known(rest: bytes, is_linkless: bool) -> None:
    assert bool(tag_patterns(b"").linkless.match(rest)) == is_linkless


def test_styles_matter_where_one_calls_a_function() -> None:
    rest = b" style='a:url(x)'>"

    assert tag_patterns(b"").linkless.match(rest)
    assert not tag_patterns(rest).linkless.match(rest)


def test_fragments_matter_where_there_is_a_base() -> None:
    assert not tag_patterns(b"<BASE href=/>").linkless.match(b" href=#x>")


def test_a_page_without_links_is_passed_over_in_one_match() -> None:
    body = b"<p class=x>y</p><a href='#z'>" * 1000

    assert tag_patterns(body).following.match(body) is None
    assert tag_patterns(body).following.match(body + b"<a href=x>").end() == len(body) + 10  # type: ignore[union-attr]


@pytest.mark.parametrize("markup", [b"<base>", b"<p><BaSe href=x>", b"<!-- <base> -->", b"<basefont>"])
def test_what_may_have_a_base(markup: bytes) -> None:
    assert tag_patterns(markup).may_have_base
    assert not tag_patterns(markup.replace(b"<", b"< ")).may_have_base
