"""A disk that fails at the Nth system call: one line, exit 1, and the same line goes on as if it had not been."""

from __future__ import annotations

import os
import re

import pytest

from tests.chaos.checks import finished_in, whole_faults
from tests.chaos.kills import Ended, Line, crawl
from tests.chaos.trial import Ground
from tests.system.disks import mounted

pytestmark = pytest.mark.system

_DATABASE = ("crawl.db", "crawl.db-wal")
_CLOSING = ("archive/index.cdxj.part", "reports", "index.html.part")
_ADVICE = re.compile(r"crawler: .*(run the same line again|crawl it again)$")


def failing(line: Line, calls: str, error: str, when: str, names: tuple[str, ...] = ()) -> list[str]:
    """The command under which these calls fail."""
    only = [word for name in names for word in ("-P", str(line.output / name))]
    tracing = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={calls}", *only]
    return [*tracing, "-e", f"inject={calls}:error={error}:when={when}"]


# Every call once with a broken disk; with a full one, those that are told otherwise.
FAILURES = [
    ("write", "1", (), "EIO ENOSPC"),
    ("write", "9", (), "EIO ENOSPC EDQUOT"),
    ("write", "31", (), "EIO"),
    ("rename", "1+", (), "EIO ENOSPC"),
    ("rename", "7", (), "EIO"),
    ("mkdir", "2", (), "EIO"),
    ("fsync,fdatasync", "1+", (), "EIO ENOSPC"),
    ("fsync,fdatasync", "2", (), "EIO"),
    ("fsync,fdatasync", "1+", _DATABASE, "EIO"),
    ("pwrite64", "1+", _DATABASE, "EIO ENOSPC"),
    ("pwrite64", "40+", _DATABASE, "EIO ENOSPC"),
    ("pwrite64", "200", _DATABASE, "EIO"),
    ("openat", "1+", _CLOSING, "EIO ENOSPC"),
    ("write", "1+", _CLOSING, "EIO ENOSPC"),
    ("rename", "1", _CLOSING, "EIO"),
    ("mkdir", "1", _CLOSING, "EIO ENOSPC"),
]


@pytest.mark.parametrize(
    ("calls", "when", "names", "error"),
    [(calls, when, names, error) for calls, when, names, errors in FAILURES for error in errors.split()],
)
def test_a_call_that_fails(place: Ground, calls: str, when: str, names: tuple[str, ...], error: str) -> None:
    output = place.folder / f"{calls}-{when}-{len(names)}-{error}"
    line = Line(url=place.served.url, output=output)
    place.served.begin(place.sites[0])
    failed = crawl(line, place.served, under=failing(line, calls, error, when, names))
    goes_on_from(place, line, failed)


@pytest.mark.parametrize("options", [f"size={size}k" for size in range(200, 1300, 150)] + ["nr_inodes=20"])
def test_a_disk_that_is_full_until_there_is_room(place: Ground, options: str) -> None:
    output = place.folder / options
    line = Line(url=place.served.url, output=output)
    place.served.begin(place.sites[0])
    with mounted(output, options) as remount:
        failed = crawl(line, place.served)
        assert failed.code == 1 or options > "size=500k", failed
        remount("size=200m,nr_inodes=10k")
        goes_on_from(place, line, failed)


def goes_on_from(place: Ground, line: Line, failed: Ended) -> None:
    """It said so in one line, and the same line makes all whole, asking nobody twice."""
    told = [each for each in failed.stderr.splitlines() if not each.startswith("crawler: note: ")]
    assert failed.code in {0, 1}, failed
    assert len(told) == failed.code, failed
    assert all(_ADVICE.fullmatch(each) for each in told), failed
    finished, asked = finished_in(line.output), len(place.served.asked)
    again = crawl(line, place.served)
    assert again.code == 0, again
    if not finished.is_over:
        assert not finished.paths & {each.path for each in place.served.asked[asked:]}
    assert whole_faults(line.output, place.sites[0], place.meant[0]) == []
