"""`crawler.robots` against Google's, crawler-commons' and protego's vectors, a naive reference and hostile files."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.patterns import Pattern
from crawler.robots import MAX_ROBOTS_BYTES, Robots, parse

EXPLAINED = Path(__file__).parents[1] / "docs" / "robots.md"
VECTORS = Path(__file__).resolve().parents[2] / "shared" / "vectors"
AGENT = "crawler/0.1 (+https://example.org/about-crawler)"
SITE = "https://example.org"


def vectors(name: str) -> list[dict[str, Any]]:
    path = VECTORS / name
    if not path.is_file():
        pytest.skip(f"vectors {name} absent")
    documents: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return documents


def body_of(document: dict[str, Any]) -> bytes:
    if "robots_hex" in document:
        return bytes.fromhex(document["robots_hex"])
    return bytes(document["robots"].encode())


def rules(*lines: str, agent: str = "*") -> Robots:
    return parse("\n".join((f"User-agent: {agent}", *lines)).encode())


def allowed(robots: Robots, path: str, agent: str = AGENT) -> bool:
    return robots.can_fetch(agent, SITE + path)


# ---------------------------------------------------------------- published vectors

Check = tuple[str, str, str]  # agent, URL, the verdict that the suite expects


def explained(suite: str) -> Counter[Check]:
    """What docs/robots.md says of a suite."""
    rows = (line.strip("| ").split(" | ") for line in EXPLAINED.read_text("utf-8").splitlines())
    return Counter(
        {
            (agent.strip("`"), url.strip("`"), theirs): int(checks)
            for name, agent, url, theirs, checks, why in (row for row in rows if len(row) == 6)
            if name == suite and len(why) > 20
        }
    )


def differing(checks: Iterable[tuple[dict[str, Any], str, str, bool]]) -> tuple[Counter[Check], int]:
    """The checks (document, agent, URL, verdict) with another verdict than ours, and how many there are in all."""
    found: Counter[Check] = Counter()
    count = 0
    for document, agent, url, expected in checks:
        count += 1
        if parse(body_of(document)).can_fetch(agent, url) != expected:
            found[agent, url, "allowed" if expected else "refused"] += 1
    return found, count


def test_google_cases_hold_but_for_explained_ones() -> None:
    documents = vectors("google_robots_test.json")
    found, count = differing((each, each["agent"], each["url"], each["allowed"]) for each in documents)
    assert (found, count) == (explained("Google"), 145)
    others = (each for each in documents if not each["test"].startswith("GoogleOnly_"))
    assert not differing((each, each["agent"], each["url"], each["allowed"]) for each in others)[0]


def single_agent(documents: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """Documents judged for one agent (34 checks ask for a union of several names, which our API has not)."""
    return [
        (document, (document["agents"] or ["*"])[0]) for document in documents if len(document["agents"]) < 2
    ]


def test_crawler_commons_checks_hold_but_for_explained_ones() -> None:
    found, count = differing(
        (document, agent, url, expected)
        for document, agent in single_agent(vectors("crawler_commons_robots.json"))
        for url, expected in document["checks"]
    )
    assert (found, found.total(), count) == (explained("crawler-commons"), 18, 559)
    assert 1 - found.total() / count >= 0.95


def test_crawler_commons_delays_hold_but_for_html_and_clamp() -> None:
    others = [
        agent
        for document, agent in single_agent(vectors("crawler_commons_robots.json"))
        if (parse(body_of(document)).crawl_delay(agent) or 0) * 1000 != (document["crawl_delay_ms"] or 0)
    ]
    assert others == ["mybot", "bogusbot", "bixo"]


def test_crawler_commons_sitemaps_hold() -> None:
    others = [
        document["sitemaps"]
        for document, _ in single_agent(vectors("crawler_commons_robots.json"))
        if [re.sub(r"^https?://[^/]+", "", value) for value in parse(body_of(document)).sitemaps]
        != [re.sub(r"^https?://[^/]+", "", value) for value in document["sitemaps"]]
    ]
    # crawler-commons takes a lone URL on a line for a sitemap whose key was forgotten.
    assert [len(sitemaps) for sitemaps in others] == [3]


def test_protego_checks_hold_but_for_explained_ones() -> None:
    documents = vectors("protego_vectors.json")
    found, count = differing(
        (document, agent, url, expected)
        for document in documents
        for question, (url, agent), expected in (
            each for each in document["checks"] if each[0] == "can_fetch"
        )
    )
    assert (found, found.total()) == (explained("protego"), 18)
    for document in documents:
        robots = parse(body_of(document))
        assert list(robots.sitemaps) == document["sitemaps"]
        delays = [each for each in document["checks"] if each[0] == "crawl_delay"]
        assert [robots.crawl_delay(agent) for _, (agent,), _ in delays] == [each[2] for each in delays]
        count += len(delays)
    assert count == 384


# ---------------------------------------------------------------- who is meant


@pytest.mark.parametrize(
    ("line", "agent", "is_meant"),
    [
        ("crawler", "crawler", True),
        ("CRAWLER", "crawler/0.1 (+https://example.org)", True),
        ("crawler/9.9", "Crawler/0.1", True),
        ("Crawler # ours", "crawler", True),
        ("crawler", "crawlerbot/1.0", False),
        ("crawlerbot", "crawler/1.0", False),
        ("crawler-news", "crawler", False),
        ("MJ12bot", "MJ13bot", False),
        ("mybot", "Mozilla/5.0 (compatible; MyBot/1.0; +https://example.org)", True),
        ("mozilla", "Mozilla/5.0 (compatible; MyBot/1.0; +https://example.org)", False),
        ("mozilla", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", True),
        ("other crawler", "crawler", False),
        ("", "crawler", False),
        ("", "", False),
        ("*", "", True),
        ("*", "\ud800", True),
    ],
)
def test_group_is_found_by_product_token(line: str, agent: str, is_meant: bool) -> None:
    robots = parse(f"User-agent: {line}\nDisallow: /".encode())
    assert robots.can_fetch(agent, f"{SITE}/x") is not is_meant


def test_groups_of_one_agent_are_merged_and_star_is_left_out() -> None:
    robots = parse(
        b"User-agent: *\nDisallow: /star\n\nUser-agent: a\nUser-agent: crawler\nDisallow: /one\n\n"
        b"User-agent: b\nDisallow: /b\n\nUser-agent: CRAWLER\nDisallow: /two\n"
    )
    assert [path for path in ("/star", "/one", "/two", "/b") if not allowed(robots, path)] == ["/one", "/two"]
    assert [path for path in ("/star", "/one", "/two", "/b") if not allowed(robots, path, "z")] == ["/star"]


def test_group_without_rules_frees_its_agent() -> None:
    robots = parse(b"User-agent: *\nDisallow: /\n\nUser-agent: crawler\n")
    assert allowed(robots, "/x")
    assert not allowed(robots, "/x", "other")


def test_rules_before_any_agent_mean_nothing() -> None:
    assert allowed(parse(b"Disallow: /\nCrawl-delay: 3\nUser-agent: *\nAllow: /a\n"), "/b")


@pytest.mark.parametrize(
    "between", ["Sitemap: https://e.org/s", "Crawl-delay: 1", "Host: e.org", "", "# note"]
)
def test_only_a_rule_ends_a_row_of_agents(between: str) -> None:
    robots = parse(f"User-agent: crawler\n{between}\nUser-agent: other\nDisallow: /x\n".encode())
    assert not allowed(robots, "/x")
    assert not allowed(robots, "/x", "other")


def test_an_empty_disallow_ends_a_row_of_agents() -> None:
    robots = parse(b"User-agent: crawler\nDisallow:\nUser-agent: other\nDisallow: /\n")
    assert allowed(robots, "/x")
    assert not allowed(robots, "/x", "other")


# ---------------------------------------------------------------- which rule decides


@pytest.mark.parametrize(
    ("lines", "path", "is_allowed"),
    [
        (("Disallow: /a", "Allow: /a"), "/a", True),
        (("Allow: /a", "Disallow: /a/b"), "/a/b/c", False),
        (("Disallow: /a/b", "Allow: /a"), "/a/c", True),
        (("Disallow: /*.html", "Allow: /x/page."), "/x/page.html", True),
        (("Allow: /", "Disallow: /*"), "/a", False),
        (("Disallow: /a**b", "Allow: /a*b"), "/acb", False),
        (("Disallow: /a*b", "Disallow: /a**b", "Allow: /a*b"), "/acb", False),
        (("Disallow: /aaaa", "Disallow: /" + "a" * 39, "Allow: /" + "a" * 9), "/" + "a" * 50, False),
        (("Disallow: /abcdef", "Disallow: /*f", "Allow: /abcd"), "/abcdef", False),
        (("Disallow: /a$",), "/a", False),
        (("Disallow: /a$",), "/a#fragment", False),
        (("Disallow: /a$$",), "/a$", False),
        (("Disallow: /a$$",), "/a", True),
        (("Disallow: /a$",), "/ab", True),
        (("Disallow: /*.php$",), "/x.php", False),
        (("Disallow: /*.php$",), "/x.php?y", True),
        (("Disallow: /*ab$",), "/ab/ab", False),
        (("Disallow: /ab*b$",), "/ab", True),
        (("Disallow: *",), "/a", False),
        (("Disallow: */private",), "/x/private", False),
        (("Disallow: private",), "/private", True),
        (("Disallow: /?q",), "?q=1", False),
        (("Disallow: /a;b",), "/a;b", False),
        (("Disallow: /a",), "/a#fragment", False),
        (("Disallow: /a#b",), "/a", False),
        (("Disallow: /",), "", False),
        (("Disallow: /",), "/robots.txt", True),
        (("Disallow: /",), "/robots.txt?x", False),
        (("Disallow: /",), "/sub/robots.txt", False),
        (("Disallow: /A",), "/a", True),
    ],
)
def test_longest_match_wins(lines: tuple[str, ...], path: str, is_allowed: bool) -> None:
    assert allowed(rules(*lines), path) is is_allowed


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/a%2fb", "/a%2Fb"),
        ("/a%2Fb", "/a%2fb"),
        ("/%7Ejoe", "/~joe"),
        ("/~joe", "/%7ejoe"),
        ("/%70rivate", "/private"),
        ("/private", "/%70rivate"),
        ("/caf\xe9", "/caf%C3%A9"),
        ("/caf%c3%a9", "/caf\xe9"),
        ("/ツ", "/ツ/x"),
        ("/à", "/%C3%A0"),
        ("/my folder/", "/my%20folder/"),
        ("/a<b>", "/a%3Cb%3E"),
        ("/*%2A", "/x*"),
        ("/x%24", "/x$y"),
        ("/x$y", "/x%24y"),
    ],
)
def test_disallow_holds_in_every_spelling(pattern: str, path: str) -> None:
    robots = rules(f"Disallow: {pattern}")
    assert not allowed(robots, path)
    assert allowed(robots, "/other")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/a%2Fb", "/a/b"),
        ("/a/b", "/a%2Fb"),
        ("/%2A", "/x"),
        ("/x%24", "/x"),
        ("/%zz", "/zz"),
        ("/%2570", "/%70"),
        ("/à", "/%C3%A1"),
    ],
)
def test_an_escape_that_means_something_else_does_not_match(pattern: str, path: str) -> None:
    assert allowed(rules(f"Disallow: {pattern}"), path)


def test_escapes_do_not_make_an_allow_longer() -> None:
    robots = rules("Allow: /%70%71", "Disallow: /pqr")
    assert not allowed(robots, "/%70%71r")


def test_latin_1_octets_match_the_same_octets() -> None:
    robots = parse(b"User-agent: *\nDisallow: /caf\xe9\n")
    assert not allowed(robots, "/caf%E9")
    assert allowed(robots, "/cafe")


@pytest.mark.parametrize(
    "url", ["", "/", "//", "http://", "http://e.org", "x", "\ud800", "http://e.org/\ud800", "%", "#"]
)
def test_any_url_gets_an_answer(url: str) -> None:
    assert not rules("Disallow: /").can_fetch(AGENT, url)


# ---------------------------------------------------------------- how lines are read


@pytest.mark.parametrize(
    "line",
    [
        "disallow: /x",
        "DISALLOW:/x",
        "  Disallow :\t/x  ",
        "disallow /x",
        "disallow\t/x",
        "Dissallow: /x",
        "Dissalow: /x",
        "disalow: /x",
        "Diasllow: /x",
        "Disallaw: /x",
        "Disallow: /x # why",
        "Disallow:\v/x\f",
    ],
)
def test_spellings_of_disallow(line: str) -> None:
    robots = rules(line)
    assert not allowed(robots, "/x")
    assert allowed(robots, "/y")


@pytest.mark.parametrize(
    "line", ["User-agent:crawler", "useragent: crawler", "User Agent: crawler", "user-agent crawler"]
)
def test_spellings_of_user_agent(line: str) -> None:
    robots = parse(f"{line}\nDisallow: /\n".encode())
    assert not allowed(robots, "/x")
    assert allowed(robots, "/x", "other")


@pytest.mark.parametrize(
    "line", ["# Disallow: /", "disallow / x", "Disallow", "Disallow:", "Not-disallow: /", ": /", "/"]
)
def test_lines_that_refuse_nothing(line: str) -> None:
    assert allowed(rules(line), "/")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\n\r"])
def test_line_ends(end: str) -> None:
    robots = parse(end.join(("User-agent: *", "Disallow: /x", "Crawl-delay: 2")).encode())
    assert not allowed(robots, "/x/y")
    assert allowed(robots, "/y")
    assert robots.crawl_delay(AGENT) == 2.0


TEXT = "User-agent: *\nDisallow: /ü\nSitemap: https://example.org/ü.xml\n"


@pytest.mark.parametrize(
    "body",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        b"\xff\xfe" + TEXT.encode("utf-16-le") + b"\n",
        TEXT.replace("*", "*\0").replace("/ü", "/\0ü").encode(),
    ],
    ids=["utf-8", "utf-8 mark", "utf-16", "utf-16-be", "utf-16-le odd", "NUL"],
)
def test_encodings(body: bytes) -> None:
    robots = parse(body)
    assert not allowed(robots, "/%C3%BC")
    assert allowed(robots, "/u")
    assert robots.sitemaps == ("https://example.org/ü.xml",)


def test_utf_16_without_mark_is_read_as_far_as_it_is_ascii() -> None:
    assert not allowed(parse("User-agent: *\nDisallow: /x\n".encode("utf-16-le")), "/x")


@pytest.mark.parametrize(
    "head",
    [b"<!DOCTYPE html>\n", b"\xef\xbb\xbf \r\n<HTML>\n", b"<?xml version='1.0'?>\n", b"\x89PNG\r\n\x1a\n", b"GIF89a\n",
     b"\x1f\x8b\x08\n", b"PK\x03\x04\n", b"%PDF-1.7\n", b"\xff\xd8\xff\xe0\n"],
)  # fmt: skip
def test_html_and_binary_hold_no_rules(head: bytes) -> None:
    rule = b"User-agent: *\nDisallow: /\nSitemap: https://example.org/s.xml\n"
    robots = parse(head + rule)
    assert (robots.sitemaps, allowed(robots, "/x")) == ((), True)
    assert [notice.partition(" and ")[2] for notice in robots.notices] == ["holds no rules"]
    assert parse(rule).notices == ()
    assert not allowed(parse(rule), "/x")


@pytest.mark.parametrize(
    ("body", "notices"),
    [
        (b"", ()),
        (b"# nothing is forbidden", ()),
        (b"welcome, robots", ()),
        ("# nothing".encode("utf-16"), ()),
        (b"\x01\x02\x03", ("is no text and holds no rules",)),
        (b"\x01\x02\nUser-agent: *\nDisallow: /x", ()),
        (b"\n" * 512_000, ()),
        (b"\n" * 512_001, ("is longer than 500 KiB: the rest is not read",)),
    ],
)
def test_notices(body: bytes, notices: tuple[str, ...]) -> None:
    assert parse(body).notices == notices


def test_a_file_called_html_is_judged_by_what_it_holds() -> None:
    """No content type is asked for: many servers call the rules text/html, and an error page text/plain."""
    assert not allowed(parse(b"<p>\nUser-agent: *\nDisallow: /x\n"), "/x")
    assert allowed(parse(b"<!doctype html>\nUser-agent: *\nDisallow: /x\n"), "/x")


def test_no_more_than_a_few_agents_are_kept() -> None:
    robots = rules("Disallow: /x")
    for number in range(1000):
        assert not allowed(robots, "/x", f"agent{number}")
    assert len(robots._groups) <= 8


@pytest.mark.parametrize(
    "body",
    [b"\n" * 512_000, b"\r" * 512_000, b"disallow" * 64_000, b"user-agent: a\n" * 36_000, b"allow:a*\n" * 50_000,
     b" " * 512_000, b"User-agent:\ncrawl-delay:1\n" * 19_000, b"\xff\xfe" + b"\n\0" * 255_000, b"a:" * 256_000,
     b"user-agent:*\n" + b"allow:/%41\n" * 46_000, b"user-agent: mozilla/(compatible;" * 16_000],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
def test_reading_a_hostile_file_takes_little_time(body: bytes) -> None:
    """Reading and compiling: 50 and 100 milliseconds on a machine at rest."""
    started = time.process_time()
    parse(body).crawl_delay(AGENT)
    assert time.process_time() - started < 1


def test_a_leading_comment_in_angle_brackets_hides_nothing() -> None:
    assert not allowed(parse(b"<!-- robots -->\nUser-agent: *\nDisallow: /x\n"), "/x")


def test_sitemaps_are_kept_as_written_once_and_in_order() -> None:
    body = b"Sitemap: /b.xml\nUser-agent: *\nsitemap: https://e.org/a.xml # a\nSITE-MAP:/b.xml\nSitemap:\nSitemap: \xff\n"
    assert parse(body).sitemaps == ("/b.xml", "https://e.org/a.xml", "\ufffd")


# ---------------------------------------------------------------- Crawl-delay


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("10", 10.0), ("0.5", 0.5), (".5", 0.5), ("5.", 5.0), ("0", 0.0), ("1e9", 1e9), ("3 # s", 3.0), ("1000000000", 1e9),
     ("-1", None), ("abc", None), ("", None), ("10s", None), ("1_0", None), ("nan", None), ("inf", None), ("1e999", None),
     ("9" * 5000, None), ("0,5", None), ("1 2", None), ("\u0661", None)],
)  # fmt: skip
def test_crawl_delay_is_a_number_or_nothing(value: str, seconds: float | None) -> None:
    assert rules(f"Crawl-delay: {value}", "Disallow: /x").crawl_delay(AGENT) == seconds


def test_crawl_delay_speaks_to_the_agents_above_it() -> None:
    robots = parse(
        b"User-agent: a\nCrawl-delay: 1\nUser-agent: b\nUser-agent: c\ncrawl delay: 2\nUser-agent: d\nDisallow: /x\n"
        b"User-agent: *\nCrawldelay: 9\n"
    )
    assert [robots.crawl_delay(agent) for agent in ("a", "b", "c", "d", "e")] == [1.0, 2.0, 2.0, None, 9.0]
    assert not any(allowed(robots, "/x", agent) for agent in "abcd")


def test_the_longest_delay_of_merged_groups_counts() -> None:
    robots = parse(b"User-agent: a\nCrawl-delay: 2\nAllow: /\nUser-agent: a\nCrawl-delay: 5\nAllow: /\n")
    assert robots.crawl_delay("a") == 5.0
    robots = parse(b"User-agent: a\nCrawl-delay: 5\nAllow: /\nUser-agent: a\nCrawl-delay: 2\nAllow: /\n")
    assert robots.crawl_delay("a") == 5.0


# ---------------------------------------------------------------- verdict


def test_verdict_shows_the_deciding_line() -> None:
    body = b"# hello\r\nUser-agent: *\r\n\r\n  Disallow: /private # keep out\r\nAllow: /private/door\r\nDisallow: /*.pdf$\r\n"
    robots = parse(body)
    refusal = robots.verdict(AGENT, f"{SITE}/private/x")
    assert (refusal.accepted, refusal.rule, refusal.detail) == (
        False,
        "robots",
        "line 4: Disallow: /private # keep out",
    )
    assert refusal.reason == "robots: line 4: Disallow: /private # keep out"
    consent = robots.verdict(AGENT, f"{SITE}/private/door")
    assert (consent.accepted, consent.detail) == (True, "line 5: Allow: /private/door")
    assert robots.verdict(AGENT, f"{SITE}/a.pdf").detail == "line 6: Disallow: /*.pdf$"
    free = robots.verdict(AGENT, f"{SITE}/x")
    assert (free.accepted, free.rule, free.detail) == (True, "robots", "no line matches")
    assert Robots().verdict(AGENT, f"{SITE}/x").accepted


def test_verdict_of_equal_lines_names_the_first() -> None:
    assert (
        rules("Disallow: /x", "Disallow: /x", "Disallow: /%78").verdict("a", "/x").detail
        == "line 2: Disallow: /x"
    )


def test_verdict_is_safe_to_print() -> None:
    shown = parse(b"User-agent: *\nDisallow: /\x1b[31m\xe2\x80\xae\n").verdict(
        AGENT, f"{SITE}/%1B[31m%E2%80%AE"
    )
    assert shown.detail == "line 2: Disallow: /\ufffd[31m\ufffd"
    long = rules(f"Disallow: /{'x' * 5000}").verdict(AGENT, f"{SITE}/{'x' * 5000}")
    assert not long.accepted
    assert len(long.detail) < 400


# ---------------------------------------------------------------- sizes


def padded(rule: bytes, size: int) -> bytes:
    head = b"User-agent: *\nDisallow: /first\n"
    return head + b"#" * (size - len(head) - len(rule) - 1) + b"\n" + rule


def test_all_of_500_kib_is_read() -> None:
    body = padded(b"Disallow: /last", MAX_ROBOTS_BYTES)
    assert len(body) == 512_000
    assert not allowed(parse(body), "/last")


def test_a_line_that_the_limit_cuts_is_no_line() -> None:
    body = padded(b"Disallow: /", MAX_ROBOTS_BYTES) + b"last\nDisallow: /beyond\n"
    robots = parse(body)
    assert not allowed(robots, "/first")
    assert allowed(robots, "/other")
    assert allowed(robots, "/last")
    assert allowed(robots, "/beyond")


def test_a_line_of_a_megabyte_is_bounded() -> None:
    assert allowed(rules("Disallow: /x" + "a" * 1_000_000), "/xaaa")
    shorter = rules("Disallow: /x" + "a" * 400_000, "Disallow: /y")
    assert not allowed(shorter, "/x" + "a" * 20_000)
    assert allowed(shorter, "/x" + "a" * 10_000)
    assert not allowed(shorter, "/y")


class CountingPath(str):
    """A path that counts how many of its characters are searched."""

    __slots__ = ("calls", "steps")
    calls: int
    steps: int

    def find(self, piece: str, start: int = 0) -> int:  # type: ignore[override]
        found = super().find(piece, start)
        self.calls += 1
        self.steps += (len(self) if found < 0 else found + len(piece)) - start
        return found


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/*a*a*a*a*b", "/" + "a" * 20_000),
        ("/" + "*a" * 500 + "*b", "/" + "a" * 20_000),
        ("/" + "*a" * 8_000 + "*b", "/" + "a" * 8_000),
        ("/*ab*ab*ab*abc", "/" + "ab" * 10_000),
        ("/*a*a*a*a*b$", "/" + "a" * 20_000),
        ("/" + "*x" * 8_000, "/" + "a" * 8_000),
    ],
)
def test_matching_never_goes_back(pattern: str, path: str) -> None:
    counting = CountingPath(path)
    counting.calls = counting.steps = 0
    pieces = tuple(pattern.removesuffix("$").split("*"))
    assert not Pattern(pieces, pattern.endswith("$"), (1, 0)).matches(counting)
    assert 0 < counting.steps <= len(path)
    assert counting.calls <= len(pieces)
    assert allowed(rules(f"Disallow: {pattern}"), path)


# ---------------------------------------------------------------- properties


def naive(pattern: str, path: str) -> bool:
    """Backtracking by the book of RFC 9309 section 2.2.3."""
    if not pattern:
        return True
    if pattern == "$":
        return not path
    if pattern[0] == "*":
        return any(naive(pattern[1:], path[start:]) for start in range(len(path) + 1))
    return path[:1] == pattern[0] and naive(pattern[1:], path[1:])


PATTERNS = st.builds(
    lambda head, tail, end: head + tail + end,
    st.sampled_from(["/", "*", "/*"]),
    st.text("ab/*", max_size=7),
    st.sampled_from(["", "$"]),
)
PATHS = st.text("ab/", max_size=8).map(lambda tail: f"/{tail}")


@given(PATTERNS, PATHS)
@example("/*a*ab$", "/aab")
@example("*$", "/")
def test_matcher_equals_the_naive_reference(pattern: str, path: str) -> None:
    assert allowed(rules(f"Disallow: {pattern}"), path) is not naive(pattern, path)


@given(st.lists(st.tuples(st.sampled_from(["Allow", "Disallow"]), PATTERNS), max_size=8), PATHS)
def test_longest_match_equals_the_naive_reference(lines: list[tuple[str, str]], path: str) -> None:
    matching = [(len(pattern), kind == "Allow", kind) for kind, pattern in lines if naive(pattern, path)]
    expected = not matching or max(matching)[1]
    robots = rules(*(f"{kind}: {pattern}" for kind, pattern in lines))
    verdict = robots.verdict(AGENT, SITE + path)
    assert verdict.accepted is robots.can_fetch(AGENT, SITE + path) is expected
    if not expected:
        number, line = verdict.detail.removeprefix("line ").split(": ", 1)
        kind, pattern = lines[int(number) - 2]
        assert line == f"{kind}: {pattern}"
        assert (len(pattern), kind) == (max(matching)[0], "Disallow")


LINES = st.builds(
    lambda key, colon, value: key.encode() + colon + value,
    st.sampled_from(["User-agent", "Disallow", "Allow", "Crawl-delay", "Sitemap", "x", ""]),
    st.sampled_from([b":", b" ", b": ", b""]),
    st.one_of(
        st.binary(max_size=20), st.sampled_from([b"*", b"/", b"/*$", b"crawler", b"1.5", b"%", b"/%e"])
    ),
)
BODIES = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda mark, lines, end: mark + end.join(lines),
        st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"<", b"\0"]),
        st.lists(LINES, max_size=12),
        st.sampled_from([b"\n", b"\r", b"\r\n", b"\0\n"]),
    ),
)


@given(BODIES, st.text(max_size=20), st.text(max_size=40))
def test_nothing_raises(body: bytes, agent: str, url: str) -> None:
    robots = parse(body)
    for who in (agent, AGENT):
        for where in (url, f"{SITE}/{url}"):
            verdict = robots.verdict(who, where)
            assert verdict.accepted is robots.can_fetch(who, where)
            assert verdict.detail.isprintable()
        delay_seconds = robots.crawl_delay(who)
        assert delay_seconds is None or 0 <= delay_seconds < float("inf")
    assert all(sitemap.encode() for sitemap in robots.sitemaps)
