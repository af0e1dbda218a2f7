"""What a person reads about a failure: short, in plain words, and harmless on a terminal."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http_exceptions import BadHttpMessage, ContentLengthError, TransferEncodingError
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from crawler.fetch.failures import site_error

KEY = ConnectionKey(
    "site.test", 443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None
)
INFO = aiohttp.RequestInfo(URL("http://site.test/"), "GET", CIMultiDictProxy(CIMultiDict()))


def certificate(code: int, message: str) -> Exception:
    error = ssl.SSLCertVerificationError(1, message)
    error.verify_code, error.verify_message = code, message
    return aiohttp.ClientConnectorCertificateError(KEY, error)


def handshake(reason: str) -> Exception:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return aiohttp.ClientConnectorSSLError(KEY, error)


def malformed(message: str) -> Exception:
    return aiohttp.ClientResponseError(INFO, (), status=400, message=message)


def cut(cause: BadHttpMessage) -> Exception:
    error = aiohttp.ClientPayloadError("Response payload is not completed")
    error.__cause__ = cause
    return error


WORDS: list[tuple[Exception, str]] = [
    (certificate(10, "certificate has expired"), "tls: certificate expired at site.test:443"),
    (certificate(9, "certificate is not yet valid"), "tls: certificate not yet valid at site.test:443"),
    (certificate(18, "self-signed certificate"), "tls: self-signed certificate at site.test:443"),
    (certificate(20, "unable to get"), "tls: certificate of an unknown authority at site.test:443"),
    (certificate(62, "Hostname mismatch"), "tls: certificate is for another host at site.test:443"),
    (certificate(23, "certificate revoked"), "tls: certificate revoked at site.test:443"),
    (handshake("TLSV1_ALERT_PROTOCOL_VERSION"), "tls: no common TLS version at site.test:443"),
    (handshake("UNSUPPORTED_PROTOCOL"), "tls: no common TLS version at site.test:443"),
    (handshake("WRONG_VERSION_NUMBER"), "tls: this is no TLS at site.test:443"),
    (
        handshake("TLSV13_ALERT_CERTIFICATE_REQUIRED"),
        "tls: a client certificate is wanted at site.test:443",
    ),
    (handshake("BAD_ECPOINT"), "tls: bad ecpoint at site.test:443"),
    (
        aiohttp.ClientConnectorError(KEY, ConnectionResetError()),
        "tls: the connection was closed inside the handshake at site.test:443",
    ),
    (
        aiohttp.ClientConnectorError(KEY, OSError(errno.ECONNREFUSED, "Connect call failed ('1.2.3.4', 1)")),
        "connect: connection refused by site.test:443",
    ),
    (
        aiohttp.ClientProxyConnectionError(KEY, OSError(errno.ECONNREFUSED, "")),
        "proxy: connection refused by site.test:443",
    ),
    (
        aiohttp.ClientHttpProxyError(INFO, (), status=407, message="Please\x1b[2J pay"),
        "proxy: the proxy answered 407 Please?[2J pay",
    ),
    (
        aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(-2, "Name or service not known")),
        "dns: name or service not known: site.test",
    ),
    (aiohttp.ClientOSError(errno.ECONNRESET, "x"), "connect: connection reset by peer"),
    (ConnectionResetError("Cannot write to closing transport"), "connect: Cannot write to closing transport"),
    (aiohttp.ConnectionTimeoutError("x"), "timeout: no connection within --connect-timeout"),
    (aiohttp.SocketTimeoutError("x"), "timeout: silence for longer than --read-timeout"),
    (TimeoutError(), "timeout: not finished within --timeout"),
    (aiohttp.ServerDisconnectedError(), "empty_reply: the connection was closed without an answer"),
    (
        cut(ContentLengthError("Not enough data (received 2 of 100 bytes).")),
        "incomplete: 2 of 100 bytes came",
    ),
    (
        cut(TransferEncodingError("Not enough data to satisfy transfer length header.")),
        "incomplete: the connection was closed before the last chunk",
    ),
    (
        cut(TransferEncodingError("Invalid character in chunk size:\n\n  b'zz'\n    ^")),
        "protocol: bad transfer coding: b'zz'",
    ),
    (
        malformed("Bad status line:\n  Invalid HTTP version:\n\n  b'HTTP/1.2 200 OK'\n      ^"),
        "protocol: bad status line: b'HTTP/1.2 200 OK'",
    ),
    (malformed("Got more than 32768 bytes when reading: b'xx...'."), "protocol: header too large: b'xx...'."),
    (malformed("Too many headers received"), "protocol: header too large: Too many headers received"),
    (malformed("Missing expected LF after header value:\n\n  b'X: 1'\n"), "protocol: bad header: b'X: 1'"),
    (
        malformed("Duplicate Content-Length:\n\n  b'Content-Length: 3'\n  ^"),
        "protocol: bad Content-Length: b'Content-Length: 3'",
    ),
    (malformed("Invalid header token:\n\n  b'chunk status'\n  ^"), "protocol: bad header: b'chunk status'"),
    (malformed("Huh"), "protocol: malformed answer: Huh"),
]


@pytest.mark.parametrize(("error", "words"), WORDS, ids=[words for _, words in WORDS])
def test_the_words_of_a_failure(error: Exception, words: str) -> None:
    assert str(site_error(error)) == words


@given(st.text(), st.sampled_from([malformed, handshake, TimeoutError, OSError, aiohttp.ClientPayloadError]))
def test_whatever_a_site_says_is_one_short_line(said: str, kind: Any) -> None:
    words = str(site_error(kind(said)))
    assert words.isprintable()
    assert len(words) < 250
