"""The table of what a page costs, stage by stage."""

from benchmarks.speed.budget import table

FOUND = {"a": {"read": 1.0, "rest": 0.5, "heavy": 0.0}, "b": {"read": 0.25, "rest": 0.125, "heavy": 0.001}}


def test_stages_stand_in_their_order_with_the_sum() -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:4]] for line in table(FOUND).splitlines()]
    assert rows == [
        ["stage", "`a`", "`b`"],
        ["---", "--:", "--:"],
        ["read", "1.00", "0.25"],
        ["rest", "0.50", "0.12"],
        ["**all**", "**1.50**", "**0.38**"],
    ]
