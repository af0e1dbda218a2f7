"""Every page of real sites, read with all that was met on the pages before: as if it were the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.links.familiar import Familiar
from crawler.links.html import read_html
from tests.system.documentation import POSTGRESQL, PYTHON, Documentation
from tests.system.running import complain_or_skip

pytestmark = pytest.mark.system


@pytest.mark.parametrize("site", [PYTHON, POSTGRESQL], ids=lambda site: site.package)
def test_a_page_reads_the_same_whatever_came_before(site: Documentation) -> None:
    if not site.folder.is_dir():
        complain_or_skip(f"the documentation package {site.package}")
    known, pages = Familiar(), 0
    for file in sorted(site.folder.rglob("*.html")):
        url, body = _url(site, file), file.read_bytes()
        assert read_html(body, url, "text/html", familiar=known) == read_html(body, url, "text/html"), url
        pages += 1
    assert pages >= site.pages


def _url(site: Documentation, file: Path) -> str:
    return f"http://127.0.0.1/{file.relative_to(site.folder).as_posix()}"
