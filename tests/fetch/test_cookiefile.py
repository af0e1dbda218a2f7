"""cookies.txt as curl and browsers' extensions write it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from crawler.errors import UsageError
from crawler.fetch.cookiefile import read_cookie_file
from crawler.fetch.setcookie import Cookie

CURL = """# Netscape HTTP Cookie File
# https://curl.se/docs/http-cookies.html

#HttpOnly_.example.org\tTRUE\t/\tTRUE\t4102444800\tsession\tabc=\r
www.example.org\tFALSE\t/docs\tFALSE\t0\tlang\ten
127.0.0.1\tFALSE\t/\tFALSE\t0\tempty\t
b\u00fccher.example\tFALSE\t/\tFALSE\t0\tshort
"""


def written(folder: Path, text: str | bytes) -> str:
    file = folder / "cookies.txt"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(file)


def test_a_file_of_curl(tmp_path: Path) -> None:
    assert read_cookie_file(written(tmp_path, CURL)) == [
        Cookie(
            name="session",
            value="abc=",
            domain="example.org",
            host_only=False,
            secure=True,
            expires_at=4_102_444_800.0,
        ),
        Cookie(name="lang", value="en", domain="www.example.org", path="/docs", expires_at=math.inf),
        Cookie(name="empty", value="", domain="127.0.0.1"),
        Cookie(name="short", value="", domain="xn--bcher-kva.example"),
    ]


def test_a_cookie_for_all_of_a_public_suffix_is_for_itself_alone(tmp_path: Path) -> None:
    [cookie] = read_cookie_file(written(tmp_path, ".github.io\tTRUE\t/\tTRUE\t0\ta\tb\n"))
    assert cookie.host_only


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("sesame", "1 fields"),
        ("example.org TRUE / TRUE 0 id sesame", "1 fields"),
        ("example.org\tyes\t/\tTRUE\t0\tid\tsesame", "TRUE or FALSE"),
        ("example.org\tTRUE\t/\tTRUE\tsoon\tid\tsesame", "seconds"),
        (f"example.org\tTRUE\t/\tTRUE\t{'9' * 400}\tid\tsesame", "seconds"),
        ("example.org\tTRUE\t/\tTRUE\t0\t\t", "empty"),
        ("example.org\tTRUE\t/\tTRUE\t0\tid\tsesame; x", "control"),
        ("example.org\tTRUE\t/\tTRUE\t0\tid\tsesame\x07", "control"),
        (f"example.org\tTRUE\t/\tTRUE\t0\tid\tsesame{'x' * 4096}", "4096"),
        ("exa mple\tTRUE\t/\tTRUE\t0\tid\tsesame", "host name"),
        ("me@example.org\tTRUE\t/\tTRUE\t0\tid\tsesame", "host name"),
        ("\tTRUE\t/\tTRUE\t0\tid\tsesame", "host name"),
    ],
)
def test_a_bad_line_is_named_and_its_value_is_not(tmp_path: Path, line: str, word: str) -> None:
    path = written(tmp_path, f"# a comment\n\n{line}\n")
    with pytest.raises(UsageError) as caught:
        read_cookie_file(path)
    said = str(caught.value)
    assert f"cookies {path}, line 3: " in said
    assert word in said
    assert "sesame" not in said


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"#" * 10_000_001])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = str(tmp_path / "absent.txt") if content is None else written(tmp_path, content)
    with pytest.raises(UsageError, match="cookies "):
        read_cookie_file(path)
