"""Turn every failure into an answer that says what to do, and no answer into a look inside."""

from __future__ import annotations

import asyncio
import logging
import sqlite3

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from crawler.errors import OutputBusyError, StateError, UsageError
from crawler.serve.marks import REQUEST_NAME
from crawler.serve.problem import ProblemError, problem_response
from crawler.serve.request_id import REQUEST_ID

__all__ = ["answer_failures"]

_log = logging.getLogger(__name__)
_WORDS = {
    404: "nothing is here; / has the views, /openapi.json the API",
    405: "this cannot be done here; Allow names what can",
    413: "the body is larger than a request may be",
}


@web.middleware
async def answer_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what is raised: our own failures and aiohttp's by their status, all else as 500, without a word of it."""
    try:
        response = await handler(request)
    except ProblemError as error:
        response = problem_response(request, error)
    except web.HTTPException as error:
        if error.status < 400:
            return web.Response(status=error.status, headers={hdrs.LOCATION: error.headers[hdrs.LOCATION]})
        headers: dict[str, str] = (
            {hdrs.ALLOW: error.headers[hdrs.ALLOW]} if hdrs.ALLOW in error.headers else {}
        )
        words = _WORDS.get(error.status, error.reason or "")
        response = problem_response(request, ProblemError(error.status, words, headers))
    except UsageError as error:
        response = problem_response(request, ProblemError(400, str(error)))
    except OutputBusyError as error:
        response = problem_response(request, ProblemError(409, str(error)))
    except (StateError, sqlite3.Error) as error:
        _log.warning("%s: %s", request.get(REQUEST_NAME), error)
        response = problem_response(request, ProblemError(503, str(error), {hdrs.RETRY_AFTER: "5"}))
    except (ConnectionError, asyncio.CancelledError):
        raise
    except Exception:  # noqa: BLE001 - no failure may show what is inside
        _log.exception("internal fault in request %s", request.get(REQUEST_NAME))
        text = f"an internal fault; the log tells more of request {request.get(REQUEST_NAME)}"
        response = problem_response(request, ProblemError(500, text))
    if not response.prepared:
        response.headers[REQUEST_ID] = str(request.get(REQUEST_NAME, ""))
    return response
