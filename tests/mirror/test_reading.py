"""Only files of the mirror are opened, never what a link leads to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.mirror.reading import open_below


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    (folder / "h" / "a").mkdir(parents=True)
    (folder / "h" / "a" / "x.html").write_bytes(b"<p>")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x.html").write_bytes(b"secret")
    return folder


def read(folder: Path, name: str) -> bytes | None:
    file = open_below(folder, name)
    if file is None:
        return None
    with file:
        return file.read()


def test_a_file(folder: Path) -> None:
    assert read(folder, "h/a/x.html") == b"<p>"


@pytest.mark.parametrize(
    "name",
    [
        "h/a",
        "h/a/gone.html",
        "gone/x",
        "",
        "h//a/x.html",
        "../secret/x.html",
        "h/./a/x.html",
        "h\0",
        "/etc/hosts",
    ],
)
def test_what_is_no_file(folder: Path, name: str) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    assert read(folder, name) is None
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_no_link_is_followed(folder: Path) -> None:
    (folder / "h" / "link.html").symlink_to("../../secret/x.html")
    (folder / "h" / "b").symlink_to(folder.parent / "secret")
    assert read(folder, "h/link.html") is None
    assert read(folder, "h/b/x.html") is None
    (folder.parent / "other").symlink_to(folder)
    assert read(folder.parent / "other", "h/a/x.html") is None


def test_nobody_waits_for_a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe.html")
    assert read(folder, "pipe.html") is None


def test_what_is_open_stays_what_it_was(folder: Path) -> None:
    file = open_below(folder, "h/a/x.html")
    assert file is not None
    (folder / "new").write_bytes(b"new")
    (folder / "new").replace(folder / "h" / "a" / "x.html")
    with file:
        assert file.read() == b"<p>"
