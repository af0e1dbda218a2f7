"""Segments on a real disk: where records lie, what a crash leaves, what a full disk leaves."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crawler.archive.reader import read_body
from crawler.archive.segment import Archive, Location
from crawler.body import Spool
from crawler.errors import StorageError
from tests.archive.samples import (
    RUN,
    answer,
    archive_in,
    capture_of,
    kinds,
    large,
    members,
    members_until_torn,
    records,
    revisit,
)

LATER = "20991231-235959"
FIRST = f"{RUN}-00000.warc.gz"
SECOND = f"{RUN}-00001.warc.gz"


def believed_in(*places: Location) -> dict[str, int]:
    ends: dict[str, int] = {}
    for each in places:
        ends[each.segment] = max(ends.get(each.segment, 0), each.offset + each.length)
    return ends


def check(segment: Path) -> str:
    """What `warcio check` says of a segment without faults."""
    command = [sys.executable, "-m", "warcio.cli", "check", "-v", str(segment)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    return checked.stdout


class TestAppend:
    def test_every_record_is_one_member_and_lies_where_it_is_said_to(self, tmp_path: Path) -> None:
        archive = archive_in(tmp_path)
        kept = [answer(b"x" * n, url=f"https://example.org/{n}") for n in (0, 1, 70_000)]
        places = archive.append(kept[:2]) + archive.append(kept[2:])
        archive.close()
        found = {(offset, length): inside for offset, length, inside in members(tmp_path / FIRST)}
        assert len(found) == 1 + 2 * 3
        for each, place in zip(kept, places, strict=True):
            assert place.segment == FIRST
            inside = found[place.offset, place.length]
            assert b"\r\nWARC-Type: response\r\n" in inside
            assert f"\r\nWARC-Target-URI: {each.response.url}\r\n".encode() in inside

    def test_warcio_reads_all_of_it(self, tmp_path: Path) -> None:
        archive = archive_in(tmp_path)
        archive.append([answer(), revisit(), answer(b"", status=404)])
        archive.close()
        assert kinds(tmp_path / FIRST) == [
            "warcinfo",
            *("request", "response"),
            *("request", "revisit"),
            *("request", "response"),
        ]
        ids = [record.rec_headers.get_header("WARC-Record-ID") for record, _ in records(tmp_path / FIRST)]
        assert len(set(ids)) == len(ids)

    def test_each_segment_tells_what_its_run_was_asked_to_do(self, tmp_path: Path) -> None:
        asked = '{"scope": "host"}'
        archive = Archive(tmp_path, RUN, segment_bytes=1, software="crawler/test", options=asked)
        archive.append([answer(), answer()])
        archive.close()
        for name in (FIRST, SECOND):
            assert kinds(tmp_path / name) == ["warcinfo", "metadata", "request", "response"]
            told, content = records(tmp_path / name)[1]
            assert told.rec_headers.get_header("WARC-Target-URI") == f"urn:crawler:run:{RUN}"
            assert told.rec_headers.get_header("Content-Type") == "application/json"
            assert json.loads(content) == {"run": RUN, "options": json.loads(asked)}
            check(tmp_path / name)

    def test_warcio_check_finds_no_fault(self, tmp_path: Path) -> None:
        archive = archive_in(tmp_path)
        archive.append(
            [answer(bytes(range(256)) * 99), revisit(), answer(reason="\xfc", headers=(("X", "\xff"),))]
        )
        archive.close()
        assert check(tmp_path / FIRST).count("digest pass") == 6

    def test_large_and_small_answers_stand_side_by_side(self, tmp_path: Path) -> None:
        archive = archive_in(tmp_path / "archive")
        kept = [answer(b"small"), answer(large(tmp_path)), answer(b""), answer(large(tmp_path, seed=2))]
        places = archive.append(kept)
        archive.close()
        found = {(offset, length) for offset, length, _ in members(tmp_path / "archive" / FIRST)}
        assert len(found) == 1 + 2 * 4
        for each, place in zip(kept, places, strict=True):
            assert (place.offset, place.length) in found
            capture = capture_of(each, place)
            assert read_body(tmp_path / "archive", capture, Spool(tmp_path)) == each.response.body
        assert check(tmp_path / "archive" / FIRST).count("digest pass") == 9

    def test_nothing_is_made_before_there_is_something_to_keep(self, tmp_path: Path) -> None:
        archive = archive_in(tmp_path / "archive")
        assert archive.append([]) == []
        archive.close()
        assert not (tmp_path / "archive").exists()

    def test_a_full_segment_is_followed_by_the_next(self, tmp_path: Path) -> None:
        archive = archive_in(tmp_path, segment_bytes=4000)
        places = archive.append([answer(os.urandom(2500)) for _ in range(5)])
        archive.close()
        assert [place.segment[-13:-8] for place in places] == ["00000", "00000", "00001", "00001", "00002"]
        for path in sorted(tmp_path.iterdir()):
            (first, _), *rest = records(path)
            assert first.rec_type == "warcinfo"
            assert first.rec_headers.get_header("WARC-Filename") == path.name
            assert rest

    def test_another_process_of_the_run_begins_a_segment_of_its_own(self, tmp_path: Path) -> None:
        for expected in (FIRST, SECOND):
            archive = archive_in(tmp_path)
            assert [place.segment for place in archive.append([answer()])] == [expected]
            archive.close()

    def test_a_name_that_is_taken_is_passed_over(self, tmp_path: Path) -> None:
        outside = tmp_path / "outside"
        folder = tmp_path / "archive"
        folder.mkdir()
        (folder / SECOND).symlink_to(outside)
        archive = archive_in(folder)
        assert archive.append([answer()])[0].segment == f"{RUN}-00002.warc.gz"
        archive.close()
        assert not outside.exists()

    def test_a_closed_archive_goes_on_in_the_next_segment(self, tmp_path: Path) -> None:
        archive = archive_in(tmp_path)
        archive.append([answer()])
        archive.close()
        archive.close()
        assert archive.append([answer()])[0].segment == SECOND
        archive.close()

    def test_it_is_not_closed_under_the_thread_that_writes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        archive = archive_in(tmp_path)
        is_writing, may_write = threading.Event(), threading.Event()
        write = Archive._write

        def slow(self: Archive, data: bytes) -> None:
            is_writing.set()
            assert may_write.wait(10)
            write(self, data)

        monkeypatch.setattr(Archive, "_write", slow)
        with ThreadPoolExecutor(2) as threads:
            appending = threads.submit(archive.append, [answer()])
            assert is_writing.wait(10)
            closing = threads.submit(archive.close)
            with pytest.raises(TimeoutError):
                closing.result(0.05)
            may_write.set()
            assert len(appending.result(10)) == 1
            closing.result(10)
        assert archive._file is None
        assert kinds(tmp_path / FIRST) == ["warcinfo", "request", "response"]


class TestTrim:
    def write(self, folder: Path, *groups: list[object]) -> list[Location]:
        archive = archive_in(folder)
        places = [place for group in groups for place in archive.append(group)]  # type: ignore[arg-type]
        archive.close()
        return places

    def test_a_whole_archive_stays_to_the_last_byte(self, tmp_path: Path) -> None:
        places = self.write(tmp_path, [answer(), answer()])
        before = (tmp_path / FIRST).read_bytes()
        assert archive_in(tmp_path).trim(believed_in(*places)) == 0
        assert (tmp_path / FIRST).read_bytes() == before

    def test_what_lies_behind_the_believed_bytes_goes(self, tmp_path: Path) -> None:
        kept, lost = self.write(tmp_path, [answer()], [answer(b"lost")])
        size = (tmp_path / FIRST).stat().st_size
        believed = believed_in(kept)
        assert archive_in(tmp_path).trim(believed) == size - believed[FIRST]
        assert kinds(tmp_path / FIRST) == ["warcinfo", "request", "response"]
        assert lost.offset >= (tmp_path / FIRST).stat().st_size

    @pytest.mark.parametrize("cut", [1, 7, 20, 100, 300])
    def test_a_torn_record_goes(self, tmp_path: Path, cut: int) -> None:
        kept, _ = self.write(tmp_path, [answer()], [answer(os.urandom(500))])
        os.truncate(tmp_path / FIRST, (tmp_path / FIRST).stat().st_size - cut)
        assert archive_in(tmp_path).trim(believed_in(kept)) > 0
        assert kinds(tmp_path / FIRST) == ["warcinfo", "request", "response"]

    def test_revisits_of_an_earlier_run_are_kept_though_no_capture_points_at_them(
        self, tmp_path: Path
    ) -> None:
        kept = self.write(tmp_path, [answer()], [revisit(), revisit()])[0]
        assert archive_in(tmp_path, run=LATER).trim(believed_in(kept)) == 0
        assert kinds(tmp_path / FIRST)[-4:] == ["request", "revisit", "request", "revisit"]

    def test_a_segment_of_nothing_but_revisits_is_kept(self, tmp_path: Path) -> None:
        self.write(tmp_path, [revisit()])
        assert archive_in(tmp_path, run=LATER).trim({}) == 0
        assert kinds(tmp_path / FIRST) == ["warcinfo", "request", "revisit"]

    @pytest.mark.parametrize("cut", [0, 1, 9, 150])
    def test_behind_the_last_whole_revisit_it_is_torn(self, tmp_path: Path, cut: int) -> None:
        kept, _, _ = self.write(tmp_path, [answer()], [revisit()], [answer(os.urandom(300))])
        os.truncate(tmp_path / FIRST, (tmp_path / FIRST).stat().st_size - cut)
        assert archive_in(tmp_path, run=LATER).trim(believed_in(kept)) > 0
        assert kinds(tmp_path / FIRST) == ["warcinfo", "request", "response", "request", "revisit"]

    def test_a_torn_revisit_goes_with_its_request(self, tmp_path: Path) -> None:
        kept = self.write(tmp_path, [answer()], [revisit(), revisit()])[0]
        os.truncate(tmp_path / FIRST, (tmp_path / FIRST).stat().st_size - 5)
        assert archive_in(tmp_path, run=LATER).trim(believed_in(kept)) > 0
        assert kinds(tmp_path / FIRST) == ["warcinfo", "request", "response", "request", "revisit"]

    def test_revisits_before_an_unbelieved_answer_are_all_that_is_kept_of_the_tail(
        self, tmp_path: Path
    ) -> None:
        self.write(tmp_path, [revisit()], [answer(bytes(1 << 20)), answer(os.urandom(1 << 18))])
        assert archive_in(tmp_path, run=LATER).trim({}) > 1 << 18
        assert kinds(tmp_path / FIRST) == ["warcinfo", "request", "revisit"]

    def test_of_the_run_that_goes_on_nothing_unbelieved_is_kept(self, tmp_path: Path) -> None:
        """It will be asked for again, and would stand there twice."""
        places = self.write(tmp_path, [answer(), revisit()], [answer(b"lost"), revisit()])
        assert archive_in(tmp_path).trim(believed_in(*places[:2])) > 0
        assert kinds(tmp_path / FIRST) == ["warcinfo", "request", "response", "request", "revisit"]

    def test_a_run_with_a_longer_name_is_another(self, tmp_path: Path) -> None:
        places = self.write(tmp_path, [answer()], [revisit()])
        assert archive_in(tmp_path, run=RUN[:-1]).trim(believed_in(places[0])) == 0

    def test_a_segment_of_which_nothing_is_believed_goes(self, tmp_path: Path) -> None:
        self.write(tmp_path, [answer()])
        assert archive_in(tmp_path).trim({}) > 0
        assert list(tmp_path.iterdir()) == []

    def test_an_empty_segment_goes(self, tmp_path: Path) -> None:
        (tmp_path / FIRST).touch()
        assert archive_in(tmp_path).trim({}) == 0
        assert list(tmp_path.iterdir()) == []

    def test_a_shorter_file_than_believed_is_left_alone(self, tmp_path: Path) -> None:
        self.write(tmp_path, [answer()])
        before = (tmp_path / FIRST).read_bytes()
        assert archive_in(tmp_path).trim({FIRST: 10**9}) == 0
        assert (tmp_path / FIRST).read_bytes() == before

    def test_it_can_be_done_again(self, tmp_path: Path) -> None:
        kept, _ = self.write(tmp_path, [answer()], [answer()])
        assert archive_in(tmp_path).trim(believed_in(kept)) > 0
        assert archive_in(tmp_path).trim(believed_in(kept)) == 0

    @pytest.mark.parametrize(
        "name", ["index.cdxj", "mine.warc.gz", "20231114-221320-00000.warc", "x20231114-221320-00000.warc.gz"]
    )
    def test_files_of_others_are_not_touched(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes(b"mine")
        assert archive_in(tmp_path).trim({}) == 0
        assert (tmp_path / name).read_bytes() == b"mine"

    def test_links_folders_and_pipes_are_not_touched(self, tmp_path: Path) -> None:
        folder = tmp_path / "archive"
        folder.mkdir()
        (tmp_path / "victim").write_bytes(b"mine")
        (folder / FIRST).symlink_to(tmp_path / "victim")
        (folder / SECOND).mkdir()
        os.mkfifo(folder / f"{RUN}-00002.warc.gz")
        assert archive_in(folder).trim({}) == 0
        assert (tmp_path / "victim").read_bytes() == b"mine"
        assert len(list(folder.iterdir())) == 3

    def test_no_folder_is_nothing_to_trim(self, tmp_path: Path) -> None:
        assert archive_in(tmp_path / "absent").trim({"x": 1}) == 0

    def test_a_disk_that_fails_is_named(self, tmp_path: Path) -> None:
        if os.geteuid() == 0:
            pytest.skip("nothing is forbidden to root")
        self.write(tmp_path, [answer()])
        tmp_path.chmod(0o500)
        try:
            with pytest.raises(StorageError, match=str(tmp_path)):
                archive_in(tmp_path).trim({})
        finally:
            tmp_path.chmod(0o700)


FULL_DISK = """
import os, resource, sys
from pathlib import Path
from crawler.archive.reader import read_body
from crawler.body import Spool
from crawler.errors import StorageError
from tests.archive.samples import answer, archive_in, capture_of

folder, within = Path(sys.argv[1]), int(sys.argv[2])
archive = archive_in(folder, segment_bytes=within)
first = archive.append([answer(b"first")])[0]
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, hard))
try:
    archive.append([answer(b"lost"), answer(os.urandom(20_000))])
except StorageError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
kept = answer(b"second")
place = archive.append([kept])[0]
archive.close()
print(place.segment, read_body(folder, capture_of(kept, place), Spool()).read().decode())
"""


KILLED = """
import os, signal, sys
from pathlib import Path
from crawler.archive.segment import Archive
from tests.archive.samples import answer, archive_in, large

folder = Path(sys.argv[1])
archive = archive_in(folder / "archive")
print(archive.append([answer(b"first")])[0].length, flush=True)
write, left = Archive._write, int(sys.argv[2])

def dying(self, data):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    write(self, data)

Archive._write = dying
archive.append([answer(large(folder))])
"""


class TestLargeAnswers:
    @pytest.mark.parametrize("pieces", [1, 2, 3, 9])
    def test_a_kill_in_the_middle_of_one_is_cut(self, tmp_path: Path, pieces: int) -> None:
        command = [sys.executable, "-c", KILLED, str(tmp_path), str(pieces)]
        killed = subprocess.run(command, capture_output=True, text=True, check=False)
        assert killed.returncode == -9, killed.stderr
        folder = tmp_path / "archive"
        first = [(offset, length) for offset, length, _ in members_until_torn(folder / FIRST)][2]
        assert first[1] == int(killed.stdout)
        torn = (folder / FIRST).stat().st_size - sum(first)
        assert archive_in(folder).trim({FIRST: sum(first)}) == torn
        assert kinds(folder / FIRST) == ["warcinfo", "request", "response"]

    @pytest.mark.parametrize("pieces", [1, 2, 3, 9])
    @pytest.mark.parametrize(
        "error", [OSError(errno.ENOSPC, "No space left on device"), StorageError("lost")]
    )
    def test_a_failure_in_the_middle_of_one_takes_it_back(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pieces: int, error: Exception
    ) -> None:
        folder = tmp_path / "archive"
        archive = archive_in(folder)
        archive.append([answer(b"first")])
        size = (folder / FIRST).stat().st_size
        write, left = Archive._write, pieces

        def failing(self: Archive, data: bytes) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise error
            write(self, data)

        monkeypatch.setattr(Archive, "_write", failing)
        with pytest.raises(StorageError, match=r"No space left|lost"):
            archive.append([answer(large(tmp_path))])
        assert (folder / FIRST).stat().st_size == size
        archive.append([answer(b"second")])
        archive.close()
        assert kinds(folder / FIRST) == ["warcinfo", *("request", "response") * 2]

    def test_one_whose_file_is_gone_is_a_failure_of_ours(self, tmp_path: Path) -> None:
        body = large(tmp_path)
        assert body.path is not None
        body.path.unlink()
        archive = archive_in(tmp_path / "archive")
        with pytest.raises(StorageError, match="No such file"):
            archive.append([answer(body)])
        archive.close()


class TestFullDisk:
    @pytest.mark.parametrize("segment_bytes", [1_000_000, 1])
    def test_it_is_told_in_one_line_and_leaves_no_torn_record(
        self, tmp_path: Path, segment_bytes: int
    ) -> None:
        done = subprocess.run(
            [sys.executable, "-c", FULL_DISK, tmp_path, str(segment_bytes)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        message, place = done.stdout.splitlines()
        assert message == f"{tmp_path}: File too large; free some space, then run the same line again"
        assert place.endswith(" second")
        bodies = [
            content
            for path in sorted(tmp_path.iterdir())
            for record, content in records(path)
            if record.rec_type == "response"
        ]
        assert bodies[0] == b"first"
        assert bodies[-1] == b"second"
        assert all(len(body) < 100 for body in bodies)
        if segment_bytes > 1:
            assert bodies == [b"first", b"second"]
            assert place == f"{FIRST} second"

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "archive").write_text("a file")
        archive = Archive(tmp_path / "archive", RUN, segment_bytes=1, software="x")
        with pytest.raises(StorageError, match="archive"):
            archive.append([answer()])
        archive.close()
