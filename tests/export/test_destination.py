"""An export has its name when it is whole, and not before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.errors import StorageError, UsageError
from crawler.export.destination import FOLDER_MARK, destination, folder_destination


def test_bytes_and_texts(tmp_path: Path) -> None:
    with destination(str(tmp_path / "b"), is_binary=True) as file:
        file.write(b"\xff")
        assert not (tmp_path / "b").exists()
    with destination(str(tmp_path / "t"), is_binary=False) as file:
        file.write("\u00e9")
    assert (tmp_path / "b").read_bytes() == b"\xff"
    assert (tmp_path / "t").read_bytes() == b"\xc3\xa9"


@pytest.mark.parametrize("error", [StorageError("lost"), UsageError("nothing"), KeyboardInterrupt()])
def test_what_fails_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "old").write_bytes(b"old")

    def fails() -> None:
        with destination(str(tmp_path / "old"), is_binary=True) as file:
            file.write(b"new")
            raise error

    with pytest.raises(type(error)):
        fails()
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"


def test_a_terminal_gets_no_bytes() -> None:
    controller, terminal = os.openpty()
    try:
        name = os.ttyname(terminal)
        with (
            pytest.raises(UsageError, match="a terminal cannot show this"),
            destination(name, is_binary=True),
        ):
            pass
        with destination(name, is_binary=False) as file:
            file.write("text")
    finally:
        os.close(terminal)
        os.close(controller)


def test_a_pipe_takes_it_as_it_comes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with destination(str(tmp_path / "pipe"), is_binary=True) as file:
        file.write(b"bytes")
    assert os.read(reader, 99) == b"bytes"
    os.close(reader)


def test_a_folder_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "texts"
    for text in ("old", "new"):
        with folder_destination(str(place)) as folder:
            (folder / text).write_text(text)
        assert sorted(each.name for each in place.iterdir()) == sorted([FOLDER_MARK, text])
    assert [each.name for each in tmp_path.iterdir()] == ["texts"]


def test_a_folder_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    place = tmp_path / "texts"
    with folder_destination(str(place)) as folder:
        (folder / "old").touch()

    def fails() -> None:
        with folder_destination(str(place)) as folder:
            (folder / "new").touch()
            raise StorageError("lost")

    with pytest.raises(StorageError):
        fails()
    assert (place / "old").is_file()
    assert [each.name for each in tmp_path.iterdir()] == ["texts"]


def test_a_folder_of_somebody_else_stays(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with (
        pytest.raises(UsageError, match="name a new folder"),
        folder_destination(str(tmp_path)),
    ):
        pass
    assert (tmp_path / "mine.txt").read_text() == "mine"
