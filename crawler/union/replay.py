"""Let what was answered land once more: each answer goes the way of a URL as if it had just come.

So links, mirror, changes and counts are those of a crawl, by the same code; only the bytes lie in the archive
already, nobody is asked, and time is the time of the answers.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from crawler import dispositions
from crawler.addresses import Addresses
from crawler.archive.recovery import Recovered
from crawler.clock import ManualClock
from crawler.errors import SiteError, StateError
from crawler.exchange import Response
from crawler.frontier.replaying import Recalled, Telling
from crawler.frontier.sqlite import SqliteFrontier
from crawler.landing import Landed, left_file
from crawler.mirror.store import Mirror
from crawler.model import Candidate, Capture, Disposition, Finish, Hop, Lease, State
from crawler.originals import Originals
from crawler.pipeline import Pipeline
from crawler.renderer import View
from crawler.rendering import Rendered, read_rendering
from crawler.scope import Scope
from crawler.union.verdicts import Verdict

__all__ = ["Replay"]

_log = logging.getLogger(__name__)

_GROUP = 64


class Replay:
    """What lands of one run.

    Args:
        frontier: of the union, which has entered the run.
        pipeline: judges answers under the options of the run; pages that were rendered are read as they were.
        originals: of the union.
        scope: of the run; seeds join it.
        addresses: where URLs lie.
        mirror: None: there is none.
        clock: of the frontier; is set to when things happened.
    """

    def __init__(
        self,
        frontier: SqliteFrontier,
        pipeline: Pipeline,
        originals: Originals,
        scope: Scope,
        *,
        addresses: Addresses,
        mirror: Mirror | None,
        clock: ManualClock,
    ) -> None:
        self._frontier = frontier
        self._pipeline = pipeline
        self._originals = originals
        self._rendered: dict[int, Recovered] = {}
        pipeline.view = self._view
        self._scope = scope
        self._addresses = addresses
        self._mirror = mirror
        self._clock = clock
        self.landed = 0

    async def answers(self, found: Sequence[Recovered]) -> None:
        """Let answers land, in the order of the archive.

        Raises:
            OutOfOrderError: a later run has decided one of their URLs.
            StateError: our own storage failed.
        """
        for group in _groups(found):
            tellings = [_telling(each) for each in group]
            recalled = await self._recall(tellings)
            pairs = [(known, each) for known, each in zip(recalled, group, strict=True) if known is not None]
            landed = await asyncio.gather(*(self._answer(known.lease, each) for known, each in pairs))
            finishes = [
                Finish(
                    lease=each.lease,
                    disposition=each.disposition,
                    segment=answer.location.segment,
                    segment_bytes=answer.location.offset + answer.location.length,
                )
                for each, (_, answer) in zip(landed, pairs, strict=True)
            ]
            await self._land(landed, finishes, _left(known for known, _ in pairs))

    async def verdicts(self, found: Sequence[Verdict]) -> None:
        """Let what was decided without an answer land.

        Raises:
            OutOfOrderError: a later run has decided one of their URLs.
            StateError: our own storage failed.
        """
        for verdict in found:
            (known,) = await self._recall([Telling(candidate=verdict.candidate, at=verdict.at)])
            if known is None:
                continue
            lease = known.lease
            placement = self._addresses.place(
                lease, None if lease.capture is None else lease.capture.mirror_path
            )
            onward = verdict.over_http
            done = dataclasses.replace(
                dispositions.failed(placement, verdict.reason),
                state=verdict.state,
                found=() if onward is None else (onward,),
            )
            await self._land([Landed(lease=lease, disposition=done)], [Finish(lease=lease, disposition=done)])

    async def _recall(self, tellings: Sequence[Telling]) -> list[Recalled | None]:
        for each in tellings:
            self._join(each.candidate)
        self._clock.advance(tellings[0].at - self._clock.now())
        return await self._frontier.recall(tellings)

    def _join(self, candidate: Candidate) -> None:
        """Let what a URL stands for belong to the crawl, also where its seed is not gathered yet: it was followed."""
        is_followed = not candidate.is_requisite and not candidate.hops.endswith(Hop.PREREQUISITE)
        stands_for_more = candidate.is_seed or (is_followed and not self._scope.is_by_folder)
        if stands_for_more and not self._scope.covers(candidate.url):
            self._scope.join(candidate.url)

    async def _answer(self, lease: Lease, found: Recovered) -> Landed:
        """What an answer means; one that breaks us costs itself alone."""
        response = found.response
        if found.rendering:
            self._rendered[lease.token] = found
        try:
            landed = await self._pipeline.judge(lease, response)
        except StateError:
            raise
        except Exception as error:  # noqa: BLE001 - as in the pipeline
            if not isinstance(error, SiteError):
                _log.exception("internal error at %s", lease.candidate.url)
                error = SiteError("internal", f"{type(error).__name__}: {error}")
            placement = self._addresses.place(
                lease, None if lease.capture is None else lease.capture.mirror_path
            )
            failed = dispositions.failed(placement, str(error), response.status)
            landed = Landed(lease=lease, disposition=failed)
        finally:
            self._rendered.pop(lease.token, None)
        return dataclasses.replace(landed, disposition=_placed(landed.disposition, found))

    async def _view(self, lease: Lease, capture: Capture, response: Response) -> View:
        """A page that was rendered is read as its scripts left it; nothing is rendered here."""
        found = self._rendered.get(lease.token)
        if found is None:
            return View(body=response.body)
        text = await self._originals.shown(_at(capture, found))
        told = read_rendering(found.rendering)
        reason = "" if told is None else told.reason
        return View(body=text, rendered=Rendered(text=text, reason=reason, rendered_at=response.started_at))

    async def _land(
        self, landed: Sequence[Landed], finishes: Sequence[Finish], left: Iterable[tuple[str, str]] = ()
    ) -> None:
        if not landed:
            return
        if self._mirror is not None and (files := [file for each in landed for file in each.files]):
            promised = chain.from_iterable(each.promised.items() for each in landed)
            written = {path for path, _ in files}
            gone = [each for each in left if each[0] not in written]
            await self._mirror.write(files, promised, chain(filter(None, map(left_file, landed)), gone))
        await self._frontier.finish(finishes)
        self.landed += len(landed)


def _left(recalled: Iterable[Recalled]) -> list[tuple[str, str]]:
    """Files that what was known has left, unless what is told now has the same; with the keys of their URLs."""
    return [(each.left, each.lease.candidate.key) for each in recalled if each.left is not None]


def _telling(found: Recovered) -> Telling:
    response = found.response
    return Telling(
        candidate=found.candidate,
        at=response.started_at,
        status=response.status,
        digest="" if found.is_revisit else f"sha256:{response.body.digest}",
        is_doubted=bool(found.doubt),
    )


def _placed(done: Disposition, found: Recovered) -> Disposition:
    """With where the record lies, and what the answer cost."""
    capture = done.capture
    if capture is not None and capture.segment is None:
        capture = _at(capture, found)
    if done.state is State.QUEUED:
        # Whoever was told so tried again, and that is told too.
        done = dataclasses.replace(done, state=State.FAILED)
    return dataclasses.replace(
        done,
        capture=capture,
        ended_at=found.response.ended_at,
        answered=True,
        wire_bytes=found.wire_bytes,
    )


def _at(capture: Capture, found: Recovered) -> Capture:
    """The capture of an answer, with where its record and its rendering lie."""
    place = found.location
    return dataclasses.replace(
        capture, segment=place.segment, offset=place.offset, length=place.length, rendering=found.rendering
    )


def _groups(found: Iterable[Recovered]) -> Iterator[list[Recovered]]:
    """Answers of one second, each of another URL: what can land at once."""
    group: list[Recovered] = []
    keys: set[str] = set()
    for each in found:
        key = each.candidate.key
        is_other = bool(group) and each.response.started_at != group[0].response.started_at
        if is_other or key in keys or len(group) == _GROUP:
            yield group
            group, keys = [], set()
        group.append(each)
        keys.add(key)
    if group:
        yield group
