"""What may be asked of a shared crawl."""

from __future__ import annotations

import pytest

from crawler.errors import UsageError
from crawler.shared import SharedOptions
from crawler.wording import read_options


def test_its_url_is_a_secret() -> None:
    options = read_options({"frontier": "redis://me:secret@host/0", "lease": "90s"})
    assert (options.shared.frontier, options.shared.lease) == ("redis://me:secret@host/0", 90.0)
    assert "secret" not in repr(options)
    assert "secret" not in options.as_json()


@pytest.mark.parametrize("seconds", [0, 1, -5, 86_401])
def test_no_lease(seconds: float) -> None:
    with pytest.raises(UsageError, match="lease"):
        SharedOptions(lease=seconds)
