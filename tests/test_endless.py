"""Sites without end come to an end, by rules that are named, counted and switched off; pages with twins are kept."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from selectolax.lexbor import LexborHTMLParser

from crawler.model import State
from crawler.report import Report
from tests.mirrored import dangling, leads, live
from tests.web import OWN, Answer, Said, Web, crawl, entries, entry_at, links, moved, page, states

HOST = "127.0.0.1_8000"
HOME = f"{HOST}/index.html"
A, B = f"{OWN}a", f"{OWN}b"
DRAWN = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


class Made(dict[str, "Said | list[Said]"]):
    """A web that is made up as it is asked; by path and query."""

    def __init__(self, make: Callable[[str], Said | None]) -> None:
        super().__init__()
        self._make = make

    def get(self, key: str, default: object = None) -> Said:
        """What a URL answers."""
        said = None if key.endswith("/robots.txt") else self._make(key.removeprefix(OWN[:-1]))
        return 404 if said is None else said


def endless(make: Callable[[str], Said | None]) -> Web:
    return Web(Made(make))


def calendar(target: str) -> Said:
    """A page for every month, which leads to a year later and a year before."""
    _, _, month = target.partition("?month=")
    number = int(month[:4]) * 12 + int(month[5:]) - 1 if month else 2001 * 12
    steps = [f"/calendar?month={n // 12:04}-{n % 12 + 1:02}" for n in (number - 12, number + 12)]
    return links(*steps, title=month)


def corridor(target: str) -> Said:
    """A link without its slash grows by a folder a page, and each page says how deep it is."""
    return links("corridor/", title=str(target.count("/")))


def facets(target: str) -> Said:
    """Eight filters that combine."""
    taken = {pair.partition("=")[0] for pair in target.partition("?")[2].split("&") if pair}
    names = [f"f{n}" for n in range(8)]
    toggled = [sorted(taken ^ {name}) for name in names]
    return links(*("/shop?" + "&".join(f"{name}=1" for name in each) for each in toggled), title=target)


def echoes(target: str) -> Said:
    """Whatever is asked for below, the same bytes, which lead on to two folders."""
    return links("north/", "south/") if target != "/" else links("/hall/")


def sessions() -> Callable[[str], Said]:
    """Every answer writes a session of its own into its links."""
    drawn = (f"{DRAWN[:-4]}{number:04}" for number in itertools.count())

    def make(target: str) -> Said:
        return links(*(f"/{name}?PHPSESSID={next(drawn)}#part" for name in ("a", "b", "a")), title=target[:3])

    return make


def refused(report: Report) -> dict[str, int]:
    return {each.rule: each.links for each in report.refusals}


TRAPS: list[tuple[str, Callable[[str], Said], int, int]] = [
    ("calendar", calendar, 64, 2),
    ("repeated-segments", corridor, 3, 1),
    ("query-variants", facets, 74, 200),
]


@pytest.mark.parametrize(("rule", "make", "pages", "links_refused"), TRAPS, ids=[each[0] for each in TRAPS])
async def test_it_ends_by_the_rule_which_is_counted(
    tmp_path: Path, rule: str, make: Callable[[str], Said], pages: int, links_refused: int
) -> None:
    report = await crawl(endless(make), tmp_path, OWN, archive=False, mirror=False)
    assert report.run.outcome == "finished"
    assert report.counts.pages == pages
    assert refused(report).keys() == {rule}
    assert refused(report)[rule] >= links_refused
    assert {each.host for each in report.refusals} == {"127.0.0.1:8000"}


@pytest.mark.parametrize(("rule", "make"), [each[:2] for each in TRAPS], ids=[each[0] for each in TRAPS])
async def test_switched_off_only_a_budget_ends_it(
    tmp_path: Path, rule: str, make: Callable[[str], Said]
) -> None:
    report = await crawl(
        endless(make),
        tmp_path,
        OWN,
        traps_off=(rule, "deep-path"),
        max_pages=100,
        archive=False,
        mirror=False,
    )
    assert report.run.outcome == "max-pages"
    assert refused(report) == {}


async def test_a_seed_is_no_trap_and_its_redirect_is_none(tmp_path: Path) -> None:
    far, further = f"{OWN}calendar/2090-01-01/", f"{OWN}calendar/2091-01-01/"
    web = Web({far: moved(further), further: links("/calendar/2092-01-01/")})
    report = await crawl(web, tmp_path, far)
    assert web.urls() == [far, further]
    assert refused(report) == {"calendar": 1}


async def test_what_a_page_needs_is_no_trap(tmp_path: Path) -> None:
    picture = f"{OWN}calendar/2090-01-01.png"
    web = Web({OWN: links(text=f'<img src="{picture}">'), picture: b"\x89PNG"})
    await crawl(web, tmp_path, OWN)
    assert picture in web.urls()


class TestOptionsThatChange:
    TRAP = f"{OWN}calendar/2090-01-01/"

    def web(self) -> Web:
        return Web({OWN: links("/calendar/2090-01-01/"), self.TRAP: links()})

    async def test_what_is_queued_is_judged_again(self, tmp_path: Path) -> None:
        web = self.web()
        await crawl(web, tmp_path, OWN, traps_off=("calendar",), max_pages=1)
        assert await states(tmp_path, State.QUEUED) == {self.TRAP: State.QUEUED}
        await crawl(web, tmp_path, OWN)
        entry = await entry_at(tmp_path, self.TRAP)
        assert (entry.state, entry.reason) == (State.EXCLUDED, "calendar: the year 2090")
        assert self.TRAP not in web.urls()

    async def test_what_was_refused_is_judged_again(self, tmp_path: Path) -> None:
        web = self.web()
        await crawl(web, tmp_path, OWN)
        assert self.TRAP not in web.urls()
        assert leads(tmp_path / "mirror", HOME) == [self.TRAP]
        await crawl(web, tmp_path, OWN, traps_off=("all",))
        assert self.TRAP in web.urls()
        assert leads(tmp_path / "mirror", HOME) == ["calendar/2090-01-01/index.html"]


class TestSessions:
    async def test_the_pages_without_them_are_fetched_and_linked(self, tmp_path: Path) -> None:
        web = endless(sessions())
        report = await crawl(web, tmp_path, OWN)
        assert set(web.urls()) == {OWN, A, B}
        assert refused(report) == {"session-id": 9}
        for file in (HOME, f"{HOST}/a~.html", f"{HOST}/b~.html"):
            assert leads(tmp_path / "mirror", file) == ["a~.html#part", "b~.html#part", "a~.html#part"]

    async def test_they_are_linked_by_repaired_pages_too(self, tmp_path: Path) -> None:
        web = Web(
            {
                OWN: links(f"/a?sid={DRAWN}", f"/old;jsessionid={DRAWN}", f"/gone;jsessionid={DRAWN}?x=1"),
                A: Answer(body=b"plain", headers=(("Content-Type", "text/plain"),)),
                f"{OWN}old": moved(f"/b;jsessionid={DRAWN}"),
                B: links(f"/?sid={DRAWN}"),
            }
        )
        report = await crawl(web, tmp_path, OWN)
        assert report.repaired
        gone = f"{OWN}gone;jsessionid={DRAWN}?x=1"
        assert leads(tmp_path / "mirror", HOME) == ["a~.txt", "b~.html", gone]
        assert leads(tmp_path / "mirror", f"{HOST}/b~.html") == ["index.html"]
        assert dangling(tmp_path / "mirror") == []
        assert set(live(tmp_path / "mirror")) == {gone}

    async def test_what_a_page_needs_keeps_its_own(self, tmp_path: Path) -> None:
        needed = f"{OWN}x;jsessionid={DRAWN}"
        web = Web({OWN: links(f"/gone?sid={DRAWN}", text=f'<img src="{needed}">'), f"{OWN}x": links()})
        web.says[needed] = Answer(body=b"\x89PNG\r\n\x1a\n", headers=(("Content-Type", "image/png"),))
        report = await crawl(web, tmp_path, OWN)
        assert report.repaired
        assert f"{OWN}x" not in web.urls()
        _, name = leads(tmp_path / "mirror", HOME)
        assert name.endswith(".png")
        assert dangling(tmp_path / "mirror") == []

    async def test_switched_off_they_are_pages_of_their_own(self, tmp_path: Path) -> None:
        report = await crawl(
            endless(sessions()), tmp_path, OWN, traps_off=("session-id",), max_pages=40, mirror=False
        )
        assert report.run.outcome == "max-pages"

    async def test_a_redirect_that_adds_one_is_followed_to_its_page(self, tmp_path: Path) -> None:
        last = f"{OWN}a;jsessionid={DRAWN}"
        web = Web({OWN: links("/a"), A: moved(last), last: links("/", f"/a;jsessionid={DRAWN[::-1]}")})
        report = await crawl(web, tmp_path, OWN)
        assert web.urls() == [OWN, A, last]
        assert report.counts.pages == 2
        (name,) = leads(tmp_path / "mirror", HOME)
        assert leads(tmp_path / "mirror", f"{HOST}/{unquote(name)}") == ["index.html", name]
        assert dangling(tmp_path / "mirror") == []

    async def test_one_that_brings_a_cookie_is_asked_again_with_it(self, tmp_path: Path) -> None:
        cookie = (("Location", f"/a;jsessionid={DRAWN}"), ("Set-Cookie", "JSESSIONID=x"))
        web = Web({OWN: links("/a"), A: [Answer(status=302, headers=cookie), links("/")]})
        await crawl(web, tmp_path, OWN)
        assert web.urls() == [OWN, A, A]
        assert leads(tmp_path / "mirror", HOME) == ["a~.html"]

    async def test_redirects_that_add_them_in_a_circle_are_a_loop(self, tmp_path: Path) -> None:
        web = Web({OWN: links("/a"), A: moved(f"/b?sid={DRAWN}"), B: moved(f"/a?sid={DRAWN}")})
        report = await crawl(web, tmp_path, OWN)
        assert web.urls() == [OWN, A, B]
        assert report.failures == {"redirect_loop": 1}


async def test_case_and_slash_tell_pages_apart(tmp_path: Path) -> None:
    urls = [f"{OWN}{path}" for path in ("A", "a", "x", "x/", "y?Q=1", "y?q=1")]
    web = Web({OWN: links(*urls), **dict.fromkeys(urls, links(title="the same"))})
    report = await crawl(web, tmp_path, OWN)
    assert set(web.urls()) == {OWN, *urls}
    assert report.counts.pages == 7
    assert report.duplicates == 5
    files = leads(tmp_path / "mirror", HOME)
    assert len(set(files)) == 6
    assert dangling(tmp_path / "mirror") == []


class TestDuplicates:
    async def test_a_row_of_the_same_bytes_ends_and_every_page_is_kept(self, tmp_path: Path) -> None:
        web = endless(echoes)
        report = await crawl(web, tmp_path, OWN)
        assert report.run.outcome == "finished"
        assert refused(report).keys() == {"duplicate-content", "repeated-segments"}
        asked = [url for url in web.urls() if "hall" in url]
        assert 20 <= len(asked) <= 45
        assert report.duplicates == len(asked) - 1
        kept = await entries(tmp_path)
        for url in asked:
            good = kept[url].good
            assert good is not None
            assert good.mirror_path is not None
            assert (tmp_path / "mirror" / good.mirror_path).is_file()
        assert dangling(tmp_path / "mirror") == []

    async def test_it_ends_too_where_each_run_goes_but_a_few_steps(self, tmp_path: Path) -> None:
        web, asked = endless(echoes), []
        for _ in range(11):
            await crawl(web, tmp_path, OWN, max_pages=12, mirror=False, archive=False)
            asked.append(len(set(web.urls())))
        assert asked[0] == 12
        assert asked[-3] == asked[-1] < 100

    async def test_switched_off_it_goes_on(self, tmp_path: Path) -> None:
        off = ("duplicate-content", "repeated-segments")
        report = await crawl(
            endless(echoes), tmp_path, OWN, traps_off=off, max_pages=150, mirror=False, archive=False
        )
        assert report.run.outcome == "max-pages"
        assert report.duplicates == 148

    async def test_many_empty_shells_are_no_row(self, tmp_path: Path) -> None:
        """A site whose pages are all one shell of a script, and that links to each from a sitemap or menu."""
        paths = [f"/{year}/{month}/{day}/" for year in range(3) for month in range(4) for day in range(3)]
        menu = links(*paths, *(path.rsplit("/", 2)[0] + "/" for path in paths), *("/0/", "/1/", "/2/"))
        report = await crawl(endless(lambda _: menu), tmp_path, OWN, mirror=False, archive=False)
        assert report.counts.pages == 1 + 36 + 12 + 3
        assert refused(report) == {}

    async def test_why_tells_which_it_is_the_same_as(self, tmp_path: Path) -> None:
        web = Web({OWN: links("/a", "/b"), A: links(title="x"), B: links(title="x")})
        await crawl(web, tmp_path, OWN, concurrency=1)
        assert (await entry_at(tmp_path, B)).reason == f"duplicate-content: the same bytes as {A}"
        assert (await entry_at(tmp_path, A)).reason == ""


class TestCanonical:
    HEAD = f'<link rel="canonical" href="{B}">'

    def listed(self, folder: Path) -> list[str]:
        tree = LexborHTMLParser((folder / "index.html").read_text(encoding="utf-8"))
        return [node.attributes.get("href") or "" for node in tree.css("#pages a")]

    async def test_of_two_with_the_same_bytes_the_one_that_is_named_is_listed(self, tmp_path: Path) -> None:
        web = Web({OWN: links("/a"), A: links(head=self.HEAD), B: links(head=self.HEAD)})
        report = await crawl(web, tmp_path, OWN)
        assert report.counts.pages == 3
        assert self.listed(tmp_path) == [f"mirror/{HOME}", f"mirror/{HOST}/b~.html"]
        await crawl(web, tmp_path, OWN, traps_off=("canonical",))
        assert f"mirror/{HOST}/a~.html" in self.listed(tmp_path)

    async def test_it_is_a_hint_and_decides_nothing_else(self, tmp_path: Path) -> None:
        web = Web({OWN: links("/a"), A: links(title="other", head=self.HEAD), B: links(head=self.HEAD)})
        await crawl(web, tmp_path, OWN)
        assert len(self.listed(tmp_path)) == 3

    async def test_a_header_says_it_as_well(self, tmp_path: Path) -> None:
        told = page(headers=(("Link", f'<{B}>; rel="canonical"'),))
        web = Web({OWN: links("/a", title="Home"), A: told, B: page()})
        await crawl(web, tmp_path, OWN)
        assert B in web.urls()
        assert self.listed(tmp_path) == [f"mirror/{HOME}", f"mirror/{HOST}/b~.html"]
