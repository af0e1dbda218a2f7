"""Be the process of one crawl that the server started: the same job as `crawler crawl`, told and heard in lines."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from crawler.confinement.lifeline import die_with_parent, watch
from crawler.crawl import CrawlJob
from crawler.errors import CrawlerError
from crawler.notice import failures_before, notice_of
from crawler.output import Output
from crawler.report import Report
from crawler.seeds import SpooledSeeds
from crawler.serve.errand import PAUSE, RESUME, STOP, Errand, Word, read_errand, word_line
from crawler.wording import read_options

__all__ = ["main"]

_LOOK_SECONDS = 0.5


def main() -> None:
    """Do what the errand on stdin says; leaves with 0 if it ended as it should, whatever the crawl found."""
    die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    code = _obey(_Voice(sys.stdout.buffer))
    # An interpreter that ends in good order wants stdin, which the lifeline's thread is reading.
    os._exit(code)


def _obey(voice: _Voice) -> int:
    try:
        errand = read_errand(sys.stdin.buffer.readline())
        report = asyncio.run(_crawl(errand, voice))
    except ValueError:
        return 1
    except CrawlerError as error:
        voice.say(Word(failure=str(error), exit_code=error.exit_code))
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it is, the server is to hear of it
        voice.say(Word(failure=f"internal fault: {type(error).__name__}: {error}", exit_code=1))
        return 1
    voice.say(_last_word(report, Output(Path(errand.folder))))
    return 0


def _last_word(report: Report, output: Output) -> Word:
    code = report.exit_code()
    notice = notice_of(
        report,
        output=str(output.folder),
        exit_code=code,
        changes=report.changes.get("counts", {}),
        failures_before=failures_before(output.reports, report.run.name),
    )
    return Word(outcome=report.run.outcome, run=report.run.name, exit_code=code, notice=asdict(notice))


async def _crawl(errand: Errand, voice: _Voice) -> Report:
    seeds = SpooledSeeds()
    for url in errand.seeds:
        seeds.add(url)
    output = Output(Path(errand.folder))
    job = CrawlJob(seeds, output, read_options(errand.options), opens_seeds=errand.opens_seeds)
    orders = {PAUSE: job.pause, RESUME: job.resume, STOP: job.stop}
    loop = asyncio.get_running_loop()

    def told(line: str) -> None:
        if line in orders:
            loop.call_soon_threadsafe(orders[line])

    watch(sys.stdin.buffer, told)
    if errand.is_paused:
        job.pause()
    output.prepare()
    with output.hold():
        telling = asyncio.create_task(_tell(job, voice))
        try:
            return await job.run()
        finally:
            telling.cancel()


async def _tell(job: CrawlJob, voice: _Voice) -> None:
    """Say of each phase that it has begun."""
    phase = ""
    while True:
        now = (await job.statistics()).phase
        if now != phase:
            phase = now
            voice.say(Word(phase=phase))
        await asyncio.sleep(_LOOK_SECONDS)


class _Voice:
    """Says line after line, whichever thread speaks."""

    def __init__(self, stdout: BinaryIO) -> None:
        self._stdout = stdout
        self._turn = threading.Lock()

    def say(self, word: Word) -> None:
        """Say a line; nobody need listen."""
        with self._turn:
            try:
                self._stdout.write(word_line(word))
                self._stdout.flush()
            except OSError:
                os._exit(1)
