"""What is known of an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.capture import Capture

CAPTURE = Capture(url="", captured_at=0, status=200, media_type="", size_bytes=0, digest="")


@pytest.mark.parametrize(
    ("status", "is_good"), [(199, False), (200, True), (206, False), (299, True), (300, False), (404, False)]
)
def test_a_good_capture_is_a_2xx(status: int, is_good: bool) -> None:
    assert replace(CAPTURE, status=status).is_good == is_good


def test_a_doubted_one_is_none_and_one_that_is_believed_is() -> None:
    assert not replace(CAPTURE, doubt="shrunken: x").is_good
    assert replace(CAPTURE, doubted_at=1.0, doubted_times=3).is_good


def test_a_record_is_known_by_its_place() -> None:
    kept = replace(CAPTURE, segment="a", offset=5)
    assert kept.is_same_record(replace(kept, title="read more closely"))
    assert not kept.is_same_record(replace(kept, offset=6))
    assert not kept.is_same_record(None)
    assert not CAPTURE.is_same_record(CAPTURE)
