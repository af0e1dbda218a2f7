"""An order survives its way down the lifeline, and answers their way back."""

from __future__ import annotations

import pytest

from crawler.auth import Auth, Login
from crawler.crew.order import Answer, Order, answer_line, order_line, read_answer, read_order
from crawler.fetch.credentials import Credentials
from crawler.fetch.guard import AddressGuard
from crawler.fetch.setcookie import Cookie
from crawler.options import CrawlOptions
from crawler.override import Override
from crawler.seeds import Seed
from crawler.territory import Territory

SEED = "https://me.example/start"


def territory_of(options: CrawlOptions) -> Territory:
    return Territory(options.scope, AddressGuard(), Credentials(options.fetch.headers, options.fetch.auth))


def order() -> Order:
    options = CrawlOptions.of(
        {
            "processes": 3,
            "exclude": ("x+",),
            "headers": ("X-Key: secret",),
            "auth": (Auth(place="b.example", bearer="t"),),
            "overrides": (Override(hosts="*.example", delay=2.0, robots="ignore"),),
            "login": (Login(url=SEED, fields=(("user", "me"), ("password", "pw"))),),
        }
    )
    territory = territory_of(options)
    list(territory.claim([Seed(SEED, is_bare=True, user="me", password="pw")]))
    return Order(
        folder="out",
        options=options,
        facts=territory.facts(),
        cookies=(Cookie(name="a", value="b", domain="me.example"),),
        run_name="20261127-000000",
        rereads=True,
        holder=2,
        concurrency=5,
        epoch_offset_seconds=1.5,
        log_level=30,
    )


def test_all_that_the_seeds_stand_for_arrives() -> None:
    sent = order()
    got = read_order(order_line(sent))
    assert got == sent
    territory = territory_of(got.options)
    territory.learn(got.facts)
    assert territory.scope.covers("https://me.example/deep")
    assert not territory.scope.judge("https://me.example/xx", "L", 1).accepted
    assert territory.is_named("me.example")
    assert not territory.is_named("b.example")
    assert dict(territory.credentials.headers_for(SEED)).keys() == {"X-Key", "Authorization"}
    territory.guard.check("me.example", 443, "10.1.2.3")


def test_secrets_do_not_show() -> None:
    assert "pw" not in repr(order())


@pytest.mark.parametrize("line", [b"", b"{}\n", b"[]\n", order_line(order())[:100]])
def test_an_order_that_breaks_off_is_none(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_order(line)


@pytest.mark.parametrize(
    "fields",
    [
        {"outcome": "finished"},
        {"failure": "disk full"},
        {"damage": "torn"},
        {"warning": "odd\nline"},
        {"log": ("crawler", 30, "x")},
    ],
)
def test_an_answer_is_one_line(fields: dict[str, object]) -> None:
    answer = Answer(**fields)  # type: ignore[arg-type]
    line = answer_line(answer)
    assert line.count(b"\n") == 1
    assert read_answer(line) == answer


@pytest.mark.parametrize("line", ["Fatal Python error", "[1]", '{"log": 3}', '{"odd": 1}', "3"])
def test_nonsense_is_for_the_log(line: str) -> None:
    assert read_answer(f"{line}\n".encode()) == Answer(log=("crawler.crew.order", 30, line))
