"""Name what went wrong with a request: by the type of the error, never by a status it carries.

aiohttp reports a malformed answer as `ClientResponseError` with status 400 though the server never
said so; going by type keeps protocol garbage out of the HTTP statistics. The classes are listed in
docs/failures.md; `crawler.fetch.details` finds the words behind the class.
"""

from __future__ import annotations

import socket

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from crawler.errors import PermanentError, SiteError, TransientError
from crawler.fetch import details

__all__ = ["heals_at_once", "site_error"]

# The first row that fits counts: aiohttp's classes inherit from each other.
_FAILURES: tuple[tuple[tuple[type[BaseException], ...], str, type[SiteError], details.Words], ...] = (
    ((aiohttp.ClientConnectorCertificateError,), "tls", PermanentError, details.of_certificate),
    ((aiohttp.ClientConnectorSSLError,), "tls", PermanentError, details.of_handshake),
    ((aiohttp.ClientProxyConnectionError,), "proxy", TransientError, details.of_connection),
    ((aiohttp.ClientHttpProxyError,), "proxy", TransientError, details.of_proxy_answer),
    ((TimeoutError,), "timeout", TransientError, details.of_timeout),
    ((aiohttp.ClientConnectorError,), "connect", TransientError, details.of_connection),
    ((aiohttp.ServerDisconnectedError,), "empty_reply", TransientError, details.of_empty_reply),
    ((aiohttp.ClientPayloadError,), "incomplete", TransientError, details.of_cut_body),
    ((aiohttp.InvalidURL,), "protocol", PermanentError, details.one_line),
    ((aiohttp.ClientResponseError, HttpProcessingError), "protocol", PermanentError, details.of_malformed),
    ((OSError,), "connect", TransientError, details.of_system),
    ((aiohttp.ClientError,), "protocol", PermanentError, details.one_line),
    # A label of more than 63 characters cannot be asked for (RFC 1035 section 2.3.4).
    ((UnicodeError,), "dns", PermanentError, details.one_line),
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
        return (TransientError if heals else PermanentError)("dns", details.of_name(error))
    if isinstance(error, aiohttp.ServerDisconnectedError) and not isinstance(error.message, str):
        return TransientError("incomplete", "the connection was closed inside the headers")
    if isinstance(error, aiohttp.ClientPayloadError) and details.is_malformed(error):
        return PermanentError("protocol", details.of_malformed(error))
    if isinstance(error, aiohttp.ClientConnectorError) and details.is_inside_handshake(error):
        return TransientError("tls", details.of_handshake(error))
    for kinds, failure, failure_class, words in _FAILURES:
        if isinstance(error, kinds):
            return failure_class(failure, words(error))
    return PermanentError("internal", f"{type(error).__name__}: {details.one_line(error)}")
