"""Name what a program may have done at each step of a URL's way: plain async functions, in order.

```python
async def on_page(page: Page) -> Iterable[str | Item] | None:
    return [page.item("page", title=page.title), "https://example.org/more"]
```

Each is awaited by the worker that has the URL, so a slow one holds the crawl back and memory stays flat. One
that raises costs its page alone: that is failed, of class `hook`, and asked for again by the next run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from inspect import iscoroutinefunction, isfunction
from typing import Any, Literal, Protocol

from crawler.errors import UsageError
from crawler.exchange import Request, Response
from crawler.item import Item
from crawler.model import Decision
from crawler.page import Page

__all__ = [
    "NO_HOOKS",
    "Failure",
    "Found",
    "Hooks",
    "Model",
    "OnFailure",
    "OnItem",
    "OnPage",
    "OnRequest",
    "OnResponse",
    "hooks_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a URL came to that gave nothing.

    Args:
        url: what was asked for.
        reason: the class of the failure and a detail, as in log and export.
        status: of the last answer; None: there was none.
        via: where the URL was found; None: it is a seed.
    """

    url: str
    reason: str
    status: int | None
    via: str | None


class Model(Protocol):
    """What items are checked by: a pydantic model class, or anything with its one method."""

    def model_validate(self, obj: Any, /) -> Any:
        """The object that the values make; raises ValueError where they do not."""


Found = Iterable[str | Item] | str | Item | None
OnRequest = Callable[[Request], Awaitable[Request | Decision | None]]
"""Before a URL is asked for. Gives the request to make instead (of the same URL), or a refusal; None: it is made."""
OnResponse = Callable[[Response], Awaitable[Found]]
"""After any answer. Gives further URLs, which the scope judges like links, and items."""
OnPage = Callable[[Page], Awaitable[Found]]
"""With each HTML page, before it is stored. Gives the same."""
OnItem = Callable[[Item], Awaitable[Item | Literal[False] | None]]
"""With each item. Gives another in its place; False: it is left out."""
OnFailure = Callable[[Failure], Awaitable[None]]
"""With each URL that has failed, after its last try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """The hooks of a crawl, each list in its order.

    Args:
        on_request: before a URL is asked for.
        on_response: after any answer.
        on_page: with each HTML page.
        on_item: with each item, those of rules too.
        on_failure: with each URL that has failed.
        models: what items are checked by, by their name.
    """

    on_request: tuple[OnRequest, ...] = ()
    on_response: tuple[OnResponse, ...] = ()
    on_page: tuple[OnPage, ...] = ()
    on_item: tuple[OnItem, ...] = ()
    on_failure: tuple[OnFailure, ...] = ()
    models: Mapping[str, Model] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return any(getattr(self, each.name) for each in fields(self))


NO_HOOKS = Hooks()


def hooks_of(**lists: Any) -> Hooks:
    """The hooks of what a caller gives: for each step a function or several; for `models` a mapping.

    Raises:
        UsageError: something is no function, or no model.
    """
    models = lists.pop("models", None) or {}
    if not isinstance(models, Mapping) or not all(
        hasattr(each, "model_validate") for each in models.values()
    ):
        raise UsageError("models must be a mapping of item names to classes with model_validate (pydantic)")
    given = {name: _functions(name, value) for name, value in lists.items()}
    return Hooks(**given, models=dict(models))


def _functions(name: str, value: Any) -> tuple[Any, ...]:
    found = tuple([value] if callable(value) else value or ())
    # Other callables may give something to await; a plain function is a forgotten `async`.
    if not all(callable(each) and (iscoroutinefunction(each) or not isfunction(each)) for each in found):
        raise UsageError(f"{name} must be an async function (async def), or a list of them")
    return found
