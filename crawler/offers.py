"""Turn what a page leads to into candidates, and count by rule what the scope refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crawler.model import MAX_HOPS_KEPT, Candidate, Decision, Hop, Lease, Outlink
from crawler.scope import Scope
from crawler.urls import host_key, identity

__all__ = ["Offers", "judge_outlinks"]

_DEEPER = frozenset({Hop.LINK, Hop.MANIFEST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """The judged links of one answer.

    Args:
        found: candidates for the frontier, in order, each key once.
        refused: how many links each rule refused, by (rule, host).
        accepted: canonical URL to key, of what belongs to the crawl.
        left_out: the same of what was refused here; other pages may have led there all the same.
    """

    found: tuple[Candidate, ...]
    refused: Mapping[tuple[str, str], int]
    accepted: Mapping[str, str]
    left_out: Mapping[str, str]


def judge_outlinks(
    lease: Lease, outlinks: Iterable[Outlink], scope: Scope, *, max_redirects: int, obeys_nofollow: bool
) -> Offers:
    """Ask the scope about every link of what `lease` answered.

    Args:
        lease: where the links were found.
        outlinks: canonical, in order.
        scope: the extent of the crawl; the target of a seed's redirect joins it.
        max_redirects: redirects in a row.
        obeys_nofollow: links that ask not to be followed are refused.
    """
    found: dict[str, Candidate] = {}
    refused: Counter[tuple[str, str]] = Counter()
    accepted: dict[str, str] = {}
    left_out: dict[str, str] = {}
    source = lease.candidate
    is_foreign = source.is_requisite and not scope.covers(source.url)
    for outlink in outlinks:
        candidate = _candidate(source, outlink)
        if candidate.is_seed:
            scope.join(outlink.url)
        if outlink.nofollow and obeys_nofollow and not candidate.is_requisite:
            decision = Decision(accepted=False, rule="nofollow")
        elif is_foreign and outlink.hop is Hop.LINK:
            decision = Decision(accepted=False, rule="scope", detail="a link inside a foreign requisite")
        elif len(candidate.hops) - len(candidate.hops.rstrip(Hop.REDIRECT)) > max_redirects:
            decision = Decision(accepted=False, rule="redirects")
        else:
            decision = scope.judge(outlink.url, candidate.hops, candidate.depth, is_seed=candidate.is_seed)
        if not decision.accepted:
            refused[decision.rule, candidate.host] += 1
            left_out[outlink.url] = candidate.key
            continue
        accepted[outlink.url] = candidate.key
        known = found.get(candidate.key)
        if known is None or (known.is_requisite and not candidate.is_requisite):
            found[candidate.key] = candidate
            if known is not None:
                found[f"{candidate.key}#requisite"] = known
        elif candidate.is_requisite and not known.is_requisite:
            found[f"{candidate.key}#requisite"] = candidate
    return Offers(found=tuple(found.values()), refused=refused, accepted=accepted, left_out=left_out)


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
    )
