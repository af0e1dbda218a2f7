import subprocess
import sys
from pathlib import Path

import pytest

import crawler

ROOT = Path(__file__).parent.parent
DOORS = ("errors", "fetch", "links", "model", "paths", "robots", "urls")


def in_new_process(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def test_everything_public_is_there_and_nothing_else_is_promised() -> None:
    assert sorted(crawler.__all__) == [
        *("Crawl", "CrawlOptions", "CrawlPlan", "Decision", "Failure", "Item", "Page", "Report"),
        *("Request", "Response", "__version__", "plan"),
    ]
    for name in crawler.__all__:
        assert getattr(crawler, name) is not None
    assert set(dir(crawler)) == {*crawler.__all__, *DOORS}


def test_importing_it_loads_next_to_nothing() -> None:
    script = "import sys, crawler; print(*sorted(each for each in sys.modules if each.startswith('crawler')))"
    assert in_new_process(script).split() == ["crawler", "crawler.version"]
    heavy = "{'aiohttp', 'bs4', 'rich', 'lxml', 'asyncio', 'sqlite3'}"
    assert in_new_process(f"import sys, crawler; print(*({heavy} & sys.modules.keys()))") == ""


@pytest.mark.parametrize("name", DOORS)
def test_modules_are_reached_from_the_package_alone(name: str) -> None:
    assert in_new_process(f"import crawler; print(crawler.{name}.__name__)") == f"crawler.{name}"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("crawler.urls.canonicalize('HTTP://User:x@Example.ORG:80/a/../b#c')", "http://example.org/b"),
        ("crawler.urls.canonicalize('b', 'http://example.org/a')", "http://example.org/b"),
        ("crawler.urls.canonicalize('mailto:a@b')", "None"),
        ("crawler.urls.identity('http://example.org./%61')", "http://example.org/a"),
        ("crawler.paths.mirror_path('http://example.org/')", "example.org/index.html"),
        ("crawler.paths.mirror_path('http://example.org/a.css', 'text/css')", "example.org/a.css"),
        ("crawler.robots.parse(b'User-agent: *\\nDisallow: /x').can_fetch('a', 'http://e.org/x')", "False"),
        ("crawler.robots.parse(b'User-agent: *\\nCrawl-delay: 3').crawl_delay('a')", "3.0"),
        ("[*crawler.robots.parse(b'Sitemap: http://e.org/s').sitemaps]", "['http://e.org/s']"),
        (
            "[(x.url, x.hop.value, x.nofollow) for x in crawler.links.outlinks(b'<a href=b>', 'http://e.org/a')]",
            "[('http://e.org/b', 'L', False)]",
        ),
        ("crawler.links.srcset('a 1x, b 2x')", "['a', 'b']"),
        ("crawler.links.meta_refresh('3; url=b')", "(3.0, 'b')"),
        ("crawler.links.sniff_encoding(b'', 'text/html; charset=latin1')", "windows-1252"),
        (
            "[x.url for x in crawler.links.sitemap(b'<urlset><url><loc>http://e.org/a</loc>', 'http://e.org/s')]",
            "['http://e.org/a']",
        ),
        ("crawler.fetch.is_public('10.0.0.1'), crawler.fetch.is_public('1.1.1.1')", "False True"),
        ("issubclass(crawler.errors.OutputBusyError, crawler.errors.CrawlerError)", "True"),
    ],
)
def test_the_functions_of_the_contract(question: str, answer: str) -> None:
    said = in_new_process(f"import crawler; print({question})")
    assert said == answer


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = crawler.nothing


def test_star_gives_the_public_names() -> None:
    assert in_new_process("from crawler import *; print(Crawl.__name__, Page.__name__)") == "Crawl Page"


def test_python_m_crawler_is_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == f"crawler {crawler.__version__}\n"
