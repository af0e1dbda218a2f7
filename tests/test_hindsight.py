"""What a run went by is read again from what it wrote down."""

from __future__ import annotations

from crawler.hindsight import scope_options_of, traps_of
from crawler.options import CrawlOptions, ScopeOptions
from crawler.standing import Run


def test_its_scope_and_traps() -> None:
    options = CrawlOptions.of(
        {"scope": "domain", "include": ("a",), "traps_off": ("calendar",), "max_depth": 3}
    )
    run = Run(number=1, name="r", started_at=0.0, options=options.as_json())
    assert scope_options_of(run) == options.scope
    assert not traps_of(run).is_on("calendar")
    assert traps_of(run).is_on("session-id")


def test_a_run_that_wrote_nothing_down() -> None:
    assert scope_options_of(Run(number=1, name="r", started_at=0.0)) == ScopeOptions()
