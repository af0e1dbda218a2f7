"""Spell values with their options for another process, as JSON, and read them back.

Nothing is unpickled, though both ends are this very program: a reader that can make any object is one flaw
away from running what it reads.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any, TypeVar

from crawler.auth import Auth, Login
from crawler.fetch.setcookie import Cookie
from crawler.options import (
    BudgetOptions,
    CrawlOptions,
    FetchOptions,
    KeepOptions,
    PoliteOptions,
    ScopeOptions,
)
from crawler.override import Override
from crawler.shared import SharedOptions

__all__ = ["read_value", "spell"]

T = TypeVar("T")

_CLASS = "class"
_CLASSES = {
    each.__name__: each
    for each in (
        *(Auth, BudgetOptions, Cookie, CrawlOptions, FetchOptions, KeepOptions, Login),
        *(Override, PoliteOptions, ScopeOptions, SharedOptions),
    )
}


def spell(value: Any) -> str:
    """A dataclass as one line; it may hold passwords."""
    return json.dumps(value, default=_fields)


def read_value(text: bytes | str, wanted: type[T]) -> T:
    """The value that a line spells.

    Args:
        text: as `spell` made it, maybe in another version of this program.
        wanted: what it must be.

    Raises:
        ValueError: it breaks off, or is something else.
    """
    classes = _CLASSES | {wanted.__name__: wanted}

    def made(fields: dict[str, Any]) -> Any:
        name = fields.pop(_CLASS, None)
        if name is None:
            return fields
        return classes[name](**{key: _tuples(value) for key, value in fields.items()})

    try:
        value = json.loads(text, object_hook=made)
    except (TypeError, KeyError) as error:
        raise ValueError(f"it is of another version: {error}") from error
    if not isinstance(value, wanted):
        raise ValueError(f"no {wanted.__name__}")  # noqa: TRY004 - what was read is what is wrong
    return value


def _fields(value: Any) -> dict[str, Any]:
    """A value by the names of its fields, for JSON."""
    names = [each.name for each in dataclasses.fields(value)]
    return {_CLASS: type(value).__name__, **{name: getattr(value, name) for name in names}}


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
