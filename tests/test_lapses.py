"""How a URL with a good copy stands after it was asked again."""

from __future__ import annotations

import pytest

from crawler.lapses import lapse_of
from crawler.model import Capture, Disposition, State
from crawler.shift import Lapse


def answer(status: int, *, redirect_to: str | None = None, doubt: str = "") -> Capture:
    return Capture(
        url="http://a.example/",
        captured_at=1.0,
        status=status,
        media_type="",
        size_bytes=1,
        digest="sha256:0",
        redirect_to=redirect_to,
        doubt=doubt,
    )


@pytest.mark.parametrize(
    ("done", "lapse"),
    [
        (Disposition(state=State.DONE, capture=answer(200)), Lapse.GOOD),
        (Disposition(state=State.DONE, status=304), Lapse.GOOD),
        (Disposition(state=State.DONE, capture=answer(301, redirect_to="http://b.example/")), Lapse.MOVED),
        (Disposition(state=State.DONE, capture=answer(302, redirect_to="http://b.example/")), Lapse.FAILING),
        (Disposition(state=State.FAILED, reason="http_404"), Lapse.GONE),
        (Disposition(state=State.FAILED, reason="http_410"), Lapse.GONE),
        (Disposition(state=State.FAILED, reason="soft_404: 'Not found'"), Lapse.GONE),
        (Disposition(state=State.FAILED, reason="http_503"), Lapse.FAILING),
        (Disposition(state=State.FAILED, reason="timeout: no answer in 60 s"), Lapse.FAILING),
        (Disposition(state=State.FAILED, reason="parse: too deep", capture=answer(200)), Lapse.GOOD),
        (
            Disposition(
                state=State.FAILED, reason="login_wall: x", capture=answer(200, doubt="login_wall: x")
            ),
            Lapse.FAILING,
        ),
        (Disposition(state=State.EXCLUDED, reason="robots: Disallow: /"), Lapse.FAILING),
        (Disposition(state=State.EXCLUDED, reason="types: a/b is of class other"), Lapse.FAILING),
        (Disposition(state=State.EXCLUDED, reason="scope: not in scope host"), None),
        (Disposition(state=State.QUEUED, reason="http_503"), None),
    ],
)
def test_every_end_of_a_lease(done: Disposition, lapse: Lapse | None) -> None:
    assert lapse_of(done) is lapse
