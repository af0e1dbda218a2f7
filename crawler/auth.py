"""Hold who the user is to a site: a name and a password, a token, or a form to be filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from crawler.errors import UsageError

__all__ = ["Auth", "Login"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """Who the user is to one origin: a name and a password (RFC 7617), or a token (RFC 6750).

    Args:
        place: `HOST`, `HOST:PORT` (https), or an origin with its scheme.
        user: no colon.
        password: anything but control characters.
        bearer: instead of both.
    """

    place: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if bool(self.bearer) == bool(self.user or self.password):
            raise UsageError(f"auth for {self.place}: give user and password, or bearer")
        said = f"{self.user}{self.password}{self.bearer}"
        if any(ord(character) < 32 or ord(character) == 127 for character in said) or ":" in self.user:
            raise UsageError(f"auth for {self.place}: a control character, or a colon in the user's name")
        if self.bearer and not re.fullmatch(r"[!-~]+", self.bearer):
            raise UsageError(f"auth for {self.place}: a bearer token is ASCII without blanks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A form to be filled in and sent before the first page.

    Args:
        url: of the page that has the form.
        fields: name and value of what is filled in.
    """

    url: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.fields:
            raise UsageError(f"login at {self.url}: fields are missing; write fields = {{name = 'value'}}")
