"""Read `crawler.toml`: the same options as the command line, with `_` for `-`.

Flags beat environment variables beat the file, which click does once the file is its default map.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

from crawler.errors import UsageError

__all__ = ["DEFAULT_FILE", "load_settings"]

DEFAULT_FILE = "crawler.toml"
_OWN_KEYS = frozenset({"seeds", "output"})


def load_settings(context: click.Context, path: str | None) -> None:
    """Make the file's values the defaults of the command in `context`.

    Args:
        context: of a command whose options may stand in the file.
        path: the file; None: `crawler.toml` in the working directory, if there is one.

    Raises:
        UsageError: the file cannot be read, is no TOML, or holds an unknown key.
    """
    file = Path(path or DEFAULT_FILE)
    if path is None and not file.is_file():
        return
    try:
        values: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"config {file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"config {file}: {error}") from None
    known = {name for each in context.command.params if (name := each.name)} - {"config"} | _OWN_KEYS
    if unknown := sorted(values.keys() - known):
        raise UsageError(
            f"config {file}: unknown key {', '.join(unknown)}; see crawler crawl --help for the names"
        )
    context.default_map = {**(context.default_map or {}), **values}
