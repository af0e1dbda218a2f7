"""Decide which pages are rendered, have it done, and remember what came of it.

A page whose own bytes are as before keeps the rendering it had: nothing is rendered twice for nothing. A page that
cannot be rendered is read as it was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from crawler.body import Body, Spool
from crawler.browser.wanted import Browser, Sight, Supply
from crawler.clock import Clock
from crawler.errors import DamageError, RenderError, StorageError
from crawler.evidence import Choice, Evidence, choose, evidence_of, gain_of
from crawler.exchange import Response
from crawler.links.encoding import decode, sniff_encoding
from crawler.model import Capture, Hop, Lease, Outlink
from crawler.options import KeepOptions
from crawler.originals import Originals
from crawler.provision import Provider
from crawler.quantities import show_count
from crawler.rendering import RENDERED_TYPE, Rendered, Rendering, read_rendering
from crawler.templatefile import Templates
from crawler.templates import template_of
from crawler.urls import canonicalize

__all__ = ["UNRENDERED", "Renderer", "View", "Viewing", "as_sent", "evidence_in", "is_unrendered"]

UNRENDERED = "unrendered"
"""The first word about a page that was to be rendered, and is read as it was sent."""

_AT_ONCE = 3
_MOST_BYTES = 5_000_000
_INLINE_BYTES = 1 << 16
_HTML = "text/html"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a good answer is read.

    Args:
        body: the text.
        rendered: the same, to be archived; None: it is the body as it was sent.
        outlinks: what its scripts asked for, and where they wanted to lead.
        remark: what a person should know: a word, a colon, a line.
    """

    body: Body
    rendered: Rendered | None = None
    outlinks: tuple[Outlink, ...] = ()
    remark: str = ""

    @property
    def rendering(self) -> str:
        """The rendering as a capture names it, as yet without a place; "": there is none."""
        if self.rendered is None:
            return ""
        text = self.rendered.text
        return str(
            Rendering(digest=f"sha256:{text.digest}", size_bytes=text.size_bytes, reason=self.rendered.reason)
        )


Viewing = Callable[[Lease, Capture, Response], Awaitable[View]]
"""Tells how the good answer of a lease is read."""


async def as_sent(lease: Lease, capture: Capture, response: Response) -> View:  # noqa: ARG001 - the signature of Viewing
    """Read it as it was sent."""
    return View(body=response.body)


class Renderer:
    """Renders pages of one engine.

    Args:
        browser: begun.
        provider: answers what pages ask for.
        templates: what is remembered.
        originals: renderings stored earlier.
        spool: where large texts lie.
        clock: tells when.
        is_always: every page is rendered, whatever speaks for it.
        shoots: pictures are taken.
    """

    def __init__(
        self,
        browser: Browser,
        provider: Provider,
        *,
        templates: Templates,
        originals: Originals,
        spool: Spool,
        clock: Clock,
        is_always: bool,
        shoots: bool,
    ) -> None:
        self._browser = browser
        self._provider = provider
        self._templates = templates
        self._originals = originals
        self._spool = spool
        self._clock = clock
        self._is_always = is_always
        self._shoots = shoots
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._failed, self._first_failed = 0, ""

    def warnings(self) -> list[str]:
        """What a person should know, a line each."""
        if not self._failed:
            return []
        pages = show_count(self._failed, "page")
        return [f"rendering: {pages} could not be rendered, and read as sent, such as {self._first_failed}"]

    async def view(self, lease: Lease, capture: Capture, response: Response) -> View:
        """How a good answer is to be read.

        Args:
            lease: of its URL.
            capture: of the answer.
            response: the answer.

        Raises:
            StorageError: our own storage failed.
        """
        as_sent = View(body=response.body)
        if not _is_page(lease, capture):
            return as_sent
        if (kept := await self._kept(lease.capture, capture)) is not None:
            return kept
        before = await evidence_in(response.body, capture.content_type)
        async with self._turn:
            # What the pages before brought is known only now.
            return await self._looked_at(lease, capture, response, before)

    async def _looked_at(self, lease: Lease, capture: Capture, response: Response, before: Evidence) -> View:
        as_sent = View(body=response.body)
        template = template_of(capture.url)
        choice = await self._choice(before, template)
        if not choice.renders:
            return as_sent
        provision = self._provider.of(lease, response)
        page = Supply(status=response.status, headers=response.head.headers, body=response.body)
        try:
            sight = await self._browser.see(capture.url, page, provision.provide, shoots=self._shoots)
        except RenderError as error:
            self._failed += 1
            self._first_failed = self._first_failed or f"{capture.url} ({error})"
            return View(body=response.body, remark=f"{UNRENDERED}: {error}")
        text = await asyncio.to_thread(self._spool.keep, (sight.text.encode("utf-8", "replace"),))
        gain = gain_of(before, await evidence_in(text, RENDERED_TYPE))
        await asyncio.to_thread(
            self._templates.learn, template, has_signs=bool(before.signs), has_gained=gain.is_real
        )
        if not gain.is_real and not self._is_always:
            return as_sent
        reason = f"{choice.reason}; {sight.remark}" if sight.remark else choice.reason
        shot = Body.of(sight.shot) if sight.shot else None
        rendered = Rendered(text=text, reason=reason, rendered_at=self._clock.now(), shot=shot)
        outlinks = (*provision.outlinks, *_led_to(sight, capture.url))
        return View(body=text, rendered=rendered, outlinks=outlinks)

    async def _choice(self, evidence: Evidence, template: str) -> Choice:
        if self._is_always:
            return Choice(renders=True, reason="every page is, by --render always")
        known = await asyncio.to_thread(self._templates.known, template, has_signs=bool(evidence.signs))
        return choose(evidence, known, template)

    async def _kept(self, before: Capture | None, capture: Capture) -> View | None:
        """The rendering that the same bytes had."""
        if before is None or before.digest != capture.digest:
            return None
        if (rendering := read_rendering(before.rendering)) is None:
            return None
        try:
            text = await self._originals.shown(before)
            shot = await self._originals.picture(before)
        except DamageError:
            raise
        except StorageError:
            return None
        rendered = Rendered(text=text, reason=rendering.reason, rendered_at=before.captured_at, shot=shot)
        return View(body=text, rendered=rendered)


def is_unrendered(capture: Capture | None, keep: KeepOptions) -> bool:
    """Whether a good copy is a page that was never rendered, and might be by now."""
    if capture is None or keep.render == "never":
        return False
    return capture.media_type == _HTML and not capture.rendering


def _is_page(lease: Lease, capture: Capture) -> bool:
    candidate = lease.candidate
    is_asked_for = not candidate.is_requisite and not candidate.hops.endswith(Hop.PREREQUISITE)
    return is_asked_for and capture.media_type == _HTML and 0 < capture.size_bytes <= _MOST_BYTES


async def evidence_in(body: Body, content_type: str) -> Evidence:
    """What of a text speaks for rendering it; a large one is looked at in a thread."""
    if body.size_bytes <= _INLINE_BYTES:
        return _read(body, content_type)
    return await asyncio.to_thread(_read, body, content_type)


def _read(body: Body, content_type: str) -> Evidence:
    head = body.head(_MOST_BYTES)
    return evidence_of(decode(head, sniff_encoding(head, content_type or None)))


def _led_to(sight: Sight, url: str) -> list[Outlink]:
    targets = dict.fromkeys(filter(None, (canonicalize(each, url) for each in sight.led_to)))
    return [Outlink(url=each, hop=Hop.LINK, context="script") for each in targets]
