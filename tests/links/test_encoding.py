"""`crawler.links.encoding` against html5lib's vectors and the rules the vectors leave out."""

from __future__ import annotations

import codecs
import time
from pathlib import Path

import pytest
import webencodings
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.encoding import decode, header_encoding, python_codec, sniff_encoding, xml_encoding

VECTORS = Path(__file__).parents[2].parent / "shared" / "vectors" / "html5lib-encoding"


def _vectors() -> list[tuple[str, bytes, str]]:
    cases = []
    for path in sorted(VECTORS.glob("*.dat")):
        for number, block in enumerate(path.read_bytes().split(b"#data\n")[1:]):
            data, _, expected = block.partition(b"\n#encoding\n")
            cases.append((f"{path.stem}-{number}", data, expected.strip().decode("ascii").lower()))
    return cases


CASES = _vectors()


def test_the_vectors_are_all_there() -> None:
    if not VECTORS.is_dir():
        pytest.skip("html5lib-encoding vectors absent")
    assert len(CASES) == 82


@pytest.mark.parametrize(
    ("data", "expected"),
    [pytest.param(data, expected, id=name) for name, data, expected in CASES]
    or [pytest.param(b"", "", marks=pytest.mark.skip("html5lib-encoding vectors absent"))],
)
def test_html5lib_vector(data: bytes, expected: str) -> None:
    assert sniff_encoding(data) == expected


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"\xef\xbb\xbf<meta charset=koi8-r>", "text/html; charset=koi8-r", "utf-8"),
        (b"\xff\xfe<\0", "text/html; charset=utf-8", "utf-16le"),
        (b"\xfe\xff\0<", None, "utf-16be"),
        (b"<meta charset=koi8-r>", "text/html; charset=utf-8", "utf-8"),
        (b"<meta charset=koi8-r>", "text/html; charset=bogus", "koi8-r"),
        (b"<meta charset=koi8-r>", "text/html; charset=", "koi8-r"),
        (b"<meta charset=koi8-r>", 'text/html; charset=""', "koi8-r"),
        (b"<meta charset=koi8-r>", 'text/html; foo="; charset=utf-8"', "koi8-r"),
        (b"<meta charset=koi8-r>", "text/html; charset=\udce9", "koi8-r"),
        (b"<meta charset=x-user-defined>", None, "windows-1252"),
        (b"<meta charset=iso-2022-kr>", None, "replacement"),
        (b"", "text/html; charset=hz-gb-2312", "replacement"),
        (b"", "text/html; charset=x-user-defined", "x-user-defined"),
        (b"", "text/html; charset=utf-16", "utf-16le"),
        (b"", None, "windows-1252"),
        (b"<p>ascii", None, "windows-1252"),
        ("<p>é".encode(), None, "utf-8"),
        (b"<p>\xe9", None, "windows-1252"),
        (b"<p>\xc3", None, "windows-1252"),
        (b"a" * 65_535 + "é".encode(), None, "utf-8"),
        (b"a" * 65_536 + b"\xe9", None, "windows-1252"),
        (b"a" * 10 + "é".encode() + b"a" * 65_536 + b"\xe9", None, "utf-8"),
        ("<p>x".encode("utf-16-le"), None, "utf-16le"),
        ("<p>x".encode("utf-16-be"), None, "utf-16be"),
        ('<?xml version="1.0"?>'.encode("utf-16-le"), None, "utf-16le"),
        ('<?xml version="1.0"?>'.encode("utf-16-be"), None, "utf-16be"),
        (b"<?xml version='1.0' encoding='koi8-r'?><html/>", None, "koi8-r"),
        (b"<?xml version='1.0' encoding='koi8-r'?><meta charset=big5>", None, "big5"),
        (b"<?xml version='1.0' encoding='utf-16'?><html/>", None, "utf-8"),
        (b"<html>\xe9", "application/xhtml+xml", "utf-8"),
        (b"<?xml version='1.0' encoding='koi8-r'?><svg/>", "image/svg+xml", "koi8-r"),
        (
            b"<meta charset=bogus content='text/html; charset=koi8-r' http-equiv=content-type>",
            None,
            "windows-1252",
        ),
        (b"<meta content='text/html; charset=koi8-r' http-equiv=content-type charset=big5>", None, "big5"),
        (b"<meta charset=koi8-r charset=big5>", None, "koi8-r"),
        (b"<META CHARSET=KOI8-R>", None, "koi8-r"),
        (b"<!--><meta charset=koi8-r>-->", None, "koi8-r"),
        (b"<!-->-><meta charset=koi8-r>", None, "koi8-r"),
        (b"<?php > <meta charset=koi8-r>", None, "koi8-r"),
        (b"<meta http-equiv=content-type content='charsetx charset = \"koi8-r\"'>", None, "koi8-r"),
    ],
)
def test_the_order_of_evidence(body: bytes, content_type: str | None, expected: str) -> None:
    assert sniff_encoding(body, content_type) == expected


def test_a_late_meta_counts_only_where_a_parser_sees_it() -> None:
    late = b"<p>" + b"x" * 2000
    assert sniff_encoding(late + b"<meta charset=koi8-r>") == "koi8-r"
    assert sniff_encoding(late + b"<script>'<meta charset=koi8-r>'</script><meta charset=big5>") == "big5"
    assert sniff_encoding(late + b"<script>'<meta charset=koi8-r>'") == "windows-1252"
    assert sniff_encoding(late + b"<TITLE>'<meta charset=koi8-r>'</Title ><meta charset=big5>") == "big5"
    assert sniff_encoding(b"x" * 65_536 + b"<meta charset=koi8-r>") == "windows-1252"


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (None, None),
        ("", None),
        ("text/html", None),
        ("charset=utf-8", None),
        ("text/html;charset=UTF-8", "utf-8"),
        ("text/html ; Charset = utf-8", "utf-8"),
        ('text/html; charset="ut\\f-8"; x=y', "utf-8"),
        ('text/html; charset="utf-8', "utf-8"),
        ("text/html; charset=latin1; charset=utf-8", "windows-1252"),
        ("text/html; charset=; charset=utf-8", "utf-8"),
        ("text/html; x; charset=utf-8", "utf-8"),
        ("text/html; charset=utf-8, text/html", "utf-8"),
        ("text/html; charset=ISO-8859-1", "windows-1252"),
        ("text/html; charset=utf-8;", "utf-8"),
    ],
)
def test_header_encoding(content_type: str | None, expected: str | None) -> None:
    assert header_encoding(content_type) == expected


def test_xml_is_utf8_unless_it_says_otherwise() -> None:
    assert xml_encoding(b"<urlset/>") == "utf-8"
    assert xml_encoding(b"\xff\xfe<\0") == "utf-16le"
    assert xml_encoding(b"<?xml version='1.0' encoding = \"Shift_JIS\" ?>") == "shift_jis"
    assert xml_encoding(b"<?xml version='1.0' encoding='bogus'?>") == "utf-8"
    assert xml_encoding(b"<?xml version='1.0'?><a encoding='koi8-r'>") == "utf-8"


def test_codecs_are_those_with_the_characters_of_the_whatwg_indexes() -> None:
    assert decode(b"\x87\x40", "shift_jis") == "①"
    assert decode(b"\x81\x41", "euc-kr") == "갂"
    assert decode(b"\xa2\xe3", "gbk") == "€"
    assert decode(b"\x87\x40", "big5") == "䏰"
    assert decode(b"\x80", "windows-1252") == "€"


@pytest.mark.parametrize("name", sorted({webencodings.lookup(label).name for label in webencodings.LABELS}))
def test_every_encoding_has_a_codec_that_reads_anything(name: str) -> None:
    assert codecs.lookup(python_codec(name))
    assert "href" in decode(b"href\x80\xff" if "16" not in name else "href".encode(name), name)


@given(
    body=st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")),
    content_type=st.none()
    | st.text(max_size=60)
    | st.sampled_from(["text/html; charset=gbk", "a/b;charset=utf-16"]),
)
def test_any_bytes_are_sniffed_and_read(body: bytes, content_type: str | None) -> None:
    name = sniff_encoding(body, content_type)
    assert webencodings.lookup(name).name == name
    assert isinstance(decode(body, name), str)


@given(
    st.lists(
        st.sampled_from([b"<", b"!--", b"-->", b"meta ", b"charset", b"=", b'"', b"'", b">", b"/", b"utf-8"])
    )
)
def test_any_markup_is_walked_to_its_end(parts: list[bytes]) -> None:
    assert sniff_encoding(b"".join(parts)) in {"utf-8", "windows-1252"}


def test_an_unknown_name_and_a_replacement_page_are_still_read() -> None:
    assert decode(b'<a href="x">', "no-such-name") == '<a href="x">'
    assert decode(b'\x1b$)C<a href="x">', "replacement") == '\x1b$)C<a href="x">'


def test_a_byte_order_mark_is_obeyed_and_dropped() -> None:
    assert decode("\ufeffé".encode(), "windows-1252") == "é"
    assert decode("\ufeffé".encode("utf-16-le"), "utf-16le") == "é"
    assert decode(b"\xff", "utf-8") == "\ufffd"


@pytest.mark.parametrize(
    "unit",
    [b"<", b"<a", b"<!--", b"<a a='", b"<meta a=b", b"<meta content=charset>", b"<script>", b"</", b"\xe9"],
)
def test_hostile_bytes_take_bounded_time(unit: bytes) -> None:
    body = unit * (10_000_000 // len(unit))
    started = time.process_time()
    sniff_encoding(body)
    assert time.process_time() - started < 1
