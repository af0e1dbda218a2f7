import math
from typing import Any

import pytest

from crawler.auth import Auth
from crawler.errors import UsageError
from crawler.options import CrawlOptions
from crawler.override import Override
from crawler.wording import OPTION_NAMES, read_options


def test_nothing_asked_is_the_defaults() -> None:
    assert read_options({}) == CrawlOptions()


def test_amounts_and_lists_may_be_written_out() -> None:
    options = read_options(
        {
            "max_time": "1h30m",
            "delay": 2,
            "max_body": "20MB",
            "max_bytes": 10,
            "include": "^a",
            "exclude": ["b", "c"],
            "types": "html, css",
            "traps_off": "calendar, canonical",
            "header": ["A: b"],
            "max_pages": None,
            "proxy": None,
            "fresh": True,
            "mirror": False,
            "scope": "domain",
        }
    )
    assert options.budget.max_time == 5400
    assert options.polite.delay == 2.0
    assert (options.fetch.max_body, options.budget.max_bytes) == (20_000_000, 10)
    assert (options.scope.include, options.scope.exclude) == (("^a",), ("b", "c"))
    assert options.scope.types == ("html", "css")
    assert options.scope.traps_off == ("calendar", "canonical")
    assert options.fetch.headers == ("A: b",)
    assert (options.budget.max_pages, options.fetch.proxy) == (None, None)
    assert (options.fresh, options.keep.mirror, options.scope.scope) == (True, False, "domain")


def test_a_header_may_be_named_like_its_flag_or_its_field() -> None:
    assert read_options({"headers": ["A: b"]}) == read_options({"header": "A: b"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pages", 1),
        ("max_pages", "10"),
        ("max_pages", 1.0),
        ("max_pages", True),
        ("max_pages", 0),
        ("max_pages", 2**63),
        ("retries", None),
        ("max_body", "huge"),
        ("max_body", 1.5),
        ("max_time", "soon"),
        ("max_time", math.nan),
        ("max_time", math.inf),
        ("max_time", False),
        ("timeout", None),
        ("mirror", 1),
        ("fresh", "yes"),
        ("include", 3),
        ("include", [3]),
        ("include", "("),
        ("types", "cheese"),
        ("traps_off", "calender"),
        ("scope", None),
        ("scope", ["host"]),
        ("robots", {}),
        ("user_agent", b"x"),
        ("header", {"A": "b"}),
    ],
)
def test_what_cannot_be_meant_is_usage_and_named(name: str, value: Any) -> None:
    with pytest.raises(UsageError) as caught:
        read_options({name: value})
    line = str(caught.value)
    assert name in line.replace("-", "_")
    assert "\n" not in line
    assert len(line) < 200


@pytest.mark.parametrize("line", ["sesame", ": sesame", "A: sesame\nB: c", "A: \x00sesame", "A B: sesame"])
def test_a_header_that_is_none_is_not_repeated(line: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_options({"header": ["Fine: yes", line]})
    assert "sesame" not in str(caught.value)
    assert "header 2" in str(caught.value)


def test_headers_of_a_wrong_type_are_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        read_options({"header": {"Authorization": "sesame"}})
    assert "sesame" not in str(caught.value)


def test_every_name_is_known_to_the_options() -> None:
    assert {"header", "headers", "fresh", "max_pages", "scope", "archive"} <= OPTION_NAMES


@pytest.mark.parametrize(
    ("value", "auth"),
    [
        ("me:sesame@example.org", Auth(place="example.org", user="me", password="sesame")),
        (["me:s@s:me@example.org:81"], Auth(place="example.org:81", user="me", password="s@s:me")),
        ("me:@http://example.org", Auth(place="http://example.org", user="me")),
        ("https://m%40e:s%20s@example.org/", Auth(place="https://example.org", user="m@e", password="s s")),
        ({"https://example.org": {"bearer": "abc"}}, Auth(place="https://example.org", bearer="abc")),
        (
            {"example.org": {"user": "me", "password": "sesame"}},
            Auth(place="example.org", user="me", password="sesame"),
        ),
        ([Auth(place="example.org", bearer="abc")], Auth(place="example.org", bearer="abc")),
    ],
)
def test_who_the_user_is(value: Any, auth: Auth) -> None:
    assert read_options({"auth": value}).fetch.auth == (auth,)


@pytest.mark.parametrize(
    "value",
    [
        "sesame",
        "me@example.org",
        ":sesame@example.org",
        "me:sesame@",
        3,
        [3],
        {"example.org": "sesame"},
        {"example.org": {}},
        {"example.org": {"token": "sesame"}},
        {"example.org": {"bearer": 3}},
        {"example.org": {"user": "me", "bearer": "sesame"}},
    ],
)
def test_who_the_user_is_not(value: Any) -> None:
    with pytest.raises(UsageError) as caught:
        read_options({"auth": value})
    assert "auth" in str(caught.value)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("hosts", "canonical"),
    [
        ("Example.ORG", "example.org"),
        ("example.org:443", "example.org"),
        ("example.org:8080", "example.org:8080"),
        ("*.b\u00fccher.example", "*.xn--bcher-kva.example"),
        ("*.example.org:80", "*.example.org"),
        ("127.1", "127.0.0.1"),
        ("[0:0::1]:8801", "[::1]:8801"),
    ],
)
def test_hosts_in_particular_are_named_as_their_urls_are(hosts: str, canonical: str) -> None:
    options = read_options({"host": {hosts: {"delay": "1m", "max_pages": 5}}})
    assert options.polite.overrides == (Override(hosts=canonical, delay=60.0, max_pages=5),)


def test_each_host_has_its_own_table() -> None:
    tables = {
        "a.example": {"per_host": 1, "robots": "ignore"},
        "*.example": {"max_crawl_delay": 10},
    }
    overrides = read_options({"host": tables}).polite.overrides
    assert overrides == (
        Override(hosts="a.example", per_host=1, robots="ignore"),
        Override(hosts="*.example", max_crawl_delay=10.0),
    )
    assert read_options({"host": overrides}).polite.overrides == overrides


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (3, 'host is 3; it must be tables like [host."example.org"]'),
        ({"a": 3}, 'host "a" must be a table with one or more of delay, '),
        ({"a": {}}, 'host "a" must be a table with one or more of delay, '),
        ({"a": {"speed": 1}}, 'host "a": unknown option speed; choose from delay, '),
        ({"a": {"delay": "soon"}}, "host \"a\": delay: 'soon' is no duration"),
        ({"a": {"delay": -1}}, 'host "a": delay is -1.0; it must be at least 0'),
        ({"a": {"per_host": 1.5}}, 'host "a": per-host is 1.5; it must be a whole number'),
        ({"a": {"robots": "no"}}, "host \"a\": robots 'no' is unknown; choose obey or ignore"),
        ({"a": {"max_pages": 0}}, 'host "a": max-pages is 0; it must be at least 1'),
        ({"a": {"max_pages": None}}, 'host "a": max-pages is None; it must be a whole number'),
        ({"http://a/": {"delay": 1}}, 'host "http://a/" is none; write example.org, '),
        ({"*": {"delay": 1}}, 'host "*" is none; write example.org, '),
        ({"*.0.0.1": {"delay": 1}}, 'host "*.0.0.1" is none; write example.org, '),
        ({"a:99999": {"delay": 1}}, 'host "a:99999" is none; write example.org, '),
        ({"a\\b": {"delay": 1}}, "is none; write example.org, "),
        ({"a": {"delay": 1}, "A": {"delay": 2}}, 'host "A" has two tables; write one'),
    ],
)
def test_what_cannot_be_meant_of_a_host_is_named_in_one_line(value: Any, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_options({"host": value})
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
