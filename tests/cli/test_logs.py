import json
import logging

import pytest

from crawler.cli.logs import set_up_logs

LOG = logging.getLogger("crawler.somewhere")


def complain() -> None:
    try:
        int("burst\x1b[31m")
    except ValueError:
        LOG.exception("at %s", "http://x/\n\x07")


@pytest.mark.parametrize(
    ("verbosity", "levels"),
    [(-1, "error"), (0, "error warning"), (1, "error warning info"), (2, "error warning info debug")],
)
def test_verbosity_chooses_the_levels(
    verbosity: int, levels: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs("text", verbosity=verbosity)
    for say in (LOG.error, LOG.warning, LOG.info, LOG.debug):
        say("hello")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [f"crawler: {level}: hello" for level in levels.split()]


def test_text_is_one_printable_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("text", verbosity=0)
    complain()
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert line.removesuffix("\n").isprintable()
    assert "ValueError: invalid" in line


def test_a_traceback_is_for_those_who_ask(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("text", verbosity=1)
    complain()
    assert "Traceback" in capsys.readouterr().err


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json", verbosity=0)
    complain()
    LOG.warning("plain")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["level"], first["logger"]) == ("error", "crawler.somewhere")
    assert "ValueError" in first["traceback"]
    assert second["message"] == "plain"
    assert second["at"].endswith("Z")


def test_asyncio_speaks_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("text", verbosity=0)
    logging.getLogger("asyncio").warning("slow")
    assert capsys.readouterr().err == "crawler: warning: slow\n"
