"""Flaws are faults or remarks, and every kind is told of in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crawler.flaw import REMARKS, Flaw, FlawKind

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("kind", FlawKind)
def test_what_is_no_remark_is_a_fault(kind: FlawKind) -> None:
    flaw = Flaw(kind=kind, place="x", what="is", advice="do")
    assert flaw.is_fault == (kind not in REMARKS)


def test_the_page_tells_of_every_kind_and_of_which_it_is() -> None:
    text = (ROOT / "docs/verify.md").read_text(encoding="utf-8")
    faults, remarks = text.split("## Remarks")
    told = [re.findall(r"^\| `([a-z-]+)` \|", part, re.MULTILINE) for part in (faults, remarks)]
    assert told[0] == [kind for kind in FlawKind if kind not in REMARKS]
    assert told[1] == [kind for kind in FlawKind if kind in REMARKS]
