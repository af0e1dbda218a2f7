"""Say who we are: to package tools, to servers, and in every archive."""

from __future__ import annotations

__all__ = ["PROJECT_URL", "USER_AGENT", "VERSION"]

VERSION = "0.1.0"
PROJECT_URL = "https://github.com/crawler-maintainers/crawler"
USER_AGENT = f"crawler/{VERSION} (+{PROJECT_URL})"
"""The default; robots.txt is matched by its product token, `crawler`."""
