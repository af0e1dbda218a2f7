"""Write the pages of the practice site from the texts beside this file."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import islice
from string import Template
from typing import NamedTuple

from crawler.practice.drawings import Light

__all__ = [
    "PAGES_OF_LOGBOOK",
    "asset",
    "complete_register",
    "light_pages",
    "lights",
    "lights_index",
    "logbook_page",
    "page",
]

ENTRIES_ON_A_PAGE = 6
PAGES_OF_LOGBOOK = 4
REGISTER_BYTES = 2 * 1024 * 1024
MARK_RADIUS_PX = 24
UTF8 = '<meta charset="utf-8" />'
HEADING = re.compile(r"<h1>([^\n]*)</h1>")
TAG = re.compile(r"<[^<>]*>")
WINDS = ("N", "NNW", "NW", "W", "WSW", "SW", "S", "SE", "E", "NE")
WEATHERS = (
    "fair",
    "haze",
    "drizzle",
    "showers",
    "fog",
    "squalls",
    "clear, stars",
    "sleet",
    "swell, no wind",
    "rainbow (unofficial)",
)
LIGHT_LINKS = {
    "corran-head": '<p>See also <a href="corran-head/lens">the lens</a> and <a href="corran-head/fog-signal">the fog signal</a>.</p>',
    "st%20ninian": '<p>Its first keeper was <a href="../keepers/oswin?from=st-ninian">Brother Oswin</a>.</p>',
    "skerriv%C3%B6r": '<p>The cook was <a href="../keepers/andr%C3%A9">André Moreau</a>; the winter is in <a href="/logbook/1911">the log of 1911</a>.</p>',
    "long-tom": '<p>On the floor of its lamp room is <a href="../rose">the rose</a>.</p>',
    "petrel": '<p>Her mate was <a href="../Rose">Rose Tregear</a>.</p>',
}


class Entry(NamedTuple):
    """One line of the logbook."""

    day: str
    light: str
    keeper: str
    weather: str
    words: str


@cache
def asset(name: str) -> bytes:
    """The bytes of a file below `assets/`."""
    return resources.files("crawler.practice").joinpath("assets", *name.split("/")).read_bytes()


@cache
def _template(name: str) -> Template:
    return Template(asset(name).decode())


def page(
    name: str,
    target: str,
    values: Mapping[str, str] | None = None,
    *,
    head: str = "",
    charset: str = "utf-8",
    declared: str = UTF8,
) -> bytes:
    """A whole page: the text `pages/NAME.html` in the frame of the house.

    Args:
        name: of the text.
        target: where the page is served; its room is marked in the navigation.
        values: what stands for the `$names` of the text, as HTML.
        head: further elements of the head.
        charset: a Python codec; what it cannot express becomes a character reference.
        declared: the element that declares the encoding, or "".
    """
    body = _template(f"pages/{name}.html").substitute(values or {})
    heading = HEADING.search(body)
    title = TAG.sub(" ", heading[1]) if heading else "Untitled"
    whole = _template("frame.html").substitute(
        charset=declared, title=" ".join(title.split()), head=head, body=body
    )
    room = target.split("/")[1]
    whole = whole.replace(f'data-room="{room}"', f'data-room="{room}" aria-current="true"')
    return whole.encode(charset, "xmlcharrefreplace")


@cache
def lights() -> tuple[Light, ...]:
    """The light list, in the order of the coast."""
    rows = json.loads(asset("data/lights.json"))["lights"]
    return tuple(Light(**{**row, "at": tuple(row["at"]), "text": tuple(row["text"])}) for row in rows)


@cache
def _logbook() -> tuple[Entry, ...]:
    lines = asset("data/logbook.txt").decode().splitlines()
    return tuple(Entry(*(part.strip() for part in line.split(" | "))) for line in lines)


def _entry_list(entries: Sequence[Entry]) -> str:
    items = (
        f'<li><div><time datetime="{entry.day}">{entry.day}</time><br /><small>{html.escape(entry.light)}</small></div>'
        f"<div><p>{html.escape(entry.words)}</p><small>{html.escape(entry.keeper)}. {entry.weather}.</small></div></li>"
        for entry in entries
    )
    return f'<ul class="entries">{"".join(items)}</ul>'


def light_pages() -> Iterator[tuple[str, bytes]]:
    """The page of each light with its address; each leads on to the next, and the last to the first."""
    for number, light in enumerate(lights()):
        before, after = lights()[number - 1], lights()[(number + 1) % len(lights())]
        target = f"/lights/{light.slug}"
        values = {
            "slug": light.slug, "name": light.name, "lead": light.lead, "lit": str(light.lit),
            "height": str(light.height_m), "range": str(light.range_nm), "character": light.character,
            "text": "\n".join(f"<p>{html.escape(text)}</p>" for text in light.text),
            "entries": _entry_list([entry for entry in _logbook() if entry.light in light.name]),
            "more": LIGHT_LINKS.get(light.slug, ""),
            "before": before.slug, "before_name": before.name, "after": after.slug, "after_name": after.name,
        }  # fmt: skip
        yield target, page("light", target, values)


def lights_index() -> bytes:
    """`/lights/`: image map, cards and table of the same seven lights."""
    areas = "".join(
        f'<area shape="circle" coords="{light.at[0]},{light.at[1]},{MARK_RADIUS_PX}" href="{light.slug}" alt="{light.name}" />'
        for light in lights()
    )
    cards = "".join(
        f'<li><a class="card" href="/lights/{light.slug}"><img src="/pictures/lights/{light.slug}.svg" alt="" loading="lazy" /><div><h3>{light.name}</h3><p>{light.lead}</p></div></a></li>'
        for light in lights()
    )
    rows = "".join(
        f'<tr><td><a href="./{light.slug}">{light.name}</a></td><td>{light.lit}</td><td>{light.height_m} m</td><td>{light.range_nm} nm</td><td>{light.character}</td></tr>'
        for light in lights()
    )
    return page("lights", "/lights/", {"areas": areas, "cards": cards, "rows": rows})


def logbook_page(number: int, target: str) -> bytes:
    """One page of the logbook; pages are told apart by the query alone."""
    entries = sorted(_logbook())[(number - 1) * ENTRIES_ON_A_PAGE : number * ENTRIES_ON_A_PAGE]
    pager = "".join(
        f"<b>{n}</b>" if n == number else f'<a href="?page={n}">{n}</a>'
        for n in range(1, PAGES_OF_LOGBOOK + 1)
    )
    head = f'<link rel="canonical" href="/logbook/?page={number}" />'
    if number < PAGES_OF_LOGBOOK:
        head += f'<link rel="next" href="/logbook/?page={number + 1}" />'
    if number > 1:
        head += f'<link rel="prev" href="/logbook/?page={number - 1}" />'
    values = {
        "page": str(number),
        "pages": str(PAGES_OF_LOGBOOK),
        "entries": _entry_list(entries),
        "pager": pager,
    }
    return page("logbook", target, values, head=head)


def _watches() -> Iterator[str]:
    seed, year, day = 1794, 1794, 281
    while True:
        for watch in ("00.00", "06.00", "12.00", "18.00"):
            seed = (seed * 1_103_515_245 + 12_345) % 2**31  # the rand() of the C standard's example
            wind, weather = WINDS[seed >> 8 & 7], WEATHERS[(seed >> 16) % len(WEATHERS)]
            yield f"<tr><td>{year}, day {day}, {watch}</td><td>{wind}</td><td>{(seed >> 12) % 11}</td><td>{28 + (seed >> 20) % 30 / 10:.1f} in</td><td>{weather}</td><td>lit</td></tr>\n"
        day += 1
        if day > 365:
            year, day = year + 1, 1


@cache
def complete_register() -> bytes:
    """`/logbook/complete`: a page of a little over two megabytes."""
    watches = _watches()
    length = len(next(watches))
    rows = "".join(islice(watches, REGISTER_BYTES // (length - 8)))
    return page("complete", "/logbook/complete", {"rows": rows})
