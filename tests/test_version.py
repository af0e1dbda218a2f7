"""Who we are."""

from __future__ import annotations

import re

import crawler
from crawler.version import PROJECT_URL, USER_AGENT, VERSION


def test_the_user_agent_is_that_of_the_contract() -> None:
    assert f"crawler/{VERSION} (+{PROJECT_URL})" == USER_AGENT
    assert re.fullmatch(r"\d+\.\d+\.\d+(?:[a-z]+\d+)?", VERSION)
    assert PROJECT_URL.startswith("https://")


def test_the_package_says_the_same() -> None:
    assert crawler.__version__ == VERSION
