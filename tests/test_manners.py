"""What holds for a host: the run's options, and what was said of some hosts in particular."""

from __future__ import annotations

import pytest

from crawler.manners import Manners, Overrides, longest_rest_seconds
from crawler.options import PoliteOptions
from crawler.override import Override

TABLES = (
    Override(hosts="*.org", delay=1.0, max_pages=100),
    Override(hosts="*.example.org", delay=2.0, robots="ignore"),
    Override(hosts="*.example.org:8080", per_host=9),
    Override(hosts="example.org", delay=3.0),
    Override(hosts="example.org:8080", delay=4.0, max_crawl_delay=7.0),
    Override(hosts="[::1]", delay=5.0),
    Override(hosts="127.0.0.1:8801", delay=6.0),
)


@pytest.mark.parametrize(
    ("host", "delay"),
    [
        ("example.org", 3.0),
        ("example.org:8080", 4.0),
        ("example.org:81", 3.0),
        ("www.example.org", 2.0),
        ("a.b.example.org:81", 2.0),
        ("notexample.org", 1.0),
        ("org", 1.0),
        ("example.com", None),
        ("example.org.com", None),
        ("[::1]", 5.0),
        ("[::1]:8080", 5.0),
        ("127.0.0.1:8801", 6.0),
        ("127.0.0.1:8802", None),
        ("127.0.0.1", None),
    ],
)
def test_the_most_specific_decides(host: str, delay: float | None) -> None:
    assert Manners(PoliteOptions(overrides=TABLES)).of(host).delay == delay


def test_each_option_is_decided_by_the_most_specific_that_says_something_of_it() -> None:
    overrides = Overrides(TABLES)
    assert overrides.of("example.org:8080") == Override(
        hosts="example.org:8080",
        delay=4.0,
        per_host=9,
        robots="ignore",
        max_pages=100,
        max_crawl_delay=7.0,
    )
    assert overrides.of("example.com") is None
    assert Overrides().of("example.org") is None


def test_what_nothing_was_said_of_is_as_the_run_has_it() -> None:
    options = PoliteOptions(delay=9.0, per_host=3, robots="ignore", max_crawl_delay=8.0, overrides=TABLES)
    manners = Manners(options)
    assert manners.of("example.com") == PoliteOptions(
        delay=9.0, per_host=3, robots="ignore", max_crawl_delay=8.0
    )
    assert manners.of("example.org").per_host == 3


def test_no_delay_is_something_that_was_said() -> None:
    options = PoliteOptions(delay=9.0, overrides=(Override(hosts="a.example", delay=0.0),))
    assert Manners(options).of("a.example").delay == 0.0


@pytest.mark.parametrize(("tables", "limits"), [(TABLES, True), (TABLES[1:], False), ((), False)])
def test_whether_pages_are_limited_anywhere(tables: tuple[Override, ...], limits: bool) -> None:
    assert Overrides(tables).limits_pages is limits


@pytest.mark.parametrize(
    ("options", "longest"),
    [
        (PoliteOptions(), 300.0),
        (PoliteOptions(max_crawl_delay=1.0), 60.0),
        (PoliteOptions(delay=1000.0), 1000.0),
        (
            PoliteOptions(
                overrides=(
                    Override(hosts="a.org", delay=400.0),
                    Override(hosts="b.org", max_crawl_delay=500.0),
                )
            ),
            500.0,
        ),
    ],
)
def test_the_longest_rest_that_a_run_grants(options: PoliteOptions, longest: float) -> None:
    assert longest_rest_seconds(options) == longest
