"""Bodies come back from the archive, or else from the database, or it is said that they are lost."""

from __future__ import annotations

import dataclasses
import random
import zlib
from pathlib import Path

import pytest

from crawler.body import SMALL_BYTES, Body, Spool
from crawler.clock import ManualClock
from crawler.errors import StorageError
from crawler.frontier.memory import MemoryFrontier
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.originals import Originals
from tests.archive.samples import answer, archive_in, capture_of
from tests.frontier.contract import capture, do, link

LOST = capture("a", digest="sha256:1")


@pytest.fixture
async def frontier() -> Frontier:
    frontier = MemoryFrontier(ManualClock())
    await frontier.open_run(RunPlan(name="r"))
    return frontier


async def test_from_the_archive(frontier: Frontier, tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    kept = answer(b"page")
    (place,) = archive.append([kept])
    archive.close()
    assert await Originals(tmp_path, frontier, Spool()).read(capture_of(kept, place)) == Body.of(b"page")


@pytest.mark.parametrize("content", [b"", b"page", b"\0" * SMALL_BYTES, b"\0" * (SMALL_BYTES + 1)])
async def test_from_the_database(frontier: Frontier, tmp_path: Path, content: bytes) -> None:
    originals = Originals(tmp_path, frontier, Spool(tmp_path))
    body = Spool(tmp_path).keep([content])
    kept = dataclasses.replace(LOST, digest=f"sha256:{body.digest}")
    await do(frontier, link("a"), capture=kept, original=await originals.pack(body))
    again = await originals.read(kept)
    assert again == body
    assert (again.path is None) == (len(content) <= SMALL_BYTES)


async def test_another_in_the_database(frontier: Frontier, tmp_path: Path) -> None:
    originals = Originals(tmp_path, frontier, Spool(tmp_path))
    await do(frontier, link("a"), capture=LOST, original=await originals.pack(Body.of(b"another")))
    with pytest.raises(StorageError, match="other content"):
        await originals.read(LOST)


async def test_what_is_packed_is_small_or_lies_in_a_file(frontier: Frontier, tmp_path: Path) -> None:
    originals = Originals(tmp_path, frontier, Spool(tmp_path))
    assert (await originals.pack(Body.of(b"<p>again</p>" * 1000))).size_bytes < 200
    assert zlib.decompress((await originals.pack(Body.of(b"page"))).read()) == b"page"
    noise = Spool(tmp_path).keep([random.Random(1).randbytes(2 * SMALL_BYTES)])
    packed = await originals.pack(noise)
    assert packed.path is not None
    assert zlib.decompress(packed.read()) == noise.read()


async def test_never_kept(frontier: Frontier, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"http://a\.example/a: .*was not kept"):
        await Originals(tmp_path, frontier, Spool()).read(LOST)


@pytest.mark.parametrize("packed", [b"", b"junk", zlib.compress(b"page" * 99)[:-5]])
async def test_damaged_in_the_database(frontier: Frontier, tmp_path: Path, packed: bytes) -> None:
    await do(frontier, link("a"), capture=LOST, original=Body.of(packed))
    with pytest.raises(StorageError, match=r"http://a\.example/a: .*damaged"):
        await Originals(tmp_path, frontier, Spool()).read(LOST)


async def test_a_segment_that_is_gone(frontier: Frontier, tmp_path: Path) -> None:
    gone = dataclasses.replace(LOST, segment="20231114-221320-00000.warc.gz", offset=1, length=2)
    with pytest.raises(StorageError, match="crawl it again"):
        await Originals(tmp_path, frontier, Spool()).read(gone)
