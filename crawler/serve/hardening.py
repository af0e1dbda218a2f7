"""Tell browsers what they may do with our pages: the headers that every answer of ours carries."""

from __future__ import annotations

from aiohttp import web

from crawler.serve.keys import SETTINGS
from crawler.serve.marks import IS_ARCHIVE

__all__ = ["harden"]

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


async def harden(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers, as the answer begins; archived pages have a policy of their own (`crawler.serve.archived`)."""
    response.headers["Server"] = "crawler"
    if request.get(IS_ARCHIVE):
        return
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    archive = request.app[SETTINGS].shows_archive_at
    port = request.host[request.host.rindex(":") :] if _has_port(request.host) else ""
    frames = "'self'" if archive is None else f"{request.scheme}://{archive}{port}"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        f" font-src 'self'; frame-src {frames}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit() and not host.endswith("]")
