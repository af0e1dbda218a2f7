"""Name what went wrong with a request: by the type of the error, never by a status it carries.

aiohttp reports a malformed answer as `ClientResponseError` with status 400 though the server never
said so; going by type keeps protocol garbage out of the HTTP statistics.
"""

from __future__ import annotations

import socket

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from crawler.errors import PermanentError, SiteError, TransientError

__all__ = ["heals_at_once", "site_error"]

_MAX_DETAIL_CHARS = 200

# The first row that fits counts: aiohttp's classes inherit from each other.
_FAILURES: tuple[tuple[tuple[type[BaseException], ...], str, type[SiteError]], ...] = (
    ((aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError), "tls", PermanentError),
    ((aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError), "proxy", TransientError),
    ((TimeoutError,), "timeout", TransientError),
    ((aiohttp.ClientConnectorError,), "connect", TransientError),
    ((aiohttp.ServerDisconnectedError,), "empty_reply", TransientError),
    ((aiohttp.ClientPayloadError,), "incomplete", TransientError),
    ((aiohttp.InvalidURL, aiohttp.ClientResponseError, HttpProcessingError), "protocol", PermanentError),
    ((OSError,), "connect", TransientError),
    ((aiohttp.ClientError,), "protocol", PermanentError),
    # A label of more than 63 characters cannot be asked for (RFC 1035 section 2.3.4).
    ((UnicodeError,), "dns", PermanentError),
)


def heals_at_once(error: BaseException) -> bool:
    """Whether asking again right away may do: the connection broke before an answer began."""
    return isinstance(error, aiohttp.ServerDisconnectedError | ConnectionResetError | BrokenPipeError) or (
        type(error) is aiohttp.ClientOSError
    )


def site_error(error: BaseException) -> SiteError:
    """The failure of the tree in `crawler.errors` that an exception of aiohttp stands for.

    What nobody foresaw is `internal`: it may be a fault of ours.
    """
    if isinstance(error, SiteError):
        return error
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        heals = error.os_error.errno == socket.EAI_AGAIN
        return (TransientError if heals else PermanentError)("dns", _one_line(error))
    if isinstance(error, aiohttp.ServerDisconnectedError) and not isinstance(error.message, str):
        return TransientError("incomplete", "the connection was closed inside the headers")
    for kinds, failure, failure_class in _FAILURES:
        if isinstance(error, kinds):
            return failure_class(failure, _one_line(error))
    return PermanentError("internal", f"{type(error).__name__}: {_one_line(error)}")


def _one_line(error: BaseException) -> str:
    """What the error says, without anything of the site's that could move a cursor."""
    line = " ".join(str(error).split())[:_MAX_DETAIL_CHARS]
    return "".join(character if character.isprintable() else "?" for character in line)
