"""What lands once more, and what holds where two folders tell of one URL."""

from __future__ import annotations

import shutil
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from crawler.archive.torn import whole_members
from crawler.model import State
from tests.rendered import PaperBrowser, crawl_rendered, shell, shows
from tests.union.gathering import flaws_of, gather, picture, worker
from tests.verification.looking import segment_of
from tests.web import OWN, Answer, Web, crawl, entry_at, links, moved, typed

LATER = f"{OWN}a"
IMAGE = Answer(body=b"\x89PNG\r\n\x1a\n", headers=(("Content-Type", "image/png"),))


async def told(tmp_path: Path, *says: Any) -> list[Path]:
    """Folders of one run in which the same URL had different answers, a second after each other."""
    folders = []
    for number, said in enumerate(says):
        web = Web({OWN: links("/a"), LATER: said})
        await crawl(web, tmp_path / str(number), OWN, retries=0, delay=number + 1, per_host=1)
        folders.append(tmp_path / str(number))
    assert len({next((each / "reports").glob("*.json")).stem for each in folders}) == 1
    return folders


@pytest.mark.long
@pytest.mark.parametrize(
    ("says", "status"),
    [
        pytest.param((links("/b"), 500), 200, id="a good answer before a later failure"),
        pytest.param((404, links("/b")), 200, id="a good answer before an earlier failure"),
        pytest.param((links("/b"), moved("/c")), 200, id="a good answer before a redirect"),
        pytest.param((moved("/c"), 500), 301, id="a redirect before a failure"),
        pytest.param((404, 500), 500, id="the later failure"),
        pytest.param((links("/b"), links("/c", title="Late"), IMAGE), 200, id="the latest good answer"),
    ],
)
async def test_the_best_answer_holds_in_any_order(tmp_path: Path, says: tuple[Any, ...], status: int) -> None:
    folders = await told(tmp_path, *says)
    pictures = []
    for order in permutations(folders):
        for known in range(1, len(order) + 1):
            await gather(tmp_path / "union", *order[:known])
        assert await flaws_of(tmp_path / "union") == []
        entry = await entry_at(tmp_path / "union", LATER)
        assert entry.status == status
        found = await picture(tmp_path / "union")
        pictures.append((found[LATER], found["captures"], found["mirror"].get("127.0.0.1_8000/a.html")))
        shutil.rmtree(tmp_path / "union")
    assert all(each == pictures[0] for each in pictures)


async def test_an_answer_before_a_failure_without_one(tmp_path: Path) -> None:
    folders = await told(tmp_path, links(), TimeoutError())
    line = f"2001-09-09T01:50:00Z timeout - - L {LATER} {OWN} - failed timeout: after 60 s\n"
    (folders[1] / "crawl.log").write_text(line)
    shutil.rmtree(folders[1] / "archive")
    shutil.copytree(folders[0] / "reports", folders[1] / "reports", dirs_exist_ok=True)
    await gather(tmp_path / "union", *folders)
    assert (await entry_at(tmp_path / "union", LATER)).state is State.DONE


async def test_a_page_that_was_rendered_is_read_as_its_scripts_left_it(tmp_path: Path) -> None:
    app = f"{OWN}app"
    web = Web(
        {
            OWN: links("/app"),
            app: typed(shell("/app.js"), "text/html"),
            f"{OWN}app.js": typed(
                shows('<h1>Lamp</h1><p>Lit.</p><a href="/deep">deep</a>'), "text/javascript"
            ),
            f"{OWN}deep": links("/"),
        }
    )
    await crawl_rendered(web, tmp_path / "made", OWN, browser=PaperBrowser())
    source = worker(tmp_path / "made", tmp_path / "worker")
    segment = segment_of(source)
    octets = segment.read_bytes()
    # Torn between a rendering and the answer that it belongs to.
    torn = next(each for each in whole_members(segment) if each.kind == "conversion")
    segment.write_bytes(octets[: torn.end])
    await gather(tmp_path / "union", source)
    segment.write_bytes(octets)
    await gather(tmp_path / "union", source)
    theirs, mine = [(await entry_at(tmp_path / each, app)).good for each in ("made", "union")]
    assert theirs is not None
    assert mine is not None
    assert mine.rendering == theirs.rendering != ""
    assert await picture(tmp_path / "union") == await picture(tmp_path / "made")
    assert await flaws_of(tmp_path / "union") == []


async def test_failures_without_an_answer_are_told(tmp_path: Path) -> None:
    web = Web({OWN: links("/a", "/b"), LATER: TimeoutError("late")})
    await crawl(web, tmp_path / "one", OWN, retries=0)
    await gather(tmp_path / "union", tmp_path / "one")
    theirs, mine = [await entry_at(tmp_path / each, LATER) for each in ("one", "union")]
    assert (mine.state, mine.reason, mine.candidate) == (theirs.state, theirs.reason, theirs.candidate)
