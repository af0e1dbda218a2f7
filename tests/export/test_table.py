"""Values fit their columns, or become what does."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.export.table import Column, Kind, Table, cell, joined


@pytest.mark.parametrize(
    ("value", "kind", "held"),
    [
        *((None, kind, None) for kind in Kind),
        ("a", Kind.TEXT, "a"),
        (5, Kind.TEXT, "5"),
        (["a"], Kind.TEXT, '["a"]'),
        ({"a": "\u00e9"}, Kind.JSON, '{"a": "\u00e9"}'),
        (5, Kind.INTEGER, 5),
        (2**63, Kind.INTEGER, None),
        (True, Kind.INTEGER, None),
        ("5", Kind.INTEGER, None),
        (5, Kind.NUMBER, 5.0),
        (True, Kind.BOOLEAN, True),
        (1, Kind.BOOLEAN, None),
    ],
)
def test_cells(value: Any, kind: Kind, held: Any) -> None:
    found = cell(value, kind)
    assert (found, type(found)) == (held, type(held))


def test_columns_of_unlike_kinds_become_texts() -> None:
    a = Table(name="a", columns=(Column(name="x", kind=Kind.INTEGER), Column(name="y")))
    b = Table(name="b", columns=(Column(name="x"), Column(name="z", kind=Kind.NUMBER)))
    assert joined([a, b], "both") == Table(
        name="both", columns=(Column(name="x"), Column(name="y"), Column(name="z", kind=Kind.NUMBER))
    )
