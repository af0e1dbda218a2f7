"""Whatever was done to a file of the mirror is found, named, and where it lies is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.flaw import FlawKind
from crawler.model import State
from tests.verification.looking import (
    ABOUT,
    HOME,
    HOST,
    IMAGE,
    STYLE,
    TILE,
    change,
    crawled,
    flaws_of,
    flip,
    found,
    only,
    site,
    tell,
)
from tests.web import OWN, Crash, Said, Web, crawl, entry_at, images, links, typed


@pytest.fixture(params=[True, False], ids=["archive", "no archive"])
def archive(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
async def output(tmp_path: Path, archive: bool) -> Path:
    await crawled(tmp_path, archive=archive)
    return tmp_path


async def test_a_whole_mirror_has_no_flaw(output: Path) -> None:
    assert await flaws_of(output) == []


async def test_a_file_that_is_gone_and_who_needs_it(output: Path) -> None:
    (output / "mirror" / IMAGE).unlink()
    flaws = await flaws_of(output)
    assert {(flaw.kind, flaw.place) for flaw in flaws} == {
        (FlawKind.MISSING_FILE, f"mirror/{IMAGE}"),
        (FlawKind.MISSING_REQUISITE, f"mirror/{HOME}"),
    }
    needs = next(flaw for flaw in flaws if flaw.kind is FlawKind.MISSING_REQUISITE)
    assert needs.what == f"needs mirror/{IMAGE}, which is missing"
    assert all(flaw.is_fault and "--fresh" in flaw.advice for flaw in flaws)


async def test_a_page_that_is_gone_and_who_leads_there(output: Path) -> None:
    (output / "mirror" / ABOUT).unlink()
    assert await found(output) == {
        ("missing-file", f"mirror/{ABOUT}"),
        ("dangling-link", f"mirror/{HOME}"),
    }


async def test_what_a_style_needs(output: Path) -> None:
    (output / "mirror" / TILE).unlink()
    assert ("missing-requisite", f"mirror/{STYLE}") in await found(output)


@pytest.mark.parametrize("what", ["link", "folder", "pipe"])
async def test_what_lies_in_the_place_of_a_file(output: Path, what: str) -> None:
    path = output / "mirror" / IMAGE
    path.rename(output / "aside.png")
    if what == "link":
        path.symlink_to(output / "aside.png")
    elif what == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    flaws = await flaws_of(output)
    missing = next(flaw for flaw in flaws if flaw.kind is FlawKind.MISSING_FILE)
    assert missing.what == f"is missing: a {what} lies there"
    strange = [flaw.place for flaw in flaws if flaw.kind is FlawKind.STRANGE_FILE]
    assert strange == ([] if what == "folder" else [f"mirror/{IMAGE}"])


async def test_a_byte_of_a_page(output: Path) -> None:
    path = output / "mirror" / ABOUT
    at = path.read_bytes().index(b"lamp")
    flip(path, at)
    flaw = await only(output, FlawKind.ALTERED_FILE)
    assert (flaw.place, flaw.url) == (f"mirror/{ABOUT}", f"{OWN}about")
    assert flaw.what == f"is altered: it differs from byte {at} on"


@pytest.mark.parametrize("name", [STYLE, IMAGE])
async def test_a_byte_of_what_a_page_needs(output: Path, archive: bool, name: str) -> None:
    path = output / "mirror" / name
    flip(path, 3)
    flaw = await only(output, FlawKind.ALTERED_FILE)
    assert flaw.place == f"mirror/{name}"
    if archive or name == STYLE:
        assert flaw.what.endswith("it differs from byte 3 on")


async def test_a_page_that_is_cut_short(output: Path) -> None:
    path = output / "mirror" / ABOUT
    size = path.stat().st_size
    os.truncate(path, size - 40)
    flaw = await only(output, FlawKind.ALTERED_FILE)
    assert flaw.what == f"is altered: it ends after {size - 40} of {size} bytes"


@pytest.mark.parametrize("size", [0, 100])
async def test_an_image_that_is_cut_short(tmp_path: Path, size: int) -> None:
    await crawled(tmp_path)
    path = tmp_path / "mirror" / IMAGE
    wanted = path.stat().st_size
    os.truncate(path, size)
    flaw = await only(tmp_path, FlawKind.ALTERED_FILE)
    assert flaw.what == f"it ends after {size} of {wanted} bytes"


async def test_a_page_that_goes_on(output: Path) -> None:
    path = output / "mirror" / ABOUT
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"<p>more")
    flaw = await only(output, FlawKind.ALTERED_FILE)
    assert flaw.what == f"is altered: it goes on after its {size} bytes"


async def test_a_link_that_leads_elsewhere(output: Path) -> None:
    change(output / "mirror" / ABOUT, b'href="index.html"', b'href="i.png"')
    flaw = await only(output, FlawKind.WRONG_LINK)
    assert flaw.place == f"mirror/{ABOUT}"
    assert "another link" in flaw.what


@pytest.mark.parametrize("to", [b"nobody~.html", b"../../../../etc/hostname", b"..%2f..%2fcrawl.log"])
async def test_a_link_that_leads_nowhere_or_out(output: Path, to: bytes) -> None:
    change(output / "mirror" / ABOUT, b'href="index.html"', b'href="' + to + b'"')
    assert await found(output) == {
        ("wrong-link", f"mirror/{ABOUT}"),
        ("dangling-link", f"mirror/{ABOUT}"),
    }


async def test_a_wrong_link_in_a_style(output: Path) -> None:
    change(output / "mirror" / STYLE, b"tile.png", b"lost.png")
    assert await found(output) == {
        ("wrong-link", f"mirror/{STYLE}"),
        ("missing-requisite", f"mirror/{STYLE}"),
    }


async def test_a_mirror_that_is_gone_comes_back_with_fresh(tmp_path: Path, archive: bool) -> None:
    web = await crawled(tmp_path, archive=archive)
    (tmp_path / "mirror").rename(tmp_path / "aside")
    missing = {place for kind, place in await found(tmp_path) if kind == "missing-file"}
    assert missing == {f"mirror/{name}" for name in (HOME, ABOUT, STYLE, IMAGE, TILE)}
    await crawl(web, tmp_path, OWN, archive=archive, fresh=True)
    assert await flaws_of(tmp_path) == []


async def test_altered_files_come_back_with_fresh(tmp_path: Path, archive: bool) -> None:
    web = await crawled(tmp_path, archive=archive)
    flip(tmp_path / "mirror" / ABOUT, 60)
    flip(tmp_path / "mirror" / IMAGE, 60)
    change(tmp_path / "mirror" / STYLE, b"tile.png", b"lost.png")
    await crawl(web, tmp_path, OWN, archive=archive, fresh=True)
    assert await flaws_of(tmp_path) == []


async def test_without_a_mirror_there_is_nothing_to_look_at(tmp_path: Path, archive: bool) -> None:
    await crawled(tmp_path, archive=archive, mirror=False)
    assert await flaws_of(tmp_path) == []


async def test_an_original_that_the_database_has_lost(tmp_path: Path) -> None:
    await crawled(tmp_path, archive=False)
    digest = (await entry_at(tmp_path, f"{OWN}about")).good
    assert digest is not None
    tell(tmp_path, "DELETE FROM original WHERE digest = ?", digest.digest)
    flaw = await only(tmp_path, FlawKind.LOST_ORIGINAL)
    assert flaw.url == f"{OWN}about"


async def test_an_original_that_is_another(tmp_path: Path) -> None:
    await crawled(tmp_path, archive=False, mirror=False)
    tell(tmp_path, "UPDATE original SET body = (SELECT max(body) FROM original)")
    assert {kind for kind, _ in await found(tmp_path)} == {"lost-original"}


@pytest.mark.parametrize("kind", ["page", "image"])
async def test_two_that_share_a_name(tmp_path: Path, kind: str) -> None:
    """http and https of a host lie at one name, and whichever came last is there."""
    other = OWN.replace("http:", "https:")
    says: dict[str, Said | list[Said]] = {
        OWN: links("/a"),
        other: links("/b"),
        f"{OWN}a": links(),
        f"{other}b": links(),
    }
    if kind == "image":
        says = {url: typed(url, "image/png") for url in (OWN, other)}
    await crawl(Web(says), tmp_path, OWN, other, scope="page")
    assert await flaws_of(tmp_path) == []
    (path,) = (tmp_path / "mirror" / HOST).glob("*.*")
    flip(path, path.stat().st_size // 2)
    assert {kind for kind, _ in await found(tmp_path)} <= {"altered-file", "wrong-link"}
    assert len(await flaws_of(tmp_path)) == 2


async def test_a_cut_crawl_is_sound(tmp_path: Path, archive: bool) -> None:
    await crawl(site(), tmp_path, OWN, archive=archive, max_pages=1)
    assert (await entry_at(tmp_path, f"{OWN}about")).state is State.QUEUED
    assert await flaws_of(tmp_path) == []


class TestInterrupted:
    """A killed process leaves what the same line puts right: no faults, as long as no link leads nowhere."""

    async def killed(self, folder: Path) -> None:
        def crash(_request: object) -> str:
            raise Crash

        web = Web({OWN: links("/a", "/b"), f"{OWN}a": links("/"), f"{OWN}b": [links(), links("/a")]})
        await crawl(web, folder, OWN)
        web.says[f"{OWN}a"] = crash  # type: ignore[assignment]
        with pytest.raises((Crash, BaseExceptionGroup)):
            await crawl(web, folder, OWN, concurrency=1)

    async def test_what_was_at_work_is_a_remark(self, tmp_path: Path) -> None:
        await self.killed(tmp_path)
        assert {kind for kind, _ in await found(tmp_path)} <= {"unsettled", "torn-tail"}
        path = tmp_path / "mirror" / HOST / "a~.html"
        path.write_text("written, and never told of")
        (tmp_path / "mirror" / HOST / "a~.pdf").write_text("the same, of another type")
        assert {each for each in await found(tmp_path) if each[0] == "unfinished"} == {
            ("unfinished", f"mirror/{HOST}/a~.html"),
            ("unfinished", f"mirror/{HOST}/a~.pdf"),
        }

    async def test_a_link_that_differs_is_a_remark_but_one_to_nowhere_is_none(self, tmp_path: Path) -> None:
        await self.killed(tmp_path)
        home = tmp_path / "mirror" / HOME
        change(home, b'href="b~.html"', b'href="index.html"')
        assert ("unsettled", f"mirror/{HOME}") in await found(tmp_path)
        change(home, b'href="a~.html"', b'href="nobody.html"')
        assert ("dangling-link", f"mirror/{HOME}") in await found(tmp_path)


async def test_a_text_that_broke_its_reader_lies_as_it_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = site()
    web.says[OWN] = links("/about", text="<p>" * 60_000 + images("/i.png"))
    with monkeypatch.context() as patch:
        patch.setattr("crawler.study.DEADLINE_SECONDS", 0.0)
        patch.setattr("crawler.study.Study.__init__.__kwdefaults__", {"deadline_seconds": 0.0})
        await crawl(web, tmp_path, OWN, f"{OWN}about")
    assert (await entry_at(tmp_path, OWN)).reason.startswith("parse")
    assert await flaws_of(tmp_path) == []


CARRYING = "<svg><use href='/icons.svg#a'/></svg><script type=module src=/m.js></script>"
ICONS = "<svg xmlns='http://www.w3.org/2000/svg'><g id='a'><path d='M0'/></g></svg>"


async def test_a_page_that_carries_what_it_needs(tmp_path: Path, archive: bool) -> None:
    web = site()
    web.says |= {OWN: links("/about", text=CARRYING), f"{OWN}icons.svg": ICONS, f"{OWN}m.js": "x()"}
    await crawl(web, tmp_path, OWN, archive=archive)
    assert await flaws_of(tmp_path) == []
    change(tmp_path / "mirror" / HOME, b'href="about~.html"', b'href="i.png"')
    assert ("wrong-link", f"mirror/{HOME}") in await found(tmp_path)
    change(tmp_path / "mirror" / HOME, b'href="i.png"', b'href="about~.html"')
    change(tmp_path / "mirror" / HOME, b'd="M0"', b'd="M1"')
    assert await found(tmp_path) == {("altered-file", f"mirror/{HOME}")}


async def test_a_page_of_a_cut_crawl_that_awaits_what_has_come(tmp_path: Path, archive: bool) -> None:
    def crash(_: object) -> Said:
        raise Crash

    web = site()
    web.says |= {OWN: links("/about", text=CARRYING), f"{OWN}icons.svg": ICONS, f"{OWN}m.js": "x()"}
    web.says[f"{OWN}about"] = links("/last")
    web.says[f"{OWN}last"] = crash  # type: ignore[assignment]
    with pytest.raises(BaseException):  # noqa: B017 - a group of tasks holds it
        await crawl(web, tmp_path, OWN, archive=archive)
    assert ("unsettled", f"mirror/{HOME}") in await found(tmp_path)
    assert [flaw for flaw in await flaws_of(tmp_path) if flaw.is_fault] == []
