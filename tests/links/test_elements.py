"""`crawler.links.elements` against the index of the HTML Standard."""

from __future__ import annotations

from crawler.links.elements import ANYWHERE, ELEMENTS
from crawler.model import Hop

# The attributes whose value is a URL, in the index of the HTML Standard; what is fetched or navigated to.
STANDARD = [
    "a[href]",
    "area[href]",
    "audio[src]",
    "base[href]",
    "blockquote[cite]",
    "button[formaction]",
    "del[cite]",
    "embed[src]",
    "form[action]",
    "iframe[src]",
    "img[src]",
    "img[srcset]",
    "input[formaction]",
    "input[src]",
    "ins[cite]",
    "link[href]",
    "link[imagesrcset]",
    "object[data]",
    "q[cite]",
    "script[src]",
    "source[src]",
    "source[srcset]",
    "track[src]",
    "video[poster]",
    "video[src]",
    "a[ping]",
    "area[ping]",
    "body[background]",
    "frame[src]",
    "frame[longdesc]",
    "iframe[longdesc]",
    "img[longdesc]",
]


def test_the_url_attributes_of_the_standard_are_all_there() -> None:
    ours = {f"{name}[{attribute}]" for name, uses in ELEMENTS.items() for attribute in uses}

    assert set(STANDARD) - ours == set()


def test_names_are_lower_case() -> None:
    names = {*ELEMENTS, *ANYWHERE, *(attribute for uses in ELEMENTS.values() for attribute in uses)}

    assert {name for name in names if name != name.lower()} == set()


def test_every_element_may_have_a_style() -> None:
    assert all(uses.items() >= ANYWHERE.items() for uses in ELEMENTS.values())


def test_what_is_sent_somewhere_is_never_followed() -> None:
    assert ELEMENTS["form"]["action"].hop is None
    assert ELEMENTS["button"]["formaction"].hop is None
    assert ELEMENTS["a"]["href"].hop is Hop.LINK
