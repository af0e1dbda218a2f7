"""Politeness as servers feel it: on loopback addresses of their own, with the time of every request and answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from tests.politeness.gaps import figures_of, gaps_by_host
from tests.politeness.hosts import Answered, Hosts, Manner, addresses, serving_hosts
from tests.system.running import crawler, exported, start_crawler, wait_until

pytestmark = pytest.mark.system

PROCESSES = 4
DELAY = 3.0


@contextmanager
def hosts_for(manners: Mapping[str, Manner], folder: Path) -> Iterator[Hosts]:
    """Serve them, with `seeds.txt` in the folder."""
    with serving_hosts(manners, folder) as hosts:
        folder.joinpath("seeds.txt").write_text("\n".join(hosts.seeds))
        yield hosts


def line(delay: float, *options: str) -> tuple[str, ...]:
    processes = ("--processes", str(PROCESSES)) if PROCESSES > 1 else ()
    return ("crawl", "seeds.txt", "-o", "out", "-q", "--delay", f"{delay}", *processes, *options)


def of(answered: Sequence[Answered], host: str) -> list[Answered]:
    return [each for each in answered if each.host == host]


def test_two_hundred_hosts_are_left_alone_for_their_delay_and_not_much_longer(tmp_path: Path) -> None:
    manners = {address: Manner(pages=4) for address in addresses(200)}
    with hosts_for(manners, tmp_path) as hosts:
        result = crawler(*line(DELAY), cwd=tmp_path)
        assert (result.returncode, result.stderr) == (0, "")
        figures = figures_of(hosts.answered(), DELAY)
    sys.stdout.write("\n".join(figures.lines()) + "\n")
    assert (figures.hosts, figures.requests) == (200, 200 * 6)
    assert figures.below == 0
    assert figures.median <= DELAY * 1.05


class TestTrouble:
    """Hosts that each want something else, in one crawl."""

    ASKS, WAITS, FORBIDS, DIES, PLAIN = addresses(5)
    MANNERS: Mapping[str, Manner] = {
        ASKS: Manner(robots="User-agent: *\nCrawl-delay: 2.5\n"),
        WAITS: Manner(trouble="/2", retry_after="4"),
        FORBIDS: Manner(robots=503),
        DIES: Manner(pages=20, dies_after=5),
        PLAIN: Manner(pages=10),
    }

    @pytest.fixture(scope="class")
    @classmethod
    def crawled(cls, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Hosts, list[Answered]]:
        folder = tmp_path_factory.mktemp("trouble")
        with hosts_for(cls.MANNERS, folder) as hosts:
            result = crawler(*line(1.0), cwd=folder)
            # A seed is refused by a robots.txt that answers 503.
            assert result.returncode == 3, result.stderr
            return folder, hosts, hosts.answered()

    def test_no_host_is_asked_too_early(self, crawled: tuple[Path, Hosts, list[Answered]]) -> None:
        gaps = gaps_by_host(crawled[2])
        assert gaps.keys() == self.MANNERS.keys()
        assert min(gap for each in gaps.values() for gap in each) >= 1.0

    def test_a_crawl_delay_is_obeyed(self, crawled: tuple[Path, Hosts, list[Answered]]) -> None:
        gaps = gaps_by_host(crawled[2])[self.ASKS]
        assert len(gaps) == 5
        assert 2.5 <= min(gaps) <= max(gaps) < 3.5

    def test_retry_after_is_obeyed_by_the_whole_host(
        self, crawled: tuple[Path, Hosts, list[Answered]]
    ) -> None:
        pairs = list(pairwise(of(crawled[2], self.WAITS)))
        (gap,) = [after.began - before.ending for before, after in pairs if before.status == 503]
        assert 4 <= gap < 5
        assert sorted(each.path for each in of(crawled[2], self.WAITS)) == sorted(
            ["/robots.txt", "/", "/1", "/2", "/2", "/3", "/4"]
        )

    def test_where_robots_txt_is_in_trouble_no_page_is_asked(
        self, crawled: tuple[Path, Hosts, list[Answered]]
    ) -> None:
        asked = of(crawled[2], self.FORBIDS)
        assert {each.path for each in asked} == {"/robots.txt"}
        assert 1 <= len(asked) <= 3 * PROCESSES

    def test_the_other_urls_of_a_dead_host_fail_with_it(
        self, crawled: tuple[Path, Hosts, list[Answered]]
    ) -> None:
        folder, _, answered = crawled
        assert len(of(answered, self.DIES)) == 5
        rows = [row for url, row in exported(folder / "out").items() if f"//{self.DIES}:" in url]
        down = [row for row in rows if row["reason"].startswith("host_down: ")]
        assert len(rows) == 21
        # Six silences make a host dead; three tries of a URL are three of them.
        assert len(down) >= 21 - 4 - 3

    def test_what_is_well_is_fetched_whole(self, crawled: tuple[Path, Hosts, list[Answered]]) -> None:
        asked = of(crawled[2], self.PLAIN)
        assert {each.path for each in asked} == {"/robots.txt", "/"} | {f"/{n}" for n in range(1, 11)}
        assert len(asked) == 12


@pytest.mark.parametrize("answers", [1, 60, 150])
def test_a_delay_holds_across_a_kill(tmp_path: Path, answers: int) -> None:
    delay = 2.0
    manners = {address: Manner(pages=3) for address in addresses(40)}
    with hosts_for(manners, tmp_path) as hosts:
        with start_crawler(*line(delay), cwd=tmp_path) as process:
            assert wait_until(lambda: hosts.log.exists() and len(hosts.answered()) >= answers, process)
            process.kill()
        result = crawler(*line(delay), cwd=tmp_path)
        assert (result.returncode, result.stderr) == (0, "")
        answered = hosts.answered()
    gaps = gaps_by_host(answered)
    assert len(gaps) == 40
    assert min(gap for each in gaps.values() for gap in each) >= delay
    # What was under way when it died is asked once more, one request a host at most.
    assert 40 * 5 <= len(answered) <= 40 * 6
    assert {row["state"] for row in exported(tmp_path / "out").values()} == {"done"}
