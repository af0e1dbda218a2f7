"""Requests of seeds: read, given a URL, and asked; by seeds alone."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import crawler
from crawler.asks import Ask, ask_of, ask_url, read_ask
from crawler.errors import UsageError
from crawler.model import State
from crawler.seeds import SeedList, read_seed
from crawler.urls import canonicalize, identity
from tests.web import entries

URL = "http://a.example/api"


@pytest.mark.parametrize(
    ("said", "ask"),
    [
        ({"url": "http://A.example/api#x"}, Ask(url=URL)),
        (
            {"url": URL, "json": {"a": "\u00e9"}},
            Ask(
                url=URL,
                method="POST",
                headers=(("Content-Type", "application/json"),),
                content='{"a": "\\u00e9"}',
            ),
        ),
        (
            {"url": URL, "form": {"q": "a b&c"}},
            Ask(
                url=URL,
                method="POST",
                headers=(("Content-Type", "application/x-www-form-urlencoded"),),
                content="q=a+b%26c",
            ),
        ),
        (
            {"url": f"{URL}?x=1", "body": "<a/>", "headers": {"content-type": "text/xml"}},
            Ask(url=f"{URL}?x=1", method="POST", headers=(("content-type", "text/xml"),), content="<a/>"),
        ),
        ({"url": URL, "headers": {"Accept": "*/*"}}, Ask(url=URL, headers=(("Accept", "*/*"),))),
        ({"url": URL, "method": "POST"}, Ask(url=URL, method="POST")),
    ],
)
def test_what_a_line_says(said: Any, ask: Ask) -> None:
    assert read_ask(json.dumps(said)) == ask
    url = ask_url(ask)
    assert canonicalize(url) == url == identity(url)
    assert (ask_of(url) or Ask(url=url)) == ask
    assert ask_url(ask_of(url) or ask) == url
    seed = read_seed(json.dumps(said))
    assert seed is not None
    assert seed.url == url


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "no JSON"),
        ("{}", 'no object with a "url"'),
        ('{"url": 5}', 'no object with a "url"'),
        ('{"url": "ftp://a.example/"}', "is no http"),
        ('{"url": "http://a.example/", "data": 1}', "'data' is unknown"),
        ('{"url": "http://a.example/", "method": "DELETE"}', "none of GET, POST"),
        ('{"url": "http://a.example/", "method": "GET", "body": "x"}', "a GET has no body"),
        ('{"url": "http://a.example/", "body": "x", "json": 1}', "one of body"),
        ('{"url": "http://a.example/", "form": {"a": 1}}', "one of body"),
        ('{"url": "http://a.example/", "headers": ["a"]}', "an object of texts"),
        ('{"url": "http://a.example/", "headers": {"a b": "c"}}', "is no header"),
        ('{"url": "http://a.example/", "headers": {"a": "c\\nd: e"}}', "is no header"),
        ('{"url": "http://a.example/", "headers": {"Cookie": "sesame"}}', "use --auth"),
        ('{"url": "http://a.example/", "headers": {"Host": "b"}}', "not for a seed to say"),
        (json.dumps({"url": "http://a.example/", "body": "x" * 9000}), "some 5,000 characters"),
    ],
)
def test_what_says_nothing(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=reason):
        read_ask(text)
    assert read_seed(text) is None
    path = tmp_path / "seeds.jsonl"
    path.write_text(f"http://a.example/\n{text}\n")
    with pytest.raises(UsageError, match=rf"line 2: .*{reason}") as caught:
        SeedList([str(path)]).check()
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    "parameter",
    ["", "e30", "WyJERUxFVEUiLFtdLCIiXQ", "WyJQT1NUIixbWyJDb29raWUiLCJ4Il1dLCIiXQ", "!!", "W1" * 50],
)
def test_what_nobody_here_wrote_is_an_address(parameter: str) -> None:
    url = f"{URL}?__crawler_ask={parameter}"
    assert ask_of(url) is None


@pytest.fixture
async def asked() -> list[tuple[str, str, str, str]]:
    """Method, path, type and body of every request."""
    return []


@pytest.fixture
async def url(asked: list[tuple[str, str, str, str]]) -> AsyncIterator[str]:
    evil = ask_url(Ask(url="http://HOST/evil", method="POST", content="x")).removeprefix("http://HOST")

    async def answer(request: web.Request) -> web.Response:
        body = await request.text()
        if request.path == "/robots.txt":
            return web.Response(text="User-agent: *\nDisallow: /*crawler_ask")
        asked.append((request.method, request.path_qs, request.headers.get("Content-Type", ""), body))
        if request.path == "/page":
            return web.Response(text=f'<a href="{evil}">x</a>', content_type="text/html")
        return web.json_response({"got": body, "accept": request.headers.get("Accept")})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def test_seeds_are_asked_so_and_links_are_not(
    url: str, asked: list[tuple[str, str, str, str]], tmp_path: Path
) -> None:
    seeds = tmp_path / "seeds.jsonl"
    lines = [
        {"url": f"{url}api", "json": {"page": 1}},
        {"url": f"{url}api", "json": {"page": 2}},
        {"url": f"{url}api", "headers": {"Accept": "application/json"}},
    ]
    seeds.write_text("".join(json.dumps(each) + "\n" for each in lines) + f"{url}page\n")
    output = tmp_path / "output"
    for _ in range(2):
        async with crawler.Crawl([str(seeds)], output=output, robots="obey") as crawl:
            report = await crawl.run()
        assert report.exit_code() == 0
        posted = sorted(each for each in asked if each[0] == "POST")
        assert posted == [("POST", "/api", "application/json", f'{{"page": {page}}}') for page in (1, 2)]
        # The link of the page is refused by robots.txt as what it is: an address.
        assert {each[1] for each in asked if each[0] == "GET"} == {"/api", "/page"}
        asked.clear()
    found = await entries(output)
    assert len([each for each in found.values() if each.state is State.DONE]) == 4
    assert len({each.good.mirror_path for each in found.values() if each.good}) == 4
    segments = b"".join(gzip.decompress(each.read_bytes()) for each in (output / "archive").glob("*.warc.gz"))
    assert segments.count(b'\r\n\r\n{"page": 1}\r\n\r\n') == 2
