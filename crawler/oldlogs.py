"""Put a long crawl.log away when a run begins: `crawl.log-RUN.gz`, named after the last run that it tells of.

It is renamed first and packed then, so that no line is lost or stands twice, whenever a kill comes; what a kill
left unpacked is packed by the next start. A run that goes on keeps its log: a start looks back into it.
"""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from crawler.errors import disk_error
from crawler.options import KeepOptions
from crawler.output import flush_file, flush_folder

__all__ = ["drop_logs", "logs_of", "put_away"]

_PUT_AWAY = re.compile(r"-(\d{8}-\d{6}(?:-\d+)?)(\.gz)?(\.part)?")
_COPIED_BYTES = 1 << 18


def put_away(journal: Path, run_name: str, keep: KeepOptions) -> None:
    """Put the log away if it is long, and remove the oldest of those that are too many. Blocking.

    Args:
        journal: `crawl.log`; it need not be there.
        run_name: of the last run, which has ended; "": it goes on, or there is none.
        keep: how long is long, and how many are kept.

    Raises:
        StorageError: the disk is full or failed; every line is still there.
    """
    try:
        if run_name and journal.is_file() and journal.stat().st_size >= keep.log_bytes:
            journal.rename(journal.with_name(f"{journal.name}-{run_name}"))
        for path, _ in sorted(_put_away(journal)):
            if path.suffix == ".part":
                path.unlink(missing_ok=True)
            elif path.suffix != ".gz":
                _pack(path)
        kept = sorted(_put_away(journal), key=lambda pair: pair[1])
        for path, _ in kept[: max(len(kept) - keep.keep_logs, 0)]:
            path.unlink()
    except OSError as error:
        raise disk_error(error.filename or journal, error) from error


def logs_of(journal: Path) -> list[Path]:
    """The log and those that were put away, the oldest first; a packed one ends in `.gz`. Blocking."""
    away = sorted((name, path) for path, name in _put_away(journal) if path.suffix != ".part")
    return [path for _, path in away] + ([journal] if journal.is_file() else [])


def drop_logs(journal: Path, first_kept: str) -> None:
    """Remove the logs that tell of no run from this one on. Blocking.

    Args:
        journal: `crawl.log`.
        first_kept: name of the oldest run that is kept.

    Raises:
        OSError: one cannot be removed.
    """
    for path, run_name in _put_away(journal):
        if run_name < first_kept:
            path.unlink()


def _put_away(journal: Path) -> Iterator[tuple[Path, str]]:
    """Every log that was put away, with the run that it is named after."""
    for path in list(journal.parent.glob(f"{journal.name}-*")):
        named = _PUT_AWAY.fullmatch(path.name.removeprefix(journal.name))
        if named is not None and path.is_file() and not path.is_symlink():
            yield path, named[1]


def _pack(path: Path) -> None:
    packed = path.with_name(f"{path.name}.gz")
    part = path.with_name(f"{path.name}.gz.part")
    part.unlink(missing_ok=True)
    # Without a time, so that the same lines give the same bytes.
    with (
        path.open("rb") as plain,
        part.open("xb") as file,
        gzip.GzipFile("", "wb", 6, file, mtime=0) as packer,
    ):
        shutil.copyfileobj(plain, packer, _COPIED_BYTES)
        packer.close()
        flush_file(file)
    part.replace(packed)
    # Else a power failure might leave neither.
    flush_folder(path.parent)
    path.unlink()
