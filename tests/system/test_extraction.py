"""Rules and link check over real documentation: a table made by hand, and what wget2 finds."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import crawler
from crawler.cli.main import run
from tests.system.documentation import PYTHON, ServedSite, serve_documentation
from tests.system.running import complain_or_skip

pytestmark = pytest.mark.system

EXAMPLES = Path(__file__).parent.parent.parent / "examples"

RULES = r"""
[[item]]
name = "module"
url = '/library/[a-z0-9-]+\.html$'

[item.fields]
page = { url = '([^/]+)\.html$' }
title = { css = "h1", replace = ['\s*¶$', ''], required = true }
source = { xpath = "(//p[starts-with(., 'Source code:')]/a)[1]" }
module = { css = "[id^='module-']", attribute = "id", match = 'module-(.+)' }
entries = { xpath = "count(//dt[@class='sig sig-object py'][@id])", type = "integer" }
"""

# Counted in the sources of the pages (grep) on 2026-11-28.
TABLE = [
    ("abc", "abc — Abstract Base Classes", "Lib/abc.py", "abc", 10),
    (
        *("argparse", "argparse — Parser for command-line options, arguments and sub-commands"),
        *("Lib/argparse.py", "argparse", 25),
    ),
    ("array", "array — Efficient arrays of numeric values", None, "array", 22),
    ("asyncio-queue", "Queues", "Lib/asyncio/queues.py", None, 15),
    ("base64", "base64 — Base16, Base32, Base64, Base85 Data Encodings", "Lib/base64.py", "base64", 20),
    ("bisect", "bisect — Array bisection algorithm", "Lib/bisect.py", "bisect", 6),
    ("calendar", "calendar — General calendar-related functions", "Lib/calendar.py", "calendar", 55),
    ("cmath", "cmath — Mathematical functions for complex numbers", None, "cmath", 30),
    ("colorsys", "colorsys — Conversions between color systems", "Lib/colorsys.py", "colorsys", 6),
    ("csv", "csv — CSV File Reading and Writing", "Lib/csv.py", "csv", 37),
    ("dataclasses", "dataclasses — Data Classes", "Lib/dataclasses.py", "dataclasses", 12),
    ("difflib", "difflib — Helpers for computing deltas", "Lib/difflib.py", "difflib", 25),
    ("fnmatch", "fnmatch — Unix filename pattern matching", "Lib/fnmatch.py", "fnmatch", 4),
    (
        *("functools", "functools — Higher-order functions and operations on callable objects"),
        *("Lib/functools.py", "functools", 15),
    ),
    ("glob", "glob — Unix style pathname pattern expansion", "Lib/glob.py", "glob", 3),
    ("heapq", "heapq — Heap queue algorithm", "Lib/heapq.py", "heapq", 8),
    ("json", "json — JSON encoder and decoder", "Lib/json/__init__.py", "json", 17),
    ("keyword", "keyword — Testing for Python keywords", "Lib/keyword.py", "keyword", 4),
    ("sched", "sched — Event scheduler", "Lib/sched.py", "sched", 7),
    ("textwrap", "textwrap — Text wrapping and filling", "Lib/textwrap.py", "textwrap", 20),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    with serve_documentation(PYTHON, tmp_path_factory.mktemp("python")) as site:
        yield site


def test_twenty_pages_are_a_table(site: ServedSite, tmp_path: Path) -> None:
    rules, output = tmp_path / "rules.toml", tmp_path / "output"
    rules.write_text(RULES, encoding="utf-8")
    seeds = [f"{site.url}library/{row[0]}.html" for row in TABLE]

    async def crawl() -> None:
        async with crawler.Crawl(seeds, output, scope="page", assets=False, rules=str(rules)) as job:
            report = await job.run()
            assert not report.warnings

    asyncio.run(crawl())
    assert run(["extract", str(output), "--rules", str(rules), "-O", str(tmp_path / "items.jsonl")]) == 0
    (logged,) = (output / "items").iterdir()
    for path in (logged, tmp_path / "items.jsonl"):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        found = sorted(
            (each["page"], each["title"], each["source"], each["module"], each["entries"]) for each in rows
        )
        assert found == TABLE


def test_dead_links_are_those_that_wget2_finds(site: ServedSite, tmp_path: Path) -> None:
    wget2 = shutil.which("wget2")
    if wget2 is None:
        complain_or_skip("wget2")
    spec = importlib.util.spec_from_file_location("link_check", EXAMPLES / "link_check.py")
    assert spec is not None
    assert spec.loader is not None
    link_check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(link_check)
    found = asyncio.run(link_check.dead_links(site.url, str(tmp_path / "output")))
    done = subprocess.run(
        [wget2, "--spider", "--recursive", "--level=0", "--no-robots", "--verbose", site.url],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=300,
    )
    said = done.stdout + done.stderr
    # It shows the fragment of the link that it happened to follow.
    assert set(re.findall(r"HTTP ERROR response 404 .*?\[(.*?)(?:#.*)?\]", said)) == set(found)
    assert len(found) >= 1
    for dead, pages in found.items():
        for page in pages:
            path = site.folder / page.removeprefix(site.url)
            assert dead.rpartition("/")[2] in (path / "index.html" if path.is_dir() else path).read_text(
                "utf-8"
            )
