"""No page of real documentation is taken for a trap."""

from __future__ import annotations

import lxml.html
import pytest

from crawler.traps import Traps
from crawler.urls import canonicalize
from tests.system.documentation import POSTGRESQL, PYTHON, Documentation
from tests.system.running import complain_or_skip

pytestmark = pytest.mark.system


@pytest.mark.parametrize("site", [PYTHON, POSTGRESQL], ids=lambda site: site.package)
def test_no_link_of_real_documentation_is_a_trap(site: Documentation) -> None:
    folder = site.folder
    if not folder.is_dir():
        complain_or_skip(site.package)
    traps = Traps(2026)
    links = {
        url
        for path in folder.rglob("*.html")
        for each in lxml.html.parse(str(path)).getroot().iterlinks()
        if (url := canonicalize(each[2], f"https://docs.example/3.11/{path.relative_to(folder)}"))
    }
    refused = {url: decision.reason for url in links if not (decision := traps.judge(url)).accepted}
    assert len(links) > 1000
    assert refused == {}
    assert [url for url in links if traps.stand_in(url) != url] == []
