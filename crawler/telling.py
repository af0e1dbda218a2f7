"""Put what is known of one URL into words for a person, and into values for a program."""

from __future__ import annotations

import dataclasses
from typing import Any

from crawler.clock import iso_utc
from crawler.explanation import Explanation, RobotsOpinion
from crawler.model import UNKNOWN_DEPTH, Capture, Hop, State
from crawler.quantities import show_duration, show_size
from crawler.rendering import read_rendering
from crawler.report import GATHERED
from crawler.standing import Entry, HostState

__all__ = ["explanation_lines", "explanation_values", "host_values"]

_HOPS = {
    "L": "link",
    "E": "needed by the page",
    "R": "redirect",
    "M": "named in a sitemap",
    "P": "named in robots.txt",
}


def explanation_lines(found: Explanation) -> list[str]:
    """Lines for a person, the verdict first."""
    entry = found.entry
    if entry is None:
        return [*_never_accepted(found), *_parents(found)]
    lines = [_verdict(found, entry)]
    lines += _path(found, entry)
    lines += _parents(found)
    lines += ["no good copy was ever stored"] if entry.good is None else _copy(entry.good)
    lines += [f"  not rendered: {found.unrendered}"] if found.unrendered else []
    if found.robots is not None:
        lines += _robots(found.robots, is_ignored=found.ignores_robots)
    elif found.ignores_robots:
        lines.append("robots.txt is not asked for, as you said")
    if found.host is not None:
        lines.append(_host(found.host, found.now))
    return lines


def explanation_values(found: Explanation) -> dict[str, Any]:
    """The same for a program: plain values, instants in ISO 8601, no key ever missing."""
    entry, robots, host, judged = found.entry, found.robots, found.host, found.judged
    return {
        "url": found.url,
        "state": "unknown" if entry is None else entry.state,
        "reason": entry.reason if entry else judged.reason if judged else "",
        "status": entry.status if entry else None,
        "attempts": entry.attempts if entry else 0,
        "last_at": _instant(entry.last_at if entry else None),
        "due_at": _instant(found.due_at),
        "wait_seconds": None if found.wait_seconds is None else round(found.wait_seconds, 3),
        "heals": found.heals,
        "depth": entry.candidate.depth if entry else None,
        "hops": entry.candidate.hops if entry else None,
        "path": [{"url": each.candidate.url, "how": _how(each)} for each in found.path],
        "parents": list(found.parents),
        "good": _good(entry.good if entry else None),
        "unrendered": found.unrendered or None,
        "robots": None if robots is None else _robots_values(robots),
        "ignores_robots": found.ignores_robots,
        "host": None if host is None else host_values(host, found.now),
        "stand_in": found.stand_in or None,
        "refused_links": [dataclasses.asdict(each) for each in found.refusals],
        "run": None if found.run is None else {"number": found.run.number, "outcome": found.run.outcome},
    }


def host_values(host: HostState, now: float) -> dict[str, Any]:
    """A host's queue and pace, for a program."""
    values = dataclasses.asdict(host)
    wait = None if host.due_at is None else round(max(host.due_at - now, 0.0), 3)
    ready_at = _instant(host.ready_at or None)
    return values | {"ready_at": ready_at, "due_at": _instant(host.due_at), "wait_seconds": wait}


def _verdict(found: Explanation, entry: Entry) -> str:
    when = "" if entry.last_at is None else f" at {iso_utc(entry.last_at)}"
    reason = f" ({entry.reason})" if entry.reason else ""
    status = f", status {entry.status}" if entry.status else ""
    match entry.state:
        case State.DONE:
            return f"done: fetched{when}{status}{reason}"
        case State.FAILED:
            heals = "; it may heal: the next run takes it up first" if found.heals else ""
            doubt = f"; {found.doubt}" if found.doubt else ""
            return f"failed: tried {_times(entry.attempts)}, last{when}{status}{reason}{doubt}{heals}"
        case State.EXCLUDED:
            return f"excluded{when}{reason}"
        case State.CLAIMED:
            return "claimed: being fetched now, or by a run that was killed; the next run takes it up"
    outcome = found.run.outcome if found.run else ""
    ended = f"; the last run ended by {outcome}" if outcome and outcome != "finished" else ""
    if outcome == GATHERED:
        ended = "; not everything of the last run is gathered yet"
    told = ""
    if entry.attempts:
        told = f"; tried {_times(entry.attempts)}, last{when}{status}{reason}"
    elif entry.last_at is not None:
        told = f"; last decided{when}{status}{reason}"
    return f"queued{_due(found, entry)}{told}{ended}"


def _due(found: Explanation, entry: Entry) -> str:
    """When it may be asked for, and whether it is its host that waits."""
    wait = found.wait_seconds or 0.0
    if wait <= 0:
        return ""
    is_host = found.host is not None and found.host.ready_at > entry.ready_at
    whose = " (its host rests)" if is_host else ""
    return f", not before {iso_utc(found.due_at or 0.0)}, {show_duration(wait)} from now{whose}"


def _path(found: Explanation, entry: Entry) -> list[str]:
    if entry.candidate.depth >= UNKNOWN_DEPTH:
        return ["how it was reached is not known: its record was rebuilt, and no page read since leads here"]
    return [
        f"depth {entry.candidate.depth}, path {entry.candidate.hops or '(seed)'}:",
        *(f"  {step.candidate.url}  {_how(step)}" for step in found.path),
    ]


def _how(step: Entry) -> str:
    """How a step of the path was reached."""
    candidate = step.candidate
    how = _HOPS.get(candidate.hops[-1:], "seed")
    if candidate.hops.endswith(Hop.PREREQUISITE) and candidate.via:
        return f"{how} {candidate.via}"
    return how


def _parents(found: Explanation) -> list[str]:
    """Pages that lead there, but the one of the path."""
    via = found.entry.candidate.via if found.entry else None
    others = [each for each in found.parents if each != via]
    if not others:
        return []
    return [
        "pages that also lead there:" if via else "pages that lead there:",
        *(f"  {each}" for each in others),
    ]


def _copy(good: Capture) -> list[str]:
    media_type, size = good.media_type or "unknown type", show_size(good.size_bytes)
    when = iso_utc(good.captured_at)
    lines = [f"last good copy: {when}, status {good.status}, {media_type}, {size}, {good.digest}"]
    if good.mirror_path is not None:
        lines.append(f"  mirror/{good.mirror_path}")
    if good.segment is not None:
        lines.append(f"  archive/{good.segment} at {good.offset}, {good.length} bytes")
    if (rendering := read_rendering(good.rendering)) is not None:
        at = good.offset - rendering.before_bytes
        lines.append(f"  rendered at {at}, {show_size(rendering.size_bytes)}: {rendering.reason}")
        if rendering.shot_length:
            lines.append(f"  picture of it at {good.offset - rendering.shot_before_bytes}")
    return lines


def _good(good: Capture | None) -> dict[str, Any] | None:
    if good is None:
        return None
    return {
        "captured_at": iso_utc(good.captured_at),
        "status": good.status,
        "media_type": good.media_type,
        "size_bytes": good.size_bytes,
        "digest": good.digest,
        "mirror_path": good.mirror_path,
        "segment": good.segment,
        "offset": good.offset,
        "length": good.length,
        "rendering": _rendering(good),
    }


def _rendering(good: Capture) -> dict[str, Any] | None:
    rendering = read_rendering(good.rendering)
    if rendering is None:
        return None
    shot = good.offset - rendering.shot_before_bytes if rendering.shot_length else None
    return {
        "reason": rendering.reason,
        "digest": rendering.digest,
        "size_bytes": rendering.size_bytes,
        "offset": good.offset - rendering.before_bytes,
        "length": rendering.length,
        "picture_offset": shot,
        "picture_length": rendering.shot_length or None,
    }


def _robots(robots: RobotsOpinion, *, is_ignored: bool) -> list[str]:
    copy, verdict = robots.copy, robots.verdict
    word = "allows it" if verdict.accepted else "forbids it"
    if is_ignored:
        word += ", but is ignored as you said"
    line = f"robots.txt ({copy.status}, {iso_utc(copy.fetched_at)}) {word}: {verdict.detail}"
    return [line, *(f"  that robots.txt {notice}" for notice in robots.notices)]


def _robots_values(robots: RobotsOpinion) -> dict[str, Any]:
    return {
        "origin": robots.copy.origin,
        "status": robots.copy.status,
        "fetched_at": iso_utc(robots.copy.fetched_at),
        "allows": robots.verdict.accepted,
        "line": robots.verdict.detail,
        "notices": list(robots.notices),
    }


def _never_accepted(found: Explanation) -> list[str]:
    """The scope's refusal, worked out again; or that nothing led there."""
    judged = found.judged
    if judged is None:
        return ["unknown: nothing was crawled here yet"]
    if judged.accepted:
        lines = ["unknown: it would be accepted, but nothing that was fetched leads there"]
    else:
        lines = [f"never queued: refused as a link by {judged.reason}"]
        lines += [f"  {found.stand_in} is offered in its place"] if found.stand_in else []
    return lines + [
        f"  {each.links} link{'s' * (each.links != 1)} to {each.host} refused by {each.rule} in the last run"
        for each in found.refusals
    ]


def _host(host: HostState, now: float) -> str:
    wait = host.ready_at - now
    ready = f", ready in {show_duration(wait)}" if wait > 0 else ""
    return f"host {host.host}: {_pace(host)}{ready}; {host.queued} queued, {host.done} done"


def _pace(host: HostState) -> str:
    """How a host is asked."""
    delay = f"{host.delay_seconds:.3g}s after each answer" if host.delay_seconds else "no delay"
    if host.delay_seconds > host.pace.delay_seconds:
        delay += f" (at least {host.pace.delay_seconds:g}s; it is slow or in trouble)"
    at_once = "one request at a time" if host.pace.parallel == 1 else f"{host.pace.parallel} requests at once"
    down = f"; down: {host.down}" if host.down else ""
    return f"{delay}, {at_once}{down}"


def _instant(at: float | None) -> str | None:
    return None if at is None else iso_utc(at)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
