"""Shrink a page's links to 32 bits each, so that "who links there?" is asked without storing links.

Two keys may share a fingerprint; then a page is looked at once too often, never once too seldom.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from zlib import crc32

__all__ = ["fingerprint", "pack", "told_live", "unpack"]


def fingerprint(key: str) -> int:
    """The CRC-32 of the key as UTF-8: the same in every process, run and machine."""
    return crc32(key.encode("utf-8", "surrogatepass"))


def told_live(key: str) -> str:
    """What stands for the key in a page that links to it live, because it did not belong to the crawl."""
    return f"live {key}"


def pack(keys: Iterable[str]) -> bytes:
    """The distinct fingerprints of the keys, ascending, four bytes each, little endian."""
    return _little_endian(array("I", sorted({fingerprint(key) for key in keys}))).tobytes()


def unpack(packed: bytes) -> array[int]:
    """What `pack` packed; a torn last number is dropped."""
    fingerprints = array("I")
    fingerprints.frombytes(packed[: len(packed) - len(packed) % fingerprints.itemsize])
    return _little_endian(fingerprints)


def _little_endian(fingerprints: array[int]) -> array[int]:
    if sys.byteorder == "big":
        fingerprints.byteswap()
    return fingerprints
