"""A path names a URL and a date; digits that are left out are the last there can be."""

from __future__ import annotations

import pytest

from crawler.browse.replay import Moment, at_of, moment_of, stamp


@pytest.mark.parametrize(
    ("when", "seen"),
    [
        ("2026", "20261231235959"),
        ("202602", "20260228235959"),
        ("202612", "20261231235959"),
        ("20261127", "20261127235959"),
        ("2026112709", "20261127095959"),
        ("202611270905", "20261127090559"),
        ("20261127090501", "20261127090501"),
        ("now", "99991231235959"),
        ("1900", "19700101000000"),
        ("19691231", "19700101000000"),
    ],
)
def test_dates(when: str, seen: str) -> None:
    assert stamp(at_of(when)) == seen


@pytest.mark.parametrize(
    "when", ["", "1", "20261340", "99999999999999", "2026112", "x", "٢٠٢٦", "202611270905011"]
)
def test_what_is_no_date(when: str) -> None:
    assert at_of(when) == -1 or when == "2026112"


@pytest.mark.parametrize(
    ("path", "moment"),
    [
        ("/now/https://a.example/b?c=d", Moment(url="https://a.example/b?c=d", when="now")),
        ("/2026/http:/a.example/", Moment(url="http://a.example/", when="2026")),
        ("/20261127e/http://a.example", Moment(url="http://a.example/", when="20261127", is_embedded=True)),
        ("/now/ftp://a.example/", None),
        ("/now/a.example/", None),
        ("/x/http://a.example/", None),
        ("/20261340/http://a.example/", None),
        ("/", None),
    ],
)
def test_paths(path: str, moment: Moment | None) -> None:
    assert moment_of(path) == moment
    if moment is not None:
        assert moment_of(moment.path) == moment
