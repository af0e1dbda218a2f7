"""Take one lease the whole way: gate, fetch, links, scope, and what lands of it.

This is the page to read first. Every step is a function elsewhere; here is their order. Whatever
happens, a lease ends in exactly one `Landed`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging

from crawler.addresses import Addresses
from crawler.archive.records import Kept
from crawler.clock import Clock
from crawler.edition import edit
from crawler.errors import PermanentError, SiteError, StateError
from crawler.exchange import Fetch, Head, Request, Response
from crawler.gate import Gate, Passage
from crawler.landing import Landed
from crawler.links.document import Document
from crawler.links.headers import header_links, is_nofollow, redirect_target
from crawler.links.reading import is_text_with_links, read_document
from crawler.links.sitemap import is_sitemap, sitemap
from crawler.media import essence, is_html, sniff_media_type
from crawler.model import ACCEPTED, Capture, Decision, Disposition, Hop, Lease, Outlink, State
from crawler.offers import judge_outlinks
from crawler.options import CrawlOptions
from crawler.originals import Originals, pack_original
from crawler.page import Page
from crawler.paths import mirror_path
from crawler.patience import RETRIED_STATUSES, pause_seconds, retry_after_seconds
from crawler.scope import Scope
from crawler.urls import host_key, identity

__all__ = ["Pipeline"]

_NO_HTTPS = frozenset({"connect", "tls", "timeout", "empty_reply", "protocol"})

_log = logging.getLogger(__name__)


class Pipeline:
    """What every worker runs.

    Args:
        options: of the crawl.
        scope: its extent.
        gate: robots.txt and pace.
        fetch: the way to the web.
        originals: bodies stored earlier.
        addresses: where URLs lie in the mirror.
        clock: tells the instants.
        rereads: the options differ from those the stored pages were read with.
        seed_headers: sent to hosts named as seeds.
        own_hosts: those hosts.
        bare_hosts: hosts of seeds without a scheme: where https fails, http is tried.
    """

    def __init__(
        self,
        *,
        options: CrawlOptions,
        scope: Scope,
        gate: Gate,
        fetch: Fetch,
        originals: Originals,
        addresses: Addresses,
        clock: Clock,
        rereads: bool,
        seed_headers: tuple[tuple[str, str], ...] = (),
        own_hosts: set[str] | None = None,
        bare_hosts: set[str] | None = None,
    ) -> None:
        self._options = options
        self._scope = scope
        self._gate = gate
        self._fetch = fetch
        self._originals = originals
        self._addresses = addresses
        self._clock = clock
        self._rereads = rereads
        self._seed_headers = seed_headers
        self._seed_hosts = own_hosts if own_hosts is not None else set()
        self._bare_hosts = bare_hosts if bare_hosts is not None else set()

    async def process(self, lease: Lease) -> Landed:
        """What becomes of a lease; never raises for what a site does.

        Raises:
            StateError: our own storage failed: the crawl must stop.
        """
        try:
            return await self._process(lease)
        except SiteError as error:
            return self._after_failure(lease, error)
        except StateError:
            raise
        except Exception as error:  # noqa: BLE001 - one page that breaks us costs itself alone
            _log.exception("internal error at %s", lease.candidate.url)
            return self._after_failure(lease, PermanentError("internal", f"{type(error).__name__}: {error}"))

    async def _process(self, lease: Lease) -> Landed:
        if lease.is_stored and lease.capture is not None:
            return await self._read_again(lease, lease.capture)
        passage = await self._gate.admit(lease, is_last_try=self._is_last_try(lease))
        if not passage.decision.accepted:
            return Landed(lease=lease, disposition=self._refused(lease, passage.decision, passage))
        if passage.hold_until > 0:
            return Landed(
                lease=lease,
                disposition=Disposition(
                    state=State.QUEUED,
                    reason="robots.txt first",
                    found=passage.found,
                    counts_attempt=False,
                    ended_at=passage.ended_at,
                    host_ready_at=passage.hold_until,
                ),
            )
        response = await self._fetch(self._request(lease))
        landed = await self._judge(lease, response)
        return _with_answer(landed, response, passage, self._rest_until(lease, response))

    async def _judge(self, lease: Lease, response: Response) -> Landed:
        """What an answer means."""
        status, capture = response.status, lease.capture
        if not response.refusal.accepted:
            return Landed(lease=lease, disposition=self._refused(lease, response.refusal))
        if status == 304 and capture is not None:
            kept = Kept(response=response, unchanged_since=capture.captured_at)
            landed = await self._unchanged(lease, capture)
            return dataclasses.replace(landed, kept=kept if self._options.keep.archive else None)
        if 300 <= status < 400:
            return self._redirected(lease, response)
        if status in RETRIED_STATUSES and not self._is_last_try(lease):
            return Landed(lease=lease, disposition=self._retry(lease, f"http_{status}", response))
        if not 200 <= status < 300 or status == 206:
            return self._answered_badly(lease, response)
        return self._good(lease, response)

    def _good(self, lease: Lease, response: Response) -> Landed:
        """A 2xx answer: capture, links, mirror file."""
        content_type = response.header("content-type")
        media_type = sniff_media_type(content_type, response.body)
        capture = self._capture(lease, response, media_type)
        old = lease.capture
        is_same = old is not None and old.digest == capture.digest and old.mirror_path == capture.mirror_path
        writes_file = self._rereads or not is_same
        landed = self._done(lease, capture, response.body, response.head, writes_file=writes_file)
        kept = Kept(response=response) if self._options.keep.archive else None
        return dataclasses.replace(landed, kept=kept)

    async def _unchanged(self, lease: Lease, capture: Capture) -> Landed:
        """A 304: the good copy still holds; it is read only if the rules for its links changed."""
        if self._rereads:
            landed = await self._read_again(lease, capture)
        else:
            moves, is_surprise = self._settle(lease, capture.mirror_path)
            landed = Landed(
                lease=lease,
                disposition=Disposition(state=State.DONE, moves=moves, is_surprise=is_surprise),
            )
        disposition = dataclasses.replace(
            landed.disposition, status=304, reason="unchanged", is_page=False, capture=None
        )
        if landed.files:
            disposition = dataclasses.replace(disposition, capture=landed.disposition.capture)
        return dataclasses.replace(landed, disposition=disposition, page=None)

    async def _read_again(self, lease: Lease, capture: Capture) -> Landed:
        """Links and mirror file of a stored body, without asking anybody."""
        body = await self._originals.read(capture)
        path = self._path(lease, capture.media_type)
        again = dataclasses.replace(capture, mirror_path=path)
        landed = self._done(lease, again, body, Head(status=capture.status))
        kept = again if path != capture.mirror_path else None
        disposition = dataclasses.replace(landed.disposition, capture=kept, is_page=False)
        return dataclasses.replace(landed, disposition=disposition, page=None)

    def _done(
        self, lease: Lease, capture: Capture, body: bytes, head: Head, *, writes_file: bool = True
    ) -> Landed:
        """Read a good body and write down what follows from it."""
        candidate = lease.candidate
        is_manifest = candidate.hops.endswith(Hop.PREREQUISITE) or is_sitemap(body, capture.media_type)
        document = None
        outlinks: list[Outlink] = []
        if is_manifest:
            outlinks = sitemap(body, candidate.url)
        else:
            document = read_document(body, candidate.url, capture.media_type, capture.content_type or None)
            outlinks = _outlinks(document, head, candidate.url)
        offers = judge_outlinks(
            lease,
            outlinks,
            self._scope,
            max_redirects=self._options.fetch.max_redirects,
            obeys_nofollow=self._options.polite.robots == "obey",
        )
        is_page = is_html(capture.media_type) and not candidate.is_requisite and not is_manifest
        capture = dataclasses.replace(
            capture,
            title=document.title if document else capture.title,
            charset=document.encoding if document else capture.charset,
        )
        files: tuple[tuple[str, bytes], ...] = ()
        targets = None
        if capture.mirror_path is not None and writes_file:
            edition = edit(document, body, capture.mirror_path, offers.accepted, self._addresses)
            files, targets = ((capture.mirror_path, edition.body),), edition.targets
        moves, is_surprise = self._settle(lease, capture.mirror_path)
        keeps_original = not self._options.keep.archive and is_text_with_links(capture.media_type)
        return Landed(
            lease=lease,
            disposition=Disposition(
                state=State.DONE,
                status=capture.status,
                capture=capture,
                found=offers.found,
                refused=offers.refused,
                is_page=is_page,
                moves=moves,
                is_surprise=is_surprise,
                targets=targets,
                original=pack_original(body) if keeps_original and capture.segment is None else None,
            ),
            files=files,
            page=_page(lease, capture, body, head, tuple(outlinks)) if is_page else None,
        )

    def _redirected(self, lease: Lease, response: Response) -> Landed:
        """A redirect is an answer whose one link is its target."""
        candidate = lease.candidate
        target = redirect_target(response.status, response.head.headers, candidate.url)
        if target is None:
            return self._answered_badly(lease, response)
        if self._addresses.loops(candidate.key, target):
            return self._answered_badly(lease, response, reason="redirect_loop")
        outlink = Outlink(url=target, hop=Hop.REDIRECT, context="Location")
        offers = judge_outlinks(
            lease,
            [outlink],
            self._scope,
            max_redirects=self._options.fetch.max_redirects,
            obeys_nofollow=False,
        )
        if offers.accepted:
            self._addresses.leads_to(candidate.key, target)
        else:
            self._addresses.is_at(candidate.key, None)
        capture = dataclasses.replace(
            self._capture(lease, response, essence(response.header("content-type"))),
            mirror_path=None,
            redirect_to=target,
        )
        is_old_news = lease.redirect_to == target and lease.is_surprise and self._addresses.is_complete
        reason = f"redirect to {target}" + ("" if offers.accepted else ", which is not followed")
        return Landed(
            lease=lease,
            disposition=Disposition(
                state=State.DONE,
                reason=reason,
                status=response.status,
                capture=capture,
                found=offers.found,
                refused=offers.refused,
                moves=not is_old_news,
                is_surprise=True,
            ),
            kept=Kept(response=response) if self._options.keep.archive else None,
        )

    def _answered_badly(self, lease: Lease, response: Response, reason: str = "") -> Landed:
        """An answer that is no page: kept in the archive, never instead of a good copy."""
        capture = dataclasses.replace(
            self._capture(lease, response, essence(response.header("content-type"))), mirror_path=None
        )
        disposition = self._failed(lease, reason or f"http_{response.status}", response.status)
        return Landed(
            lease=lease,
            disposition=dataclasses.replace(disposition, capture=capture),
            kept=Kept(response=response) if self._options.keep.archive else None,
        )

    def _after_failure(self, lease: Lease, error: SiteError) -> Landed:
        """No answer: try again later if it may heal."""
        now = self._clock.now()
        heals = not isinstance(error, PermanentError) and not self._is_last_try(lease)
        reason = str(error)
        if not heals and self._may_be_http(lease, error):
            disposition = self._over_http(lease, reason)
        else:
            disposition = self._retry(lease, reason) if heals else self._failed(lease, reason, None)
        return Landed(lease=lease, disposition=dataclasses.replace(disposition, ended_at=now, answered=True))

    def _retry(self, lease: Lease, reason: str, response: Response | None = None) -> Disposition:
        """Back to the queue; the whole host rests too."""
        now = self._clock.now()
        pause = pause_seconds(lease.attempt)
        if response is not None:
            most = self._options.polite.max_crawl_delay
            pause = max(pause, retry_after_seconds(response.header("retry-after"), now, most))
        return Disposition(
            state=State.QUEUED,
            reason=reason,
            status=None if response is None else response.status,
            retry_at=now + pause,
            host_ready_at=now + pause,
        )

    def _may_be_http(self, lease: Lease, error: SiteError) -> bool:
        """Whether this is a seed without a scheme whose host does not speak https."""
        candidate = lease.candidate
        is_bare = candidate.is_seed and candidate.host in self._bare_hosts and not candidate.via
        return is_bare and candidate.url.startswith("https:") and error.failure in _NO_HTTPS

    def _over_http(self, lease: Lease, reason: str) -> Disposition:
        url = "http:" + lease.candidate.url.removeprefix("https:")
        seed = dataclasses.replace(
            lease.candidate, url=url, key=identity(url), host=host_key(url), via=lease.candidate.url
        )
        failed = self._failed(lease, f"no https ({reason}); http is asked instead", None)
        return dataclasses.replace(failed, state=State.DONE, found=(seed,))

    def _failed(self, lease: Lease, reason: str, status: int | None) -> Disposition:
        path = None if lease.capture is None else lease.capture.mirror_path
        moves, is_surprise = self._settle(lease, path)
        return Disposition(
            state=State.FAILED, reason=reason, status=status, moves=moves, is_surprise=is_surprise
        )

    def _refused(self, lease: Lease, decision: Decision, passage: Passage | None = None) -> Disposition:
        failed = self._failed(lease, decision.reason, None)
        found = () if passage is None else passage.found
        return dataclasses.replace(failed, state=State.EXCLUDED, found=found)

    def _settle(self, lease: Lease, path: str | None) -> tuple[bool, bool]:
        """Note where the URL lies now; gives whether pages were written otherwise, and whether it surprises."""
        if not self._options.keep.mirror:
            return False, False
        key, predicted = lease.candidate.key, mirror_path(lease.candidate.url)
        is_surprise = path != predicted
        if is_surprise:
            self._addresses.is_at(key, path)
        else:
            self._addresses.is_as_predicted(key)
        if lease.capture is not None and lease.capture.mirror_path is not None:
            assumed: str | None = lease.capture.mirror_path
        else:
            assumed = None if lease.is_surprise else predicted
        return path != assumed or (is_surprise and not self._addresses.is_complete), is_surprise

    def _capture(self, lease: Lease, response: Response, media_type: str) -> Capture:
        return Capture(
            url=lease.candidate.url,
            captured_at=response.started_at,
            status=response.status,
            media_type=media_type,
            content_type=response.header("content-type") or "",
            size_bytes=len(response.body),
            digest=f"sha256:{hashlib.sha256(response.body).hexdigest()}",
            etag=response.header("etag"),
            last_modified=response.header("last-modified"),
            mirror_path=self._path(lease, media_type),
        )

    def _path(self, lease: Lease, media_type: str) -> str | None:
        if not self._options.keep.mirror or lease.candidate.hops.endswith(Hop.PREREQUISITE):
            return None
        return mirror_path(lease.candidate.url, media_type)

    def _request(self, lease: Lease) -> Request:
        headers = self._seed_headers if lease.candidate.host in self._seed_hosts else ()
        if (old := lease.capture) is not None:
            if old.etag:
                headers = (*headers, ("If-None-Match", old.etag))
            if old.last_modified:
                headers = (*headers, ("If-Modified-Since", old.last_modified))
        is_needed = lease.candidate.is_requisite or lease.candidate.hops.endswith(Hop.PREREQUISITE)

        def admit(head: Head) -> Decision:
            if not 200 <= head.status < 300:
                return ACCEPTED
            return self._scope.admits(essence(head.header("content-type")), is_requisite=is_needed)

        return Request(url=lease.candidate.url, headers=headers, admit=admit)

    def _rest_until(self, lease: Lease, response: Response) -> float:
        rest = self._gate.rest_seconds(lease.candidate.host, response.latency_seconds)
        return response.ended_at + rest if rest else 0.0

    def _is_last_try(self, lease: Lease) -> bool:
        return lease.attempt > self._options.fetch.retries


def _with_answer(landed: Landed, response: Response, passage: Passage, rest_until: float) -> Landed:
    """Add what politeness and the counts want to know of an answer."""
    done = landed.disposition
    return dataclasses.replace(
        landed,
        disposition=dataclasses.replace(
            done,
            found=passage.found + done.found,
            ended_at=response.ended_at,
            host_ready_at=max(done.host_ready_at, rest_until),
            latency_seconds=response.latency_seconds,
            answered=True,
            wire_bytes=len(response.wire),
        ),
    )


def _outlinks(document: Document | None, head: Head, url: str) -> list[Outlink]:
    """Links of the headers, then of the text; X-Robots-Tag speaks for all that are not requisites."""
    outlinks = [*header_links(head.headers, url), *(document.outlinks() if document else ())]
    if not is_nofollow(head.headers):
        return outlinks
    return [each if each.hop is Hop.EMBED else dataclasses.replace(each, nofollow=True) for each in outlinks]


def _page(lease: Lease, capture: Capture, body: bytes, head: Head, links: tuple[Outlink, ...]) -> Page:
    return Page(
        url=capture.url,
        status=capture.status,
        headers=head.headers,
        body=body,
        encoding=capture.charset,
        links=links,
        depth=lease.candidate.depth,
        title=capture.title,
    )
