"""Name every failure once, split first by whose fault it is.

```
CrawlerError
├── UsageError        you:  exit 2, one line, nothing was fetched
├── RenderError       them: a page is read as it was sent
├── LoginError       them: nobody let us in; nothing was crawled, exit 3
├── SiteError         them: the URL is failed or tried again; the crawl goes on
│   ├── TransientError      may heal by itself: tried again later
│   └── PermanentError      the same question gets the same answer
└── StateError        us:   stop, keep everything, exit 1
    ├── OutputBusyError     another run holds this output, exit 75
    └── StorageError        disk full, output lost
        └── DamageError         the database is damaged: the next crawl rebuilds it
```

A *refusal* (scope, robots, budget) is no error: it is a `crawler.model.Decision`.
"""

from __future__ import annotations

import errno

__all__ = [
    "CrawlerError",
    "DamageError",
    "LoginError",
    "OutputBusyError",
    "PermanentError",
    "RenderError",
    "SiteError",
    "StateError",
    "StorageError",
    "TransientError",
    "UsageError",
    "disk_error",
    "first_state_error",
    "remedy",
]

_FILES = "allow more open files (ulimit -n) or lower --concurrency"
_REMEDIES = {
    errno.EIO: "look after the disk",
    errno.EMFILE: _FILES,
    errno.ENFILE: _FILES,
    errno.EROFS: "make the disk writable",
    errno.EACCES: "check its owner and permissions",
    errno.EPERM: "check its owner and permissions",
}


class CrawlerError(Exception):
    """Anything this package raises on purpose; `str()` of it is one line that says what to do."""

    exit_code = 1


class UsageError(CrawlerError):
    """The command line, the configuration or the seed list cannot be obeyed."""

    exit_code = 2


class LoginError(CrawlerError):
    """A site did not let the user in, so what it shows would not be what was wanted."""

    exit_code = 3


class RenderError(CrawlerError):
    """A browser cannot render a page: it is read as it was sent."""


class SiteError(CrawlerError):
    """A site did not give what was asked of it.

    Args:
        failure: the class of the failure, one word as it stands in log, export and report;
            docs/failures.md lists them all.
        detail: one line for a person.
        rest_seconds: for how long the site asks to be left alone (`Retry-After`), within reason.
        was_asked: False: nothing went out; this is what an earlier question got, or our own refusal.
    """

    def __init__(
        self, failure: str, detail: str = "", *, rest_seconds: float = 0.0, was_asked: bool = True
    ) -> None:
        super().__init__(f"{failure}: {detail}" if detail else failure)
        self.failure = failure
        self.detail = detail
        self.rest_seconds = rest_seconds
        self.was_asked = was_asked


class TransientError(SiteError):
    """May heal: the URL goes back to the queue and its host gets a pause."""


class PermanentError(SiteError):
    """Will not heal within this run: the URL is failed."""


class StateError(CrawlerError):
    """Our own state or the machine does not allow to go on; nothing kept is touched."""


class OutputBusyError(StateError):
    """Another run holds this output folder."""

    exit_code = 75


class StorageError(StateError):
    """The disk, the database or the output folder failed."""


class DamageError(StorageError):
    """The database is damaged; the archive is not, so the next crawl makes it anew."""


def disk_error(path: object, error: OSError, usual: str = "free some space") -> StorageError:
    """What is told of an error of the disk.

    Args:
        path: what was to be read or written.
        error: of the system.
        usual: what a person is to do, unless the error calls for something else.
    """
    return StorageError(
        f"{path}: {error.strerror or error}; {remedy(error, usual)}, then run the same line again"
    )


def remedy(error: OSError, usual: str) -> str:
    """What a person is to do about an error of the disk: what it calls for, else the usual thing."""
    return _REMEDIES.get(error.errno or 0, usual)


def first_state_error(group: BaseExceptionGroup[StateError]) -> StateError:
    """The first of the failures that a task group collected; they all say the same thing."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, StateError)
    return error
