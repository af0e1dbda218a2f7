"""A file gets its name without a moment in which no whole file has it, on systems that help and on those that do not."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.mirror import renaming
from crawler.mirror.renaming import put_new, put_over_stub


def refusing(*_: object) -> int:
    """A file system that cannot: FUSE and NFS answer so."""
    ctypes.set_errno(errno.EINVAL)
    return -1


SYSTEMS: dict[str, Callable[[], object]] = {
    "as it is here": renaming._rename,
    "without the call": lambda: None,
    "with a file system that cannot": lambda: refusing,
}


@pytest.fixture(params=list(SYSTEMS.values()), ids=list(SYSTEMS))
def part(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(renaming, "_rename", request.param)
    part = tmp_path / "1-1"
    part.write_bytes(b"new")
    return part


def test_a_free_name_is_taken(part: Path, tmp_path: Path) -> None:
    put_new(part, tmp_path / "näme")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"näme": b"new"}


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_a_name_that_is_taken_stays(part: Path, tmp_path: Path, kind: str) -> None:
    place = tmp_path / "name"
    if kind == "file":
        place.write_bytes(b"old")
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        put_new(part, place)
    assert part.read_bytes() == b"new"
    assert os.path.lexists(place)


def test_a_stub_goes(part: Path, tmp_path: Path) -> None:
    place = tmp_path / "name"
    place.write_bytes(b"stub")
    put_over_stub(part, place)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"name": b"new"}


def test_a_stub_that_is_gone_already_is_not_missed(part: Path, tmp_path: Path) -> None:
    put_over_stub(part, tmp_path / "name")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"name": b"new"}


def test_a_folder_that_is_not_there_is_an_error(part: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        put_new(part, tmp_path / "no" / "name")
    with pytest.raises(FileNotFoundError):
        put_over_stub(part, tmp_path / "no" / "name")
