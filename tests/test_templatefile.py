"""What is remembered of templates outlives the process, and torn lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import StorageError
from crawler.evidence import MOST_TRIED, NOTHING_KNOWN, Known
from crawler.templatefile import Templates

T = "a.example/*"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rendering.jsonl"


def test_nothing_is_known_at_first(path: Path) -> None:
    assert Templates(path).known(T, has_signs=False) == NOTHING_KNOWN
    assert not path.exists()


def test_it_is_known_to_the_next(path: Path) -> None:
    templates = Templates(path)
    templates.learn(T, has_signs=True, has_gained=True)
    templates.learn(T, has_signs=True, has_gained=False)
    templates.learn(T, has_signs=False, has_gained=False)
    for each in (templates, Templates(path)):
        assert each.known(T, has_signs=True) == Known(tried=2, gained=1)
        assert each.known(T, has_signs=False) == Known(tried=1, gained=0)
        assert each.known("b.example/*", has_signs=False) == NOTHING_KNOWN


def test_a_template_that_is_known_well_costs_no_more_lines(path: Path) -> None:
    templates = Templates(path)
    for _ in range(MOST_TRIED + 3):
        templates.learn(T, has_signs=False, has_gained=True)
    assert len(path.read_text().splitlines()) == MOST_TRIED
    assert Templates(path).known(T, has_signs=False) == Known(tried=MOST_TRIED, gained=MOST_TRIED)


def test_lines_that_are_none_are_passed_over(path: Path) -> None:
    templates = Templates(path)
    templates.learn(T, has_signs=False, has_gained=True)
    with path.open("ab") as file:
        file.write(b'\xff\n[]\n{"template": 1}\n{"template": "b", "signs": 0, "gained": 1}\n{"templ')
    assert Templates(path).known(T, has_signs=False) == Known(tried=1, gained=1)


def test_a_disk_that_fails(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StorageError, match=r"rendering\.jsonl: Is a directory"):
        Templates(path).known(T, has_signs=False)
