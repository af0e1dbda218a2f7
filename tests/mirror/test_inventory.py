"""Files are looked at as they lie there; no link is followed, and nothing waits for a pipe."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import pytest

from crawler.body import Body, Spool
from crawler.errors import StorageError
from crawler.mirror.inventory import Difference, Inventory, Lying


@pytest.fixture
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inventory:
    folder = tmp_path / "mirror"
    (folder / "h" / "deep").mkdir(parents=True)
    (folder / "h" / "a.html").write_bytes(b"hello")
    (folder / "h" / "deep" / "b.html").write_bytes(b"")
    (folder / "h" / "link").symlink_to("/etc")
    os.mkfifo(folder / "h" / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        # Sockets have short names.
        monkeypatch.chdir(folder)
        server.bind("s")
    return Inventory(folder)


def test_everything_but_folders_lies_there(inventory: Inventory) -> None:
    assert sorted((each.name, each.kind) for each in inventory.lying()) == [
        ("h/a.html", "file"),
        ("h/deep/b.html", "file"),
        ("h/link", "link"),
        ("h/pipe", "pipe"),
        ("s", "socket"),
    ]


def test_nothing_lies_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert list(Inventory(tmp_path / "none").lying()) == []
    (tmp_path / "file").write_text("")
    assert list(Inventory(tmp_path / "file").lying()) == []
    assert Lying(name="a", kind="file") == Lying(name="a", kind="file")


@pytest.mark.parametrize(
    ("name", "lack"),
    [
        ("h/a.html", ""),
        ("h/none", "is missing"),
        ("h/a.html/x", "is missing"),
        ("h/link", "is missing: a link lies there"),
        ("h/pipe", "is missing: a pipe lies there"),
        ("h/deep", "is missing: a folder lies there"),
        ("h/../../x", "is no name in the mirror"),
        ("", "is no name in the mirror"),
        ("h/" + "x" * 300, "cannot be read (File name too long)"),
        ("h/\0", "cannot be read (embedded null byte)"),
    ],
)
def test_why_there_is_no_file(inventory: Inventory, name: str, lack: str) -> None:
    found = inventory.lack(name)
    assert found == lack or (lack.startswith("cannot") and found.startswith("cannot be read ("))


@pytest.mark.parametrize(
    ("wanted", "at", "words"),
    [
        (b"hello", None, ""),
        (b"hallo", 1, "it differs from byte 1 on"),
        (b"hello, world", 5, "it ends after 5 of 12 bytes"),
        (b"hell", 4, "it goes on after its 4 bytes"),
        (b"", 0, "it goes on after its 0 bytes"),
    ],
)
def test_where_a_file_differs(inventory: Inventory, wanted: bytes, at: int | None, words: str) -> None:
    found = inventory.difference("h/a.html", Body.of(wanted))
    if at is None:
        assert found is None
    else:
        assert found == Difference(at=at, size_bytes=5, wanted_bytes=len(wanted))
        assert found.words == words


def test_a_large_one_is_compared_in_pieces(tmp_path: Path) -> None:
    content = bytearray(os.urandom(1_000_000))
    body = Spool(tmp_path).keep([bytes(content)])
    (tmp_path / "a").write_bytes(content)
    inventory = Inventory(tmp_path)
    assert inventory.difference("a", body) is None
    content[700_001] ^= 1
    (tmp_path / "a").write_bytes(content)
    assert inventory.difference("a", body) == Difference(
        at=700_001, size_bytes=1_000_000, wanted_bytes=1_000_000
    )


def test_whether_a_file_is_that_of_a_digest(inventory: Inventory) -> None:
    digest = f"sha256:{hashlib.sha256(b'hello').hexdigest()}"
    assert inventory.holds("h/a.html", digest)
    assert not inventory.holds("h/deep/b.html", digest)
    assert inventory.read("h/a.html", 3) == b"hel"
    with pytest.raises(OSError, match="link"):
        inventory.read("h/link", 3)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_read(inventory: Inventory, tmp_path: Path) -> None:
    (tmp_path / "mirror" / "h").chmod(0)
    try:
        with pytest.raises(StorageError, match="check its owner"):
            list(inventory.lying())
    finally:
        (tmp_path / "mirror" / "h").chmod(0o700)
