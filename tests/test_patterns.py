"""`crawler.patterns`: however patterns are looked up, the longest that matches is found, and quickly."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.patterns import NO_MATCH, Pattern, Patterns, compile_patterns
from crawler.robots import MAX_ROBOTS_BYTES, parse
from tests.simple_robots import simple_verdict

SITE = "https://example.org"
AGENT = "crawler/0.1"


def patterns(*texts: str) -> Patterns:
    return compile_patterns(
        Pattern(tuple(text.removesuffix("$").split("*")), text.endswith("$"), (len(text), offset))
        for offset, text in enumerate(texts)
    )


@pytest.mark.parametrize(
    ("texts", "path", "text"),
    [
        ((), "/", None),
        (("/a", "/ab", "/abc"), "/abx", "/ab"),
        (("/a$", "/"), "/a", "/a$"),
        (("/a$",), "/ab", None),
        (("/a*", "/a"), "/ab", "/a*"),
        (("*", "/"), "/x", "*"),
        (("*$",), "/", "*$"),
        (("/*b$", "/*b"), "/ab", "/*b$"),
        (("/*bc", "/abc"), "/abc", "/*bc"),
        (("/abc", "/*bc"), "/abc", "/abc"),
        (("/*x*y", "/*y*x"), "/axby", "/*x*y"),
    ],
)
def test_the_longest_wins_and_of_equal_ones_the_first(
    texts: tuple[str, ...], path: str, text: str | None
) -> None:
    expected = NO_MATCH if text is None else (len(text), texts.index(text))
    assert patterns(*texts).longest(path) == expected


@pytest.mark.parametrize("count", [3, 500])
@pytest.mark.parametrize("path", ["/0002", "/0002x", "/x0002", "/x/0002/y"])
def test_a_literal_is_found_wherever_it_stands(path: str, count: int) -> None:
    texts = [f"/*{number:04}" for number in range(count)]
    assert patterns(*texts).longest(path) == (6, 2)
    assert patterns(*texts).longest("/000") == NO_MATCH


VALUES = st.builds(
    lambda head, tail, end: head + tail + end,
    st.sampled_from(["/", "*", "/*", "", "/%4", "/a"]),
    st.text("ab/*%41\xe9$~2f", max_size=24),
    st.sampled_from(["", "$", "*"]),
)
RULES = st.lists(st.tuples(st.sampled_from(["Allow", "Disallow"]), VALUES), max_size=90)
PATHS = st.text("ab/%41\xe9$~2f", max_size=40).map(lambda tail: f"/{tail}")


@given(RULES, PATHS)
@example([("Disallow", "/*" + "ab" * 9), ("Allow", "*b")], "/x" + "ab" * 12)
def test_verdicts_are_those_of_trying_every_rule(rules: list[tuple[str, str]], path: str) -> None:
    """The octets tell which rule decided, even where the verdict is the same."""
    check(rules, path)


def check(rules: list[tuple[str, str]], path: str) -> None:
    body = "\n".join(("User-agent: *", *(f"{kind}: {value}" for kind, value in rules))).encode("latin-1")
    robots = parse(body)
    url = SITE + path.encode("latin-1").decode("utf-8", "surrogateescape")
    octets = path.encode("latin-1").decode("utf-8", "surrogateescape").encode("utf-8", "surrogatepass")
    expected = simple_verdict(rules, octets.decode("latin-1"))
    is_allowed, match = robots._weigh(AGENT, url)
    assert (is_allowed, match[0]) == expected


def test_thousands_of_rules_give_the_verdicts_of_trying_every_rule() -> None:
    chance = random.Random(9309)

    def word(letters: str, most: int) -> str:
        return "".join(chance.choice(letters) for _ in range(chance.randint(1, most)))

    for letters, most in (("ab", 18), ("abcdefgh", 6), ("abcdefghijklmnopqrstuvwxyz", 3)):
        rules = [
            (
                chance.choice(["Allow", "Disallow"]),
                "/*".join(["", *(word(letters, most) for _ in range(chance.randint(1, 3)))])
                + chance.choice(["", "$"]),
            )
            for _ in range(1000)
        ]
        for _ in range(15):
            check(rules, "/" + "/".join(word(letters, 20) for _ in range(6)))


WORD = "abcdefghijklmnopqrstuvwxyz0123456789"
SCRAMBLED = "/" + "".join(random.Random(1).choices(WORD, k=8000))


def wild_rules(piece_characters: int, pieces: int) -> list[str]:
    chance = random.Random(2)
    return [
        "*" + "*".join("".join(chance.choices(WORD, k=piece_characters)) for _ in range(pieces)) + "_"
        for _ in range(40_000)
    ]


@pytest.mark.parametrize(
    ("values", "path"),
    [
        (wild_rules(3, 2), SCRAMBLED),
        (wild_rules(2, 3), SCRAMBLED),
        (wild_rules(8, 1), SCRAMBLED),
        ([f"/*/page/{number}" for number in range(30_000)], "/x/page/"),
        (["/" + "a" * size for size in range(1, 980)], "/" + "a" * 8000),
        (["*a" * 8000 + "*b"] * 30, "/" + "a" * 8000),
        (["/" + "%41" * 5000] * 33, "/" + "%41" * 2700),
        (["/" + "".join(chr(0xE0 + number % 32)) * 8 for number in range(20_000)], "/" + "\xe0" * 4000),
    ],
    ids=["two pieces", "three pieces", "long piece", "numbers", "beginnings", "stars", "escapes", "octets"],
)  # fmt: skip
def test_a_verdict_by_a_file_of_500_kib_takes_milliseconds(values: list[str], path: str) -> None:
    """Five on a machine at rest; today's bound is wide because the machine may be busy."""
    text = "User-agent: *\n" + "\n".join(f"Disallow:{value}" for value in values)
    robots = parse(text.encode("latin-1")[:MAX_ROBOTS_BYTES])
    robots.verdict(AGENT, SITE)
    times = []
    for _ in range(5):
        started = time.process_time()
        robots.verdict(AGENT, SITE + path)
        times.append(time.process_time() - started)
    assert min(times) < 0.02
