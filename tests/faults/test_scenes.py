"""Every scene inside this process: what becomes of each URL, and how often it was asked for."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.faults.playing import crawled, differences
from tests.faults.scene import Scene
from tests.faults.scenes import SCENES

pytestmark = pytest.mark.long

_LONGEST_SECONDS = 25


def _param(scene: Scene) -> Any:
    marks = [pytest.mark.xfail(strict=True, reason=scene.wrong_yet)] if scene.wrong_yet else []
    return pytest.param(scene, id=scene.id, marks=marks)


@pytest.mark.parametrize("scene", [_param(each) for each in SCENES])
async def test_scene(scene: Scene, tmp_path: Path) -> None:
    async with asyncio.timeout(_LONGEST_SECONDS):
        site, rows, report = await crawled(scene, tmp_path)
    if found := differences(scene, site, rows, tmp_path / "out" / "mirror"):
        pytest.fail("\n".join(found), pytrace=False)
    assert "internal" not in report.failures


def test_every_scene_has_a_name_of_its_own() -> None:
    assert [name for name, times in Counter(each.id for each in SCENES).items() if times > 1] == []
