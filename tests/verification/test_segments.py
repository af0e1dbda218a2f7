"""Whatever was done to the archive, or to what the ledger believes of it, is found."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from crawler.flaw import FlawKind
from crawler.output import Output
from tests.archive.samples import members
from tests.verification.looking import (
    ABOUT,
    HOME,
    ask,
    crawled,
    flaws_of,
    flip,
    found,
    only,
    segment_of,
    tell,
)
from tests.web import OWN, crawl

PLACE = "SELECT offset, length FROM capture JOIN url ON url.id = url_id WHERE url = ?"


@pytest.fixture
async def output(tmp_path: Path) -> Path:
    await crawled(tmp_path)
    return tmp_path


async def test_a_flipped_byte_of_an_answer(output: Path) -> None:
    offset, length = ask(output, PLACE, f"{OWN}i.png")
    flip(segment_of(output), offset + length // 2)
    flaw = await only(output, FlawKind.DAMAGED_RECORD)
    assert flaw.place == f"archive/{segment_of(output).name}"
    assert flaw.url == f"{OWN}i.png"
    assert flaw.what == f"holds a record at {offset} that is damaged (gzip)"


async def test_a_flipped_byte_of_a_page_leaves_its_file_uncompared(output: Path) -> None:
    offset, length = ask(output, PLACE, f"{OWN}about")
    flip(segment_of(output), offset + length // 2)
    assert {kind for kind, _ in await found(output)} == {"damaged-record", "uncompared"}


async def test_every_byte_counts(output: Path) -> None:
    """Also those of requests, and of the first record."""
    segment = segment_of(output)
    whole = segment.read_bytes()
    starts = [start for start, _, _ in members(segment)]
    for start in starts[:4]:
        for at in (start, start + 5, start + 40):
            flip(segment, at)
            kinds = {kind for kind, _ in await found(output)}
            assert "damaged-record" in kinds, at
            segment.write_bytes(whole)
    assert await flaws_of(output) == []


@pytest.mark.parametrize("left", [0.0, 0.5, 0.999])
async def test_a_segment_that_was_cut(output: Path, left: float) -> None:
    segment = segment_of(output)
    size = segment.stat().st_size
    os.truncate(segment, int(size * left))
    flaws = await flaws_of(output)
    short = next(flaw for flaw in flaws if flaw.kind is FlawKind.SHORT_SEGMENT)
    assert short.what == f"has {int(size * left)} of its {size} bytes"
    lost = {flaw.url for flaw in flaws if flaw.kind in {FlawKind.LOST_RECORD, FlawKind.DAMAGED_RECORD}}
    assert lost


@pytest.mark.parametrize("whole", [True, False])
async def test_a_segment_that_is_gone(output: Path, whole: bool) -> None:
    segment = segment_of(output)
    if whole:
        segment.parent.rename(output / "aside")
    else:
        segment.unlink()
    flaws = await flaws_of(output)
    (missing,) = [flaw for flaw in flaws if flaw.kind is FlawKind.MISSING_SEGMENT]
    assert missing.place == f"archive/{segment.name}"
    assert missing.what == "is missing, with 6 answers"
    kinds = {flaw.kind for flaw in flaws}
    assert kinds <= {FlawKind.MISSING_SEGMENT, FlawKind.UNCOMPARED, FlawKind.WRONG_INDEX}


async def test_a_lost_archive_is_got_over(tmp_path: Path) -> None:
    """As docs/verify.md says: `--fresh`, then a database made of what is there."""
    web = await crawled(tmp_path)
    segment_of(tmp_path).unlink()
    await crawl(web, tmp_path, OWN, fresh=True)
    assert {kind for kind, _ in await found(tmp_path)} == {"missing-segment"}
    Output(tmp_path).database.unlink()
    await crawl(web, tmp_path, OWN)
    assert await flaws_of(tmp_path) == []


async def test_a_tail_that_nobody_believes_in_is_a_remark(output: Path) -> None:
    segment = segment_of(output)
    with segment.open("ab") as file:
        file.write(segment.read_bytes()[:300])
    flaw = await only(output, FlawKind.TORN_TAIL)
    assert flaw.what.startswith("has 300 bytes at its end")
    assert not flaw.is_fault
    stray = segment.with_name("20200101-000000-00000.warc.gz")
    stray.write_bytes(b"torn")
    assert ("torn-tail", f"archive/{stray.name}") in await found(output)


async def test_what_is_no_segment_is_a_remark(output: Path) -> None:
    (output / "archive" / "notes.txt").write_text("mine")
    flaw = await only(output, FlawKind.FOREIGN_FILE)
    assert (flaw.place, flaw.is_fault) == ("archive/notes.txt", False)


async def test_a_digest_that_is_another(output: Path) -> None:
    tell(output, "UPDATE capture SET digest = 'sha256:00' WHERE mirror_path = ?", ABOUT)
    flaws = await flaws_of(output)
    lost = next(flaw for flaw in flaws if flaw.kind is FlawKind.LOST_RECORD)
    assert lost.url == f"{OWN}about"
    assert lost.what.endswith(", not sha256:00")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("offset = offset + 1", "no record begins there"),
        ("length = length + 1", "bytes, not "),
        ("offset = 0", "there lies a warcinfo record"),
        (
            "(offset, length) = (SELECT offset, length FROM capture WHERE mirror_path = '{home}')",
            f"lies {OWN}",
        ),
        ("segment = '20200101-000000-00000.warc.gz'", "there is no such segment"),
        ("segment = '29990101-000000-00000.warc.gz'", "there is no such segment"),
    ],
)
async def test_a_record_that_lies_elsewhere(output: Path, change: str, said: str) -> None:
    tell(output, f"UPDATE capture SET {change.format(home=HOME)} WHERE mirror_path = ?", ABOUT)
    flaws = await flaws_of(output)
    (lost,) = [flaw for flaw in flaws if flaw.kind is FlawKind.LOST_RECORD]
    assert lost.url == f"{OWN}about"
    assert said in lost.what


class TestIndex:
    async def test_a_line_that_is_missing(self, output: Path) -> None:
        index = output / "archive" / "index.cdxj"
        lines = index.read_text().splitlines(keepends=True)
        index.write_text("".join(lines[1:]))
        flaw = await only(output, FlawKind.WRONG_INDEX)
        assert flaw.what == f"lacks an answer: {lines[0].strip()}"

    async def test_a_line_that_is_wrong(self, output: Path) -> None:
        index = output / "archive" / "index.cdxj"
        first, *rest = index.read_text().splitlines(keepends=True)
        head, _, fields = first.partition("{")
        wrong = {**json.loads("{" + fields), "offset": "1"}
        index.write_text(f"{head}{json.dumps(wrong)}\n" + "".join(rest))
        flaws = await flaws_of(output)
        assert [flaw.kind for flaw in flaws] == [FlawKind.WRONG_INDEX] * 2
        assert flaws[0].what.startswith("names what is not there: ")
        assert flaws[1].what.startswith("lacks an answer: ")

    async def test_one_that_is_gone_comes_back_with_any_crawl(self, tmp_path: Path) -> None:
        web = await crawled(tmp_path)
        (tmp_path / "archive" / "index.cdxj").unlink()
        flaw = await only(tmp_path, FlawKind.WRONG_INDEX)
        assert (flaw.what, flaw.advice) == ("is missing", "any crawl writes it anew")
        await crawl(web, tmp_path, OWN)
        assert await flaws_of(tmp_path) == []

    async def test_after_a_kill_it_is_late(self, output: Path) -> None:
        tell(output, "UPDATE run SET ended_at = NULL")
        index = output / "archive" / "index.cdxj"
        index.write_text("".join(index.read_text().splitlines(keepends=True)[2:]))
        flaw = await only(output, FlawKind.UNSETTLED)
        assert flaw.what == "lacks 2 answers of the run that was interrupted"
        index.unlink()
        flaw = await only(output, FlawKind.UNSETTLED)
        assert flaw.what == "lacks 6 answers of the run that was interrupted"

    async def test_junk_in_it_is_told_as_text(self, output: Path) -> None:
        index = output / "archive" / "index.cdxj"
        index.write_bytes(index.read_bytes() + b"zz\xff\x1b\n")
        flaw = await only(output, FlawKind.WRONG_INDEX)
        assert flaw.what == "names what is not there: zz\\xff\x1b"
