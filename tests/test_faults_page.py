"""docs/faults.md says what is true: every row once, every test it names is there, none is left without."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.cases import each
from tests.faults.scenes import SCENES

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
CATALOGUE = ROOT.parent / "shared" / "faults.md"

ROWS = 206
MUST = {
    number
    for first, last in [
        (7, 10),
        (18, 21),
        (26, 32),
        (36, 53),
        (59, 60),
        (68, 68),
        (70, 92),
        (126, 137),
        (141, 150),
        (155, 159),
        (161, 184),
        (188, 189),
        (191, 204),
    ]
    for number in range(first, last + 1)
}
LATER = ("the nightly archive",)
"""Parts of the project that are still to come, and bring the tests of their rows."""

_CELL = r"\s*([^|]*?)\s*\|"
_ROW = re.compile(rf"^\|\s*(\*\*)?(\d+)(?:\*\*)?\s*\|{_CELL}{_CELL}{_CELL}$", re.MULTILINE)
_FLAW = re.compile(rf"^\|(?!\s*(?:flaw|-|\*|\d|\|)){_CELL}{_CELL}{_CELL}{_CELL}$", re.MULTILINE)
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)(?:\[\d+-\*\])?`")
_SCENES = re.compile(r"`faults/test_scenes\.py::test_scene\[(\d+)-\*\]`")
_ADVISORY = re.compile(r"CVE-\d{4}-\d+|GHSA(?:-\w{4}){3}|#\d{3,}")
_COMES = re.compile(r"\*comes with ([^*]+)\*")

FOUND = {
    int(number): (bool(bold), fault, verdict, test)
    for bold, number, fault, verdict, test in _ROW.findall(PAGE)
}
FLAWS = [row for row in _FLAW.findall(PAGE) if set("".join(row)) - set("- ")]


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def test_every_row_stands_there_once_and_in_order() -> None:
    numbers = [int(match[1]) for match in _ROW.findall(PAGE)]
    assert numbers == list(range(1, ROWS + 1))


def test_rows_that_must_have_a_test_are_marked() -> None:
    assert {number for number, (is_bold, *_) in FOUND.items() if is_bold} == MUST


@each(sorted(set(_TEST.findall(PAGE))))
def test_every_test_it_names_is_there(file: str, name: str) -> None:
    assert (ROOT / "tests" / file).is_file()
    assert name.startswith("test_")
    assert name in functions_of(file)


def test_nothing_else_looks_like_a_test() -> None:
    assert PAGE.count("::test_") == len(_TEST.findall(PAGE))


@each(range(1, ROWS + 1))
def test_a_row_has_a_test_or_says_why_not(number: int) -> None:
    _, fault, verdict, test = FOUND[number]
    assert fault
    assert verdict
    if number in MUST:
        assert _TEST.search(test) or _COMES.search(test)
    else:
        assert _TEST.search(test) or _COMES.search(test) or re.match(r"- \w.{15}", test)


@each(FLAWS)
def test_a_published_flaw_has_a_test(what: str, where: str, why: str, test: str) -> None:
    assert what
    assert why
    assert _TEST.search(test) or _COMES.search(test)


def test_every_row_that_is_played_says_so() -> None:
    played = {scene.row for scene in SCENES}
    assert {int(number) for number in _SCENES.findall(PAGE)} == played
    assert {number for number, (*_, test) in FOUND.items() if f"test_scene[{number}-*]" in test} == played


def test_what_is_wrong_yet_is_admitted() -> None:
    wrong = {scene.row for scene in SCENES if scene.wrong_yet}
    assert {number for number, (_, _, verdict, _) in FOUND.items() if "not yet" in verdict} == wrong


def test_what_is_to_come_is_named_alike() -> None:
    assert set(_COMES.findall(PAGE)) <= set(LATER)


def test_every_published_flaw_of_the_catalogue_is_there() -> None:
    assert len(FLAWS) > 50
    if not CATALOGUE.is_file():
        pytest.skip("the catalogue is absent")
    chapter = CATALOGUE.read_text(encoding="utf-8").partition("\n## B.")[2].partition("\n## C.")[0]
    # `CVE-2025-69228/69227` names two.
    chapter = re.sub(r"(CVE-\d{4}-)(\d+)/(?:CVE-\d{4}-)?(\d+)", r"\1\2 \1\3", chapter)
    assert set(_ADVISORY.findall(chapter)) - set(_ADVISORY.findall(PAGE)) == set()
