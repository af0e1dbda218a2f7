"""Name what the application holds, each with its type."""

from __future__ import annotations

from aiohttp import web

from crawler.body import Spool
from crawler.browse.comparing import Comparing
from crawler.browse.replay import Replay
from crawler.browse.searching import Searching
from crawler.browse.shelf import Shelf
from crawler.clock import Clock
from crawler.output import Output
from crawler.serve.announcing import Announcing
from crawler.serve.bookings import Bookings
from crawler.serve.boxes import Boxes
from crawler.serve.sessions import Sessions
from crawler.serve.settings import ServeSettings
from crawler.serve.sharing import Sharing
from crawler.serve.traffic import Traffic
from crawler.serve.views import Views
from crawler.serve.watching import Watching

__all__ = [
    "ANNOUNCING",
    "ARCHIVED_SHELF",
    "BOOKINGS",
    "BOXES",
    "CLOCK",
    "COMPARING",
    "OUTPUT",
    "REPLAY",
    "SEARCHING",
    "SESSIONS",
    "SETTINGS",
    "SHARING",
    "SHELF",
    "SPOOL",
    "TRAFFIC",
    "VIEWS",
    "WATCHING",
]

SETTINGS = web.AppKey("SETTINGS", ServeSettings)
OUTPUT = web.AppKey("OUTPUT", Output)
CLOCK: web.AppKey[Clock] = web.AppKey("CLOCK")
SHELF = web.AppKey("SHELF", Shelf)
SPOOL = web.AppKey("SPOOL", Spool)
COMPARING = web.AppKey("COMPARING", Comparing)
REPLAY = web.AppKey("REPLAY", Replay)
SEARCHING = web.AppKey("SEARCHING", Searching)
BOOKINGS = web.AppKey("BOOKINGS", Bookings)
ANNOUNCING = web.AppKey("ANNOUNCING", Announcing)
WATCHING = web.AppKey("WATCHING", Watching)
SHARING = web.AppKey("SHARING", Sharing)
SESSIONS = web.AppKey("SESSIONS", Sessions)
TRAFFIC = web.AppKey("TRAFFIC", Traffic)
BOXES = web.AppKey("BOXES", Boxes)
"""What the path of every archived page begins with: nobody who was not told can ask for one."""
ARCHIVED_SHELF = web.AppKey("ARCHIVED_SHELF", Shelf)
"""Its readers are those of archived pages alone, which may take their time."""
VIEWS = web.AppKey("VIEWS", Views)
