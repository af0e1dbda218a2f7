"""The browsable copy on a real disk, with everything in its way that can lie there."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import NoReturn

import pytest

from crawler.body import Body, Spool
from crawler.errors import StorageError
from crawler.mirror.store import Mirror


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


@pytest.fixture
def mirror(output: Path) -> Mirror:
    mirror = Mirror(output / "mirror", output / ".partial")
    mirror.sweep()
    return mirror


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(mirror: Mirror, name: str) -> str:
    with pytest.raises(StorageError) as caught:
        mirror.write_now([(name, Body.of(b"new"))])
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith("; make room or clear the way, then run the same line again")
    return message


class TestWriting:
    async def test_a_batch_in_one_go(self, mirror: Mirror, output: Path) -> None:
        files = [
            ("h/index.html", b"<p>"),
            ("h/a/b/c.css", b""),
            ("h/a/d.png", os.urandom(300_000)),
            ("top", b"1"),
        ]
        await mirror.write([(name, Body.of(content)) for name, content in files])
        assert tree(output / "mirror") == dict(files)
        assert tree(output / ".partial") == {}

    def test_a_large_body_is_copied_without_being_held(self, mirror: Mirror, output: Path) -> None:
        body = Spool(output).keep(bytes([n]) * 1_000_000 for n in range(30))
        tracemalloc.start()
        try:
            mirror.write_now([("large", body)])
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 1_000_000
        assert (output / "mirror/large").read_bytes() == body.read()

    async def test_nothing_is_nothing(self, mirror: Mirror, output: Path) -> None:
        await mirror.write([])
        assert tree(output) == {}

    def test_a_new_copy_replaces_the_old(self, mirror: Mirror, output: Path) -> None:
        mirror.write_now([("a", Body.of(b"a long old copy"))])
        mirror.write_now([("a", Body.of(b"new"))])
        assert tree(output / "mirror") == {"a": b"new"}

    def test_a_reader_of_the_old_copy_keeps_it(self, mirror: Mirror, output: Path) -> None:
        mirror.write_now([("a", Body.of(b"old"))])
        with (output / "mirror/a").open("rb") as reader:
            mirror.write_now([("a", Body.of(b"new"))])
            assert reader.read() == b"old"

    def test_names_in_any_alphabet(self, mirror: Mirror, output: Path) -> None:
        mirror.write_now([("h/käfer €/ñ", Body.of(b"1"))])
        assert tree(output / "mirror") == {"h/käfer €/ñ": b"1"}

    def test_more_folders_than_are_remembered(
        self, mirror: Mirror, output: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("crawler.mirror.store._MAX_FOLDERS_KNOWN", 3)
        names = [f"{n % 7}/{n}" for n in range(30)]
        mirror.write_now([(name, Body.of(b"1")) for name in names])
        assert set(tree(output / "mirror")) == set(names)

    def test_two_mirrors_of_one_process_do_not_meet(self, mirror: Mirror, output: Path) -> None:
        other = Mirror(output / "mirror", output / ".partial")
        (output / ".partial" / f"{os.getpid()}-1").write_bytes(b"in the making elsewhere")
        other.write_now([("a", Body.of(b"1"))])
        assert tree(output / "mirror") == {"a": b"1"}
        assert tree(output / ".partial") == {f"{os.getpid()}-1": b"in the making elsewhere"}


class TestReading:
    def test_what_was_written(self, mirror: Mirror) -> None:
        mirror.write_now([("h/a", Body.of(b"1"))])
        assert mirror.read("h/a") == b"1"

    def test_what_is_not_there(self, mirror: Mirror) -> None:
        mirror.write_now([("h/a", Body.of(b"1"))])
        assert [mirror.read(name) for name in ("h/b", "x/y", "h", "h/a/b")] == [None] * 4

    def test_what_is_no_file(self, mirror: Mirror, output: Path) -> None:
        (output / "secret").write_bytes(b"secret")
        (output / "mirror/link").symlink_to(output / "secret")
        os.mkfifo(output / "mirror/pipe")
        assert [mirror.read(name) for name in ("link", "pipe")] == [None] * 2


class TestCrash:
    def test_a_torn_file_never_has_its_final_name(
        self, mirror: Mirror, output: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mirror.write_now([("a", Body.of(b"old"))])

        def killed(*_: object) -> NoReturn:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", killed)
            with pytest.raises(KeyboardInterrupt):
                mirror.write_now([("a", Body.of(b"new")), ("b", Body.of(b"new"))])
        assert tree(output / "mirror") == {"a": b"old"}

    def test_a_kill_in_the_middle_of_writing(self, output: Path) -> None:
        program = """
import os, signal, sys
from pathlib import Path
from crawler.body import Body
from crawler.mirror.store import Mirror

output = Path(sys.argv[1])
mirror = Mirror(output / "mirror", output / ".partial")
mirror.sweep()
mirror.write_now([("a", Body.of(b"old"))])
write = os.write
os.write = lambda descriptor, data: (write(descriptor, data[:1]), os.kill(os.getpid(), signal.SIGKILL))
mirror.write_now([("a", Body.of(b"new"))])
"""
        killed = subprocess.run([sys.executable, "-c", program, output], check=False, capture_output=True)
        assert killed.returncode == -9, killed.stderr
        assert tree(output / "mirror") == {"a": b"old"}
        assert list(tree(output / ".partial").values()) == [b"n"]
        mirror = Mirror(output / "mirror", output / ".partial")
        assert mirror.sweep() == 1
        assert tree(output / ".partial") == {}

    def test_only_what_is_ours_is_swept(self, mirror: Mirror, output: Path) -> None:
        partial = output / ".partial"
        (output / "mine").write_bytes(b"mine")
        (partial / "notes.txt").write_bytes(b"mine")
        (partial / "1-1").mkdir()
        (partial / "1-2").symlink_to(output / "mine")
        os.mkfifo(partial / "1-3")
        (partial / "1-4").write_bytes(b"torn")
        assert mirror.sweep() == 3
        assert {path.name for path in partial.iterdir()} == {"notes.txt", "1-1"}
        assert (output / "mine").read_bytes() == b"mine"
        assert mirror.sweep() == 0


class TestInTheWay:
    def test_a_file_where_a_folder_is_needed(self, mirror: Mirror, output: Path) -> None:
        mirror.write_now([("h/a", Body.of(b"a page"))])
        assert refused(mirror, "h/a/b/c").startswith(f"{output / 'mirror/h/a'}: a file lies where a folder")
        assert tree(output / "mirror") == {"h/a": b"a page"}

    def test_a_folder_where_a_file_is_needed(self, mirror: Mirror, output: Path) -> None:
        mirror.write_now([("h/a/b", Body.of(b"a page"))])
        assert refused(mirror, "h/a").startswith(f"{output / 'mirror/h/a'}: ")
        assert tree(output) == {"mirror/h/a/b": b"a page"}

    def test_a_link_to_a_folder_is_not_gone_through(
        self, mirror: Mirror, output: Path, tmp_path: Path
    ) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (output / "mirror/h").symlink_to(outside)
        for name in ("h/a", "h/deep/er/a"):
            assert refused(mirror, name).startswith(f"{output / 'mirror/h'}: a link lies where a folder")
        assert list(outside.iterdir()) == []
        assert tree(output / ".partial") == {}

    def test_nor_is_one_to_a_folder_inside(self, mirror: Mirror, output: Path) -> None:
        (output / "mirror/real").mkdir()
        (output / "mirror/h").symlink_to("real")
        refused(mirror, "h/a")
        assert tree(output / "mirror") == {}

    def test_a_dangling_link_makes_nothing(self, mirror: Mirror, output: Path, tmp_path: Path) -> None:
        (output / "mirror/h").symlink_to(tmp_path / "outside")
        refused(mirror, "h/a")
        assert not (tmp_path / "outside").exists()

    def test_a_link_at_the_final_name_is_replaced_and_not_followed(
        self, mirror: Mirror, output: Path
    ) -> None:
        (output / "victim").write_bytes(b"mine")
        (output / "mirror/a").symlink_to(output / "victim")
        mirror.write_now([("a", Body.of(b"new"))])
        assert (output / "victim").read_bytes() == b"mine"
        assert not (output / "mirror/a").is_symlink()
        assert (output / "mirror/a").read_bytes() == b"new"

    def test_a_pipe_at_the_final_name_is_replaced_without_waiting(self, mirror: Mirror, output: Path) -> None:
        os.mkfifo(output / "mirror/a")
        mirror.write_now([("a", Body.of(b"new"))])
        assert (output / "mirror/a").is_file()
        assert (output / "mirror/a").read_bytes() == b"new"

    @pytest.mark.parametrize("plant", ["pipe", "link"])
    def test_what_lies_where_a_file_would_be_made_is_not_written_to(
        self, mirror: Mirror, output: Path, plant: str
    ) -> None:
        planted = output / ".partial" / f"{os.getpid()}-1"
        (output / "victim").write_bytes(b"mine")
        if plant == "pipe":
            os.mkfifo(planted)
        else:
            planted.symlink_to(output / "victim")
        mirror.write_now([("a", Body.of(b"new"))])
        assert mirror.read("a") == b"new"
        assert (output / "victim").read_bytes() == b"mine"

    def test_a_link_in_place_of_the_folder_of_the_unfinished(
        self, mirror: Mirror, output: Path, tmp_path: Path
    ) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "1-1").write_bytes(b"mine")
        (output / ".partial").rmdir()
        (output / ".partial").symlink_to(outside)
        with pytest.raises(StorageError, match="a link lies"):
            mirror.sweep()
        assert (outside / "1-1").read_bytes() == b"mine"

    def test_a_file_in_place_of_the_mirror(self, output: Path) -> None:
        output.mkdir()
        (output / "mirror").write_bytes(b"mine")
        with pytest.raises(StorageError, match="mirror"):
            Mirror(output / "mirror", output / ".partial").sweep()

    @pytest.mark.parametrize("name", ["../a", "h/../../a", "/etc/a", "h//a", "./a", "h/./a", "..", "h/.."])
    def test_a_name_that_leads_out_is_refused(self, mirror: Mirror, output: Path, name: str) -> None:
        refused(mirror, name)
        assert tree(output) == {}

    @pytest.mark.parametrize("name", ["a\0b", "h/" + "x" * 300, ""])
    def test_a_name_that_no_file_can_have(self, mirror: Mirror, output: Path, name: str) -> None:
        refused(mirror, name)
        assert tree(output) == {}

    def test_an_output_that_is_lost_is_not_half_made_again(self, mirror: Mirror, output: Path) -> None:
        mirror.write_now([("h/a", Body.of(b"1"))])
        for path in sorted(output.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        refused(mirror, "h/b")
        refused(mirror, "i/b")
        assert tree(output) == {}


class TestFullDisk:
    def test_it_is_told_in_one_line_and_the_old_copy_stays(self, output: Path) -> None:
        program = """
import resource, sys
from pathlib import Path
from crawler.body import Body
from crawler.errors import StorageError
from crawler.mirror.store import Mirror

output = Path(sys.argv[1])
mirror = Mirror(output / "mirror", output / ".partial")
mirror.sweep()
mirror.write_now([("a", Body.of(b"old"))])
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
try:
    mirror.write_now([("a", Body.of(b"x" * 2000))])
except StorageError as error:
    print(error)
"""
        done = subprocess.run(
            [sys.executable, "-c", program, output], check=False, capture_output=True, text=True
        )
        assert done.stdout == (
            f"{output / 'mirror/a'}: File too large; make room or clear the way, then run the same line again\n"
        ), done.stderr
        assert tree(output) == {"mirror/a": b"old"}

    def test_no_room_for_a_name(self, mirror: Mirror, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object) -> NoReturn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            assert refused(mirror, "a").startswith(f"{output / 'mirror/a'}: No space left on device")
        assert tree(output) == {}


async def test_a_file_has_a_digest(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "mirror", tmp_path / ".partial")
    mirror.sweep()
    await mirror.write([("a.org/x.png", Body.of(b"octets"))])
    assert mirror.digest("a.org/x.png") == hashlib.sha256(b"octets").hexdigest()
    assert mirror.digest("a.org") == mirror.digest("a.org/y.png") == ""


class TestStubs:
    LIVE = "http://h/b"

    def test_a_promised_name_has_a_file_before_the_page_that_leads_there(
        self, mirror: Mirror, output: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> NoReturn:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Mirror, "_write", full)
        with pytest.raises(StorageError):
            mirror.write_now([("h/a.html", Body.of(b"<a href=b.html>"))], [("h/b.html", self.LIVE)])
        assert self.LIVE.encode() in (output / "mirror/h/b.html").read_bytes()
        assert not (output / "mirror/h/a.html").exists()

    def test_what_lands_takes_the_place_of_its_stub(self, mirror: Mirror, output: Path) -> None:
        mirror.write_now([("h/a.html", Body.of(b"a"))], [("h/b.html", self.LIVE)])
        mirror.write_now([("h/b.html", Body.of(b"b"))])
        assert tree(output / "mirror") == {"h/a.html": b"a", "h/b.html": b"b"}
        assert mirror.notes() == []

    def test_a_stub_never_takes_the_place_of_a_file(self, mirror: Mirror, output: Path) -> None:
        mirror.write_now([("h/b.html", Body.of(b"b"))])
        other = Mirror(output / "mirror", output / ".partial")
        other.write_now([("h/a.html", Body.of(b"a"))], [("h/b.html", self.LIVE)])
        assert tree(output / "mirror") == {"h/a.html": b"a", "h/b.html": b"b"}
        assert [path for path in (output / ".partial").iterdir() if "stubs" not in path.name] == []

    def test_a_name_is_looked_at_once(self, mirror: Mirror, output: Path) -> None:
        assert mirror.may_be_free("h/b.html")
        mirror.write_now([], [("h/b.html", self.LIVE)])
        assert not mirror.may_be_free("h/b.html")
        mirror.write_now([("h/a.html", Body.of(b"a"))])
        assert not mirror.may_be_free("h/a.html")
        noted = [path.read_bytes() for path in (output / ".partial").iterdir()]
        mirror.write_now([], [("h/b.html", self.LIVE)])
        assert [path.read_bytes() for path in (output / ".partial").iterdir()] == noted

    def test_stubs_that_are_left_are_found_by_the_next_process_and_removed(
        self, mirror: Mirror, output: Path
    ) -> None:
        mirror.write_now([("h/a.html", Body.of(b"a"))], [("h/b.html", self.LIVE), ("h/c.css", self.LIVE)])
        other = Mirror(output / "mirror", output / ".partial")
        assert other.sweep() == 0
        other.write_now([("h/b.html", Body.of(b"b"))])
        left = other.notes()
        assert [note.path for note in left] == ["h/c.css"]
        other.remove(left)
        assert tree(output / "mirror") == {"h/a.html": b"a", "h/b.html": b"b"}
        assert list((output / ".partial").iterdir()) == []
        assert other.notes() == []

    def test_a_page_that_imitates_a_stub_is_none(self, mirror: Mirror, output: Path) -> None:
        mirror.write_now([], [("h/b.html", self.LIVE)])
        imitation = (
            (output / "mirror/h/b.html").read_bytes().replace(b"<!--crawler:stub ", b"<!--crawler:stub 0")
        )
        mirror.write_now([("h/b.html", Body.of(imitation))])
        assert mirror.notes() == []

    def test_a_file_that_its_url_has_left_is_noted(self, mirror: Mirror, output: Path) -> None:
        mirror.write_now([("h/b.html", Body.of(b"b"))])
        mirror.write_now([("h/b.pdf", Body.of(b"%PDF"))], (), [("h/b.html", self.LIVE)])
        (note,) = mirror.notes()
        assert (note.path, note.key, note.secret) == ("h/b.html", self.LIVE, "")
        mirror.remove([note])
        assert tree(output / "mirror") == {"h/b.pdf": b"%PDF"}

    def test_no_stub_is_put_outside_the_folder_or_through_a_link(self, mirror: Mirror, output: Path) -> None:
        (output / "mirror" / "h").symlink_to(output.parent)
        for name in ("../x.html", "h/x.html"):
            with pytest.raises(StorageError):
                mirror.write_now([], [(name, self.LIVE)])
        assert not (output.parent / "x.html").exists()
        assert not (output / "x.html").exists()
