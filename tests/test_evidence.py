"""What speaks for rendering a page, and what came of it."""

from __future__ import annotations

import pytest

from crawler.evidence import NOTHING_KNOWN, Known, choose, evidence_of, gain_of

WORDS = "<p>" + "This page says what it has to say without any help. " * 5 + "</p>"
PROGRAM = '<script src="/app.js"></script>'


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        (PROGRAM + '<div id="root"></div>' + WORDS, "<div> is empty until a script fills it"),
        (PROGRAM + "<div class=x id=app > \n </div >" + WORDS, "<div> is empty until a script fills it"),
        (PROGRAM + "<app-root></app-root>" + WORDS, "<app-root> is empty until a script fills it"),
        (
            PROGRAM + "<noscript>You need to <b>enable</b> JavaScript.</noscript>" + WORDS,
            "it says that it needs JavaScript",
        ),
        (PROGRAM + "<p>Loading the shop", "it has 3 words beside scripts"),
    ],
)
def test_signs(text: str, sign: str) -> None:
    assert evidence_of(text).signs == (sign,)


@pytest.mark.parametrize(
    "text",
    [
        '<div id="root"></div>',
        '<script type="application/ld+json">{"@type": "Product", "name": "A thing of some length"}</script>',
        '<script type="text/x-template"><div id="root"></div> and more and more of it</script>',
        "<script>x = 1</script><p>short",
    ],
)
def test_without_a_program_nothing_is_a_sign(text: str) -> None:
    evidence = evidence_of(text)
    assert (evidence.scripts, evidence.signs) == (0, ())
    assert choose(evidence, NOTHING_KNOWN, "a.example/*").reason == "it has no script"


@pytest.mark.parametrize(
    "attributes", ['src="/a.js"', 'type="module" src=a', "type=text/javascript src=a", "async src='a'"]
)
def test_programs(attributes: str) -> None:
    assert evidence_of(f"<script {attributes}></script>").scripts == 1
    assert evidence_of(f"<script>{'window.go = 1;' * 10}</script>").scripts == 1


def test_a_page_that_says_enough_has_no_sign() -> None:
    evidence = evidence_of(
        PROGRAM + '<div id="sidebar"></div><noscript><img src="/count"></noscript>' + WORDS
    )
    assert evidence.scripts == 1
    assert evidence.signs == ()


def test_what_rendering_brought() -> None:
    before = evidence_of("<h1>Shop</h1><p>Loading</p><a href='/a'>a</a>")
    same = evidence_of("<h1>Shop</h1><p>Loading</p><a href='/a'>a</a><p>2026-11-28</p>")
    more = evidence_of("<h1>Shop</h1><p>A red shoe</p><a href='/a'>a</a><a href='/b'>b</a>")
    assert not gain_of(before, same).is_real
    gain = gain_of(before, more)
    assert (gain.words, gain.links) == (4, 1)
    assert gain.is_real
    assert not gain_of(more, before).links


@pytest.mark.parametrize(
    ("known", "renders", "reason"),
    [
        (NOTHING_KNOWN, True, "a trial of pages like a.example/*"),
        (Known(tried=1, gained=0), True, "a trial of pages like a.example/*"),
        (Known(tried=1, gained=1), True, "scripts brought words or links to 1 of 1 page like a.example/*"),
        (Known(tried=3, gained=1), True, "scripts brought words or links to 1 of 3 pages like a.example/*"),
        (
            Known(tried=2, gained=0),
            False,
            "scripts brought hardly a word or link to 2 pages like a.example/*",
        ),
        (
            Known(tried=5, gained=1),
            False,
            "scripts brought hardly a word or link to 5 pages like a.example/*",
        ),
    ],
)
def test_choices(known: Known, reason: str, *, renders: bool) -> None:
    choice = choose(evidence_of(PROGRAM + WORDS), known, "a.example/*")
    assert (choice.renders, choice.reason) == (renders, reason)


def test_signs_are_the_reason() -> None:
    choice = choose(evidence_of(PROGRAM + '<div id="root"></div>'), NOTHING_KNOWN, "a.example/*")
    assert choice.renders
    assert choice.reason == "<div> is empty until a script fills it; it has 0 words beside scripts"


@pytest.mark.parametrize(
    "text",
    [
        "<div id=root>",
        "<noscript>",
        "<noscript><",
        "<a ",
        '<a href="',
        "<script ",
        "<x-",
        "<a href=",
        "<div>  ",
    ],
)
def test_hostile_text_is_read_at_once(text: str) -> None:
    evidence_of(text * 100_000)
