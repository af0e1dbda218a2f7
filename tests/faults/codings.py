"""Rows 86-92: bombs, layers, damage."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from functools import cache

import brotli

from crawler.coding import ACCEPTED_CODINGS
from tests.faults.scene import OK, Scene, failed, html, scene, stored
from tests.servers import Line, reply

try:
    from compression import zstd  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    from backports import zstd

__all__ = ["SCENES"]

_PAGE = b"<title>coded</title>" * 50
_BOMB_BYTES = 200_000_000
_ANY_TYPE = {"types": ["html", "other"]}
_LIMIT = {"max_body": 10_000_000}


def _coded(coding: str, wire: bytes, media_type: str = "text/html") -> bytes:
    return html(wire, f"Content-Encoding: {coding}", f"Content-Type: {media_type}")


def _raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def _gzipped(body: bytes, layers: int = 1) -> bytes:
    for _ in range(layers):
        body = gzip.compress(body, mtime=0)
    return body


@cache
def _bomb(coding: str) -> bytes:
    """Zeros, packed; as an answer."""
    zeros = bytes(_BOMB_BYTES)
    match coding:
        case "gzip":
            wire = gzip.compress(zeros, 1, mtime=0)
        case "deflate":
            wire = zlib.compress(zeros, 1)
        case "br":
            wire = brotli.compress(zeros, quality=4)
        case "zstd":
            wire = zstd.compress(zeros)
        case _:
            wire = _gzipped(zeros, coding.count("gzip"))
    return _coded(coding, wire)


def _explodes(coding: str) -> Scene:
    """A bomb is built when it is asked for: the file of scenes is read often."""

    async def talk(line: Line) -> None:
        await line.hear()
        await line.say(_bomb(coding))

    name = coding.replace(", ", "-")
    return scene(86, f"bomb-{name}", talk, failed("too_large: "), options=_LIMIT, alone=True)


def _archive() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("empty"))
    return file.getvalue()


_TAR_GZ = _archive()
_BAD_SUM = _gzipped(_PAGE)[:-8] + bytes(8)


async def _says_what_was_accepted(line: Line) -> None:
    request = await line.hear()
    wanted = f"Accept-Encoding: {ACCEPTED_CODINGS}".encode()
    await line.say(OK if wanted in request else html("", status="406 Not Acceptable"))


SCENES: tuple[Scene, ...] = (
    *map(_explodes, ("gzip", "deflate", "br", "zstd", "gzip, gzip", "gzip, gzip, gzip")),
    scene(87, "deflate-as-zlib", _coded("deflate", zlib.compress(_PAGE)), stored(_PAGE)),
    scene(87, "deflate-raw", _coded("deflate", _raw_deflate(_PAGE)), stored(_PAGE)),
    scene(87, "gzip", _coded("gzip", _gzipped(_PAGE)), stored(_PAGE)),
    scene(87, "br", _coded("br", brotli.compress(_PAGE)), stored(_PAGE)),
    scene(87, "zstd", _coded("zstd", zstd.compress(_PAGE)), stored(_PAGE)),
    scene(88, "unknown", _coded("rot13", _PAGE), stored(_PAGE)),
    scene(88, "identity", _coded("identity", _PAGE), stored(_PAGE)),
    scene(88, "none", _coded("none", _PAGE), stored(_PAGE)),
    scene(88, "empty", _coded("", _PAGE), stored(_PAGE)),
    scene(89, "gzip-gzip", _coded("gzip, gzip", _gzipped(_PAGE, 2)), stored(_PAGE)),
    scene(89, "gzip-br", _coded("gzip, br", brotli.compress(_gzipped(_PAGE))), stored(_PAGE)),
    scene(
        89,
        "two-headers",
        html(brotli.compress(_gzipped(_PAGE)), "Content-Encoding: gzip", "Content-Encoding: br"),
        stored(_PAGE),
    ),
    scene(89, "5-layers", _coded("gzip, " * 4 + "gzip", _gzipped(_PAGE, 5)), stored(_PAGE)),
    scene(89, "6-layers", _coded("gzip, " * 5 + "gzip", _gzipped(_PAGE, 6)), failed("protocol: ")),
    scene(89, "100-layers", _coded("gzip, " * 99 + "gzip", _gzipped(_PAGE)), failed("protocol: ")),
    scene(90, "gzip-is-plain", _coded("gzip", _PAGE), stored(_PAGE)),
    scene(90, "gzip-cut", _coded("gzip", _gzipped(_PAGE)[:-9]), failed("incomplete: ", asked=2)),
    scene(90, "gzip-bad-sum", _coded("gzip", _BAD_SUM), failed("incomplete: ", asked=2)),
    scene(90, "gzip-and-junk", _coded("gzip", _gzipped(_PAGE) + b"junk"), stored(_PAGE)),
    scene(90, "gzip-of-nothing", _coded("gzip", b""), stored(b"")),
    scene(90, "br-is-plain", _coded("br", _PAGE), failed("incomplete: ", asked=2)),
    scene(90, "zstd-cut", _coded("zstd", zstd.compress(_PAGE)[:-5]), failed("incomplete: ", asked=2)),
    scene(
        91, "tar-gz-coded", _coded("gzip", _TAR_GZ, "application/gzip"), stored(_TAR_GZ), options=_ANY_TYPE
    ),
    scene(
        91,
        "tar-gz-plain",
        reply("Content-Type: application/gzip", f"Content-Length: {len(_TAR_GZ)}", body=_TAR_GZ),
        stored(_TAR_GZ),
        options=_ANY_TYPE,
    ),
    scene(92, "what-we-accept", _says_what_was_accepted, stored(b"ok")),
)
