"""Where kills and errors are tried; without strace they are skipped, in CI they fail."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.chaos.trial import Ground, ground
from tests.system.running import complain_or_skip

PAGES = 12


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A small site, and what unbroken crawls leave of it."""
    if shutil.which("strace") is None:
        complain_or_skip("strace")
    probe = ["strace", "-f", "-qq", "-o", os.devnull, "true"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        complain_or_skip("the right to trace processes")
    with ground(tmp_path_factory.mktemp("chaos"), pages=PAGES) as found:
        yield found
