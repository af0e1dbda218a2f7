"""A text is read where it belongs, and what comes back is the same."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from crawler.body import Body, BodyWriter, Spool
from crawler.confinement.process import ReadingProcess
from crawler.confinement.processes import ReadingProcesses
from crawler.errors import PermanentError
from crawler.links.findings import Findings, Text, find
from crawler.study import AsSent, Study

PAGE = Text(url="http://a.example/", media_type="text/html", content_type="text/html")
LIGHT = b"<title>t</title><a href=/x>x</a><form action=/q>"
HEAVY = "".join(f"<a href=/{each}>x</a><form action=/q{each}>" for each in range(3_000)).encode()
PLACES = {"http://a.example/1": "one.html", "http://a.example/q1": "q.html", "http://a.example/x": "x.html"}


def in_file(content: bytes, folder: Path) -> Body:
    writer = BodyWriter(Spool(folder))
    writer.write(content)
    return writer.finish()


async def pids(processes: ReadingProcesses) -> int:
    async with processes.borrow() as process:
        return process.pid


@pytest.mark.parametrize("content", [LIGHT, HEAVY, HEAVY + b" " * 500_000], ids=["light", "heavy", "large"])
@pytest.mark.parametrize("is_in_file", [False, True])
async def test_findings_and_edition_are_the_same_wherever_it_is_read(
    content: bytes, is_in_file: bool, tmp_path: Path
) -> None:
    body = in_file(content, tmp_path) if is_in_file else Body.of(content)
    expected, _ = find(PAGE, content)
    async with Study(spool=Spool(tmp_path)) as study, study.read(PAGE, body) as reading:
        assert reading.findings == expected
        edition = (await reading.rewritten(PLACES)).read()
    if content is LIGHT:
        assert edition == content.replace(b"/x>", b'"x.html">', 1).replace(b"/q>", b'"http://a.example/q">')
    else:
        assert edition.startswith(
            b'<a href="http://a.example/0">x</a><form action="http://a.example/q0">'
            b'<a href="one.html">x</a><form action="q.html">'
        )


async def test_a_light_text_needs_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(ReadingProcess, "start")
    async with Study() as study, study.read(PAGE, Body.of(LIGHT)) as reading:
        assert reading.findings.title == "t"


async def test_a_sitemap_is_read_there_too() -> None:
    text = Text(url="http://a.example/s.xml", media_type="text/xml", is_manifest=True)
    entries = "".join(f"<url><loc>http://a.example/{each}</loc></url>" for each in range(2_000))
    body = Body.of(f"<urlset>{entries}</urlset>".encode())
    async with Study() as study, study.read(text, body) as reading:
        assert len(reading.findings.outlinks) == 2_000
        assert await reading.rewritten({}) is body


async def test_a_reader_that_hangs_is_replaced() -> None:
    """Stopped for good, it neither answers nor takes in what is sent."""
    processes = ReadingProcesses()
    hung = await pids(processes)
    os.kill(hung, signal.SIGSTOP)
    async with Study(processes=processes, deadline_seconds=0.2) as study:
        with pytest.raises(PermanentError, match=r"longer than 0\.2 s") as raised:
            async with study.read(PAGE, Body.of(HEAVY)):
                pass
    assert raised.value.failure == "parse"
    with pytest.raises(ProcessLookupError):
        os.kill(hung, 0)
    async with Study(processes=processes) as study, study.read(PAGE, Body.of(HEAVY)) as reading:
        assert len(reading.findings.outlinks) == 3_000


async def test_one_that_hangs_while_it_writes_anew_too() -> None:
    processes = ReadingProcesses()
    async with Study(processes=processes, deadline_seconds=5) as study:
        pid = await pids(processes)
        async with study.read(PAGE, Body.of(HEAVY)) as reading:
            os.kill(pid, signal.SIGSTOP)
            reading._deadline_seconds = 0.1  # type: ignore[attr-defined]
            with pytest.raises(PermanentError, match="longer than"):
                await reading.rewritten({})
        async with study.read(PAGE, Body.of(HEAVY)) as reading:
            assert len(reading.findings.outlinks) == 3_000
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_reader_that_dies_costs_one_text() -> None:
    processes = ReadingProcesses()
    async with Study(processes=processes) as study:
        os.kill(await pids(processes), signal.SIGKILL)
        with pytest.raises(PermanentError, match="parse: the process that read it was killed"):
            async with study.read(PAGE, Body.of(HEAVY)):
                pass
        async with study.read(PAGE, Body.of(HEAVY)) as reading:
            assert len(reading.findings.outlinks) == 3_000


async def test_a_text_that_takes_too_much_memory_costs_itself() -> None:
    async with Study(processes=ReadingProcesses(memory_bytes=150_000_000)) as study:
        with pytest.raises(PermanentError, match="more memory"):
            async with study.read(PAGE, Body.of(b"<a href=/x>" + b" " * 60_000_000)):
                pass


async def test_what_nobody_has_read_stays_as_it_is() -> None:
    body = Body.of(LIGHT)
    assert AsSent(body).findings == Findings()
    assert await AsSent(body).rewritten(PLACES) is body
