"""What we hand out to be deployed does what it says; the crontab in the environment that cron gives."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from crawler.cli.main import cli
from tests.cli.conftest import ROOT
from tests.cli.sites import small_site

CRONTAB = ROOT / "deploy" / "crontab"
LINE = re.compile(r"(?:[\d*,/-]+\s+){5}(?P<command>.+)")


def commands() -> list[str]:
    found = [LINE.fullmatch(line) for line in CRONTAB.read_text().splitlines()]
    return [each["command"] for each in found if each is not None]


def settings() -> dict[str, str]:
    pairs = (line.partition("=") for line in CRONTAB.read_text().splitlines() if re.match(r"[A-Z]+=", line))
    return {name: value for name, _, value in pairs}


def test_it_is_a_crontab() -> None:
    rest = [
        line
        for line in CRONTAB.read_text().splitlines()
        if line and not line.startswith("#") and not LINE.fullmatch(line) and not re.match(r"[A-Z]+=", line)
    ]
    assert rest == []
    assert len(commands()) == 2
    # cron takes it for the end of the line.
    assert all("%" not in each for each in commands())
    assert {"PATH", "COPY", "MAILTO"} == settings().keys()


@pytest.mark.long
def test_its_lines_say_nothing_where_all_is_well(tmp_path: Path) -> None:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    starter = binaries / "crawler"
    starter.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m crawler "$@"\n')
    starter.chmod(0o755)
    bare = {"PATH": f"{binaries}:/usr/bin:/bin", "COPY": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with small_site({"/": (200, {}, b"hello")}) as url:
        (tmp_path / "seeds.txt").write_text(f"{url}\n")
        for command in (commands()[0], *commands()):
            done = subprocess.run(
                ["/bin/sh", "-c", command],
                cwd="/",
                env=bare,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=120,
            )
            assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert len(list((tmp_path / "output" / "reports").glob("*.json"))) == 2


def test_the_page_about_it_shows_its_line() -> None:
    assert commands()[0] in (ROOT / "docs" / "cron.md").read_text()
    unit = (ROOT / "deploy" / "crawler.service").read_text()
    assert commands()[0].partition("&& crawler")[2] in unit


COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
UNITS = sorted((ROOT / "deploy").glob("*.service"))


def lines_of(service: dict[str, Any]) -> list[list[str]]:
    """The command lines of ours that a service runs, as words."""
    told = service.get("command", [])
    if service.get("entrypoint", [""])[0] != "/bin/sh":
        return [told]
    (script,) = told
    return [shlex.split(each) for each in re.findall(r"crawler ([^;]+)", script)]


def refused(words: list[str]) -> str:
    """What our command line says against a command; "": nothing."""
    name, *rest = words
    found = cli.get_command(click.Context(cli), name)
    if found is None:
        return f"no command {name}"
    try:
        found.make_parser(click.Context(found, info_name=name)).parse_args(rest)
    except click.UsageError as error:
        return error.format_message()
    return ""


def test_the_compose_file_starts_what_there_is() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"frontier", "seeds", "worker", "gather", "serve"}
    ours = {name: each for name, each in services.items() if each["image"] == "crawler"}
    lines = {name: lines_of(each) for name, each in ours.items()}
    assert [words[0] for each in lines.values() for words in each] == ["crawl", "work", "gather", "serve"]
    assert {name: refused(words) for name, each in lines.items() for words in each} == dict.fromkeys(ours, "")
    for each in services.values():
        for place in each.get("volumes", []):
            assert place.partition(":")[0] in COMPOSE["volumes"]
        assert {*each.get("networks", [])} <= COMPOSE["networks"].keys()
        assert {*each.get("secrets", [])} <= COMPOSE["secrets"].keys()
        assert {told["source"] for told in each.get("configs", [])} <= COMPOSE["configs"].keys()


def test_its_frontier_forgets_nothing_and_is_nobodys_but_ours() -> None:
    lines = COMPOSE["configs"]["frontier"]["content"].splitlines()
    assert {"appendonly yes", "appendfsync everysec", "maxmemory-policy noeviction"} <= set(lines)
    assert lines[0].startswith("requirepass ${FRONTIER_PASSWORD:?")
    frontier = COMPOSE["services"]["frontier"]
    assert "ports" not in frontier
    assert COMPOSE["networks"][frontier["networks"][0]]["internal"]
    assert COMPOSE["services"]["serve"]["ports"][0].startswith("127.0.0.1:")
    assert not any("PASSWORD" in str(each.get("command")) for each in COMPOSE["services"].values())


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_start_what_there_is(path: Path) -> None:
    (started,) = re.findall(r"^ExecStart=.*?/usr/local/bin/crawler ([^'\n]+)", path.read_text(), re.MULTILINE)
    words = [each.replace("%H-%i", "host-1") for each in shlex.split(started)]
    assert refused(words) == ""


def test_the_page_about_many_machines_names_them() -> None:
    page = (ROOT / "docs" / "many-machines.md").read_text()
    for name in ("crawler-worker@.service", "compose.yaml"):
        assert name in page
