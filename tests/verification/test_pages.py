"""A file of the mirror is read as it lies there."""

from __future__ import annotations

import pytest

from crawler.body import Body
from crawler.model import Capture
from crawler.study import Study
from crawler.verification.pages import FileLink, blank, read_file

URL = "https://example.org/deep/a"
PATH = "example.org/deep/a~.html"


def capture(media_type: str = "text/html", path: str = PATH) -> Capture:
    return Capture(
        url=URL,
        captured_at=1.0,
        status=200,
        media_type=media_type,
        size_bytes=1,
        digest="sha256:00",
        mirror_path=path,
    )


async def links_of(text: str, media_type: str = "text/html", path: str = PATH) -> set[tuple[str, bool]]:
    async with Study() as study:
        page = await read_file(capture(media_type, path), Body.of(text.encode()), study)
    return {(each.path, each.is_embedded) for each in page.links}


@pytest.mark.parametrize(
    ("text", "path", "is_embedded"),
    [
        ('<a href="b~.html#part">', "example.org/deep/b~.html", False),
        ('<a href="../index.html">', "example.org/index.html", False),
        ('<img src="i%20j.png">', "example.org/deep/i j.png", True),
        ('<img srcset="small.png 1x, ../large.png 2x">', "example.org/large.png", True),
        ('<p style="background:url(x.png)">', "example.org/deep/x.png", True),
        ('<style>@import "../s.css";</style>', "example.org/s.css", True),
        ('<a href="../../../../etc/passwd">', "etc/passwd", False),
        ('<a href="..%2f..%2fx">', "example.org/deep/../../x", False),
        ('<a href="/rooted.html">', "rooted.html", False),
    ],
)
async def test_where_a_relative_link_leads(text: str, path: str, is_embedded: bool) -> None:
    assert (path, is_embedded) in await links_of(text)


@pytest.mark.parametrize("text", ['<a href="https://example.org/x">', '<a href="mailto:me">', "<p>none"])
async def test_what_leads_out_is_no_link_of_the_mirror(text: str) -> None:
    assert await links_of(text) == set()


async def test_other_texts_have_links_too() -> None:
    assert await links_of("p{background:url(i.png)}", "text/css", "h/s.css") == {("h/i.png", True)}
    assert await links_of('{"icons":[{"src":"i.png"}]}', "application/manifest+json", "h/m.webmanifest") == {
        ("h/i.png", True)
    }


async def test_two_that_differ_in_their_links_alone_are_blank_alike() -> None:
    original = '<p class="x">Lamp <a href="/b#part">b</a><img src=/i.png>'
    edition = '<p class="x">Lamp <a href="../b~.html#part">b</a><img src="../i.png">'
    other = edition.replace("Lamp", "Lump")
    async with Study() as study:
        wanted = (await blank(capture(), Body.of(original.encode()), study)).read()
        pages = [await read_file(capture(), Body.of(text.encode()), study) for text in (edition, other)]
    assert pages[0].links == (
        FileLink(path="example.org/b~.html", is_embedded=False),
        FileLink(path="example.org/i.png", is_embedded=True),
    )
    assert pages[0].blank.read() == wanted
    assert pages[1].blank.read() != wanted
