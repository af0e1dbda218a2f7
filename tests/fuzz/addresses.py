"""What must hold of every URL and of its name in the mirror."""

from __future__ import annotations

import re

from hypothesis import assume
from hypothesis import strategies as st

from crawler.paths import MAX_NAME_BYTES, mirror_path, relative
from crawler.urls import (
    MAX_URL_CHARS,
    canonicalize,
    host_key,
    hostname,
    identity,
    origin,
    port,
    surt,
    target_of,
    wire_form,
)
from tests.fuzz import corpora
from tests.fuzz.mutation import damaged_text
from tests.fuzz.target import Target

__all__ = ["TARGETS", "URLS"]

URL_SIGNS = [*"/\\:@?#%[].&=;~ \t\n\0\x7f\u3002\u00df\u200d\ud800", "..", "%2e", "%41", "%zz", "//", "http:", "HTTPS://", "xn--", "1.", "0x7f", ":80", ":0", "é", "😀", "a" * 64]  # fmt: skip
URLS = damaged_text(corpora.urls(), URL_SIGNS)


def check_url(given: tuple[str, str | None]) -> None:
    """A canonical URL is one: every question about it has an answer, and asking again changes nothing."""
    text, base = given
    url = canonicalize(text, base)
    if url is None:
        return
    assert canonicalize(url) == url
    assert len(url) <= MAX_URL_CHARS
    assert url.isascii()
    assert url.isprintable()
    assert not set(url) & set(" #<>")
    assert "@" not in url.split("/", 3)[2]
    key = identity(url)
    assert identity(key) == key == canonicalize(key)
    assert len(key) <= len(url)
    assert url.startswith(("http://", "https://"))
    assert 0 < port(url) < 65536
    assert hostname(url)
    assert host_key(key) == host_key(url)
    assert origin(url).split(":")[0] in {"http", "https"}
    assert target_of(url)[0] == "/"
    assert canonicalize(wire_form(url)) in {wire_form(url), None}
    assert re.fullmatch(r"[!-~]+", surt(url))


TYPES = st.sampled_from(
    [None, "", "text/html", "image/png", "text/css", "application/json", "x/y", "text/plain; a=b", "é" * 300]
)
RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³]) *(?:\.|\Z)")


def check_path(given: tuple[str, str, str | None]) -> None:
    """Names stay below the root, can be written anywhere, and no two URLs have the same one."""
    url, other, media_type = canonicalize(given[0]), canonicalize(given[1]), given[2]
    assume(url is not None)
    assert url is not None
    path = mirror_path(url, media_type)
    check_portable(path)
    assert path == mirror_path(identity(url), media_type)
    if other is not None:
        second = mirror_path(other)
        check_portable(second)
        keys = {identity(each).partition(":")[2] for each in (url, other)}
        assert len(keys) == 1 or mirror_path(url).casefold() != second.casefold()
        assert "\\" not in relative(path, second)


def check_portable(path: str) -> None:
    """Linux, macOS and Windows can hold it."""
    assert len(path.encode()) <= 230
    for name in path.split("/"):
        assert name
        assert name not in {".", ".."}
        assert len(name.encode()) <= MAX_NAME_BYTES
        assert not re.search(r'[\x00-\x1f\x7f<>:"\\|?*]', name)
        assert name[-1] not in ". "
        assert not RESERVED.match(name)


TARGETS = {
    "url": Target(st.tuples(URLS, st.none() | URLS), check_url),
    "path": Target(st.tuples(URLS, URLS, TYPES), check_path),
}
