"""What was said of some hosts is valid when it is made."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.errors import UsageError
from crawler.override import Override


@pytest.mark.parametrize("hosts", ["example.org", "*.example.org", "example.org:8080", "[::1]:80", "*.a:1"])
def test_hosts_are_named_as_urls_name_them(hosts: str) -> None:
    assert Override(hosts=hosts).hosts == hosts


@pytest.mark.parametrize("hosts", ["", "*", "a b", "http://a", "a/b", "a*.b", "*.*.a", "me@a", "a:port"])
def test_what_is_no_host_is_said_to_be_none(hosts: str) -> None:
    with pytest.raises(UsageError, match=r"is none; write example\.org"):
        Override(hosts=hosts)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"delay": -1.0}, "delay is -1.0; it must be at least 0"),
        ({"delay": float("nan")}, "delay is nan; it must be at least 0"),
        ({"per_host": 0}, "per-host is 0; it must be at least 1"),
        ({"max_pages": 0}, "max-pages is 0; it must be at least 1"),
        ({"max_crawl_delay": -1.0}, "max-crawl-delay is -1.0; it must be at least 0"),
        ({"robots": "maybe"}, "robots 'maybe' is unknown; choose obey or ignore"),
    ],
)
def test_a_value_that_cannot_be_obeyed_names_host_and_option(said: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        Override(hosts="a.example", **said)
    assert str(caught.value) == f'host "a.example": {complaint}'
