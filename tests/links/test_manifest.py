"""`crawler.links.manifest`: the URLs of a web application manifest, in place."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.manifest import read_manifest
from crawler.links.reading import outlinks
from crawler.rewrite import rewrite, undo

URL = "http://site.test/app/site.webmanifest"
MANIFEST = b"""{"name": "A \\"b\\" \\u00e9", "start_url": "./?a=1&b", "icons" : [ {"src":"i\\/1.png", "sizes": "1x1"},
 {"sizes":"2x2","src" :  "i2.png#f"}], "screenshots":[{"src":"s.png"}], "theme": ["src", "icons", {"src": "no.png"}],
 "shortcuts": [{"name": "n", "url": "/new", "icons": [{"src": "http://other.test/j.png"}]}], "src": "no", "x": null}"""
FOUND = [
    ("L", "http://site.test/app/?a=1&b", "manifest start_url"),
    ("E", "http://site.test/app/i/1.png", "manifest icons.src"),
    ("E", "http://site.test/app/i2.png", "manifest icons.src"),
    ("E", "http://site.test/app/s.png", "manifest screenshots.src"),
    ("L", "http://site.test/new", "manifest shortcuts.url"),
    ("E", "http://other.test/j.png", "manifest shortcuts.icons.src"),
]


@pytest.mark.parametrize("content_type", ["application/manifest+json", "application/json; charset=utf-8"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_images_are_requisites_and_pages_are_links(content_type: str, mark: bytes) -> None:
    found = outlinks(mark + MANIFEST, URL, content_type)
    assert [(each.hop.value, each.url, each.context) for each in found] == FOUND


def test_nothing_but_the_strings_changes() -> None:
    document = read_manifest(MANIFEST, URL)
    assert document is not None
    assert rewrite(document, MANIFEST, lambda _: None).body != MANIFEST
    edited = rewrite(document, MANIFEST, lambda url: f'../"{url[-1]}\\é').body
    assert b'"sizes":"2x2","src" :  "../\\"g\\\\\\u00e9#f"}' in edited
    before, after = json.loads(MANIFEST), json.loads(edited)
    assert after["icons"][0]["src"] == '../"g\\é'
    for each in (before, after):
        del each["icons"], each["screenshots"], each["shortcuts"], each["start_url"]
    assert before == after


def test_what_stays_is_the_very_same_object() -> None:
    body = b'{"icons": [{"src": "http://site.test/i.png"}, {"src": ""}, {"src": "data:,"}, {"src": 1}]}'
    document = read_manifest(body, URL)
    assert document is not None
    assert rewrite(document, body, lambda _: None).body is body


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"icons": [{"src": "a', ["a"]),
        (b'{"icons": [{"src": "a\\', ["a"]),
        (b'{"icons": [{"src": "\\x"}, {"src": "a"}]', ["a"]),
        (b'{"icons": {"src": "a"}}', ["a"]),
        (b'[{"icons": [{"src": "a"}]}]', ["a"]),
        (b'{"icons": [{"src": ["a"]}]}', ["a"]),
        (b'{"icons": ["src", "a"]}', []),
        (b'{"icons": [{"src" "a"}, {"src": : "b"}]}', ["b"]),
        (b']}{"icons": [{"src": "a"}]}', ["a"]),
        (b'{"icons": [{"src": "\xff"}]}', ["%EF%BF%BD"]),
        (b'{"icons": [{"src": "\\ud800"}]}', ["%EF%BF%BD"]),
        (b'{"\\u0069cons": 1, "icons": [{"\\u0073rc": "a"}]}', ["a"]),
        (b'"icons"', []),
    ],
)
def test_broken_ones(body: bytes, found: list[str]) -> None:
    document = read_manifest(body, URL)
    assert document is not None
    assert [each.url.removeprefix("http://site.test/app/") for each in document.references()] == found


def test_other_json_and_long_ones_are_not_read() -> None:
    assert read_manifest(b'{"src": "a"}', URL) is None
    assert read_manifest(MANIFEST + b" " * (1 << 16), URL) is None
    assert outlinks(b'{"src": "a"}', URL, "application/json") == []


@pytest.mark.parametrize(
    "unit", [b"[", b'"', b'\\"', b'{"a":', b",", b'"icons":[{"src":"a"}],', b"\\", b'"\\"']
)
def test_hostile_ones_take_little_time(unit: bytes) -> None:
    body = b'"icons"' + unit * (65_000 // len(unit))
    started = time.process_time()
    read_manifest(body, URL)
    assert time.process_time() - started < 1


@given(
    st.lists(st.sampled_from(['{"icons"', ":", "[", "]", "{", "}", ",", '"src"', '"a"', '"', "\\", "é"])).map(
        "".join
    )
)
def test_any_text_is_read_and_written(text: str) -> None:
    body = b'{"icons":[' + text.encode()
    document = read_manifest(body, URL)
    assert document is not None
    rewritten = rewrite(document, body, lambda _: "http://n.test/x")
    assert undo(rewritten) == body
    again = read_manifest(rewritten.body, URL)
    assert again is not None
    assert [each.url for each in again.references()] == ["http://n.test/x" for _ in document.references()]
