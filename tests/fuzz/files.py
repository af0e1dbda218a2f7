"""What must hold of files that a person or a crash left."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from crawler.archive.records import Records
from crawler.archive.torn import whole_bytes
from crawler.cli.crawl import command
from crawler.cli.settings import load_settings
from crawler.errors import UsageError
from crawler.fetch.cookiefile import read_cookie_file
from crawler.seeds import SeedList
from crawler.urls import canonicalize
from tests.archive.samples import answer, member_of, revisit
from tests.fuzz import corpora
from tests.fuzz.mutation import damaged
from tests.fuzz.target import Target

__all__ = ["TARGETS"]


def check_seeds(body: bytes) -> None:
    """A list is read twice the same, or a person is told in one line what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "seeds.txt")
        path.write_bytes(body)
        seeds = SeedList([str(path)], skips_bad=True)
        with contextlib.suppress(UsageError):
            count = seeds.check()
            found = list(seeds)
            assert len(found) == count
            assert all(canonicalize(each.url) == each.url for each in found)


def check_settings(body: bytes) -> None:
    """A configuration is taken, or a person is told in one line what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "crawler.toml")
        path.write_bytes(body)
        with contextlib.suppress(UsageError):
            load_settings(command.context_class(command, info_name="crawl"), str(path))


RECORDS = Records("x")
EXCHANGES = [RECORDS.exchange(each) for each in (answer(b"page"), revisit(), answer(b"other"), revisit())]
SEGMENT = b"".join(
    member_of(RECORDS, record)
    for record in (RECORDS.warcinfo("x.warc.gz"), *(record for pair in EXCHANGES for record in pair))
)


def check_segment(tail: bytes) -> None:
    """What is believed is kept, nothing is made up, and what was cut is whole."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.warc.gz")
        path.write_bytes(SEGMENT + tail)
        kept = whole_bytes(path, len(SEGMENT))
        assert len(SEGMENT) <= kept <= len(SEGMENT) + len(tail)
        path.write_bytes((SEGMENT + tail)[:kept])
        assert whole_bytes(path, len(SEGMENT)) == kept


def check_cookie_file(body: bytes) -> None:
    """A cookies.txt is taken, or a person is told what is wrong without any value of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cookies.txt")
        path.write_bytes(body)
        with contextlib.suppress(UsageError):
            assert all(each.domain for each in read_cookie_file(str(path)))


SEED_LISTS = (
    b"https://e.org/\n# x\n\nexample.org\nexa mple\nlocalhost:80\n",
    "\ufeffhttp://bücher.example/\r\n".encode(),
)
COOKIE_FILES = (
    b"# Netscape\n.e.org\tTRUE\t/\tFALSE\t0\ta\tb\n#HttpOnly_e.org\tFALSE\t/x\tTRUE\t4102444800\tc\t\n",
)
SETTING_SIGNS = [
    *"=[]{}'\"\n.,-+#",
    "true",
    "nan",
    "1e999",
    "[[",
    "'''",
    "9" * 60,
    "\\u0000",
    "max_pages = ",
    "delay = ",
]

TARGETS = {
    "seeds": Target(damaged(SEED_LISTS, [b"\n", b"\r", b"\0", b"://", b"#", b"\xff", b"."]), check_seeds),
    "settings": Target(
        damaged(corpora.settings_files(), [each.encode() for each in SETTING_SIGNS]), check_settings
    ),
    "cookie file": Target(
        damaged(COOKIE_FILES, [b"\t", b"\n", b"TRUE", b"-", b"9" * 400, b"\0", b"\xff"]), check_cookie_file
    ),
    "segment": Target(
        damaged([SEGMENT, b"", SEGMENT[len(SEGMENT) // 2 :]], [b"\x1f\x8b\x08\0\0\0\0\0", b"\0" * 20]),
        check_segment,
    ),
}
