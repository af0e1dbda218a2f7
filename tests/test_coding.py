"""`crawler.coding`: what servers send, what they should not, and bombs."""

from __future__ import annotations

import contextlib
import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.coding import ACCEPTED_CODINGS, BodyTooLargeError, CodingError, decode_small, decoded, layers_of

brotli = pytest.importorskip("brotli")
zstd = pytest.importorskip("backports.zstd") if "zstd" in ACCEPTED_CODINGS else None

LIMIT = 1_000_000
TEXT = b"The quick brown fox. " * 400


def _raw_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate ": _raw_deflate,
    "br": brotli.compress,
}
if zstd is not None:
    ENCODERS["zstd"] = zstd.compress


def test_what_is_asked_for_is_what_can_be_undone() -> None:
    assert ACCEPTED_CODINGS.split(", ")[:2] == ["gzip", "deflate"]
    assert {name.strip().lower() for name in ENCODERS} - {"x-gzip"} == set(ACCEPTED_CODINGS.split(", "))


def in_pieces(body: bytes, size_bytes: int) -> Iterator[bytes]:
    return (body[at : at + size_bytes] for at in range(0, len(body), size_bytes))


def decode_body(body: bytes, header: str | None, limit_bytes: int, *, size_bytes: int = 65_536) -> bytes:
    return b"".join(decoded(in_pieces(body, size_bytes), layers_of(header), limit_bytes))


@pytest.mark.parametrize("name", ENCODERS)
@given(body=st.binary(max_size=300) | st.just(TEXT), size_bytes=st.integers(1, 40))
def test_round_trip(name: str, body: bytes, size_bytes: int) -> None:
    coded = ENCODERS[name](body)
    assert decode_body(coded, name, LIMIT, size_bytes=size_bytes) == body
    assert decode_small(coded, layers_of(name), LIMIT) == body


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("body", [bytes(900_000), random.Random(1).randbytes(700_000), TEXT * 110])
@pytest.mark.parametrize("size_bytes", [1000, 65_536, 10**6])
def test_round_trip_of_large_bodies(name: str, body: bytes, size_bytes: int) -> None:
    assert decode_body(ENCODERS[name](body), name, LIMIT, size_bytes=size_bytes) == body


@pytest.mark.parametrize("name", ENCODERS)
def test_what_is_exactly_as_large_as_allowed_passes(name: str) -> None:
    assert decode_body(ENCODERS[name](TEXT), name, len(TEXT)) == TEXT
    with pytest.raises(BodyTooLargeError):
        decode_body(ENCODERS[name](TEXT), name, len(TEXT) - 1)


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("cut", [1, 5, 9])
def test_what_is_cut_off_is_an_error(name: str, cut: int) -> None:
    with pytest.raises(CodingError):
        decode_body(ENCODERS[name](TEXT)[:-cut], name, LIMIT)


@pytest.mark.long
@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("header", ["{}", "gzip, {}", "{}, gzip"])
def test_a_bomb_costs_little_memory_and_no_more_than_its_limit(name: str, header: str) -> None:
    bomb = ENCODERS[name](bytes(60_000_000))
    if header == "gzip, {}":
        bomb = ENCODERS[name](gzip.compress(bytes(60_000_000)))
    elif header == "{}, gzip":
        bomb = gzip.compress(bomb)
    layers = layers_of(header.format(name))
    size_bytes = 0
    tracemalloc.start()
    try:
        with contextlib.suppress(BodyTooLargeError):
            for piece in decoded(in_pieces(bomb, 65_536), layers, 50 * LIMIT):
                size_bytes += len(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 49 * LIMIT < size_bytes <= 50 * LIMIT
    assert peak < LIMIT
    assert decode_small(bomb, layers, LIMIT) is None


@pytest.mark.parametrize("name", ENCODERS)
@given(junk=st.binary(max_size=80))
def test_junk_is_an_error_or_plain(name: str, junk: bytes) -> None:
    with contextlib.suppress(CodingError, BodyTooLargeError):
        assert len(decode_body(junk, name, LIMIT)) <= LIMIT


def test_gzip_members_follow_each_other_and_junk_behind_them_is_passed_over() -> None:
    two = gzip.compress(b"one ") + gzip.compress(b"two")

    assert decode_body(two, "gzip", LIMIT) == b"one two"
    assert decode_body(two + b"\0\0 junk", "gzip", LIMIT) == b"one two"
    assert decode_body(zlib.compress(b"one") + b"\x1f\x8bjunk", "deflate", LIMIT) == b"one"


@pytest.mark.parametrize("name", [name for name in ENCODERS if name != "br"])
@pytest.mark.parametrize("size_bytes", [1, 3, 7, 65_536])
def test_junk_behind_is_passed_over_wherever_the_pieces_end(name: str, size_bytes: int) -> None:
    coded = ENCODERS[name](TEXT) + b"junk" * 50
    assert decode_body(coded, name, LIMIT, size_bytes=size_bytes) == TEXT


def test_an_outer_layer_must_be_whole_though_the_inner_one_needs_no_more_of_it() -> None:
    outer = bytearray(gzip.compress(gzip.compress(TEXT) + bytes(300_000)))
    assert decode_body(bytes(outer), "gzip, gzip", LIMIT) == TEXT
    outer[-6] ^= 0xFF
    with pytest.raises(CodingError):
        decode_body(bytes(outer), "gzip, gzip", LIMIT)
    with pytest.raises(BodyTooLargeError):
        decode_body(gzip.compress(gzip.compress(TEXT) + bytes(2 * LIMIT)), "gzip, gzip", LIMIT)


def test_a_bad_checksum_is_an_error() -> None:
    body = bytearray(gzip.compress(TEXT))
    body[-6] ^= 0xFF

    with pytest.raises(CodingError):
        decode_body(bytes(body), "gzip", LIMIT)


def test_what_is_called_gzip_and_is_not_stays() -> None:
    assert decode_body(b"<html>", "gzip", LIMIT) == b"<html>"


@pytest.mark.skipif(zstd is None, reason="zstd absent")
def test_zstd_frames_follow_each_other_and_large_windows_are_refused() -> None:
    assert zstd is not None
    skipped = b"\x52\x2a\x4d\x18\x03\0\0\0abc"
    assert decode_body(zstd.compress(b"one ") + skipped + zstd.compress(b"two"), "zstd", LIMIT) == b"one two"

    compressor = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    with pytest.raises(CodingError):
        decode_body(compressor.compress(b"x") + compressor.flush(), "zstd", LIMIT)


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_a_stream_of_countless_empty_members_is_refused(name: str) -> None:
    if name not in ENCODERS:
        pytest.skip("zstd absent")
    with pytest.raises(CodingError, match="members"):
        decode_body(ENCODERS[name](b"") * 200_000, name, LIMIT)


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_what_takes_many_members_is_not_done_at_once(name: str) -> None:
    if name not in ENCODERS:
        pytest.skip("zstd absent")
    many = ENCODERS[name](b"x") * 51
    assert decode_body(many, name, LIMIT) == b"x" * 51
    assert decode_small(many, layers_of(name), LIMIT) is None
    assert decode_small(ENCODERS[name](b"x") * 50, layers_of(name), LIMIT) == b"x" * 50


def test_layers_are_undone_in_reverse_order() -> None:
    assert decode_body(brotli.compress(gzip.compress(TEXT)), "gzip, br", LIMIT) == TEXT
    assert decode_body(gzip.compress(gzip.compress(TEXT)), "gzip,gzip", LIMIT) == TEXT


def test_layers_are_bounded() -> None:
    body = TEXT
    for _ in range(5):
        body = gzip.compress(body)

    assert decode_body(body, ", ".join(["gzip"] * 5), LIMIT) == TEXT
    with pytest.raises(CodingError):
        decode_body(gzip.compress(body), ", ".join(["gzip"] * 6), LIMIT)


@pytest.mark.parametrize("header", [None, "", "identity", "none", " , ", "Identity,"])
def test_no_coding(header: str | None) -> None:
    assert layers_of(header) == ()
    assert decode_body(TEXT, header, 1) == TEXT


def test_an_unknown_coding_leaves_the_body() -> None:
    assert decode_body(b"abc", "compress", LIMIT) == b"abc"
    assert decode_body(gzip.compress(b"abc"), "exotic, gzip", LIMIT) == b"abc"


@pytest.mark.parametrize("name", ENCODERS)
def test_an_empty_body_is_empty_whatever_it_is_called(name: str) -> None:
    assert decode_body(b"", name, LIMIT) == b""


@pytest.mark.parametrize(
    ("coding", "media_type", "layers"),
    [
        ("gzip", "application/gzip", ()),
        ("x-gzip", "application/x-gzip", ()),
        ("gzip", "text/html", ("gzip",)),
        ("gzip, gzip", "application/gzip", ("gzip", "gzip")),
    ],
)
def test_a_gzip_file_that_is_called_coded_stays_packed(
    coding: str, media_type: str, layers: tuple[str, ...]
) -> None:
    assert layers_of(coding, media_type) == layers
