"""Take one lease the whole way: gate, fetch, links, scope, and what lands of it.

This is the page to read first: the order of the steps. A lease always ends in exactly one `Landed`.
"""

from __future__ import annotations

import dataclasses
import logging

from crawler import dispositions
from crawler.addresses import Addresses, Placement
from crawler.archive.records import Kept
from crawler.asking import capture_of, is_borne, is_mirrored, mirror_path_of, request_for
from crawler.clock import Clock
from crawler.doubts import doubt_of_redirect
from crawler.errors import PermanentError, SiteError, StateError
from crawler.exchange import Fetch, Response
from crawler.frontier.protocol import Ledger
from crawler.gate import Gate
from crawler.harvest import Harvest, Reader, page_of
from crawler.landing import Landed
from crawler.links.headers import is_nofollow, redirect_target
from crawler.links.reading import is_text_with_links
from crawler.media import SNIFFED_BYTES, essence, sniff_media_type
from crawler.mirror.store import Mirror
from crawler.model import Capture, Disposition, Hop, Lease, Outlink, State
from crawler.options import CrawlOptions
from crawler.originals import Originals
from crawler.patience import RETRIED_STATUSES
from crawler.porter import Porter
from crawler.renderer import Viewing, as_sent, is_unrendered
from crawler.study import Study
from crawler.territory import Territory
from crawler.urls import identity
from crawler.vetting import Vetting

__all__ = ["Pipeline"]

_log = logging.getLogger(__name__)


class Pipeline:
    """What every worker runs.

    Args:
        options: of the crawl.
        territory: the scope, and what the seeds stand for.
        gate: robots.txt and pace.
        fetch: the way to the web.
        originals: bodies stored earlier.
        addresses: where URLs lie in the mirror.
        clock: tells the instants.
        study: where texts are read.
        ledger: tells which way pages were found.
        rereads: the options differ from those the stored pages were read with.
        mirror: holds what is carried where no archive does; None: there is none.
    """

    def __init__(
        self,
        *,
        options: CrawlOptions,
        territory: Territory,
        gate: Gate,
        fetch: Fetch,
        originals: Originals,
        addresses: Addresses,
        clock: Clock,
        study: Study,
        ledger: Ledger,
        rereads: bool = False,
        mirror: Mirror | None = None,
    ) -> None:
        self._options = options
        self._territory = territory
        self._gate = gate
        self._fetch = fetch
        self._originals = originals
        self._addresses = addresses
        self._clock = clock
        self._rereads = rereads
        self._vetting = Vetting(originals, ledger)
        self.view: Viewing = as_sent
        porter = Porter(ledger, originals, study.turns, mirror=mirror, stand_in=addresses.stand_in)
        self.reader = Reader(
            options, territory.scope, addresses, study, traps=territory.traps, ledger=ledger, porter=porter
        )

    async def process(self, lease: Lease) -> Landed:
        """What becomes of a lease; never raises for what a site does.

        Raises:
            StateError: our own storage failed: the crawl must stop.
        """
        try:
            return await self._process(lease)
        except SiteError as error:
            return self._without_answer(lease, error)
        except StateError:
            raise
        except Exception as error:  # noqa: BLE001 - one page that breaks us costs itself alone
            _log.exception("internal error at %s", lease.candidate.url)
            return self._without_answer(lease, PermanentError("internal", f"{type(error).__name__}: {error}"))

    async def _process(self, lease: Lease) -> Landed:
        if lease.is_stored and lease.redirect_to is not None:
            return Landed(lease=lease, disposition=self._led(lease, lease.redirect_to)[0])
        if lease.is_stored and lease.capture is not None:
            return await self._read_again(lease, lease.capture)
        if lease.host_down:
            failed = dispositions.failed(self._where_it_was(lease), f"host_down: {lease.host_down}")
            return Landed(lease=lease, disposition=failed)
        passage = await self._gate.admit(lease)
        if passage.asked:
            held = dispositions.held(passage.ended_at, passage.latency_seconds)
            return Landed(lease=lease, disposition=held)
        if not passage.decision.accepted:
            refusal = dispositions.refused(self._where_it_was(lease), passage.decision)
            return Landed(lease=lease, disposition=refusal)
        asks_whole = self._rereads and is_unrendered(lease.capture, self._options.keep)
        response = await self._fetch(request_for(lease, self._territory.scope, asks_whole=asks_whole))
        landed = await self.judge(lease, response)
        most = self._gate.manners.of(lease.candidate.host).max_crawl_delay
        answered = dispositions.answered(landed.disposition, response, most)
        return dataclasses.replace(landed, disposition=answered)

    async def judge(self, lease: Lease, response: Response) -> Landed:
        """What an answer means, by its status."""
        status = response.status
        if not response.refusal.accepted:
            refusal = dispositions.refused(self._where_it_was(lease), response.refusal)
            return Landed(lease=lease, disposition=refusal)
        if status == 304 and lease.capture is not None:
            return await self._unchanged(lease, lease.capture, response)
        if status == 304 and lease.attempt == 1 and not self._is_last_try(lease):
            # Nothing was asked conditionally: whoever answers so may know better the next time.
            return Landed(lease=lease, disposition=self._retried(lease, "http_304: there is no copy"))
        if 300 <= status < 400:
            return self._redirected(lease, response)
        if status in RETRIED_STATUSES and not self._is_last_try(lease):
            return Landed(lease=lease, disposition=self._retried(lease, f"http_{status}", status))
        # 206 was not asked for: a part is no copy.
        if not 200 <= status < 300 or status == 206:
            return self._bad(lease, response, f"http_{status}")
        return await self._good(lease, response)

    async def _good(self, lease: Lease, response: Response) -> Landed:
        """A 2xx answer: capture, links, mirror file. The same bytes again write no file."""
        media_type = sniff_media_type(response.header("content-type"), response.body.head(SNIFFED_BYTES))
        path = mirror_path_of(lease, media_type) if self._options.keep.mirror else None
        capture = capture_of(response, media_type)
        view = await self.view(lease, capture, response)
        capture = dataclasses.replace(capture, mirror_path=path, rendering=view.rendering)
        capture = await self._vetting.vet(lease, capture, view.body)
        if capture.doubt:
            return self._bad(lease, response, capture.doubt, dataclasses.replace(capture, mirror_path=None))
        is_new = self._rereads or not is_mirrored(lease, capture)
        harvest = await self.reader.read(
            lease, capture, view.body, response.head, also=view.outlinks, writes_file=is_new
        )
        done = self._done(lease, harvest, view.remark)
        if not self._options.keep.archive:
            if is_text_with_links(media_type):
                done = dataclasses.replace(done, original=await self._originals.pack(response.body))
            if is_nofollow(response.head.headers):
                # Nobody keeps this header: whoever read the page again would follow its links.
                done = dataclasses.replace(done, leads_on=False)
        return Landed(
            lease=lease,
            disposition=done,
            kept=self._kept(lease, Kept(response=response, rendered=view.rendered)),
            files=() if harvest.file is None else (harvest.file,),
            promised=harvest.promised,
            page=page_of(lease, harvest, response, view.body) if harvest.is_page else None,
            body=view.body,
        )

    async def _unchanged(self, lease: Lease, good: Capture, response: Response) -> Landed:
        """A 304: the good copy holds; it is read only if the rules for its links have changed."""
        landed = Landed(
            lease=lease,
            disposition=Disposition(state=State.DONE, is_surprise=self._where_it_was(lease).is_surprise),
        )
        if self._rereads:
            landed = await self._read_again(lease, good)
        reason = landed.disposition.reason or "unchanged"
        return dataclasses.replace(
            landed,
            disposition=dataclasses.replace(landed.disposition, status=304, reason=reason),
            kept=self._kept(lease, Kept(response=response, unchanged_since=good.captured_at)),
        )

    async def _read_again(self, lease: Lease, good: Capture) -> Landed:
        """Links and mirror file of a stored body, without asking anybody."""
        body = await self._originals.shown(good)
        path = mirror_path_of(lease, good.media_type) if self._options.keep.mirror else None
        capture = dataclasses.replace(good, mirror_path=path)
        harvest = await self.reader.read(lease, capture, body, await self._originals.head(good))
        told = None if harvest.capture == good else harvest.capture
        done = self._done(lease, harvest)
        # Its status is that of the last answer, which may have been a 304.
        disposition = dataclasses.replace(done, status=None, is_page=False, capture=told)
        return Landed(
            lease=lease,
            disposition=disposition,
            files=() if harvest.file is None else (harvest.file,),
            promised=harvest.promised,
            body=body,
        )

    def _redirected(self, lease: Lease, response: Response) -> Landed:
        """A redirect is an answer whose one link is its target."""
        candidate = lease.candidate
        target = redirect_target(response.status, response.head.headers, candidate.url)
        if target is None:
            return self._bad(lease, response, dispositions.leads_nowhere(response))
        is_back = candidate.key in {identity(target), identity(self._addresses.stand_in(target))}
        if is_back and response.header("set-cookie") and lease.attempt == 1:
            # A cookie wall: it sends back to where we are, and wants to see its cookie there.
            return Landed(lease=lease, disposition=self._retried(lease, "cookie wall", response.status))
        if lease.capture and (doubt := doubt_of_redirect(response.status, candidate.url, target)):
            return self._bad(lease, response, doubt)
        led, target = self._led(lease, target)
        if led.state is not State.DONE:
            return self._bad(lease, response, led.reason)
        capture = capture_of(response, essence(response.header("content-type")))
        capture = dataclasses.replace(capture, redirect_to=target)
        done = dataclasses.replace(led, status=response.status, capture=capture)
        return Landed(lease=lease, disposition=done, kept=self._kept(lease, Kept(response=response)))

    def _led(self, lease: Lease, target: str) -> tuple[Disposition, str]:
        """Where a redirect leads, without asking anybody; and that URL, without a session id if that is a trap."""
        offers = self.reader.judge(lease, [Outlink(url=target, hop=Hop.REDIRECT, context="Location")])
        if offers.found:
            target = offers.found[0].url
        if self._addresses.loops(lease.candidate.key, target):
            return dispositions.failed(self._where_it_was(lease), f"redirect_loop: back to {target}"), target
        if any(rule == "redirects" for rule, _ in offers.refused):
            most = self._options.fetch.max_redirects
            failure = f"bad_redirect: more than {most} in a row (--max-redirects)"
            return dispositions.failed(self._where_it_was(lease), failure), target
        placement = self._addresses.redirect(lease, target, is_followed=bool(offers.accepted))
        return dispositions.led(placement, target, offers), target

    def _bad(self, lease: Lease, response: Response, reason: str, capture: Capture | None = None) -> Landed:
        """An answer that is no page: kept in the archive, never instead of a good copy."""
        capture = capture or capture_of(response, essence(response.header("content-type")))
        failed = dispositions.failed(self._where_it_was(lease), reason, response.status)
        kept = self._kept(lease, Kept(response=response, doubt=capture.doubt.partition(":")[0]))
        return Landed(lease=lease, disposition=dataclasses.replace(failed, capture=capture), kept=kept)

    def _without_answer(self, lease: Lease, error: SiteError) -> Landed:
        done = dispositions.silent(
            lease,
            error,
            self._where_it_was(lease),
            self._territory.over_http(lease.candidate, error.failure),
            heals=not isinstance(error, PermanentError) and not self._is_last_try(lease),
            now=self._clock.now(),
        )
        return Landed(lease=lease, disposition=done)

    def _done(self, lease: Lease, harvest: Harvest, remark: str = "") -> Disposition:
        capture, known = harvest.capture, lease.capture
        placement = self._addresses.place(lease, capture.mirror_path)
        return Disposition(
            state=State.FAILED if harvest.failure else State.DONE,
            reason=harvest.failure or remark or harvest.remark,
            status=capture.status,
            capture=capture,
            found=harvest.offers.found,
            refused=harvest.offers.refused,
            is_page=harvest.is_page,
            leads_on=bool(harvest.offers.found or harvest.offers.refused),
            moves=placement.moves,
            is_surprise=placement.is_surprise,
            appears=placement.appears,
            arrives=known is None and is_borne(capture),
            changes=known is not None and known.digest != capture.digest and is_borne(known, capture),
            targets=harvest.targets,
        )

    def _retried(self, lease: Lease, reason: str, status: int | None = None) -> Disposition:
        return dispositions.retried(lease, reason, self._clock.now(), status)

    def _where_it_was(self, lease: Lease) -> Placement:
        return self._addresses.place(lease, None if lease.capture is None else lease.capture.mirror_path)

    def _kept(self, lease: Lease, kept: Kept) -> Kept | None:
        """The same with what is known of its lease; None without an archive."""
        told = dataclasses.replace(kept, candidate=lease.candidate, is_again=lease.capture is not None)
        return told if self._options.keep.archive else None

    def _is_last_try(self, lease: Lease) -> bool:
        return lease.attempt > self._options.fetch.retries
