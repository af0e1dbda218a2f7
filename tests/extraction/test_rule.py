"""Rules hold for the URLs that they name."""

from __future__ import annotations

import re

from crawler.extraction.rule import Field, ItemRule, Rules, Way

FIELD = Field(name="f", way=Way.CSS, place="p")


def test_a_rule_without_patterns_is_for_every_page() -> None:
    rule = ItemRule(name="a", fields=(FIELD,))
    assert rule.is_for("http://a.example/")
    assert Rules(text="", items=(rule,)).is_for("http://a.example/")
    assert not Rules(text="").is_for("http://a.example/")


def test_any_pattern_will_do() -> None:
    rule = ItemRule(name="a", urls=(re.compile("/x$"), re.compile("/y")), fields=(FIELD,))
    assert rule.is_for("http://a.example/x")
    assert rule.is_for("http://a.example/yes")
    assert not rule.is_for("http://a.example/x/")
