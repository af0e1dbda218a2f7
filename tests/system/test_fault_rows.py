"""Every scene of tests/faults through the command line: exit code, memory, event loop, and what is left."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.archive.reader import read_body
from crawler.body import Spool
from crawler.errors import StorageError
from tests.faults.playing import Row, differences, on_stage, options_of, placed, seeds_of
from tests.faults.scene import Scene
from tests.faults.scenes import SCENES
from tests.system.running import complaints, environment, exported
from tests.web import entries

pytestmark = pytest.mark.system

_MOST_PEAK_BYTES = 300_000_000
_MOST_BLOCK_SECONDS = 0.1
_TIMEOUT_SECONDS = 120
_ROOT = Path(__file__).parents[2]
# warcio 1.8 fails at any record with `Content-Encoding: br` where Brotli 1.2 is installed.
_WARCIO_CHECK = """
import sys
sys.modules["brotli"] = None
from warcio.cli import main
main(["check", sys.argv[1]])
"""
_PLAYED = [each for each in SCENES if not (each.takes_minutes or each.wrong_yet)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """What one process did, and what it cost."""

    code: int
    stderr: str
    peak_bytes: int
    block_seconds: float


def _groups() -> Mapping[str, Sequence[Scene]]:
    """Scenes that one crawl can play: those with the same options; heavy ones stay alone."""
    groups: dict[str, list[Scene]] = {}
    names: dict[str, str] = {}
    for scene in _PLAYED:
        options = json.dumps(dict(scene.options), sort_keys=True)
        is_apart = scene.alone or "{site}" in options
        name = scene.id if is_apart else names.setdefault(options, f"all-like-{scene.id}")
        groups.setdefault(name, []).append(scene)
    return groups


_GROUPS = _groups()


@pytest.mark.parametrize("name", _GROUPS)
async def test_scenes_through_the_command_line(name: str, tmp_path: Path) -> None:
    scenes = _GROUPS[name]
    async with AsyncExitStack() as stack:
        sites = [await stack.enter_async_context(on_stage(each)) for each in scenes]
        seeds = [url for each, site in zip(scenes, sites, strict=True) for url in seeds_of(each, site)]
        (tmp_path / "seeds.txt").write_text("".join(f"{url}\n" for url in seeds))
        options = {key: placed(value, sites[0]) for key, value in options_of(scenes[0], tmp_path).items()}
        (tmp_path / "crawler.toml").write_text(
            "".join(f"{k} = {json.dumps(v)}\n" for k, v in options.items())
        )
        crawl = await asyncio.to_thread(_crawl, tmp_path)
    print(f"{name}: {crawl.peak_bytes / 1e6:.0f} MB, {crawl.block_seconds * 1000:.0f} ms")  # noqa: T201 - for -rP
    rows = exported(tmp_path / "out")
    mirror = tmp_path / "out" / "mirror"
    played = zip(scenes, sites, strict=True)
    found = [line for scene, site in played for line in differences(scene, site, rows, mirror)]
    if crawl.peak_bytes > _MOST_PEAK_BYTES:
        found.append(f"held {crawl.peak_bytes} bytes")
    if crawl.block_seconds > _MOST_BLOCK_SECONDS:
        found.append(f"blocked the event loop for {crawl.block_seconds:.3f} seconds")
    if crawl.code != _code(rows):
        found.append(f"exit code {crawl.code}, not {_code(rows)}: {crawl.stderr}")
    if strange := [line for line in complaints(crawl.stderr) if not line.startswith("crawler: ")]:
        found.append(f"said {strange}")
    found += await _torn(tmp_path / "out", rows)
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def _crawl(folder: Path) -> Crawl:
    result = subprocess.run(
        [sys.executable, "-m", "tests.faults.watched", "cost.json", "crawl", "seeds.txt", "-o", "out"],
        cwd=folder,
        env={**environment(), "PYTHONPATH": str(_ROOT), "PYTHONWARNINGS": "default"},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    cost = json.loads((folder / "cost.json").read_text(encoding="utf-8"))
    return Crawl(code=result.returncode, stderr=result.stderr, **cost)


def _code(rows: Mapping[str, Row]) -> int:
    """What the contract says: 3 if a seed, or where one redirected to, did not come in."""
    return 3 if any(not set(row["hops"]) - {"R"} and row["state"] != "done" for row in rows.values()) else 0


async def _torn(output: Path, rows: Mapping[str, Row]) -> list[str]:
    """What is damaged or missing in archive and mirror, one line each."""
    found = [f"left behind: {path}" for path in output.rglob("*.part")]
    found += [f"left behind: {path}" for path in output.rglob("*.body")]
    for segment in sorted((output / "archive").glob("*.warc.gz")):
        check = subprocess.run(
            [sys.executable, "-c", _WARCIO_CHECK, str(segment)], capture_output=True, text=True, check=False
        )
        if check.returncode:
            found.append(f"warcio check: {check.stdout} {check.stderr}")
    for url, entry in (await entries(output)).items():
        try:
            if entry.good is not None:
                read_body(output / "archive", entry.good, Spool())
        except StorageError as error:
            found.append(f"{url}: {error}")
    known = {row["mirror_path"] for row in rows.values()}
    mirror = output / "mirror"
    found += [
        f"{path} lies in the mirror and belongs to nobody"
        for path in mirror.rglob("*")
        if path.is_file() and path.relative_to(mirror).as_posix() not in known
    ]
    return found
