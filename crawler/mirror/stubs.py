"""Keep a file at every name that links lead to before theirs has landed: a stub, which sends on to the live page.

A page is written before most of what it links to has been asked for. Its links lead to predicted names, and so
that none of them leads nowhere, whenever the crawl is killed, a stub is put at each name that is free. The page that
lands there replaces it. Where none landed by the end of the run, the pages that link there are repaired first;
then the stubs that are left are removed.

Which stubs there are is noted in a file for each process, before they are made, so that a run that takes over from a killed
one finds them all. A stub holds the secret of the notes that it stands in: nothing that was fetched can be taken for one.
"""

from __future__ import annotations

import html
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MARK", "Note", "StubNotes", "is_stub", "stub"]

MARK = b"<!--crawler:stub "
"""How every stub begins."""

_NOTES = "stubs-*"
_LEFT = "left"


def stub(url: str, secret: str) -> bytes:
    """The content of a stub.

    One line, which as a script is a comment (ECMA-262, annex B.1.1) and as a style sheet a rule without a block.

    Args:
        url: of the live page, canonical.
        secret: of the notes.
    """
    shown = html.escape(url).replace("{", "&#123;")
    return (
        f'{MARK.decode()}{secret}--><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={shown}">'
        f'<title>Not in this copy yet</title><p>Not in this copy yet: <a href="{shown}">{shown}</a>'
    ).encode()


def is_stub(content: bytes, secret: str) -> bool:
    """Whether a file that begins so is a stub of these notes."""
    return content.startswith(b"%b%b-->" % (MARK, secret.encode()))


@dataclass(frozen=True, slots=True)
class Note:
    """A name to be looked at once all links are right.

    Args:
        path: below the mirror.
        secret: of the stub that was put there; "" for a file that its URL has left.
        key: of that URL.
    """

    path: str
    secret: str = ""
    key: str = ""


class StubNotes:
    """What is noted of stubs, and of files that their URLs have left; its calls block.

    Args:
        folder: where the notes of all processes lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"stubs-{os.getpid()}"
        self.secret = secrets.token_hex(8)

    def add(self, stubs: Iterable[str], left: Iterable[tuple[str, str]] = ()) -> None:
        """Note names of stubs to be made, and (name, key) of files that their URLs leave.

        Raises:
            OSError: the disk is full or failed.
        """
        lines = [f"{self.secret}\t{path}\n" for path in stubs]
        lines += [f"{_LEFT}\t{path}\t{key}\n" for path, key in left]
        if lines:
            self._append("".join(lines).encode())

    def read(self) -> Iterator[Note]:
        """What all processes noted since the last `clear`, the dead ones too; a torn last line is no note.

        Raises:
            OSError: they cannot be read.
        """
        for notes in sorted(self._folder.glob(_NOTES)):
            with notes.open("rb") as lines:
                for line in lines:
                    if (note := _note(line)) is not None:
                        yield note

    def clear(self) -> None:
        """Forget everything: no name needs to be looked at.

        Raises:
            OSError: the disk failed.
        """
        for notes in self._folder.glob(_NOTES):
            notes.unlink(missing_ok=True)

    def _append(self, lines: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        descriptor = os.open(self._own, flags, 0o600)
        try:
            while lines:
                lines = lines[os.write(descriptor, lines) :]
        finally:
            os.close(descriptor)


def _note(line: bytes) -> Note | None:
    kind, *rest = line.decode("utf-8", "replace").split("\t")
    if not line.endswith(b"\n") or not rest:
        return None
    if kind != _LEFT:
        return Note(rest[0].rstrip("\n"), secret=kind)
    return Note(rest[0], key=rest[1].rstrip("\n")) if len(rest) > 1 else None
