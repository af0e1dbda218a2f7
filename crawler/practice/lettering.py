"""Cut the display letters of the practice site: a font of our own, so that no licence travels with it.

Every letter is a few strokes of a router on a board: lines and arcs thickened to one width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["ALSO", "LETTERS", "Glyph", "cut"]

Point = tuple[float, float]
Glyph = tuple[int, list[list[tuple[int, int]]]]

UNIT = 50
HALF_PEN = 0.92
BEARING = 1.75
SHARP_COSINE = -0.2
ARC_STEP_DEGREES = 15

# Strokes are split by `;`, points by blanks; `@cx,cy,rx,ry,from,to` is an arc in degrees.
LETTERS = {
    " ": "",
    "A": "0,0 4.1,14.4 5.1,14.4 9.2,0;1.6,4.3 7.6,4.3",
    "B": "0,7 0,14 4.2,14 @4.2,10.9,3.1,3.1,90,-90 0,7.8;0,7.8 4.6,7.8 @4.6,3.9,3.7,3.9,90,-90 0,0 0,8",
    "C": "@5.4,7,5.4,7,48,312",
    "D": "0,7 0,14 3.5,14 @3.5,7,5.7,7,90,-90 0,0 0,7",
    "E": "7,14 0,14 0,0 7,0;0,7.3 6,7.3",
    "F": "7,14 0,14 0,0;0,7.3 6,7.3",
    "G": "@5.4,7,5.4,7,48,330 10.4,6.4 6,6.4",
    "H": "0,0 0,14;9,0 9,14;0,7.3 9,7.3",
    "I": "0,0 0,14",
    "J": "5,14 5,4 @2.5,4,2.5,4,0,-160",
    "K": "0,0 0,14;7.8,14 0,5.8;2.9,8.8 8.4,0",
    "L": "0,14 0,0 6.5,0",
    "M": "0,0 0.5,14.6 5.6,4 10.7,14.6 11.2,0",
    "N": "0,0 0,14.6 9,-0.6 9,14",
    "O": "@5.7,7,5.7,7,90,450",
    "P": "0,0 0,14 4.4,14 @4.4,10.3,3.7,3.7,90,-90 0,6.6",
    "Q": "@5.7,7,5.7,7,90,450;6.2,4 10.8,-1",
    "R": "0,0 0,14 4.4,14 @4.4,10.3,3.7,3.7,90,-90 0,6.6;4,6.6 8.4,0",
    "S": "@4.2,10.4,3.8,3.6,35,270 @4.2,3.4,4.2,3.4,90,-145",
    "T": "0,14 9,14;4.5,14 4.5,0",
    "U": "0,14 0,4.6 @4.5,4.6,4.5,4.6,180,360 9,14",
    "V": "0,14 4.3,-0.4 5.3,-0.4 9.6,14",
    "W": "0,14 3.5,-0.6 7,12 10.5,-0.6 14,14",
    "X": "0,0 8.6,14;0,14 8.6,0",
    "Y": "0,14 4.5,6.5 9,14;4.5,6.9 4.5,0",
    "Z": "0.4,14 8,14 0.1,0 8.3,0",
    "0": "@4.4,7,4.4,7,90,450",
    "1": "0,11 3,14 3,0",
    "2": "@3.9,10,3.9,4,165,-30 0.4,0 8,0",
    "3": "@3.8,10.7,3.4,3.3,150,-90 @3.8,3.7,4,3.7,90,-150",
    "4": "6,0 6,14.4 0,4 8.4,4",
    "5": "7.2,14 1.2,14 0.8,7.6 @4,4.6,4.1,4.6,130,-150",
    "6": "@4.2,4.3,4.2,4.3,90,450;6,14 0.7,6.4",
    "7": "0,14 8,14 2.6,0",
    "8": "@4.2,10.8,3.4,3.2,90,450;@4.2,3.8,4.2,3.8,90,450",
    "9": "@4.2,9.7,4.2,4.3,90,450;2.4,0 7.7,7.6",
    ".": "0,-0.9 0,0.9",
    ",": "0.6,0.9 0,-2.4",
    "'": "0,14 0,10",
    "-": "0,6.4 4.4,6.4",
    ":": "0,-0.9 0,0.9;0,7 0,8.8",
    "/": "0,-1 6,15",
    "(": "@5,6.5,5,9.5,130,230",
    ")": "@-2,6.5,5,9.5,50,-50",
    "!": "0,14 0,4.6;0,-0.9 0,0.9",
    "?": "@3.6,10.5,3.6,3.5,165,-60 3.9,5.6 3.9,4.2;3.9,-0.9 3.9,0.9",
    "É": "7,14 0,14 0,0 7,0;0,7.3 6,7.3;2.6,16.6 5,18.6",
    "Ö": "@5.7,7,5.7,7,90,450;3.4,16.4 3.4,18.2;8,16.4 8,18.2",
}
ALSO = {"\u2019": "'", "\u00a0": " ", "\u2013": "-"}


def _points(stroke: str) -> list[Point]:
    points: list[Point] = []
    for token in stroke.split():
        numbers = [float(number) for number in token.lstrip("@").split(",")]
        if not token.startswith("@"):
            points.append((numbers[0], numbers[1]))
            continue
        centre_x, centre_y, radius_x, radius_y, first, last = numbers
        steps = max(2, round(abs(last - first) / ARC_STEP_DEGREES))
        for step in range(steps + 1):
            angle = math.radians(first + (last - first) * step / steps)
            points.append((centre_x + radius_x * math.cos(angle), centre_y + radius_y * math.sin(angle)))
    return [point for i, point in enumerate(points) if i == 0 or math.dist(point, points[i - 1]) > 0.01]


def _normals(points: Sequence[Point]) -> list[Point]:
    lengths = [math.dist(a, b) for a, b in pairwise(points)]
    return [
        ((ay - by) / length, (bx - ax) / length)
        for ((ax, ay), (bx, by)), length in zip(pairwise(points), lengths, strict=True)
    ]


def _offsets(points: Sequence[Point]) -> list[tuple[Point, Point]]:
    """Each vertex with the vector to its left edge; a sharp corner stands twice, which bevels it."""
    normals = _normals(points)
    offsets = [(points[0], normals[0])]
    for point, (ax, ay), (bx, by) in zip(points[1:], normals, normals[1:], strict=False):
        cosine = ax * bx + ay * by
        if cosine < SHARP_COSINE:
            offsets += [(point, (ax, ay)), (point, (bx, by))]
        else:
            offsets.append((point, ((ax + bx) / (1 + cosine), (ay + by) / (1 + cosine))))
    return [*offsets, (points[-1], normals[-1])]


def _contour(stroke: str) -> list[tuple[int, int]]:
    offsets = _offsets(_points(stroke))
    left = [(x + dx * HALF_PEN, y + dy * HALF_PEN) for (x, y), (dx, dy) in offsets]
    right = [(x - dx * HALF_PEN, y - dy * HALF_PEN) for (x, y), (dx, dy) in reversed(offsets)]
    return [(round((x + BEARING) * UNIT), round(y * UNIT)) for x, y in left + right]


def cut(strokes: str) -> Glyph:
    """A letter as its advance width and its outlines, in thousandths of the type size.

    Args:
        strokes: as in `LETTERS`.
    """
    contours = [_contour(stroke) for stroke in strokes.split(";") if stroke]
    if not contours:
        return 6 * UNIT, []
    shift = round((BEARING - HALF_PEN) * UNIT) - min(x for contour in contours for x, _ in contour)
    contours = [[(x + shift, y) for x, y in contour] for contour in contours]
    return max(x for contour in contours for x, _ in contour) + round((BEARING - HALF_PEN) * UNIT), contours
