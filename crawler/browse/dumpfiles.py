"""Open the files of a dump for a browser: the start page and its parts, the mirror and the reports; nothing else."""

from __future__ import annotations

import re
from io import BufferedReader
from urllib.parse import unquote_to_bytes

from crawler.extensions import media_type_of
from crawler.mirror.reading import open_below
from crawler.output import Output

__all__ = ["open_file", "type_of"]

_BAD = re.compile(r"[\x00-\x1f\x7f\\]")
_CHARSET_TYPES = re.compile(r"text/(?!html)|application/(?:json|xml|.*\+(?:xml|json))|image/svg\+xml")


def open_file(output: Output, path: str) -> tuple[str, BufferedReader] | None:
    """The file that the path of a request names, and its name; None if nobody is to see it. Blocking.

    No name begins with a dot, no link is followed, and no more than one `%` is undone: what is named in any
    other way than the dump itself does is not there.

    Args:
        output: the dump.
        path: percent-encoded, e.g. `mirror/example.org/a.html`; a folder is its `index.html`.
    """
    try:
        name = unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return None
    if name in {"", "mirror/"}:
        name = "index.html"
    if name.endswith("/"):
        name += "index.html"
    if _BAD.search(name):
        return None
    top, _, rest = name.partition("/")
    parts = name.split("/")
    if any(not part or part.startswith(".") for part in parts):
        return None
    if rest and top in {"mirror", "pages", "reports"}:
        # The folder itself may be a link that its owner made; what is below may have come from a site.
        folder = {"mirror": output.mirror, "pages": output.pages, "reports": output.reports}[top]
        file = open_below(folder, rest)
    elif name == "index.html":
        file = open_below(output.folder, name)
    else:
        return None
    return None if file is None else (name, file)


def type_of(name: str) -> str:
    """The Content-Type of a file of the dump: a page tells its encoding itself, our own are UTF-8."""
    media_type = media_type_of(name) or "application/octet-stream"
    if not name.startswith("mirror/") and (media_type == "text/html" or _CHARSET_TYPES.match(media_type)):
        return f"{media_type}; charset=utf-8"
    return media_type
