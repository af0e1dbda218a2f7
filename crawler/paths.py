"""Name the file below `mirror/` for each URL, from the URL and its media type alone.

A name depends on nothing else, so a link can be written before its target was fetched, and two runs,
or two machines, agree without asking each other. It reads like the URL wherever that is safe on every
file system; `~` is ours and marks what is not in the URL:

| shape | means |
|---|---|
| `about~.html` | the extension is ours: the URL's own was missing or contradicts the media type |
| `index~.html` `index~.json` | `/index.html`; a `/` that is not HTML (`index.html` is the `/` that is) |
| `a.txt~/` | a directory that looks like a file |
| `Main~k3d2.html` `Main~k3d2~.html` `Main~k3d2/` | told apart where the file system folds case |
| `x-page-2~abcdefghij.html` `_~abcdefghij/` | query, unportable or long name: readable part and hash |

Files always end in a known extension and directories never do, so no file is in a directory's way.
"""

from __future__ import annotations

import re
from base64 import b32encode
from functools import lru_cache
from hashlib import blake2b
from unicodedata import normalize
from urllib.parse import quote, unquote

from crawler.extensions import extension_to_add, known_extension
from crawler.urls import host_key, identity, target_of

__all__ = ["mirror_path", "relative"]

MAX_PATH_BYTES = 230
MAX_NAME_BYTES = 200
MAX_DIRECTORY_BYTES = 150
MAX_HOST_BYTES = 80
_QUERY_SLUG_CHARS, _DIRECTORY_SLUG_BYTES = 60, 30
_CACHED_URL_CHARS = 300
_CACHED_DIRECTORY_CHARS = 300
_MEDIA_TYPE_CHARS = 100
# With the longest marks this is a name of 73 bytes, and beside the longest directory there is room for 79.
_SHORT_NAME_CHARS = 50
_SHORT_TAG, _LONG_TAG = 4, 10

_PLAIN_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.+,=@-]*[a-z0-9_+,=@-])?")
_PLAIN_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9_-])?")
# DNS names that read like `host:port` or an IPv6 address as we write those.
_MISLEADING_HOST = re.compile(r".*_[0-9]+|[0-9a-f]*-[0-9a-f]*-[0-9a-f-]*")
_FORBIDDEN = re.compile(r'[<>:"|?*\\/~]')
_NOT_WORD = re.compile(r"[\W_]+")
_SAFE_REFERENCE = re.compile(r"[A-Za-z0-9_.~/-]*")
# The characters that the URL Standard leaves as they are in a path (section 1.3, path percent-encode set).
_LEFT_IN_PATH = "!$&'()*+,-.:;=@[\\]_|~"
# Windows opens a device for these, whatever follows the first dot.
_RESERVED = re.compile(r"(?i:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³]) *(?:\.|\Z)")


def mirror_path(url: str, media_type: str | None = None) -> str:
    """Give the file name of a URL below `mirror/`: relative, `/`-separated, portable, at most 230 bytes.

    The first component is the host: `example.org`, `127.0.0.1_8801`, IPv6 `2001-db8--1`. http and
    https of a host are one site here (as in scope and politeness), so such twins share one name; any
    other two URLs of distinct identity have names that differ after case folding and NFC, as far as
    hashes tell them apart.

    Args:
        url: canonical.
        media_type: as answered, parameters allowed; "" if unknown. None predicts it: that of a known
            extension, else `text/html`.
    """
    if media_type is None and len(url) <= _CACHED_URL_CHARS:
        return _predicted(url, None)
    return _named(url, None if media_type is None else media_type[:_MEDIA_TYPE_CHARS])


def _named(url: str, media_type: str | None) -> str:
    resource = identity(url)
    path, question, query = resource.partition("?")
    cut = path.rindex("/") + 1
    prefix, name = path[:cut], path[cut:]
    directory = _directory(prefix) if cut <= _CACHED_DIRECTORY_CHARS else _directory.__wrapped__(prefix)
    if not question and len(name) <= _SHORT_NAME_CHARS:
        return directory + _file_name(name, media_type, MAX_NAME_BYTES)
    room_bytes = min(MAX_NAME_BYTES, MAX_PATH_BYTES - len(directory.encode()))
    if question:
        return directory + _query_name(name, query, target_of(resource), media_type, room_bytes)
    return directory + _file_name.__wrapped__(name, media_type, room_bytes)


_predicted = lru_cache(maxsize=32_768)(_named)


def relative(from_path: str, to_path: str) -> str:
    """Give the relative URL reference by which the file `from_path` reaches `to_path`.

    Both are mirror paths. Everything but ASCII letters, digits and `_.-~/` is percent-encoded
    (UTF-8), so the reference means the same over `file://`, in an attribute, in `url()` and in
    `srcset`, and no first segment reads like a scheme (RFC 3986 section 4.2).
    """
    reference = _step(from_path, to_path)
    return reference if _SAFE_REFERENCE.fullmatch(reference) else quote(reference)


def _step(from_path: str, to_path: str) -> str:
    cut = from_path.rfind("/") + 1
    if to_path.startswith(from_path[:cut]):
        return to_path[cut:]
    origins, targets = from_path.split("/")[:-1], to_path.split("/")
    shared = 0
    for here, there in zip(origins, targets[:-1], strict=False):
        if here != there:
            break
        shared += 1
    return "../" * (len(origins) - shared) + "/".join(targets[shared:])


@lru_cache(maxsize=8192)
def _directory(prefix: str) -> str:
    """Name the directory of `scheme://host/a/b/`; if too long, one tagged directory ends it early."""
    segments = prefix.split("/")[3:-1]
    directory = f"{_host_name(host_key(prefix))}/"
    kept, size_bytes = directory, len(directory)
    for segment in segments:
        name = _directory_name(segment)
        size_bytes += len(name.encode()) + 1
        directory += f"{name}/"
        if size_bytes > MAX_DIRECTORY_BYTES:
            slug = _shortened(_directory_name(segments[-1]).replace("~", "_"), _DIRECTORY_SLUG_BYTES)
            return f"{kept}{slug}~{_tag(target_of(prefix), _LONG_TAG)}/"
        if size_bytes <= MAX_DIRECTORY_BYTES - _DIRECTORY_SLUG_BYTES - _LONG_TAG - 2:
            kept = directory
    return directory


def _host_name(host: str) -> str:
    if host[0] == "[":
        return host.replace("[", "").replace("]:", "_").replace("]", "").replace(":", "-")
    name, colon, digits = host.partition(":")
    is_plain = _PLAIN_HOST.fullmatch(name) and not _MISLEADING_HOST.fullmatch(name)
    written = f"{name}_{digits}" if colon else name
    if is_plain and len(written) <= MAX_HOST_BYTES and not _RESERVED.match(name):
        return written
    slug = _shortened(_portable(name).replace("~", "_"), MAX_HOST_BYTES - _LONG_TAG - 1)
    return f"{slug}~{_tag(host, _LONG_TAG)}"


def _directory_name(segment: str) -> str:
    text, mark = _readable(segment)
    return f"{text}~" if not mark and known_extension(text) else text + mark


@lru_cache(maxsize=16_384)
def _file_name(segment: str, media_type: str | None, room_bytes: int) -> str:
    """Name the file of a last path segment without query; an empty one is a directory's index."""
    if not segment:
        added = extension_to_add("", media_type)
        return "index.html" if added == "html" else f"index~.{added}"
    text, mark = _readable(segment)
    stem, extension, is_added = _split(text, media_type)
    if is_added and stem == "index":
        mark = mark or f"~{_tag(segment, _SHORT_TAG)}"
    is_marked = len(mark) <= _LONG_TAG if is_added else segment == "index.html"
    name = f"{stem}{mark}{'~' if is_marked else ''}.{extension}"
    return name if len(name.encode()) <= room_bytes else _tagged(stem, segment, extension, room_bytes)


def _query_name(segment: str, query: str, target: str, media_type: str | None, room_bytes: int) -> str:
    stem, extension, _ = _split(_readable(segment)[0] if segment else "index", media_type)
    words = unquote(query[: 3 * _QUERY_SLUG_CHARS], errors="ignore")[:_QUERY_SLUG_CHARS]
    slug = _NOT_WORD.sub("-", normalize("NFC", words)).strip("-")
    return _tagged(f"{stem}-{slug}" if slug else stem, target, extension, room_bytes)


def _split(text: str, media_type: str | None) -> tuple[str, str, bool]:
    """Give the stem, the extension, and whether we add it because the name has none that fits."""
    own = known_extension(text)
    added = extension_to_add(own.lower(), media_type)
    return (text, added, True) if added else (text[: -len(own) - 1], own, False)


def _tagged(stem: str, hashed: str, extension: str, room_bytes: int) -> str:
    ending = f"~{_tag(hashed, _LONG_TAG)}.{extension}"
    return _shortened(stem, room_bytes - len(ending)) + ending


def _readable(segment: str) -> tuple[str, str]:
    """Decode a path segment into a portable name, and give the mark that keeps it apart from others.

    None if the name says all, a short one if it does where case counts, a long one if it lost something.
    """
    if _PLAIN_NAME.fullmatch(segment) and not _RESERVED.match(segment):
        return segment, ""
    decoded = unquote(segment)
    text = _portable(normalize("NFC", decoded))
    if text != decoded or quote(decoded, safe=_LEFT_IN_PATH) != segment:
        return text, f"~{_tag(segment, _LONG_TAG)}"
    if text.casefold() != text or text.upper().casefold() != text:
        return text, f"~{_tag(segment, _SHORT_TAG)}"
    return text, ""


def _portable(text: str) -> str:
    """Replace what Windows, macOS or a shell would trip over; idempotent."""
    if not text.isprintable():
        text = "".join(char if char.isprintable() else "_" for char in text)
    text = _FORBIDDEN.sub("_", text) or "_"
    if text[0] in "-. ":
        text = f"_{text[1:]}"
    if text[-1] in ". ":
        text = f"{text[:-1]}_"
    return f"_{text}" if _RESERVED.match(text) else text


def _shortened(text: str, size_bytes: int) -> str:
    return text.encode()[:size_bytes].decode(errors="ignore")


def _tag(text: str, chars: int) -> str:
    return b32encode(blake2b(text.encode(), digest_size=10).digest()).decode()[:chars].lower()
