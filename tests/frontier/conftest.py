"""Let a failing assertion of the contract suite say what it compared."""

from __future__ import annotations

from pathlib import Path

import pytest

for module in Path(__file__).parent.glob("contract*.py"):
    pytest.register_assert_rewrite(f"{__package__}.{module.stem}")
