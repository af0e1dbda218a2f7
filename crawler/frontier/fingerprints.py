"""Shrink keys to numbers: 128 bits that stand for a key, 32 that only narrow down.

A page's links are kept as 32 bits each, so that "who links there?" is asked without storing links. Two keys may
share such a fingerprint; then a page is looked at once too often, never once too seldom.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from zlib import crc32

__all__ = ["awaiting", "carrying", "fingerprint", "holds", "key_hash", "pack", "told_live", "unpack"]

_HOST_BYTES = 4
_KEY_BYTES = 12


def key_hash(key: str) -> bytes:
    """What a key is found by: 16 bytes, the same in every process, run and machine.

    The first four are of the authority, so that the URLs of one host lie together in an index and a page's
    links are looked up in one place. The others tell two keys of one host apart: among 10 million of them the
    odds that any two are the same are 1 to 10^15.
    """
    octets = key.encode("utf-8", "surrogatepass")
    authority = key.partition("://")[2].partition("/")[0]
    return _host_hash(authority) + blake2b(octets, digest_size=_KEY_BYTES).digest()


@lru_cache(maxsize=4096)
def _host_hash(authority: str) -> bytes:
    return blake2b(authority.encode("utf-8", "surrogatepass"), digest_size=_HOST_BYTES).digest()


def fingerprint(key: str) -> int:
    """The CRC-32 of the key as UTF-8: the same in every process, run and machine."""
    return crc32(key.encode("utf-8", "surrogatepass"))


def told_live(key: str) -> str:
    """What stands for the key in a page that links to it live, because it did not belong to the crawl."""
    return f"live {key}"


def carrying(key: str) -> str:
    """What stands for the key in a page that holds it, or a part of it."""
    return f"carried {key}"


def awaiting(key: str) -> str:
    """What stands for the key in a page that would hold it, had it been there."""
    return f"awaited {key}"


def pack(keys: Iterable[str]) -> bytes:
    """The distinct fingerprints of the keys, ascending, four bytes each, little endian."""
    return _little_endian(array("I", sorted({fingerprint(key) for key in keys}))).tobytes()


def unpack(packed: bytes) -> array[int]:
    """What `pack` packed; a torn last number is dropped."""
    fingerprints = array("I")
    fingerprints.frombytes(packed[: len(packed) - len(packed) % fingerprints.itemsize])
    return _little_endian(fingerprints)


def holds(ascending: array[int], number: int) -> bool:
    """Whether a number is among these: four bytes each, where a set takes sixty."""
    place = bisect_left(ascending, number)
    return place < len(ascending) and ascending[place] == number


def _little_endian(fingerprints: array[int]) -> array[int]:
    if sys.byteorder == "big":
        fingerprints.byteswap()
    return fingerprints
