"""Refuse bodies that are too large before they are read, and those that never end while they are."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from crawler.serve.keys import SETTINGS
from crawler.serve.problem import ProblemError

__all__ = ["limit_body", "read_json"]

_EXACT = 2.0**53
_MOST_DIGITS = 30


@web.middleware
async def limit_body(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse with 413 what says to be too large; what does not say is cut while it is read (`client_max_size`)."""
    most = request.app[SETTINGS].max_body_bytes
    if request.content_length is not None and request.content_length > most:
        response = ProblemError(413, f"a request may have {most} bytes", {hdrs.CONNECTION: "close"})
        request.protocol.keep_alive(val=False)
        raise response
    return await handler(request)


async def read_json(request: web.Request) -> dict[str, Any]:
    """The JSON object that a request brings.

    Raises:
        ProblemError: 400, 408 or 415: it is none, of another type, or does not come.
    """
    if request.content_type != "application/json":
        raise ProblemError(415, "send JSON, with Content-Type: application/json")
    try:
        async with asyncio.timeout(request.app[SETTINGS].patience_seconds):
            body = await request.read()
    except TimeoutError:
        raise ProblemError(
            408, "the body did not come; send it at once", {hdrs.CONNECTION: "close"}
        ) from None
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_refuse,
            parse_int=_number,
            parse_float=_fraction,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ProblemError(400, "the JSON is nested too deeply") from None
    except ValueError as error:
        raise ProblemError(400, f"this is no JSON: {str(error)[:200]}") from None
    if not isinstance(value, dict):
        raise ProblemError(400, "send a JSON object")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return values


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no number in JSON (RFC 8259)")


def _number(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number is too long")
    return int(digits)


def _fraction(text: str) -> float:
    """A number with a point or an exponent; `3.0` is a whole one all the same (JSON Schema, section 4.2.3)."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < _EXACT else value
