"""What stands before a page is doubted; a page that is made anew is not."""

from __future__ import annotations

import pytest

from crawler.content import Gist
from crawler.doubts import doubt_of_file, doubt_of_page, doubt_of_redirect

LONG = Gist(digest="a", words=500, title="Ships of the harbour")
SHORT = Gist(digest="a", words=12, title="Ships")


def doubt(now: Gist, before: Gist = LONG, *, size_bytes: int = 900, before_bytes: int = 1000) -> str:
    found = doubt_of_page(before, before.title, now, size_bytes=size_bytes, before_bytes=before_bytes)
    return found.partition(":")[0]


@pytest.mark.parametrize(
    ("now", "name"),
    [
        (Gist(digest="b", words=20, title="Sign in", asks_password=True), "login_wall"),
        (Gist(digest="b", words=20, title="Page not found"), "soft_404"),
        (Gist(digest="b", words=20, title="My site", heading="404"), "soft_404"),
        (Gist(digest="b", words=20, title="Seite nicht gefunden"), "soft_404"),
        (Gist(digest="b", words=20, title="Just a moment..."), "blocked"),
        (Gist(digest="b", words=20, title="Down for maintenance"), "maintenance"),
        (Gist(digest="b", words=400, is_ended=False), "truncated"),
        (Gist(digest="b", words=20, title="Ships of the harbour"), "shrunken"),
        (Gist(digest="", words=0), "shrunken"),
    ],
)
def test_what_is_no_page_is_doubted(now: Gist, name: str) -> None:
    assert doubt(now) == name


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (Gist(digest="b", words=480, title="A new look", asks_password=True), LONG),
        (Gist(digest="b", words=150, title="Short and new"), LONG),
        (Gist(digest="b", words=9000, title="How a page is not found"), LONG),
        (Gist(digest="b", words=5, title="Ships"), SHORT),
        (Gist(digest="b", words=0), SHORT),
        (
            Gist(digest="b", words=20, title="404 Not Found, explained"),
            Gist(digest="a", words=30, title="Error 404 explained"),
        ),
        (
            Gist(digest="b", words=10, title="Sign in", asks_password=True),
            Gist(digest="a", words=30, title="Sign in", asks_password=True),
        ),
        (Gist(digest="b", words=450, is_ended=False), Gist(digest="a", words=500, is_ended=False)),
    ],
)
def test_a_page_made_anew_passes(now: Gist, before: Gist) -> None:
    assert doubt(now, before) == ""


def file_doubt(before: str, now: str, size_bytes: int, *, begins_the_same: bool = False) -> str:
    return doubt_of_file(
        before, now, size_bytes=size_bytes, before_bytes=100, begins_the_same=begins_the_same
    ).partition(":")[0]


def test_files() -> None:
    assert file_doubt("image/png", "text/html", 50) == "other_type"
    assert file_doubt("image/png", "image/png", 0) == "shrunken"
    assert file_doubt("image/png", "image/png", 60, begins_the_same=True) == "truncated"
    assert file_doubt("image/png", "image/png", 60) == ""
    assert file_doubt("image/png", "image/webp", 60) == ""
    assert file_doubt("text/html", "application/pdf", 60) == ""


@pytest.mark.parametrize(
    ("target", "is_doubted"),
    [
        ("https://a.example/login?next=/x", True),
        ("https://a.example/users/sign_in", True),
        ("https://sso.example/", True),
        ("https://a.example/wp-login.php?redirect_to=x", True),
        ("https://login.example/x", True),
        ("https://a.example/docs/sso-guide", False),
        ("https://a.example/auth/x", False),
        ("https://a.example/blogging", False),
        ("https://a.example/author/ann", False),
        ("https://b.example/x", False),
    ],
)
def test_redirects(target: str, is_doubted: bool) -> None:
    assert bool(doubt_of_redirect(302, "https://a.example/x", target)) is is_doubted
    assert not doubt_of_redirect(301, "https://a.example/x", target)
    assert not doubt_of_redirect(302, "https://a.example/login", target)
