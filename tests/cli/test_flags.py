import dataclasses

import click
import pytest

from crawler.cli.crawl import command
from crawler.cli.flags import SECTIONS, crawl_flags
from crawler.options import CrawlOptions
from crawler.wording import FIELD_OF
from tests.cli.conftest import Cli

FILE_ONLY = {
    *("refresh_paths", "login", "overrides", "segment_bytes", "max_crawl_delay"),
    *("log_bytes", "keep_logs"),
}
"""Fields that are set in crawler.toml or from a program, but have no flag."""

CRAWL = [each for title, section in SECTIONS.items() if title != "This run" for each in section]
EACH = pytest.mark.parametrize("flag", crawl_flags(), ids=lambda flag: str(flag.name))


def fields() -> set[str]:
    names = {"fresh"}
    for group in dataclasses.fields(CrawlOptions):
        value = getattr(CrawlOptions(), group.name)
        if dataclasses.is_dataclass(value):
            names |= {each.name for each in dataclasses.fields(value)}
    return names


def test_every_flag_is_an_option_of_the_engine_and_back() -> None:
    flags = {FIELD_OF.get(str(each.name), str(each.name)) for each in CRAWL}
    assert flags == fields() - FILE_ONLY


@EACH
def test_every_flag_is_said_as_its_key_and_its_variable(flag: click.Option) -> None:
    long = next(each for each in flag.opts if each.startswith("--"))
    assert flag.name == long.removeprefix("--").replace("-", "_")
    assert flag.envvar == f"CRAWLER_{flag.name.upper()}"


def test_no_flag_of_the_crawl_has_a_default_of_its_own() -> None:
    given = command.make_context("crawl", []).params
    assert {given[str(flag.name)] for flag in CRAWL} == {None, ()}


def test_the_help_shows_every_section_and_flag(cli: Cli) -> None:
    shown = cli("crawl", "--help").out
    for title, section in SECTIONS.items():
        assert f"\n{title}:\n" in shown
        for flag in section:
            assert all(name in shown for name in flag.opts)
    assert "--help" in shown
