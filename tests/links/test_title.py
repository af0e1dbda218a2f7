"""A page's title; how it stands in a whole page is tested with `read_html`."""

from crawler.links.scan import scan
from crawler.links.title import title

BODY = b"<title> </title><title> A &amp;\n B </title><title>c</title>"


def test_the_first_title_with_a_text_in_one_line() -> None:
    assert title(BODY, "utf-8", scan(BODY), is_xml=False) == "A & B"
    assert title(BODY, "utf-8", [], is_xml=False) == ""


def test_the_title_of_a_drawing_counts_in_a_drawing() -> None:
    body = b"<svg><title>icon</title></svg>"
    assert title(body, "utf-8", scan(body, is_xml=True), is_xml=True) == "icon"
    assert title(body, "utf-8", scan(body), is_xml=False) == ""
