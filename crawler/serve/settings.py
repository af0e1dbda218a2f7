"""Hold how a server was asked to serve."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from crawler.errors import UsageError

__all__ = ["LEAST_TOKEN_CHARS", "ServeSettings"]

LEAST_TOKEN_CHARS = 16
"""A shorter token could be guessed."""
_ARCHIVE_NAME = "archive.localhost"
_ANYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """How to serve.

    Args:
        host: address or name to listen on.
        port: 0 takes a free one.
        token: who brings it is let in; None: everybody who reaches us, which must be this machine alone.
        allow_private: crawls may have seeds on private addresses, also where others than this machine drive us.
        archive_name: host name at which archived pages are shown; None: `archive.localhost`, or where we
            listen elsewhere, the same name as ours.
        allow_origins: origins whose pages may use the API, with a token.
        notify: who is told of the end of each crawl, as `crawl --notify` has it; an address is a secret.
        frontier: URL of the shared crawl to show; it may hold a password. None: there is none.
        max_connections: more are closed at once.
        max_body_bytes: of a request.
        patience_seconds: for the head of a request, and again for its body.

    Raises:
        UsageError: others could reach us, and there is no token, or one that could be guessed.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    token: str | None = field(default=None, repr=False)
    allow_private: bool = False
    archive_name: str | None = None
    allow_origins: tuple[str, ...] = ()
    notify: tuple[str, ...] = field(default=(), repr=False)
    frontier: str | None = field(default=None, repr=False)
    max_connections: int = 4096
    max_body_bytes: int = 1_000_000
    patience_seconds: float = 15.0

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise UsageError(f"port {self.port} is none; choose one from 0 to 65535")
        if self.token is None and not self.is_local:
            raise UsageError(
                f"others can reach {self.host or 'every address'}; give a --token-file, or listen on 127.0.0.1"
            )
        if self.token is not None and len(self.token) < LEAST_TOKEN_CHARS:
            raise UsageError(
                f"the token is shorter than {LEAST_TOKEN_CHARS} characters; make one with: openssl rand -hex 32"
            )
        if self.token is not None and not (self.token.isascii() and self.token.isprintable()):
            raise UsageError("the token holds what no header can; make one with: openssl rand -hex 32")

    @property
    def is_local(self) -> bool:
        """Only this machine can reach us."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def opens_private(self) -> bool:
        """Seeds on private addresses are taken."""
        return self.is_local or self.allow_private

    @property
    def shows_archive_at(self) -> str | None:
        """The host name of archived pages; None: our own."""
        return self.archive_name or (_ARCHIVE_NAME if self.is_local else None)

    def knows(self, name: str) -> bool:
        """Whether a request for this host name, without its port, is one for us.

        A page of another site can have its name lead here (DNS rebinding); where there is no token, that is
        all that keeps it out.
        """
        if self.token is not None:
            return True
        return name in {"127.0.0.1", "localhost", "[::1]", self.host, f"[{self.host}]"} - _ANYWHERE
