"""The environment of the peers that are written in Python: made once, outside the repository."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache as once
from importlib import metadata
from pathlib import Path

__all__ = ["PACKAGES", "default_cache", "prepare", "python", "version"]

PACKAGES = {"scrapy": "scrapy>=2.13", "crawlee": "crawlee[parsel]>=1.0"}
"""The peers of PyPI by their name there, and what is asked for."""


def default_cache() -> Path:
    """Where the environment is kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crawler-bench"


def python(cache: Path) -> Path:
    """The interpreter of the environment."""
    return cache / f"peers-{sys.version_info[0]}.{sys.version_info[1]}" / "bin" / "python"


@once
def prepare(cache: Path) -> str | None:
    """Make the environment if it is not there; gives what went wrong, as one line."""
    interpreter = python(cache)
    done = interpreter.parent.parent / "installed"
    if done.exists():
        return None
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(interpreter.parent.parent)],
        [str(interpreter), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *PACKAGES.values()],
    )
    for step in steps:
        told = subprocess.run(step, capture_output=True, text=True, check=False)
        if told.returncode:
            last = (told.stderr.strip().splitlines() or ["it does not say why"])[-1]
            return f"its environment cannot be made: {last}"
    done.touch()
    return None


def version(cache: Path, package: str) -> str:
    """The installed version of a peer."""
    folders = [str(each) for each in python(cache).parent.parent.glob("lib/python*/site-packages")]
    found = next(iter(metadata.distributions(name=package, path=folders)), None)
    return f"{package} {found.version}" if found else package
