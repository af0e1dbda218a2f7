"""Remember what each frame shows by now: the bar above it is of another origin and cannot ask the frame."""

from __future__ import annotations

import secrets
from collections import OrderedDict

__all__ = ["Views"]

_MOST = 1000


class Views:
    """The frames that were opened last; each is known by a name in the paths that it asks for."""

    def __init__(self) -> None:
        self._paths: OrderedDict[str, str] = OrderedDict()

    def open(self, path: str) -> str:
        """A name for a frame that begins with this path."""
        name = secrets.token_hex(8)
        self._paths[name] = path
        while len(self._paths) > _MOST:
            self._paths.popitem(last=False)
        return name

    def note(self, name: str, path: str) -> None:
        """A frame went to another path; a name that nobody knows is passed over."""
        if name in self._paths:
            self._paths[name] = path
            self._paths.move_to_end(name)

    def path(self, name: str) -> str | None:
        """Where a frame is; None: nobody knows it any more."""
        return self._paths.get(name)
