"""Tell two pictures of a page apart, pixel by pixel, and keep what differs for somebody to look at."""

from __future__ import annotations

import importlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.system.running import complain_or_skip

__all__ = ["Look", "compare", "keep", "kept_in"]

TOLERANCE = 2
"""How far a channel of a pixel, of 255, may be off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How two pictures of one page compare.

    Args:
        sizes: width and height of each.
        differing: how many pixels differ.
        share: of all pixels, those that differ; 1 where the sizes do.
    """

    sizes: tuple[tuple[int, int], tuple[int, int]]
    differing: int
    share: float


def compare(live: Sequence[bytes], copy: Sequence[bytes]) -> Look:
    """Compare two pictures.

    Args:
        live: PNGs of the bands of one, from the top.
        copy: of the other.
    """
    ours, theirs = [_opened(band) for band in live], [_opened(band) for band in copy]
    sizes = _size(ours), _size(theirs)
    if live == copy:
        return Look(sizes=sizes, differing=0, share=0.0)
    if sizes[0] != sizes[1]:
        return Look(sizes=sizes, differing=sizes[0][0] * sizes[0][1], share=1.0)
    differing = sum(_marked(*pair).histogram()[255] for pair in zip(ours, theirs, strict=True))
    return Look(sizes=sizes, differing=differing, share=differing / (sizes[0][0] * sizes[0][1]))


def keep(folder: Path, name: str, live: Sequence[bytes], copy: Sequence[bytes]) -> None:
    """Write live, copy and difference as `NAME-BAND-live.png` and so on; black is what differs."""
    folder.mkdir(parents=True, exist_ok=True)
    for word, bands in (("live", live), ("copy", copy)):
        for number, band in enumerate(bands):
            (folder / f"{name}-{number}-{word}.png").write_bytes(band)
    for number, (ours, theirs) in enumerate(zip(live, copy, strict=False)):
        marked = _marked(_opened(ours), _opened(theirs))
        marked.point([255 - value for value in range(256)]).save(folder / f"{name}-{number}-difference.png")


def kept_in(folder: Path) -> Path:
    """Where pictures are kept: `CRAWLER_ARTIFACTS` if that is set, else `folder`."""
    named = os.environ.get("CRAWLER_ARTIFACTS")
    return Path(named) if named else folder


def _marked(ours: Any, theirs: Any) -> Any:
    """255 where a channel is further off than the tolerance, else 0; as large as what both have."""
    chops = _pillow("ImageChops")
    corner = (0, 0, min(ours.width, theirs.width), min(ours.height, theirs.height))
    both = (each.crop(corner).convert("RGB") for each in (ours, theirs))
    red, green, blue = chops.difference(*both).split()
    most = chops.lighter(chops.lighter(red, green), blue)
    return most.point([255 if value > TOLERANCE else 0 for value in range(256)])


def _size(bands: Sequence[Any]) -> tuple[int, int]:
    return bands[0].width, sum(band.height for band in bands)


def _opened(png: bytes) -> Any:
    return _pillow("Image").open(io.BytesIO(png))


def _pillow(module: str) -> Any:
    try:
        return importlib.import_module(f"PIL.{module}")
    except ModuleNotFoundError:
        complain_or_skip("Pillow (dependency group browser)")
