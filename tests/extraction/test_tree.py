"""Elements are found, and read as a person reads them."""

from __future__ import annotations

import pytest

from crawler.extraction.tree import base_of, css, markup_of, rows_of, selected, text_of, tree_of, xpath


def test_texts_of_blocks_are_apart() -> None:
    tree = tree_of("<div>a<br>b<b>c</b><script>no</script><p>d</p>e</div>after<ul><li>1<li>2</ul>")
    (block,) = selected(css("div"), tree)
    assert text_of(block) == "a bc d e"
    assert text_of(tree) == "a bc d e after 1 2"
    assert markup_of(selected(css("b"), tree)[0]) == "<b>c</b>"


def test_css_and_xpath_select_below_an_element() -> None:
    tree = tree_of("<p class=x>1</p><div><p class=x>2<i>3</i></p></div>")
    (block,) = selected(css("div"), tree)
    assert [text_of(each) for each in selected(css("p.x"), block)] == ["23"]
    assert [text_of(each) for each in selected(css("p:has(> i), b"), tree)] == ["23"]
    assert selected(xpath("count(.//i)"), block) == [1.0]
    assert selected(xpath("string(.//b)"), block) == []
    assert selected(xpath("number('x')"), block) == []
    assert selected(xpath(".//p/@class"), block) == ["x"]


@pytest.mark.parametrize("text", ["p[", "", "p::before(", "p:unknown"])
def test_what_is_no_css(text: str) -> None:
    with pytest.raises(ValueError, match="is no CSS selector"):
        css(text)


@pytest.mark.parametrize("text", ["//p[", "", "p//"])
def test_what_is_no_xpath(text: str) -> None:
    with pytest.raises(ValueError, match="is no XPath"):
        xpath(text)


def test_an_xpath_that_fails_only_here() -> None:
    with pytest.raises(ValueError, match="its XPath fails"):
        selected(xpath("x:p"), tree_of("<p>"))


@pytest.mark.parametrize("text", ["", " ", "<!-- -->"])
def test_nothing_has_no_tree(text: str) -> None:
    assert tree_of(text) is None


def test_bases() -> None:
    url = "http://a.example/b/c"
    assert base_of(tree_of("<p>"), url) == url
    assert base_of(tree_of("<base target=x><base href=d/>"), url) == "http://a.example/b/d/"
    assert base_of(tree_of("<base href='http://['>"), url) == url


def test_tables() -> None:
    table = tree_of(
        "<table><caption>c</caption><tr><th>A<th>B<th>A</tr><tr><td rowspan=2>1<td colspan=2>2</tr>"
        "<tr><td>3<td>4<table><tr><td>in</table></tr><tr><td>5</tr></table>"
    ).find(".//table")
    assert rows_of(table) == [{"A": "1", "B": "2"}, {"A": "1", "B": "3"}, {"A": "5"}]
    assert rows_of(tree_of("<table><tr></table>").find(".//table")) == []
    wide = tree_of("<table><tr><td>a<tr><td colspan=99999 rowspan=-1>x<td>y</table>").find(".//table")
    assert rows_of(wide) == [{"a": "x"}]
