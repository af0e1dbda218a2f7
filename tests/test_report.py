"""What a run did, as one value: its exit code and its JSON."""

from __future__ import annotations

import json

import pytest

from crawler.fates import Fate, SeedFates, SeedTrouble
from crawler.model import State
from crawler.options import CrawlOptions
from crawler.report import EXIT_SEED_FAILED, Report, bad_states, failures, remarks, tried
from crawler.standing import Counts, Outcome, Refusal, Run, SeedState

SEED = SeedState(url="http://a.example/", state=State.FAILED, reason="http_404", status=404)

TROUBLE = SeedTrouble(
    fate=Fate.DEAD, url="http://a.example/", host="a.example", reason="http_404", status=404
)


def run(**terms: object) -> Run:
    values = {
        "number": 3,
        "name": "20010909-014640",
        "started_at": 1e9,
        "ended_at": 1e9 + 60,
        "outcome": "finished",
    }
    return Run(**{**values, "options": CrawlOptions().as_json(), **terms})  # type: ignore[arg-type]


def test_its_json() -> None:
    report = Report(
        run=run(counts=Counts(done=5, pages=4, requests=6, retries=2), is_continued=True),
        seconds=1.23456,
        fates=SeedFates(complete=1, dead=1, troubles=(TROUBLE,)),
        bad_seeds=(SEED,),
        redirected_seeds=(SeedState(url="http://c.example/", state=State.DONE, via="http://b.example/"),),
        failures={"http_404": 1},
        tried=6,
        duplicates=4,
        refusals=(Refusal(rule="scope", host="x.example", links=9),),
        repaired=1,
        warnings=("note",),
    )
    told = json.loads(report.as_json())
    counts = told.pop("counts")
    options = told.pop("options")
    assert told == {
        "run": "20010909-014640",
        "number": 3,
        "started_at": "2001-09-09T01:46:40Z",
        "ended_at": "2001-09-09T01:47:40Z",
        "outcome": "finished",
        "continued": True,
        "seconds": 1.235,
        "seeds": 2,
        "seed_fates": {"complete": 1, "cut": 0, "waiting": 0, "dead": 1},
        "incomplete_seeds": [
            {
                "fate": "dead",
                "url": "http://a.example/",
                "host": "a.example",
                "reason": "http_404",
                "seeds": 1,
                "status": 404,
                "due_at": None,
                "queued": 0,
            }
        ],
        "bad_seeds": [{"url": "http://a.example/", "state": "failed", "reason": "http_404", "status": 404}],
        "redirected_seeds": [{"url": "http://b.example/", "to": "http://c.example/"}],
        "failures": {"http_404": 1},
        "retries": 2,
        "duplicate_pages": 4,
        "refused_links": [{"rule": "scope", "host": "x.example", "links": 9}],
        "repaired_files": 1,
        "warnings": ["note"],
        "changes": {},
    }
    assert counts["done"] == 5
    assert counts.keys() >= {
        "queued",
        "claimed",
        "failed",
        "excluded",
        "hosts",
        "pages",
        "requests",
        "wire_bytes",
        "unchanged",
    }
    assert options["scope"] == "host"


def test_one_that_has_not_ended() -> None:
    assert json.loads(Report(run=run(ended_at=None, outcome=""), seconds=0).as_json())["ended_at"] is None


@pytest.mark.parametrize(
    ("state", "outcome", "is_bad"),
    [
        (State.DONE, "finished", False),
        (State.FAILED, "finished", True),
        (State.FAILED, "max-pages", True),
        (State.EXCLUDED, "finished", True),
        (State.QUEUED, "finished", True),
        (State.QUEUED, "waiting", True),
        (State.QUEUED, "max-pages", False),
        (State.QUEUED, "max-time", False),
        (State.QUEUED, "stopped", False),
    ],
)
def test_which_seeds_did_not_come_in(state: State, outcome: str, is_bad: bool) -> None:
    assert (state in bad_states(outcome)) is is_bad


@pytest.mark.parametrize(
    ("bad", "failed", "tried", "fail_over", "code"),
    [
        ((), 0, 10, None, 0),
        ((), 5, 10, None, 0),
        ((SEED,), 1, 10, None, EXIT_SEED_FAILED),
        ((SEED,), 1, 10, 10.0, 0),
        ((SEED,), 1, 10, 9.9, EXIT_SEED_FAILED),
        ((), 5, 10, 49.0, EXIT_SEED_FAILED),
        ((), 5, 10, 50.0, 0),
        ((SEED,), 1, 1, 0.0, EXIT_SEED_FAILED),
        ((), 0, 0, 0.0, 0),
    ],
)
def test_exit_codes(
    bad: tuple[SeedState, ...], failed: int, tried: int, fail_over: float | None, code: int
) -> None:
    report = Report(
        run=run(), seconds=0, bad_seeds=bad, failures={"x": failed} if failed else {}, tried=tried
    )
    assert report.exit_code(fail_over) == code


def test_what_was_decided_is_told_by_the_first_word() -> None:
    outcomes = [
        Outcome(state=State.DONE, word="", urls=1),
        Outcome(state=State.DONE, word="unread", urls=1),
        Outcome(state=State.DONE, word="links-a-page", urls=2),
        Outcome(state=State.DONE, word="redirect to http", urls=1),
        Outcome(state=State.FAILED, word="timeout", urls=2),
        Outcome(state=State.FAILED, word="http_404", urls=1),
        Outcome(state=State.EXCLUDED, word="robots", urls=1),
    ]
    assert failures(outcomes) == {"timeout": 2, "http_404": 1}
    assert tried(outcomes) == 8
    assert remarks(outcomes) == [
        "1 text too long to be read for links; it is kept as sent; grep unread crawl.log",
        (
            "2 texts with more links than one page may have; they are kept, what is beyond is not followed; "
            "grep links-a-page crawl.log"
        ),
    ]
