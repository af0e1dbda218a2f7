"""Thirty nights over a site that changes by script: every report is the script's truth, and no good copy is lost.

The site is a server on loopback; the nights pass on a clock of our own.
"""

from __future__ import annotations

import gzip
import hashlib
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from crawler.crawl import CrawlJob
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.report import Report
from tests.nights import changes_of
from tests.web import JobClock, entries, kept_below, seed_list

NIGHTS = 30
RECAST = 16
PAGE_BYTES = 4096
SECTIONS = 4
PAGES = 10
DAY = 86_400.0
Truth = defaultdict[str, set[str]]


@dataclass
class Story:
    """A page: what it says, where it is, and what stands before it tonight."""

    section: int
    name: str
    revision: int = 0
    is_listed: bool = True
    trouble: str = ""
    form: str = ""

    @property
    def text(self) -> str:
        drawn = random.Random(f"{self.section}-{self.revision}-{self.name.partition('_')[0]}")
        words = {"short": 12, "members": 100}.get(self.form, 260)
        return " ".join(
            drawn.choice(("harbour", "tide", "lamp", "rope", "gull", "mast")) for _ in range(words)
        )


@dataclass
class Script:
    """The site and its changes; `truth` is what tonight's report must say."""

    night: int = 0
    design: int = 0
    noise: int = 0
    stories: dict[str, Story] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    truth: Truth = field(default_factory=lambda: defaultdict(set))
    heals: list[str] = field(default_factory=list)
    doubted: list[str] = field(default_factory=list)
    good: dict[str, str] = field(default_factory=dict)
    served_bytes: int = 0
    changed_bytes: int = 0
    requests: int = 0

    def __post_init__(self) -> None:
        for section in range(SECTIONS):
            for number in range(PAGES):
                self.stories[f"/{section}/p{number}"] = Story(section, f"p{number}")

    # What a night may bring.

    def edit(self, path: str) -> None:
        self.stories[path].revision += 1
        self.truth["changed"].add(path)

    def add(self, section: int) -> None:
        path = f"/{section}/n{self.night}"
        self.stories[path] = Story(section, f"n{self.night}")
        self.truth["new"].add(path)
        self._relist(section)

    def remove(self, path: str) -> None:
        self.removed.add(path)
        self.truth["gone"].add(path)
        self._relist(self.stories.pop(path).section)

    def hide(self, path: str) -> None:
        self.stories[path].is_listed = False
        self.truth["unlinked"].add(path)
        self._relist(self.stories[path].section)

    def move(self, path: str, *, is_told: bool) -> None:
        story = self.stories.pop(path)
        story.name += f"_{self.night}"
        there = f"/{story.section}/{story.name}"
        self.stories[there] = story
        if is_told:
            self.moved[path] = there
        else:
            self.removed.add(path)
        self.truth["moved"].add(f"{path} > {there}")

    def trouble(self, path: str, trouble: str) -> None:
        self.stories[path].trouble = trouble
        self.truth["gone" if trouble == "soft_404" else "failing"].add(path)
        self.heals.append(path)

    def recast(self, path: str, form: str) -> None:
        """Make a page so that it looks like trouble, and mean it."""
        self.stories[path].form = form
        self.truth["failing"].add(path)
        self.doubted.append(path)

    def dawn(self) -> None:
        """What was in trouble last night is as it was."""
        self.night += 1
        self.truth.clear()
        for path in self.heals:
            self.truth["new" if self.stories[path].trouble == "soft_404" else "recovered"].add(path)
            self.stories[path].trouble = ""
        self.heals.clear()
        self.served_bytes = self.changed_bytes = self.requests = 0

    def _relist(self, section: int) -> None:
        self.truth["changed"].add(f"/{section}/")

    # What is served.

    def page(self, path: str) -> str | None:
        """What a path says now; of one section every page has a date, a counter and an advertisement of tonight."""
        if path == "/":
            inner = "".join(f"<li><a href=/{number}/>Section {number}</a>" for number in range(SECTIONS))
            return self._dressed("Home", f"<h1>Home</h1><ul>{inner}</ul>")
        if path in {f"/{number}/" for number in range(SECTIONS)}:
            mine = [(place, each) for place, each in self.stories.items() if place.startswith(path)]
            shown = "".join(
                f"<li><a href={place}>Story {each.name.partition('_')[0]}</a>"
                for place, each in sorted(mine)
                if each.is_listed
            )
            return self._dressed(f"Section {path[1]}", f"<h1>Section</h1><ul>{shown}</ul>")
        if (story := self.stories.get(path)) is None:
            return None
        name = story.name.partition("_")[0]
        return self._dressed(
            f"Story {name} of {story.section}",
            f"<h1>Story</h1><p>{story.text}<p>Edition {story.revision}.",
            is_noisy=self.noise > 0 and story.section == 0,
            form=story.form,
        )

    def _dressed(self, title: str, inner: str, *, is_noisy: bool = False, form: str = "") -> str:
        if form == "members":
            login = "<form>Members: <input name=u><input type=password name=p></form>"
            return f"<!DOCTYPE html><title>{title} for members</title>{login}<main>{inner}</main>"
        noise = ""
        if is_noisy:
            noise = (
                f"<p>Saturday, {self.noise % 28 + 1} November 2026, {self.noise + 1000} views</p>"
                f'<div class="ad-slot">Buy {self.noise}</div><!-- {self.noise} -->'
            )
        head = f"<title>{title}</title><meta charset=utf-8><meta name=csrf content=t{self.noise * is_noisy}>"
        if self.design:
            return (
                f"<!DOCTYPE html><html class=d{self.design}><head>{head}</head><body><nav><a href=/>Start</a></nav>"
                f"<main class=wide>{inner}{noise}</main><footer>New look {self.design}</footer></body></html>"
            )
        return f"<!DOCTYPE html><html><head>{head}</head><body>{inner}{noise}</body></html>"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        path = request.path
        if path in self.moved:
            raise web.HTTPMovedPermanently(self.moved[path])
        story, body = self.stories.get(path), self.page(path)
        if story is not None and story.trouble and body is not None:
            return await self._troubled(request, story.trouble, body)
        if body is None:
            return web.Response(status=404, text="<title>404</title>", content_type="text/html")
        data = body.encode()
        digest = hashlib.sha256(data).hexdigest()
        is_known = self.good.get(path) == digest
        self.good[path] = digest
        if request.headers.get("If-None-Match") == f'"{digest[:16]}"':
            return web.Response(status=304, headers={"ETag": f'"{digest[:16]}"'})
        self.served_bytes += len(data)
        self.changed_bytes += 0 if is_known else len(gzip.compress(data))
        return web.Response(body=data, content_type="text/html", headers={"ETag": f'"{digest[:16]}"'})

    async def _troubled(self, request: web.Request, trouble: str, body: str) -> web.StreamResponse:
        if trouble == "outage":
            return web.Response(status=503, text="down")
        if trouble == "wall":
            raise web.HTTPFound(f"/login?next={request.path}")
        pages = {
            "form": "<title>Sign in</title><form><input name=u><input type=password name=p></form></html>",
            "soft_404": "<title>Page not found</title><h1>Nothing here</h1></html>",
            "truncated": body[: len(body) // 2],
            "empty": "<title>Story</title></html>",
            "robot": "<title>Just a moment...</title><p>Checking your browser</html>",
        }
        return web.Response(text=pages[trouble], content_type="text/html")


def bring(script: Script, drawn: random.Random) -> None:
    """Tonight's changes: each fifth night nothing, one night each an outage, a wall, a redesign.

    One night two pages are cut to a few lines and one is made anew with a login form and without an end: a week later they
    are believed.
    """
    if script.night % 5 == 0:
        return
    if script.night % 5 > 2:
        script.noise = script.night
    healed = script.truth["recovered"] | script.truth["new"]
    stories = [
        path
        for path, each in script.stories.items()
        if each.is_listed and path not in healed and not each.form
    ]
    script.truth = defaultdict(set, {kind: urls for kind, urls in script.truth.items() if urls})
    drawn.shuffle(stories)
    if script.night == RECAST:
        for form in ("short", "short", "members"):
            script.recast(stories.pop(), form)
    if script.night == RECAST + 7:
        script.truth["changed"] |= {*script.doubted}
        script.doubted.clear()
    if script.night == 7:
        script.design += 1
        return
    if script.night in {11, 13}:
        section = "/2/" if script.night == 11 else "/1/"
        for path in [each for each in script.stories if each.startswith(section) and each not in healed]:
            script.trouble(path, "outage" if script.night == 11 else "wall")
        return
    for _ in range(drawn.randint(0, 3)):
        script.edit(stories.pop())
    nightly: tuple[Callable[[], None], ...] = (
        lambda: script.add(drawn.randrange(SECTIONS)),
        lambda: script.remove(stories.pop()),
        lambda: script.hide(stories.pop()),
        lambda: script.move(stories.pop(), is_told=True),
        lambda: script.move(stories.pop(), is_told=False),
        lambda: script.trouble(stories.pop(), "form"),
        lambda: script.trouble(stories.pop(), "soft_404"),
        lambda: script.trouble(stories.pop(), "truncated"),
        lambda: script.trouble(stories.pop(), "empty"),
        lambda: script.trouble(stories.pop(), "robot"),
    )
    for change in drawn.sample(nightly, 3):
        change()


@asynccontextmanager
async def served(script: Script) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", script.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def spend(folder: Path, root: str, clock: JobClock) -> Report:
    output = Output(folder)
    output.prepare()
    job = CrawlJob(seed_list(f"{root}/"), output, CrawlOptions.of({"retries": 0}), clock=clock)
    clock.is_busy = lambda: job._engine.held > 0
    with output.hold():
        report = await job.run()
    clock.advance(DAY)
    return report


def size_of(folder: Path) -> int:
    """All files, but for the reports, which do not grow with the site."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "reports"]
    return sum(path.stat().st_size for path in paths)


def mirror_bytes(folder: Path) -> int:
    """The pages as they are browsed: a new one takes what it takes, unpacked."""
    return sum(path.stat().st_size for path in (folder / "mirror").rglob("*") if path.is_file())


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file of the mirror, with what tells whether it was written."""
    paths = [path for path in (folder / "mirror").rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}


@pytest.mark.long
async def test_every_night_tells_the_truth(tmp_path: Path) -> None:
    script, clock, drawn = Script(), JobClock(), random.Random(7)
    async with served(script) as root:
        await spend(tmp_path, root, clock)
        first_bytes, grown, allowed, quiet = script.served_bytes, 0, 0.0, 0
        for _ in range(NIGHTS - 1):
            before, files = size_of(tmp_path), files_of(tmp_path)
            before_mirror = mirror_bytes(tmp_path)
            script.dawn()
            bring(script, drawn)
            report = await spend(tmp_path, root, clock)
            told = await changes_of(tmp_path)
            assert {kind: {each.replace(root, "") for each in urls} for kind, urls in told.items()} == dict(
                script.truth
            ), f"night {script.night}"
            tonight = size_of(tmp_path) - before
            tonight_allowed = 1.1 * script.changed_bytes + 1500 * script.requests
            browsed = mirror_bytes(tmp_path) - before_mirror
            # The database grows by whole pages.
            assert tonight - browsed - PAGE_BYTES < tonight_allowed, f"night {script.night}"
            grown += tonight
            allowed += tonight_allowed
            if not script.changed_bytes and not script.heals and not script.doubted:
                quiet += 1
                assert report.counts.wire_bytes < 0.02 * first_bytes, f"night {script.night}"
                assert files_of(tmp_path) == files, f"night {script.night}"
        assert quiet > 3
        assert grown < allowed
        await assert_nothing_is_lost(tmp_path, script, root)


async def assert_nothing_is_lost(folder: Path, script: Script, root: str) -> None:
    """The last good copy of everything that was ever good is what the site served then, and lies in the mirror."""
    known, files = await entries(folder), kept_below(folder)
    for path, digest in script.good.items():
        good = known[root + path].good
        assert good is not None
        assert good.digest == f"sha256:{digest}"
        assert good.mirror_path in files
