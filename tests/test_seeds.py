"""Seed lists: URLs, files, standard input; all bad lines are told at once."""

from __future__ import annotations

import io
import os
import threading
import tracemalloc
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import UsageError
from crawler.seeds import Seed, SeedList, SpooledSeeds, read_seed


@pytest.mark.parametrize(
    ("text", "url", "is_bare"),
    [
        ("https://example.org", "https://example.org/", False),
        ("  HTTP://Example.ORG:80/a b  ", "http://example.org/a%20b", False),
        ("http://example.org/#part", "http://example.org/", False),
        ("example.org", "https://example.org/", True),
        ("example.org:8443/x?y#z", "https://example.org:8443/x?y", True),
        ("example.org/path with space", "https://example.org/path%20with%20space", True),
        ("localhost:8000", "https://localhost:8000/", True),
        ("localhost", "https://localhost/", True),
        ("127.0.0.1:8801/a", "https://127.0.0.1:8801/a", True),
        ("[::1]:80", "https://[::1]:80/", True),
        ("[::1]", "https://[::1]/", True),
        ("http://[::1]:8000/", "http://[::1]:8000/", False),
        ("b\u00fccher.example", "https://xn--bcher-kva.example/", True),
        ("http://\u4f8b\u3048.jp/\u00e9", "http://xn--r8jz45g.jp/%C3%A9", False),
        ("http:example.org", "http://example.org/", False),
        ("foo.txt", "https://foo.txt/", True),
    ],
)
def test_what_a_seed_names(text: str, url: str, is_bare: bool) -> None:
    assert read_seed(text) == Seed(url, is_bare=is_bare)


def test_who_asks_may_stand_in_a_url_and_is_kept_apart_from_it() -> None:
    seed = read_seed("http://us%40er:p%3Aw@example.org/a@b")
    assert seed == Seed("http://example.org/a@b", user="us@er", password="p:w")
    assert "p:w" not in repr(seed)
    assert read_seed("https://example.org/?mail=a@b") == Seed("https://example.org/?mail=a@b")


@pytest.mark.parametrize(
    "text",
    ["me:sesame@example.org", "http://me:sesame@exa mple/", "ftp://me:ses@ame@host/", "http://:sesame@:1/"],
)
def test_a_password_in_a_bad_line_is_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        SeedList([text]).check()
    assert "sesame" not in str(caught.value)
    assert "ame@" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "example",
        "just some words",
        "two.words here",
        "ftp://example.org/",
        "mailto:a@example.org",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "http://",
        "http:///",
        "http://exa mple.org/",
        "http://example.org:99999/",
        "a@example.org",
        "/etc/passwd",
        "./seeds",
        "-",
        "http://[::1/",
        "?x=a.b",
    ],
)
def test_what_names_none(text: str) -> None:
    assert read_seed(text) is None


@given(st.text(max_size=60))
def test_it_never_raises_and_gives_urls_that_can_be_fetched(text: str) -> None:
    seed = read_seed(text)
    if seed is not None:
        assert seed.url.startswith(("http://", "https://"))
        assert read_seed(seed.url) == Seed(seed.url)


def listed(tmp_path: Path, text: str | bytes, name: str = "seeds.txt") -> str:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def urls_of(*sources: str, stdin: IO[bytes] | None = None, skips_bad: bool = False) -> list[str]:
    seeds = SeedList(sources, stdin=stdin, skips_bad=skips_bad)
    urls = [seed.url for seed in seeds]
    assert seeds.check() == len(urls)
    assert [seed.url for seed in seeds] == urls
    return urls


class TestFiles:
    def test_one_url_a_line(self, tmp_path: Path) -> None:
        text = "# my list\n\nhttp://a.example/\n  b.example  \n\t# http://c.example/\nhttp://a.example/#x"
        assert urls_of(listed(tmp_path, text)) == [
            "http://a.example/",
            "https://b.example/",
            "http://a.example/",
        ]

    def test_byte_order_marks_and_line_ends_of_windows(self, tmp_path: Path) -> None:
        text = b"\xef\xbb\xbfhttp://a.example/\r\nhttp://b.example/\r\n"
        assert urls_of(listed(tmp_path, text)) == ["http://a.example/", "http://b.example/"]

    def test_a_comment_behind_a_byte_order_mark(self, tmp_path: Path) -> None:
        assert urls_of(listed(tmp_path, b"\xef\xbb\xbf# list\nhttp://a.example/")) == ["http://a.example/"]

    def test_a_folded_list_of_sources(self, tmp_path: Path) -> None:
        one, two = listed(tmp_path, "http://a.example/", "one"), listed(tmp_path, "http://b.example/", "two")
        assert urls_of(two, "http://c.example/", one) == [
            "http://b.example/",
            "http://c.example/",
            "http://a.example/",
        ]

    def test_a_file_wins_over_a_host_of_its_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        listed(tmp_path, "http://a.example/", "list.example")
        monkeypatch.chdir(tmp_path)
        assert urls_of("list.example") == ["http://a.example/"]
        assert urls_of("http://list.example") == ["http://list.example/"]

    def test_a_pipe_is_read_once_and_known_from_then_on(self, tmp_path: Path) -> None:
        path = tmp_path / "pipe"
        os.mkfifo(path)
        writer = threading.Thread(target=path.write_text, args=("http://a.example/\n",))
        writer.start()
        seeds = SeedList([str(path)])
        assert seeds.check() == 1
        writer.join()
        assert [*seeds] == [*seeds] == [Seed("http://a.example/")]


class TestMistakes:
    def test_all_bad_lines_are_told_with_their_numbers(self, tmp_path: Path) -> None:
        path = listed(tmp_path, "http://a.example/\nnonsense\n# fine\n\nftp://b.example/\n")
        with pytest.raises(UsageError) as caught:
            SeedList([path, "what?"]).check()
        assert str(caught.value) == (
            "3 seeds are no http(s) URL; correct them or use --skip-bad-seeds: "
            f"{path}, line 2: 'nonsense'; {path}, line 5: 'ftp://b.example/'; argument: 'what?'"
        )
        assert caught.value.exit_code == 2

    def test_one_is_one(self) -> None:
        with pytest.raises(UsageError, match=r"^1 seed is no http\(s\) URL;"):
            SeedList(["nonsense"]).check()

    def test_many_are_counted(self, tmp_path: Path) -> None:
        path = listed(tmp_path, "nonsense\n" * 1000)
        with pytest.raises(UsageError, match=r"^1000 seeds .* line 20: 'nonsense' and 980 more$"):
            SeedList([path]).check()

    def test_they_can_be_skipped(self, tmp_path: Path) -> None:
        path = listed(tmp_path, "nonsense\nhttp://a.example/\n\x00\x01\n")
        seeds = SeedList([path], skips_bad=True)
        assert seeds.check() == 1
        assert seeds.skipped == 2
        assert [seed.url for seed in seeds] == ["http://a.example/"]

    def test_a_message_is_one_printable_line(self, tmp_path: Path) -> None:
        path = listed(tmp_path, b"\x1b[31mred\x07\xff" + b"x" * 30_000 + b"\n")
        with pytest.raises(UsageError) as caught:
            SeedList([path]).check()
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 300

    @pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n"])
    def test_an_empty_list_is_no_list(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(UsageError, match=r"^no seed; give a URL"):
            SeedList([listed(tmp_path, text)]).check()

    def test_nothing_but_bad_lines_skipped_is_no_list(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"^no seed"):
            SeedList([listed(tmp_path, "nonsense")], skips_bad=True).check()

    def test_a_folder_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"is a folder; name a file of URLs, or use -o"):
            SeedList([str(tmp_path)]).check()

    @pytest.mark.parametrize("name", ["missing.txt", "lists/missing.txt", "missing.list", "./missing.csv"])
    def test_a_file_that_is_not_there_is_told_as_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(UsageError, match="No such file"):
            SeedList([name]).check()

    def test_with_its_scheme_it_is_a_host(self) -> None:
        assert urls_of("http://foo.txt", "foo.txt/") == ["http://foo.txt/", "https://foo.txt/"]

    def test_one_that_may_not_be_read(self, tmp_path: Path) -> None:
        path = tmp_path / "seeds.txt"
        path.symlink_to("seeds.txt")
        with pytest.raises(UsageError, match="Too many levels of symbolic links"):
            SeedList([str(path)]).check()

    def test_an_argument_with_a_nul_is_no_file(self) -> None:
        with pytest.raises(UsageError, match="1 seed is no"):
            SeedList(["a\0b"]).check()


class TestStandardInput:
    def test_it_is_read_once_and_given_as_often_as_asked(self) -> None:
        stdin = io.BytesIO(b"http://a.example/\nnonsense\nb.example")
        seeds = SeedList(["-"], stdin=stdin, skips_bad=True)
        assert seeds.check() == 2
        assert stdin.read() == b""
        for _ in range(3):
            assert [seed.url for seed in seeds] == ["http://a.example/", "https://b.example/"]

    def test_its_mistakes_have_numbers_too(self) -> None:
        with pytest.raises(UsageError, match="standard input, line 2: 'nonsense'"):
            SeedList(["-"], stdin=io.BytesIO(b"a.example\nnonsense")).check()

    def test_beside_other_sources(self, tmp_path: Path) -> None:
        path = listed(tmp_path, "http://b.example/")
        assert urls_of("http://a.example/", "-", path, stdin=io.BytesIO(b"c.example")) == [
            "http://a.example/",
            "https://c.example/",
            "http://b.example/",
        ]


@pytest.mark.long
@pytest.mark.parametrize("source", ["file", "stdin"])
def test_a_long_list_costs_no_memory(tmp_path: Path, source: str) -> None:
    lines = b"".join(b"https://host%d.example/a/page\n" % n for n in range(2_000))
    path = tmp_path / "seeds.txt"
    with path.open("wb") as file:
        for _ in range(50):
            file.write(lines)
    del lines
    with path.open("rb") as stdin:
        seeds = SeedList(["-" if source == "stdin" else str(path)], stdin=stdin)
        tracemalloc.start()
        try:
            assert seeds.check() == 100_000
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 4_000_000


def test_without_sources_there_is_nothing_to_check() -> None:
    assert not SeedList([]).has_sources
    assert SeedList(["a.example"]).has_sources
    assert list(SeedList([])) == []


class TestSpooledSeeds:
    def test_they_are_read_as_often_as_one_likes(self) -> None:
        seeds = SpooledSeeds()
        assert [*seeds] == []
        texts = [f"http://a.example/{n}/{'x' * 200}" for n in range(9000)]  # more than stays in memory
        for text in texts:
            seeds.add(text)
        assert seeds.count == 9000
        for _ in range(2):
            assert [seed.url for seed in seeds] == texts
        seeds.add("b.example")
        assert [*seeds][-1] == Seed("https://b.example/", is_bare=True)
