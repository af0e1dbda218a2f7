"""Read from crawl.log what no record of the archive tells: failures without an answer, and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crawler.model import Candidate, Hop, State
from crawler.urls import canonicalize, host_key, identity

__all__ = ["Verdict", "verdicts"]

_FIELDS = 9
_FINAL = {each.value: each for each in (State.DONE, State.FAILED, State.EXCLUDED)}
_OVER_HTTP = "no https ("
_DEEPER = {Hop.LINK.value, Hop.MANIFEST.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was decided of a URL without an answer that was kept.

    Args:
        candidate: how it was reached, as far as the line tells.
        at: when.
        state: FAILED or EXCLUDED; DONE where it is asked over http instead.
        reason: why.
    """

    candidate: Candidate
    at: float
    state: State
    reason: str

    @property
    def over_http(self) -> Candidate | None:
        """What is asked instead of a seed whose host speaks no https; None: nothing is."""
        if self.state is not State.DONE:
            return None
        url = f"http:{self.candidate.url.removeprefix('https:')}"
        return Candidate(url=url, key=identity(url), host=host_key(url), is_seed=True, via=self.candidate.url)


def verdicts(path: Path, start: int, end: int) -> Iterator[Verdict]:
    """Those of a stretch of crawl.log, in its order; what is no line of ours is passed over. Blocking.

    Raises:
        OSError: the file cannot be read.
    """
    if not path.is_file():
        return
    with path.open("rb") as log:
        log.seek(start)
        left = end - start
        while left > 0 and (line := log.readline(left)):
            left -= len(line)
            if (found := _verdict(line.decode("utf-8", "replace").rstrip("\n"))) is not None:
                yield found


def _verdict(line: str) -> Verdict | None:
    fields = line.split(" ", _FIELDS)
    if len(fields) < _FIELDS or fields[8] not in _FINAL or fields[1].isdigit():
        return None
    state, reason = _FINAL[fields[8]], fields[9] if len(fields) > _FIELDS else ""
    if state is State.DONE and not reason.startswith(_OVER_HTTP):
        return None
    hops, via = ("" if each == "-" else each for each in (fields[4], fields[6]))
    url = canonicalize(fields[5])
    if url is None or not set(hops) <= set(Hop):
        return None
    with suppress(ValueError):
        at = datetime.strptime(fields[0], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        candidate = Candidate(
            url=url,
            key=identity(url),
            host=host_key(url),
            depth=sum(each in _DEEPER for each in hops),
            hops=hops,
            via=canonicalize(via) if via else None,
            is_seed=not hops.strip(Hop.REDIRECT),
            is_requisite=hops.rstrip(Hop.REDIRECT).endswith(Hop.EMBED),
        )
        return Verdict(candidate=candidate, at=at, state=state, reason=reason)
    return None
