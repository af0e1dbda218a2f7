"""Turn what a page leads to into candidates, and count by rule what scope and traps refuse.

A page may lead to twenty thousand URLs, so they can be judged in slices.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crawler.model import MAX_HOPS_KEPT, Candidate, Decision, Hop, Lease, Outlink
from crawler.scope import Scope, folder_of
from crawler.traps import NO_TRAPS, SESSION_ID, Traps
from crawler.urls import host_key, identity

__all__ = ["DUPLICATE_CONTENT", "Judgement", "Limits", "Offers", "judge_outlinks"]

DUPLICATE_CONTENT = "duplicate-content"
"""The rule by which links are refused that lead further down a row of pages with the same bytes."""

_DEEPER = frozenset({Hop.LINK, Hop.MANIFEST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a crawl follows beside its scope.

    Args:
        max_redirects: redirects in a row.
        obeys_nofollow: links that ask not to be followed are refused.
        traps: keep out of sites without end.
    """

    max_redirects: int
    obeys_nofollow: bool
    traps: Traps = field(default_factory=lambda: Traps(0, off=NO_TRAPS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """The judged links of one answer.

    Args:
        found: candidates for the frontier, in order, each key once.
        refused: how many links each rule refused, by (rule, host).
        accepted: canonical URL to key, of what belongs to the crawl; of a link with a session id the key of the
            URL without it.
        left_out: the same of what was refused here; other pages may have led there all the same.
    """

    found: tuple[Candidate, ...]
    refused: Mapping[tuple[str, str], int]
    accepted: Mapping[str, str]
    left_out: Mapping[str, str]


def judge_outlinks(
    lease: Lease, outlinks: Iterable[Outlink], scope: Scope, limits: Limits, *, floor: str = ""
) -> Offers:
    """Ask scope and traps about every link of what `lease` answered.

    Args:
        lease: where the links were found.
        outlinks: canonical, in order.
        scope: the extent of the crawl; the target of a seed's redirect joins it.
        limits: what else is not followed.
        floor: the folder (`crawler.scope.folder_of`) below which links lead down an endless row; "": there is none.
    """
    judgement = Judgement(lease, scope, limits, floor=floor)
    judgement.take(outlinks)
    return judgement.offers()


class Judgement:
    """The links of one answer while they are judged; the arguments are those of `judge_outlinks`."""

    def __init__(self, lease: Lease, scope: Scope, limits: Limits, *, floor: str = "") -> None:
        self._source = lease.candidate
        self._scope = scope
        self._limits = limits
        self._floor = floor
        self._is_foreign = self._source.is_requisite and not scope.covers(self._source.url)
        self._found: dict[str, Candidate] = {}
        self._refused: Counter[tuple[str, str]] = Counter()
        self._accepted: dict[str, str] = {}
        self._left_out: dict[str, str] = {}

    def take(self, outlinks: Iterable[Outlink]) -> None:
        """Judge some of the links."""
        for outlink in outlinks:
            candidate = _candidate(self._source, outlink)
            decision = self._decide(outlink, candidate)
            if decision.rule == SESSION_ID:
                candidate, decision = self._without_session(outlink, decision)
            if decision.accepted:
                if candidate.is_requisite or outlink.url not in self._accepted:
                    self._accepted[outlink.url] = candidate.key
                self._find(candidate)
            else:
                self._refused[decision.rule, candidate.host] += 1
                self._left_out[outlink.url] = candidate.key

    def refuse(self, rule: str, links: int) -> None:
        """Count links that were not even looked at, for the host where they stand."""
        if links:
            self._refused[rule, self._source.host] += links

    def offers(self) -> Offers:
        """All that was judged."""
        return Offers(
            found=tuple(self._found.values()),
            refused=self._refused,
            accepted=self._accepted,
            left_out=self._left_out,
        )

    def _without_session(self, outlink: Outlink, refusal: Decision) -> tuple[Candidate, Decision]:
        """The same URL without its session id, in the place of a link that was refused for that.

        The link counts as refused for its session id, or for what speaks against the URL that remains.
        """
        bare = dataclasses.replace(outlink, url=self._limits.traps.stand_in(outlink.url))
        candidate = _candidate(self._source, bare)
        decision = self._decide(bare, candidate)
        if decision.accepted:
            self._refused[refusal.rule, candidate.host] += 1
        return candidate, decision

    def _decide(self, outlink: Outlink, candidate: Candidate) -> Decision:
        if candidate.is_seed:
            self._scope.join(outlink.url)
        if outlink.nofollow and self._limits.obeys_nofollow and not candidate.is_requisite:
            return Decision(accepted=False, rule="nofollow")
        if self._is_foreign and outlink.hop is Hop.LINK:
            return Decision(accepted=False, rule="scope", detail="a link inside a foreign requisite")
        if len(candidate.hops) - len(candidate.hops.rstrip(Hop.REDIRECT)) > self._limits.max_redirects:
            return Decision(accepted=False, rule="redirects")
        decision = self._scope.judge(
            candidate.url, candidate.hops, candidate.depth, is_seed=candidate.is_seed
        )
        if decision.accepted:
            decision = self._limits.traps.admit(candidate)
        if decision.accepted and self._leads_down(candidate):
            return Decision(
                accepted=False, rule=DUPLICATE_CONTENT, detail="below a row of pages with the same bytes"
            )
        return decision

    def _leads_down(self, candidate: Candidate) -> bool:
        if not self._floor or candidate.is_requisite:
            return False
        place = folder_of(candidate.url)
        return place != self._floor and place.startswith(self._floor)

    def _find(self, candidate: Candidate) -> None:
        """Keep a candidate once a key; and beside a link the same URL as a requisite."""
        found, key = self._found, candidate.key
        known = found.get(key)
        if known is None or (known.is_requisite and not candidate.is_requisite):
            found[key] = candidate
            if known is not None:
                found[f"{key}#requisite"] = known
        elif candidate.is_requisite and not known.is_requisite:
            found[f"{key}#requisite"] = candidate


def _candidate(source: Candidate, outlink: Outlink) -> Candidate:
    is_redirect = outlink.hop is Hop.REDIRECT
    return Candidate(
        url=outlink.url,
        key=identity(outlink.url),
        host=host_key(outlink.url),
        depth=source.depth + (outlink.hop in _DEEPER),
        hops=(source.hops + outlink.hop)[-MAX_HOPS_KEPT:],
        via=source.url,
        is_seed=source.is_seed and is_redirect and outlink.context == "Location",
        is_requisite=outlink.hop is Hop.EMBED or (is_redirect and source.is_requisite),
        modified_at=outlink.modified_at,
    )
