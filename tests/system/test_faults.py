"""What can go wrong around a crawl: one clear line, the code of the contract, and the state kept."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.disks import mounted
from tests.system.documentation import ServedSite
from tests.system.running import complaints, crawler, exported, start_crawler, wait_until

pytestmark = pytest.mark.system

ROWS = 1174


@pytest.mark.parametrize("quiet", [(), ("-q",)], ids=["", "quiet"])
def test_without_a_network_every_seed_has_failed(output: Path, quiet: Sequence[str]) -> None:
    offline = _allowed("unshare", "-n")
    seeds = ("https://example.org/", "http://127.0.0.1:8001/")
    line = ("crawl", *seeds, "-o", "out", *quiet)
    result = crawler(*line, cwd=output.parent, under=offline)
    assert result.returncode == 3
    assert bool(result.stdout) != bool(quiet)
    by_name, by_address = complaints(result.stderr)
    assert by_name.startswith(f"crawler: seed {seeds[0]} failed: dns: ")
    assert by_address.startswith(f"crawler: seed {seeds[1]} failed: connect: ")


def test_a_seed_that_nobody_listens_at_has_failed(output: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        seed = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        result = crawler("crawl", seed, "-o", "out", cwd=output.parent)
    assert result.returncode == 3
    (complaint,) = complaints(result.stderr)
    assert complaint.startswith(f"crawler: seed {seed} failed: connect: ")


def test_a_seed_list_with_garbage_names_the_lines_and_fetches_nothing(
    postgresql: ServedSite, output: Path
) -> None:
    seeds = output.parent / "list.txt"
    seeds.write_bytes(b"%s\n# a remark\n\nht!tp://x\nnot a URL\n\xff\xfe\x00\n" % postgresql.url.encode())
    result = crawler("crawl", "list.txt", "-o", "out", cwd=output.parent)
    assert result.returncode == 2
    (line,) = complaints(result.stderr)
    assert line.startswith("crawler: 3 seeds are no http(s) URL")
    assert [f"list.txt, line {number}: " in line for number in range(1, 8)] == [False] * 3 + [True] * 3 + [
        False
    ]
    assert not output.exists()
    postgresql.mark("end")
    assert postgresql.asked() == []


def test_a_full_disk_ends_the_run_and_room_lets_it_go_on(postgresql: ServedSite, output: Path) -> None:
    line = ("crawl", postgresql.url, "-o", "out")
    with mounted(output, "size=1m") as remount:
        result = crawler(*line, cwd=output.parent)
        assert result.returncode == 1
        (complaint,) = complaints(result.stderr)
        assert complaint.startswith("crawler: ")
        assert "left on this disk, and --min-free is" in complaint
        assert "run the same line again" in complaint
        remount("size=200m")
        result = crawler(*line, cwd=output.parent)
        assert result.returncode == 0, result.stderr
        assert complaints(result.stderr) == []
        assert {row["state"] for row in exported(output).values()} == {"done"}
        assert len(exported(output)) == ROWS


@pytest.mark.parametrize("name", ["out", "out/new"])
def test_an_output_on_a_read_only_disk_is_a_usage_error(
    postgresql: ServedSite, output: Path, name: str
) -> None:
    with mounted(output, "ro"):
        result = crawler("crawl", postgresql.url, "-o", name, cwd=output.parent)
    _is_refused(result, postgresql)


@pytest.mark.parametrize("name", ["out", "out/new"])
def test_an_output_without_the_right_to_write_is_a_usage_error(
    postgresql: ServedSite, output: Path, name: str
) -> None:
    output.mkdir(mode=0o555)
    # Root may write anywhere; root without capabilities may not.
    is_root = os.geteuid() == 0
    under = _allowed("setpriv", "--bounding-set=-all", "--inh-caps=-all") if is_root else ()
    _is_refused(crawler("crawl", postgresql.url, "-o", name, cwd=output.parent, under=under), postgresql)


@pytest.mark.parametrize("name", ["out", "out/new"])
def test_an_output_that_is_a_file_is_a_usage_error(postgresql: ServedSite, output: Path, name: str) -> None:
    output.write_text("mine")
    _is_refused(crawler("crawl", postgresql.url, "-o", name, cwd=output.parent), postgresql)
    assert output.read_text() == "mine"


def test_a_second_run_at_the_same_time_gives_way(postgresql: ServedSite, output: Path) -> None:
    line = ("crawl", postgresql.url, "-o", "out")
    with start_crawler(*line, cwd=output.parent) as first:
        assert wait_until(lambda: postgresql.requests_served() > 10, first)
        second = crawler(*line, cwd=output.parent)
        assert first.poll() is None
        _, stderr = first.communicate()
    assert second.returncode == 75
    (complaint,) = complaints(second.stderr)
    assert complaint.startswith("crawler: another run holds out")
    assert first.returncode == 0
    assert complaints(stderr) == []
    assert len(exported(output)) == ROWS


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143)],
    ids=lambda each: getattr(each, "name", ""),
)
def test_a_signal_ends_it_in_good_order_and_the_same_line_continues(
    postgresql: ServedSite, output: Path, number: signal.Signals, code: int
) -> None:
    line = ("crawl", postgresql.url, "-o", "out")
    with start_crawler(*line, cwd=output.parent) as process:
        assert wait_until(lambda: postgresql.requests_served() > 200, process)
        process.send_signal(number)
        stdout, stderr = process.communicate()
    assert process.returncode == code
    (complaint,) = complaints(stderr)
    assert complaint.startswith("crawler: stopping;")
    assert "stopped" in stdout.splitlines()[0]
    before = {url for url, row in exported(output).items() if row["state"] == "done"}
    length = postgresql.mark("stopped")
    assert 100 < len(before) < ROWS
    assert {row["state"] for row in exported(output).values()} == {"done", "queued"}

    result = crawler(*line, cwd=output.parent)
    assert result.returncode == 0, result.stderr
    assert "continued" in result.stdout.splitlines()[0]
    assert {row["state"] for row in exported(output).values()} == {"done"}
    assert len(exported(output)) == ROWS
    again = {asked.target for asked in postgresql.asked(length)}
    assert not again & {"/" + url.removeprefix(postgresql.url) for url in before}


def test_two_signals_end_it_at_once(postgresql: ServedSite, output: Path) -> None:
    line = ("crawl", postgresql.url, "-o", "out")
    with start_crawler(*line, cwd=output.parent) as process:
        assert wait_until(lambda: postgresql.requests_served() > 200, process)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate()
    assert process.returncode == 130
    assert len(complaints(stderr)) <= 1
    assert crawler(*line, cwd=output.parent).returncode == 0
    assert len(exported(output)) == ROWS


def test_a_summary_that_nobody_reads_changes_no_exit_code(postgresql: ServedSite, output: Path) -> None:
    line = ("crawl", "-o", "out", "--scope", "page", "--retries", "0")
    for seed, code in ((f"{postgresql.url}sql.html", 0), (f"{postgresql.url}nowhere", 3)):
        with _unread() as pipe:
            result = crawler(*line, seed, cwd=output.parent, stdout=pipe)
        assert result.returncode == code
        assert len(complaints(result.stderr)) == (code == 3)


@pytest.mark.parametrize("command", [("export", "out", "--format", "jsonl"), ("status", "out")])
def test_results_that_nobody_reads_to_the_end_are_no_failure(
    postgresql: ServedSite, output: Path, command: Sequence[str]
) -> None:
    _crawl_some(postgresql, output)
    with _unread() as pipe:
        result = crawler(*command, cwd=output.parent, stdout=pipe)
    assert result.returncode == 0
    assert complaints(result.stderr) == []


@pytest.mark.parametrize("command", [("export", "out", "--format", "jsonl"), ("status", "out")])
def test_results_on_a_full_disk_are_one_line(
    postgresql: ServedSite, output: Path, command: Sequence[str]
) -> None:
    _crawl_some(postgresql, output)
    with Path("/dev/full").open("w") as full:
        result = crawler(*command, cwd=output.parent, stdout=full)
    assert result.returncode == 1
    (complaint,) = complaints(result.stderr)
    assert complaint.startswith("crawler: standard output: No space left on device; ")


def _crawl_some(site: ServedSite, output: Path) -> None:
    line = ("crawl", site.url, "-o", "out", "--max-pages", "20")
    assert crawler(*line, cwd=output.parent).returncode == 0


def _is_refused(result: subprocess.CompletedProcess[str], site: ServedSite) -> None:
    """Exit 2 with one line about the output, and nothing was fetched."""
    assert result.returncode == 2
    (complaint,) = complaints(result.stderr)
    assert complaint.startswith("crawler: output out")
    assert " -o" in complaint
    site.mark("end")
    assert site.asked() == []


@contextmanager
def _unread() -> Iterator[int]:
    """The writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)


def _allowed(*command: str) -> Sequence[str]:
    """A command that changes what the next one may do; skips where the machine does not permit it."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is missing")
    probe = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"not permitted here: {' '.join(command)}: {probe.stderr.strip()}")
    return command
