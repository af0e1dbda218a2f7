"""The output folder: made private, checked before the first request, held by one run at a time."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.errors import OutputBusyError, UsageError
from crawler.output import Output, remove_whole, write_whole
from tests.disk import files_up_to


def test_what_lies_where() -> None:
    output = Output(Path("out"))
    assert output.mirror == Path("out/mirror")
    assert output.archive == Path("out/archive")
    assert output.reports == Path("out/reports")
    assert output.database == Path("out/crawl.db")
    assert output.journal == Path("out/crawl.log")
    assert output.index == Path("out/index.html")


def test_it_is_made_for_the_user_alone(tmp_path: Path) -> None:
    output = Output(tmp_path / "new" / "out")
    output.prepare()
    assert stat.S_IMODE(output.folder.stat().st_mode) == 0o700
    output.folder.chmod(0o750)
    output.prepare()
    assert stat.S_IMODE(output.folder.stat().st_mode) == 0o750


def test_a_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="is a file; give a folder with -o"):
        Output(tmp_path / "out").prepare()
    with pytest.raises(UsageError, match="cannot be made: Not a directory; give a folder with -o"):
        Output(tmp_path / "out" / "below").prepare()
    assert (tmp_path / "out").read_text() == "mine"


def test_one_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="is not writable; give another folder with -o"):
        Output(tmp_path).prepare()


def test_one_without_a_crawl(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no crawl; name the output folder of one"):
        Output(tmp_path).check_exists()
    (tmp_path / "crawl.db").touch()
    Output(tmp_path).check_exists()


def test_one_run_holds_it(tmp_path: Path) -> None:
    output = Output(tmp_path)
    with output.hold():
        with pytest.raises(OutputBusyError, match="another run holds") as caught, Output(tmp_path).hold():
            pass
        assert caught.value.exit_code == 75
    with Output(tmp_path).hold():
        pass


def test_it_is_held_still_while_somebody_looks(tmp_path: Path) -> None:
    with Output(tmp_path).hold_still():
        assert list(tmp_path.iterdir()) == [], "nothing is made for it"
    with Output(tmp_path).hold():
        with pytest.raises(OutputBusyError, match="a run holds") as caught, Output(tmp_path).hold_still():
            pass
        assert caught.value.exit_code == 75
    with (
        Output(tmp_path).hold_still(),
        Output(tmp_path).hold_still(),
        pytest.raises(OutputBusyError, match="another run holds"),
        Output(tmp_path).hold(),
    ):
        pass
    with Output(tmp_path).hold():
        pass


def test_a_lock_that_is_none_holds_nobody_off(tmp_path: Path) -> None:
    (tmp_path / ".lock").symlink_to("/dev/null")
    with Output(tmp_path).hold_still():
        pass


def test_the_lock_of_the_dead_blocks_nobody(tmp_path: Path) -> None:
    dies = (
        "import os, sys; from pathlib import Path; from crawler.output import Output\n"
        "with Output(Path(sys.argv[1])).hold(): os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", dies, str(tmp_path)], check=True)
    assert (tmp_path / ".lock").exists()
    with Output(tmp_path).hold():
        pass


def test_a_lock_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(UsageError, match="not writable"), Output(tmp_path).hold():
        pass


FOLDERS = ("mirror", "archive", "reports", ".partial", "pages")
FILES = ("crawl.db", "crawl.db-wal", "crawl.db-shm", "crawl.log", "index.html", ".lock", ".seeds")


def plant(path: Path, what: str, outside: Path) -> None:
    """Put something there that is neither a folder nor a file of its own."""
    outside.mkdir()
    (outside / "file").write_text("mine")
    match what:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "nowhere":
            path.symlink_to(outside / "missing")
        case "folder of others":
            path.symlink_to(outside)
        case "file of others":
            path.symlink_to(outside / "file")


@pytest.mark.parametrize("what", ["pipe", "device", "nowhere", "folder of others", "file of others"])
@pytest.mark.parametrize("name", FOLDERS + FILES)
def test_nothing_planted_under_a_name_of_ours_is_written_through(
    tmp_path: Path, name: str, what: str
) -> None:
    output, outside = tmp_path / "out", tmp_path / "outside"
    output.mkdir()
    plant(output / name, what, outside)
    with pytest.raises(UsageError, match=re.escape(f"{name} is a link or no f")) as caught:
        Output(output).prepare()
    assert str(caught.value).endswith("; move it away, or give another folder with -o")
    assert [path.name for path in outside.iterdir()] == ["file"]
    assert (outside / "file").read_text() == "mine"
    (output / name).unlink()
    Output(output).prepare()


@pytest.mark.parametrize("name", FOLDERS)
def test_a_file_in_place_of_a_folder_of_ours(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(UsageError, match=f"{name} is a link or no folder"):
        Output(tmp_path).prepare()


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_place_of_a_file_of_ours(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(UsageError, match=f"{name} is a link or no file"):
        Output(tmp_path).prepare()


def test_what_a_crawl_leaves_is_no_obstacle_to_the_next(tmp_path: Path) -> None:
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    for name in FILES:
        (tmp_path / name).touch()
    (tmp_path / "notes of mine").symlink_to("/dev/null")
    Output(tmp_path).prepare()


class TestWriteWhole:
    def test_it_replaces(self, tmp_path: Path) -> None:
        for text in ("old and longer", "new é"):
            write_whole(tmp_path / "a.html", text)
            assert (tmp_path / "a.html").read_text(encoding="utf-8") == text
        assert [path.name for path in tmp_path.iterdir()] == ["a.html"]

    @pytest.mark.parametrize("what", ["pipe", "device", "nowhere", "file of others"])
    def test_what_lies_there_is_not_written_through(self, tmp_path: Path, what: str) -> None:
        plant(tmp_path / "a.part", what, tmp_path / "outside")
        write_whole(tmp_path / "a", "new")
        assert (tmp_path / "a").read_text() == "new"
        assert (tmp_path / "outside" / "file").read_text() == "mine"
        assert not (tmp_path / "outside" / "missing").exists()

    def test_a_link_in_its_place_is_replaced(self, tmp_path: Path) -> None:
        plant(tmp_path / "a", "file of others", tmp_path / "outside")
        write_whole(tmp_path / "a", "new")
        assert (tmp_path / "a").read_text() == "new"
        assert (tmp_path / "outside" / "file").read_text() == "mine"

    def test_a_failure_half_way_leaves_the_old_one_and_no_part(self, tmp_path: Path) -> None:
        write_whole(tmp_path / "a", "old")
        with files_up_to(1000), pytest.raises(OSError, match="File too large"):
            write_whole(tmp_path / "a", "x" * 100_000)
        assert (tmp_path / "a").read_text() == "old"
        assert [path.name for path in tmp_path.iterdir()] == ["a"]

    def test_it_is_removed_with_what_a_kill_left(self, tmp_path: Path) -> None:
        for _ in range(2):
            write_whole(tmp_path / "a", ["one\n", "two\n"])
            assert (tmp_path / "a").read_text() == "one\ntwo\n"
            (tmp_path / "a.part").touch()
            remove_whole(tmp_path / "a")
            assert list(tmp_path.iterdir()) == []
        remove_whole(tmp_path / "a")
