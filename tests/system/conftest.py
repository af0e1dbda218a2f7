"""What the tests need that pip alone cannot give; where it is missing they are skipped, in CI they fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.documentation import POSTGRESQL, ServedSite, serve_documentation


@pytest.fixture
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    with serve_documentation(POSTGRESQL, tmp_path_factory.mktemp("nginx")) as site:
        yield site


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out"
