import asyncio
import json
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.cli.conftest import Cli
from tests.web import OWN, Web, crawl, links

A = f"{OWN}a"


def nights(folder: Path, count: int = 2) -> None:
    """So many runs, with a change after the first."""
    asyncio.run(_nights(folder, count))


async def _nights(folder: Path, count: int) -> None:
    web = Web({OWN: links("/a", title="Home"), A: links("/", title="Ay", text="<p>one line<p>of old")})
    await crawl(web, folder, OWN)
    web.says[OWN] = links("/a", "/b", title="Home")
    web.says[A] = links("/", title="Ay", text="<p>one line<p>of new \x1b[31m")
    for _ in range(1, count):
        await crawl(web, folder, OWN)


def test_people_get_a_list_by_kind(cli: Cli, tmp_path: Path) -> None:
    nights(tmp_path)
    said = cli("changes", str(tmp_path))
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("run 2 (")
    assert said.out.splitlines()[2:] == ["changed 2", f"  {OWN}", f"  {A}"]


def test_programs_get_one_object(cli: Cli, tmp_path: Path) -> None:
    nights(tmp_path)
    said = cli("changes", str(tmp_path), "--json")
    told = json.loads(said.out)
    assert [each["url"] for each in told["changed"]] == [OWN, A]
    assert {"new", "changed", "gone", "unlinked", "moved", "failing"} <= told.keys()
    assert told["from"] < told["to"]
    again = json.loads(cli("changes", str(tmp_path), "--json", "--from", told["from"], "--to", "2").out)
    assert again == told


def test_nothing_changed(cli: Cli, tmp_path: Path) -> None:
    nights(tmp_path, 3)
    assert cli("changes", str(tmp_path)).out.endswith(": nothing changed\n")


def test_a_first_run_says_so(cli: Cli, tmp_path: Path) -> None:
    nights(tmp_path, 1)
    said = cli("changes", str(tmp_path))
    assert (said.code, said.out) == (0, "")
    assert "run 1 is the first" in said.err
    told = json.loads(cli("changes", str(tmp_path), "--json").out)
    assert (told["from"], told["new"]) == (None, [])


def test_the_page_opens_alone(cli: Cli, tmp_path: Path) -> None:
    nights(tmp_path)
    page = tmp_path / "changes.html"
    said = cli("changes", str(tmp_path), "--html", str(page))
    assert (said.code, said.out) == (0, "")
    tree = LexborHTMLParser(page.read_text(encoding="utf-8"))
    assert [node.attributes["href"] for node in tree.css("main a")] == [OWN, A]
    assert not tree.css("script, link, img")


def test_the_difference_of_one_page(cli: Cli, tmp_path: Path) -> None:
    nights(tmp_path)
    said = cli("changes", str(tmp_path), "--diff", A)
    assert said.code == 0
    assert said.out.splitlines()[-2:] == ["-of old", "+of new \\x1b[31m"]
    assert [line for line in said.out.splitlines() if line == " one line"]


def test_no_difference_says_when_there_was_one(cli: Cli, tmp_path: Path) -> None:
    nights(tmp_path, 3)
    said = cli("changes", str(tmp_path), "--diff", A.removeprefix("http://"))
    assert said.out == f"{A}: says the same in run 2 and run 3; it did in run 2: --to 2\n".replace(
        "it did", "it changed"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "9"), "there is no such run"),
        (("--from", "2"), "is not before run 2"),
        (("--diff", "no url\x1b"), "is no http(s) URL"),
        (("--diff", f"{OWN}never"), "has no good copy"),
        (("--diff", A, "--json"), "leave out --json"),
        (("--html", "."), "is a folder"),
    ],
)
def test_what_cannot_be_meant(cli: Cli, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    nights(tmp_path)
    said = cli("changes", str(tmp_path), *arguments)
    assert said.code == 2
    assert words in said.complaint


def test_no_output(cli: Cli, tmp_path: Path) -> None:
    assert cli("changes", str(tmp_path / "none")).code == 2
