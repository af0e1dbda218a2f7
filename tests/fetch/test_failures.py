"""Which class a failure gets, and whether asking again at once may help."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http_exceptions import BadStatusLine, LineTooLong, TransferEncodingError
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from crawler.errors import PermanentError, SiteError, TransientError
from crawler.fetch.failures import heals_at_once, site_error

KEY = ConnectionKey(
    "site.test", 443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None
)
INFO = aiohttp.RequestInfo(URL("http://site.test/"), "GET", CIMultiDictProxy(CIMultiDict()))


def answer_error(kind: Any = aiohttp.ClientResponseError, **named: Any) -> Any:
    return kind(INFO, (), **{"status": 400, "message": "Bad status line", **named})


def payload_error(message: str) -> Exception:
    error = aiohttp.ClientPayloadError("Response payload is not completed")
    error.__cause__ = TransferEncodingError(message)
    return error


CLASSES: list[tuple[Exception, str, type[SiteError], bool]] = [
    (answer_error(), "protocol", PermanentError, False),
    (BadStatusLine("x"), "protocol", PermanentError, False),
    (LineTooLong(b"x", 1), "protocol", PermanentError, False),
    (aiohttp.InvalidURL("http://x"), "protocol", PermanentError, False),
    (aiohttp.ClientError(), "protocol", PermanentError, False),
    (answer_error(aiohttp.ClientHttpProxyError, status=407), "proxy", TransientError, False),
    (aiohttp.ClientProxyConnectionError(KEY, OSError(111, "refused")), "proxy", TransientError, False),
    (aiohttp.ClientConnectorError(KEY, OSError(111, "refused")), "connect", TransientError, False),
    (aiohttp.ClientConnectorError(KEY, OSError(errno.EMFILE, "too many")), "connect", TransientError, False),
    (aiohttp.ClientConnectorError(KEY, ConnectionResetError()), "tls", TransientError, False),
    (aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "x")), "tls", PermanentError, False),
    (
        aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLCertVerificationError(1, "x")),
        "tls",
        PermanentError,
        False,
    ),
    (
        aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(socket.EAI_NONAME, "unknown")),
        "dns",
        PermanentError,
        False,
    ),
    (
        aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(socket.EAI_AGAIN, "later")),
        "dns",
        TransientError,
        False,
    ),
    (UnicodeError("label too long"), "dns", PermanentError, False),
    (TimeoutError(), "timeout", TransientError, False),
    (aiohttp.ServerTimeoutError(), "timeout", TransientError, False),
    (aiohttp.ConnectionTimeoutError(), "timeout", TransientError, False),
    (aiohttp.SocketTimeoutError(), "timeout", TransientError, False),
    (aiohttp.ServerDisconnectedError(), "empty_reply", TransientError, True),
    (aiohttp.ClientPayloadError("cut"), "incomplete", TransientError, False),
    (
        payload_error("Not enough data to satisfy transfer length header."),
        "incomplete",
        TransientError,
        False,
    ),
    (payload_error("Invalid character in chunk size"), "protocol", PermanentError, False),
    (aiohttp.ClientOSError(104, "reset"), "connect", TransientError, True),
    (aiohttp.ClientConnectionResetError("closing"), "connect", TransientError, True),
    (ConnectionResetError(), "connect", TransientError, True),
    (BrokenPipeError(), "connect", TransientError, True),
    (OSError(errno.ENETUNREACH, "no route"), "connect", TransientError, False),
    (RuntimeError("unforeseen"), "internal", PermanentError, False),
]


@pytest.mark.parametrize(("error", "name", "kind", "heals"), CLASSES, ids=lambda each: repr(each)[:50])
def test_the_class_of_a_failure(error: Exception, name: str, kind: type[SiteError], heals: bool) -> None:
    named = site_error(error)
    assert (named.failure, type(named), heals_at_once(error)) == (name, kind, heals)


def test_a_failure_that_has_its_name_keeps_it() -> None:
    error = PermanentError("too_large", "x")
    assert site_error(error) is error
    assert not heals_at_once(error)


def test_the_status_that_aiohttp_makes_up_is_nowhere_to_be_read_as_one() -> None:
    assert not site_error(answer_error()).failure.startswith("http")


def test_what_a_site_says_cannot_move_the_cursor_or_fill_the_line() -> None:
    said = str(site_error(answer_error(message="a\x1b[2Jb\r\nc\u202e" + "x" * 10_000)))
    assert said.isprintable()
    assert len(said) < 250
