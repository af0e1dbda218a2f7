"""What one text may hold."""

import pytest

from crawler.links.allowance import MAX_LINK_CHARS, MAX_LINKS, Allowance, TooHeavyError
from crawler.links.html import read_html
from crawler.links.soup import MAX_TAGS
from crawler.links.stylesheet import read_css

PAGE = "http://a.example/"


def test_distinct_urls_are_kept_up_to_a_number_and_the_rest_is_counted() -> None:
    allowance = Allowance(most_links=2)
    assert [allowance.keeps(url) for url in ("a", "b", "a", "c", "b", "d")] == [
        *(True, True, True, False, True, False)
    ]
    assert allowance.left_out == 2


def test_and_up_to_a_length_of_all_together() -> None:
    allowance = Allowance(most_chars=10)
    assert [allowance.keeps(url) for url in ("12345678", "123", "12", "1")] == [True, False, True, False]
    assert allowance.left_out == 2


def test_work_beyond_what_is_allowed_ends_the_reading() -> None:
    allowance = Allowance(most_work=2)
    allowance.spend()
    allowance.spend()
    with pytest.raises(TooHeavyError):
        allowance.spend()


@pytest.mark.parametrize(
    "body",
    [
        "".join(f"<a href={number}>" for number in range(20)),
        "<img srcset='" + "".join(f"{number} 1x, " for number in range(40)) + "'>",
        "<style>" + "".join(f"a{{b:url({number})}}" for number in range(40)) + "</style>",
        "<p style='" + "".join(f"b:url({number});" for number in range(40)) + "'>",
        "".join(f"<a ping={number}>" for number in range(40)),
        "<a href='?" + "é" * 800 + "'>",
        "<iframe srcdoc='" + "x" * 800 + "'>",
        "<iframe srcdoc='" + "".join(f"<a href={number}>" for number in range(20)) + "'>",
    ],
    ids=[
        "links",
        "srcset",
        "style",
        "style attribute",
        "tags",
        "not ASCII",
        "long page within",
        "page within",
    ],
)
def test_every_way_to_make_work_is_counted(body: str) -> None:
    with pytest.raises(TooHeavyError):
        read_html(body.encode(), PAGE, "text/html", Allowance(most_work=30))


def test_a_stylesheet_is_counted_too() -> None:
    body = "".join(f"a{{b:url({number})}}" for number in range(40)).encode()
    with pytest.raises(TooHeavyError):
        read_css(body, PAGE, "text/css", Allowance(most_work=30))
    assert read_css(body, PAGE, "text/css", Allowance(most_links=30)).left_out == 10


def test_repeated_links_cost_little() -> None:
    document = read_html(b"<a href=/x>" * 1000, PAGE, None, Allowance(most_work=502))
    assert len(document.places) == 1000
    with pytest.raises(TooHeavyError):
        read_html(b"<a href=/x>" * 1000, PAGE, None, Allowance(most_work=501))


@pytest.mark.parametrize(
    ("markup", "charset"),
    [
        (b"<a%b href=x>" % (b" a" * 3000), "utf-8"),
        (b"<img srcset='%b'>" % (b"a 1x, " * 3000), "utf-8"),
        (b"<p style='url(x)%b'>" % (b"@" * 9000), "utf-8"),
        (b"<style>%b</style>" % (b"@" * 9000), "utf-8"),
        (b"<p>%b<a href=x>" % (b" " * 9000), "iso-2022-jp"),
    ],
    ids=["attributes", "srcset", "style", "style element", "stateful encoding"],
)
def test_what_costs_by_its_length_is_counted_by_it(markup: bytes, charset: str) -> None:
    content_type = f"text/html; charset={charset}"
    with pytest.raises(TooHeavyError):
        read_html(markup, PAGE, content_type, Allowance(most_work=100))
    assert read_html(markup, PAGE, content_type, Allowance(most_work=10_000)).codec


def test_more_links_than_one_page_may_have_are_counted_and_stay_as_they_are() -> None:
    body = "".join(f"<a href=/{number}>" for number in range(MAX_LINKS + 7)).encode()
    document = read_html(body, PAGE)
    assert len(document.outlinks()) == len(document.places) == MAX_LINKS
    assert document.left_out == 7


def test_a_base_cannot_make_short_links_fill_the_memory() -> None:
    base, links = "b/" * 4000, 2 * MAX_LINK_CHARS // 8000
    body = f"<base href=/{base}>" + "".join(f"<a href={number}>" for number in range(links))
    document = read_html(body.encode(), PAGE)
    assert sum(len(each.url) for each in document.outlinks()) <= MAX_LINK_CHARS
    assert len(document.outlinks()) + document.left_out == links


def test_tags_that_are_not_looked_at_are_counted() -> None:
    assert read_html(b"<a href=/x>" * (MAX_TAGS + 3), PAGE).left_out == 3
