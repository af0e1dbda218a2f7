"""URLs are picked as a person writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.cli.picking import picked_entries
from crawler.errors import UsageError
from tests.web import OWN, Web, crawl, ledger, links


async def test_what_is_known_and_what_is_not(tmp_path: Path) -> None:
    await crawl(Web({OWN: links("/a"), f"{OWN}a": links()}), tmp_path, OWN)
    async with ledger(tmp_path) as found:
        picked = await picked_entries(found, [f"{OWN}a#x", OWN])
        assert [each.candidate.url for each in picked] == [f"{OWN}a", OWN]
        for url in (f"{OWN}b", "nonsense"):
            with pytest.raises(UsageError, match="this crawl does not know it"):
                await picked_entries(found, [url])
