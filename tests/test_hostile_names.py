"""Names and lines that a site would like to choose: where files lie, and what a request says."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import crawler
from crawler.body import Body
from crawler.mirror.store import Mirror
from crawler.paths import mirror_path
from crawler.urls import canonicalize
from tests.servers import Line, raw_site, reply
from tests.web import OWN, Web, crawl, kept_below, links, moved, typed

UP = [
    "..",
    "%2e%2e",
    ".%2E",
    "%252e%252e",
    "..%00",
    "%c0%ae%c0%ae",
    "\uff0e\uff0e",
    "....",
    "..;",
    "%u002e%u002e",
]
STEPS = ["/", "\\", "%2f", "%5C", "%252f", "%c0%af", "//", "/./", "\u2215"]
GOALS = ["etc/passwd", "C:/boot.ini", "C:%5Cx", "crawl.db", "~root/.ssh/x", "%00", "con", ""]
ENDS = ["", "%00.html", "?../../x", "#/../x"]
PAYLOADS = [
    f"{way * depth}{goal}{end}"
    for (way, depth, goal, end) in product(
        [up + step for up, step in product(UP, STEPS)], (1, 3, 9), GOALS, ENDS
    )
]


def stays_below(path: str) -> None:
    """The same name for every way of reading it: relative, going down alone, and one that a file can have."""
    parts = path.replace("\\", "/").split("/")
    assert not {"", ".", ".."} & set(parts)
    assert path.isprintable()
    assert os.path.normpath(path) == path
    assert ":" not in path


def test_a_hostile_name_stays_below_the_mirror(tmp_path: Path) -> None:
    paths = set()
    for payload in PAYLOADS:
        url = canonicalize(f"http://h.example/{payload}")
        assert url is not None
        paths |= {mirror_path(url), mirror_path(url, "image/png"), mirror_path(url, "../../x")}
    for path in paths:
        stays_below(path)
    mirror = Mirror(tmp_path / "output" / "mirror", tmp_path / "output" / ".partial")
    tmp_path.joinpath("output").mkdir()
    mirror.sweep()
    mirror.write_now([(path, Body.of(b"x")) for path in paths])
    written = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert len(written) == len(paths) > 1000
    assert all(path.is_relative_to(tmp_path / "output" / "mirror" / "h.example") for path in written)


@given(st.lists(st.sampled_from([*UP, *STEPS, *GOALS, *ENDS, "a", ":", "@", "\n", "\0", "é"]), max_size=20))
def test_no_mixture_of_them_leads_out(pieces: list[str]) -> None:
    url = canonicalize("".join(pieces), "http://h.example/a/b")
    if url is not None:
        stays_below(mirror_path(url))


@pytest.mark.parametrize(
    "value",
    [
        'attachment; filename="../../x"',
        "attachment; filename=C:\\x",
        "attachment; filename*=UTF-8''..%2f..%2fx",
        "attachment; filename=/etc/passwd",
        "attachment; filename=" + "x" * 10_000,
        "attachment; filename=a\x00b",
    ],
)
async def test_no_header_names_a_file(tmp_path: Path, value: str) -> None:
    headers = [(name, value) for name in ("Content-Disposition", "Content-Location", "X-File-Name", "Title")]
    web = Web({OWN: links("/a.png", "/b"), f"{OWN}a.png": typed(b"\x89PNG", "image/png", *headers)})
    web.says[f"{OWN}b"] = moved("/real?name=../../evil.sh")
    web.says[f"{OWN}real?name=../../evil.sh"] = typed("<p>", "text/html", *headers)
    await crawl(web, tmp_path / "output", OWN)
    own = ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/a.png", f"{OWN}real?name=../../evil.sh")
    assert set(kept_below(tmp_path / "output")) == {mirror_path(url) for url in own}
    assert [path.name for path in tmp_path.iterdir()] == ["output"]


OURS = [
    "crawl.db",
    "crawl.db-wal",
    "crawl.log",
    "index.html",
    ".lock",
    ".partial/1-1",
    "archive/x.warc.gz",
    "archive/index.cdxj",
    "reports/x.json",
    "mirror/index.html",
    "..%2fcrawl.db",
    "%2e%2e/%2e%2e/crawl.db",
]


async def test_no_site_writes_over_what_is_ours(tmp_path: Path) -> None:
    web = Web({OWN: links(*(f"/{name}" for name in OURS))})
    web.says |= {
        url: typed("<p>theirs", "text/html") for name in OURS if (url := canonicalize(f"{OWN}{name}"))
    }
    report = await crawl(web, tmp_path, OWN)
    # `/%2e%2e/%2e%2e/crawl.db` is `/crawl.db`.
    assert report.counts.pages == len(OURS)
    assert {path.name for path in tmp_path.iterdir()} == {
        ".lock",
        ".partial",
        "archive",
        "crawl.db",
        "crawl.log",
        "index.html",
        "mirror",
        "reports",
    }
    assert [path.name for path in (tmp_path / "mirror").iterdir()] == ["127.0.0.1_8000"]
    assert len(kept_below(tmp_path)) == len(OURS)
    for path in tmp_path.rglob("*"):
        if path.is_file() and not path.is_relative_to(tmp_path / "mirror") and path.suffix != ".gz":
            assert b"theirs" not in path.read_bytes()
    again = await crawl(web, tmp_path, OWN)
    assert again.run.number == 2


def header_names(request: bytes) -> list[str]:
    return sorted(line.partition(":")[0].lower() for line in request.decode("latin-1").split("\r\n")[1:-2])


@pytest.mark.parametrize(
    "href",
    [
        "/a&#13;&#10;X-Evil:&#32;1",
        "/a%0d%0aX-Evil:%201",
        "/a&#13;&#10;&#13;&#10;GET /evil HTTP/1.1",
        "/a\r\nX-Evil: 1",
        "/a\x00\x0b\x0c\x85\u2028X-Evil: 1",
        "/a HTTP/1.1&#10;X-Evil: 1",
        "?a&#13;&#10;X-Evil: 1",
    ],
)
async def test_a_link_injects_nothing_into_a_request(tmp_path: Path, href: str) -> None:
    page = f'<a href="{href}">a</a>'.encode()

    async def talk(line: Line) -> None:
        while await line.hear():
            await line.say(reply("Content-Type: text/html", f"Content-Length: {len(page)}", body=page))

    async with (
        raw_site(talk) as site,
        crawler.Crawl([site.url()], output=tmp_path / "output", robots="ignore") as job,
    ):
        await job.run()
    first, second = site.requests
    assert header_names(second) == header_names(first)
    line = second.split(b"\r\n")[0]
    assert line.startswith(b"GET /")
    assert line.endswith(b" HTTP/1.1")
    assert line.count(b" ") == 2
    assert b"X-Evil" not in second.partition(b"\r\n")[2]


@pytest.mark.parametrize(
    ("etag", "modified"),
    [
        ('"a"', "yesterday"),
        ("\x80\xff\x85", "\xa0\x85"),
        ('"' + "x" * 7000 + '"', "Fri, 32 Foo -1 99:99:99 GMT"),
        ('W/W/"', ""),
        ('"a", "b", *', "*"),
        ("a: b", "If-None-Match: c"),
        ('"\t\t"', "\t"),
    ],
)
async def test_validators_inject_nothing(tmp_path: Path, etag: str, modified: str) -> None:
    async def talk(line: Line) -> None:
        while await line.hear():
            headers = (
                "Content-Type: text/html",
                "Content-Length: 2",
                f"ETag: {etag}",
                f"Last-Modified: {modified}",
            )
            await line.say(reply(*headers, body=b"ok"))

    async with raw_site(talk) as site:
        for number in (1, 2):
            async with crawler.Crawl([site.url()], output=tmp_path / "output", robots="ignore") as job:
                report = await job.run()
            assert report.exit_code() == 0
            assert report.run.number == number
    first, second = site.requests
    more = set(header_names(second)) - set(header_names(first))
    assert more <= {"if-none-match", "if-modified-since"}
    assert "if-none-match" in more
    assert len(header_names(second)) == len(header_names(first)) + len(more)
