"""Extensions, and the media types that they stand for."""

from __future__ import annotations

import pytest

from crawler.extensions import EXTENSIONS, extension_to_add, known_extension, media_type_of
from crawler.paths import mirror_path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("h/a.html", "text/html"),
        ("h/a.PNG", "image/png"),
        ("/x/a.mjs", "text/javascript"),
        ("h/a", None),
        ("h/a.php", None),
        ("h/.html", None),
        ("h.html/a", None),
    ],
)
def test_media_type_of(name: str, expected: str | None) -> None:
    assert media_type_of(name) == expected


def test_every_extension_fits_its_own_type() -> None:
    assert len(EXTENSIONS) >= 60
    for extension, media_type in EXTENSIONS.items():
        assert mirror_path(f"http://h/a.{extension}", media_type) == f"h/a.{extension}"
        assert mirror_path(f"http://h/a.{extension}") == f"h/a.{extension}"
        added = mirror_path("http://h/a", media_type)
        assert media_type_of(added) == media_type


@pytest.mark.parametrize(
    ("own", "media_type", "expected"),
    [
        ("", None, "html"),
        ("png", None, ""),
        ("png", "image/png; charset=x", ""),
        ("png", "text/html", "html"),
        ("html", "image/svg+xml", "svg"),
        ("", "application/x-unheard+json", "json"),
        ("", "chemical/x-pdb", "bin"),
    ],
)
def test_the_extension_that_a_name_still_needs(own: str, media_type: str | None, expected: str) -> None:
    assert extension_to_add(own, media_type) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("a.tar.GZ", "GZ"), (".html", ""), ("a.unheard", ""), ("a", "")]
)
def test_the_extension_that_is_known(name: str, expected: str) -> None:
    assert known_extension(name) == expected
