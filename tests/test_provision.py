"""What a page gets while it is rendered: by the rules of the crawl, and never more than is good for it."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from crawler.browser.wanted import Provide, Sight, Supply, Wanted
from crawler.clock import ManualClock
from crawler.model import State
from crawler.provision import Provider
from tests.rendered import shell
from tests.web import OWN, JobClock, Web, entry_at, job_on, links, moved, typed

PUBLIC = "https://shop.example/"
SCRIPT = "text/javascript"


@dataclass
class Asking:
    """A browser in which every page asks for the same things, one after the other or at once."""

    wants: list[Wanted]
    at_once: bool = False
    got: list[Supply | None] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    async def see(self, url: str, page: Supply, provide: Provide, *, shoots: bool) -> Sight:
        if self.at_once:
            self.got = await asyncio.gather(*map(provide, self.wants))
        else:
            self.got = [await provide(wanted) for wanted in self.wants]
        return Sight(text="<html><body><p>These words are new here")

    @property
    def bodies(self) -> list[bytes | None]:
        return [None if each is None else each.body.read() for each in self.got]


async def asked(web: Web, folder: Path, root: str, *wants: Wanted | str, **options: Any) -> Asking:
    """A crawl of one page that asks for these."""
    web.says.setdefault(root, shell("/app.js"))
    web.says.setdefault(f"{root}app.js", typed("x", SCRIPT))
    browser = Asking([Wanted(url=each, kind="script") if isinstance(each, str) else each for each in wants])
    job = job_on(web, folder, root, browser=browser, render="auto", max_pages=1, **options)
    with job._output.hold():
        await job.run()
    return browser


async def test_robots_scope_and_traps_hold(tmp_path: Path) -> None:
    web = Web(
        {
            f"{OWN}robots.txt": typed("User-agent: *\nDisallow: /secret", "text/plain"),
            f"{OWN}secret.js": typed("no", SCRIPT),
            f"{OWN}out.js": typed("no", SCRIPT),
            f"{OWN}open.js": typed("yes", SCRIPT),
        }
    )
    browser = await asked(
        web, tmp_path, OWN, f"{OWN}secret.js", f"{OWN}out.js", f"{OWN}open.js", exclude=("/out",)
    )
    assert browser.bodies == [None, None, b"yes"]
    assert f"{OWN}secret.js" not in web.urls()
    assert f"{OWN}out.js" not in web.urls()
    assert (await entry_at(tmp_path, f"{OWN}secret.js")).state is State.EXCLUDED
    assert (await entry_at(tmp_path, f"{OWN}open.js")).good is not None


async def test_nothing_is_sent_but_a_get(tmp_path: Path) -> None:
    web = Web({})
    kinds = ("media", "eventsource", "websocket", "ping")
    browser = await asked(
        web,
        tmp_path,
        OWN,
        Wanted(url=f"{OWN}buy", method="POST", kind="fetch"),
        *(Wanted(url=f"{OWN}x", kind=kind) for kind in kinds),
        Wanted(url="ftp://127.0.0.1/x", kind="fetch"),
    )
    assert browser.bodies == [None] * 6
    assert web.urls() == [OWN]


async def test_pictures_are_stood_in_for(tmp_path: Path) -> None:
    web = Web({f"{OWN}a.png": b"\x89PNG", f"{OWN}a.woff2": b"wOF2"})
    wants = [Wanted(url=f"{OWN}a.png", kind="image"), Wanted(url=f"{OWN}a.woff2", kind="font")]
    browser = await asked(web, tmp_path / "a", OWN, *wants)
    assert browser.bodies[0]
    assert browser.bodies[0].startswith(b"GIF89a")
    assert browser.bodies[1] is None
    browser = await asked(web, tmp_path / "b", OWN, *wants, screenshots=True)
    assert browser.bodies == [b"\x89PNG", b"wOF2"]


async def test_redirects_are_followed_here(tmp_path: Path) -> None:
    web = Web(
        {
            f"{OWN}a.js": moved("/b.js"),
            f"{OWN}b.js": typed("b", SCRIPT),
            f"{OWN}round.js": moved("/round.js"),
            f"{OWN}out.js": moved("/hidden/b.js"),
        }
    )
    browser = await asked(
        web, tmp_path, OWN, f"{OWN}a.js", f"{OWN}round.js", f"{OWN}out.js", exclude=("/hidden",)
    )
    assert browser.bodies == [b"b", None, None]
    assert (await entry_at(tmp_path, f"{OWN}b.js")).good is not None
    assert web.count(f"{OWN}a.js") == web.count(f"{OWN}b.js") == 1


async def test_what_is_missing_is_told_to_the_page(tmp_path: Path) -> None:
    web = Web({f"{OWN}gone": 404, f"{OWN}empty": 204})
    wants = [Wanted(url=f"{OWN}{name}", kind="fetch") for name in ("gone", "empty")]
    browser = await asked(web, tmp_path, OWN, *wants)
    assert [each and each.status for each in browser.got] == [404, 204]


async def test_a_host_gets_no_more_requests_at_once_than_it_takes(tmp_path: Path) -> None:
    names = [f"{PUBLIC}{number}.js" for number in range(5)]
    web = Web({each: typed(each, SCRIPT) for each in names})
    web.says[PUBLIC] = shell("/app.js")
    browser = Asking([Wanted(url=each, kind="script") for each in names], at_once=True)
    job = job_on(web, tmp_path, PUBLIC, browser=browser, render="auto", delay=0.0, per_host=1)
    with job._output.hold():
        await job.run()
    assert browser.bodies == [each.encode() for each in names]
    assert web.most_at_once == 1


class Jumping(JobClock):
    """Jumps also where a lease waits for its host."""

    async def wait(self, event: asyncio.Event, timeout_seconds: float) -> None:
        await ManualClock.wait(self, event, timeout_seconds)


async def test_a_host_that_wants_pauses_gets_them(tmp_path: Path) -> None:
    names = [f"{PUBLIC}{number}.js" for number in range(3)]
    web = Web({each: typed(each, SCRIPT) for each in names}, clock=Jumping())
    browser = await asked(web, tmp_path, PUBLIC, *names, delay=2.0)
    assert browser.bodies == [each.encode() for each in names]
    began = sorted((each.began_at, each.ended_at) for each in web.asked if each.url != f"{PUBLIC}robots.txt")
    assert web.most_at_once == 1
    for (_, ended), (begins, _) in itertools.pairwise(began):
        assert begins - ended >= 2.0
    assert all(web.count(each) == 1 for each in names)


async def test_a_host_that_wants_too_long_pauses_is_not_waited_for() -> None:
    clock = ManualClock()
    nothing: Any = None
    provider = Provider(
        gate=nothing, frontier=nothing, originals=nothing, larder=nothing, judge=nothing, clock=clock
    )
    began_at = clock.now()
    assert not await provider._rest(60.0)
    assert clock.now() == began_at
    assert await provider._rest(5.0)
    assert clock.now() == began_at + 5.0


async def test_one_page_gets_no_more_than_so_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.provision._MOST_REQUESTS", 2)
    names = [f"{OWN}{number}.js" for number in range(4)]
    web = Web({each: typed("x", SCRIPT) for each in names})
    browser = await asked(web, tmp_path, OWN, *names)
    assert browser.bodies == [b"x", b"x", None, None]


async def test_what_is_stored_is_given_from_there(tmp_path: Path) -> None:
    web = Web({OWN: links("/one", "/two"), f"{OWN}lib.js": typed("lib", SCRIPT)})
    for name in ("one", "two"):
        web.says[f"{OWN}{name}"] = shell("/lib.js")
    browser = Asking([Wanted(url=f"{OWN}lib.js", kind="script")])
    job = job_on(web, tmp_path, OWN, browser=browser, render="auto", concurrency=1)
    with job._output.hold():
        await job.run()
    assert browser.bodies == [b"lib"]
    assert web.count(f"{OWN}lib.js") == 1


async def test_headers_that_servers_answer_to_are_passed_on(tmp_path: Path) -> None:
    web = Web({f"{OWN}api": typed("{}", "application/json")})
    await asked(
        web,
        tmp_path,
        OWN,
        Wanted(url=f"{OWN}api", kind="fetch", accept="application/json", origin="http://x"),
    )
    (api,) = [each for each in web.asked if each.url == f"{OWN}api"]
    assert api.headers == {"Accept": "application/json", "Origin": "http://x"}
