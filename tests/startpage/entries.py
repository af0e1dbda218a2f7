"""Entries as the ledger might give them, and start pages of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from selectolax.lexbor import LexborHTMLParser

from crawler.model import Candidate, Capture, State
from crawler.report import Report
from crawler.standing import Counts, Entry, Run
from crawler.startpage.front import About, write_start_page
from crawler.startpage.row import Row, row_of

__all__ = ["EVIL", "entry", "lost", "report", "stream", "written"]

EVIL = "</a></ul><script>alert(1)</script><img src=x onerror=alert(2)> \"'& $pages ${count}"


def entry(
    url: str, title: str = "", *, path: str = "a.example/x.html", state: State = State.DONE, reason: str = ""
) -> Entry:
    """A page that has a file."""
    capture = Capture(
        url=url,
        captured_at=0,
        status=200,
        media_type="text/html",
        size_bytes=1,
        digest="",
        mirror_path=path,
        title=title,
    )
    return Entry(candidate=_candidate(url), state=state, reason=reason, good=capture)


def lost(url: str, reason: str = "http_404", state: State = State.FAILED) -> Entry:
    """A URL that has none."""
    return Entry(candidate=_candidate(url), state=state, reason=reason)


def _candidate(url: str) -> Candidate:
    return Candidate(url=url, key=url, host=url.split("/")[2])


def report(*, outcome: str = "finished", **terms: object) -> Report:
    """Of a run that ended; without an outcome it goes on."""
    counts = Counts(pages=2, queued=4)
    ended_at = 1e9 + 1 if outcome else None
    run = Run(number=1, name="r", started_at=1e9, ended_at=ended_at, outcome=outcome, counts=counts)
    return Report(run=run, seconds=1, **terms)  # type: ignore[arg-type]


async def stream(entries: Iterable[Entry]) -> AsyncIterator[Row]:
    """The rows of entries."""
    for each in entries:
        yield row_of(each)


async def written(*entries: Entry, about: About | None = None) -> dict[str, LexborHTMLParser]:
    """Every file of a start page, parsed; names begin with `pages/`."""
    files: dict[str, LexborHTMLParser] = {}

    async def write(name: str, text: str) -> None:
        assert name not in files
        files[name] = LexborHTMLParser(text)

    await write_start_page(stream(entries), about or About(report=report()), "pages/", write)
    assert list(files)[-1] == "index.html"
    return files
