"""Somebody is told only if there is something to tell, and then in a few words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import StorageError
from crawler.model import State
from crawler.notice import Notice, failures_before, notice_of, notice_of_error
from crawler.report import Report
from crawler.standing import Counts, Run, SeedState

RUN = Run(
    number=2, name="20261123-000000", started_at=0, ended_at=60, outcome="finished", counts=Counts(pages=3)
)


def told(*, exit_code: int = 0, changes: dict[str, int] | None = None, **more: Any) -> Notice:
    before = more.pop("before", {})
    report = Report(run=RUN, seconds=60, **more)
    return notice_of(report, output="out", exit_code=exit_code, changes=changes or {}, failures_before=before)


@pytest.mark.parametrize(
    ("notice", "has_news"),
    [
        (told(), False),
        (told(changes={"new": 0, "changed": 0}), False),
        (told(changes={"new": 0, "changed": 1}), True),
        (told(exit_code=3), True),
        (told(failures={"http_404": 3}), True),
        (told(failures={"http_404": 3}, before={"http_404": 3}), False),
        (told(failures={"http_404": 2}, before={"http_404": 3}), False),
        (told(failures={"http_404": 3}, before={"http_404": 2, "dns": 5}), True),
        (notice_of_error(StorageError("disk full; make room"), output="out"), True),
    ],
)
def test_it_is_news_if_it_was_not_so_before(notice: Notice, has_news: bool) -> None:
    assert notice.has_news is has_news


def test_its_text_says_it_all_in_a_few_lines() -> None:
    seeds = tuple(SeedState(url=f"https://s{n}.example/", state=State.FAILED) for n in range(30))
    failures = {f"class_{n}": n for n in range(1, 20)}
    notice = told(exit_code=3, changes={"new": 2, "gone": 1, "moved": 0}, failures=failures, bad_seeds=seeds)
    lines = notice.text.splitlines()
    assert lines[0] == notice.title == "crawler: out: finished: 2 new, 1 gone"
    assert lines[1].startswith("failed: class_19 19, class_18 18, ")
    assert lines[1].count(",") == 9
    assert lines[2] == "seed did not come in: https://s0.example/"
    assert lines[-1] == "exit code 3"
    assert len(lines) == 13


def test_programs_get_it_as_values() -> None:
    values = json.loads(json.dumps(told(changes={"new": 2}, failures={"dns": 1}).as_json()))
    assert values["text"].startswith("crawler: out: finished: 2 new")
    assert (values["run"], values["outcome"], values["exit_code"]) == ("20261123-000000", "finished", 0)
    assert (values["started_at"], values["ended_at"]) == ("1970-01-01T00:00:00Z", "1970-01-01T00:01:00Z")
    assert (values["counts"]["pages"], values["changes"], values["failures"]) == (3, {"new": 2}, {"dns": 1})
    error = notice_of_error(StorageError("disk full; make room"), output="out")
    assert error.as_json()["error"] == "disk full; make room"
    assert error.text == "crawler: out: disk full; make room\nexit code 1"


def test_the_failures_before_stand_in_the_last_report(tmp_path: Path) -> None:
    assert failures_before(tmp_path, RUN.name) == {}
    for name, failures in [
        ("20261121-000000", {"dns": 1}),
        ("20261122-000000", {"http_404": 2}),
        (RUN.name, {"tls": 3}),
    ]:
        (tmp_path / f"{name}.json").write_text(json.dumps({"failures": failures}))
    assert failures_before(tmp_path, RUN.name) == {"http_404": 2}
    for text in ("", "[]", '{"failures": 3}', '{"failures": {"a": []}}'):
        (tmp_path / "20261122-000000.json").write_text(text)
        assert failures_before(tmp_path, RUN.name) == {}
