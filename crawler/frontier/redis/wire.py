"""Turn values into what the scripts read, and rows of the server back into values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from math import inf
from typing import Any

from crawler.frontier.fingerprints import awaiting, carrying, fingerprint, key_hash, told_live
from crawler.frontier.memory_rows import may_become_page
from crawler.frontier.protocol import RunPlan
from crawler.model import Candidate, Capture, Disposition, Lease, State
from crawler.override import Override
from crawler.standing import Counts, Entry, Pace, Run
from crawler.tempo import Tempo, delay_seconds, leases_at_once
from crawler.urls import identity

__all__ = [
    "Row",
    "candidate_of",
    "capture_of",
    "disposition_told",
    "entry_of",
    "hash_of",
    "key_of",
    "lease_of",
    "number",
    "offered",
    "pace_of",
    "plan_of",
    "plan_text",
    "row_of",
    "run_of",
    "run_text",
    "tempo_of",
    "text",
    "told_pace",
]

Row = dict[str, bytes]
_TEXTS_WITH_LINKS = frozenset({"text/html", "application/xhtml+xml", "text/css"})


def row_of(flat: Sequence[bytes]) -> Row:
    """A row from the fields and values of its hash, in turn."""
    return {flat[i].decode(): flat[i + 1] for i in range(0, len(flat), 2)}


def text(row: Row, field: str) -> str:
    """A field as text; "": it is not there."""
    return row.get(field, b"").decode("utf-8", "surrogatepass")


def number(row: Row, field: str) -> float:
    """A field as a number; 0: it is not there."""
    return float(row.get(field, b"0"))


def hash_of(key: str) -> str:
    """What a key is found by: 96 bits as 24 hexadecimal digits."""
    return key_hash(key)[4:].hex()


def key_of(row: Row) -> str:
    """The key of a URL's row."""
    return text(row, "k") or text(row, "u")


def _said(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", False)}


def offered(candidate: Candidate) -> dict[str, Any]:
    """A candidate for the scripts."""
    return _said(
        u=candidate.url,
        k=candidate.key,
        kh=hash_of(candidate.key),
        fp=fingerprint(candidate.key),
        h=candidate.host,
        dp=candidate.depth,
        hp=candidate.hops,
        v=candidate.via,
        sd=candidate.is_seed,
        rq=candidate.is_requisite,
        ln=may_become_page(candidate),
    )


def candidate_of(row: Row, host: str) -> Candidate:
    """How a URL was best reached."""
    return Candidate(
        url=text(row, "u"),
        key=key_of(row),
        host=host,
        depth=int(number(row, "dp")),
        hops=text(row, "hp"),
        via=text(row, "v") or None,
        is_seed="sd" in row,
        is_requisite="rq" in row,
    )


def capture_of(stored: bytes | None) -> Capture | None:
    """A capture from its JSON."""
    return None if not stored else Capture(**json.loads(stored))


def lease_of(row: Row, host: str, tempo: bytes) -> Lease:
    """A lease that was just given."""
    return Lease(
        candidate=candidate_of(row, host),
        token=int(number(row, "t")),
        attempt=int(number(row, "a")),
        expires_at=number(row, "x"),
        holds_page_slot="ps" in row,
        is_stored="is" in row,
        capture=None if "fo" in row else capture_of(row.get("g")),
        is_surprise="su" in row,
        redirect_to=text(row, "rt") or None,
        host_down=_tempo(tempo).down,
    )


def entry_of(row: Row, host: str) -> Entry:
    """A row as the ledger shows it."""
    return Entry(
        candidate=candidate_of(row, host),
        state=State(text(row, "s")),
        reason=text(row, "r"),
        status=int(number(row, "st")) if "st" in row else None,
        attempts=int(number(row, "a")),
        last_at=number(row, "la") if "la" in row else None,
        ready_at=number(row, "ra"),
        good=capture_of(row.get("g")),
    )


def _capture_text(capture: Capture) -> str:
    """A capture as JSON, without what is as it usually is."""
    usual = {each.name: each.default for each in fields(Capture)}
    told = {name: value for name, value in asdict(capture).items() if value != usual[name]}
    return json.dumps(told, separators=(",", ":"))


def _capture_told(capture: Capture) -> dict[str, Any]:
    leads_to = capture.redirect_to if 300 <= capture.status < 400 else None
    record = None
    if capture.segment is not None:
        record = f"{capture.segment} {capture.offset} {capture.captured_at!r}"
    told = _said(
        json=_capture_text(capture),
        record=record,
        segment=capture.segment,
        leads_to=leads_to,
        has_file=capture.mirror_path is not None,
        is_text=capture.media_type in _TEXTS_WITH_LINKS,
        is_good=capture.is_good,
        digest=capture.digest,
        is_doubted=bool(capture.doubt),
        face=capture.face,
    )
    return told | {"ends": capture.offset + capture.length}


def _moved(key: str, end: Disposition) -> list[int]:
    """What pages may hold that must be looked at again."""
    told = [
        (end.moves, key),
        (end.appears, told_live(key)),
        (end.arrives or end.changes, awaiting(key)),
        (end.changes, carrying(key)),
    ]
    return [fingerprint(each) for applies, each in told if applies]


def disposition_told(key: str, end: Disposition, blobs: list[bytes]) -> dict[str, Any]:
    """What became of a lease, for the scripts; bytes are added to `blobs`."""
    told = _said(
        state=end.state.value,
        reason=end.reason,
        status=end.status,
        counts_attempt=end.counts_attempt,
        is_page=end.is_page,
        answered=end.answered,
        is_surprise=end.is_surprise,
    )
    told |= {
        "kh": hash_of(key),
        "wire_bytes": end.wire_bytes,
        "retry_at": end.retry_at,
        "moved": _moved(key, end),
        "refused": [[f"{rule}\0{host}", links] for (rule, host), links in end.refused.items()],
        "found": [offered(each) for each in end.found],
    }
    if end.leads_on is not None:
        told["leads_on"] = end.leads_on
    if end.capture is not None:
        told["capture"] = _capture_told(end.capture)
        if leads_to := told["capture"].get("leads_to"):
            told["capture"]["leads_to_fp"] = fingerprint(identity(leads_to))
    # ARGV[1] is this text.
    if end.targets is not None:
        blobs.append(end.targets)
        told["targets"] = len(blobs) + 1
    if end.original is not None and end.capture is not None:
        blobs.append(end.original.read())
        told["original"] = len(blobs) + 1
    return told


def pace_of(row: Row) -> Pace:
    """How a host is to be asked."""
    return Pace(**json.loads(row["pc"])) if "pc" in row else Pace(delay_seconds=0.0, parallel=1)


def tempo_of(row: Row) -> Tempo:
    """What is remembered of a host."""
    return _tempo(row.get("tp", b""))


def _tempo(stored: bytes) -> Tempo:
    return Tempo(**json.loads(stored)) if stored else Tempo()


def told_pace(pace: Pace, tempo: Tempo) -> dict[str, Any]:
    """How a host may be asked: as values, and as the two figures that the scripts go by."""
    return {
        "pc": json.dumps(asdict(pace), separators=(",", ":")),
        "tp": "" if tempo == Tempo() else json.dumps(asdict(tempo), separators=(",", ":")),
        "delay": delay_seconds(pace, tempo),
        "most": leases_at_once(pace, tempo),
    }


def run_text(run: Run) -> str:
    """A run as JSON."""
    return json.dumps(asdict(run), separators=(",", ":"))


def _overrides(stored: Sequence[Mapping[str, Any]]) -> tuple[Override, ...]:
    made = []
    for each in stored:
        paths = each["refresh_paths"]
        paths = None if paths is None else tuple((pattern, seconds) for pattern, seconds in paths)
        made.append(Override(**{**each, "refresh_paths": paths}))
    return tuple(made)


def run_of(stored: bytes) -> Run:
    """A run from its JSON."""
    fields = json.loads(stored)
    fields |= {"counts": Counts(**fields["counts"]), "overrides": _overrides(fields["overrides"])}
    return Run(**fields)


def plan_text(plan: RunPlan) -> str:
    """What holders that did not open the run need of its plan."""
    fields = asdict(plan)
    fields["longest_rest_seconds"] = None if plan.longest_rest_seconds == inf else plan.longest_rest_seconds
    return json.dumps(fields, separators=(",", ":"))


def plan_of(stored: bytes) -> RunPlan:
    """A plan from its JSON."""
    fields = json.loads(stored)
    longest = fields["longest_rest_seconds"]
    fields |= {
        "longest_rest_seconds": inf if longest is None else longest,
        "overrides": _overrides(fields["overrides"]),
        "refresh_paths": tuple((pattern, seconds) for pattern, seconds in fields["refresh_paths"]),
    }
    return RunPlan(**fields)
