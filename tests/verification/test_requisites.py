"""What a page needs and has no file: said once, and told apart by whose fault it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import TransientError
from crawler.flaw import Flaw, FlawKind
from crawler.hindsight import scope_options_of, traps_of
from crawler.urls import identity
from crawler.verification.requisites import Requisites
from tests.verification.looking import flaws_of, tell
from tests.web import OWN, Said, Web, crawl, entry_at, images, ledger, links, moved

LOST = f"{OWN}lost.png"
HOME = "mirror/127.0.0.1_8000/index.html"


def page_with(said: Said) -> Web:
    return Web(
        {OWN: links("/a", text=images("/lost.png")), f"{OWN}a": links(text=images("/lost.png")), LOST: said}
    )


async def flaw_of(folder: Path) -> Flaw | None:
    """What is said of the lost image."""
    async with ledger(folder) as found:
        (*_, run) = await found.runs()
        requisites = Requisites(found, scope_options_of(run), traps_of(run).stand_in)
        return await requisites.flaw(LOST, (await entry_at(folder, OWN)).candidate, HOME)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (404, f"needs {LOST}, which could not be fetched (http_404)"),
        (
            TransientError("timeout", "it said nothing"),
            f"needs {LOST}, which could not be fetched (timeout: it said nothing)",
        ),
        (moved("/nowhere"), f"needs {LOST}, which leads elsewhere, to what has no copy"),
    ],
)
async def test_what_the_site_does_not_have_is_a_remark(tmp_path: Path, said: Said, what: str) -> None:
    await crawl(page_with(said), tmp_path, OWN, retries=0)
    flaws = await flaws_of(tmp_path)
    assert [(flaw.kind, flaw.what, flaw.url) for flaw in flaws] == [(FlawKind.ABSENT_REQUISITE, what, LOST)]
    assert not flaws[0].is_fault


async def test_what_robots_forbid_is_a_remark(tmp_path: Path) -> None:
    web = page_with(b"\x89PNG")
    web.says[f"{OWN}robots.txt"] = "User-agent: *\nDisallow: /lost.png"
    await crawl(web, tmp_path, OWN)
    flaw = await flaw_of(tmp_path)
    assert flaw is not None
    assert flaw.kind is FlawKind.ABSENT_REQUISITE
    assert "may not be fetched (robots" in flaw.what


@pytest.mark.parametrize("options", [{"assets": False}, {"exclude": ["lost"]}])
async def test_what_does_not_belong_to_the_crawl_is_nothing(
    tmp_path: Path, options: dict[str, object]
) -> None:
    await crawl(page_with(b"\x89PNG"), tmp_path, OWN, **options)
    assert await flaw_of(tmp_path) is None
    assert await flaws_of(tmp_path) == []


async def test_what_was_never_fetched_is_a_fault(tmp_path: Path) -> None:
    await crawl(page_with(404), tmp_path, OWN)
    tell(tmp_path, "DELETE FROM capture WHERE url_id = (SELECT id FROM url WHERE url = ?)", LOST)
    tell(tmp_path, "DELETE FROM url WHERE url = ?", LOST)
    flaw = await flaw_of(tmp_path)
    assert flaw is not None
    assert (flaw.kind, flaw.is_fault) == (FlawKind.MISSING_REQUISITE, True)
    assert flaw.what == f"needs {LOST}, which was never fetched"
    said = [each for each in await flaws_of(tmp_path) if each.kind is FlawKind.MISSING_REQUISITE]
    assert len(said) == 1, "two pages need it, and it is said once"


async def test_what_has_no_file_is_a_fault(tmp_path: Path) -> None:
    await crawl(page_with(b"\x89PNG"), tmp_path, OWN)
    tell(tmp_path, "UPDATE capture SET mirror_path = NULL WHERE mirror_path LIKE '%lost.png'")
    flaw = await flaw_of(tmp_path)
    assert flaw is not None
    assert flaw.kind is FlawKind.MISSING_REQUISITE


async def test_what_is_queued_is_a_remark(tmp_path: Path) -> None:
    await crawl(page_with(404), tmp_path, OWN)
    tell(tmp_path, "UPDATE url SET state = 'queued', reason = '' WHERE url = ?", LOST)
    flaw = await flaw_of(tmp_path)
    assert flaw is not None
    assert (flaw.kind, flaw.is_fault) == (FlawKind.UNFINISHED, False)
    assert identity(flaw.url) == identity(LOST)
