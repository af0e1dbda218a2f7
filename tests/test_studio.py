"""Without rendering nothing of it is there; with it the browser lives as long as the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import UsageError
from crawler.options import KeepOptions
from crawler.renderer import as_sent
from crawler.studio import Studio
from tests.rendered import PaperBrowser
from tests.web import OWN, Web, job_on


async def test_off(tmp_path: Path) -> None:
    web, browser = Web({}), PaperBrowser()
    studio = Studio(tmp_path / "x", KeepOptions(), web.clock, browser=browser)
    async with studio:
        assert not browser.is_begun
        assert studio.around(web.fetch) == web.fetch
        assert studio.viewing(None, None, None, None, None) is as_sent  # type: ignore[arg-type]
    assert [*tmp_path.iterdir()] == []


async def test_on(tmp_path: Path) -> None:
    web, browser = Web({}), PaperBrowser()
    async with Studio(tmp_path / "x", KeepOptions(render="auto"), web.clock, browser=browser) as studio:
        assert browser.is_begun
        assert studio.around(web.fetch) != web.fetch
    assert not browser.is_begun


@pytest.mark.parametrize("missing", ["playwright", "chromium"])
def test_without_a_browser_nothing_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    def refuse() -> None:
        raise UsageError(f"--render needs {missing}")

    monkeypatch.setattr(f"crawler.browser.chromium.find_{missing}", refuse)
    with pytest.raises(UsageError, match="--render needs"):
        job_on(Web({}), tmp_path, OWN, render="auto")
