"""The tree of failures: whose fault it is, and with which code the program ends."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Any

import pytest

from crawler import errors
from crawler.errors import (
    CrawlerError,
    OutputBusyError,
    PermanentError,
    SiteError,
    StateError,
    StorageError,
    TransientError,
    UsageError,
    disk_error,
    first_state_error,
    remedy,
)


@pytest.mark.parametrize(
    ("kind", "parent", "code"),
    [
        (CrawlerError, Exception, 1),
        (UsageError, CrawlerError, 2),
        (SiteError, CrawlerError, 1),
        (TransientError, SiteError, 1),
        (PermanentError, SiteError, 1),
        (StateError, CrawlerError, 1),
        (OutputBusyError, StateError, 75),
        (StorageError, StateError, 1),
    ],
)
def test_parents_and_exit_codes(kind: type[CrawlerError], parent: type[Exception], code: int) -> None:
    assert kind.__bases__ == (parent,)
    assert kind.exit_code == code


def test_the_tree_is_whole() -> None:
    kinds = {name for name, each in vars(errors).items() if isinstance(each, type)}
    assert kinds == {name for name in errors.__all__ if name[0].isupper()}
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in kinds)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (TransientError("timeout"), "timeout"),
        (PermanentError("too_large", "9 bytes"), "too_large: 9 bytes"),
        (StorageError("the disk is full"), "the disk is full"),
    ],
)
def test_an_error_is_one_line(error: CrawlerError, line: str) -> None:
    assert str(error) == line


def test_a_sites_failure_keeps_its_class_and_detail_apart() -> None:
    error = PermanentError("tls", "expired")
    assert (error.failure, error.detail) == ("tls", "expired")


def test_the_first_of_several_failures_is_told() -> None:
    full = StorageError("the disk is full")
    group: Any = ExceptionGroup("", [ExceptionGroup("", [full, StorageError("lost")]), StorageError("again")])
    assert first_state_error(group) is full


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EDQUOT, "make room"),
        (errno.EIO, "look after the disk"),
        (errno.EMFILE, "allow more open files (ulimit -n) or lower --concurrency"),
        (errno.EACCES, "check its owner and permissions"),
        (None, "make room"),
    ],
)
def test_what_is_to_be_done_about_a_disk(number: int | None, advice: str) -> None:
    assert remedy(OSError() if number is None else OSError(number, ""), "make room") == advice


def test_an_error_of_the_disk_says_where_why_and_what_to_do() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    assert str(disk_error("here", full)) == (
        "here: No space left on device; free some space, then run the same line again"
    )
    assert "; look after the disk, then" in str(disk_error("here", OSError(errno.EIO, ""), "make room"))


def test_every_class_of_failure_is_explained() -> None:
    root = Path(__file__).parent.parent
    listed = set(re.findall(r"^\| `(\w+)` \|", (root / "docs/failures.md").read_text("utf-8"), re.MULTILINE))
    used = {
        name
        for path in (root / "crawler").rglob("*.py")
        for name in re.findall(r'(?:PermanentError|TransientError)\(\s*"(\w+)"', path.read_text("utf-8"))
    }
    assert {"blocked", "too_large"} < used
    assert used <= listed, "docs/failures.md does not explain some"
