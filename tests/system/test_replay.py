"""Others read what we archive: every record, every byte, and a browser shows it with the origin gone."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
from collections import Counter
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from crawler.practice.options import PracticeOptions
from crawler.practice.serving import serve
from crawler.urls import surt
from tests.archive.samples import records
from tests.system.chromium import chromium
from tests.system.replaying import checked_by_warcio, kinds_by_fastwarc, pywb, tool, viewer
from tests.system.running import crawler, exported

pytestmark = pytest.mark.system

QUICK = PracticeOptions(slow_seconds=0, drip_seconds=0, retry_after_seconds=0)
KINDS = {"warcinfo", "metadata", "request", "response", "revisit"}


def answer_at(url: str) -> tuple[int, bytes]:
    """Status and body of an answer as it comes over the wire."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request("GET", url.partition(parts.netloc)[2], headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


async def crawled(folder: Path, *options: str, runs: int = 1) -> tuple[str, dict[str, bytes]]:
    """The practice site crawled; gives its root, and the bodies at the origin of what does not change."""
    async with serve(options=QUICK) as site:
        for _ in range(runs):
            line = ("crawl", site.url, "-o", "out", *options)
            result = await asyncio.to_thread(crawler, *line, cwd=folder)
            assert result.returncode == 0, result.stderr
        sent = {}
        for url, row in (await asyncio.to_thread(exported, folder / "out")).items():
            if row["status"] == 200:
                one, other = [await asyncio.to_thread(answer_at, url) for _ in range(2)]
                if one == other:
                    sent[url] = one[1]
        return site.url, sent


async def test_every_reader_reads_every_record(tmp_path: Path) -> None:
    await crawled(tmp_path, runs=2)
    segments = sorted((tmp_path / "out" / "archive").glob("*.warc.gz"))
    assert len(segments) == 2
    seen = set()
    for segment in segments:
        assert checked_by_warcio(segment) == ""
        told = [record.rec_type for record, _ in records(segment)]
        assert kinds_by_fastwarc(segment) == {kind: told.count(kind) for kind in told}
        assert told.count("request") == told.count("response") + told.count("revisit")
        seen |= set(told)
    assert seen == KINDS


async def test_pywb_replays_the_bytes_of_the_origin(tmp_path: Path) -> None:
    _, sent = await crawled(tmp_path)
    rows = exported(tmp_path / "out")
    assert len(sent) > 50
    # Replay tools take /a and /a/ for one; of two answers in one second they show any.
    keys = Counter(surt(url) for url in rows)
    with pywb(tmp_path / "out" / "archive", tmp_path) as root:
        for url, row in rows.items():
            if row["status"] is None or keys[surt(url)] > 1:
                continue
            stamp = row["captured_at"][:19].translate({ord(each): None for each in "-T:"})
            status, body = await asyncio.to_thread(answer_at, f"{root}{stamp}id_/{url}")
            assert status == 200, url
            if url in sent:
                assert body == sent[url], url
            if row["size_bytes"] == len(body):
                assert row["digest"] == f"sha256:{hashlib.sha256(body).hexdigest()}", url


@pytest.mark.parametrize("picks", [False, True])
async def test_a_wacz_is_valid_and_shown_without_the_origin(tmp_path: Path, picks: bool) -> None:
    url, _ = await crawled(tmp_path)
    more = ["--url", url] if picks else []
    line = ("export", "out", "--format", "wacz", "-O", "copy.wacz", *more)
    result = await asyncio.to_thread(crawler, *line, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    done = subprocess.run(
        [tool("wacz"), "validate", "-f", str(tmp_path / "copy.wacz")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is valid" in done.stdout

    shown = tmp_path / "shown"
    shown.mkdir()
    with viewer(tmp_path / "copy.wacz", url, shown) as page_url:
        async with chromium() as browser:
            context = await browser.online.page.context.browser.new_context()
            asked: list[str] = []
            context.on("request", lambda request: asked.append(request.url))
            page = await context.new_page()
            await page.goto(page_url)
            frame = await _replayed(page, url)
            assert await frame.title() == "Seven lights, kept. - The Seven Lights"
            broken = "() => [...document.images].filter(each => !(each.complete && each.naturalWidth)).length"
            assert await frame.evaluate("() => document.images.length") > 0
            assert await frame.evaluate(broken) == 0
            assert await frame.evaluate("() => document.styleSheets.length") > 0
    origin = urlsplit(url).netloc
    assert [each for each in asked if urlsplit(each).netloc == origin] == []


async def _replayed(page: Any, url: str) -> Any:
    """The frame in which the page is shown, once it has come.

    The viewer's service worker may miss the first load on a busy machine; a person would load it again.
    """
    async with asyncio.timeout(120):
        while True:
            for _ in range(200):
                for frame in page.frames:
                    if frame.url.endswith(f"mp_/{url}"):
                        await frame.wait_for_load_state("networkidle")
                        return frame
                await page.wait_for_timeout(100)
            await page.reload()
