from pathlib import Path

import pytest

from crawler.cli.summary import print_summary, print_troubles
from crawler.model import State
from crawler.report import Report
from crawler.standing import Counts, Refusal, Run, SeedState

OUT = Path("out")


def report(outcome: str = "finished", **terms: object) -> Report:
    counts = Counts(done=5, failed=1, queued=3, hosts=1, pages=4, requests=1, wire_bytes=1234, unchanged=2)
    run = Run(number=7, name="x", started_at=0, outcome=outcome, is_continued=True, counts=counts)
    return Report(run=run, seconds=2, **terms)  # type: ignore[arg-type]


def shown(what: Report, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    print_summary(what, OUT)
    out, err = capsys.readouterr()
    assert err == ""
    lines = [line.split("  ", 1) for line in out.splitlines()]
    return {name.strip(): value.strip() for name, value in lines}


def test_pages_with_the_content_of_another_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(report(duplicates=3), capsys)
    assert lines["pages"] == "4 stored, 2 a second, 2 unchanged, 3 with the content of another URL"


def test_counts_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    refusals = (
        Refusal(rule="scope", host="a.example", links=2),
        Refusal(rule="scope", host="b.example", links=3),
        Refusal(rule="nofollow", host="a.example", links=1),
    )
    lines = shown(report(failures={"http_404": 1}, refusals=refusals), capsys)
    assert lines == {
        "run 7": "finished after 2.0s (continued)",
        "pages": "4 stored, 2 a second, 2 unchanged",
        "received": "1.23 kB, 1 request to 1 host",
        "URLs": "5 done, 1 failed, 0 excluded, 3 queued",
        "failed": "http_404 1",
        "not taken": "5 links by scope, 1 link by nofollow",
        "look at": "out/index.html",
    }


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("max-time", "by --max-time; the next run goes on"),
        ("max-bytes", "by --max-bytes; the next run goes on"),
        ("waiting", "--max-wait; the next run goes on"),
        ("stopped", "the same line continues"),
    ],
)
def test_every_end_says_what_comes_next(outcome: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert words in shown(report(outcome), capsys)["run 7"]


def test_troubles_are_one_line_each_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    seeds = (
        SeedState(url="http://a.example/", state=State.FAILED, reason="dns: \x1b[31m\n"),
        SeedState(url="http://b.example/", state=State.EXCLUDED, reason="robots"),
        SeedState(url="http://c.example/", state=State.QUEUED),
    )
    print_troubles(report(bad_seeds=seeds, warnings=("torn\x07",)), OUT)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        r"crawler: seed http://a.example/ failed: dns: \x1b[31m\n; see crawler why 'http://a.example/' -o out",
        "crawler: seed http://b.example/ was refused: robots; see crawler why 'http://b.example/' -o out",
        "crawler: seed http://c.example/ is waiting; run the same line again later",
        r"crawler: note: torn\x07",
    ]


def test_quiet_leaves_out_warnings_but_no_seed(capsys: pytest.CaptureFixture[str]) -> None:
    seed = SeedState(url="http://a.example/", state=State.FAILED)
    print_troubles(report(bad_seeds=(seed,), warnings=("torn",)), OUT, is_quiet=True)
    assert "torn" not in (err := capsys.readouterr().err)
    assert err.count("\n") == 1


def test_many_bad_seeds_are_cut_short(capsys: pytest.CaptureFixture[str]) -> None:
    seeds = tuple(SeedState(url=f"http://{n}.example/", state=State.FAILED) for n in range(1000))
    print_troubles(report(bad_seeds=seeds), OUT)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[-1] == "crawler: 990 more seeds did not come in; see out/reports"
