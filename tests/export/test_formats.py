"""The table of forms is what the command line offers."""

from __future__ import annotations

import click

from crawler.cli.export import command
from crawler.export.formats import FORMATS


def test_the_command_line_offers_each_with_its_summary() -> None:
    (option,) = (each for each in command.params if each.name == "form")
    assert isinstance(option, click.Option)
    assert isinstance(option.type, click.Choice)
    assert list(option.type.choices) == list(FORMATS)
    for name, form in FORMATS.items():
        assert f"{name}: {form.summary}" in (option.help or "")


def test_bytes_are_told_from_texts() -> None:
    texts = {name for name, form in FORMATS.items() if not form.is_binary}
    assert texts == {"jsonl", "csv", "sitemap"}
    assert {name for name, form in FORMATS.items() if form.is_folder} == {"markdown", "pictures"}
