"""Take items of answers by rules, and count what is not as the rules say: a page costs itself alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.body import Body
from crawler.confinement.works import ITEMS
from crawler.errors import PermanentError, UsageError
from crawler.extraction.rule import Rules
from crawler.extraction.rulesfile import read_rules
from crawler.item import Item
from crawler.links.findings import MAX_READ_BYTES, Text
from crawler.media import is_html
from crawler.model import Capture
from crawler.quantities import show_count
from crawler.rendering import read_as
from crawler.study import Study

__all__ = ["Breaks", "Gathered", "Gatherer", "load_rules"]

_MOST_RULES_BYTES = 1 << 20
_MOST_KINDS = 200
_MOST_SHOWN = 160


def load_rules(path: str) -> Rules:
    """The rules of a file. Blocking.

    Raises:
        UsageError: it cannot be read, or a rule cannot be obeyed.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"rules {path}: {error.strerror}; name a file that can be read") from None
    if len(raw) > _MOST_RULES_BYTES:
        raise UsageError(f"rules {path}: longer than 1 MB; name a file of rules")
    try:
        return read_rules(raw.decode("utf-8-sig"), path)
    except UnicodeDecodeError:
        raise UsageError(f"rules {path} is not UTF-8; save it as UTF-8") from None


class Breaks:
    """How many pages were not as a rule says, by item and field, with one of each."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[int, str, str]] = {}
        self.pages = 0
        """With at least one."""

    def note(self, url: str, breaks: list[tuple[str, str, str]]) -> None:
        """Count what one page broke: item, field and reason of each."""
        self.pages += bool(breaks)
        told = {(item, field): reason for item, field, reason in reversed(breaks)}
        for place, reason in told.items():
            if place in self._found or len(self._found) < _MOST_KINDS:
                count, *shown = self._found.get(place, (0, url, reason))
                # Whatever the order in which pages come, the same one is shown.
                self._found[place] = count + 1, *min((url, reason), (shown[0], shown[1]))

    def lines(self) -> list[str]:
        """A line for each item and field, most pages first."""
        found = sorted(self._found.items(), key=lambda each: -each[1][0])
        return [
            f"rules: {'.'.join(filter(None, place))}: {reason[:_MOST_SHOWN]}"
            f" ({show_count(count, 'page')}, such as {url})"
            for place, (count, url, reason) in found
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What an answer gave.

    Args:
        items: in the order of rules and page.
        links: that the rules follow.
    """

    items: tuple[Item, ...] = ()
    links: tuple[str, ...] = ()


class Gatherer:
    """Takes what the rules of a user say.

    Args:
        rules: read and checked.
        study: where answers are looked into, apart.
    """

    def __init__(self, rules: Rules, study: Study) -> None:
        self._rules = rules
        self._study = study
        self.breaks = Breaks()

    def concerns(self, capture: Capture) -> bool:
        """Whether a rule may hold for it."""
        if not capture.is_good or capture.size_bytes > MAX_READ_BYTES:
            return False
        return (is_html(capture.media_type) or _is_json(capture.media_type)) and self._rules.is_for(
            capture.url
        )

    async def gather(self, capture: Capture, body: Body, *, counts: bool = True) -> Gathered:
        """Look into one answer.

        Args:
            capture: of it.
            body: content-decoded.
            counts: what goes wrong with it is counted.
        """
        breaks = self.breaks if counts else Breaks()
        text = Text(url=capture.url, media_type=capture.media_type, content_type=read_as(capture))
        terms = [self._rules.text, _is_json(capture.media_type)]
        try:
            made = await self._study.make(ITEMS, terms, text, body)
        except PermanentError as error:
            breaks.note(capture.url, [("page", "", str(error))])
            return Gathered()
        items, broken, links = _checked(made)
        breaks.note(capture.url, broken)
        return Gathered(
            items=tuple(
                Item(
                    name=name,
                    source_url=capture.url,
                    captured_at=capture.captured_at,
                    digest=capture.digest,
                    values=values,
                )
                for name, values in items
            ),
            links=links,
        )


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")


def _checked(
    made: Any,
) -> tuple[list[tuple[str, dict[str, Any]]], list[tuple[str, str, str]], tuple[str, ...]]:
    """What the process says, if it has the agreed shape; it has read what strangers wrote."""
    match made:
        case {"items": list(items), "breaks": list(breaks), "links": list(links)}:
            pass
        case _:
            return [], [("page", "", "its reader answers nonsense")], ()
    return (
        [(each[0], each[1]) for each in items if _is_item(each)],
        [(str(item), str(field), str(reason)) for item, field, reason in breaks],
        tuple(each for each in links if isinstance(each, str)),
    )


def _is_item(value: Any) -> bool:
    match value:
        case [str(), dict()]:
            return True
    return False
