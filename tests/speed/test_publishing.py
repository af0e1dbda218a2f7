import json
from pathlib import Path

import lxml.etree
import pytest

from benchmarks.speed.machine import Machine
from benchmarks.speed.plot import plot
from benchmarks.speed.publishing import BEGIN, END, Report, publish, read_report, summary, write_report
from benchmarks.speed.table import tables
from tests.speed.results import one_round, result, row

ROOT = Path(__file__).parents[2]


@pytest.fixture
def report() -> Report:
    return Report(
        began_at=0.0,
        seconds=600.0,
        rounds=1,
        machine=Machine(
            processor="a processor",
            cores=2,
            memory_bytes=2**33,
            system="Linux 6.1",
            python="3.11.7",
            file_system="ext4",
            load=3.0,
        ),
        versions={"crawler": "crawler 1", "wget": "GNU Wget 1"},
        results=[
            result(
                "py",
                row("ours", one_round(2)),
                row("wget", one_round(10)),
                row("scrapy", one_round(120, exit_code=None, pages=7)),
            ),
            result("scale-1k", row("ours", one_round(1))),
        ],
        left_out={"hosts": "no echo module"},
    )


def test_a_report_comes_back(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "new" / "bench.json"
    write_report(report, path)
    assert read_report(path) == report
    path.write_text(json.dumps({"format": 99}))
    with pytest.raises(ValueError, match="no result of this bench"):
        read_report(path)


def test_the_table_has_ratios_and_who_did_not_finish(report: Report) -> None:
    text = tables(report.results)
    assert "| ours <-k> (mirror) | 50 | 1.00x | 58 | 2.00 | 10.00 | 50 | 100 | 99.8% |" in text
    assert "| wget <-k> (mirror) | 10 | 5.00x |" in text
    assert "| scrapy <-k> (mirror) | not within 120 s |" in text
    assert "Left out: httrack: httrack is not there." in text
    assert "against wget -k -E -p | ≥ 6x | 5.00x | **not met** |" in text
    widths = {line.count("|") for line in text.splitlines() if line.startswith("| ") and "<-k>" in line}
    assert len(widths) == 1


def test_a_busy_machine_is_said_in_bold(report: Report) -> None:
    assert "**The machine was busy when it began (load 3): these figures are not to be trusted.**" in summary(
        report
    )


def test_the_plot_is_an_svg_with_a_bar_for_everybody_who_finished(report: Report) -> None:
    drawing = lxml.etree.fromstring(plot(report.results).encode())
    assert [each.get("x") is not None for each in drawing.iter("{*}rect")] == [False, True, True]
    assert "scrapy <-k>" in [each.text for each in drawing.iter("{*}text")]


def test_only_what_stands_between_the_marks_is_replaced(report: Report, tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Title\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    publish(report, page)
    publish(report, page)
    text = page.read_text()
    assert text.startswith(f"# Title\n\n{BEGIN}\n")
    assert text.endswith(f"{END}\n\nafter\n")
    assert "old" not in text
    assert text.count(summary(report)) == 1
    assert (tmp_path / "performance.svg").read_text() == plot(report.results)


def test_a_page_without_marks_is_left_alone(report: Report, tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("# Title\n")
    with pytest.raises(ValueError, match="no place for the results"):
        publish(report, page)
    assert page.read_text() == "# Title\n"


def test_the_page_of_the_documentation_has_the_marks() -> None:
    text = (ROOT / "docs/performance.md").read_text()
    assert text.index(BEGIN) < text.index(END)
