"""Say in few words what broke: aiohttp's texts are made for its own developers.

What a site said may stand in them, so nothing that could move a cursor, and no more than a line, passes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

__all__ = [
    "Words",
    "is_inside_handshake",
    "is_malformed",
    "of_certificate",
    "of_connection",
    "of_cut_body",
    "of_empty_reply",
    "of_handshake",
    "of_malformed",
    "of_name",
    "of_proxy_answer",
    "of_system",
    "of_timeout",
    "one_line",
]

Words = Callable[[BaseException], str]

_MAX_DETAIL_CHARS = 160

# X509_V_ERR_* of OpenSSL's x509_vfy.h; other codes are told in OpenSSL's words.
_CERTIFICATES = {
    9: "certificate not yet valid",
    10: "certificate expired",
    18: "self-signed certificate",
    19: "certificate of an unknown authority",
    20: "certificate of an unknown authority",
    62: "certificate is for another host",
    64: "certificate is for another host",
}

# Parts of OpenSSL's reasons, the first that fits counts.
_HANDSHAKES = (
    ("CERTIFICATE_REQUIRED", "a client certificate is wanted"),
    ("PROTOCOL", "no common TLS version"),
    ("WRONG_VERSION_NUMBER", "this is no TLS"),
    ("HTTP_REQUEST", "this is no TLS"),
    ("UNKNOWN_PROTOCOL", "this is no TLS"),
    ("RECORD_LAYER_FAILURE", "this is no TLS"),
    ("HANDSHAKE_FAILURE", "the handshake was refused: no common cipher, or a client certificate is wanted"),
    ("NO_SHARED_CIPHER", "no common cipher"),
    ("DH_KEY_TOO_SMALL", "the server's key is too weak"),
    ("UNRECOGNIZED_NAME", "the server does not know this name"),
)

# Parts of the messages of aiohttp's parser, the first that fits counts.
_MALFORMED = (
    (
        re.compile(r"Got more than \d+ bytes|Too many headers|header too large", re.IGNORECASE),
        "header too large",
    ),
    (re.compile(r"chunk|Transfer-Encoding", re.IGNORECASE), "bad transfer coding"),
    (re.compile(r"Content-Length", re.IGNORECASE), "bad Content-Length"),
    (re.compile(r"status|Expected HTTP/|HTTP version|Expected dot", re.IGNORECASE), "bad status line"),
    (re.compile(r"header", re.IGNORECASE), "bad header"),
    (re.compile(r"after `Connection: close`"), "data after the answer"),
)
# What the parser shows of the site's bytes stands behind its own words.
_SHOWN = re.compile(r":?\s*(b['\"].*)", re.DOTALL)


def one_line(error: BaseException | str) -> str:
    """What an error says, printable and short."""
    line = " ".join(str(error).split())[:_MAX_DETAIL_CHARS]
    return "".join(character if character.isprintable() else "?" for character in line)


def is_inside_handshake(error: aiohttp.ClientConnectorError) -> bool:
    """Whether a connection broke while TLS was being agreed upon; asyncio gives such a break no number."""
    return bool(error._conn_key.is_ssl) and error.os_error.errno is None  # noqa: SLF001 - nothing public tells


def is_malformed(error: BaseException) -> bool:
    """Whether a body ended because it could not be read, not because it broke off."""
    cause = error.__cause__
    return isinstance(cause, HttpProcessingError) and "Not enough data" not in cause.message


def of_certificate(error: BaseException) -> str:
    """Why a certificate is not trusted."""
    assert isinstance(error, aiohttp.ClientConnectorCertificateError)
    cause = error.certificate_error
    said = getattr(cause, "verify_message", None) or str(cause)
    words = _CERTIFICATES.get(getattr(cause, "verify_code", 0), one_line(said))
    return f"{words} at {error.host}:{error.port}"


def of_handshake(error: BaseException) -> str:
    """Why client and server do not agree on TLS."""
    assert isinstance(error, aiohttp.ClientConnectorError)
    reason = (getattr(error.os_error, "reason", None) or "").upper()
    words = next((words for part, words in _HANDSHAKES if part in reason), "")
    if not words:
        words = reason.lower().replace("_", " ") or "the connection was closed inside the handshake"
    return f"{one_line(words)} at {error.host}:{error.port}"


def of_connection(error: BaseException) -> str:
    """Why there is no connection, and to where."""
    assert isinstance(error, aiohttp.ClientConnectorError)
    return f"{_reason(error.os_error)} by {error.host}:{error.port}"


def of_system(error: BaseException) -> str:
    """What the system says about a connection that broke."""
    assert isinstance(error, OSError)
    return _reason(error)


def of_name(error: aiohttp.ClientConnectorDNSError) -> str:
    """Why a name has no address."""
    return f"{one_line(error.os_error.strerror or error.os_error).lower()}: {error.host}"


def of_timeout(error: BaseException) -> str:
    """Which of the three times ran out."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return "no connection within --connect-timeout"
        case aiohttp.SocketTimeoutError():
            return "silence for longer than --read-timeout"
    return "not finished within --timeout"


def of_proxy_answer(error: BaseException) -> str:
    """What the proxy said instead of opening a tunnel."""
    assert isinstance(error, aiohttp.ClientHttpProxyError)
    return f"the proxy answered {error.status} {one_line(error.message)}".rstrip()


def of_empty_reply(error: BaseException) -> str:  # noqa: ARG001 - the signature of Words
    """Nothing came."""
    return "the connection was closed without an answer"


def of_cut_body(error: BaseException) -> str:
    """How far a body came."""
    cause = error.__cause__
    said = cause.message if isinstance(cause, HttpProcessingError) else str(error)
    if received := re.search(r"received (\d+) of (\d+) bytes", said):
        return f"{received[1]} of {received[2]} bytes came"
    return "the connection was closed before the last chunk" if "transfer length" in said else one_line(said)


def of_malformed(error: BaseException) -> str:
    """Which part of an answer is none of HTTP's, and how it looked."""
    cause = error.__cause__ if isinstance(error, aiohttp.ClientPayloadError) else error
    message = str(getattr(cause, "message", "") or cause)
    said, *shown = _SHOWN.split(message, maxsplit=1)[:2]
    kind = next((kind for pattern, kind in _MALFORMED if pattern.search(said)), "malformed answer")
    seen = shown[0].rstrip(" ^\n") if shown else said
    return f"{kind}: {one_line(seen)}" if seen else kind


def _reason(error: OSError) -> str:
    """The system's own words for an error number: asyncio's mention only the address."""
    if error.errno is None:
        return one_line(error) or "connection lost"
    return os.strerror(error.errno).lower()
