"""One line of the list: what the web says of itself is cut, and moves nothing."""

from __future__ import annotations

import pytest

from crawler.model import State
from crawler.startpage.row import row_of, shown
from tests.startpage.entries import entry, lost

URL = "http://a.example/x"


def test_a_page() -> None:
    row = row_of(entry(URL, "Title", path="a.example/100%.html"))
    assert (row.site, row.title, row.url, row.note) == ("a.example", "Title", URL, "")
    assert (row.href, row.is_missing) == ("mirror/a.example/100%25.html", False)


@pytest.mark.parametrize("title", ["", " ", "\u200b\u200b", "\u202e\u202e", "\x00"])
def test_a_page_whose_title_nobody_sees_is_called_by_its_url(title: str) -> None:
    row = row_of(entry(URL, title))
    assert (row.title, row.url) == (URL, "")


def test_an_older_copy_says_so() -> None:
    row = row_of(entry(URL, "T", state=State.FAILED, reason="http_503: 503"))
    assert row.note == "an older copy; when last asked: http_503: 503"
    assert not row.is_missing


def test_what_has_no_file_leads_to_the_live_page() -> None:
    row = row_of(lost(URL))
    assert (row.title, row.url, row.href, row.note, row.is_missing) == (
        URL,
        "",
        URL,
        "failed: http_404",
        True,
    )
    assert row_of(lost(f"{URL}{'y' * 5000}")).href == ""
    assert row_of(lost(URL, "", State.EXCLUDED)).note == "excluded"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("a\u202eb\u2066c\x1b[31m\nd", "a\ufffdb\ufffdc\ufffd[31m\ufffdd"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        ("x" * 10_000, "x" * 200 + "\u2026"),
        ("\u202e" * 10_000, "\ufffd" * 200 + "\u2026"),
    ],
)
def test_what_is_shown(text: str, line: str) -> None:
    assert shown(text) == line
