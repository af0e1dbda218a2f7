"""What a machine may lack, or be asked at once: open files, a working folder, letters, a free output."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.cli.sites import Pages, small_site
from tests.system.running import BIN, TIMEOUT_SECONDS, complaints, crawler, exported, start_crawler

pytestmark = pytest.mark.system

PAGES = 30
LOCALES = [{"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]


@pytest.fixture
def site() -> Iterator[str]:
    """A page that links to some others, each with a picture of its own."""
    links = "".join(f"<a href=/{n}>{n}</a>" for n in range(1, PAGES))
    pages: Pages = {f"/{n}": (200, {}, b"<img src=/%d.png>" % n) for n in range(1, PAGES)}
    images = {f"/{n}.png": (200, {"Content-Type": "image/png"}, b"\x89PNG%d" % n) for n in range(1, PAGES)}
    with small_site({"/": (200, {}, links.encode()), **pages, **images}) as url:
        yield url


@pytest.mark.parametrize("files", [12, 20, 24])
def test_too_few_open_files(site: str, tmp_path: Path, files: int) -> None:
    limit = (files, files)
    line = ("crawl", site, "-o", "out", "-q")
    result = crawler(
        *line, cwd=tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit)
    )
    # With some more than the fewest, it depends on how slowly the answers come whether they are too few.
    assert result.returncode == 1 or (files > 12 and result.returncode == 0)
    advice = "Too many open files; allow more open files (ulimit -n) or lower --concurrency, then run the same line again"
    assert [each[-len(advice) :] for each in complaints(result.stderr)] == [advice] * result.returncode
    again = crawler(*line, cwd=tmp_path)
    assert (again.returncode, complaints(again.stderr)) == (0, [])
    assert [row["state"] for row in exported(tmp_path / "out").values()] == ["done"] * (2 * PAGES - 1)


@pytest.mark.parametrize("language", LOCALES, ids=lambda each: each["LC_ALL"])
def test_names_that_are_no_text(site: str, tmp_path: Path, language: dict[str, str]) -> None:
    seeds, output = os.fsencode(tmp_path) + b"/list\xff", os.fsencode(tmp_path) + b"/caf\xe9"
    Path(os.fsdecode(seeds)).write_text(site)
    for words, told in (
        ((b"crawl", seeds, b"-o", output), f"{2 * PAGES - 1} done".encode()),
        ((b"status", output), b"127.0.0.1:"),
        ((b"export", output, b"--format", b"jsonl"), b'"state": "done"'),
    ):
        result = subprocess.run(
            [os.fsencode(BIN / "crawler"), *words],
            cwd=tmp_path,
            env={name: value for name, value in os.environ.items() if name == "PYTHONPATH"} | language,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert (result.returncode, result.stderr) == (0, b"")
        assert told in result.stdout
    assert os.path.isdir(output + b"/mirror")  # noqa: PTH112 - pathlib takes no bytes


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        ("crawl {site} -q -o {folder}/out", 0, ""),
        ("crawl {site} -q -o out", 2, "output out cannot be made: No such file or directory"),
        ("crawl -o {folder}/out", 2, "no seeds; "),
        ("status", 2, "output holds no crawl"),
    ],
)
def test_a_working_folder_that_is_gone(
    site: str, tmp_path: Path, words: str, code: int, complaint: str
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = words.format(site=site, folder=tmp_path)
    result = subprocess.run(
        ["sh", "-c", f'rmdir "$PWD"; exec "$0" {line}', str(BIN / "crawler")],
        cwd=gone,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert result.returncode == code, result.stderr
    assert [line.startswith(f"crawler: {complaint}") for line in result.stderr.splitlines()] == [True] * bool(
        code
    )


def test_ten_starts_that_wait_take_turns(site: str, tmp_path: Path) -> None:
    line = ("crawl", site, "-o", "out", "-q", "--lock", "wait", "--max-pages", "3")
    with ExitStack() as stack:
        started = [stack.enter_context(start_crawler(*line, cwd=tmp_path)) for _ in range(10)]
        said = [each.communicate(timeout=TIMEOUT_SECONDS)[1] for each in started]
    assert [each.returncode for each in started] == [0] * 10
    assert said == [""] * 10
    with closing(sqlite3.connect(tmp_path / "out" / "crawl.db")) as database:
        runs = database.execute("SELECT name, started_at, ended_at FROM run ORDER BY number").fetchall()
    assert len(runs) == 10
    instants = [instant for _, *both in runs for instant in both]
    assert instants == sorted(instants)
    for name, *_ in runs:
        assert json.loads((tmp_path / "out" / "reports" / f"{name}.json").read_text())["run"] == name
