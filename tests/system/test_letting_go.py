"""A process that lets go of old runs is killed at its system calls, and the same line makes it whole."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.archive.samples import records
from tests.cli.sites import Pages, small_site
from tests.system.running import complain_or_skip, crawler, exported, verified

pytestmark = pytest.mark.system

NIGHTS = 3
OPTIONS = ("-q", "--keep-runs", "1")
STILL = random.Random(20261128).randbytes(300_000)


def pages_of(night: int) -> Pages:
    links = "".join(f'<a href="/{name}">to</a>' for name in ("still", "often", "gone"))
    often = random.Random(night).randbytes(100_000)
    binary = {"Content-Type": "application/pdf"}
    return {
        "/": (200, {}, links.encode()),
        "/still": (200, binary, STILL),
        "/often": (200, binary, often),
        "/gone": (200, binary, b"gone") if night == 1 else (404, {}, b""),
    }


def test_nothing_is_lost_whenever_it_is_killed(tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        complain_or_skip("strace")
    site = dict(pages_of(1))
    grown = tmp_path / "grown"
    with small_site(site) as url:
        for night in range(1, NIGHTS + 1):
            site.update(pages_of(night))
            assert crawler("crawl", url, "-o", str(grown), "-q", cwd=tmp_path).returncode == 0
        site.update(pages_of(NIGHTS + 1))
        first = min((grown / "archive").glob("*.warc.gz"))
        copy = first.with_name(first.name.replace("-00000.", "-00001."))
        kills = [
            *((call, copy, 1) for call in ("openat", "fsync", "close")),
            *(("write", copy, number) for number in (1, 2)),
            ("unlink,unlinkat", first, 1),
            *(("unlink,unlinkat", path, 1) for path in sorted((grown / "reports").glob("*.json"))[:-1]),
        ]
        killed = []
        for number, (calls, path, when) in enumerate(kills):
            output = tmp_path / str(number)
            shutil.copytree(grown, output)
            killed.append(_killed(output, url, calls, output / path.relative_to(grown), when))
            done = crawler("crawl", url, "-o", str(output), *OPTIONS, cwd=tmp_path)
            assert (done.returncode, done.stderr) == (0, ""), kills[number]
            _check(output, url)
            shutil.rmtree(output)
    assert killed == [True] * len(kills)


def _killed(output: Path, url: str, calls: str, path: Path, when: int) -> bool:
    trace = ("-e", f"trace={calls}", "-P", str(path), "-e", f"inject={calls}:signal=SIGKILL:when={when}")
    under = ("strace", "-f", "-qq", "-o", os.devnull, *trace)
    done: subprocess.CompletedProcess[str] = crawler(
        "crawl", url, "-o", str(output), *OPTIONS, cwd=output.parent, under=under
    )
    return done.returncode == -signal.SIGKILL


def _check(output: Path, url: str) -> None:
    assert verified(output) == []
    rows = exported(output)
    assert rows[f"{url}still"]["size_bytes"] == len(STILL)
    assert (rows[f"{url}gone"]["size_bytes"], rows[f"{url}gone"]["last_status"]) == (4, 404)
    segments = sorted((output / "archive").glob("*.warc.gz"))
    there = [
        (record.rec_headers.get_header("WARC-Target-URI"), len(content))
        for path in segments
        for record, content in records(path)
        if record.rec_type == "response"
    ]
    assert there.count((f"{url}still", len(STILL))) >= 1
    assert (f"{url}gone", 4) in there
    oftens = [place for place, _ in there if place == f"{url}often"]
    reports = list((output / "reports").glob("*.json"))
    # A run that a kill made two of keeps the last.
    assert len(reports) == 1
    assert len(oftens) == 1
    assert json.loads(reports[0].read_bytes())["outcome"] == "finished"
