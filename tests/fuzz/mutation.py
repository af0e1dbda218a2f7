"""Damage real bytes in the ways that break readers: cut, repeat, splice, flip, and put signs of the format anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

__all__ = ["damaged", "damaged_text"]

_MAX_STEPS = 8
_MAX_REPEATS = 40


@st.composite
def damaged(draw: st.DrawFn, seeds: Sequence[bytes], signs: Sequence[bytes]) -> bytes:
    """One of `seeds` after a few steps; `signs` are what the format is made of."""
    body = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, _MAX_STEPS))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 40)))
        step = draw(st.sampled_from(["sign", "drop", "repeat", "splice", "octets", "cut"]))
        match step:
            case "sign":
                middle = draw(st.sampled_from(signs))
            case "drop":
                middle = b""
            case "repeat":
                middle = body[start:end] * draw(st.integers(2, _MAX_REPEATS))
            case "splice":
                other = draw(st.sampled_from(seeds))
                at = draw(st.integers(0, len(other)))
                middle = other[at : at + draw(st.integers(0, 200))]
            case "octets":
                middle = draw(st.binary(max_size=6))
            case _:
                end, middle = len(body), b""
        body = body[:start] + middle + body[end:]
    return body


def damaged_text(seeds: Sequence[str], signs: Sequence[str]) -> st.SearchStrategy[str]:
    """The same of text, lone surrogates included."""
    return damaged(
        [each.encode("utf-8", "surrogatepass") for each in seeds],
        [each.encode("utf-8", "surrogatepass") for each in signs],
    ).map(lambda body: body.decode("utf-8", "surrogateescape"))
