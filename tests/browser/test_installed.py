"""Playwright and Chromium are found, or one line says what to install."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crawler.browser.installed import find_chromium, find_playwright
from crawler.errors import UsageError


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.touch(mode=0o755)
    return path


def test_no_playwright(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright", None)
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)
    with pytest.raises(UsageError, match=r"^--render needs Playwright; pip install 'crawler\[browser\]'$"):
        find_playwright()


def test_the_systems_chromium_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = executable(tmp_path / "bin/chromium-browser")
    monkeypatch.setenv("PATH", str(path.parent))
    assert find_chromium([tmp_path]) == str(path)


def test_playwrights_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    executable(tmp_path / "chromium-1200/chrome-linux/chrome")
    newer = executable(tmp_path / "chromium-1208/chrome-linux64/chrome")
    assert find_chromium([tmp_path]) == str(newer)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    assert find_chromium() == str(newer)


def test_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="--render needs Chromium on the PATH; install the package chromium"):
        find_chromium([tmp_path])
