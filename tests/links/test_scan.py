"""`crawler.links.scan` against the tokenizer of the HTML Standard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.scan import attributes, scan
from tests.links.reader import tags

LINK = ("a", {"href": "y"})


@pytest.mark.parametrize(
    "before",
    [
        "<!-->",
        "<!--->",
        "<!---->",
        "<!-- <a href=x> -->",
        "<!-- <a href=x> --!>",
        "<!--!><a href=x>-->",
        "<!---!><a href=x>-->",
        "<!----!>",
        "<!-- -- > <a href=x> -->",
        "<!doctype html>",
        "<!DOCTYPE html PUBLIC 'a>",
        "<?php <a href=x>",
        "<?-->",
        "<!->",
        "<!>",
        "</>",
        "</ <a href=x>",
        "</3 <a href=x>",
        "<![CDATA[ <a href=x>",
        "< a href=x>",
        "<3 a href=x>",
        "<<<",
        "a < b & c > d",
        "<p title='<a href=x>'>",
        '<p title="<a href=x>">',
        "<p title=\">\" id='>'>",
        "<p title=<a>",
        '<p =">',
        '<p / =">',
        "<p \"'>",
        '<p x==">',
        "<p x='1'=\">",
        "<p x=>",
        "</p title='<a href=x>'>",
        "<script><a href=x></script>",
        "<SCRIPT><a href=x></sCrIpT >",
        "<script>'</scripty><a href=x>'</script/>",
        "<script><!-- <script> </script> <a href=x> --></script>",
        "<script><!-- <script> </script> </script>",
        "<script><!--></script>",
        "<script><!-- --> <script> </script>",
        "<style><a href=x></style>",
        "<textarea><a href=x></textarea>",
        "<title><a href=x></title>",
        "<iframe><a href=x></iframe>",
        "<noembed><a href=x></noembed>",
        "<noframes><a href=x></noframes>",
        "<xmp><a href=x></xmp>",
        "<svg><![CDATA[ > <a href=x> ]]></svg>",
        "<svg><script/>",
        "<svg><style/>",
        "<svg><title/>",
        "<math><![CDATA[<a href=x>]]></math>",
        "<abbr href=x>",
        "<a\0 href=x>",
        "<a name=x>",
        "<a href=#x>",
        "<a href = '#x'>",
    ],
)
def test_what_stands_before_a_link_does_not_hide_it_nor_add_one(before: str) -> None:
    found = [each for each in tags(before + "<a href=y>") if each[0] == "a"]

    assert found == [LINK]


@pytest.mark.parametrize(
    "before",
    [
        "<!--",
        "<!-- -- >",
        "<!--!>",
        "<!x",
        "<?x",
        "<script>",
        "<script><!--<script></script>",
        "<title></titled>",
        "<plaintext>",
        '<a href="',
        "<a href='",
        "<svg><![CDATA[",
        '<p title="',
    ],
)
def test_what_never_ends_hides_the_rest(before: str) -> None:
    rest = ">" if before in {"<!--", "<!-- -- >", "<!--!>"} else ""
    assert not [each for each in tags(f"{before}{rest} <a href=y x=") if each[0] == "a"]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("<a href=y>", {"href": "y"}),
        ("<A HREF=y>", {"href": "y"}),
        ("<a\thref\n=\f'y'>", {"href": "y"}),
        ("<a/href=y>", {"href": "y"}),
        ("<a href=y/>", {"href": "y/"}),
        ('<a href="y"class=z>', {"href": "y", "class": "z"}),
        ("<a href=y href=z>", {"href": "y"}),
        ("<a HREF=y href=z>", {"href": "y"}),
        ("<a href=y disabled>", {"href": "y", "disabled": ""}),
        ("<a href=y x=>", {"href": "y", "x": ""}),
        ("<a =x href=y>", {"=x": "", "href": "y"}),
        ("<a x==z href=y>", {"x": "=z", "href": "y"}),
        ("<a x=a\"b'c`d<e=f href=y>", {"x": "a\"b'c`d<e=f", "href": "y"}),
        ("<a href=y\0>", {"href": "y\ufffd"}),
        ("<a href='>' title=\"'\">", {"href": ">", "title": "'"}),
        ("<a href='?a=1&amp;b=2&copy=3&copy;&notit;'>", {"href": "?a=1&b=2&copy=3\xa9&notit;"}),
        ("<a href=&#x2f;&#47&#0;&#x80;&#xD800;&#1114112;>", {"href": "//\ufffd\u20ac\ufffd\ufffd"}),
        ("<a href='&#" + "9" * 6000 + ";'>", {"href": "\ufffd"}),
        ("<image src=y>", {"src": "y"}),
        ("<a href>", {"href": ""}),
    ],
)
def test_attributes_are_those_of_the_standard(tag: str, expected: dict[str, str]) -> None:
    assert [values for _, values in tags(tag)] == [expected]


def test_places_are_those_of_the_value() -> None:
    body = b"""<a id=1 href = "p&amp;q" ping='z' longdesc=bare cite = rel>"""
    [tag] = scan(body)
    found = attributes(body, tag, "utf-8")

    assert {name: (body[each.start : each.end], each.quote) for name, each in found.items()} == {
        "id": (b"1", ""),
        "href": (b"p&amp;q", '"'),
        "ping": (b"z", "'"),
        "longdesc": (b"bare", ""),
        "cite": (b"rel", ""),
    }
    assert body[found["href"].name_start :].startswith(b"href =")


@pytest.mark.parametrize(
    ("attribute", "before"), [("href", b"href"), ("href=", b"href="), ("href= ", b"href=")]
)
def test_an_empty_value_stands_where_one_could_be_written(attribute: str, before: bytes) -> None:
    body = f"<a {attribute}>".encode()
    [tag] = scan(body)

    assert body[: attributes(body, tag, "utf-8")["href"].start].endswith(before)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<template><a href=y></template><a href=z>", [True, False]),
        ("<template><template></template><a href=y></template><a href=z>", [True, False]),
        ("<TEMPLATE id=x><a href=y>", [True]),
        ("</template><a href=y>", [False]),
        ("<template shadowrootmode=open><a href=y></template>", [False]),
        ("<template><template shadowrootmode='open'><a href=y></template></template>", [True]),
        ("<script><template></script><a href=y>", [False]),
    ],
)
def test_templates_are_inert_unless_they_are_shadow_roots(markup: str, expected: list[bool]) -> None:
    assert [tag.is_inert for tag in scan(markup.encode()) if tag.name == "a"] == expected


def test_noscript_is_known() -> None:
    body = b"<noscript><a href=y></noscript></noscript><a href=z><noscript><a href=q>"

    assert [tag.in_noscript for tag in scan(body)] == [True, False, True]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<svg><image href=y></svg>", [("image", True)]),
        ("<svg><a href=y></svg><a href=z>", [("a", True), ("a", False)]),
        ("<svg/><a href=y>", [("a", False)]),
        (
            "<svg><foreignObject><image src=y></foreignObject><image href=z></svg>",
            [("img", False), ("image", True)],
        ),
        ("<svg><title><a href=y></title><a href=z></svg>", [("a", False), ("a", True)]),
        ("<svg><img src=y><image src=z>", [("img", False), ("img", False)]),
        ("</svg><a href=y>", [("a", False)]),
    ],
)
def test_foreign_elements_are_known(markup: str, expected: list[tuple[str, bool]]) -> None:
    assert [(tag.name, tag.is_foreign) for tag in scan(markup.encode())] == expected


def test_xml_elements_may_close_themselves_and_nothing_else_is_raw() -> None:
    markup = "<html><script src='s'/><title/><textarea><a href='y'/></textarea><![CDATA[>]]><!-- --!> --><a href='z'/>"

    assert [values for _, values in tags(markup, is_xml=True)] == [{"src": "s"}, {"href": "y"}, {"href": "z"}]


def test_styles_of_any_element_are_seen_where_they_call_a_function() -> None:
    assert tags("<p style='color:red'><p style='background:url(x)'>")[-1:] == [
        ("p", {"style": "background:url(x)"})
    ]
    assert tags("<p style='color:red'>") == []
    assert tags("<p STYLE = 'background:url&#40;x)'><p data-bg=x>") == [
        ("p", {"style": "background:url(x)"}),
        ("p", {"data-bg": "x"}),
    ]


def test_a_fragment_is_a_link_where_the_document_has_a_base() -> None:
    assert tags("<base href=/b><a href='#x'>") == [("base", {"href": "/b"}), ("a", {"href": "#x"})]


@given(st.binary(max_size=200) | st.text("<>/!?-=\"' a\0shrefcdtylmp[]&;#", max_size=200).map(str.encode))
def test_any_bytes_can_be_scanned(body: bytes) -> None:
    for tag in scan(body):
        assert body[tag.rest[1] : tag.rest[1] + 1] == b">"
        for name, found in attributes(body, tag, "utf-8").items():
            assert body[found.name_start : found.name_start + 1].lower() == name[:1].encode("latin-1")
            assert tag.rest[0] <= found.start <= found.end <= tag.rest[1]
