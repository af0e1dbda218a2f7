"""What is known of a rendered page, as a line and back."""

from __future__ import annotations

import dataclasses

import pytest

from crawler.model import Capture
from crawler.rendering import Rendering, read_as, read_rendering, shown_digest

FULL = Rendering(
    digest="sha256:ab",
    size_bytes=9,
    before_bytes=500,
    length=80,
    shot_before_bytes=400,
    shot_length=300,
    reason="it has 0 words beside scripts",
)
CAPTURE = Capture(
    url="https://a.example/",
    captured_at=1.0,
    status=200,
    media_type="text/html",
    size_bytes=3,
    digest="sha256:cd",
    content_type="text/html; charset=latin-1",
)


@pytest.mark.parametrize("rendering", [FULL, Rendering(digest="sha256:0", size_bytes=0)])
def test_a_line_and_back(rendering: Rendering) -> None:
    assert read_rendering(str(rendering)) == rendering


@pytest.mark.parametrize("text", ["", "sha256:ab", "sha256:ab 1 2 3", "sha256:ab 1 2 x 4 5 why", " "])
def test_what_is_none(text: str) -> None:
    assert read_rendering(text) is None


def test_how_a_capture_is_read() -> None:
    rendered = dataclasses.replace(CAPTURE, rendering=str(FULL))
    assert (read_as(CAPTURE), shown_digest(CAPTURE)) == ("text/html; charset=latin-1", "sha256:cd")
    assert (read_as(rendered), shown_digest(rendered)) == ("text/html; charset=utf-8", "sha256:ab")
    assert read_as(dataclasses.replace(CAPTURE, content_type="")) is None
