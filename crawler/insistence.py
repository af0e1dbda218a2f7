"""Tell when a doubted answer is meant: the site has insisted on it for a week, and it is this page's own.

What stands before a page for an evening or a weekend is an outage, a wall, a half of a deployment. What a URL answers
again and again is what its page is now, and a doubt that never wore off would keep an old copy on the shelf for ever. It
is believed once

- it was doubted alike by `_ANSWERS` answers in a row, the first of them `_SECONDS` ago. An answer that was not doubted, an
  unchanged page or an error begins anew, no answer at all says nothing; a truncated body has to end at the same place;
- it is its own: fewer than `WALL` other URLs show the same face, and its words speak for it. What asks for a password, or
  calls itself missing, barred or down, has `_MANY_WORDS` of them at least and a title that is kin to that of the good
  copy; what is left of a page that was shortened has such a title, as "not found" has not in any language. A page
  without words, a file without bytes, a binary file that breaks off and a web page in the place of an image stay
  doubted, as does a temporary redirect to a login (`crawler.doubts.doubt_of_redirect`).
"""

from __future__ import annotations

import dataclasses
import re

from crawler.capture import Capture
from crawler.clock import iso_utc
from crawler.content import Gist
from crawler.media import is_html

__all__ = [
    "BELIEVED",
    "WALL",
    "believed_remark",
    "doubted_remark",
    "face_of",
    "is_whole_text",
    "speaks_for_itself",
    "weighed",
]

BELIEVED = "believed"
"""The first word about an answer that was doubted for long enough."""

WALL = 2
"""So many other URLs with the same face make it a wall."""

_ANSWERS = 3
_SECONDS = 7 * 86_400.0
# A run from cron comes a little earlier at a URL than the week before.
_EARLY_SECONDS = 3 * 3600.0
_MANY_WORDS = 60
_SAY_SO = frozenset({"blocked", "login_wall", "maintenance", "soft_404"})
_WORD = re.compile(r"\w{3,}")
_TEXTS = ("text/", "application/json", "application/xml")


def face_of(capture: Capture) -> str:
    """What a doubted answer has in common with others that are the same wall.

    Of what names itself that is its name, since the rest may differ with the URL; else all that it says.
    """
    kind = _kind(capture)
    if kind in _SAY_SO:
        return capture.doubt
    return f"{kind}: {capture.gist or capture.digest}"


def speaks_for_itself(doubt: str, title: str, now: Gist) -> bool:
    """Whether a doubted page might be what it should be.

    Args:
        doubt: about it.
        title: of the good copy.
        now: of the answer.
    """
    kind = doubt.partition(":")[0]
    if kind in _SAY_SO:
        return now.words >= _MANY_WORDS and _is_kin(title, now.title)
    is_titled_so = kind != "shrunken" or title == now.title or _is_kin(title, now.title)
    return bool(now.digest) and is_titled_so


def is_whole_text(capture: Capture) -> bool:
    """The same of a file: what breaks off can be meant where it can be read all the same."""
    is_text = capture.media_type.startswith(_TEXTS) and not is_html(capture.media_type)
    return _kind(capture) == "truncated" and is_text and capture.size_bytes > 0


def weighed(capture: Capture, last: Capture | None, *, is_own: bool) -> Capture:
    """A doubted answer with how long it has been doubted; without its doubt once it is believed.

    Args:
        capture: of the answer, with its doubt and its face.
        last: of the answer before it, if that was doubted.
        is_own: it speaks for itself, and is no wall.
    """
    since, times = capture.captured_at, 1
    if last is not None and _is_alike(last, capture):
        # What an older crawler kept, or a rebuilt database, tells of one answer only.
        since = last.captured_at if last.doubted_at is None else last.doubted_at
        times = max(last.doubted_times, 1) + 1
    is_meant = is_own and times >= _ANSWERS and capture.captured_at - since >= _SECONDS - _EARLY_SECONDS
    if is_meant:
        return dataclasses.replace(capture, doubt="", face="", doubted_at=since, doubted_times=times - 1)
    return dataclasses.replace(capture, doubted_at=since, doubted_times=times)


def doubted_remark(capture: Capture, *, is_wall: bool) -> str:
    """What may become of a doubted answer, as the end of a sentence; "": an older crawler kept it.

    Args:
        capture: of it.
        is_wall: other URLs show the same.
    """
    if capture.doubted_at is None:
        return ""
    times = f"doubted {capture.doubted_times} time{'s' * (capture.doubted_times != 1)}"
    since = f"{times} since {iso_utc(capture.doubted_at)}"
    if is_wall:
        return f"{since}; other URLs show the same, so it is a wall and never taken for the page"
    return f"{since}; if it stays so it may be taken for the page from {iso_utc(capture.doubted_at + _SECONDS)} on"


def believed_remark(capture: Capture) -> str:
    """What a person should know of an answer that is believed after doubts; "": there were none."""
    if capture.doubt or not capture.doubted_times or capture.doubted_at is None:
        return ""
    return f"{BELIEVED}: doubted {capture.doubted_times} times since {iso_utc(capture.doubted_at)}"


def _is_alike(last: Capture, now: Capture) -> bool:
    kind = _kind(now)
    return _kind(last) == kind and (kind != "truncated" or last.face == now.face)


def _kind(capture: Capture) -> str:
    return capture.doubt.partition(":")[0]


def _is_kin(before: str, now: str) -> bool:
    """Whether two titles share more than half of the words of the shorter one."""
    one, other = (set(_WORD.findall(title.casefold())) for title in (before, now))
    return 2 * len(one & other) > min(len(one), len(other))
