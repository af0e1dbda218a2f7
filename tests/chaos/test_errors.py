"""A disk that fails at the Nth system call: one line, exit 1, and the same line goes on as if it had not been."""

from __future__ import annotations

import os
import re

import pytest

from tests.chaos.checks import finished_in, whole_faults
from tests.chaos.kills import Line, crawl
from tests.chaos.trial import Ground

pytestmark = pytest.mark.system

_DATABASE = ("crawl.db", "crawl.db-wal")
_CLOSING = ("archive/index.cdxj.part", "reports", "index.html.part")
_ADVICE = re.compile(r"crawler: .*(run the same line again|crawl it again)$")


def failing(line: Line, calls: str, error: str, when: str, names: tuple[str, ...] = ()) -> list[str]:
    """The command under which these calls fail."""
    only = [word for name in names for word in ("-P", str(line.output / name))]
    tracing = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={calls}", *only]
    return [*tracing, "-e", f"inject={calls}:error={error}:when={when}"]


@pytest.mark.parametrize("error", ["EIO", "ENOSPC", "EDQUOT"])
@pytest.mark.parametrize(
    ("calls", "when", "names"),
    [
        ("write", "1", ()),
        ("write", "9", ()),
        ("write", "31", ()),
        ("rename", "1+", ()),
        ("rename", "7", ()),
        ("mkdir", "2", ()),
        ("fsync,fdatasync", "1+", ()),
        ("fsync,fdatasync", "2", ()),
        ("fsync,fdatasync", "1+", _DATABASE),
        ("pwrite64", "1+", _DATABASE),
        ("pwrite64", "40+", _DATABASE),
        ("pwrite64", "200", _DATABASE),
        ("pread64", "3+", _DATABASE),
        ("openat", "1+", _CLOSING),
        ("write", "1+", _CLOSING),
        ("rename", "1", _CLOSING),
        ("mkdir", "1", _CLOSING),
    ],
)
def test_a_call_that_fails(place: Ground, calls: str, error: str, when: str, names: tuple[str, ...]) -> None:
    output = place.folder / f"{calls}-{when}-{len(names)}-{error}"
    line = Line(url=place.served.url, output=output)
    place.served.begin(place.sites[0])
    failed = crawl(line, place.served, under=failing(line, calls, error, when, names))
    told = [each for each in failed.stderr.splitlines() if not each.startswith("crawler: note: ")]
    assert failed.code in {0, 1}, failed
    assert len(told) == failed.code, failed
    assert all(_ADVICE.fullmatch(each) for each in told), failed
    finished, asked = finished_in(output), len(place.served.asked)
    again = crawl(line, place.served)
    assert again.code == 0, again
    if not finished.is_over:
        assert not finished.paths & {each.path for each in place.served.asked[asked:]}
    assert whole_faults(output, place.sites[0], place.meant[0]) == []
