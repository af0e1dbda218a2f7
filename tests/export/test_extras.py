"""What is not installed says how to install it."""

from __future__ import annotations

import json

import pytest

from crawler.errors import UsageError
from crawler.export.extras import needed


def test_what_is_there_and_what_is_not() -> None:
    assert needed("json", "parquet") is json
    with pytest.raises(
        UsageError, match=r"^no_such_library is not installed; pip install 'crawler\[parquet\]'$"
    ):
        needed("no_such_library.part", "parquet")
