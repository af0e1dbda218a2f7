"""Build the records of what a browser made of an answer: its rendered text, and a picture of it.

The text is a `conversion` record (WARC 1.1 section 6.8) that refers to the response, which stays what was sent. The
picture is a `resource` record at `urn:view:` and the URL, as Browsertrix names the view of a page.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from crawler.clock import iso_utc
from crawler.rendering import RENDERED_TYPE, Rendered

__all__ = ["REASON_FIELD", "VIEW", "made_records"]

REASON_FIELD = "Crawler-Rendered"
"""In the header of a conversion: why the page was rendered."""
VIEW = "urn:view:"
"""What the name of a picture begins with; the URL of the page follows."""
_RECORD_ID = "WARC-Record-ID"


def made_records(rendered: Rendered | None, response: Any, create: Callable[..., Any]) -> list[Any]:
    """The record of the text, and that of the picture if there is one.

    Args:
        rendered: what was made; None: nothing was.
        response: the record of the answer.
        create: of warcio's writer.
    """
    if rendered is None:
        return []
    told = response.rec_headers.get_header
    url, identifier = told("WARC-Target-URI"), told(_RECORD_ID)
    date = iso_utc(rendered.rendered_at)
    text = rendered.text.read()
    records = [
        create(
            url,
            "conversion",
            payload=io.BytesIO(text),
            length=len(text),
            warc_content_type=RENDERED_TYPE,
            warc_headers_dict={
                "WARC-Date": date,
                "WARC-Refers-To": identifier,
                REASON_FIELD: " ".join(rendered.reason.split()),
            },
        )
    ]
    if rendered.shot is not None:
        picture = rendered.shot.read()
        records.append(
            create(
                VIEW + url,
                "resource",
                payload=io.BytesIO(picture),
                length=len(picture),
                warc_content_type="image/png",
                warc_headers_dict={"WARC-Date": date, "WARC-Concurrent-To": identifier},
            )
        )
    return records
