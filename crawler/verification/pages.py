"""Read a file of the mirror as it lies there: where its links lead, and what it says beside them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from crawler.body import Body
from crawler.links.findings import Text
from crawler.model import Capture, Hop, Outlink
from crawler.rendering import read_as
from crawler.study import Study

__all__ = ["FileLink", "PageFile", "blank", "read_file"]

# Whatever resolves to this host is a relative link (RFC 6761 section 6.4: nobody has it).
_ROOT = "http://mirror.invalid/"
_NOWHERE = "x"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLink:
    """A relative link of a file.

    Args:
        path: the file below the mirror to which it leads.
        is_embedded: the page needs it to be shown.
    """

    path: str
    is_embedded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """What a file of the mirror says.

    Args:
        links: its relative ones, each once.
        blank: all of it with every link led to the same place.
    """

    links: tuple[FileLink, ...]
    blank: Body


async def read_file(capture: Capture, body: Body, study: Study) -> PageFile:
    """Read a file.

    Args:
        capture: of which it is the edition.
        body: its content.
        study: where texts are read.

    Raises:
        PermanentError: of class `parse`: it cannot be read within bounds.
    """
    url = _ROOT + quote(capture.mirror_path or "")
    async with study.read(_text(capture, url), body) as reading:
        links = {
            FileLink(path=path, is_embedded=each.hop is Hop.EMBED): None
            for each in reading.findings.outlinks
            if (path := _path_of(each))
        }
        urls = reading.findings.urls
        return PageFile(links=tuple(links), blank=await reading.rewritten(dict.fromkeys(urls, _NOWHERE)))


async def blank(capture: Capture, original: Body, study: Study) -> Body:
    """The original with every link led to the same place: what an edition must be but for its links.

    Raises:
        PermanentError: of class `parse`: it cannot be read within bounds.
    """
    async with study.read(_text(capture, capture.url), original) as reading:
        return await reading.rewritten(dict.fromkeys(reading.findings.urls, _NOWHERE))


def _text(capture: Capture, url: str) -> Text:
    return Text(url=url, media_type=capture.media_type, content_type=read_as(capture))


def _path_of(link: Outlink) -> str:
    if not link.url.startswith(_ROOT):
        return ""
    return unquote(link.url.removeprefix(_ROOT).partition("?")[0])
