"""The output folder: made private, checked before the first request, held by one run at a time."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.errors import OutputBusyError, UsageError
from crawler.output import Output


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
