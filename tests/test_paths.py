"""Names below `mirror/`: a table to read, and what must hold for every URL however hostile."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from unicodedata import normalize
from urllib.parse import unquote, urljoin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.extensions import EXTENSIONS, media_type_of
from crawler.paths import mirror_path, relative
from crawler.urls import canonicalize, identity
from tests.cases import each

LONG_TAG = r"~[a-z2-7]{10}"
SHORT_TAG = r"~[a-z2-7]{4}"
RESERVED = {"con", "prn", "aux", "nul"} | {f"{d}{n}" for d in ("com", "lpt") for n in "0123456789¹²³"}

PIECES = [
    "a", "A", "b", "index", "index.html", "Index.html", "index.json", "INDEX", "a.html", "a.htm", "a.txt", "A.TXT",
    "a.php", "a~.html", "a~", "~", "index~.html", "index.html~", "a.b", "a.", ".a", "..a", "...", "....", "-", "-a",
    "con", "CON", "nul.txt", "NUL.tar.gz", "com1", "aux.html", "a%20", "%20a", "a%20b", "a+b", "%2F", "%2f", "..%2f..",
    "%5C", "..%5cx", "%00", "a%00.html", "%0a", "%25", "%", "%zz", "100%", "100%25", "%2525", "%21", "!", "a:b", "C:",
    "a*b", "a|b", "a%3Cb", "a%22b", "%C3%A9", "e%CC%81", "%E9", "%C3%89", "%C0%AE%C0%AE", "%EF%BF%BD", "stra%C3%9Fe",
    "strasse", "%C4%B1", "i", "%E2%84%AA", "k", "%CF%82", "%CF%83", "%E2%80%8D", "a%E2%80%AEb", "%F0%9F%98%80",
    "x" * 49, "x" * 60, "X" * 60, "%C3%A9" * 40, "y" * 300 + ".html", "y" * 300 + ".png", "y" * 301, "",
]  # fmt: skip
MEDIA_TYPES = st.sampled_from(
    [
        "text/html",
        "text/html; charset=utf-8",
        "application/json",
        "image/png",
        "text/plain",
        "",
        "application/x-odd",
    ]
)
NAMES = st.sampled_from(PIECES) | st.text(alphabet="aAbB.~-_% é%25", max_size=6)
HOSTS = st.sampled_from(
    ["h", "h.org", "h:81", "h_81", "[::1]", "--1", "[::1]:81", "127.0.0.1:81", "a-b-c", "a*b", ".."]
)
URLS = st.builds(
    lambda host, names, query: f"http://{host}/{'/'.join(names)}{query}",
    HOSTS,
    st.lists(NAMES, max_size=5) | st.lists(NAMES, min_size=20, max_size=60),
    st.sampled_from(["", "", "", "?", "?v=1", "?V=1", "?v=1&w=2", "?..%2f", "?" + "q" * 400]),
)


def path(url: str, media_type: str | None = None) -> str:
    canonical = canonicalize(url)
    assert canonical is not None
    return mirror_path(canonical, media_type)


@pytest.mark.parametrize(
    ("url", "media_type", "expected"),
    [
        ("https://example.org/", None, "example.org/index.html"),
        ("http://example.org./", None, "example.org/index.html"),
        ("http://127.0.0.1:8801/", None, "127.0.0.1_8801/index.html"),
        ("http://[::1]/a.png", None, "--1/a.png"),
        ("http://[2001:db8::1]:8801/", None, "2001-db8--1_8801/index.html"),
        ("http://h/x/", "text/html; charset=utf-8", "h/x/index.html"),
        ("http://h/x/", "application/json", "h/x/index~.json"),
        ("http://h/x/", "application/xhtml+xml", "h/x/index~.xhtml"),
        ("http://h/x/index.html", None, "h/x/index~.html"),
        ("http://h/x/index.htm", None, "h/x/index.htm"),
        ("http://h/x/index.html", "image/png", "h/x/index.html~.png"),
        ("http://h/x/index.json", None, "h/x/index.json"),
        ("http://h/about", None, "h/about~.html"),
        ("http://h/about.html", None, "h/about.html"),
        ("http://h/a.php", None, "h/a.php~.html"),
        ("http://h/python-3.11", None, "h/python-3.11~.html"),
        ("http://h/pic", "image/png", "h/pic~.png"),
        ("http://h/x.html", "image/png", "h/x.html~.png"),
        ("http://h/x.png", "text/html", "h/x.png~.html"),
        ("http://h/x.svg", "text/plain", "h/x.svg~.txt"),
        ("http://h/u", "application/x-odd", "h/u~.bin"),
        ("http://h/u", "", "h/u~.bin"),
        ("http://h/u.zip", "application/x-odd", "h/u.zip"),
        ("http://h/u.html", "application/octet-stream", "h/u.html~.bin"),
        ("http://h/u.iso", "application/octet-stream", "h/u.iso"),
        ("http://h/p.jpeg", "image/jpeg", "h/p.jpeg"),
        ("http://h/p.jpg", "image/pjpeg", "h/p.jpg"),
        ("http://h/m.mjs", "application/x-javascript", "h/m.mjs"),
        ("http://h/f.woff2", "application/font-woff2", "h/f.woff2"),
        ("http://h/favicon.ico", "image/vnd.microsoft.icon", "h/favicon.ico"),
        ("http://h/feed.xml", "application/rss+xml", "h/feed.xml"),
        ("http://h/feed", "application/rss+xml", "h/feed~.rss"),
        ("http://h/x", "application/geo+json", "h/x~.json"),
        ("http://h/x", "text/x-python", "h/x~.txt"),
        ("http://h/v.mp4", "audio/mp4", "h/v.mp4"),
        ("http://h/a.tar.gz", "application/x-tar", "h/a.tar.gz"),
        ("http://h/readme.md", "text/plain", "h/readme.md"),
        ("http://h/data.json", "text/plain", "h/data.json"),
        ("http://h/index.html/more", None, "h/index.html~/more~.html"),
        ("http://h/a.txt", None, "h/a.txt"),
        ("http://h/a.txt/b.txt", None, "h/a.txt~/b.txt"),
        ("http://h/v1.2/b.txt", None, "h/v1.2/b.txt"),
        ("http://h/caf%C3%A9", None, "h/café~.html"),
        ("http://h/a%20b.pdf", None, "h/a b.pdf"),
        ("http://h/100%25.css", None, "h/100%.css"),
    ],
)
def test_names_without_a_tag(url: str, media_type: str | None, expected: str) -> None:
    assert path(url, media_type) == expected


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("http://h/list.php?page=2", rf"h/list\.php-page-2{LONG_TAG}\.html"),
        ("http://h/a.css?v=1", rf"h/a-v-1{LONG_TAG}\.css"),
        ("http://h/?q=caf%C3%A9&x=%2F..%2F", rf"h/index-q-café-x{LONG_TAG}\.html"),
        ("http://h/x?", rf"h/x{LONG_TAG}\.html"),
        ("http://h/Main_Page", rf"h/Main_Page{SHORT_TAG}~\.html"),
        ("http://h/Main_Page.html", rf"h/Main_Page{SHORT_TAG}\.html"),
        ("http://h/PHOTO.JPG", rf"h/PHOTO{SHORT_TAG}\.JPG"),
        ("http://h/Docs/a.txt", rf"h/Docs{SHORT_TAG}/a\.txt"),
        ("http://h/index", rf"h/index{SHORT_TAG}~\.html"),
        ("http://h/~user/", rf"h/_user{LONG_TAG}/index\.html"),
        ("http://h//a.txt", rf"h/_{LONG_TAG}/a\.txt"),
        ("http://h/con.txt", rf"h/_con{LONG_TAG}\.txt"),
        ("http://h/NUL.tar.gz", rf"h/_NUL\.tar{LONG_TAG}\.gz"),
        ("http://h/aux/x.txt", rf"h/_aux{LONG_TAG}/x\.txt"),
        ("http://h/.htaccess", rf"h/_htaccess{LONG_TAG}\.html"),
        ("http://h/.html", rf"h/_html{LONG_TAG}\.html"),
        ("http://h/-rf.txt", rf"h/_rf{LONG_TAG}\.txt"),
        ("http://h/a:b*c.txt", rf"h/a_b_c{LONG_TAG}\.txt"),
        ("http://h/a%2Fb.txt", rf"h/a_b{LONG_TAG}\.txt"),
        ("http://h/..%5c..%5cx", rf"h/_\._\.\._x{LONG_TAG}\.html"),
        ("http://h/a%00.txt", rf"h/a_{LONG_TAG}\.txt"),
        ("http://h/%E9.txt", rf"h/\ufffd{LONG_TAG}\.txt"),
        ("http://h/e%CC%81.txt", rf"h/é{LONG_TAG}\.txt"),
        ("http://h/100%.txt", rf"h/100%{LONG_TAG}\.txt"),
        ("http://h/%C4%B1.txt", rf"h/\u0131{SHORT_TAG}\.txt"),
        ("http://h/a.m%E2%84%AAv", rf"h/a{LONG_TAG}\.mKv"),
        ("http://h/" + "x" * 300 + ".txt", rf"h/x{{185}}{LONG_TAG}\.txt"),
        ("http://h/" + "d/" * 200 + "x.txt", rf"h/(d/){{53}}d{LONG_TAG}/x\.txt"),
        ("http://a_80/", rf"a_80{LONG_TAG}/index\.html"),
        ("http://a-b-c/", rf"a-b-c{LONG_TAG}/index\.html"),
        ("http://../", rf"__{LONG_TAG}/index\.html"),
        ("http://con/", rf"_con{LONG_TAG}/index\.html"),
        ("http://" + "a" * 200 + ".org/", rf"a{{69}}{LONG_TAG}/index\.html"),
    ],
)
def test_names_with_a_tag(url: str, pattern: str) -> None:
    assert re.fullmatch(pattern, path(url)), path(url)


def test_http_and_https_of_a_host_are_one_site() -> None:
    assert path("http://h/a?b") == path("https://h/a?b")
    assert path("http://h:443/a") == path("https://h/a")
    assert path("http://h:81/a") != path("http://h/a")


def test_one_resource_has_one_name() -> None:
    assert path("http://h./%61b%2e?%7e") == path("http://h/ab.?~")
    assert path("http://h/%e9") == path("http://h/%E9")
    assert path("http://h/x#y") == path("http://h/x")


PLACES = ["http://h/{}", "http://h/{}/x.txt", "http://h/a/{}?v=1", "http://h/a/{}/"]


@each([(name, place) for name in PIECES for place in PLACES])
def test_every_piece_is_portable(name: str, place: str) -> None:
    assert_portable(path(place.format(name)))


def assert_portable(name: str) -> None:
    components = name.split("/")
    assert len(components) >= 2
    assert len(name.encode()) <= 230
    assert normalize("NFC", name) == name
    assert name.isprintable()
    assert not re.search(r'[<>:"|?*\\]', name)
    for component in components:
        assert component
        assert len(component.encode()) <= 200
        assert component[0] not in ". "
        assert component[-1] not in ". "
        assert component.split(".")[0].rstrip().casefold() not in RESERVED
    for component in components[1:]:
        assert component[0] != "-"
    assert components[-1].rpartition(".")[2].lower() in EXTENSIONS
    for directory in components[1:-1]:
        assert media_type_of(directory) is None


@given(URLS, st.none() | MEDIA_TYPES)
@example(url="http://h/" + "%C3%A9" * 8 + "/x" * 3, media_type="application/manifest+json")
@example(
    url="http://" + "a" * 90 + ".org:8801/" + "b" * 66 + "/" + "C" * 50,
    media_type="application/manifest+json",
)
def test_any_url_stays_inside_and_portable(url: str, media_type: str | None) -> None:
    canonical = canonicalize(url)
    if canonical is None:
        return
    name = mirror_path(canonical, media_type)
    assert_portable(name)
    assert os.path.normpath(os.path.join("/mirror", name)) == f"/mirror/{name}"  # noqa: PTH118 - names are compared as text
    scheme, _, authority, _ = canonical.split("/", 3)
    assert name.split("/")[0] == mirror_path(f"{scheme}//{authority}/").split("/")[0]


@given(URLS)
def test_the_prediction_predicts_itself(url: str) -> None:
    canonical = canonicalize(url)
    if canonical is None:
        return
    name = mirror_path(canonical)
    predicted = media_type_of(name)
    assert predicted is not None
    assert mirror_path(canonical, predicted) == name


def folded(name: str) -> str:
    return normalize("NFC", normalize("NFC", name).casefold())


def assert_no_clash(names: list[str]) -> None:
    """All differ on a file system that folds case, and no file is where another's directory is."""
    taken = sorted(f"{folded(name)}/" for name in names)
    for first, second in pairwise(taken):
        assert first != second
    directories = {parent for name in taken for parent in parents(name)}
    assert directories.isdisjoint(taken)


def parents(name: str) -> list[str]:
    steps = name.split("/")[:-2]
    return ["/".join(steps[: end + 1]) + "/" for end in range(len(steps))]


@given(st.lists(st.tuples(URLS, st.none() | MEDIA_TYPES), min_size=2, max_size=30))
def test_distinct_urls_never_clash(answers: list[tuple[str, str | None]]) -> None:
    by_identity: dict[str, str] = {}
    for url, media_type in answers:
        canonical = canonicalize(url)
        if canonical is not None:
            by_identity.setdefault(identity(canonical), mirror_path(canonical, media_type))
    assert_no_clash(list(by_identity.values()))


@pytest.mark.parametrize(
    "media_type", [None, "text/html", "application/json", "image/png", "application/xhtml+xml"]
)
def test_all_pairs_of_pieces_never_clash(media_type: str | None) -> None:
    by_identity: dict[str, str] = {}
    for first in PIECES:
        for second in ["", *(f"/{piece}" for piece in PIECES)]:
            for query in ("", "?", "?v=1"):
                canonical = canonicalize(f"http://h/{first}{second}{query}")
                assert canonical is not None
                by_identity[identity(canonical)] = mirror_path(canonical, media_type)
    assert len(by_identity) > 15_000
    assert_no_clash(list(by_identity.values()))


def test_mixed_media_types_never_clash() -> None:
    types = [None, "text/html", "application/json", "image/png", "", "text/plain", "application/xhtml+xml"]
    by_identity: dict[str, set[str]] = {}
    for number, media_type in enumerate(types):
        for piece in PIECES[number % 2 :]:
            canonical = canonicalize(f"http://h/d/{piece}")
            assert canonical is not None
            by_identity.setdefault(identity(canonical), set()).add(folded(mirror_path(canonical, media_type)))
    sets = list(by_identity.values())
    assert sum(map(len, sets)) == len(set().union(*sets))


def test_hosts_never_meet() -> None:
    hosts = [
        "[2001:db8::1]",
        "2001-db8--1",
        "2001-db8--1_80",
        "[2001:db8::1]:8801",
        "h:81",
        "h_81",
        "[::1]",
        "--1",
    ]
    hosts += [
        "a.b",
        "a..b",
        "a-b-c",
        "con",
        "con:81",
        "_con",
        "a*b",
        "a!b",
        "a_b",
        "..",
        "...",
        ".a",
        "x" * 99,
        "x" * 98,
    ]
    assert_no_clash([path(f"http://{host}/") for host in hosts])


def test_names_do_not_depend_on_order_or_process() -> None:
    urls = [url for url in (canonicalize(f"http://h/{a}/{b}") for a in PIECES for b in PIECES[::7]) if url]
    forward = [mirror_path(url) for url in urls]
    script = "import sys; from crawler.paths import mirror_path\nfor u in sys.stdin: print(ascii(mirror_path(u.strip())))"
    other = subprocess.run(
        [sys.executable, "-c", script],
        input="\n".join(reversed(urls)),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C"},
    )
    assert other.stdout.splitlines() == [ascii(name) for name in reversed(forward)]


@pytest.mark.parametrize(
    ("from_path", "to_path", "expected"),
    [
        ("h/a.html", "h/b.html", "b.html"),
        ("h/a.html", "h/a.html", "a.html"),
        ("h/x/a.html", "h/index.html", "../index.html"),
        ("h/a.html", "h/x/y.png", "x/y.png"),
        ("h/x/a.html", "h/xy/b.html", "../xy/b.html"),
        ("h/x/y/a.html", "g/b.html", "../../../g/b.html"),
        ("h/x/a.html", "h/x~/a~.html", "../x~/a~.html"),
        ("h/a.html", "h/café 100%?#&.html", "caf%C3%A9%20100%25%3F%23%26.html"),
        ("h/a.html", "h/x:y,(z)'.html", "x%3Ay%2C%28z%29%27.html"),
    ],
)
def test_relative(from_path: str, to_path: str, expected: str) -> None:
    assert relative(from_path, to_path) == expected


@given(URLS, URLS)
def test_relative_leads_there(first: str, second: str) -> None:
    start, end = canonicalize(first), canonicalize(second)
    if start is None or end is None:
        return
    from_path, to_path = mirror_path(start), mirror_path(end)
    reference = relative(from_path, to_path)
    assert re.fullmatch(r"[A-Za-z0-9_.~/%-]+", reference)
    assert (
        unquote(urljoin(f"file:///mirror/{from_path.replace('%', '%25')}", reference))
        == f"file:///mirror/{to_path}"
    )
    assert canonicalize(reference, "http://r/" + relative("x", from_path)) == canonicalize(
        "http://r/" + relative("x", to_path)
    )


@pytest.mark.parametrize("name", ["x" * 300 + ".txt", ":" * 80, "A" * 80, "%C3%A9" * 60, "x?" + "q" * 300])
def test_a_long_name_in_the_longest_directory_is_bounded(name: str) -> None:
    assert_portable(path("http://h/" + "d/" * 73 + name, "application/manifest+json"))


def test_hostile_lengths_are_bounded() -> None:
    for tail in [
        "/" * 8000,
        "A/" * 4000,
        "%25" * 2700,
        "?" + "%C3" * 2700,
        "%F0%9F%98%80" * 600,
        "a." * 4000,
    ]:
        for media_type in [None, "x/" + "y" * 100_000]:
            assert_portable(path(f"http://h/{tail}", media_type))
