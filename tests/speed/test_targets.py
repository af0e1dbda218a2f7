from benchmarks.speed.results import Result
from benchmarks.speed.targets import Verdict, verdicts
from tests.speed.results import one_round, result, row


def told(*results: Result) -> dict[str, Verdict]:
    return {each.text: each for each in verdicts(results) if each.is_met is not None}


def test_nothing_is_said_of_what_was_not_measured() -> None:
    assert told(result("py", row("ours", one_round(1)))) == {}


def test_the_better_of_our_forms_stands_for_us() -> None:
    found = told(
        result("py", row("ours", one_round(4)), row("ours-auto", one_round(2)), row("wget", one_round(12)))
    )
    (verdict,) = found.values()
    assert (verdict.value, verdict.bound, verdict.is_met) == ("6.00x", "≥ 6x", True)


def test_a_form_that_lacks_pages_stands_for_nobody() -> None:
    found = told(
        result(
            "py",
            row("ours", one_round(4)),
            row("ours-auto", one_round(2, pages=5)),
            row("wget", one_round(12)),
        )
    )
    assert [each.is_met for each in found.values()] == [False]


def test_answers_are_held_against_connections_by_latency() -> None:
    late = result("boost-100ms-32", row("ours", one_round(0.4)), connections=32, delay_seconds=0.1)
    (verdict,) = told(late).values()
    assert (verdict.value, verdict.is_met) == ("89.8%", False)


def test_the_start_is_taken_off_where_sizes_are_compared() -> None:
    found = told(
        result("start", row("ours", one_round(1, pages=3), expected=3)),
        result("scale-1k", row("ours", one_round(2, pages=1000), expected=1000)),
        result("scale-100k", row("ours", one_round(101, pages=100_000), expected=100_000)),
    )
    assert [each.value for each in found.values()] == ["100.0%"]


def test_memory_has_a_most() -> None:
    found = told(result("million", row("ours", one_round(50, rss=301_000_000))))
    assert [(each.bound, each.value, each.is_met) for each in found.values()] == [
        ("≤ 300 MB", "301.0 MB", False)
    ]
