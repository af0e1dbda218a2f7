"""Doubt a 2xx answer that comes in the place of a good copy: is it the page, or what stands before it?

A first answer is never doubted: there is nothing to lose. Each rule wants more than one sign, because a doubt that
is wrong keeps an old copy on the shelf: a page that is made anew from the ground, in another language or with a login
form in its head, has to pass (`tests/test_doubts.py`).

| doubt | is said of |
|---|---|
| `login_wall` | a page that asks for a password and did not, and has lost half of its words; a redirect for now to a login |
| `soft_404` | a page whose title or heading says that nothing was found, and that has lost half of its words |
| `blocked` | likewise where it says that the reader is barred, or is to prove to be human |
| `maintenance` | likewise where it says that the site will be back |
| `truncated` | a document without its end that had one, and is shorter; a file that is the beginning of the one before |
| `shrunken` | a page that has lost nine tenths of at least 200 words; a body of which nothing is left |
| `other_type` | a web page in the place of an image, a font, a style sheet or a script |
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.content import Gist
from crawler.media import is_html

__all__ = ["doubt_of_file", "doubt_of_page", "doubt_of_redirect"]

_HALF = 0.5
_TENTH = 0.1
_MANY_WORDS = 200
_FEW_WORDS = 60
_ENDS_LATE = 0.95
_SHOWN_CHARS = 80
_SAID = {
    "soft_404": re.compile(
        r"\b404\b|not\s+found|no\s+longer\s+(?:available|exists?)|does\s*n[o']t\s+exist|cannot\s+be\s+found"
        r"|nicht\s+gefunden|existiert\s+nicht|introuvable|n'existe\s+pas|no\s+(?:se\s+)?encontrad[ao]|non\s+trovata"
        r"|niet\s+gevonden|nie\s+znaleziono|не\s+найдена",
        re.IGNORECASE,
    ),
    "blocked": re.compile(
        r"access\s+denied|forbidden|attention\s+required|just\s+a\s+moment|are\s+you\s+(?:a\s+)?(?:human|robot)"
        r"|captcha|unusual\s+traffic|security\s+check|checking\s+your\s+browser|request\s+blocked|zugriff\s+verweigert",
        re.IGNORECASE,
    ),
    "maintenance": re.compile(
        r"maintenance|temporarily\s+unavailable|service\s+unavailable|be\s+(?:right\s+)?back\s+(?:soon|shortly)"
        r"|bad\s+gateway|internal\s+server\s+error|too\s+many\s+requests|wartungsarbeiten|en\s+mantenimiento",
        re.IGNORECASE,
    ),
}
_LOGIN = re.compile(
    r"(?:(?:user|account|member|wp|my|web)s?[-_]?)?(?:log[-_]?in|sign[-_]?in|logon|sso|saml2?|auth|oauth2?|authenticate|authorize"
    r"|anmelden|anmeldung|connexion|accounts)"
)
_PERMANENT = frozenset({301, 308})
_UNLIKE_PAGES = (
    "image/",
    "font/",
    "audio/",
    "video/",
    "text/css",
    "text/javascript",
    "application/javascript",
)


def doubt_of_page(before: Gist, title: str, now: Gist, *, size_bytes: int, before_bytes: int) -> str:
    """Why an HTML page is not believed: the name of the doubt, a colon and what was seen; "": it is.

    Args:
        before: of the good copy.
        title: of the good copy.
        now: of the answer.
        size_bytes: of the answer's body.
        before_bytes: of the good copy's.
    """
    has_shrunk = now.words < _HALF * before.words or now.words < _FEW_WORDS
    if has_shrunk and now.asks_password and not before.asks_password:
        return f"login_wall: a page that asks for a password, titled {_shown(now.title)}"
    for doubt, said in _SAID.items():
        for text in (now.title, now.heading):
            if (
                has_shrunk
                and said.search(text)
                and not said.search(f"{title} {before.title} {before.heading}")
            ):
                return f"{doubt}: it calls itself {_shown(text)}"
    if before.is_ended and not now.is_ended and size_bytes < _ENDS_LATE * before_bytes:
        return f"truncated: the document has no end, and {size_bytes} bytes of {before_bytes}"
    if before.words >= _MANY_WORDS and now.words < _TENTH * before.words:
        return f"shrunken: {now.words} words of {before.words}"
    return ""


def doubt_of_file(
    before_type: str, now_type: str, *, size_bytes: int, before_bytes: int, begins_the_same: bool
) -> str:
    """The same of anything else.

    Args:
        before_type: media type of the good copy.
        now_type: of the answer.
        size_bytes: of the answer's body.
        before_bytes: of the good copy's.
        begins_the_same: the answer's body is the beginning of the good copy's, byte for byte.
    """
    if is_html(now_type) and before_type.startswith(_UNLIKE_PAGES):
        return f"other_type: {now_type} in the place of {before_type}"
    if before_bytes and not size_bytes:
        return f"shrunken: nothing is left of {before_bytes} bytes"
    if begins_the_same and size_bytes < before_bytes:
        return f"truncated: the first {size_bytes} bytes of {before_bytes}"
    return ""


def doubt_of_redirect(status: int, url: str, target: str) -> str:
    """Why a redirect says nothing of the page: it leads for now to where one logs in; "": it does.

    Args:
        status: of the answer; one that is permanent is believed.
        url: that had a good copy.
        target: canonical.
    """
    if status in _PERMANENT or _has_login(url) or not _has_login(target):
        return ""
    return f"login_wall: it sends to {target[:_SHOWN_CHARS]}"


def _has_login(url: str) -> bool:
    """Whether the host or the last step of the path has no other name than that of a login."""
    parts = urlsplit(url)
    host = (parts.hostname or "").partition(".")[0]
    step = parts.path.rstrip("/").rpartition("/")[2].partition(".")[0]
    return any(_LOGIN.fullmatch(name.lower()) for name in (host, step))


def _shown(text: str) -> str:
    return repr(text[:_SHOWN_CHARS]) if text else "nothing"
