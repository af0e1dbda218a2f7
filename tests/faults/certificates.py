"""Make the certificates and TLS contexts of the scenes, once a process."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from functools import cache

import trustme

__all__ = ["authority", "server_context"]

_HOST = "127.0.0.1"


@cache
def authority() -> trustme.CA:
    """The authority that the crawls of the scenes trust."""
    return trustme.CA()


@cache
def server_context(name: str) -> ssl.SSLContext:
    """What a server of that name presents."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    match name:
        case "expired":
            issued = authority().issue_cert(_HOST, not_after=datetime(2001, 1, 1, tzinfo=UTC))
        case "future":
            issued = authority().issue_cert(
                _HOST,
                not_before=datetime(2190, 1, 1, tzinfo=UTC),
                not_after=datetime(2191, 1, 1, tzinfo=UTC),
            )
        case "elsewhere":
            issued = authority().issue_cert("elsewhere.test")
        case "unknown":
            issued = trustme.CA().issue_cert(_HOST)
        case _:
            issued = authority().issue_cert(_HOST)
    issued.configure_cert(context)
    return context
