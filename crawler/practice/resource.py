"""Say what the practice site holds at one address, and what a crawler ought to make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["HTML", "UNTYPED", "Fault", "Resource", "Role"]

HTML = "text/html; charset=utf-8"
UNTYPED = ""


class Role(StrEnum):
    """What a default crawl makes of a resource."""

    PAGE = "page"
    UNLINKED = "unlinked"
    REQUISITE = "requisite"
    DOCUMENT = "document"
    MANIFEST = "manifest"
    REDIRECT = "redirect"
    FAILURE = "failure"
    REFUSED = "refused"
    NOFOLLOW = "nofollow"


class Fault(StrEnum):
    """How an answer misbehaves on the wire."""

    NONE = "none"
    UNAVAILABLE = "unavailable"
    RESET = "reset"
    TRUNCATED = "truncated"
    SLOW = "slow"
    DRIP = "drip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What lies at one address.

    Args:
        target: path and query exactly as they stand in the request line.
        role: what a default crawl makes of it.
        body: with `@ORIGIN@` and `@HOST@` where the server's own address belongs.
        content_type: `UNTYPED` sends none.
        status: HTTP status of an answer without fault.
        location: of a redirect, as sent.
        headers: further response headers.
        fault: how the answer misbehaves.
    """

    target: str
    role: Role
    body: bytes = b""
    content_type: str = HTML
    status: int = 200
    location: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault = Fault.NONE
