"""The rules of a run that is over are read from what it wrote down."""

from __future__ import annotations

import dataclasses
import json

from crawler.hindsight import scope_options_of, traps_of
from crawler.options import CrawlOptions, ScopeOptions
from crawler.standing import Run

RUN = Run(number=1, name="20231114-221320", started_at=1_700_000_000.0)
SESSION = "https://example.org/a?PHPSESSID=0123456789abcdef0123456789abcdef"


def test_what_was_said_is_read_back() -> None:
    wished = ScopeOptions(scope="prefix", exclude=("/x",), assets=False, traps_off=("calendar",))
    run = dataclasses.replace(RUN, options=CrawlOptions(scope=wished).as_json())
    assert scope_options_of(run) == wished


def test_of_a_run_that_was_rebuilt_the_usual_is_taken() -> None:
    assert scope_options_of(RUN) == ScopeOptions()


def test_traps_are_those_of_its_year_and_its_choice() -> None:
    assert traps_of(RUN).judge("https://example.org/calendar/1850-01-01").rule == "calendar"
    assert traps_of(RUN).stand_in(SESSION) == "https://example.org/a"
    off = dataclasses.replace(RUN, options=json.dumps({"traps_off": ["all"]}))
    assert traps_of(off).stand_in(SESSION) == SESSION
