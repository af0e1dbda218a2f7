"""Find Playwright and a Chromium on this machine, or say in one line what to install."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from crawler.errors import UsageError

__all__ = ["find_chromium", "find_playwright"]

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
_FOLDERS = (".cache/ms-playwright", "Library/Caches/ms-playwright")
_PLACES = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")


def find_playwright() -> Any:
    """Playwright's module of coroutines.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return importlib.import_module("playwright.async_api")
    except ImportError:
        raise UsageError("--render needs Playwright; pip install 'crawler[browser]'") from None


def find_chromium(folders: Iterable[Path] | None = None) -> str:
    """The path of a Chromium: of the system, else one that Playwright has fetched.

    Args:
        folders: where Playwright keeps its own; None: where it does usually.

    Raises:
        UsageError: there is none.
    """
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    told = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    places = [Path(told)] if told else [Path.home() / each for each in _FOLDERS]
    for folder in places if folders is None else folders:
        found = [path for place in _PLACES for path in folder.glob(place) if os.access(path, os.X_OK)]
        if found:
            return str(max(found))
    raise UsageError(
        "--render needs Chromium on the PATH; install the package chromium, or run: playwright install chromium"
    )
