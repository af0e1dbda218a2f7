"""Read `cookies.txt` in Netscape's form, as browsers' extensions and curl write it.

Seven fields, separated by tabs: domain, whether names below it get it too, path, whether it is secure,
when it expires (0: with the session), name, value. Lines that begin with `#HttpOnly_` are cookies all the
same; other `#` lines and empty ones are passed over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

from crawler.errors import UsageError
from crawler.fetch.setcookie import MAX_COOKIE_BYTES, Cookie
from crawler.urls import canonicalize, hostname, is_public_suffix

__all__ = ["read_cookie_file"]

_HTTP_ONLY = "#HttpOnly_"
_MAX_FILE_BYTES = 10_000_000
_FLAGS = {"TRUE": True, "FALSE": False}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f;]")


def read_cookie_file(path: str) -> list[Cookie]:
    """The cookies of a file, in order; those that have expired among them.

    Raises:
        UsageError: it cannot be read, or a line is no cookie; no value is repeated in the message.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MAX_FILE_BYTES + 1)
        if len(data) > _MAX_FILE_BYTES:
            raise UsageError(f"cookies {path}: more than {_MAX_FILE_BYTES} bytes; name a cookies.txt")
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"cookies {path}: {error.strerror}; name a cookies.txt that can be read") from None
    except UnicodeDecodeError:
        raise UsageError(f"cookies {path}: not UTF-8; name a cookies.txt in Netscape's form") from None
    return [*_cookies(path, text)]


def _cookies(path: str, text: str) -> Iterator[Cookie]:
    for number, written in enumerate(text.split("\n"), 1):
        line = written.removesuffix("\r").removeprefix(_HTTP_ONLY)
        if not line.strip() or line.startswith("#"):
            continue
        try:
            yield _cookie(line.split("\t"))
        except ValueError as error:
            raise UsageError(f"cookies {path}, line {number}: {error}") from None


def _cookie(fields: list[str]) -> Cookie:
    """One cookie.

    Raises:
        ValueError: it is none; says why.
    """
    if len(fields) not in {6, 7}:
        raise ValueError(f"{len(fields)} fields; a cookie has seven, separated by tabs")
    domain, below, folder, secure, expires, name, value = [*fields, ""][:7]
    if below.upper() not in _FLAGS or secure.upper() not in _FLAGS:
        raise ValueError("the second and the fourth field must be TRUE or FALSE")
    try:
        expires_at = float(int(expires))
    except (ValueError, OverflowError):
        raise ValueError("the fifth field must be seconds since 1970, or 0") from None
    if _CONTROLS.search(name + value) or not (name or value):
        raise ValueError("name and value must not be empty or hold control characters")
    if len(f"{name}{value}".encode()) > MAX_COOKIE_BYTES:
        raise ValueError(f"more than {MAX_COOKIE_BYTES} bytes of name and value")
    host = _host(domain)
    return Cookie(
        name=name,
        value=value,
        domain=host,
        path=folder if folder.startswith("/") else "/",
        host_only=not _FLAGS[below.upper()] or is_public_suffix(host),
        secure=_FLAGS[secure.upper()],
        expires_at=expires_at if expires_at > 0 else math.inf,
    )


def _host(domain: str) -> str:
    bare = domain.strip().removeprefix(".")
    url = None if set(bare) & set("/\\?#@") else canonicalize(f"https://{bare}/")
    if url is None:
        raise ValueError("the first field must be a host name")
    return hostname(url)
