"""List every scene."""

from __future__ import annotations

from tests.faults import bodies, charsets, codings, heads, redirects, statuses, tcp, tls
from tests.faults.scene import Scene

__all__ = ["SCENES"]

SCENES: tuple[Scene, ...] = tuple(
    sorted(
        (
            each
            for chapter in (tcp, tls, heads, bodies, statuses, redirects, codings, charsets)
            for each in chapter.SCENES
        ),
        key=lambda each: each.row,
    )
)
