"""Say what is wrong with a request: as RFC 9457 problem+json to programs, as a page to people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web

from crawler.serve.html import page_response
from crawler.serve.marks import REQUEST_NAME

__all__ = ["PROBLEM_TYPE", "ProblemError", "problem_response", "wants_json"]

PROBLEM_TYPE = "application/problem+json"
_PROGRAMS = ("/api", "/healthz", "/readyz", "/metrics", "/openapi.json")
_MAX_DETAIL = 1000


class ProblemError(Exception):
    """A request that is not obeyed.

    Args:
        status: of the answer.
        detail: one line for whoever asked: what is wrong, and what to do.
        headers: of the answer.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def problem_response(request: web.Request, error: ProblemError) -> web.Response:
    """The answer to a request that is not obeyed, in the form that whoever asked can read."""
    title = HTTPStatus(error.status).phrase
    detail = error.detail[:_MAX_DETAIL]
    request_id = str(request.get(REQUEST_NAME, ""))
    if wants_json(request):
        values: dict[str, Any] = {
            "type": "about:blank",
            "title": title,
            "status": error.status,
            "detail": detail,
            "instance": f"urn:request:{request_id}",
        }
        return web.Response(
            status=error.status,
            body=json.dumps(values).encode(),
            headers={**error.headers, hdrs.CONTENT_TYPE: PROBLEM_TYPE, hdrs.CACHE_CONTROL: "no-store"},
        )
    response = page_response(
        "problem.html",
        request,
        status=error.status,
        title=title,
        values={
            "title": title,
            "status": error.status,
            "detail": detail,
            "request_id": request_id,
            "path": request.path,
        },
    )
    response.headers.update(error.headers)
    return response


def wants_json(request: web.Request) -> bool:
    """Whether a program asks: by the path, or by what it accepts."""
    if request.path.startswith(_PROGRAMS):
        return True
    accepted = request.headers.get(hdrs.ACCEPT, "")
    return "json" in accepted and "text/html" not in accepted
