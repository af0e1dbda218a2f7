"""Name what the middleware learns of a request, each with its type."""

from __future__ import annotations

from aiohttp import web

__all__ = ["HAS_SESSION", "IS_ARCHIVE", "MAY_BE_READ", "REQUEST_NAME"]

REQUEST_NAME = web.RequestKey("REQUEST_NAME", str)
IS_ARCHIVE = web.RequestKey("IS_ARCHIVE", bool)
"""It is asked at the name of archived pages."""
MAY_BE_READ = web.RequestKey("MAY_BE_READ", bool)
"""The scripts of the archived page that asks may read the answer."""
HAS_SESSION = web.RequestKey("HAS_SESSION", bool)
"""Somebody signed in asks."""
