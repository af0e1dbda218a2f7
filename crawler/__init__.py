"""Keep an offline, browsable, archived copy of web sites.

```python
import crawler

async with crawler.Crawl(["https://example.org/"], output="output", max_pages=100) as crawl:
    async for page in crawl:
        print(page.url, page.soup.title)
```

Everything is loaded when it is first asked for, so that `import crawler` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from crawler import version

if TYPE_CHECKING:
    from crawler.api import Crawl, plan
    from crawler.exchange import Request, Response
    from crawler.hooks import Failure
    from crawler.item import Item
    from crawler.model import Decision
    from crawler.options import CrawlOptions
    from crawler.page import Page
    from crawler.planning import CrawlPlan
    from crawler.report import Report

__all__ = [
    "Crawl",
    "CrawlOptions",
    "CrawlPlan",
    "Decision",
    "Failure",
    "Item",
    "Page",
    "Report",
    "Request",
    "Response",
    "__version__",
    "plan",
]

__version__ = version.VERSION

_HOMES = {
    "Crawl": "crawler.api",
    "CrawlOptions": "crawler.options",
    "CrawlPlan": "crawler.planning",
    "Decision": "crawler.model",
    "Failure": "crawler.hooks",
    "Item": "crawler.item",
    "Page": "crawler.page",
    "Report": "crawler.report",
    "Request": "crawler.exchange",
    "Response": "crawler.exchange",
    "plan": "crawler.api",
}
_MODULES = frozenset({"errors", "fetch", "links", "model", "paths", "robots", "urls"})


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(f"crawler.{name}")
    raise AttributeError(f"module 'crawler' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES})
