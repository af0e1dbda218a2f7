"""Tell when this machine has no socket left, which is no failure of any host, and allow it more.

Too many open files, no free port, no buffer: what helps is to wait until others have given theirs back.
"""

from __future__ import annotations

import errno
import logging
import resource
from contextlib import suppress

__all__ = ["is_shortage", "raise_limit"]

_log = logging.getLogger(__name__)

_ERRNOS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM, errno.EAGAIN}
)
# A request needs its connection; the pool keeps idle ones for a while, and files are open beside them.
_PER_REQUEST = 4
_BESIDE = 4096


def is_shortage(error: BaseException) -> bool:
    """Whether an error says that this machine, not the host that was asked, lacks something."""
    return isinstance(error, OSError) and error.errno in _ERRNOS


def raise_limit(concurrency: int) -> None:
    """Let this process open as many files as so many requests at once may need, as far as it may.

    Raises the soft limit of RLIMIT_NOFILE up to the hard one, and never lowers it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _BESIDE + _PER_REQUEST * concurrency
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    with suppress(OSError, ValueError):  # macOS: not beyond kern.maxfilesperproc, whatever the hard limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        _log.debug("raised the limit of open files from %d to %d", soft, wanted)
