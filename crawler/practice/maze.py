"""Make up the rooms of the practice site that have no end: what a crawler must find its way out of.

Each is one of the traps that sites set without meaning to. They are made as they are asked for, so there is no list
of their addresses.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from crawler.practice.rooms import page

__all__ = ["MAZE", "maze_page"]

MAZE = "/maze/"

_DEEPEST = 400
_YEAR = re.compile(r"\?month=10&year=([0-9]{4})")
_COATS = ("oilskin", "reefer")
_LABELS = ("brass", "cork", "glass", "hemp", "iron", "rope", "tin")
_DOORS = ("north/", "south/")


class Visit(NamedTuple):
    """One ask for a page of the maze."""

    path: str
    query: str
    year: int
    ask: int


def maze_page(target: str, *, year: int, ask: int) -> bytes | None:
    """The page at a target below `MAZE`; None if there is none.

    Args:
        target: path and query as they stand in the request line.
        year: in which the calendar begins.
        ask: tells asks apart: each gets a session of its own.
    """
    path, mark, query = target.removeprefix(MAZE).partition("?")
    room = path.partition("/")[0]
    make = _ROOMS.get(room)
    return None if make is None else make(Visit(path, mark + query, year, ask))


def _hall(visit: Visit) -> bytes | None:
    if visit.path or visit.query:
        return None
    rooms = ["tides", "corridor/", "cloakroom/", "shelf", "echo/"]
    return _page("The maze", "Five rooms, and none of them ends. A crawl of them does.", rooms)


def _tides(visit: Visit) -> bytes | None:
    """A calendar: there is always another year."""
    match = _YEAR.fullmatch(visit.query)
    if visit.path != "tides" or (visit.query and match is None):
        return None
    year = visit.year if match is None else int(match[1]) + 1
    shown = "now" if match is None else match[1]
    return _page(f"Tides, {shown}", "Computed for ever.", [f"/maze/tides?month=10&amp;year={year:04}"])


def _corridor(visit: Visit) -> bytes | None:
    """A relative link without its slash: each page lies a folder below the one before."""
    *steps, last = visit.path.split("/")
    if last or visit.query or set(steps) != {"corridor"} or len(steps) > _DEEPEST:
        return None
    return _page(f"The corridor, {len(steps)} doors in", "Mind the step.", ["corridor/"])


def _cloakroom(visit: Visit) -> bytes | None:
    """Every answer writes a session of its own into its links; pages are told apart without it."""
    _, _, coat = visit.path.partition("/")
    if coat not in {"", *_COATS}:
        return None
    drawn = hashlib.sha256(f"{visit.ask}".encode()).hexdigest()[:32]
    links = [f"/maze/cloakroom/{each}?PHPSESSID={drawn}" for each in ("", *_COATS)]
    return _page(f"The cloakroom: {coat or 'all coats'}", "Please keep your number.", links)


def _shelf(visit: Visit) -> bytes | None:
    """Labels that combine: seven give 128 pages, forty would give a million million."""
    taken = {part.removesuffix("=1") for part in visit.query.removeprefix("?").split("&") if part}
    if visit.path != "shelf" or not taken <= set(_LABELS):
        return None
    sets = [[each for each in _LABELS if (each in taken) != (each == label)] for label in _LABELS]
    queries = ["&amp;".join(f"{each}=1" for each in labels) for labels in sets]
    links = [f"/maze/shelf?{query}" if query else "/maze/shelf" for query in queries]
    return _page(f"The shelf: {', '.join(sorted(taken)) or 'everything'}", "Choose by label.", links)


def _echo(visit: Visit) -> bytes | None:
    """The same bytes wherever one stands, and two doors that lead on."""
    steps = visit.path.split("/")[1:-1]
    if visit.query or not visit.path.endswith("/") or len(steps) > _DEEPEST:
        return None
    return _page("The echo", "You have been here before. Or next door.", _DOORS) if _knows(steps) else None


def _knows(steps: Iterable[str]) -> bool:
    return {f"{step}/" for step in steps} <= set(_DOORS)


def _page(title: str, lead: str, links: Iterable[str]) -> bytes:
    doors = "".join(f'<li><a href="{link}">{link.rpartition("/maze/")[2]}</a></li>' for link in links)
    return page("maze", MAZE, {"title": title, "lead": lead, "doors": doors})


_ROOMS: dict[str, Callable[[Visit], bytes | None]] = {
    "": _hall,
    "tides": _tides,
    "corridor": _corridor,
    "cloakroom": _cloakroom,
    "shelf": _shelf,
    "echo": _echo,
}
