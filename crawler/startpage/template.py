"""Fill the templates of the start page. What they bring themselves may run and be shown, nothing else may."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from importlib import resources
from string import Template

__all__ = ["fill"]


def fill(name: str, **values: str) -> str:
    """A template with its style, its script and the values, which are HTML.

    Its policy (Content Security Policy, level 3) lets that style and script in, and further scripts from beside it: from the
    file system those are `file:` to some browsers and `'self'` to others.
    """
    style, script = _text("style.css"), _text("filter.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)} 'self' file:;"
        " base-uri 'none'; form-action 'none'"
    )
    return Template(_text(name)).substitute(values, style=style, script=script, policy=policy)


@cache
def _text(name: str) -> str:
    return resources.files("crawler.startpage").joinpath(name).read_text(encoding="utf-8").strip()


@cache
def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
