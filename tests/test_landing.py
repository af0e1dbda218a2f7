"""Bytes before belief: where a step fails nothing later has happened, and the same line continues."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from crawler.archive.records import Kept
from crawler.archive.segment import Archive, Location
from crawler.body import Body
from crawler.clock import ManualClock
from crawler.errors import StateError, StorageError
from crawler.exchange import Head, Response
from crawler.frontier.memory import MemoryFrontier
from crawler.frontier.protocol import RunPlan
from crawler.frontier.sqlite import SqliteFrontier
from crawler.landing import Landed, Landing
from crawler.mirror.store import Mirror
from crawler.model import Candidate, Capture, Disposition, Finish, Lease, State
from crawler.standing import Pace
from tests.mirrored import dangling
from tests.web import OWN, Web, crawl, images, job_on, kept_below, links, states

FULL = StorageError("No space left on device; make room, then run the same line again")
HOST = "a.example"


class Steps:
    """Archive, mirror and frontier of a landing, which write down what was done in which order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.done: list[str] = []
        self.archive = Archive(folder / "archive", "20261122-000000", segment_bytes=10**9, software="test")
        self.mirror = Mirror(folder / "mirror", folder / ".partial")
        self.mirror.sweep()
        self.frontier = MemoryFrontier(ManualClock())
        self.after_groups: list[list[str]] = []

    def landing(self, *, archives: bool = True, mirrors: bool = True) -> Landing:
        append, write, finish = self.archive.append, self.mirror.write, self.frontier.finish

        def appended(answers: Sequence[Kept]) -> list[Location]:
            self.done.append("archive")
            return append(answers)

        async def written(
            files: Sequence[tuple[str, Body]],
            promised: Iterable[tuple[str, str]] = (),
            left: Iterable[tuple[str, str]] = (),
        ) -> None:
            self.done.append("mirror")
            await write(files, promised, left)

        async def finished(finishes: Sequence[Finish]) -> None:
            self.done.append("frontier")
            await finish(finishes)

        def before(_: Sequence[Landed]) -> None:
            self.done.append("journal")

        async def after(group: Sequence[Landed]) -> None:
            self.done.append("after")
            self.after_groups.append([each.lease.candidate.url for each in group])

        self.archive.append = appended  # type: ignore[method-assign]
        self.mirror.write = written  # type: ignore[method-assign]
        self.frontier.finish = finished  # type: ignore[method-assign]
        return Landing(
            self.archive if archives else None, self.mirror if mirrors else None, self.frontier, before, after
        )

    async def leases(self, count: int) -> list[Lease]:
        await self.frontier.open_run(RunPlan(name="20261122-000000"))
        await self.frontier.add(
            [
                Candidate(url=f"http://{HOST}/{n}", key=f"http://{HOST}/{n}", host=HOST, is_seed=True)
                for n in range(count)
            ]
        )
        await self.frontier.pace(HOST, Pace(delay_seconds=0, parallel=1000))
        return list((await self.frontier.claim(count)).leases)


def answered(lease: Lease) -> Response:
    body = Body.of(b"x")
    url = lease.candidate.url
    return Response(url=url, head=Head(status=200), wire=body, body=body, request_line="GET / HTTP/1.1")


def landed(lease: Lease, *, archives: bool = True) -> Landed:
    url = lease.candidate.url
    path = f"{HOST}/{url.rpartition('/')[2]}.html"
    capture = Capture(
        url=url,
        captured_at=0,
        status=200,
        media_type="text/html",
        size_bytes=1,
        digest="sha256:0",
        mirror_path=path,
    )
    return Landed(
        lease=lease,
        disposition=Disposition(state=State.DONE, capture=capture, status=200),
        kept=Kept(response=answered(lease)) if archives else None,
        files=((path, Body.of(b"x")),),
    )


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[Steps]:
    steps = Steps(tmp_path)
    yield steps
    steps.archive.close()


async def test_archive_then_mirror_then_frontier_then_those_who_wait(steps: Steps) -> None:
    landing = steps.landing()
    for lease in await steps.leases(3):
        await landing.land(landed(lease))
    await landing.finish()
    await landing.run()
    assert steps.done == ["archive", "mirror", "journal", "frontier", "after"]
    assert steps.after_groups == [[f"http://{HOST}/{n}" for n in range(3)]]
    assert (await steps.frontier.counts()).done == 3


async def test_a_capture_is_told_where_its_own_record_lies(steps: Steps) -> None:
    landing = steps.landing()
    for lease in await steps.leases(4):
        await landing.land(landed(lease, archives=lease.candidate.url[-1] in "13"))
    await landing.finish()
    await landing.run()
    places = {}
    for n in range(4):
        entry = await steps.frontier.entry(f"http://{HOST}/{n}")
        assert entry is not None
        assert entry.good is not None
        places[n] = (entry.good.segment, entry.good.offset)
    assert places[0] == places[2] == (None, 0)
    assert places[1][0] == places[3][0] == "20261122-000000-00000.warc.gz"
    assert 0 < places[1][1] < places[3][1]


async def test_an_unchanged_answer_is_believed_in_to_its_end(steps: Steps) -> None:
    landing = steps.landing()
    (lease,) = await steps.leases(1)
    unchanged = Disposition(state=State.DONE, status=304, reason="unchanged")
    kept = Kept(response=dataclasses.replace(answered(lease), head=Head(status=304)), unchanged_since=1.0)
    await landing.land(Landed(lease=lease, disposition=unchanged, kept=kept))
    await landing.finish()
    await landing.run()
    (segment,) = (steps.folder / "archive").iterdir()
    assert await steps.frontier.segments() == {segment.name: segment.stat().st_size}


async def test_groups_are_bounded_and_nothing_is_lost_between_them(steps: Steps) -> None:
    landing = steps.landing(archives=False)
    leases = await steps.leases(200)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(landing.run())
        for lease in leases:
            await landing.land(landed(lease, archives=False))
        await landing.finish()
        await running
    sizes = [len(each) for each in steps.after_groups]
    assert sum(sizes) == 200
    assert max(sizes) <= 64
    assert (await steps.frontier.counts()).done == 200


async def test_groups_and_what_waits_for_them_are_bounded_in_bytes_too(steps: Steps) -> None:
    landing = steps.landing(archives=False)
    body = Body.of(bytes(10_000_000))
    ahead = most_ahead = 0

    async def land(lease: Lease) -> None:
        nonlocal ahead, most_ahead
        large = dataclasses.replace(landed(lease, archives=False), files=((f"{lease.token}", body),))
        await landing.land(large)
        ahead += 1
        most_ahead = max(most_ahead, ahead - sum(len(each) for each in steps.after_groups))

    async with asyncio.TaskGroup() as group:
        group.create_task(landing.run())
        landings = [group.create_task(land(lease)) for lease in await steps.leases(30)]
        await asyncio.gather(*landings)
        await landing.finish()
    sizes = [len(each) for each in steps.after_groups]
    assert sum(sizes) == 30
    assert max(sizes) == 4
    assert most_ahead == 8


def test_what_is_to_be_written_of_a_lease() -> None:
    lease = Lease(candidate=Candidate(url="u", key="k", host="h"), token=1, attempt=1, expires_at=0)
    assert Landed(lease=lease, disposition=Disposition(state=State.DONE)).size_bytes == 0
    disposition = Disposition(state=State.DONE, original=Body.of(b"ab"))
    response = Response(url="u", head=Head(status=200), wire=Body.of(b"abc"), body=Body.of(b"abcde"))
    files = (("x", Body.of(bytes(10))), ("y", Body.of(bytes(100))))
    whole = Landed(lease=lease, disposition=disposition, kept=Kept(response=response), files=files)
    assert whole.size_bytes == 115


async def test_without_archive_and_mirror_the_frontier_alone_is_told(steps: Steps, tmp_path: Path) -> None:
    landing = steps.landing(archives=False, mirrors=False)
    (lease,) = await steps.leases(1)
    await landing.land(landed(lease, archives=False))
    await landing.finish()
    await landing.run()
    assert steps.done == ["journal", "frontier", "after"]
    assert not list((tmp_path / "mirror").iterdir())


@pytest.mark.parametrize(
    ("step", "reached"),
    [
        ("archive", []),
        ("mirror", ["archive"]),
        ("frontier", ["archive", "mirror", "journal"]),
    ],
)
async def test_a_step_that_fails_ends_it_before_the_next(steps: Steps, step: str, reached: list[str]) -> None:
    target: Any = getattr(steps, step)
    name = {"archive": "append", "mirror": "write", "frontier": "finish"}[step]

    def fails(*_: object) -> Any:
        raise FULL

    setattr(target, name, fails)
    landing = steps.landing()
    (lease,) = await steps.leases(1)
    await landing.land(landed(lease))
    with pytest.raises(StorageError, match="No space left"):
        await landing.run()
    assert steps.done == [*reached, step]
    assert steps.after_groups == []
    assert (await steps.frontier.counts()).done == 0


@pytest.mark.parametrize(
    "step", [(Archive, "append"), (Mirror, "write"), (SqliteFrontier, "finish")], ids=str
)
@pytest.mark.parametrize("calls", [0, 1, 3])
async def test_a_crawl_whose_storage_fails_says_so_and_is_continued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: tuple[type, str], calls: int
) -> None:
    web = Web({OWN: links("/0"), f"{OWN}9": links()})
    web.says |= {f"{OWN}{n}": links("/", f"/{n + 1}", text=images(f"/{n}.png")) for n in range(9)}
    owner, name = step
    real = getattr(owner, name)
    left = calls

    def fails(self: object, *arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise FULL
        return real(self, *arguments)

    monkeypatch.setattr(owner, name, fails)
    with pytest.raises(StateError, match="No space left") as caught:
        await crawl(web, tmp_path, OWN)
    assert caught.value.exit_code == 1
    done = set(await states(tmp_path, State.DONE))
    assert len(done) <= 64 * calls
    believed = kept_below(tmp_path) if (tmp_path / "mirror").is_dir() else {}
    assert calls == 0 or believed
    monkeypatch.undo()
    web.forget()
    report = await crawl(web, tmp_path, OWN)
    assert report.run.number == 1
    assert not done & set(web.urls())
    assert report.counts.pages == 11
    assert dangling(tmp_path / "mirror") == []


async def test_every_lease_is_finished_once_also_when_our_own_code_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    finished: list[str] = []
    real = SqliteFrontier.finish

    async def counting(self: SqliteFrontier, finishes: Sequence[Finish]) -> None:
        finished.extend(each.lease.candidate.url for each in finishes)
        await real(self, finishes)

    monkeypatch.setattr(SqliteFrontier, "finish", counting)
    web = Web({OWN: links("/a", "/b"), f"{OWN}a": ZeroDivisionError("ours"), f"{OWN}b": links("/")})
    job = job_on(web, tmp_path, OWN)
    report = await job.run()
    # The first lease is given back for robots.txt.
    assert sorted(finished) == [OWN, OWN, f"{OWN}a", f"{OWN}b"]
    assert report.failures == {"internal": 1}
    assert report.exit_code() == 0
    assert (await states(tmp_path, State.FAILED)).keys() == {f"{OWN}a"}
    assert "internal error at http://127.0.0.1:8000/a" in caplog.text
