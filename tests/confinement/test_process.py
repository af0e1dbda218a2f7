"""One reading process, and what its end means."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from crawler.body import SMALL_BYTES, BodyWriter, Spool
from crawler.confinement.child import OUT_OF_MEMORY
from crawler.confinement.messages import Kind, addresses_frame, frame_header, read_links, text_frame
from crawler.confinement.process import ReadingProcess
from crawler.errors import PermanentError
from crawler.links.findings import Text

PAGE = Text(url="http://a.example/", media_type="text/html")
ROOT = Path(__file__).parents[2]
GIGABYTE = 1_000_000_000


@asynccontextmanager
async def reader(*, memory_bytes: int = GIGABYTE, cpu_seconds: int = 20) -> AsyncIterator[ReadingProcess]:
    process = await ReadingProcess.start(memory_bytes=memory_bytes, cpu_seconds=cpu_seconds)
    try:
        yield process
    finally:
        await process.kill()


async def impostor(program: str) -> ReadingProcess:
    """A process that says something of its own."""
    return ReadingProcess(
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
    )


async def read(process: ReadingProcess, body: bytes) -> list[str]:
    await process.ask(Kind.TEXT, text_frame(PAGE, None))
    await process.ask(Kind.BODY, body)
    urls: list[str] = []
    kind, payload = await process.answer(Kind.LINKS, Kind.FOUND)
    while kind is Kind.LINKS:
        urls += [each.url for each in read_links(payload)]
        kind, payload = await process.answer(Kind.LINKS, Kind.FOUND)
    return urls


async def test_it_reads_one_text_after_the_other_and_ends_in_good_order(tmp_path: Path) -> None:
    process = await ReadingProcess.start(memory_bytes=GIGABYTE, cpu_seconds=20)
    assert await read(process, b"<a href=/x>") == ["http://a.example/x"]
    body = b"<a href=/y>" + b" " * 2 * SMALL_BYTES
    assert await read(process, body) == ["http://a.example/y"]
    await process.ask(Kind.ADDRESSES, addresses_frame(["y.html"]))
    writer = BodyWriter(Spool(tmp_path))
    await process.answer_into(writer, Kind.EDITION)
    assert writer.finish().read() == body.replace(b"=/y", b'="y.html"')
    await process.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


async def test_an_interrupt_of_the_terminal_is_not_for_it() -> None:
    async with reader() as process:
        assert os.getsid(process.pid) != os.getsid(0)


@pytest.mark.parametrize(
    ("number", "why"), [(signal.SIGKILL, "was killed"), (signal.SIGTERM, "ended with code -15")]
)
async def test_a_killed_one_costs_its_text(number: signal.Signals, why: str) -> None:
    async with reader() as process:
        await read(process, b"<a href=/x>")
        os.kill(process.pid, number)
        with pytest.raises(PermanentError, match=why) as raised:
            await read(process, b"<a href=/x>")
        assert raised.value.failure == "parse"


async def test_too_much_processor_time_ends_it() -> None:
    async with reader(cpu_seconds=1) as process:
        with pytest.raises(PermanentError, match="more processor time"):
            await read(process, b"<svg>" * 4_000_000)


async def test_too_much_memory_ends_it() -> None:
    async with reader(memory_bytes=120_000_000) as process:
        with pytest.raises(PermanentError, match="more memory"):
            await read(process, b"<a href=/x>" + b" " * 50_000_000)


@pytest.mark.parametrize(
    "program",
    [
        "print('Traceback (most recent call last)', flush=True); input()",
        f"import sys; sys.stdout.buffer.write({frame_header(Kind.EDITION, 0)!r})",
        f"import sys; sys.stdout.buffer.write({frame_header(Kind.FOUND, 1 << 40)!r})",
        f"import sys; sys.stdout.buffer.write({frame_header(Kind.FOUND, 100)!r} + b'cut')",
        f"import sys; sys.exit({OUT_OF_MEMORY})",
        "",
    ],
    ids=["garbage", "another kind", "endless", "cut", "out of memory", "gone"],
)
async def test_other_answers_cost_the_text(program: str) -> None:
    process = await impostor(program)
    with pytest.raises(PermanentError) as raised:
        await process.answer(Kind.LINKS, Kind.FOUND)
    assert raised.value.failure == "parse"
    await process.kill()


async def test_one_that_does_not_go_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.confinement.process._GRACE_SECONDS", 0.01)
    process = await ReadingProcess.start(memory_bytes=GIGABYTE, cpu_seconds=20)
    os.kill(process.pid, signal.SIGSTOP)
    await process.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


async def test_where_no_process_can_be_started_the_text_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(PermanentError, match="no process could be started"):
        await ReadingProcess.start(memory_bytes=GIGABYTE, cpu_seconds=20)


SCRIPT = """
import asyncio
from crawler.confinement.process import ReadingProcess
from crawler.confinement.messages import Kind, text_frame
from crawler.links.findings import Text

async def main():
    # How long a step takes says more of the machine's other work than of us.
    asyncio.get_running_loop().slow_callback_duration = 60
    process = await ReadingProcess.start(memory_bytes=1_000_000_000, cpu_seconds=20)
    await process.ask(Kind.TEXT, text_frame(Text(url="http://a/", media_type="text/html"), None))
    await process.ask(Kind.BODY, b"<a href=x>")
    print((await process.answer(Kind.LINKS))[1].decode(), flush=True)
    {ends}

asyncio.run(main())
"""


def script(tmp_path: Path, ends: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A program of a user without a `__main__` guard, in a folder with a trap."""
    (tmp_path / "program.py").write_text(SCRIPT.replace("{ends}", ends))
    (tmp_path / "bs4.py").write_text("raise SystemExit('imported from the working directory')")
    return subprocess.run(
        [sys.executable, *options, "-P", "program.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONSTARTUP": "trap"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_needs_no_main_guard_and_imports_nothing_that_lies_about(tmp_path: Path) -> None:
    ended = script(tmp_path, "await process.close()", "-W", "error", "-X", "dev")
    assert ended.stderr == ""
    assert ended.returncode == 0
    assert "http://a/x" in ended.stdout


@pytest.mark.skipif(
    sys.platform != "linux", reason="only there the kernel tells a process of its parent's end"
)
def test_it_does_not_outlive_its_parent(tmp_path: Path) -> None:
    ends = (
        "print(process.pid, flush=True); import os, signal; os.kill(process.pid, signal.SIGSTOP); os._exit(0)"
    )
    pid = int(script(tmp_path, ends).stdout.split()[-1])
    for _ in range(1000):
        if not Path(f"/proc/{pid}").exists() or ") Z " in Path(f"/proc/{pid}/stat").read_text():
            return
    pytest.fail("it is still there")
