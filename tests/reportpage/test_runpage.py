"""The page of a run: words of the web stay words, and every chart has its figures."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from crawler.changes import ChangeList
from crawler.report import Report
from crawler.reportpage.runpage import Measures, run_page
from crawler.shift import Answers
from crawler.standing import Counts, Run


def test_charts() -> None:
    run = Run(
        number=3,
        name="c",
        started_at=0.0,
        ended_at=40.0,
        outcome="finished",
        counts=Counts(unchanged=2, hosts=1),
    )
    report = Report(run=run, seconds=40.0, failures={"http_404": 2}, warnings=("<b>odd</b>",))
    measures = Measures(
        by_status=[Answers(what="200", answers=4, size_bytes=10)],
        by_time=[Answers(what="0", answers=4, size_bytes=10), Answers(what="1", answers=0, size_bytes=0)],
        by_host=[Answers(what="<i>.example", answers=4, size_bytes=10)],
        step_seconds=20.0,
        runs=[("2", {"new": 1}), ("3", {"gone": 2})],
    )
    with ChangeList() as found:
        tree = LexborHTMLParser(run_page(report, Run(number=2, name="b", started_at=0.0), found, measures))
    assert [node.text() for node in tree.css(".bars th")] == ["200", "304", "http_404", "<i>.example"]
    assert len(tree.css("svg.columns")) == 3
    assert tree.css(".warning")[0].text() == "<b>odd</b>"
    assert "Nothing changed." in tree.body.text()  # type: ignore[union-attr]
