"""Be the process of one crawl that the server started: the same job as `crawler crawl`, told and heard in lines."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import asdict
from pathlib import Path

from crawler.confinement.lifeline import watch
from crawler.confinement.voice import Voice, live_for_parent
from crawler.crawl import CrawlJob
from crawler.errors import CrawlerError
from crawler.garbage import collect_seldom
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
    collect_seldom()
    live_for_parent(_obey)


def _obey(voice: Voice) -> int:
    try:
        errand = read_errand(sys.stdin.buffer.readline())
        report = asyncio.run(_crawl(errand, voice))
    except ValueError:
        return 1
    except CrawlerError as error:
        _say(voice, Word(failure=str(error), exit_code=error.exit_code))
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it is, the server is to hear of it
        _say(voice, Word(failure=f"internal fault: {type(error).__name__}: {error}", exit_code=1))
        return 1
    _say(voice, _last_word(report, Output(Path(errand.folder))))
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


async def _crawl(errand: Errand, voice: Voice) -> Report:
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


async def _tell(job: CrawlJob, voice: Voice) -> None:
    """Say of each phase that it has begun."""
    phase = ""
    while True:
        now = (await job.statistics()).phase
        if now != phase:
            phase = now
            _say(voice, Word(phase=phase))
        await asyncio.sleep(_LOOK_SECONDS)


def _say(voice: Voice, word: Word) -> None:
    """Say a word; where the server is gone there is nothing more to be done."""
    try:
        voice.say(word_line(word))
    except OSError:
        os._exit(1)
