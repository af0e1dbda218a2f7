"""Put the application together: what it holds, what every request goes through, and where it leads.

```
name_request -> timing -> log -> failures -> Host (archived pages go off here) -> body limit -> CORS -> Origin -> token -> handler
```
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from importlib import resources

from aiohttp import web

from crawler.body import Spool
from crawler.browse.comparing import Comparing
from crawler.browse.replay import Replay
from crawler.browse.searching import Searching
from crawler.browse.shelf import Shelf
from crawler.clock import Clock, SystemClock
from crawler.output import Output
from crawler.serve import api, assets, changed, driving, events, framing, health, pages, signing_in
from crawler.serve.access_log import log_access
from crawler.serve.announcing import Announcing
from crawler.serve.archived import answer_archived
from crawler.serve.authority import check_token
from crawler.serve.bookings import Bookings
from crawler.serve.boxes import Boxes
from crawler.serve.employing import Employ, employ
from crawler.serve.failing import answer_failures
from crawler.serve.hardening import harden
from crawler.serve.keys import (
    ANNOUNCING,
    ARCHIVED_SHELF,
    BOOKINGS,
    BOXES,
    CLOCK,
    COMPARING,
    OUTPUT,
    REPLAY,
    SEARCHING,
    SESSIONS,
    SETTINGS,
    SHARING,
    SHELF,
    SPOOL,
    TRAFFIC,
    VIEWS,
    WATCHING,
)
from crawler.serve.limits import limit_body
from crawler.serve.naming import heed_names
from crawler.serve.origins import check_origin, share
from crawler.serve.request_id import name_request
from crawler.serve.sessions import Sessions
from crawler.serve.settings import ServeSettings
from crawler.serve.sharing import Sharing
from crawler.serve.traffic import Traffic, timing
from crawler.serve.views import Views
from crawler.serve.watching import Watching
from crawler.study import Study
from crawler.version import VERSION

__all__ = ["INDEX_NAME", "make_app"]

INDEX_NAME = "search.db"
"""The full-text index, beside crawl.db."""
_SHOWN_CRAWLS = 20


def make_app(
    output: Output, settings: ServeSettings, *, clock: Clock | None = None, employ: Employ = employ
) -> web.Application:
    """The server of one output, not listening yet.

    Args:
        output: its folder; need not exist.
        settings: how to serve.
        clock: tells the time.
        employ: starts the process of a crawl.
    """
    app = web.Application(
        middlewares=[
            name_request,
            timing(lambda app: app[TRAFFIC]),
            log_access,
            answer_failures,
            heed_names(answer_archived),
            limit_body,
            share,
            check_origin,
            check_token,
        ],
        client_max_size=settings.max_body_bytes,
    )
    app[SETTINGS], app[OUTPUT], app[CLOCK] = settings, output, clock or SystemClock()
    app[TRAFFIC], app[VIEWS] = Traffic(), Views()
    app[SESSIONS] = Sessions(settings.token, app[CLOCK])
    app[BOXES] = Boxes()
    app[SPOOL] = Spool()
    app[SHELF] = Shelf(output)
    app[ARCHIVED_SHELF] = Shelf(output)
    app[SEARCHING] = Searching(app[SHELF], output.archive, app[SPOOL], output.folder / INDEX_NAME)
    app[COMPARING] = Comparing(app[SHELF], output.archive, app[SPOOL])
    app[ANNOUNCING] = Announcing(settings.notify, str(output.folder))
    app[BOOKINGS] = bookings = Bookings(
        output, app[CLOCK], employ, opens_private=settings.opens_private, on_end=app[ANNOUNCING].tell
    )
    app[SHARING] = Sharing(settings.frontier, app[CLOCK])
    app[WATCHING] = Watching(
        app[SHELF],
        app[CLOCK],
        lambda: [each.values() for each in bookings.all()[:_SHOWN_CRAWLS]],
        app[SHARING],
    )
    app.cleanup_ctx.extend([_reading, _searching, _crawling, _watching])
    app.on_response_prepare.append(harden)
    app.on_shutdown.append(_hang_up)
    for each in (api, assets, changed, driving, events, framing, health, pages, signing_in):
        each.add_routes(app.router)
    app.router.add_get("/openapi.json", _describe)
    return app


async def _reading(app: web.Application) -> AsyncIterator[None]:
    study = Study(spool=app[SPOOL])
    app[REPLAY] = Replay(study, app[SPOOL])
    async with app[SHELF], app[ARCHIVED_SHELF], study:
        yield


async def _searching(app: web.Application) -> AsyncIterator[None]:
    async with app[SEARCHING], app[COMPARING]:
        yield


async def _crawling(app: web.Application) -> AsyncIterator[None]:
    async with app[ANNOUNCING], app[BOOKINGS]:
        yield


async def _watching(app: web.Application) -> AsyncIterator[None]:
    async with app[SHARING], app[WATCHING]:
        yield


async def _hang_up(app: web.Application) -> None:
    """Streams end by themselves, so that nobody waits for them."""
    app[WATCHING].close()


async def _describe(request: web.Request) -> web.Response:  # noqa: ARG001 - the signature of a handler
    """The OpenAPI document."""
    text = resources.files("crawler.serve").joinpath("openapi.json").read_text(encoding="utf-8")
    return web.json_response(json.loads(text.replace("@VERSION@", VERSION)))
