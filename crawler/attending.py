"""Let rules and hooks attend a URL on its way: around its request, and with its answer before that lands."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from crawler.clock import Clock
from crawler.errors import PermanentError, StateError
from crawler.exchange import Fetch, Head, Request, Response
from crawler.extraction.rule import SOURCE_FIELDS
from crawler.gathering import Breaks, Gatherer
from crawler.hooks import Failure, Found, Hooks
from crawler.item import Item
from crawler.landing import Landed
from crawler.model import Decision, Disposition, Hop, Lease, Outlink, State
from crawler.offers import Offers
from crawler.urls import canonicalize

__all__ = ["HOOK", "Attending"]

HOOK = "hook"
"""The class of a failure that a program of the user's made."""

_log = logging.getLogger(__name__)
_MOST_MISSED = 4
T = TypeVar("T")


class Attending:
    """Rules and hooks of one crawl.

    Args:
        gatherer: takes what the rules say; None: there are none.
        hooks: of the program.
        clock: tells when a request was refused.
    """

    def __init__(self, gatherer: Gatherer | None, hooks: Hooks, clock: Clock) -> None:
        self._gatherer = gatherer
        self._hooks = hooks
        self._clock = clock
        self._breaks = Breaks() if gatherer is None else gatherer.breaks
        # What hooks gave for answers that have not landed, by URL.
        self._given: dict[str, list[str | Item]] = {}

    def around(self, fetch: Fetch) -> Fetch:
        """The same way to the web, with the hooks of requests and answers around it."""
        if not self._hooks.on_request and not self._hooks.on_response:
            return fetch

        async def attended(request: Request) -> Response:
            asked = await self._before(request)
            if isinstance(asked, Decision):
                now = self._clock.now()
                return Response(
                    url=request.url, head=Head(status=0), started_at=now, ended_at=now, refusal=asked
                )
            response = await fetch(asked)
            given: list[str | Item] = []
            for hook in self._hooks.on_response if response.refusal.accepted else ():
                given += _listed(await _called("on_response", hook, hook(response)))
            if given:
                self._given[request.url] = given
            return response

        return attended

    async def attend(self, landed: Landed, judge: Callable[[Lease, Sequence[Outlink]], Offers]) -> Landed:
        """What lands of a lease, with items and with what rules and hooks lead to.

        Args:
            landed: what the pipeline made of it.
            judge: asks the scope about links.
        """
        given = self._given.pop(landed.lease.candidate.url, [])
        try:
            if landed.disposition.state is State.DONE:
                landed = await self._attend(landed, given, judge)
        except PermanentError as error:
            landed = _failed(landed, str(error))
        if landed.disposition.state is State.FAILED:
            await self._tell(landed)
        return landed

    def warnings(self) -> list[str]:
        """What a person should know of what was not as the rules say."""
        return self._breaks.lines()

    async def _before(self, request: Request) -> Request | Decision:
        for hook in self._hooks.on_request:
            match await _called("on_request", hook, hook(request)):
                case Request() as other:
                    if other.url != request.url:
                        raise PermanentError(HOOK, f"{_name(hook)} gave a request of another URL")
                    request = other
                case Decision() as decision if not decision.accepted:
                    return decision if decision.rule else dataclasses.replace(decision, rule=HOOK)
        return request

    async def _attend(
        self, landed: Landed, given: list[str | Item], judge: Callable[[Lease, Sequence[Outlink]], Offers]
    ) -> Landed:
        links: list[str] = []
        items: list[Item] = []
        capture, body = landed.disposition.capture or landed.lease.capture, landed.body
        if self._gatherer is not None and capture and body and self._gatherer.concerns(capture):
            # What is only read again gave its items when it came; its links are offered anew.
            is_new = landed.disposition.status == capture.status
            gathered = await self._gatherer.gather(capture, body, counts=is_new)
            links += gathered.links
            items += gathered.items if is_new else ()
        for hook in self._hooks.on_page if landed.page is not None else ():
            given += _listed(await _called("on_page", hook, hook(landed.page)))  # type: ignore[arg-type]
        url = landed.lease.candidate.url
        for each in given:
            if isinstance(each, Item):
                items.append(each)
            elif (link := canonicalize(each, url)) is None:
                raise PermanentError(HOOK, f"{each!r:.80} is no URL")
            else:
                links.append(link)
        if self._hooks:
            items = [item for each in items if (item := await self._checked(each)) is not None]
        outlinks = [Outlink(url=each, hop=Hop.LINK, context="rules") for each in dict.fromkeys(links)]
        return dataclasses.replace(
            landed,
            items=tuple(items),
            disposition=_leading(landed.disposition, judge(landed.lease, outlinks))
            if outlinks
            else landed.disposition,
        )

    async def _checked(self, item: Item) -> Item | None:
        """An item as models and hooks leave it; None: not at all."""
        model = self._hooks.models.get(item.name)
        if model is not None:
            try:
                made = model.model_validate(dict(item.values))
            except ValueError as error:
                self._missed(item, error)
                return None
            dump = getattr(made, "model_dump", None)
            values = item.values if dump is None else dump(mode="json")
            item = dataclasses.replace(item, values=values, model=made)
        for hook in self._hooks.on_item:
            changed = await _called("on_item", hook, hook(item))
            if changed is False:
                return None
            if isinstance(changed, Item):
                item = changed
        if wrong := _unwritable(item):
            raise PermanentError(HOOK, f"item {item.name:.40}: {wrong}")
        return item

    def _missed(self, item: Item, error: ValueError) -> None:
        """Count an item that its model refuses, with the fields that pydantic names."""
        told: Any = getattr(error, "errors", None)
        missed = told()[:_MOST_MISSED] if callable(told) else [{"loc": (), "msg": str(error)}]
        breaks = [
            (item.name, ".".join(map(str, each.get("loc", ()))), str(each.get("msg", ""))) for each in missed
        ]
        self._breaks.note(item.source_url, breaks)

    async def _tell(self, landed: Landed) -> None:
        candidate, done = landed.lease.candidate, landed.disposition
        failure = Failure(url=candidate.url, reason=done.reason, status=done.status, via=candidate.via)
        for hook in self._hooks.on_failure:
            try:
                await _called("on_failure", hook, hook(failure))
            except PermanentError as error:
                _log.warning("%s: %s", candidate.url, error)


async def _called(step: str, hook: Any, called: Awaitable[T]) -> T:
    """What a hook gives.

    Raises:
        PermanentError: of class `hook`: it raised.
    """
    try:
        return await called
    except StateError:
        raise
    except Exception as error:
        _log.warning("%s %s raised", step, _name(hook), exc_info=True)
        raise PermanentError(HOOK, f"{step} {_name(hook)}: {type(error).__name__}: {error}") from error


def _unwritable(item: Item) -> str:
    """Why an item that a program made cannot be written; "": it can."""
    if taken := next((name for name in SOURCE_FIELDS if name in item.values), ""):
        return f"{taken} is what every item has already"
    try:
        item.line()
    except (TypeError, ValueError, RecursionError) as error:
        return f"{error}"
    return ""


def _listed(found: Found) -> Iterable[str | Item]:
    if isinstance(found, str | Item):
        return (found,)
    return found or ()


def _name(hook: Any) -> str:
    return getattr(hook, "__name__", type(hook).__name__)


def _leading(done: Disposition, offers: Offers) -> Disposition:
    """With what rules and hooks lead to besides."""
    known = {each.key for each in done.found}
    refused = dict(done.refused)
    for place, links in offers.refused.items():
        refused[place] = refused.get(place, 0) + links
    more = tuple(each for each in offers.found if each.key not in known)
    return dataclasses.replace(done, found=(*done.found, *more), refused=refused, leads_on=True)


def _failed(landed: Landed, reason: str) -> Landed:
    """Kept as it was sent, but failed: without validators, so that the next run asks for it again."""
    done = landed.disposition
    capture = done.capture
    if capture is not None:
        capture = dataclasses.replace(capture, etag=None, last_modified=None)
    failed = dataclasses.replace(done, state=State.FAILED, reason=reason, capture=capture, is_page=False)
    return dataclasses.replace(landed, disposition=failed, page=None)
