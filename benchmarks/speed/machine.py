"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BUSY", "Machine", "this_machine"]

BUSY = 0.5
"""A load above this before the first run says that others were at work, and that the figures are not to be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine, as far as it matters for the figures."""

    processor: str
    cores: int
    memory_bytes: int
    system: str
    python: str
    file_system: str
    load: float

    @property
    def is_busy(self) -> bool:
        """Whether others were at work when the run began."""
        return self.load > BUSY


def this_machine(folder: Path) -> Machine:
    """Look around; `folder` is where the results are written."""
    return Machine(
        processor=_field(Path("/proc/cpuinfo"), "model name") or platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=f"{platform.system()} {platform.release().partition('-')[0]}",
        python=platform.python_version(),
        file_system=_file_system(folder),
        load=round(os.getloadavg()[0], 2),
    )


def _field(file: Path, name: str) -> str:
    for line in file.read_text("utf-8", errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _file_system(folder: Path) -> str:
    told = subprocess.run(
        ["stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"
