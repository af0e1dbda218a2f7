"""What comes in the place of a good copy is looked at, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.body import Body, BodyWriter, Spool
from crawler.content import read_gist
from crawler.errors import TransientError
from crawler.model import State
from crawler.vetting import _is_beginning
from tests.mirrored import leads
from tests.nights import changes_of
from tests.web import OWN, Said, Web, crawl, entry_at, kept_below, ledger, links, moved, tagged, typed

A = f"{OWN}a"
DAY = 86_400.0
WORDS = " ".join(f"word{number}" for number in range(300))


async def test_a_first_crawl_keeps_what_it_gets(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), A: links(title="Page not found")})
    await crawl(web, tmp_path, OWN)
    good = (await entry_at(tmp_path, A)).good
    assert good is not None
    assert (good.gist, good.doubt) == ("", "")


async def test_a_doubted_answer_is_archived_and_replaces_nothing(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), A: links("/", title="Ay", text=WORDS)})
    await crawl(web, tmp_path, OWN)
    before, good = kept_below(tmp_path), (await entry_at(tmp_path, A)).good
    web.says[A] = links(title="Sign in", text="<input type=password>")
    await crawl(web, tmp_path, OWN)
    assert kept_below(tmp_path) == before
    after = await entry_at(tmp_path, A)
    assert after.good == good
    assert after.reason.startswith("login_wall: ")
    async with ledger(tmp_path) as found:
        captures = [each async for each in found.captures() if each.url == A]
    assert [bool(each.doubt) for each in captures] == [False, True]


@pytest.mark.parametrize(("changed", "is_doubted"), [(0, True), (1, False)])
def test_a_beginning_is_one_to_its_last_byte(tmp_path: Path, changed: int, *, is_doubted: bool) -> None:
    whole = bytes(range(256)) * 12_000
    spool = Spool(tmp_path)

    def body_of(data: bytes) -> Body:
        writer = BodyWriter(spool)
        writer.write(data)
        return writer.finish()

    beginning = whole[: 2_500_000 - changed] + b"\0" * changed
    assert _is_beginning(body_of(beginning), body_of(whole)) is is_doubted
    assert _is_beginning(Body.of(beginning[:1000]), body_of(whole))


async def test_a_redirect_to_a_login_leaves_the_links_where_they_lead(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), A: links("/", title="Ay")})
    await crawl(web, tmp_path, OWN)
    web.says |= {OWN: links("/a", title="Other"), A: moved("/login?to=/a", 302), f"{OWN}login": links()}
    await crawl(web, tmp_path, OWN)
    assert leads(tmp_path / "mirror", "127.0.0.1_8000/index.html") == ["a~.html"]
    assert (await entry_at(tmp_path, A)).reason.startswith("login_wall: it sends to ")


async def test_a_redesign_passes_and_its_gist_is_kept(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), A: links("/", title="Ay", text=WORDS)})
    await crawl(web, tmp_path, OWN)
    web.says[A] = links("/", title="New", text=f"<main><h2>{WORDS}</h2></main><input type=password>")
    await crawl(web, tmp_path, OWN)
    good = (await entry_at(tmp_path, A)).good
    assert good is not None
    assert (good.title, good.is_revised) == ("New", 1)
    gist = read_gist(good.gist)
    assert gist is not None
    assert gist.asks_password


async def test_an_image_does_not_become_a_page(tmp_path: Path) -> None:
    picture = f"{OWN}p.png"
    web = Web({OWN: links(text="<img src=/p.png>"), picture: typed(b"\x89PNG\r\n\x1a\n0123", "image/png")})
    await crawl(web, tmp_path, OWN)
    before = kept_below(tmp_path)
    for said in (
        typed(links(), "text/html"),
        typed(b"\x89PNG\r\n\x1a\n01", "image/png"),
        typed(b"", "image/png"),
    ):
        web.says[picture] = said
        await crawl(web, tmp_path, OWN)
        assert kept_below(tmp_path) == before


async def nights(web: Web, folder: Path, count: int) -> list[list[str]]:
    """Crawls, half a week apart; what each report remarks."""
    told = []
    for _ in range(count):
        web.clock.advance(3.5 * DAY)
        told.append(list((await crawl(web, folder, OWN, retries=0)).warnings))
    return told


async def test_a_page_that_stays_short_is_believed_after_a_week(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), A: links("/", title="Ay", text=WORDS)})
    await crawl(web, tmp_path, OWN)
    web.says[A] = links(title="Ay", text="Moved to the new harbour.")
    told = await nights(web, tmp_path, 3)
    assert told[:-1] == [[]] * 2
    (line,) = told[-1]
    assert line.startswith("1 text that had been doubted for a week; it is taken for what the page is now")
    entry = await entry_at(tmp_path, A)
    assert entry.good is not None
    assert (entry.good.doubt, entry.good.doubted_times) == ("", 2)
    assert entry.reason.startswith("believed: doubted 2 times since 2")
    assert b"new harbour" in kept_below(tmp_path)["127.0.0.1_8000/a~.html"]
    assert (await changes_of(tmp_path))["changed"] == {A}
    web.says[A] = links(title="Ay", text="Moved to the newer harbour.")
    assert await nights(web, tmp_path, 1) == [[]]
    assert (await entry_at(tmp_path, A)).state is State.DONE


@pytest.mark.parametrize("between", [503, None], ids=str)
async def test_an_error_between_or_the_page_itself_begins_anew(tmp_path: Path, between: Said | None) -> None:
    good = tagged(links("/", title="Ay", text=WORDS))
    web = Web({OWN: links("/a"), A: good})
    await crawl(web, tmp_path, OWN)
    short = links(title="Ay", text="Moved to the new harbour.")
    web.says[A] = [short, good if between is None else between, short]
    await nights(web, tmp_path, 3)
    entry = await entry_at(tmp_path, A)
    assert entry.reason.startswith("shrunken: ")
    assert (await nights(web, tmp_path, 2))[-1]


async def test_a_night_without_an_answer_says_nothing(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), A: links("/", title="Ay", text=WORDS)})
    await crawl(web, tmp_path, OWN)
    short = links(title="Ay", text="Moved to the new harbour.")
    web.says[A] = [short, TransientError("timeout", "no answer in 60 s"), short]
    assert (await nights(web, tmp_path, 4))[-1]


async def test_a_wall_before_many_pages_stays_a_wall(tmp_path: Path) -> None:
    pages = [f"{OWN}{name}" for name in "abc"]
    web = Web({OWN: links(*pages)})
    web.says |= {url: links(title="Story of Port", text=WORDS) for url in pages}
    await crawl(web, tmp_path, OWN)
    before = kept_below(tmp_path)
    many = " ".join(f"teaser{number}" for number in range(100))
    for url in pages:
        text = f"<input type=password> {url} {many}"
        web.says[url] = links(title="Story of Port", text=text)
    assert await nights(web, tmp_path, 4) == [[]] * 4
    assert kept_below(tmp_path) == before
    # Of one page alone it is what that page is now.
    for url in pages[1:]:
        web.says[url] = links(title="Story of Port", text=WORDS)
    assert any(await nights(web, tmp_path, 2))
    assert (await entry_at(tmp_path, pages[0])).state is State.DONE


async def test_retention_does_not_keep_a_doubt_alive(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), A: links("/", title="Ay", text=WORDS)})
    await crawl(web, tmp_path, OWN, keep_runs=1)
    web.says[A] = links(title="Ay", text="Moved to the new harbour.")
    for _ in range(3):
        web.clock.advance(3.5 * DAY)
        await crawl(web, tmp_path, OWN, keep_runs=1)
    assert (await entry_at(tmp_path, A)).reason.startswith("believed: ")
