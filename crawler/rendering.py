"""Hold what is known of a page as it stood once its scripts had run, and what of that is to be archived."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.body import Body
from crawler.model import Capture

__all__ = ["RENDERED_TYPE", "Rendered", "Rendering", "read_as", "read_rendering", "shown_digest"]

RENDERED_TYPE = "text/html; charset=utf-8"
"""Of every rendered text, whatever the answer said of itself."""
_WORDS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A page that has just been rendered.

    Args:
        text: the document as the scripts left it, UTF-8.
        reason: why it was rendered, one line.
        rendered_at: when.
        shot: a picture of it, PNG; None: none was taken.
    """

    text: Body
    reason: str
    rendered_at: float
    shot: Body | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """Where the rendered text of a capture lies: in the segment of its answer, before that.

    The distance stays what it is when both are copied together.

    Args:
        digest: `sha256:HEX` of the rendered text.
        size_bytes: of the text.
        before_bytes: how many bytes before the record of the answer its own begins; with it begins all that was
            archived of this answer.
        length: of its compressed record.
        shot_before_bytes: the same of the picture; 0: there is none.
        shot_length: of the picture's record.
        reason: why it was rendered, one line.
    """

    digest: str
    size_bytes: int
    before_bytes: int = 0
    length: int = 0
    shot_before_bytes: int = 0
    shot_length: int = 0
    reason: str = ""

    def __str__(self) -> str:
        """One line, as `read_rendering` reads it."""
        places = f"{self.before_bytes} {self.length} {self.shot_before_bytes} {self.shot_length}"
        return f"{self.digest} {self.size_bytes} {places} {self.reason}"


def read_rendering(text: str) -> Rendering | None:
    """What `str` of a rendering wrote; None: there is none."""
    digest, *numbers, reason = [*text.split(" ", _WORDS - 1), *[""] * _WORDS][:_WORDS]
    if not digest or not all(each.isascii() and each.isdigit() for each in numbers):
        return None
    size_bytes, before_bytes, length, shot_before_bytes, shot_length = map(int, numbers)
    return Rendering(
        digest=digest,
        size_bytes=size_bytes,
        before_bytes=before_bytes,
        length=length,
        shot_before_bytes=shot_before_bytes,
        shot_length=shot_length,
        reason=reason,
    )


def read_as(capture: Capture) -> str | None:
    """The content type by which the text of a capture is to be read; None: nothing tells."""
    return RENDERED_TYPE if capture.rendering else capture.content_type or None


def shown_digest(capture: Capture) -> str:
    """`sha256:HEX` of the text by which a capture is read: the rendered one if there is one, else the body."""
    return capture.rendering.partition(" ")[0] or capture.digest
