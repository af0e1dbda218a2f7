"""`crawler plan` on the command line, over servers on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, crawl
from tests.cli.sites import small_site

TEXT = {"Content-Type": "text/plain"}
XML = {"Content-Type": "application/xml"}
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def test_a_site_with_sitemaps_and_a_crawl_delay(cli: Cli, tmp_path: Path) -> None:
    pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
    with small_site(pages) as url:
        maps = "".join(f"<sitemap><loc>{url}{n}.xml</loc></sitemap>" for n in range(2))
        entries = [
            "".join(f"<url><loc>{url}{part}/{n}</loc></url>" for n in range(20)) for part in ("x", "y")
        ]
        robots = f"User-agent: *\nCrawl-delay: 0.1\nDisallow: /y/1\nSitemap: {url}all.xml\n"
        pages |= {
            "/": (200, {}, b'<a href="/a">a</a>'),
            "/robots.txt": (200, TEXT, robots.encode()),
            "/all.xml": (200, XML, f"<sitemapindex {NAMESPACE}>{maps}</sitemapindex>".encode()),
            "/0.xml": (200, XML, f"<urlset {NAMESPACE}>{entries[0]}</urlset>".encode()),
            "/1.xml": (200, XML, f"<urlset {NAMESPACE}>{entries[1]}</urlset>".encode()),
        }
        said = cli("plan", url)
        values = json.loads(cli("plan", url, "--json").out)
    assert (said.code, said.err) == (0, "")
    first, bottleneck, blank, heads, row = said.out.splitlines()
    name = url.removeprefix("http://").rstrip("/")
    # The seed, its link, and 40 entries of which robots.txt forbids /y/1 and /y/10 to /y/19.
    assert first.startswith("about 31 pages, 35 requests, ")
    assert bottleneck.startswith(f"bottleneck: {name}, ")
    assert bottleneck.endswith(" at 0.1s after each answer")
    assert (blank, heads.split()) == ("", ["host", "pages", "requests", "bytes", "time", "pace", "from"])
    assert row.split()[:3] == [name, "31", "35"]
    assert row.endswith("29 in sitemaps, 1 linked on the seeds, 11 forbidden by robots.txt")
    assert list(tmp_path.iterdir()) == []
    assert (values["pages"], values["requests"], values["bottleneck"]) == (31, 35, name)
    assert values["hosts"][0]["delay_seconds"] == 0.1
    assert values["seconds"] >= 3.5
    assert values["seeds"] == {"named": 1, "lost": 0, "troubles": []}


def test_links_alone_are_a_floor(cli: Cli) -> None:
    with small_site({"/": (200, {}, b'<a href="/a">a</a>')}) as url:
        said = cli("plan", url)
    assert said.out.startswith("at least 2 pages, 3 requests, ")
    assert "2+" in said.out
    assert said.out.splitlines()[-1].startswith("+ there will be more")


def test_seeds_that_cannot_be_had_are_told_and_leave_with_3(cli: Cli, closed_url: str) -> None:
    forbidding = {"/robots.txt": (200, TEXT, b"User-agent: *\nDisallow: /")}
    with small_site({"/": (200, {}, b"hello")}) as url, small_site(forbidding) as shut:
        said = cli("plan", url, shut, closed_url, f"{url}gone", "--retries", "0")
    assert said.code == 3
    assert "1 page, " in said.out
    told = said.err.splitlines()
    assert len(told) == 3
    assert f"crawler: seed {shut} cannot be had: robots: line 2: Disallow: /" in told
    assert any(line.startswith(f"crawler: seed {closed_url} cannot be had: connect") for line in told)
    assert f"crawler: seed {url}gone cannot be had: http_404" in told


def test_an_output_is_read_and_not_written(cli: Cli, tmp_path: Path) -> None:
    with small_site({"/": (200, {}, b'<a href="/a">a</a>'), "/a": (200, {}, b"a")}) as url:
        crawl(tmp_path / "output", url)
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
        said = cli("plan")
    assert said.code == 0
    assert "2 known from earlier runs" in said.out
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no seeds"),
        (("no url\x1b",), "no http(s) URL"),
        (("http://127.0.0.1/", "--max-pages", "many"), "--max-pages"),
        (("http://127.0.0.1/", "--delay", "-1"), "delay"),
    ],
)
def test_what_cannot_be_meant_is_usage(cli: Cli, arguments: tuple[str, ...], words: str) -> None:
    said = cli("plan", *arguments)
    assert said.code == 2
    assert words in said.complaint


def test_it_takes_the_line_and_the_file_of_a_crawl(cli: Cli, tmp_path: Path) -> None:
    with small_site({"/": (200, {}, b'<a href="/a">a</a><a href="/b">b</a>')}) as url:
        (tmp_path / "crawler.toml").write_text(f'seeds = ["{url}"]\nmax_pages = 2\nlock = "wait"\n')
        said = cli("plan", "--no-mirror", "--progress", "never", "--fresh")
    assert (said.code, said.err) == (0, "")
    assert "--max-pages ends it before all is done" in said.out


def test_its_help_shows_what_matters_there(cli: Cli) -> None:
    said = cli("plan", "--help")
    assert "--delay" in said.out
    assert "--json" in said.out
    assert "--lock" not in said.out
    assert "What to keep" not in said.out
