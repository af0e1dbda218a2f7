"""Remember in a file of the output what rendering brought to pages of which template; a line of JSON a page.

The file only grows, by whole lines, so several processes may add to it; after `MOST_TRIED` pages of a template nothing is
added for it any more. Lines that are none, as a kill may leave one, are passed over. Without the file templates are
tried anew.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from crawler.errors import disk_error
from crawler.evidence import MOST_TRIED, NOTHING_KNOWN, Known

__all__ = ["Templates"]

_MOST_TEMPLATES = 20_000
_MOST_BYTES = 40_000_000


class Templates:
    """What is known of templates. Its calls block, for as long as a disk takes.

    Args:
        path: of the file, which need not be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[tuple[str, bool], Known] = {}
        self._is_read = False

    def known(self, template: str, *, has_signs: bool) -> Known:
        """What is known of pages of a template, with or without signs that scripts make them.

        Raises:
            StorageError: the file cannot be read.
        """
        self._read()
        return self._known.get((template, has_signs), NOTHING_KNOWN)

    def learn(self, template: str, *, has_signs: bool, has_gained: bool) -> None:
        """Remember one more page.

        Raises:
            StorageError: the file cannot be written.
        """
        if self.known(template, has_signs=has_signs).tried >= MOST_TRIED or not self._take(
            template, has_signs, has_gained
        ):
            return
        line = json.dumps({"template": template, "signs": has_signs, "gained": has_gained}) + "\n"
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o644)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            raise disk_error(self._path, error) from error

    def _read(self) -> None:
        if self._is_read:
            return
        self._is_read = True
        try:
            with self._path.open("rb") as file:
                for line in file.read(_MOST_BYTES).splitlines():
                    self._note(line)
        except FileNotFoundError:
            return
        except OSError as error:
            raise disk_error(self._path, error) from error

    def _note(self, line: bytes) -> None:
        try:
            value: Any = json.loads(line)
        except (ValueError, RecursionError):
            return
        match value:
            case {"template": str(template), "signs": bool(has_signs), "gained": bool(has_gained)}:
                self._take(template, has_signs, has_gained)

    def _take(self, template: str, has_signs: bool, has_gained: bool) -> bool:  # noqa: FBT001 - a key and a value
        """Count a page; False: it tells nothing any more, or there is no room."""
        place = (template, has_signs)
        known = self._known.get(place, NOTHING_KNOWN)
        is_full = place not in self._known and len(self._known) >= _MOST_TEMPLATES
        if known.tried >= MOST_TRIED or is_full:
            return False
        self._known[place] = replace(known, tried=known.tried + 1, gained=known.gained + has_gained)
        return True
