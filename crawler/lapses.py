"""Tell what it means for a URL with a good copy that it was asked again: still good, moved, gone, or failing."""

from __future__ import annotations

from crawler.model import Disposition, State
from crawler.shift import Lapse

__all__ = ["lapse_of", "lapse_of_failure"]

_GONE = frozenset({"http_404", "http_410", "soft_404"})
_PERMANENT = frozenset({301, 308})
# Refusals that are the site's and not a wish of the user's.
_BARRED = frozenset({"robots", "types"})


def lapse_of(done: Disposition) -> Lapse | None:
    """How a URL with a good copy stands after a lease; None: that says nothing of it."""
    match done.state:
        case State.DONE if done.capture is not None and done.capture.redirect_to is not None:
            return Lapse.MOVED if done.capture.status in _PERMANENT else Lapse.FAILING
        case State.DONE:
            return Lapse.GOOD
        case State.FAILED if done.capture is not None and done.capture.is_good:
            # It could not be read, but it came.
            return Lapse.GOOD
        case State.FAILED:
            return lapse_of_failure(done.reason)
        case State.EXCLUDED if done.reason.partition(":")[0] in _BARRED:
            return Lapse.FAILING
    return None


def lapse_of_failure(reason: str) -> Lapse:
    """The same of a failure alone; the class of it is the first word."""
    return Lapse.GONE if reason.partition(":")[0] in _GONE else Lapse.FAILING
