"""Name what went wrong with a request: by the type of the error, never by a status it carries.

aiohttp reports a malformed answer as `ClientResponseError` with status 400 though the server never
said so; going by type keeps protocol garbage out of the HTTP statistics.
"""

from __future__ import annotations

import socket

import aiohttp

from crawler.errors import PermanentError, SiteError, TransientError

__all__ = ["heals_at_once", "site_error"]


# The first row that fits counts: aiohttp's classes inherit from each other.
_FAILURES: tuple[tuple[tuple[type[BaseException], ...], str, type[SiteError]], ...] = (
    ((aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError), "tls", PermanentError),
    ((aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError), "proxy", TransientError),
    ((TimeoutError,), "timeout", TransientError),
    ((aiohttp.ClientConnectorError,), "connect", TransientError),
    ((aiohttp.ServerDisconnectedError,), "empty_reply", TransientError),
    ((aiohttp.ClientPayloadError,), "incomplete", TransientError),
    ((aiohttp.InvalidURL, aiohttp.ClientResponseError), "protocol", PermanentError),
    ((OSError,), "connect", TransientError),
)


def heals_at_once(error: BaseException) -> bool:
    """Whether asking again right away may do: the connection broke before an answer began."""
    return isinstance(error, aiohttp.ServerDisconnectedError | ConnectionResetError | BrokenPipeError) or (
        type(error) is aiohttp.ClientOSError
    )


def site_error(error: BaseException) -> SiteError:
    """The failure of the tree in `crawler.errors` that an exception of aiohttp stands for."""
    if isinstance(error, SiteError):
        return error
    detail = _one_line(error)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        heals = error.os_error.errno == socket.EAI_AGAIN
        return (TransientError if heals else PermanentError)("dns", detail)
    for kinds, failure, failure_class in _FAILURES:
        if isinstance(error, kinds):
            return failure_class(failure, detail)
    return PermanentError("protocol", detail)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
