"""Run the installed `crawler` as people do: in a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest

__all__ = [
    "BIN",
    "TIMEOUT_SECONDS",
    "complain_or_skip",
    "complaints",
    "crawler",
    "environment",
    "exported",
    "files_below",
    "start_crawler",
    "verified",
    "wait_until",
]

BIN = Path(sys.executable).parent
TIMEOUT_SECONDS = 150
_POLL_SECONDS = 0.003


def complain_or_skip(missing: str) -> NoReturn:
    """Skip for want of something; where everything must be there (CI=true), fail for it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{missing} is missing here; .ci/run installs it")
    pytest.skip(f"{missing} is missing")


def environment() -> Mapping[str, str]:
    """Ours, without what would change how a crawl runs."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CRAWLER_") and not name.lower().endswith("_proxy")
    }


def crawler(
    *arguments: str, cwd: Path, under: Sequence[str] = (), **terms: Any
) -> subprocess.CompletedProcess[str]:
    """Run `crawler ARGUMENTS` in `cwd` to its end.

    Args:
        arguments: of the command line.
        cwd: where it runs.
        under: a command that runs it, e.g. `unshare -n`.
        terms: further ones of `subprocess.run`.
    """
    if "stdin" not in terms and "input" not in terms:
        terms["stdin"] = subprocess.DEVNULL
    return subprocess.run(
        [*under, str(BIN / "crawler"), *arguments],
        cwd=cwd,
        env=environment(),
        stdout=terms.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
        **terms,
    )


def start_crawler(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    """Start `crawler ARGUMENTS` in `cwd`; the caller ends it."""
    return subprocess.Popen(
        [str(BIN / "crawler"), *arguments],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[Any]) -> bool:
    """Look again and again while the process runs; gives whether it was so before the process ended."""
    for _ in range(int(TIMEOUT_SECONDS / _POLL_SECONDS)):
        if is_so():
            return True
        try:
            process.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return False
    process.kill()
    pytest.fail("what was waited for did not happen")


def complaints(stderr: str) -> list[str]:
    """The lines of stderr that are neither progress nor the note on what a crash left; no traceback."""
    assert "Traceback" not in stderr, stderr
    passed_over = ("crawling", "settling", "starting", "crawler: note: cut ")
    return [line for line in stderr.splitlines() if line and not line.startswith(passed_over)]


def exported(output: Path) -> dict[str, dict[str, Any]]:
    """What `crawler export --format jsonl` says, by URL."""
    result = crawler("export", str(output), "--format", "jsonl", cwd=output.parent)
    assert result.returncode == 0, result.stderr
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    by_url = {row["url"]: row for row in rows}
    assert len(by_url) == len(rows)
    return by_url


def verified(output: Path) -> list[str]:
    """The remarks of `crawler verify`, which finds no fault, and changes nothing."""
    before = {path: path.lstat().st_mtime_ns for path in output.rglob("*") if path.suffix != ".db-shm"}
    result = crawler("verify", str(output), cwd=output.parent)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "crawler: " not in result.stderr, result.stderr
    assert {path: path.lstat().st_mtime_ns for path in before} == before
    *remarks, verdict = result.stdout.splitlines()
    assert verdict.startswith(f"{output} is sound")
    return remarks


def files_below(folder: Path) -> list[Path]:
    """Every file below a folder, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
