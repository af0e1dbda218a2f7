"""`crawler.body`: what is large lies in a file, and the file goes with its last holder."""

from __future__ import annotations

import errno
import gc
import hashlib
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.body import EMPTY, SMALL_BYTES, Body, BodyWriter, Spool
from crawler.errors import StorageError

LARGE = bytes(range(256)) * (SMALL_BYTES // 256) + b"!"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    spool = Spool(tmp_path / "spool")
    spool.sweep()
    return spool


def written(spool: Spool, *pieces: bytes) -> Body:
    return spool.keep(pieces)


def lying_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def open_descriptors() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def check(body: Body, content: bytes) -> None:
    assert body.size_bytes == len(content)
    assert body.digest == hashlib.sha256(content).hexdigest()
    assert body.read() == content
    assert b"".join(body.chunks()) == content
    assert all(body.chunks())
    for most in (0, 1, 512, len(content), len(content) + 1, 10**8):
        assert body.head(most) == content[:most]
    assert body == Body.of(content)
    assert hash(body) == hash(Body.of(content))
    assert body != Body.of(content + b"x")
    assert body != content


@pytest.mark.parametrize("content", [b"", b"page", LARGE[:-1]])
def test_a_small_body_is_in_memory(spool: Spool, tmp_path: Path, content: bytes) -> None:
    for body in (Body.of(content), written(spool, content), written(spool, content[:2], content[2:])):
        check(body, content)
        assert body.path is None
    assert lying_in(tmp_path) == []


@pytest.mark.parametrize(
    "pieces", [[LARGE], [LARGE[:-1], b"!"], [b"", LARGE[:9], LARGE[9:]], [LARGE] * 3, [b"", LARGE, b""]]
)
def test_a_large_body_lies_in_a_file_of_its_user(
    spool: Spool, tmp_path: Path, pieces: Sequence[bytes]
) -> None:
    body = written(spool, *pieces)
    check(body, b"".join(pieces))
    assert body.path is not None
    assert body.path.parent == tmp_path / "spool"
    assert body.path.read_bytes() == b"".join(pieces)
    assert stat.S_IMODE(body.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(body.path.parent.stat().st_mode) == 0o700


@given(pieces=st.lists(st.binary(max_size=300).map(lambda each: each * 700), max_size=8))
def test_pieces_are_joined_however_they_come(pieces: list[bytes]) -> None:
    check(written(Spool(), *pieces), b"".join(pieces))


def test_a_file_goes_with_its_last_holder(spool: Spool, tmp_path: Path) -> None:
    body = written(spool, LARGE)
    other = body
    chunks = body.chunks()
    assert len(lying_in(tmp_path)) == 1
    del body
    assert len(lying_in(tmp_path)) == 1
    del other
    assert b"".join(chunks) == LARGE
    del chunks
    assert lying_in(tmp_path) == []


def test_what_is_dropped_half_way_leaves_nothing(spool: Spool, tmp_path: Path) -> None:
    writer = BodyWriter(spool)
    writer.write(LARGE)
    assert len(lying_in(tmp_path)) == 1
    gc.collect()
    open_before = open_descriptors()
    del writer
    assert lying_in(tmp_path) == []
    assert open_descriptors() == open_before - 1


def test_a_finished_body_holds_no_descriptor(spool: Spool) -> None:
    gc.collect()
    before = open_descriptors()
    bodies = [written(spool, LARGE) for _ in range(9)]
    assert open_descriptors() == before
    assert len({body.path for body in bodies}) == 9


def test_a_write_that_outlives_its_owner_harms_no_other_file(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a fetch is cancelled while a thread writes for it."""
    writing, dropped = threading.Event(), threading.Event()
    write = os.write

    def slow(descriptor: int, data: Any) -> int:
        writing.set()
        dropped.wait(5)
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", slow)
    writer = BodyWriter(spool)
    thread = threading.Thread(target=writer.write, args=(LARGE,))
    thread.start()
    writing.wait(5)
    del writer
    bystander = os.open(tmp_path / "bystander", os.O_WRONLY | os.O_CREAT)
    dropped.set()
    thread.join()
    os.close(bystander)
    del thread
    assert (tmp_path / "bystander").read_bytes() == b""
    assert lying_in(tmp_path) == ["bystander"]


def test_a_forked_child_removes_nothing(spool: Spool, tmp_path: Path) -> None:
    program = f"""
import os, sys
from pathlib import Path
from crawler.body import BodyWriter, Spool
writer = BodyWriter(Spool(Path(sys.argv[1])))
writer.write(bytes({SMALL_BYTES + 1}))
body = writer.finish()
del writer
child = os.fork()
if child == 0:
    del body
    os._exit(0)
os.waitpid(child, 0)
print(len(body.read()))
"""
    command = [sys.executable, "-c", program, str(tmp_path / "spool")]
    assert subprocess.check_output(command, text=True) == f"{SMALL_BYTES + 1}\n"


def test_nothing_stays_when_the_process_ends(spool: Spool, tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from crawler.body import BodyWriter, Spool
writer = BodyWriter(Spool(Path(sys.argv[1])))
writer.write(bytes({SMALL_BYTES + 1}))
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "spool")], check=True)
    assert lying_in(tmp_path) == []


class TestSweep:
    def test_what_a_killed_process_left_goes_and_nothing_else(self, tmp_path: Path) -> None:
        program = f"""
import os, signal, sys
from pathlib import Path
from crawler.body import BodyWriter, Spool
writer = BodyWriter(Spool(Path(sys.argv[1])))
writer.write(bytes({SMALL_BYTES + 1}))
os.kill(os.getpid(), signal.SIGKILL)
"""
        subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
        assert len(lying_in(tmp_path)) == 1
        (tmp_path / "mine.txt").write_bytes(b"")
        (tmp_path / "1-1").write_bytes(b"")
        (tmp_path / "1-2.body").mkdir()
        (tmp_path / "1-3.body").symlink_to(tmp_path / "mine.txt")
        assert Spool(tmp_path).sweep() == 2
        assert sorted(lying_in(tmp_path)) == ["1-1", "mine.txt"]
        assert Spool(tmp_path).sweep() == 0

    def test_a_link_in_the_place_of_the_folder_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "1-1.body").write_bytes(b"")
        (tmp_path / "spool").symlink_to("elsewhere")
        with pytest.raises(StorageError, match=r"spool: a link lies where a folder is needed"):
            Spool(tmp_path / "spool").sweep()
        assert lying_in(tmp_path / "elsewhere") == ["1-1.body"]

    def test_a_file_in_the_place_of_the_folder_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "spool").write_bytes(b"")
        with pytest.raises(StorageError, match=r"spool: File exists"):
            Spool(tmp_path / "spool").sweep()

    def test_the_systems_folder_is_left_alone(self) -> None:
        assert Spool().sweep() == 0


class TestTrouble:
    def test_a_name_that_is_taken_is_passed_over(self, spool: Spool, tmp_path: Path) -> None:
        trap = tmp_path / "spool" / f"{os.getpid()}-0.body"
        trap.symlink_to(tmp_path / "outside")
        body = written(spool, LARGE)
        assert body.path != trap
        assert not (tmp_path / "outside").exists()

    def test_a_full_disk_is_our_fault_and_leaves_nothing(
        self, spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_descriptor: int, _data: Any) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(StorageError, match=r"\.body: No space left on device; make room"):
            written(spool, LARGE)
        gc.collect()
        assert lying_in(tmp_path) == []

    def test_a_folder_that_is_gone(self, tmp_path: Path) -> None:
        with pytest.raises(StorageError, match="No such file"):
            written(Spool(tmp_path / "gone"), LARGE)

    def test_a_file_that_is_gone(self, spool: Spool) -> None:
        body = written(spool, LARGE)
        assert body.path is not None
        body.path.unlink()
        for read in (body.read, lambda: body.head(1), lambda: list(body.chunks())):
            with pytest.raises(StorageError, match="No such file"):
                read()


def test_it_says_what_it_is(spool: Spool) -> None:
    assert repr(EMPTY) == "Body(0 bytes)"
    assert repr(written(spool, LARGE)).startswith(f"Body({len(LARGE)} bytes in /")
