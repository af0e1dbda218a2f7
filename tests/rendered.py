"""Pages that scripts make, and a browser that understands these scripts alone; tests/browser holds it to Chromium."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from crawler.browser.wanted import Provide, Sight, Supply, Wanted
from crawler.errors import RenderError
from tests.web import Web, job_on

__all__ = ["PaperBrowser", "crawl_rendered", "loads", "shell", "shows"]

_SHOWS = 'document.querySelector("#root").innerHTML = {};'
_LOADS = 'fetch({}).then(each => each.text()).then(text => {{ document.querySelector("#root").innerHTML = text; }});'
_ROOT = '<div id="root"></div>'


def shell(script: str, title: str = "Shell", text: str = "") -> str:
    """A page of which a script makes what it says."""
    return (
        f'<!DOCTYPE html><html><head><title>{title}</title><script src="{script}" defer></script></head>'
        f"<body>{text}{_ROOT}</body></html>"
    )


def shows(markup: str) -> str:
    """A script that puts this markup into the page."""
    return _SHOWS.format(json.dumps(markup))


def loads(url: str) -> str:
    """A script that puts into the page what a URL answers."""
    return _LOADS.format(json.dumps(url))


@dataclass
class PaperBrowser:
    """Does what `shows` and `loads` say, and nothing else.

    Args:
        broken: URLs at which it gives up.
    """

    broken: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)
    is_begun: bool = False

    async def __aenter__(self) -> Self:
        self.is_begun = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_begun = False

    async def see(self, url: str, page: Supply, provide: Provide, *, shoots: bool) -> Sight:
        assert self.is_begun
        self.seen.append(url)
        if url in self.broken:
            raise RenderError("its scripts never end")
        text = page.body.read().decode()
        for script in re.findall(r'<script src="([^"]+)" defer></script>', text):
            program = await _answer(provide, html.unescape(script), url, "script")
            text = text.replace(f'<script src="{script}" defer></script>', "")
            for markup in re.findall(r"\A" + re.escape(_SHOWS).replace(r"\{\}", "(.+)") + r"\Z", program):
                text = text.replace(_ROOT, f'<div id="root">{json.loads(markup)}</div>')
            if loaded := re.match(r'fetch\(("[^"]+")\)', program):
                markup = await _answer(provide, json.loads(loaded[1]), url, "fetch")
                text = text.replace(_ROOT, f'<div id="root">{markup}</div>')
        text = text.replace("<head>", '<head><meta charset="utf-8">', 1)
        return Sight(text=text, shot=b"\x89PNG picture" if shoots else b"")


async def _answer(provide: Provide, reference: str, base: str, kind: str) -> str:
    from_root = "/".join(base.split("/")[:3])
    url = f"{from_root}{reference}" if reference.startswith("/") else reference
    supply = await provide(Wanted(url=url, kind=kind))
    return "" if supply is None or supply.status != 200 else supply.body.read().decode()


async def crawl_rendered(web: Web, folder: Any, *seeds: str, browser: PaperBrowser, **options: Any) -> Any:
    """A crawl with this browser, to the end."""
    job = job_on(web, folder, *seeds, browser=browser, **{"render": "auto", **options})
    with job._output.hold():
        report = await job.run()
    web.clock.advance(1)
    return report
