import json

import pytest

from benchmarks.speed.checking import Links
from benchmarks.speed.results import Outcome, Round, Row, as_json, from_json
from tests.speed.results import one_round, result, row


def test_figures_are_medians() -> None:
    one = row("ours", one_round(1), one_round(9), one_round(2))
    assert one.wall_seconds == 2
    assert one.pages_per_second == 50
    assert one.cpu_ms_per_page == 10
    assert one.answers_per_second == 57.5


def test_nobody_is_credited_with_more_pages_than_there_are() -> None:
    assert row("ours", one_round(1, pages=130)).pages_per_second == 100


@pytest.mark.parametrize(
    ("one", "outcome", "has_finished"),
    [
        (row("ours", one_round(1)), Outcome.OK, True),
        (row("ours", one_round(1, exit_code=8)), Outcome.OK, True),
        (row("ours", one_round(1, pages=98)), Outcome.SHORT, False),
        (row("ours", one_round(1), one_round(1, pages=50)), Outcome.SHORT, False),
        (row("ours", one_round(1, pages=0)), Outcome.FAILED, False),
        (row("ours", one_round(1, exit_code=-11)), Outcome.FAILED, False),
        (row("ours"), Outcome.FAILED, False),
        (row("ours", one_round(120, exit_code=None)), Outcome.OVER, False),
        (
            row("ours", one_round(1), links=Links(pages=1, into=97, dangling=2, outside=1)),
            Outcome.UNCONVERTED,
            True,
        ),
    ],
)
def test_what_became_of_a_contender(one: Row, outcome: str, has_finished: bool) -> None:
    assert (one.outcome, one.has_finished) == (outcome, has_finished)


def test_results_come_back_from_json() -> None:
    results = [result("py", row("ours", one_round(1)), row("scrapy", one_round(5), links=None)), result("pg")]
    assert from_json(json.loads(json.dumps(as_json(results)))) == results


def test_json_has_every_round_and_the_medians() -> None:
    told = as_json([result("py", row("ours", one_round(1), one_round(3)), row("wget"))])
    ours, wget = told[0]["rows"]
    assert [each["spent"]["wall_seconds"] for each in ours["rounds"]] == [1, 3]
    assert ours["median"]["pages_per_second"] == 50
    assert (wget["outcome"], wget["median"]) == (Outcome.FAILED, {})


def test_a_round_keeps_answers_by_status() -> None:
    one: Round = one_round(1)
    assert one.answers == {"200": 110, "404": 5}
