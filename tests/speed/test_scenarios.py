import pytest

from benchmarks.speed.contenders import CONTENDERS
from benchmarks.speed.scenarios import QUICK, SCENARIOS, chosen


def test_without_a_pattern_everything_that_need_not_be_asked_for_runs() -> None:
    names = [each.name for each in chosen(())]
    assert "py" in names
    assert "tiny" not in names


def test_patterns_choose() -> None:
    assert [each.name for each in chosen(("boost-*", "tiny"))] == [
        *(f"boost-100ms-{width}" for width in (32, 128, 512)),
        "tiny",
    ]
    assert [each.name for each in chosen(QUICK)] == list(QUICK)


def test_a_pattern_that_fits_none_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="none is called nope; there are py, pg"):
        chosen(("py", "nope"))


def test_scenarios_name_contenders_that_there_are() -> None:
    assert {name for each in SCENARIOS.values() for name in each.contenders} <= set(CONTENDERS)


def test_sites_stay_on_loopback() -> None:
    assert all(address.startswith("127.") for each in SCENARIOS.values() for address in each.site.addresses)
