"""Figures to be checked by hand: what is known of hosts, and what a run over them takes."""

from __future__ import annotations

import json

import pytest

from crawler.estimate import CONCURRENCY, HostForecast, RunForecast, forecast, forecast_values

SLOW = HostForecast(
    host="slow.example",
    pages=100,
    others=20,
    in_sitemaps=99,
    page_bytes=1000.0,
    other_bytes=50.0,
    answer_seconds=0.5,
    delay_seconds=9.5,
)
QUICK = HostForecast(host="quick.example", pages=50, others=10, answer_seconds=0.1, parallel=3)


def test_a_host_with_a_delay_is_asked_one_by_one() -> None:
    assert SLOW.requests == 120
    assert SLOW.seconds == pytest.approx(1200)
    assert SLOW.size_bytes == 101_000


def test_one_without_is_asked_side_by_side() -> None:
    assert QUICK.seconds == pytest.approx(2)
    assert QUICK.size_bytes is None


def test_the_slowest_host_decides() -> None:
    run = forecast([QUICK, SLOW], concurrency=32)
    assert [each.host for each in run.hosts] == ["slow.example", "quick.example"]
    assert (run.pages, run.requests, run.size_bytes) == (150, 180, 101_000)
    assert run.seconds == pytest.approx(1200)
    assert (run.bottleneck, run.ended_by) == ("slow.example", "")


def test_or_all_of_them_together_do() -> None:
    hosts = [
        HostForecast(host=f"{n}.example", pages=100, answer_seconds=1.0, parallel=100) for n in range(100)
    ]
    run = forecast(hosts, concurrency=10)
    assert run.bottleneck == CONCURRENCY
    assert run.seconds == pytest.approx(1000)


def test_a_budget_of_pages_ends_it_when_the_quick_ones_are_through() -> None:
    run = forecast([QUICK, SLOW], concurrency=32, max_pages=60)
    assert (run.pages, run.ended_by) == (60, "max-pages")
    assert run.seconds == pytest.approx(120)
    assert run.size_bytes == 10_100


def test_a_budget_that_is_not_reached_ends_nothing() -> None:
    run = forecast([QUICK, SLOW], concurrency=32, max_pages=150, max_seconds=1201)
    assert run.ended_by == ""


def test_a_budget_of_time_ends_it() -> None:
    run = forecast([QUICK, SLOW], concurrency=32, max_seconds=600)
    assert (run.pages, run.seconds, run.ended_by) == (100, 600, "max-time")


def test_nothing_is_nothing() -> None:
    assert forecast([], concurrency=1) == RunForecast()


@pytest.mark.parametrize(
    ("host", "is_floor", "basis"),
    [
        (HostForecast(host="a", pages=1), True, "nothing but seeds"),
        (HostForecast(host="a", pages=3, on_seeds=2), True, "2 linked on the seeds"),
        (
            HostForecast(host="a", pages=3, in_sitemaps=2, forbidden=1),
            False,
            "2 in sitemaps, 1 forbidden by robots.txt",
        ),
        (HostForecast(host="a", pages=3, known=3), False, "3 known from earlier runs"),
        (
            HostForecast(host="a", others=1, was_asked=False),
            False,
            "nothing but seeds; not asked, the pace is assumed",
        ),
    ],
)
def test_it_says_what_it_rests_on(host: HostForecast, is_floor: bool, basis: str) -> None:
    assert (host.is_floor, host.basis) == (is_floor, basis)


def test_its_values_are_plain() -> None:
    values = json.loads(json.dumps(forecast_values(forecast([SLOW, QUICK], concurrency=32))))
    assert values["bottleneck"] == "slow.example"
    assert [each["bytes"] for each in values["hosts"]] == [101_000, None]
