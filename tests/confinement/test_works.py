"""Work besides reading links is done in the process, and costs only itself."""

from __future__ import annotations

import pytest

from crawler.body import Body
from crawler.confinement.works import ITEMS, MARKDOWN
from crawler.errors import PermanentError
from crawler.links.findings import Text
from crawler.study import Study

PAGE = Text(url="http://a.example/", media_type="text/html", content_type="text/html; charset=iso-8859-1")
BODY = b"<title>T</title><article><h1>Caf\xe9</h1><p>" + b"A text of some length about the sea. " * 20


async def test_markdown_of_a_page_in_its_encoding() -> None:
    pytest.importorskip("trafilatura")
    async with Study() as study:
        content, said = await study.make(MARKDOWN, None, PAGE, Body.of(BODY))
        assert content.startswith("# Caf\u00e9\n")
        assert said["title"] == "Caf\u00e9"
        # The same process reads on.
        assert await study.make(MARKDOWN, None, PAGE, Body.of(b"")) is None


async def test_unknown_work_costs_itself_alone() -> None:
    async with Study() as study:
        with pytest.raises(PermanentError, match="parse: "):
            await study.make("nonsense", None, PAGE, Body.of(BODY))


async def test_what_gives_too_much_gives_nothing() -> None:
    rules = '[[item]]\nname = "a"\neach = "i"\nfields = { x = { xpath = "string(//p)" } }'
    body = b"<p>" + b"x" * 10_000 + b"</p>" + b"<i></i>" * 1000
    async with Study() as study:
        made = await study.make(ITEMS, [rules, False], PAGE, Body.of(body))
    assert made["items"] == []
    assert made["breaks"] == [["page", "", "it gives too much; nothing of it is taken"]]
