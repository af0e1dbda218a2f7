"""Draw the lights: SVG pictures worked out from the light list, so that chart, towers and text agree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Light", "chart", "coast", "flags", "lens", "rose", "tide", "tower"]

NIGHT = '<linearGradient id="n" x2="0" y2="1"><stop stop-color="#0a1626"/><stop offset=".62" stop-color="#24506b"/><stop offset=".8" stop-color="#e2a566"/></linearGradient>'
HALO = '<radialGradient id="h"><stop stop-color="{colour}" stop-opacity=".85"/><stop offset="1" stop-color="{colour}" stop-opacity="0"/></radialGradient>'
STILL = "<style>@media (prefers-reduced-motion: reduce){.b{display:none}}</style>"
GOLDEN = 0.618034
# Where the lights stand in the picture over the door, and how large; the last one floats.
COAST_SITES = [
    (1470, 250, 1.25),
    (1365, 290, 0.85),
    (1255, 322, 1.0),
    (1130, 364, 0.8),
    (1005, 393, 0.95),
    (885, 444, 0.7),
    (770, 592, 0.9),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """One light of the list: `assets/data/lights.json` has these names and no others."""

    slug: str
    name: str
    lit: int
    height_m: int
    range_nm: int
    character: str
    period_seconds: float
    flashes: int
    colour: str
    shape: str
    bands: int
    paint: str
    at: tuple[int, int]
    lead: str
    text: tuple[str, ...]


def _svg(width: int, height: int, parts: Iterable[str]) -> bytes:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    return (head + "".join(parts) + "</svg>\n").encode()


def _stars(width: int, height: int, count: int) -> str:
    places = [
        ((i * GOLDEN * width) % width, ((i * i * GOLDEN * 7.3) % 1) * height, 0.4 + (i % 3) * 0.35)
        for i in range(count)
    ]
    return "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.2f}" fill="#f4ecd8" opacity=".8"/>' for x, y, r in places
    )


def _waves(width: int, top: int, bottom: int, colours: Sequence[str]) -> str:
    layers = []
    for row, colour in enumerate(colours):
        y, long = top + row * (bottom - top) // len(colours), 46 + row * 17
        crest = f"M{-row * 13} {y}" + f"q{long / 4:.0f} -7 {long / 2:.0f} 0t{long / 2:.0f} 0" * (
            width // long + 2
        )
        layers.append(f'<path d="{crest}V{bottom}H{-row * 13}z" fill="{colour}"/>')
    return "".join(layers)


def _blink(light: Light) -> str:
    """The light's own rhythm as an SVG animation: each flash 4% of its period, isophase half of it."""
    if light.character.startswith("Iso"):
        values, times = "1;1;.06;.06", "0;.5;.5;1"
    else:
        steps = [(0.06 + flash * 0.11, 0.10 + flash * 0.11) for flash in range(light.flashes)]
        values = ".06" + "".join(";.06;1;.06" for _ in steps) + ";.06"
        times = "0" + "".join(f";{a:.2f};{(a + b) / 2:.2f};{b:.2f}" for a, b in steps) + ";1"
    return f'<animate attributeName="opacity" dur="{light.period_seconds}s" repeatCount="indefinite" keyTimes="{times}" values="{values}"/>'


def _beam(light: Light, x: int, y: int, reach: int) -> str:
    spread = reach // 5
    wings = f"M{x} {y}l{-reach} {-spread}v{2 * spread}zM{x} {y}l{reach} {-spread}v{2 * spread}z"
    return f'<g class="b"><path d="{wings}" fill="{light.colour}" opacity=".3"/>{_blink(light)}</g><circle cx="{x}" cy="{y}" r="62" fill="url(#h)"/>'


def _lantern(light: Light, x: int, y: int) -> str:
    return (
        f'<path d="M{x - 20} {y + 14}h40v5h-40z" fill="#1b2733"/><path d="M{x - 11} {y - 14}h22v28h-22z" fill="{light.colour}"/>'
        f'<path d="M{x - 4} {y - 14}v28M{x + 4} {y - 14}v28" stroke="#1b2733" stroke-width="1.5"/>'
        f'<path d="M{x - 15} {y - 14}q15 -22 30 0zM{x - 1} {y - 33}h2v10h-2z" fill="#1b2733"/>'
    )


def _building(light: Light, top: int, foot: int) -> str:
    if light.shape == "ship":
        return (
            f'<path d="M158 {top}h4v{foot - top}h-4zM110 {foot}l50 -{foot - top - 24} 50 {foot - top - 24}" fill="#3a2f28" stroke="#3a2f28" fill-opacity="0"/>'
            f'<path d="M128 {foot - 22}h66v26h-66z" fill="#e9dfc8"/><path d="M56 {foot}h208l-26 46h-154z" fill="{light.paint}"/>'
            f'<text x="160" y="{foot + 28}" font-family="sans-serif" font-size="20" letter-spacing="6" text-anchor="middle" fill="#fff6e3">PETREL</text>'
        )
    upper, lower = (16, 17) if light.shape == "square" else (14, 27)

    def edge(y: float) -> float:
        return upper + (lower - upper) * (y - top) / (foot - top)

    walls = f'<path d="M{160 - upper} {top}h{2 * upper}L{160 + lower} {foot}h{-2 * lower}z" fill="{{}}"/>'
    parts = [walls.format("#ece3d0" if light.bands else light.paint)]
    tall = (foot - top) / (2 * light.bands + 1)
    for band in range(light.bands):
        a = top + tall * (2 * band + 1)
        b = a + tall
        parts.append(
            f'<path d="M{160 - edge(a):.1f} {a:.0f}H{160 + edge(a):.1f}L{160 + edge(b):.1f} {b:.0f}H{160 - edge(b):.1f}z" fill="{light.paint}"/>'
        )
    shade = f"M160 {top}h{upper}L{160 + lower} {foot}h{-lower}z"
    windows = "".join(f'<path d="M157 {y}h6v11h-6z" fill="#14202c"/>' for y in range(top + 30, foot - 40, 52))
    return "".join(
        [
            *parts,
            f'<path d="{shade}" opacity=".16"/>',
            windows,
            f'<path d="M152 {foot}v-22q8 -10 16 0v22z" fill="#14202c"/>',
        ]
    )


def tower(light: Light) -> bytes:
    """A light on its rock (or its chain) by night, 320 by 420, flashing in its own character."""
    foot = 326
    top = foot - 70 - light.height_m * 3
    rock = '<path d="M40 400q16 -46 52 -58 30 -22 70 -18 44 -6 70 20 34 8 50 56z" fill="#1a2430"/><path d="M160 324q44 -6 70 20 34 8 50 56h-90z" opacity=".3"/>'
    return _svg(320, 420, [
        f"<defs>{NIGHT}{HALO.format(colour=light.colour)}</defs>{STILL}",
        '<path d="M0 0h320v420H0z" fill="url(#n)"/>', _stars(320, 190, 46),
        '<circle cx="262" cy="60" r="19" fill="#f4ecd8"/><circle cx="254" cy="55" r="17" fill="#122439"/>',
        _beam(light, 160, top - 19, 340), "" if light.shape == "ship" else rock,
        _building(light, top, foot), _lantern(light, 160, top - 19), _waves(320, 362, 420, ["#16384c", "#102a3b", "#0a1c2a"]),
    ])  # fmt: skip


def coast(lights: Sequence[Light]) -> bytes:
    """The whole coast at dusk, 1600 by 700: the picture over the door."""
    *ashore, afloat = COAST_SITES
    slope = [(1600, 232), *((x, y + 12) for x, y, _ in ashore), (690, 700)]
    steps = [
        f"C{(ax + bx) // 2} {ay} {(ax + bx) // 2} {by} {bx} {by}" for (ax, ay), (bx, by) in pairwise(slope)
    ]
    hills = (
        f'<path d="M1600 700V232{"".join(steps)}z" fill="#1d2d3a"/>'
        '<path d="M1600 700V380q-120 -20 -210 40t-260 50-240 60-300 90v80z" fill="#13202c"/>'
    )
    parts = [
        f'<defs>{NIGHT}{HALO.format(colour="#ffd27a")}</defs>{STILL}<path d="M0 0h1600v700H0z" fill="url(#n)"/>',
        _stars(1600, 330, 150),
    ]
    parts += [
        '<circle cx="980" cy="120" r="44" fill="#f4ecd8"/><circle cx="962" cy="108" r="40" fill="#13283d"/>',
        hills,
    ]
    for light, (x, y, scale) in zip(lights, [*ashore, afloat], strict=True):
        parts.append(
            f'<g transform="translate({x} {y}) scale({scale})"><g class="b"><path d="M0 -74l-520 -70v140zM0 -74l300 -44v88z" fill="{light.colour}" opacity=".22"/>{_blink(light)}</g>'
            f'<circle cy="-74" r="54" fill="url(#h)"/><path d="M-8 -62h16l6 76h-28z" fill="#efe6d4"/><path d="M-10.6 -30h21.2l2 24h-25.2z" fill="{light.paint}"/>'
            f'<path d="M-12 -62h24v-4h-24zM-9 -82q9 -14 18 0z" fill="#101a24"/><path d="M-6 -82h12v16h-12z" fill="{light.colour}"/></g>'
        )
    return _svg(1600, 700, [*parts, _waves(1600, 600, 700, ["#1a4258", "#143548", "#0e2636", "#091a27"])])


def chart(lights: Sequence[Light]) -> bytes:
    """The chart of the coast, 800 by 420; its light marks are the areas of the image map."""
    clear = [(x + 40, y + 14) for x, y in (light.at for light in lights)] + [
        (x, 204) for x in range(40, 440, 80)
    ]
    places = [(40 + (i * 97) % 400, 44 + (i * 61) % 340, 3 + (i * 7) % 40) for i in range(60)]
    depths = "".join(
        f'<text x="{x}" y="{y}" font-size="11" fill="#7a8fa0" font-family="serif" font-style="italic">{fathoms}</text>'
        for x, y, fathoms in places
        if all(abs(x - cx) > 84 or abs(y - cy) > 44 for cx, cy in clear)
    )
    grid = "".join(
        f'<path d="M{x} 0v420" stroke="#9fb6c4" stroke-width=".5"/>' for x in range(80, 800, 120)
    ) + "".join(f'<path d="M0 {y}h800" stroke="#9fb6c4" stroke-width=".5"/>' for y in range(60, 420, 90))
    land = '<path d="M800 0v330q-40 -6 -60 -50t-60 -40-40 60-70 40-40 -50-60 -30-30 -60 30 -50 60 -30 90 -40 60 -80z" fill="#ead9a8" stroke="#6d5b35" stroke-width="1.5"/>'
    sand = '<path d="M190 340q60 -46 150 -22 60 20 -20 40t-130 -18z" fill="none" stroke="#6d5b35" stroke-dasharray="2 4"/><text x="318" y="388" font-size="12" font-style="italic" font-family="serif" fill="#6d5b35">Long Sand</text>'
    marks = []
    for light in lights:
        x, y = light.at
        marks.append(
            f'<path d="M{x} {y}l9 -30 9 8z" fill="#b0388f" opacity=".75"/><circle cx="{x}" cy="{y}" r="4.5" fill="#1c2a36"/><circle cx="{x}" cy="{y}" r="13" fill="none" stroke="#b0388f"/>'
            f'<text x="{x - 18}" y="{y + 30}" font-size="13" font-family="serif" fill="#1c2a36">{light.name}</text><text x="{x - 18}" y="{y + 44}" font-size="10" font-family="sans-serif" fill="#5b4a6b">{light.character}</text>'
        )
    title = '<text x="40" y="200" font-size="30" font-family="serif" letter-spacing="8" fill="#3d5566">MERROW COAST</text><text x="42" y="222" font-size="12" font-family="serif" font-style="italic" fill="#3d5566">not to be used for navigation, or for anything</text>'
    return _svg(
        800,
        420,
        [
            '<path d="M0 0h800v420H0z" fill="#dfeaf0"/>',
            grid,
            depths,
            sand,
            land,
            title,
            *marks,
            '<path d="M6 6h788v408H6z" fill="none" stroke="#3d5566" stroke-width="3"/>',
        ],
    )


def lens(rings: int = 13) -> bytes:
    """A first-order lens seen from the sea, 320 by 320."""
    circles = "".join(
        f'<circle cx="160" cy="160" r="{150 - ring * 11}" fill="hsl({196 + ring * 3} 45% {24 + ring * 5}%)" stroke="#e8f6f4" stroke-opacity=".5"/>'
        for ring in range(rings)
    )
    bars = "".join(
        f'<path d="M160 160L{160 + 150 * math.cos(math.tau * i / 12):.0f} {160 + 150 * math.sin(math.tau * i / 12):.0f}" stroke="#8a6a2f" stroke-width="2.5"/>'
        for i in range(12)
    )
    return _svg(
        320,
        320,
        [
            '<rect width="320" height="320" rx="12" fill="#0b1a2b"/>',
            circles,
            bars,
            '<circle cx="160" cy="160" r="22" fill="#ffe9b8"/><circle cx="160" cy="160" r="158" fill="none" stroke="#8a6a2f" stroke-width="4"/>',
        ],
    )


def rose() -> bytes:
    """A compass rose of thirty-two winds with a herring at south-south-west, 400 by 400."""
    points = []
    for rank, (step, long) in enumerate([(1, 105), (2, 128), (4, 150), (8, 172)]):
        for wind in range(0, 32, step):
            turn = wind * 360 / 32
            points.append(
                f'<g transform="rotate({turn} 200 200)"><path d="M200 {200 - long}l{7 + rank * 4} {long - 20 - rank * 8}L200 200z" fill="#b3362b"/><path d="M200 {200 - long}l{-7 - rank * 4} {long - 20 - rank * 8}L200 200z" fill="#f4ecd8"/></g>'
            )
    herring = '<g transform="rotate(202.5 200 200)"><path d="M188 18q12 -14 26 0l8 -6v12l-8 -6q-14 14 -26 0z" fill="#8fb4c4"/></g>'
    return _svg(
        400,
        400,
        [
            '<rect width="400" height="400" rx="12" fill="#17344a"/><circle cx="200" cy="200" r="178" fill="none" stroke="#c9b48a" stroke-width="2"/>',
            *points,
            herring,
            '<circle cx="200" cy="200" r="16" fill="#17344a" stroke="#c9b48a" stroke-width="3"/><text x="200" y="20" text-anchor="middle" font-family="serif" font-size="18" fill="#f4ecd8">N</text>',
        ],
    )


def flags() -> bytes:
    """MERROW spelled in signal flags on a line, 640 by 120."""
    red, blue, white, yellow = "#b3362b", "#1d4e8b", "#f8f4ea", "#f2c230"
    m = f'<path d="M0 0h70v60H0z" fill="{blue}"/><path d="M0 0l70 60M70 0L0 60" stroke="{white}" stroke-width="12"/>'
    e = f'<path d="M0 0h70v30H0z" fill="{blue}"/><path d="M0 30h70v30H0z" fill="{red}"/>'
    r = f'<path d="M0 0h70v60H0z" fill="{red}"/><path d="M35 0v60M0 30h70" stroke="{yellow}" stroke-width="14"/>'
    o = f'<path d="M0 60V0h70z" fill="{yellow}"/><path d="M0 60h70V0z" fill="{red}"/>'
    w = f'<path d="M0 0h70v60H0z" fill="{blue}"/><path d="M10 10h50v40H10z" fill="{white}"/><path d="M23 21h24v18H23z" fill="{red}"/>'
    hoist = "".join(
        f'<g transform="translate({40 + i * 98} {24 + 10 * math.sin(i / 5 * math.pi):.0f})">{flag}</g>'
        for i, flag in enumerate([m, e, r, r, o, w])
    )
    return _svg(
        640,
        120,
        [
            '<rect width="640" height="120" rx="12" fill="#a9c9d8"/><path d="M0 18q320 24 640 0" fill="none" stroke="#5b4630" stroke-width="2"/>',
            hoist,
        ],
    )


def tide() -> bytes:
    """The tide clock, 280 by 280: high water at a quarter to four."""
    ticks = "".join(
        f'<path d="M140 22v{14 if hour % 3 == 0 else 7}" stroke="#1c2a36" stroke-width="3" transform="rotate({hour * 30} 140 140)"/>'
        for hour in range(12)
    )
    return _svg(
        280,
        280,
        [
            '<circle cx="140" cy="140" r="134" fill="#8a6a2f"/><circle cx="140" cy="140" r="122" fill="#f4ecd8"/><path d="M30 160q27 -12 55 0t55 0 55 0 55 0a112 112 0 0 1-220 0" fill="#17506f" opacity=".35"/>',
            ticks,
            '<path d="M140 140l58 29" stroke="#b3362b" stroke-width="6" stroke-linecap="round"/><path d="M140 140H56" stroke="#1c2a36" stroke-width="4" stroke-linecap="round"/><circle cx="140" cy="140" r="7" fill="#1c2a36"/><text x="140" y="92" text-anchor="middle" font-family="serif" font-size="15" fill="#1c2a36">HIGH WATER</text>',
        ],
    )
