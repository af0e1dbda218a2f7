"""Tell how long a page stays fresh: until then a new run does not ask for it again.

What is said of a path decides, the longest pattern first; then what is said of its host, then of all. Without a
word every run asks for everything. `LEARNED` is worked out from what was seen of the URL itself: half of the mean
time between two changes, at most `MOST_LEARNED_SECONDS`; what would be asked for more often than once in `LEAST_LEARNED_SECONDS`
is asked for by every run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from crawler.manners import Overrides
from crawler.override import LEARNED, Override

__all__ = ["LEAST_LEARNED_SECONDS", "MOST_LEARNED_SECONDS", "Freshness", "learned_seconds"]

LEAST_LEARNED_SECONDS = 20 * 3600.0
MOST_LEARNED_SECONDS = 30 * 86_400.0

_EARLY = 0.1
_MOST_EARLY_SECONDS = 3 * 3600.0

Paths = tuple[tuple[str, float], ...]


class Freshness:
    """What was said of how long pages stay fresh.

    Args:
        refresh_after: seconds, or `LEARNED`; None: nothing was said.
        refresh_paths: the same for paths: a pattern with `*`, of path and query, and its seconds.
        overrides: of both, for some hosts.
    """

    def __init__(
        self,
        refresh_after: float | None = None,
        refresh_paths: Paths = (),
        overrides: Iterable[Override] = (),
    ) -> None:
        said = tuple(overrides)
        self._after = refresh_after
        self._paths = refresh_paths
        self._overrides = Overrides(said)
        of_hosts = any(each.refresh_after is not None or each.refresh_paths for each in said)
        self.is_said = refresh_after is not None or bool(refresh_paths) or of_hosts

    def seconds_of(self, host: str, url: str) -> float:
        """How long a URL stays fresh; `LEARNED`: that is to be worked out; 0: not at all."""
        path = "/" + url.partition("://")[2].partition("/")[2]
        override = self._overrides.of(host)
        of_host = () if override is None else override.refresh_paths or ()
        for paths in (of_host, self._paths):
            if fitting := [each for each in paths if _pattern(each[0]).match(path)]:
                return max(fitting, key=lambda each: len(each[0]))[1]
        if override is not None and override.refresh_after is not None:
            return override.refresh_after
        return self._after or 0.0

    def is_due(
        self, host: str, url: str, *, now: float, last_at: float, first_at: float, changes: int
    ) -> bool:
        """Whether a URL is to be asked for again.

        A run that comes a little early, as one from cron does for all but the first URL, is not too early: a tenth
        of the time, at most three hours, is let off.

        Args:
            host: of the URL.
            url: canonical.
            now: the beginning of the run.
            last_at: when it was last decided.
            first_at: when its first good copy came.
            changes: how often it came as something else since.
        """
        seconds = self.seconds_of(host, url)
        if seconds == LEARNED:
            seconds = learned_seconds(last_at - first_at, changes)
        return now - last_at >= seconds - min(_EARLY * seconds, _MOST_EARLY_SECONDS)


def learned_seconds(seen_seconds: float, changes: int) -> float:
    """How long a URL stays fresh that was seen for so long and changed so often meanwhile."""
    half = max(seen_seconds, 0.0) / (changes + 1) / 2
    return 0.0 if half < LEAST_LEARNED_SECONDS else min(half, MOST_LEARNED_SECONDS)


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    """A pattern of the user's, who knows what it costs: `*` is any text, `$` at its end the end."""
    anchored = text.endswith("$")
    pieces = text.removesuffix("$").split("*")
    return re.compile(".*".join(map(re.escape, pieces)) + (r"\Z" if anchored else ""), re.DOTALL)
