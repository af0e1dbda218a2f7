"""Read texts until nobody asks any more: what runs in the process that may be killed.

It is alone with what strangers wrote: memory and processor time are limited, it ends when its parent ends,
and nothing it prints reaches anybody.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from crawler.confinement.lifeline import die_with_parent
from crawler.confinement.messages import (
    HEADER_BYTES,
    Kind,
    found_frames,
    frame_header,
    read_addresses,
    read_header,
    read_text,
    read_work,
)
from crawler.confinement.works import WORKS
from crawler.links.document import Document
from crawler.links.familiar import Familiar
from crawler.links.findings import Findings, find
from crawler.rewrite import rewrite

__all__ = ["OUT_OF_MEMORY", "main"]

OUT_OF_MEMORY = 77
"""The exit code that says it."""


def main(memory_bytes: int, cpu_seconds: int) -> None:
    """Answer on stdout what is asked on stdin, until stdin ends.

    Args:
        memory_bytes: the address space that may be used, where the system can limit it (macOS cannot).
        cpu_seconds: processor time for one text.
    """
    die_with_parent()
    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        _serve(sys.stdin.buffer, sys.stdout.buffer, cpu_seconds)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BrokenPipeError:
        os._exit(0)


def _serve(asked: BinaryIO, answers: BinaryIO, cpu_seconds: int) -> None:
    """Read text after text, and write each anew as often as wanted."""
    familiar = Familiar()
    frame = _next(asked)
    while frame is not None:
        kind, raw = frame
        if kind is Kind.WORK:
            _limit_cpu(cpu_seconds)
            _write(answers, Kind.MADE, _made(asked, raw))
            answers.flush()
            frame = _next(asked)
            continue
        if kind is not Kind.TEXT:
            raise ValueError(f"{kind.name} without a text")
        _limit_cpu(cpu_seconds)
        text, path = read_text(raw)
        body = _body(asked, path)
        findings, document = find(text, body, familiar=familiar)
        for each in found_frames(findings, _peak_bytes()):
            _write(answers, *each)
        answers.flush()
        frame = _next(asked)
        while frame is not None and frame[0] is Kind.ADDRESSES:
            _write(answers, Kind.EDITION, _edition(findings, document, body, frame[1]))
            answers.flush()
            frame = _next(asked)


def _edition(findings: Findings, document: Document | None, body: bytes, raw: bytes) -> bytes:
    if document is None:
        return body
    told, brought = read_addresses(raw)
    addresses = dict(zip(findings.urls, told, strict=True))
    carried = {wish: each for wish, each in zip(findings.wishes, brought, strict=False) if each is not None}
    return rewrite(document, body, addresses.get, carried).body


def _made(asked: BinaryIO, raw: bytes) -> bytes:
    work, terms, text, path = read_work(raw)
    made = json.dumps(WORKS[work](text, _body(asked, path), terms), ensure_ascii=False)
    # Half a surrogate pair is no text that could be written anywhere.
    return made.encode("utf-8", "replace")


def _body(asked: BinaryIO, path: str | None) -> bytes:
    if path is not None:
        return Path(path).read_bytes()
    frame = _next(asked)
    if frame is None or frame[0] is not Kind.BODY:
        raise ValueError("a text without its body")
    return frame[1]


def _next(asked: BinaryIO) -> tuple[Kind, bytes] | None:
    header = asked.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return None
    kind, size_bytes = read_header(header)
    return kind, asked.read(size_bytes)


def _write(answers: BinaryIO, kind: Kind, payload: bytes) -> None:
    answers.write(frame_header(kind, len(payload)))
    answers.write(payload)


def _limit_cpu(seconds: int) -> None:
    """So much more than was used so far: SIGXCPU ends us, whoever forgot us."""
    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + seconds, hard))


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
