"""`crawler extract`, as a person uses it."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import pytest

from crawler.practice.serving import PracticeSite
from tests.cli.conftest import Cli

RULES = r"""
[[item]]
name = "light"
url = '/lights/[a-z-]+$'
fields = { title = { css = "h1", required = true }, lede = "main p" }

[[item]]
name = "wreck"
url = '/wrecks/$'
fields = { depth = { css = ".depth", required = true } }
"""


@pytest.fixture
def rules(tmp_path: Path) -> str:
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    return str(path)


def test_items_and_what_breaks(cli: Cli, crawled: Path, site: PracticeSite, rules: str) -> None:
    said = cli("extract", str(crawled), "--rules", rules)
    assert said.code == 0
    items = [json.loads(line) for line in said.out.splitlines()]
    assert items
    assert all(each["source_url"].startswith(f"{site.url}lights/") and each["title"] for each in items)
    assert said.err == (f"crawler: note: rules: wreck.depth: missing (1 page, such as {site.url}wrecks/)\n")
    assert cli("extract", str(crawled), "--rules", rules, "-q").err == ""


def test_into_files(cli: Cli, crawled: Path, rules: str) -> None:
    items = cli("extract", str(crawled), "--rules", rules).out.splitlines()
    said = cli("extract", str(crawled), "--rules", rules, "--format", "csv", "-O", "a.csv")
    assert f"{len(items)} items of " in said.err
    with Path("a.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(items)
    assert cli("extract", str(crawled), "--rules", rules, "--format", "sqlite", "-O", "a.db").code == 0
    database = sqlite3.connect("a.db")
    assert database.execute("SELECT count(*) FROM light").fetchone() == (len(items),)
    database.close()


def test_one_url(cli: Cli, crawled: Path, site: PracticeSite, rules: str) -> None:
    said = cli("extract", str(crawled), "--rules", rules, "--url", f"{site.url}about")
    assert (said.code, said.out) == (0, "")
    assert "no rule is for any URL" in said.err


def test_bad_rules_cost_nothing(cli: Cli, crawled: Path) -> None:
    Path("bad.toml").write_text('[[item]]\nname = "a"\n\n[item.fields]\nx = "p["\n')
    Path("a.csv").write_text("mine")
    said = cli("extract", str(crawled), "--rules", "bad.toml", "--format", "csv", "-O", "a.csv")
    assert said.code == 2
    assert said.complaint.startswith("crawler: rules bad.toml, line 5: 'p[' is no CSS selector")
    assert Path("a.csv").read_text() == "mine"
    assert cli("crawl", "http://127.0.0.1:9/", "--rules", "bad.toml", "-o", "none").code == 2
    assert not Path("none").exists()


def test_usage(cli: Cli, crawled: Path, rules: str) -> None:
    assert cli("extract", str(crawled), "--rules", "none.toml").code == 2
    assert cli("extract", "nowhere", "--rules", rules).code == 2
    said = cli("extract", str(crawled), "--rules", rules, "--format", "sqlite")
    assert (said.code, said.complaint.rpartition("; ")[2]) == (2, "add for example -O items.sqlite")
    Path("follow.toml").write_text('[[follow]]\ncss = "a"')
    assert "write an [[item]]" in cli("extract", str(crawled), "--rules", "follow.toml").complaint


def test_a_crawl_with_rules_says_where_its_items_are(cli: Cli, site: PracticeSite) -> None:
    Path("rules.toml").write_text(RULES)
    said = cli("crawl", f"{site.url}lights/", "--scope", "page", "--rules", "rules.toml", "-o", "output")
    assert "items" not in said.out
    Path("rules.toml").write_text('[[item]]\nname = "a"\nfields = { title = "h1" }')
    said = cli("crawl", f"{site.url}lights/", "--scope", "page", "--rules", "rules.toml", "-o", "fresh")
    (items,) = Path("fresh/items").iterdir()
    assert str(items) in said.out
    assert len(items.read_text().splitlines()) == 1
