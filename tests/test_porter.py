"""What pages carry: at once where it is known, after the repair where it came later, and anew where it changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.body import Spool
from crawler.clock import ManualClock
from crawler.frontier.fingerprints import awaiting, carrying
from crawler.frontier.memory import MemoryFrontier
from crawler.links.document import Wish
from crawler.model import State
from crawler.originals import Originals
from crawler.porter import NO_LOAD, Porter
from crawler.turns import Turns
from crawler.urls import identity
from tests.mirrored import dangling
from tests.web import OWN, Answer, Web, crawl, entry_at, links, moved, page, tagged, typed

HOST = "127.0.0.1_8000"
SPRITE, MODULE = f"{OWN}icons.svg", f"{OWN}m.js"
USE = "<svg><use href='/icons.svg#a'/></svg>"


def sprite(path: str, etag: str | None = None) -> Answer:
    body = f"<svg xmlns='http://www.w3.org/2000/svg'><symbol id='a'><path d='{path}'/></symbol></svg>"
    return Answer(body=body.encode(), headers=(("Content-Type", "image/svg+xml"),), etag=etag)


def text(folder: Path, name: str = "index.html") -> str:
    return (folder / "mirror" / HOST / name).read_text("utf-8")


@pytest.fixture(params=[True, False], ids=["archive", "no archive"])
def archive(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def test_every_page_carries_what_came_after_it(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links("/late", text=USE), SPRITE: sprite("M0"), f"{OWN}late": links(text=USE)})
    await crawl(web, tmp_path, OWN, archive=archive)
    for name in ("index.html", "late~.html"):
        assert 'd="M0"' in text(tmp_path, name)
        assert "<use href='#carried1-0'/>" in text(tmp_path, name)
    assert dangling(tmp_path / "mirror") == []


async def test_an_unchanged_one_repairs_nothing_and_a_changed_one_reaches_its_pages(
    tmp_path: Path, archive: bool
) -> None:
    one = tagged(links("/other", text=USE))
    web = Web({OWN: one, f"{OWN}other": tagged(links()), SPRITE: sprite("M0", '"1"')})
    await crawl(web, tmp_path, OWN, archive=archive)
    report = await crawl(web, tmp_path, OWN, archive=archive)
    assert report.repaired == 0
    web.says[SPRITE] = sprite("M7", '"2"')
    report = await crawl(web, tmp_path, OWN, archive=archive)
    assert (report.repaired, report.counts.unchanged) == (1, 2)
    assert 'd="M7"' in text(tmp_path)


async def test_a_page_that_changed_carries_what_did_not(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: [links(text=USE), links(text=USE, title="new")], SPRITE: sprite("M0", '"1"')})
    await crawl(web, tmp_path, OWN, archive=archive)
    report = await crawl(web, tmp_path, OWN, archive=archive)
    assert report.repaired == 0
    assert "new" in text(tmp_path)
    assert 'd="M0"' in text(tmp_path)


async def test_what_fails_is_led_to_by_reference_and_carried_once_it_comes(tmp_path: Path) -> None:
    web = Web({OWN: tagged(links(text=USE)), SPRITE: [404, sprite("M0")]})
    await crawl(web, tmp_path, OWN)
    assert f"<use href='{SPRITE}#a'/>" in text(tmp_path)
    assert (await entry_at(tmp_path, SPRITE)).state is State.FAILED
    await crawl(web, tmp_path, OWN)
    assert 'd="M0"' in text(tmp_path)


async def test_a_failure_leaves_what_was_carried(tmp_path: Path) -> None:
    web = Web({OWN: [links(text=USE), links(text=USE, title="new")], SPRITE: [sprite("M0"), 404]})
    await crawl(web, tmp_path, OWN)
    await crawl(web, tmp_path, OWN)
    assert "new" in text(tmp_path)
    assert 'd="M0"' in text(tmp_path)


async def test_redirects_are_followed(tmp_path: Path, archive: bool) -> None:
    web = Web({OWN: links("/late", text=USE), SPRITE: moved("/new.svg"), f"{OWN}new.svg": sprite("M0")})
    web.says[f"{OWN}late"] = tagged(links(text=USE))
    await crawl(web, tmp_path, OWN, archive=archive)
    assert 'd="M0"' in text(tmp_path)
    web.says[f"{OWN}new.svg"] = sprite("M7")
    await crawl(web, tmp_path, OWN, archive=archive)
    assert 'd="M7"' in text(tmp_path)
    assert 'd="M7"' in text(tmp_path, "late~.html")


@pytest.mark.parametrize(
    ("markup", "url", "answer", "expected"),
    [
        ("<script type=module src=/m.js></script>", MODULE, b"x()", 'src="data:text/javascript;base64,eCgp"'),
        ("<link rel=manifest href=/m>", f"{OWN}m", typed("{}", "application/json"), 'href="data:application/manifest+json;base64,e30="'),
        ("<video><track src=/t.vtt></video>", f"{OWN}t.vtt", typed("WEBVTT", "text/vtt"), 'src="data:text/vtt;base64,V0VCVlRU"'),
        ("<p style='mask:url(/i.png)'>", f"{OWN}i.png", b"\x89PNG\r\n\x1a\n", "mask:url(data:image/png;base64,iVBORw0KGgo=)"),
        ("<style>p{mask-image:url(/i.png)}</style>", f"{OWN}i.png", b"\x89PNG\r\n\x1a\n", "url(data:image/png;base64,iVBORw0KGgo=)"),
        ("<p style='mask:url(/i.png#m)'>", f"{OWN}i.png", b"\x89PNG\r\n\x1a\n", "mask:url(i.png#m)"),
        ("<p style='background:url(/i.png)'>", f"{OWN}i.png", b"\x89PNG\r\n\x1a\n", "background:url(i.png)"),
        ("<script type=module src=/m.js></script>", MODULE, b"import('./x.js')", 'src="data:'),
        ("<script type=module src=/m.js></script>", MODULE, b"import 'https://x.example/y.js'", 'src="data:'),
        ("<script type=module src=/m.js></script>", MODULE, b"import './x.js'", 'src="m.js"'),
        ("<script type=module src=/m.js></script>", MODULE, b'import{a}from"/x.js";', 'src="m.js"'),
        ("<script type=module src=/m.js></script>", MODULE, b"export * from\n'../x.js'", 'src="m.js"'),
        ("<script type=module src=/m></script>", f"{OWN}m", typed("x()", "text/html"), 'src="m~.html"'),
        ("<script type=module src=/m.js></script>", MODULE, b"x" * 300_000, 'src="m.js"'),
        ("<script src=/m.js></script>", MODULE, b"x()", 'src="m.js"'),
        ("<svg><use href='/icons.svg#b'/></svg>", SPRITE, sprite("M0"), "href='icons.svg#b'"),
    ],
)  # fmt: skip
async def test_what_is_carried_and_what_is_not(
    tmp_path: Path, archive: bool, markup: str, url: str, answer: Answer | bytes, expected: str
) -> None:
    await crawl(Web({OWN: page(text=markup), url: answer}), tmp_path, OWN, archive=archive)
    assert expected in text(tmp_path)


async def test_without_an_archive_a_file_that_was_altered_is_not_carried(tmp_path: Path) -> None:
    markup = "<script type=module src=/m.js></script>"
    web = Web(
        {
            OWN: [page(text=markup), page("/new", text=markup)],
            MODULE: Answer(body=b"x()", etag='"1"', headers=(("Content-Type", "text/javascript"),)),
        }
    )
    await crawl(web, tmp_path, OWN, archive=False)
    (tmp_path / "mirror" / HOST / "m.js").write_bytes(b"y()")
    await crawl(web, tmp_path, OWN, archive=False)
    assert 'src="m.js"' in text(tmp_path)


async def test_a_page_says_what_it_awaits(tmp_path: Path) -> None:
    frontier = MemoryFrontier(ManualClock())
    porter = Porter(frontier, Originals(tmp_path, frontier, Spool(tmp_path)), Turns())
    assert await porter.bring([]) is NO_LOAD
    load = await porter.bring([Wish("element", SPRITE, "#a"), Wish("element", SPRITE, "#b")])
    assert load.carried == {}
    assert load.marks == {awaiting(identity(SPRITE))}
    assert carrying("x") != awaiting("x")
