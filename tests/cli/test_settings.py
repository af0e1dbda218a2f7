from pathlib import Path

import pytest

from crawler.practice.serving import PracticeSite
from tests.cli.conftest import Cli
from tests.cli.sites import Pages, small_site

EVERY_KEY = """
seeds = ["{url}"]
output = "copy"
scope = "host"
include = [".*"]
exclude = ["/never/"]
types = ["html", "css"]
traps_off = ["calendar", "deep-path"]
max_depth = 3
sitemaps = false
assets = false
max_pages = 2
max_pages_per_host = 2
max_bytes = "10MB"
max_time = "1h"
max_wait = 2.5
concurrency = 2
per_host = 1
delay = 0
robots = "ignore"
user_agent = "tester/1"
auth = "me:sesame@example.org"
header = ["X-One: 1"]
max_body = 100000
max_redirects = 3
retries = 0
timeout = "20s"
connect_timeout = 5
read_timeout = "10s"
cookies = "cookies.txt"
insecure = ["127.0.0.1"]
allow_private = ["10.0.0.0/8"]
mirror = false
archive = false
fresh = true
segment_bytes = "1MB"
max_crawl_delay = 5
skip_bad_seeds = true
fail_over = 50
lock = "wait"
progress = "never"
log_format = "json"
quiet = true
verbose = 0
[host."*.example.org"]
delay = "2s"
per_host = 1
robots = "ignore"
max_pages = 5
max_crawl_delay = "1m"
"""


def test_every_option_may_stand_in_the_file(cli: Cli, site: PracticeSite) -> None:
    Path("cookies.txt").write_text("")
    Path("crawler.toml").write_text(EVERY_KEY.format(url=site.url))
    said = cli("crawl")
    assert (said.code, said.out, said.err) == (0, "", "")
    assert Path("copy/crawl.db").is_file()
    assert not Path("copy/mirror").exists()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("max-pages = 3", "max-pages"),
        ("pages = 3", "pages"),
        ("max_pages = 'many'", "max-pages"),
        ("max_pages = 1.5", "max-pages"),
        ("max_pages = true", "max-pages"),
        ("max_pages = 99999999999999999999", "max-pages"),
        ("max_time = 'soon'", "max-time"),
        ("max_time = nan", "max-time"),
        ("max_body = 'huge'", "max-body"),
        ("mirror = 'yes'", "mirror"),
        ("include = [1]", "include"),
        ("include = ['(']", "include"),
        ("types = 'cheese'", "cheese"),
        ("traps_off = 'calender'", "choose from long-url, deep-path, repeated-segments, calendar"),
        ("scope = 'planet'", "planet"),
        ("scope = ['host']", "scope"),
        ("robots = []", "robots"),
        ("seeds = 3", "seeds"),
        ("seeds = [3]", "seeds"),
        ("output = []", "output"),
        ("lock = 'never'", "lock"),
        ("quiet = 'yes'", "quiet"),
        ("verbose = true", "verbose"),
        ("fail_over = 200", "fail_over"),
        ("config = 'other.toml'", "config"),
        ("[crawl]\nmax_pages = 3", "crawl"),
        ("max_pages = ", "correct the file"),
        ("\x00", "config crawler.toml"),
    ],
)
def test_a_wrong_file_is_one_line_before_anything_is_fetched(
    cli: Cli, tmp_path: Path, text: str, word: str
) -> None:
    Path("crawler.toml").write_text(text)
    said = cli("crawl", "http://127.0.0.1:9/")
    assert said.code == 2
    assert "config crawler.toml: " in said.complaint
    assert word in said.complaint
    assert [each.name for each in tmp_path.iterdir()] == ["crawler.toml"]


def test_a_secret_in_the_file_is_not_repeated(cli: Cli) -> None:
    Path("crawler.toml").write_text("header = { Authorization = 'sesame' }")
    assert "sesame" not in cli("crawl", "http://127.0.0.1:9/").complaint
    Path("crawler.toml").write_text("header = ['Authorization sesame']")
    assert "sesame" not in cli("crawl", "http://127.0.0.1:9/").complaint


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_is_named_must_be_readable(cli: Cli, content: bytes | None) -> None:
    if content is not None:
        Path("mine.toml").write_bytes(content)
    said = cli("crawl", "http://127.0.0.1:9/", "--config", "mine.toml")
    assert said.code == 2
    assert "mine.toml" in said.complaint


def test_the_file_may_be_named_by_the_environment(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.toml").write_text("pages = 1")
    monkeypatch.setenv("CRAWLER_CONFIG", "mine.toml")
    assert "mine.toml" in cli("crawl", "http://127.0.0.1:9/").complaint


def test_arguments_beat_the_seeds_of_the_file_and_those_beat_seeds_txt(cli: Cli) -> None:
    pages: Pages = {"/": (200, {}, b"root"), "/a": (200, {}, b"a"), "/b": (200, {}, b"b")}
    with small_site(pages) as url:
        Path("seeds.txt").write_text(f"{url}\n")
        Path("crawler.toml").write_text(f'seeds = ["{url}a"]\n')
        assert cli("crawl").code == 0
        assert cli("crawl", f"{url}b", "-o", "second").code == 0
    assert f" {url}a " in Path("output/crawl.log").read_text()
    assert f" {url} " not in Path("output/crawl.log").read_text()
    assert f" {url}b " in Path("second/crawl.log").read_text()
    assert f" {url}a " not in Path("second/crawl.log").read_text()


def test_a_byte_order_mark_is_passed_over(cli: Cli) -> None:
    Path("crawler.toml").write_bytes(b"\xef\xbb\xbfpages = 1")
    assert "pages" in cli("crawl", "http://127.0.0.1:9/").complaint


def test_a_secret_may_stand_in_the_environment(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("crawler.toml").write_text('[auth."https://example.org"]\nbearer = {env = "TOKEN"}\n')
    assert "no environment variable 'TOKEN'" in cli("crawl", "http://127.0.0.1:9/").complaint
    monkeypatch.setenv("TOKEN", "ses ame")
    complaint = cli("crawl", "http://127.0.0.1:9/").complaint
    assert "a bearer token is ASCII without blanks" in complaint
    assert "ses ame" not in complaint


@pytest.mark.parametrize(
    "arguments",
    [
        ("--auth", "me:sesame@a/b"),
        ("--auth", "sesame"),
        ("--cookies", "absent.txt"),
        ("--ca", "absent.pem"),
        ("--proxy", "sesame"),
        ("--allow-private", "a/b"),
    ],
)
def test_what_the_user_brings_is_looked_at_before_anything_is_written(
    cli: Cli, tmp_path: Path, arguments: tuple[str, str]
) -> None:
    said = cli("crawl", "http://127.0.0.1:9/", *arguments)
    assert said.code == 2
    assert arguments[0].removeprefix("--") in said.complaint
    assert "sesame" not in said.complaint
    assert [*tmp_path.iterdir()] == []


def test_a_login_that_fails_is_one_line_and_exit_3(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "sesame")
    with small_site({"/login": (200, {}, b"<p>no form")}) as root:
        Path("crawler.toml").write_text(
            f'[[login]]\nurl = "{root}login"\nfields = {{user = "me", password = {{env = "PASSWORD"}}}}\n'
        )
        said = cli("crawl", root, "--progress", "never")
    assert said.code == 3
    assert "no form with the fields user, password" in said.complaint
    assert "sesame" not in said.complaint


@pytest.mark.parametrize(
    "text",
    [
        "login = 3",
        "[[login]]\nurl = 'http://a.test/'",
        "[[login]]\nurl = 'http://a.test/'\nfields = {}",
        "[[login]]\nurl = 'http://a.test/'\nfields = {user = 3}",
        "[[login]]\nurl = 'http://a.test/'\nfields = {user = 'sesame'}\nfurther = 1",
        "[[login]]\nurl = 'a.test'\nfields = {user = 'sesame'}",
    ],
)
def test_a_login_that_is_none(cli: Cli, text: str) -> None:
    Path("crawler.toml").write_text(text)
    said = cli("crawl", "http://127.0.0.1:9/")
    assert said.code == 2
    assert "login" in said.complaint
    assert "sesame" not in said.complaint


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (
            '[host."a/b"]\ndelay = 1',
            'host "a/b" is none; write example.org, example.org:8080 or *.example.org',
        ),
        (
            '[host."a.example"]\nspeed = 1',
            'host "a.example": unknown option speed; choose from delay, max_crawl_delay, ',
        ),
        (
            '[host."a.example"]\ndelay = "x"',
            "host \"a.example\": delay: 'x' is no duration; write for example",
        ),
    ],
)
def test_what_cannot_be_meant_of_a_host_is_one_line(cli: Cli, table: str, complaint: str) -> None:
    Path("crawler.toml").write_text(table)
    said = cli("crawl", "http://127.0.0.1:9/")
    assert said.code == 2
    assert said.err.startswith(f"crawler: config crawler.toml: {complaint}")
    assert said.err.count("\n") == 1
    assert not Path("output").exists()
