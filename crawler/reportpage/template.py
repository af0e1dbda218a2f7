"""Fill the one template of reports: nothing runs in it, and nothing is loaded."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from importlib import resources
from string import Template

__all__ = ["fill"]


def fill(**values: str) -> str:
    """The page with the values, which are HTML."""
    style = _text("report.css")
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return Template(_text("report.html")).substitute(values, style=style, policy=policy)


@cache
def _text(name: str) -> str:
    return resources.files("crawler.reportpage").joinpath(name).read_text(encoding="utf-8").strip()
