"""Read what was found as what it is meant to be: a number, a date, a URL; and change it on the way."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from crawler.extraction.rule import Field, Type
from crawler.urls import canonicalize

__all__ = ["TRANSFORMS", "BrokenValueError", "collapsed", "json_of", "value_of"]

_MOST_SHOWN = 40
_NUMBER = re.compile(r"[+-]?\d[\d\s.,'\u00a0\u202f\u2009\u2019]*")
_YES = frozenset({"true", "yes", "1", "on", "in stock", "instock"})
_NO = frozenset({"false", "no", "0", "off", "out of stock", "outofstock"})
_MINUS = "\u2212"


class BrokenValueError(Exception):
    """What was found is not what it should be; `str()` of it says so in a few words."""


def collapsed(text: str) -> str:
    """White space in a row is one space, and none stands at the ends."""
    return " ".join(text.split())


def json_of(text: str) -> Any:
    """The value of a JSON text; what is no number (NaN, Infinity, 1e999) is null.

    Raises:
        ValueError: it is none, or nested too deeply.
    """

    def finite(said: str) -> float | None:
        number = float(said)
        return number if math.isfinite(number) else None

    try:
        return json.loads(text, parse_constant=lambda _: None, parse_float=finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None


TRANSFORMS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "lower": str.lower,
        "upper": str.upper,
        "title": str.title,
        "digits": lambda text: "".join(each for each in text if each.isdigit()),
        "collapse": collapsed,
        "strip": str.strip,
    }
)
"""By the name that rules.toml says."""


def value_of(found: Any, field: Field, url: str) -> Any:
    """The value of a field; None if nothing is left of it.

    Args:
        found: a text, or a JSON value that JSON or JSON-LD held.
        field: says what it is.
        url: the base of relative URLs.

    Raises:
        BrokenValueError: it cannot be read so.
    """
    if isinstance(found, dict | list) and field.type in (Type.JSON, Type.TEXT):
        return found
    if not isinstance(found, str):
        if found is None or _is_it_already(found, field):
            return found
        found = json.dumps(found)
    text = found if field.takes_html else collapsed(found)
    if field.match is not None:
        matched = field.match.search(text)
        if matched is None:
            return None
        text = next((each for each in matched.groups() if each is not None), matched[0])
    for pattern, instead in field.replacements:
        text = pattern.sub(instead, text)
    for name in field.transforms:
        text = TRANSFORMS[name](text)
    if not text.strip():
        return None
    return _READERS[field.type](text, field, url)


def _is_it_already(found: Any, field: Field) -> bool:
    if field.match is not None or field.replacements or field.transforms:
        return False
    if isinstance(found, bool):
        return field.type in (Type.BOOLEAN, Type.JSON)
    if isinstance(found, int):
        return field.type in (Type.INTEGER, Type.NUMBER, Type.JSON)
    return isinstance(found, float) and field.type in (Type.NUMBER, Type.JSON) and math.isfinite(found)


def _number_text(text: str, field: Field) -> str:
    """The first number of a text, as Python writes it: `1.299,00 EUR` with `decimal = ","` is `1299.00`."""
    matched = _NUMBER.search(text.replace(_MINUS, "-"))
    if matched is None:
        raise BrokenValueError(f"{_shown(text)} holds no number")
    whole, _, fraction = matched[0].rstrip(" .,'").partition(field.decimal)
    digits = re.sub(r"[^\d+-]", "", whole)
    rest = re.match(r"\d*", fraction)
    return f"{digits}.{rest[0]}" if rest and rest[0] else digits


def _integer(text: str, field: Field, url: str) -> int:  # noqa: ARG001 - one signature for all
    number = _number_text(text, field)
    try:
        value = float(number) if "." in number else int(number)
    except ValueError:
        raise BrokenValueError(f"{_shown(text)} holds no number") from None
    if abs(value) == math.inf:
        raise BrokenValueError(f"{_shown(text)} is too large for a number")
    if value != int(value):
        raise BrokenValueError(f"{_shown(text)} is no whole number")
    return int(value)


def _float(text: str, field: Field, url: str) -> float:  # noqa: ARG001 - the same
    value = float(_number_text(text, field))
    if not math.isfinite(value):
        raise BrokenValueError(f"{_shown(text)} is too large for a number")
    return value


def _boolean(text: str, field: Field, url: str) -> bool:  # noqa: ARG001 - the same
    word = text.strip().lower().rpartition("/")[2]
    if word in _YES or word in _NO:
        return word in _YES
    raise BrokenValueError(f"{_shown(text)} is neither yes nor no")


def _url(text: str, field: Field, url: str) -> str:  # noqa: ARG001 - the same
    found = canonicalize(text.strip(), url)
    if found is None:
        raise BrokenValueError(f"{_shown(text)} is no URL")
    return found


def _date(text: str, field: Field, url: str) -> str:  # noqa: ARG001 - the same
    """In ISO 8601; a day without a time stays one."""
    text = text.strip()
    try:
        if not field.date_format:
            told = datetime.fromisoformat(text)
            return told.date().isoformat() if len(text) <= len("2026-11-28") else told.isoformat()
        told = datetime.strptime(text, field.date_format)  # noqa: DTZ007 - as the page tells it
    except ValueError:
        raise BrokenValueError(f"{_shown(text)} is no date") from None
    has_time = any(mark in field.date_format for mark in ("%H", "%I", "%X", "%c", "%T"))
    return told.isoformat() if has_time else told.date().isoformat()


def _json(text: str, field: Field, url: str) -> Any:  # noqa: ARG001 - the same
    try:
        return json_of(text)
    except ValueError:
        raise BrokenValueError(f"{_shown(text)} is no JSON") from None


def _text(text: str, field: Field, url: str) -> str:  # noqa: ARG001 - the same
    return text


_READERS: Mapping[Type, Callable[[str, Field, str], Any]] = MappingProxyType(
    {
        Type.TEXT: _text,
        Type.INTEGER: _integer,
        Type.NUMBER: _float,
        Type.BOOLEAN: _boolean,
        Type.URL: _url,
        Type.DATE: _date,
        Type.JSON: _json,
    }
)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}...")
