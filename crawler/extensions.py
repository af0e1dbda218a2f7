"""Say which media type the extension of a file stands for, and which extension a name still needs."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["EXTENSIONS", "extension_to_add", "known_extension", "media_type_of"]

# Our own, since that of `mimetypes` differs between machines. The first extension is the one we add.
_TABLE = """
text/html html htm|application/xhtml+xml xhtml xht|text/css css|text/javascript js mjs|text/plain txt log
text/markdown md|text/csv csv|text/tab-separated-values tsv|text/vtt vtt|text/calendar ics
application/json json map|application/ld+json jsonld|application/manifest+json webmanifest
application/yaml yaml yml|application/xml xml xsl|application/rss+xml rss|application/atom+xml atom
application/rdf+xml rdf|image/svg+xml svg|image/png png|image/apng apng|image/jpeg jpg jpeg jpe jfif
image/gif gif|image/webp webp|image/avif avif|image/bmp bmp|image/icon ico cur|image/tiff tif tiff
font/woff woff|font/woff2 woff2|font/ttf ttf|font/otf otf|font/collection ttc
application/vnd.ms-fontobject eot|video/mp4 mp4 m4v|video/webm webm|video/ogg ogv|video/quicktime mov
video/avi avi|video/matroska mkv|audio/mpeg mp3|audio/mp4 m4a|audio/ogg ogg oga opus|audio/wav wav
audio/flac flac|audio/aac aac|audio/midi mid midi|video/mpeg mpg mpeg|video/mp2t ts
application/vnd.apple.mpegurl m3u8|application/dash+xml mpd|application/pdf pdf|application/postscript ps eps
application/rtf rtf|application/epub+zip epub|application/msword doc|application/vnd.ms-excel xls
application/vnd.ms-powerpoint ppt
application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
application/vnd.oasis.opendocument.text odt|application/vnd.oasis.opendocument.spreadsheet ods
application/vnd.oasis.opendocument.presentation odp|application/zip zip|application/gzip gz tgz
application/bzip2 bz2|application/xz xz|application/zstd zst|application/7z-compressed 7z|application/rar rar
application/tar tar|application/java-archive jar|application/wasm wasm
application/octet-stream bin exe dmg iso|application/debian-package deb|application/rpm rpm
application/vnd.android.package-archive apk|application/bittorrent torrent|application/shockwave-flash swf
"""
_ROWS = [row.split() for row in _TABLE.replace("\n", "|").split("|") if row]

EXTENSIONS: dict[str, str] = {extension: media_type for media_type, *names in _ROWS for extension in names}
"""Known extensions, lower case and without dot, and the media type each stands for."""

_PREFERRED = {row[0]: row[1] for row in _ROWS}
_BY_SUBTYPE = {media_type.partition("/")[2]: media_type for media_type in reversed(_PREFERRED)}
# Older names of a subtype, behind any `x-`.
_ALIASES = """
ecmascript=javascript font-otf=otf font-sfnt=ttf font-ttf=ttf font-woff=woff font-woff2=woff2 jpg=jpeg pjpeg=jpeg
mp3=mpeg mpegurl=vnd.apple.mpegurl ms-bmp=bmp msvideo=avi opus=ogg rar-compressed=rar vnd.rar=rar sfnt=ttf
vnd.microsoft.icon=icon wave=wav zip-compressed=zip
"""
_SUBTYPE_ALIASES = dict(alias.split("=") for alias in _ALIASES.split())
# What a browser would run as a page: only their own types are kept under their names.
_ACTIVE = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml"})
# Servers interchange the types within each of these.
_KINDS = (
    frozenset({"text/plain", "text/javascript", "application/json", "application/yaml", "application/xml"}),
    frozenset(f"application/{packer}" for packer in ("zip", "gzip", "bzip2", "xz", "zstd", "tar")),
)


def media_type_of(path: str) -> str | None:
    """Give the media type that the extension of a file name or path stands for; None if unknown."""
    return EXTENSIONS.get(known_extension(path.rpartition("/")[2]).lower())


def known_extension(name: str) -> str:
    """The extension of a name as it stands there, if it is one that we know."""
    stem, _, extension = name.rpartition(".")
    return extension if stem and extension.lower() in EXTENSIONS else ""


@lru_cache(maxsize=2048)
def extension_to_add(own: str, media_type: str | None) -> str:
    """Give the extension that a name still needs, "" if its `own` (known, lower-case) one fits."""
    if media_type is None:
        return "" if own else "html"
    essence = media_type.partition(";")[0].strip().lower()
    kind, _, subtype = essence.partition("/")
    subtype = subtype.removeprefix("x-")
    subtype = _SUBTYPE_ALIASES.get(subtype, subtype)
    essence = f"{kind}/{subtype}" if f"{kind}/{subtype}" in _PREFERRED else _BY_SUBTYPE.get(subtype, essence)
    missing = _PREFERRED.get(essence) or ("txt" if kind == "text" else "bin")
    if essence not in _PREFERRED and essence.endswith(("+xml", "+json")):
        missing = essence.rpartition("+")[2]
    return "" if own and _fits(EXTENSIONS[own], essence, is_vague=missing == "bin") else missing


def _fits(own: str, essence: str, *, is_vague: bool) -> bool:
    """Say whether a file whose extension stands for `own` may hold `essence`."""
    if own == essence:
        return True
    if own in _ACTIVE or essence in _ACTIVE:
        return False
    own_kind, _, own_subtype = own.partition("/")
    subtype = essence.partition("/")[2]
    return (
        is_vague
        or own_subtype.rpartition("+")[2] == subtype.rpartition("+")[2]
        or (essence == "text/plain" and own_kind == "text")
        or any(own in kind and essence in kind for kind in _KINDS)
    )
