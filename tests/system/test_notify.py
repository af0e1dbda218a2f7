"""Apprise itself sends what is no webhook of ours."""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path

import pytest

from tests.fetch.test_webhook import hook
from tests.system.running import complain_or_skip, crawler

pytestmark = pytest.mark.system


async def test_apprise_is_told_and_a_wrong_address_is_refused(tmp_path: Path) -> None:
    if importlib.util.find_spec("apprise") is None:
        complain_or_skip("Apprise (dependency group notify)")
    async with hook() as found:
        target = found.url.replace("http://", "json://")
        line = ("crawl", "http://127.0.0.1:9/", "-q", "--retries", "0", "--notify", target)
        result = await asyncio.to_thread(crawler, *line, cwd=tmp_path)
    assert result.returncode == 3
    assert "notify" not in result.stderr
    ((_, values),) = found.posted
    assert values["title"].startswith("crawler: output: finished: nothing changed")
    assert values["message"].endswith("exit code 3")
    result = await asyncio.to_thread(crawler, "crawl", "--notify", "strange://sesame", cwd=tmp_path)
    assert (result.returncode, "Apprise does not know" in result.stderr) == (2, True)
    assert "sesame" not in result.stderr
