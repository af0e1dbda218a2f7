"""Read `crawler.toml`: the same options as the command line, with `_` for `-`.

Flags beat environment variables beat the file. What the crawl was asked to do is kept apart in
`context.obj`, in the types of TOML; what only concerns this run becomes click's default map.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import click

from crawler.errors import UsageError
from crawler.wording import FIELD_OF, OPTION_NAMES, read_options

__all__ = ["DEFAULT_FILE", "load_settings"]

DEFAULT_FILE = "crawler.toml"
_SEEDS = "seeds"


def load_settings(context: click.Context, path: str | None) -> None:
    """Make the file's values the defaults of the command in `context`.

    Args:
        context: of a command whose options may stand in the file.
        path: the file; None: `crawler.toml` in the working directory, if there is one.

    Raises:
        UsageError: the file cannot be read, is no TOML, holds an unknown key or a value of a wrong type.
    """
    file = Path(path or DEFAULT_FILE)
    if path is None and not file.is_file():
        return
    params = {each.name: each for each in context.command.params if each.name != "config"}
    wishes: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    try:
        for key, value in _read(file).items():
            if key == _SEEDS:
                wishes[key] = _seeds(value)
            elif key in params and key not in OPTION_NAMES:
                defaults[key] = _converted(context, params[key], _from_environment(key, value))
            else:
                value = _from_environment(key, value)  # noqa: PLW2901 - the same wish, written out
                read_options({key: value})
                wishes[FIELD_OF.get(key, key)] = value
    except UsageError as error:
        raise UsageError(f"config {file}: {error}") from None
    context.obj = wishes
    context.default_map = {**(context.default_map or {}), **defaults}


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{error.strerror}; name a file that can be read with --config") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{error}; correct the file") from None


def _seeds(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    raise UsageError("seeds must be a list of texts: URLs or files of URLs")


def _from_environment(key: str, value: Any) -> Any:
    """The value with every `{env = "NAME"}` in it replaced: what no file should hold.

    Raises:
        UsageError: there is no such variable.
    """
    if isinstance(value, list):
        return [_from_environment(key, each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() != {"env"}:
        return {name: _from_environment(key, each) for name, each in value.items()}
    name = value["env"]
    if not isinstance(name, str) or name not in os.environ:
        raise UsageError(f"{key}: there is no environment variable {name!r:.60}; set it")
    return os.environ[name]


def _converted(context: click.Context, param: click.Parameter, value: Any) -> Any:
    """A value for an option of this run, as click reads it; TOML's own types must fit too."""
    if isinstance(param, click.Option) and (param.is_flag or param.count):
        wanted: type = int if param.count else bool
        if isinstance(value, bool) is (wanted is bool) and isinstance(value, wanted):
            return value
        raise UsageError(f"{param.name} is {value!r:.60}; it must be {_NAMES[wanted]}")
    if isinstance(param, click.Option) and param.multiple:
        texts = [value] if isinstance(value, str) else value
        if isinstance(texts, list) and all(isinstance(each, str) for each in texts):
            return texts
        raise UsageError(f"{param.name} has the wrong type; it must be a list of texts")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UsageError(f"{param.name} is {value!r:.60}; it must be a text or a number")
    try:
        return param.type_cast_value(context, str(value))
    except click.BadParameter as error:
        raise UsageError(f"{param.name}: {' '.join(error.message.split())}") from None


_NAMES = {int: "a whole number", bool: "true or false"}
