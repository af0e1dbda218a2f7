"""Read options as people write them: in a call, in crawler.toml, in JSON.

Amounts may be written out (`"1h"`, `"20MB"`), one text may stand for a list of one, `types` and `traps_off`
may be one text with commas. Whatever cannot be meant is a `UsageError` that names the option and what to write.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from crawler.auth import Auth, Login
from crawler.errors import UsageError
from crawler.options import (
    BudgetOptions,
    CrawlOptions,
    FetchOptions,
    KeepOptions,
    PoliteOptions,
    ScopeOptions,
)
from crawler.override import LEARNED, Override
from crawler.quantities import parse_duration, parse_size
from crawler.shared import SharedOptions
from crawler.urls import canonicalize, host_key, hostname

__all__ = ["FIELD_OF", "OPTION_NAMES", "read_options"]

FIELD_OF = {"header": "headers", "host": "overrides"}
"""Options that are written in another way than their field in `CrawlOptions`."""

_GROUPS = (ScopeOptions, BudgetOptions, PoliteOptions, FetchOptions, KeepOptions, SharedOptions)
# Annotations are text here (PEP 563): `int | None`, `tuple[str, ...]`, `ScopeKind`.
_REFRESH = {"refresh_after": "interval | None", "refresh_paths": "paths"}
_KINDS = (
    {"fresh": "bool", "processes": "processes"}
    | {field.name: str(field.type) for group in _GROUPS for field in dataclasses.fields(group)}
    | _REFRESH
)
_COMMA_LISTS = frozenset({"types", "traps_off"})
_SIZES = frozenset(
    {"max_bytes", "max_body", "min_rate", "segment_bytes", "max_disk", "min_free", "log_bytes"}
)
_SAID_OF_HOSTS = {
    field.name: str(field.type) for field in dataclasses.fields(Override) if field.name != "hosts"
} | _REFRESH
_HEADER = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\x00-\x1f\x7f]*")  # RFC 9110 section 5.1
_MOST = 2**63 - 1  # what SQLite holds
_MOST_PROCESSES = 64

OPTION_NAMES = frozenset({*_KINDS, *FIELD_OF})
"""Everything `read_options` knows."""


def read_options(values: Mapping[str, Any]) -> CrawlOptions:
    """The options that flat names and values ask for, e.g. `{"max_pages": 10, "max_time": "1h"}`.

    Raises:
        UsageError: a name is unknown, or a value cannot be obeyed; header lines are not repeated in it.
    """
    read: dict[str, Any] = {}
    for name, value in values.items():
        field = FIELD_OF.get(name, name)
        if field not in _KINDS:
            raise UsageError(f"unknown option {name}; see crawler crawl --help for the names")
        kind, _, none = _KINDS[field].partition(" | ")
        if value is None and none:
            continue
        reader: Callable[[str, Any], Any] = _READERS.get(kind, _text)
        read[field] = reader(field, value)
    _check_headers(read.get("headers", ()))
    return CrawlOptions.of(read)


def _auths(name: str, value: Any) -> tuple[Auth, ...]:
    """Of texts `USER:PASS@HOST`, or of a table of origins as crawler.toml has it; no secret is repeated."""
    if isinstance(value, Mapping):
        return tuple(_auth_of_table(place, each) for place, each in value.items())
    if isinstance(value, tuple | list) and all(isinstance(each, Auth) for each in value):
        return tuple(value)
    texts = [value] if isinstance(value, str) else value
    if isinstance(texts, list | tuple) and all(isinstance(each, str) for each in texts):
        return tuple(_auth_of_text(number, text) for number, text in enumerate(texts, 1))
    raise UsageError(f"{name} has the wrong type; it must be texts USER:PASS@HOST or a table of origins")


def _auth_of_text(number: int, text: str) -> Auth:
    said, at, place = text.rpartition("@")
    scheme = next((each for each in ("https://", "http://") if said.startswith(each)), "")
    user, colon, password = said.removeprefix(scheme).partition(":")
    if not (at and colon and user and place):
        raise UsageError(f"auth {number} is none; write USER:PASS@HOST")
    if scheme:
        return Auth(place=scheme + place.rstrip("/"), user=unquote(user), password=unquote(password))
    return Auth(place=place, user=user, password=password)


def _auth_of_table(place: str, table: Any) -> Auth:
    fields = {"user", "password", "bearer"}
    if not isinstance(table, Mapping) or not table or not table.keys() <= fields:
        raise UsageError(f"auth for {place} must be a table with user and password, or bearer")
    if not all(isinstance(each, str) for each in table.values()):
        raise UsageError(f"auth for {place}: {', '.join(sorted(table))} must be texts")
    return Auth(place=place, **table)


def _logins(name: str, value: Any) -> tuple[Login, ...]:
    """Of tables with `url` and `fields`; nothing that is filled in is repeated."""
    tables = [value] if isinstance(value, Mapping) else value
    if isinstance(tables, list | tuple) and all(isinstance(each, Mapping | Login) for each in tables):
        return tuple(each if isinstance(each, Login) else _login(each) for each in tables)
    raise UsageError(f"{name} has the wrong type; it must be tables [[login]] with url and fields")


def _login(table: Mapping[str, Any]) -> Login:
    url, fields = table.get("url"), table.get("fields")
    if table.keys() != {"url", "fields"} or not isinstance(url, str) or not isinstance(fields, Mapping):
        raise UsageError("login must have url, a text, and fields, a table of texts, and nothing else")
    if not all(isinstance(each, str) for each in fields.values()):
        raise UsageError(f"login at {url}: every field must be a text")
    return Login(url=url, fields=tuple(fields.items()))


def _overrides(name: str, value: Any) -> tuple[Override, ...]:
    """Of a table of hosts, each with a table of options."""
    if isinstance(value, tuple | list) and all(isinstance(each, Override) for each in value):
        return tuple(value)
    if not isinstance(value, Mapping):
        raise _wrong(name, value, 'tables like [host."example.org"]')
    read: dict[str, Override] = {}
    for hosts, table in value.items():
        override = _override(str(hosts), table)
        if override.hosts in read:
            raise UsageError(f'host "{hosts}" has two tables; write one')
        read[override.hosts] = override
    return tuple(read.values())


def _override(hosts: str, table: Any) -> Override:
    names = ", ".join(sorted(_SAID_OF_HOSTS))
    if not isinstance(table, Mapping) or not table:
        raise UsageError(f'host "{hosts:.80}" must be a table with one or more of {names}')
    if unknown := [str(name) for name in table if name not in _SAID_OF_HOSTS]:
        raise UsageError(f'host "{hosts:.80}": unknown option {unknown[0]:.40}; choose from {names}')
    said = {}
    for name, value in table.items():
        reader: Callable[[str, Any], Any] = _READERS.get(_SAID_OF_HOSTS[name].partition(" | ")[0], _text)
        try:
            said[name] = reader(name, value)
        except UsageError as error:
            raise UsageError(f'host "{hosts:.80}": {error}') from None
    return Override(hosts=_canonical_hosts(hosts), **said)


def _canonical_hosts(written: str) -> str:
    """Hosts as a URL would name them: `*.Bücher.example:443` is `*.xn--bcher-kva.example`."""
    star = "*." if written.startswith("*.") else ""
    name = written.removeprefix(star)
    url = None if re.search(r"[\s/?#@\\]", name) else canonicalize(f"http://{name}/")
    if url is None or (star and re.fullmatch(r"[0-9.]+|.*:.*", hostname(url))):
        raise UsageError(
            f'host "{written:.80}" is none; write example.org, example.org:8080 or *.example.org'
        )
    return star + host_key(url)


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _wrong(name, value, "true or false")


def _count(name: str, value: Any) -> int:
    if name in _SIZES and isinstance(value, str):
        value = _amount(name, parse_size, value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(name, value, "a size like 20MB" if name in _SIZES else "a whole number")
    if value > _MOST:
        raise _wrong(name, value, f"at most {_MOST}")
    return value


def _processes(name: str, value: Any) -> int | str:
    if value == "auto":
        return "auto"
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= _MOST_PROCESSES:
        raise _wrong(name, value, f"auto, or a number from 1 to {_MOST_PROCESSES}")
    return number


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, str):
        value = _amount(name, parse_duration, value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(name, value, "a duration: seconds, or a text like '1h30m'")
    return float(value)


def _interval(name: str, value: Any) -> float:
    return LEARNED if value in ("auto", LEARNED) else _seconds(name, value)


def _paths(name: str, value: Any) -> tuple[tuple[str, float], ...]:
    """Of a table of patterns, each with a duration or `auto`."""
    if isinstance(value, tuple):
        return value
    if not isinstance(value, Mapping):
        raise _wrong(name, value, 'a table like {"/news/*" = "1h"}')
    return tuple((str(pattern), _interval(name, seconds)) for pattern, seconds in value.items())


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        parts = value.split(",") if name in _COMMA_LISTS else [value]
        return tuple(part.strip() for part in parts if part.strip())
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise _wrong(name, value, "a list of texts")


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _wrong(name, value, "a text")


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "bool": _flag,
    "int": _count,
    "float": _seconds,
    "interval": _interval,
    "paths": _paths,
    "processes": _processes,
    "tuple[str, ...]": _texts,
    "tuple[Auth, ...]": _auths,
    "tuple[Login, ...]": _logins,
    "tuple[Override, ...]": _overrides,
}


def _amount(name: str, parse: Callable[[str], float], text: str) -> float:
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(f"{_written(name)}: {error}") from None


def _wrong(name: str, value: Any, wanted: str) -> UsageError:
    shown = "" if name == "headers" else f" is {value!r:.60}"
    return UsageError(f"{_written(name)}{shown or ' has the wrong type'}; it must be {wanted}")


def _written(field: str) -> str:
    return next((name for name, other in FIELD_OF.items() if other == field), field).replace("_", "-")


def _check_headers(lines: tuple[str, ...]) -> None:
    """A header may be a secret: what is wrong with it is said without showing it."""
    for number, line in enumerate(lines, 1):
        if not _HEADER.fullmatch(line):
            raise UsageError(f"header {number} is none; write 'Name: value' on one line")
