"""Hold what is known of one answer that was kept."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Capture"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One answer kept: a line of the CDX index, and where its bytes lie.

    Args:
        url: what was asked for.
        captured_at: when the answer began.
        status: HTTP status.
        media_type: essence of the content type, lower case, sniffed if missing; "" if unknown.
        charset: encoding its text was read in, of a rendered page utf-8; "" for binary.
        size_bytes: of the content-decoded body.
        digest: `sha256:HEX` of the content-decoded body.
        etag: validator as sent, or None.
        last_modified: validator as sent, or None.
        segment: archive file name; None if the archive is off.
        offset: of the record in the segment.
        length: of the compressed record.
        mirror_path: file below `mirror/`; None if this answer has none.
        redirect_to: canonical target of a redirect.
        title: of an HTML page, at most 300 characters.
        content_type: the header as sent, for reading the body again.
        canonical: the other URL by which an HTML page wants to be known; None: it names none, or itself.
        gist: of an HTML page that came in the place of another (`crawler.content.Gist` as text); "": not looked at.
        is_revised: it may say something else than the good copy before; False: only what is no content differs.
        doubt: why it does not stand for the page though its status is good (`crawler.doubts`); "": it does.
        face: of a doubted answer: what others have that are the same wall; "": not looked at.
        doubted_at: when the first came of the answers in a row that were doubted alike, this one the last; None:
            there were none.
        doubted_times: how many those are. If it is not doubted itself any more: how many were before it is believed.
        rendering: of a page that was rendered (`crawler.rendering.Rendering` as text); "": it is read as it was sent.
    """

    url: str
    captured_at: float
    status: int
    media_type: str
    charset: str = ""
    size_bytes: int
    digest: str
    etag: str | None = None
    last_modified: str | None = None
    segment: str | None = None
    offset: int = 0
    length: int = 0
    mirror_path: str | None = None
    redirect_to: str | None = None
    title: str = ""
    content_type: str = ""
    canonical: str | None = None
    gist: str = ""
    is_revised: bool = True
    doubt: str = ""
    face: str = ""
    doubted_at: float | None = None
    doubted_times: int = 0
    rendering: str = ""

    @property
    def is_good(self) -> bool:
        """A whole 2xx answer that nobody doubts: what a later failure must not destroy. 206 is a part."""
        return 200 <= self.status < 300 and self.status != 206 and not self.doubt

    def is_same_record(self, other: Capture | None) -> bool:
        """Whether both tell of one record of the archive, which one of them may have read more closely."""
        if other is None or self.segment is None:
            return False
        place, others = (self.segment, self.offset), (other.segment, other.offset)
        return place == others and self.captured_at == other.captured_at
