"""Every option is checked when it is given, and says in one line what it wants."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest

from crawler.errors import UsageError
from crawler.options import (
    MEDIA_CLASSES,
    TRAP_RULES,
    BudgetOptions,
    CrawlOptions,
    FetchOptions,
    KeepOptions,
    PoliteOptions,
    ScopeOptions,
)
from crawler.override import Override

GROUPS = (ScopeOptions, BudgetOptions, PoliteOptions, FetchOptions, KeepOptions)

BAD: list[tuple[dict[str, Any], str]] = [
    ({"scope": "planet"}, "scope 'planet' is unknown; choose one of page, prefix, host, domain, any"),
    (
        {"include": ("(",)},
        r"include '(' is no regular expression: missing ), unterminated subpattern at position 0",
    ),
    ({"exclude": ("a", "*")}, r"exclude '*' is no regular expression: nothing to repeat at position 0"),
    (
        {"traps_off": ("calender",)},
        f"traps-off: calender is unknown; choose from {', '.join(TRAP_RULES)} or all",
    ),
    (
        {"types": ("html", "films")},
        f"types: films is unknown; choose from {', '.join(MEDIA_CLASSES)} or all",
    ),
    ({"max_depth": -1}, "max-depth is -1; it must be at least 0"),
    ({"max_pages": 0}, "max-pages is 0; it must be at least 1"),
    ({"max_pages_per_host": 0}, "max-pages-per-host is 0; it must be at least 1"),
    ({"max_bytes": -1}, "max-bytes is -1; it must be at least 0"),
    ({"max_time": -0.5}, "max-time is -0.5; it must be at least 0"),
    ({"max_wait": math.nan}, "max-wait is nan; it must be at least 0"),
    ({"per_host": 0}, "per-host is 0; it must be at least 1"),
    ({"delay": -1.0}, "delay is -1.0; it must be at least 0"),
    ({"delay": math.nan}, "delay is nan; it must be at least 0"),
    ({"robots": "maybe"}, "robots 'maybe' is unknown; choose obey or ignore"),
    ({"render": "yes"}, "render 'yes' is unknown; choose never, auto or always"),
    (
        {"render": "auto", "archive": False},
        "render needs the archive, where rendered pages lie; leave out --no-archive",
    ),
    (
        {"render": "auto", "assets": False},
        "render needs what pages need to be shown; leave out --no-assets",
    ),
    ({"screenshots": True}, "screenshots are taken of rendered pages; add --render auto or always"),
    ({"max_crawl_delay": -1}, "max-crawl-delay is -1; it must be at least 0"),
    ({"concurrency": 0}, "concurrency is 0; it must be at least 1"),
    ({"min_rate": -1}, "min-rate is -1; it must be at least 0"),
    ({"max_body": 0}, "max-body is 0; it must be at least 1"),
    ({"retries": -1}, "retries is -1; it must be at least 0"),
    ({"max_redirects": -1}, "max-redirects is -1; it must be at least 0"),
    ({"timeout": 0.0}, "timeout is 0.0; it must be more than 0"),
    ({"connect_timeout": -1.0}, "connect-timeout is -1.0; it must be more than 0"),
    ({"read_timeout": math.nan}, "read-timeout is nan; it must be more than 0"),
    ({"user_agent": "me\r\nX: y"}, r"header 'me\r\nX: y' has a control character; write it on one line"),
    ({"headers": ("X: a\nY: b",)}, r"header 'X: a\nY: b' has a control character; write it on one line"),
    ({"headers": ("nonsense",)}, "header 'nonsense' is none; write it as 'Name: value'"),
    ({"headers": (": value",)}, "header ': value' is none; write it as 'Name: value'"),
    ({"headers": ("Na me: value",)}, "header 'Na me: value' is none; write it as 'Name: value'"),
    ({"colour": "red"}, "unknown option colour; see crawler crawl --help"),
    ({"b": 1, "a": 2, "max_pages": 3}, "unknown option a, b; see crawler crawl --help"),
]


@pytest.mark.parametrize(("values", "message"), BAD, ids=[str(values) for values, _ in BAD])
def test_what_cannot_be_obeyed_is_told_in_one_line(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        CrawlOptions.of(values)
    assert str(caught.value) == message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("max_pages", [1, 10**9]),
        ("max_depth", [0]),
        ("max_bytes", [0]),
        ("max_time", [0, 0.5]),
        ("max_wait", [0.0]),
        ("per_host", [1]),
        ("delay", [0.0, 12.5]),
        ("retries", [0]),
        ("max_redirects", [0]),
        ("concurrency", [1]),
        ("types", [("all",), MEDIA_CLASSES]),
        ("traps_off", [("all",), TRAP_RULES, ()]),
        ("headers", [("X:",), ("X-A: b: c", "Y:z")]),
        ("include", [(), ("^https://",)]),
    ],
)
def test_the_bounds_themselves_are_fine(name: str, values: list[Any]) -> None:
    for value in values:
        options = CrawlOptions.of({name: value})
        assert value in [
            getattr(getattr(options, group), name, None) for group in ("scope", "budget", "polite", "fetch")
        ]


def test_every_name_belongs_to_one_group() -> None:
    names = [field.name for group in GROUPS for field in dataclasses.fields(group)]
    assert len(names) == len(set(names))
    defaults = {field.name: field.default for group in GROUPS for field in dataclasses.fields(group)}
    assert CrawlOptions.of(defaults) == CrawlOptions() == CrawlOptions.of({})


def test_flat_names_find_their_group() -> None:
    options = CrawlOptions.of(
        {"scope": "domain", "max_pages": 3, "delay": 1.5, "retries": 0, "mirror": False, "fresh": True}
    )
    assert options.scope.scope == "domain"
    assert options.budget.max_pages == 3
    assert options.polite.delay == 1.5
    assert options.fetch.retries == 0
    assert options.keep.mirror is False
    assert options.fresh is True


def test_the_defaults_are_those_of_the_contract() -> None:
    options = CrawlOptions()
    assert options.scope.scope == "host"
    assert options.scope.types == ("html", "css", "image", "font", "script", "document")
    assert options.fetch.concurrency == 32
    assert options.budget.max_wait == 300
    assert options.polite.robots == "obey"
    assert (options.scope.assets, options.scope.sitemaps, options.keep.mirror, options.keep.archive) == (
        True,
    ) * 4


def test_the_record_of_a_run_holds_no_credentials() -> None:
    options = CrawlOptions.of(
        {
            "headers": ("Authorization: Bearer secret",),
            "proxy": "http://me:secret@proxy/",
        }
    )
    assert "secret" not in options.as_json()


def test_the_record_tells_apart_what_decides_about_urls() -> None:
    default = json.loads(CrawlOptions().as_json())
    for name, value in {
        "scope": "any",
        "include": ("x",),
        "exclude": ("x",),
        "types": ("html",),
        "max_depth": 3,
        "assets": False,
        "sitemaps": False,
        "robots": "ignore",
        "user_agent": "me/1.0",
        "max_body": 5,
        "max_redirects": 1,
        "mirror": False,
        "overrides": (Override(hosts="a.example", robots="ignore"),),
    }.items():
        assert json.loads(CrawlOptions.of({name: value}).as_json()) != default
    for name, value in {
        "concurrency": 1,
        "max_pages": 1,
        "delay": 9.0,
        "overrides": (Override(hosts="a.example", delay=1.0, max_pages=1),),
        "archive": False,
        "fresh": True,
    }.items():
        assert json.loads(CrawlOptions.of({name: value}).as_json()) == default
