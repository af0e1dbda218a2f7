"""Hold the values of a URL's life, one frozen record a stage.

```
Outlink -> Candidate -> Lease -> Request -> Response -> Capture -> Disposition
```

Nothing here does anything; every record is valid when constructed. Instants (`*_at`) are Unix time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from crawler.body import Body
from crawler.capture import Capture

__all__ = [
    "ACCEPTED",
    "UNKNOWN_DEPTH",
    "Candidate",
    "Capture",
    "Claim",
    "Decision",
    "Disposition",
    "Finish",
    "Hop",
    "Lease",
    "Outlink",
    "State",
]

MAX_HOPS_KEPT = 40
UNKNOWN_DEPTH = 1 << 30
"""The depth of a URL of which nobody knows how it was reached; what is found there lies deeper still."""


class Hop(StrEnum):
    """How a URL was reached from the one before it, in Heritrix's letters."""

    LINK = "L"
    EMBED = "E"
    REDIRECT = "R"
    MANIFEST = "M"
    PREREQUISITE = "P"


class State(StrEnum):
    """Where a URL stands in the frontier. The transitions are in `crawler.frontier.states`."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    DONE = "done"
    FAILED = "failed"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a rule accepts something, and which rule spoke.

    Args:
        accepted: the verdict.
        rule: the rule's name; for a refusal the word that `why` and the export show.
        detail: what exactly was compared, e.g. the robots.txt line.
    """

    accepted: bool
    rule: str = ""
    detail: str = ""

    @property
    def reason(self) -> str:
        """`rule` alone, or `rule: detail`: what the ledger keeps."""
        return f"{self.rule}: {self.detail}" if self.detail else self.rule


ACCEPTED = Decision(accepted=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlink:
    """A URL found in a response.

    Args:
        url: canonical (WHATWG, absolute, without fragment).
        hop: how following it would count.
        context: where it stood, e.g. `a[href]`, `css url()`, `Location`.
        nofollow: the site asks not to follow it (`rel=nofollow`, meta robots, X-Robots-Tag).
        modified_at: when it changed, by the sitemap that names it (`lastmod`); None: it does not tell.
    """

    url: str
    hop: Hop
    context: str
    nofollow: bool = False
    modified_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A URL offered to the frontier.

    Args:
        url: canonical; what goes on the wire.
        key: `crawler.urls.identity(url)`: one resource, one key.
        host: politeness key: host name, with the port unless it is 80 or 443.
        depth: links and manifest entries from the nearest seed; seeds have 0.
        hops: hop letters from the seed, the last `MAX_HOPS_KEPT` of them; a seed has none.
        via: the URL it was found at; None for a seed.
        is_seed: named by the user, or where a seed redirects to.
        is_requisite: needed to show a page (reached by `E`, or by a redirect from there).
        modified_at: as of `Outlink`; not kept.
    """

    url: str
    key: str
    host: str
    depth: int = 0
    hops: str = ""
    via: str | None = None
    is_seed: bool = False
    is_requisite: bool = False
    modified_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A claimed URL: the right and the duty to finish it once.

    Args:
        candidate: what was claimed.
        token: fences this claim; a finish with an older token is ignored.
        attempt: 1 for the first try in this run.
        expires_at: after this instant somebody else may claim the URL.
        holds_page_slot: counts against `max_pages` until finished.
        is_stored: the answer is from this run already: offer its links again, fetch nothing.
        capture: the last good capture of this URL, with its validators; None if there is none.
        is_surprise: its address in the mirror is known not to be the predicted one.
        redirect_to: where it led when it was last asked.
        host_down: the failure its host is down with: nothing is to be asked; "": it is not.
    """

    candidate: Candidate
    token: int
    attempt: int
    expires_at: float
    holds_page_slot: bool = False
    is_stored: bool = False
    capture: Capture | None = None
    is_surprise: bool = False
    redirect_to: str | None = None
    host_down: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What became of a lease.

    Args:
        state: DONE, FAILED, EXCLUDED, or QUEUED for another try.
        reason: one word (and detail) for log, export and `why`.
        status: of the last answer, None if there was none.
        capture: the new capture; None for a refusal, a failure, an unchanged page.
        found: accepted links of the page, to be added before the lease is closed.
        refused: how many of its links which rule refused, by (rule, host).
        retry_at: with QUEUED: not before this instant.
        counts_attempt: False where the try was spent on a prerequisite, not on the URL.
        is_page: an HTML page was stored: it keeps its page slot.
        leads_on: its links were offered, and are to be offered again from a shorter path; None: nobody looked.
        ended_at: when the last byte of the answer came; politeness counts from here.
        host_ready_at: the host is left alone until then (`Retry-After`, trouble).
        latency_seconds: from request to the first byte; None if nothing was asked.
        answered: whether the server was asked anything in this lease.
        wire_bytes: body bytes received.
        moves: pages that link here must be looked at again: the URL's address in the mirror is not
            the one they were written with.
        is_surprise: the address is not the one `crawler.paths.mirror_path` predicts from the URL alone.
        appears: the URL has an address for the first time: pages that link to it live must be looked at.
        arrives: its bytes are there for the first time: pages that would carry them must be looked at.
        changes: its bytes are others than before: pages that carry them must be looked at, too.
        targets: packed 32-bit fingerprints of the page's links into the dump; None: no page was written.
        original: the zlib-compressed body of a text, to lie in the database where the archive is off.
    """

    state: State
    reason: str = ""
    status: int | None = None
    capture: Capture | None = None
    found: tuple[Candidate, ...] = ()
    refused: Mapping[tuple[str, str], int] = field(default_factory=dict)
    retry_at: float = 0.0
    counts_attempt: bool = True
    is_page: bool = False
    leads_on: bool | None = None
    ended_at: float = 0.0
    host_ready_at: float = 0.0
    latency_seconds: float | None = None
    answered: bool = False
    wire_bytes: int = 0
    moves: bool = False
    is_surprise: bool = False
    appears: bool = False
    arrives: bool = False
    changes: bool = False
    targets: bytes | None = None
    original: Body | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """A lease with what became of it: the unit of `Frontier.finish`.

    Args:
        lease: what was claimed.
        disposition: what became of it.
        segment: the archive file in which its answer lies, an unchanged one too; None: nothing was archived.
        segment_bytes: where the answer ends in it: so much of the file is believed in from now on.
    """

    lease: Lease
    disposition: Disposition
    segment: str | None = None
    segment_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The answer of `Frontier.claim`.

    Args:
        leases: what was claimed; may be empty.
        ready_at: with fewer leases than asked for: when a further URL of this run becomes ready; None: there is none.
        held: leases that are out after this claim, of all processes.
        seeds: the number of the last seed; where a seed led to is one too.
        spent: the budget that ends the run, or how it was ended elsewhere, "" if nothing does; then nothing is given.
        is_held_back: nothing is given for now: the run is being opened, or paused for all.
    """

    leases: tuple[Lease, ...] = ()
    ready_at: float | None = None
    held: int = 0
    seeds: int = 0
    spent: str = ""
    is_held_back: bool = False
