import json
from pathlib import Path

import pytest

from crawler.practice.serving import PracticeSite
from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("path", "verdict", "words"),
    [
        ("about", "done: fetched", "last good copy"),
        ("wrecks/ghost", "failed: tried once", "status 404"),
        ("private/keys", "excluded", "robots"),
        ("never/commented", "unknown", "nothing that was fetched leads there"),
    ],
)
def test_every_fate_is_told(
    cli: Cli, crawled: Path, site: PracticeSite, path: str, verdict: str, words: str
) -> None:
    known = {line.split('"')[3] for line in cli("export", str(crawled), "--format", "jsonl").out.splitlines()}
    url = site.url + path
    if path == "private/keys":
        url = next(each for each in sorted(known) if "/private/" in each and "open-day" not in each)
    said = cli("why", url, "-o", str(crawled))
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(verdict)
    assert words in said.out


def test_the_way_there_is_told_from_the_seed(cli: Cli, crawled: Path, site: PracticeSite) -> None:
    said = cli("why", f"{site.url}wrecks/ghost", "-o", str(crawled))
    lines = [line.split() for line in said.out.splitlines()]
    assert [site.url, "seed"] in lines
    assert [f"{site.url}wrecks/", "link"] in lines


def test_what_is_queued_says_why_it_waits(cli: Cli, begun: Path, site: PracticeSite) -> None:
    exported = cli("export", str(begun), "--format", "jsonl").out.splitlines()
    queued = next(line for line in exported if '"state": "queued"' in line).split('"')[3]
    said = cli("why", queued, "-o", str(begun))
    assert said.out.startswith("queued; the last run ended by max-pages")


def test_another_host_was_refused_by_the_scope(cli: Cli, crawled: Path) -> None:
    said = cli("why", "https://mainland.example/", "-o", str(crawled))
    assert said.code == 0
    assert said.out.startswith("never queued: refused as a link by scope")
    assert "1 links" not in said.out


def test_the_scheme_may_be_left_out(cli: Cli, crawled: Path, site: PracticeSite) -> None:
    bare = site.url.removeprefix("http://")
    assert cli("why", f"{bare}about", "-o", str(crawled)).out.startswith("done")


def test_fragments_and_spellings_do_not_matter(cli: Cli, crawled: Path, site: PracticeSite) -> None:
    said = cli("why", f"{site.url}%61bout#top", "-o", str(crawled))
    assert said.out.startswith("done")


def test_nonsense_is_usage(cli: Cli, crawled: Path) -> None:
    said = cli("why", "no url\x1b", "-o", str(crawled))
    assert said.code == 2
    assert "https://" in said.complaint


def test_programs_get_values(cli: Cli, crawled: Path, site: PracticeSite) -> None:
    said = cli("why", f"{site.url}wrecks/ghost", "-o", str(crawled), "--json")
    assert (said.code, said.err) == (0, "")
    told = json.loads(said.out)
    assert (told["state"], told["status"], told["heals"]) == ("failed", 404, False)
    assert told["path"][-1] == {"url": f"{site.url}wrecks/ghost", "how": "link"}
    assert f"{site.url}wrecks/" in told["parents"]
