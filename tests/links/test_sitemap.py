"""`crawler.links.sitemap`: the formats, the faults, and the attacks."""

from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.links.sitemap import MAX_ELEMENTS, MAX_ENTRIES, is_sitemap, sitemap
from crawler.model import Hop, Outlink

URL = "https://example.org/sitemap.xml"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def _urls(body: bytes | str, url: str = URL) -> list[str]:
    return [outlink.url for outlink in sitemap(body.encode() if isinstance(body, str) else body, url)]


def _urlset(*locs: str, namespace: str = NAMESPACE) -> str:
    entries = "".join(f"<url><loc>{loc}</loc><lastmod>junk</lastmod></url>" for loc in locs)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{namespace}">{entries}</urlset>'


def test_a_urlset_is_a_manifest() -> None:
    assert sitemap(_urlset("https://example.org/a").encode(), URL) == [
        Outlink(url="https://example.org/a", hop=Hop.MANIFEST, context="urlset loc")
    ]


def test_an_index_names_prerequisites_itself_included() -> None:
    body = f'<sitemapindex xmlns="{NAMESPACE}"><sitemap><loc>{URL}</loc></sitemap><sitemap><loc>/b.xml.gz</loc></sitemap></sitemapindex>'
    assert sitemap(body.encode(), URL) == [
        Outlink(url=URL, hop=Hop.PREREQUISITE, context="sitemapindex loc"),
        Outlink(url="https://example.org/b.xml.gz", hop=Hop.PREREQUISITE, context="sitemapindex loc"),
    ]


RSS = """<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><link>https://example.org/</link>
<atom:link rel="self" href="https://example.org/feed"/><item><link><![CDATA[https://example.org/a?b&c]]></link>
<enclosure url="https://example.org/a.mp3"/></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><link href="/"/><link rel="self" href="/feed"/>
<entry><link rel="alternate" href="/a"/><link rel="edit" href="/edit/a"/></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<item><link>https://example.org/a</link></item></rdf:RDF>"""


def test_feeds_are_manifests() -> None:
    assert _urls(RSS) == ["https://example.org/", "https://example.org/a?b&c"]
    assert _urls(ATOM) == ["https://example.org/", "https://example.org/a"]
    assert _urls(RDF) == ["https://example.org/a"]
    assert {(outlink.hop, outlink.context) for outlink in sitemap(RSS.encode(), URL)} == {
        (Hop.MANIFEST, "rss link")
    }
    assert {(outlink.hop, outlink.context) for outlink in sitemap(ATOM.encode(), URL)} == {
        (Hop.MANIFEST, "atom link")
    }


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_plain_text_has_a_url_a_line(newline: str) -> None:
    text = newline.join(
        ["\ufeffhttps://example.org/a", "", "not a url", "  HTTP://example.org/b  ", "/c", "mailto:x@y"]
    )
    assert _urls(text) == ["https://example.org/a", "http://example.org/b"]
    assert {outlink.hop for outlink in sitemap(text.encode(), URL)} == {Hop.MANIFEST}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (_urlset(" \n https://example.org/a \t"), ["https://example.org/a"]),
        (_urlset("<![CDATA[ https://example.org/a?b=1&c=2 ]]>"), ["https://example.org/a?b=1&c=2"]),
        (_urlset("https://example.org/a?b=1&amp;c=2"), ["https://example.org/a?b=1&c=2"]),
        (_urlset("https://example.org/a?b=1&c=2&copy;"), ["https://example.org/a?b=1&c=2&copy;"]),
        (_urlset("https://example.org/&#x61;&#98;"), ["https://example.org/ab"]),
        (_urlset("/a&#0;&#x1F;&#xD800;&#1114112;&#xFFFFFF;b", "/c"), ["https://example.org/ab", "https://example.org/c"]),
        (_urlset("https://example.org/a", namespace="http://wrong/"), ["https://example.org/a"]),
        ("<urlset><url><loc>/a</loc></url></urlset>", ["https://example.org/a"]),
        ("<S:urlset xmlns:S='x'><S:url><S:loc>/a</S:loc></S:url></S:urlset>", ["https://example.org/a"]),
        ("\ufeff" + _urlset("/a"), ["https://example.org/a"]),
        ("\n\n " + _urlset("/a"), ["https://example.org/a"]),
        (_urlset("/a", "/a#b", "/a"), ["https://example.org/a"]),
        (_urlset("ftp://example.org/", "javascript:x", "", "https://other.example/"), ["https://other.example/"]),
        (_urlset("/a\x0b\x00\uffff"), ["https://example.org/a"]),
        (_urlset("/a").partition("</urlset>")[0], ["https://example.org/a"]),
        (_urlset("/a", "/b")[:-30].rpartition("/b")[0] + "/b", ["https://example.org/a"]),
        (_urlset("/a") + "junk <", ["https://example.org/a"]),
        ("<urlset><url><loc>/a</loc></url><url></b></url><url><loc>/c</loc></url></urlset>", ["https://example.org/a"]),
        ("<urlset><url><loc>/a</loc><image><loc>/i.png</loc></image></url></urlset>", ["https://example.org/a"]),
        ("<urlset><url><loc>/a<!-- b -->c</loc></url></urlset>", ["https://example.org/ac"]),
        ("<!DOCTYPE urlset SYSTEM 'http://127.0.0.1:9/x.dtd'>" + "<urlset><url><loc>/a</loc></url></urlset>", ["https://example.org/a"]),
        ("<?xml-stylesheet href='a.xsl'?><!-- b --><urlset><url><loc>/a</loc></url></urlset>", ["https://example.org/a"]),
        ("<!DOCTYPE html><html><a href=/a>", []),
        ("<html><urlset><url><loc>/a</loc></url></urlset></html>", []),
        ("", []),
        ("<", []),
        ("<!-- <urlset><url><loc>/a</loc></url></urlset>", []),
    ],
)  # fmt: skip
def test_odd_documents(body: str, expected: list[str]) -> None:
    assert _urls(body) == expected


def test_encodings() -> None:
    text = "<urlset><url><loc>https://example.org/é</loc></url></urlset>"
    declared = '<?xml version="1.0" encoding="{}"?>'
    expected = ["https://example.org/%C3%A9"]
    assert _urls(text.encode()) == expected
    assert _urls((declared.format("ISO-8859-1") + text).encode("latin-1")) == expected
    assert _urls(("\ufeff" + declared.format("UTF-16") + text).encode("utf-16-le")) == expected
    assert _urls((declared.format("UTF-16") + text).encode("utf-16-be")) == expected
    assert _urls((declared.format("UTF-16") + text).encode()) == expected
    assert _urls(text.encode("latin-1") + b"") == ["https://example.org/%EF%BF%BD"]


def test_gzip_of_any_number_of_members_is_undone() -> None:
    text = _urlset("/a", "/b").encode()
    two = gzip.compress(text[:100]) + gzip.compress(text[100:])
    assert _urls(gzip.compress(text)) == _urls(two) == _urls(two + b"junk") == _urls(text)


def test_damaged_gzip_gives_what_it_held() -> None:
    text = _urlset(*(f"/{number * 7919 % 10007}" for number in range(3000))).encode()
    packed = gzip.compress(text)
    kept = _urls(packed[: len(packed) // 2])
    assert 500 < len(kept) < 3000
    assert kept == _urls(text)[: len(kept)]
    assert _urls(packed[:-8] + b"\0" * 8) == _urls(text)
    assert _urls(b"\x1f\x8bjunk") == []


BOMB = """<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY a "https://example.org/">{}]><urlset><url><loc>&j;&a;</loc></url></urlset>"""


@pytest.mark.parametrize(
    "body",
    [
        BOMB.format(
            "".join(f'<!ENTITY {x} "{f"&{y};" * 10}">' for x, y in zip("bcdefghij", "abcdefghi", strict=True))
        ),
        "<!DOCTYPE urlset [<!ENTITY % a SYSTEM 'http://127.0.0.1:9/'>%a;]><urlset><url><loc>/a</loc></url></urlset>",
        "<!DOCTYPE a[<!ENTITY x SYSTEM 'file:///etc/hostname'>]><urlset><url><loc>/&x;</loc></url></urlset>",
    ],
)
def test_a_document_with_entities_is_refused(body: str) -> None:
    started = time.process_time()
    assert _urls(body) == []
    assert _urls(gzip.compress(body.encode())) == []
    assert time.process_time() - started < 1


def test_entities_expand_to_nothing_wherever_they_are_declared(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for body in (
        f"<urlset><!DOCTYPE a [<!ENTITY x SYSTEM '{secret.as_uri()}'>]><url><loc>/&x;</loc></url></urlset>",
        f"<!DOCTYPE urlset SYSTEM '{secret.as_uri()}'><urlset><url><loc>/&x;</loc></url></urlset>",
        f"<urlset xmlns:xi='http://www.w3.org/2001/XInclude'><url><loc>/<xi:include href='{secret.as_uri()}' parse='text'/></loc></url></urlset>",
    ):
        assert "secret" not in "".join(_urls(body))


def test_nothing_is_fetched_for_a_document_type() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        for body in (
            f"<!DOCTYPE urlset SYSTEM '{address}'><urlset><url><loc>/a</loc></url></urlset>",
            f"<!DOCTYPE urlset PUBLIC 'p' '{address}'><urlset><url><loc>/&x;</loc></url></urlset>",
            f"<!DOCTYPE urlset [<!ENTITY x SYSTEM '{address}'>]><urlset><url><loc>/&x;</loc></url></urlset>",
            f"<!DOCTYPE urlset [<!ENTITY % x SYSTEM '{address}'> %x;]><urlset/>",
            f"<?xml-stylesheet href='{address}'?><urlset xmlns='{address}'><url><loc>/a</loc></url></urlset>",
        ):
            _urls(body)
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize(
    "lastmod", ["", "junk", "9999-99-99", "2026-01-01T00:00:00+99:99", "<a>b</a>", "&#0;", "1e999"]
)
def test_any_lastmod_will_do(lastmod: str) -> None:
    body = f"<urlset><url><lastmod>{lastmod}</lastmod><loc>/a</loc><priority>{lastmod}</priority></url><url><loc>/b</loc></url></urlset>"
    assert _urls(body)[0] == "https://example.org/a"


def test_a_gzip_bomb_is_cut() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(_urlset("/a").removesuffix("</urlset>").encode())
    bomb += b"".join(packer.compress(b" " * 1_000_000) for _ in range(200)) + packer.flush()
    tracemalloc.start()
    try:
        assert _urls(bomb) == ["https://example.org/a"]
        assert is_sitemap(bomb, "")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 350_000_000


def test_a_million_tiny_gzip_members_take_bounded_time() -> None:
    body = gzip.compress(b"", mtime=0) * 1_000_000
    started = time.process_time()
    assert _urls(body) == []
    assert time.process_time() - started < 0.5


@pytest.mark.long
def test_entries_are_capped() -> None:
    locs = [f"/{number}" for number in range(MAX_ENTRIES + 10)]
    assert len(_urls(_urlset(*locs))) == MAX_ENTRIES
    assert len(_urls("\n".join(f"https://example.org{loc}" for loc in locs))) == MAX_ENTRIES


@pytest.mark.long
def test_elements_are_capped() -> None:
    assert _urls("<urlset>" + "<a/>" * (MAX_ELEMENTS + 100_000) + "<url><loc>/a</loc></url></urlset>") == []


@pytest.mark.parametrize(
    "unit",
    [
        "<a>",
        "<a/>",
        "&",
        "&#",
        "<![CDATA[",
        "<!--",
        "<?",
        "\n",
        " ",
        "<url><loc>",
        "]]>",
        "<!DOCTYPE>",
        "x",
        "http://",
    ],
)
@pytest.mark.long
@pytest.mark.parametrize("start", ["", "<urlset>", "<urlset><url><loc>", "\n"])
def test_hostile_text_takes_linear_time(unit: str, start: str) -> None:
    body = (start + unit * (1_000_000 // len(unit))).encode()
    started = time.process_time()
    sitemap(body, URL)
    is_sitemap(body, "")
    assert time.process_time() - started < 4


PIECES = st.sampled_from(
    [*"<>/&;[]!\n", "<urlset>", "</urlset>", "<url>", "</url>", "<loc>", "</loc>", "/a", "<![CDATA[", "]]>", "<!--", "-->", "<?xml", "?>",
     "<!DOCTYPE", "<rss>", "<link>", "</link>", "<a:b>", "xmlns='x'", "&amp;", "&#0;", "&#xd800;", "http://a/", "\0", "\ufffe"]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(PIECES).map("".join).map(str.encode) | st.binary() | st.binary().map(gzip.compress))
def test_any_bytes_give_a_list(body: bytes) -> None:
    assert all(outlink.url.startswith(("http://", "https://")) for outlink in sitemap(body, URL))
    assert is_sitemap(body, "") in {True, False}


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (_urlset("/a"), "text/html", True),
        (_urlset("/a"), "", True),
        (_urlset("/a"), "image/png", False),
        ("<sitemapindex>", "application/xml", True),
        ("<x:urlset xmlns:x='y'>", "text/xml", True),
        ("\ufeff \n<?xml version='1.0'?><!-- <html> --><?xml-stylesheet ?>\n<urlset\n>", "text/plain", True),
        ("<html><urlset>", "text/html", False),
        ("<!-- <urlset>", "text/xml", False),
        ("<urlsets>", "text/xml", False),
        ("<rss>", "text/xml", False),
        (" " * 2000 + "<urlset>", "text/xml", False),
        ("", "text/xml", False),
        ("<!DOCTYPE urlset [ <!ENTITY a 'b'> ]><urlset>", "text/xml", False),
    ],
)
def test_is_sitemap(body: str, media_type: str, expected: bool) -> None:
    assert is_sitemap(body.encode(), media_type) is expected
    assert is_sitemap(gzip.compress(body.encode()), media_type) is expected


def test_is_sitemap_in_utf16() -> None:
    assert is_sitemap(("\ufeff" + _urlset("/a")).encode("utf-16-be"), "text/xml")


ASKED_AT = 1_700_000_000.0


def _dated(body: str) -> dict[str, float | None]:
    return {each.url.rpartition("/")[2]: each.modified_at for each in sitemap(body.encode(), URL, ASKED_AT)}


def test_a_date_stands_before_or_behind_its_address() -> None:
    old, other = "<lastmod>2020-01-01T00:00:00Z</lastmod>", "<lastmod>2021-01-01T00:00:00Z</lastmod>"
    inner = f"<url><loc>/a</loc>{old}</url><url>{other}<loc>/b</loc></url><url><loc>/c</loc></url>"
    inner += f"<url><loc>/d</loc><image><lastmod>2020</lastmod></image></url><url><loc>/e</loc>{old}"
    assert _dated(f'<urlset xmlns="{NAMESPACE}">{inner}') == {
        "a": 1_577_836_801.0,
        "b": 1_609_459_201.0,
        "c": None,
        "d": None,
        "e": 1_577_836_801.0,
    }


def test_dates_to_come_junk_and_dates_of_sitemaps_say_nothing() -> None:
    inner = "".join(
        f"<url><loc>/{number}</loc><lastmod>{date}</lastmod></url>"
        for number, date in enumerate(("2099-01-01", "junk", "", "0" * 50))
    )
    assert set(_dated(f"<urlset>{inner}</urlset>").values()) == {None}
    index = "<sitemapindex><sitemap><loc>/a</loc><lastmod>2020-01-01</lastmod></sitemap></sitemapindex>"
    assert _dated(index) == {"a": None}


def test_feeds_tell_dates_too() -> None:
    atom = '<feed><updated>2019-01-01</updated><link href="/"/><entry><link href="/a"/><updated>2020</updated></entry>'
    assert _dated(atom) == {"": None, "a": 1_609_459_200.0}
    date = "<pubDate>Wed, 01 Jan 2020 00:00:00 GMT</pubDate>"
    assert _dated(f"<rss><channel><item><link>/a</link>{date}</item></channel></rss>") == {
        "a": 1_577_836_801.0
    }


def test_an_entry_with_many_addresses_is_given_in_pieces() -> None:
    body = "<urlset><url>" + "".join(f"<loc>/{number}</loc>" for number in range(1000)) + "</url></urlset>"
    assert _urls(body) == [f"https://example.org/{number}" for number in range(1000)]
