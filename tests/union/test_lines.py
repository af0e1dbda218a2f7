"""Lines are copied once, wherever their log lies and whatever became of it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from crawler.errors import StorageError
from crawler.output import Output
from crawler.union.lines import Book, Lines, read_book


def lines(first: int, last: int, who: str = "a") -> bytes:
    return b"".join(f"{who} line {number}\n".encode() for number in range(first, last))


@pytest.fixture
def output(tmp_path: Path) -> Output:
    (tmp_path / "union").mkdir()
    return Output(tmp_path / "union")


def test_each_line_once_also_when_its_log_was_put_away(output: Output, tmp_path: Path) -> None:
    log, book = tmp_path / "crawl.log", Book()
    log.write_bytes(lines(0, 10) + b"a torn li")
    assert Lines(output, book).take(log, "crawl.log") == len(lines(0, 10))
    log.write_bytes(lines(0, 20))
    packed = tmp_path / "crawl.log-20261128-063000.gz"
    packed.write_bytes(gzip.compress(lines(0, 25)))
    log.write_bytes(lines(30, 35))
    book.write(output.union)
    book = read_book(output.union) or Book()
    for path in (packed, log, packed, log):
        Lines(output, book).take(path, "crawl.log")
    assert output.journal.read_bytes() == lines(0, 25) + lines(30, 35)


def test_a_log_whose_end_was_cut_is_taken_up_again(output: Output, tmp_path: Path) -> None:
    log, book = tmp_path / "crawl.log", Book()
    log.write_bytes(lines(0, 10))
    Lines(output, book).take(log, "crawl.log")
    log.write_bytes(lines(0, 8) + lines(20, 30))
    Lines(output, book).take(log, "crawl.log")
    assert output.journal.read_bytes() == lines(0, 10) + lines(20, 30)


def test_what_a_kill_left_behind_the_book_is_cut(output: Output, tmp_path: Path) -> None:
    log, book = tmp_path / "crawl.log", Book()
    log.write_bytes(lines(0, 10))
    Lines(output, book).take(log, "items/a.jsonl")
    book.write(output.union)
    log.write_bytes(lines(0, 15))
    Lines(output, book).take(log, "items/a.jsonl")
    # Killed here: the book was not written.
    book = read_book(output.union) or Book()
    found = Lines(output, book)
    found.trim()
    found.take(log, "items/a.jsonl")
    assert (output.items / "a.jsonl").read_bytes() == lines(0, 15)


def test_damaged_packing_ends_it(output: Output, tmp_path: Path) -> None:
    packed = tmp_path / "crawl.log-20261128-063000.gz"
    packed.write_bytes(gzip.compress(lines(0, 5000))[:-40])
    Lines(output, Book()).take(packed, "crawl.log")
    assert lines(0, 5000).startswith(output.journal.read_bytes())


def test_a_book_that_is_none(output: Output) -> None:
    assert read_book(output.union) is None
    output.union.write_text("{}")
    with pytest.raises(StorageError, match="gather into another folder"):
        read_book(output.union)
