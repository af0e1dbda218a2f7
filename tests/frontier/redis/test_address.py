"""URLs of servers, and what may be shown of them."""

from __future__ import annotations

import traceback
from urllib.parse import quote

import pytest

from crawler.errors import UsageError
from crawler.frontier.redis.address import read_address

SECRET = "horse/staple@battery"
USER = f"me:{quote(SECRET, safe='')}@"


@pytest.mark.parametrize(
    ("url", "taken", "crawl", "shown"),
    [
        ("redis://host", "redis://host", "crawl", "redis://host"),
        ("valkey://host/1", "redis://host/1", "crawl", "valkey://host/1"),
        ("valkeys://h:1/0#news", "rediss://h:1/0", "news", "valkeys://h:1/0#news"),
        (
            f"redis://{USER}host:7000/3?socket_timeout=9#a%20b",
            f"redis://{USER}host:7000/3?socket_timeout=9",
            "a b",
            "redis://host:7000/3#a b",
        ),
        (
            "rediss://:secret@[::1]:7000",
            "rediss://:secret@[::1]:7000",
            "crawl",
            "rediss://[::1]:7000",
        ),
        (
            "unix:///run/redis.sock?password=secret",
            "unix:///run/redis.sock?password=secret",
            "crawl",
            "unix:///run/redis.sock",
        ),
    ],
)
def test_what_is_shown_of_a_url_is_no_secret(url: str, taken: str, crawl: str, shown: str) -> None:
    address = read_address(url)
    assert (address.url, address.crawl, address.shown) == (taken, crawl, shown)
    assert "secret" not in repr(address)
    assert "horse" not in repr(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host:6379",
        "http://host",
        "redis://",
        "redis://me:horse/staple@host:1",
        "redis://h:horse",
        "unix://",
    ],
)
def test_what_is_no_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UsageError, match="is no address of a server; write redis://") as refused:
        read_address(url)
    assert "horse" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("name", ["{a}", "a" * 61, "a%0Ab"])
def test_what_is_no_name_of_a_crawl_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be named"):
        read_address(f"redis://host/0#{name}")
