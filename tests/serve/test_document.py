"""What the OpenAPI document says is true: schemathesis asks the server everything it may be asked, and more."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.serve.serving import Pretended, served
from tests.web import OWN

_SECONDS = 240
_EXAMPLES = "25"
_TERMS = (
    *("--checks", "all", "--generation-deterministic", "--continue-on-failure"),
    *("--request-timeout", "30", "--no-color"),
)
# By itself it does not take 413 for a refusal.
_SETTINGS = """
[checks]
negative_data_rejection.expected-statuses = [400, 404, 409, 413, 415, 429]
"""
_SOME_PATTERNS = {"type": "string", "pattern": "^[a-z/]{0,20}$"}
_SOME_URLS = {"type": "string", "pattern": r"^https?://[a-z0-9]{1,20}\.example(/[a-z0-9]{0,20})?$"}


@pytest.mark.long
@pytest.mark.skipif(importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed")
@pytest.mark.parametrize("mode", ["positive", "negative"])
async def test_schemathesis_finds_nothing(output: Path, tmp_path: Path, mode: str) -> None:
    """The same examples each time. The crawls it asks for are pretended, so nothing of them leaves this process.

    What is a URL or a regular expression no schema can say, so where all must be taken, the document is narrowed
    to some that are.
    """
    async with served(output, Pretended()) as server:
        document = (await server.ask("/openapi.json")).json
        place = tmp_path / "openapi.json"
        (tmp_path / "schemathesis.toml").write_text(_SETTINGS)
        place.write_text(json.dumps(_narrowed(document) if mode == "positive" else document))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
            *("run", str(place), "--url", server.url, "--mode", mode, "--max-examples", _EXAMPLES, *_TERMS),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=tmp_path,
            env={**os.environ, "NO_PROXY": "*"},
        )
        try:
            async with asyncio.timeout(_SECONDS):
                said, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.communicate()
            raise
    assert process.returncode == 0, said.decode(errors="replace")[:20_000]


def _narrowed(document: Any) -> Any:
    for operations in document["paths"].values():
        for operation in (each for each in operations.values() if isinstance(each, dict)):
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "url":
                    parameter["schema"] = _SOME_URLS
    for name in ("CrawlRequest", "Changes"):
        properties = document["components"]["schemas"][name]["properties"]
        properties["include"] = properties["exclude"] = {"type": "array", "items": _SOME_PATTERNS}
    document["components"]["schemas"]["CrawlRequest"]["properties"]["seeds"]["items"] = _SOME_URLS
    return document


async def test_a_whole_number_may_have_a_point(tmp_path: Path) -> None:
    """Found by schemathesis: to JSON Schema, 3.0 is an integer."""
    async with served(tmp_path / "out", Pretended()) as server:
        body = '{"seeds": ["https://example.org/"], "max_pages": 3.0, "delay": 1.5}'
        headers = {"Content-Type": "application/json"}
        made = await server.ask("/api/crawls", "POST", data=body, headers=headers)
        assert (made.status, made.json["options"]) == (201, {"max_pages": 3, "delay": 1.5})
        body = body.replace("3.0", "3.5")
        assert (await server.ask("/api/crawls", "POST", data=body, headers=headers)).status == 400


async def test_a_long_url_can_be_asked_about(output: Path) -> None:
    """Found by schemathesis: percent-encoded it was longer than a request line might be."""
    url = "http%3A%2F%2Fx.example%2F" + "%41" * 8_000
    async with served(output) as server:
        assert (await server.ask(f"/api/captures?url={url}")).json == {"items": [], "next": None}
        assert (await server.ask(f"/api/captures?url={url}{'%41' * 300}")).status == 400
        assert (await server.ask(f"/api/why?url={OWN}a")).status == 200
