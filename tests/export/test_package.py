"""A zip file of our own writing is read by others, whatever its size, and is the same each time."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tracemalloc
import zipfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

import crawler.export.package
from crawler.errors import StorageError
from crawler.export.package import Package

AT = datetime(2026, 11, 27, 22, 4, 5, tzinfo=UTC).timestamp()
MEMBERS = {
    "index.html": b"<p>hello</p>" * 100,
    "mirror/a.example/\u00e9\u65e5\u672c.html": b"",
    "mirror/a.example/x.png": os.urandom(3000),
}


def packed(members: dict[str, bytes], at: float = AT) -> bytes:
    file = io.BytesIO()
    with Package(file) as package:
        for name, content in members.items():
            pieces = [content[:7], content[7:]]
            package.add(name, partial(iter, pieces), at, is_packed=name.endswith("png"))
    return file.getvalue()


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def test_what_goes_in_comes_out() -> None:
    with opened(packed(MEMBERS)) as found:
        assert found.testzip() is None
        assert {info.filename: found.read(info) for info in found.infolist()} == MEMBERS
        for info in found.infolist():
            assert info.date_time == (2026, 11, 27, 22, 4, 4)
            assert info.external_attr >> 16 == 0o100644
            assert info.flag_bits == 0x800
            assert info.extra == b"UT\x05\x00\x01" + int(AT).to_bytes(4, "little")
            expected = zipfile.ZIP_STORED if info.filename.endswith("png") else zipfile.ZIP_DEFLATED
            assert info.compress_type == expected


def test_it_is_the_same_each_time() -> None:
    assert packed(MEMBERS) == packed(MEMBERS)


@pytest.mark.parametrize(
    ("at", "date"),
    [(0.0, (1980, 1, 1, 0, 0, 0)), (-1e18, (1980, 1, 1, 0, 0, 0)), (1e18, (2107, 12, 31, 23, 59, 58))],
)
def test_times_that_no_zip_file_knows(at: float, date: tuple[int, ...]) -> None:
    with opened(packed({"a": b"b"}, at)) as found:
        assert found.infolist()[0].date_time == date


def test_nothing_at_all() -> None:
    with opened(packed({})) as found:
        assert found.namelist() == []


def test_more_members_than_16_bits_count() -> None:
    file = io.BytesIO()
    with Package(file) as package:
        for number in range(65_600):
            package.add(f"{number}", lambda: (), AT, is_packed=True)
    with opened(file.getvalue()) as found:
        assert len(found.namelist()) == 65_600
        assert found.namelist()[-1] == "65599"


class Sparse:
    """A file that is mostly a hole: what is written into it is only counted, but for the last of it."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("w+b", buffering=0)
        self.zeros = bytes(1 << 20)

    def write(self, data: bytes) -> int:
        if data == self.zeros:
            self.file.seek(len(data), os.SEEK_CUR)
        else:
            self.file.write(data)
        return len(data)


def test_a_member_and_an_offset_beyond_4_gib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zeros are not summed up, so only what stands in the headers is looked at."""
    sparse = Sparse(tmp_path / "large.zip")
    size = (1 << 32) + (1 << 20)
    monkeypatch.setattr(crawler.export.package, "_measure", lambda _: (0, size))
    with Package(sparse) as package:  # type: ignore[arg-type]
        package.add("large.mp4", lambda: (sparse.zeros for _ in range(size >> 20)), AT, is_packed=True)
        monkeypatch.undo()
        package.add("after.txt", lambda: [b"behind it"], AT)
    sparse.file.close()
    with zipfile.ZipFile(tmp_path / "large.zip") as found:
        large, after = found.infolist()
        assert (large.file_size, large.compress_size) == (size, size)
        assert after.header_offset > 1 << 32
        assert found.read("after.txt") == b"behind it"


def test_memory_does_not_grow_with_the_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawler.export.package, "_IN_MEMORY_BYTES", 50_000)
    with Path(os.devnull).open("wb") as file:
        tracemalloc.start()
        with Package(file) as package:
            for number in range(3000):
                package.add(f"{number:0200}", lambda: (), AT, is_packed=True)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 600_000


def test_a_member_that_changes_meanwhile_is_an_error() -> None:
    contents = iter([[b"one"], [b"three"]])
    with pytest.raises(StorageError, match="changed while it was read"), Package(io.BytesIO()) as package:
        package.add("a", lambda: next(contents), AT, is_packed=True)


def test_one_that_failed_has_no_directory() -> None:
    file = io.BytesIO()
    with pytest.raises(ZeroDivisionError), Package(file) as package:
        package.add("a", lambda: [b"a" * (1 // 0)], AT)
    assert not zipfile.is_zipfile(file)


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is missing")
def test_info_zip_finds_nothing_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(packed(MEMBERS))
    tested = subprocess.run(
        ["unzip", "-t", "a.zip"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "No errors detected" in tested.stdout
    subprocess.run(["unzip", "-q", "a.zip"], cwd=tmp_path, check=True)
    for name, content in MEMBERS.items():
        path = tmp_path / name
        assert path.read_bytes() == content
        assert int(path.stat().st_mtime) == int(AT)
