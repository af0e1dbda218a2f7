import gzip
import json
import os
import sys
import threading
from pathlib import Path

import pytest

from crawler.output import Output
from crawler.practice.serving import PracticeSite
from crawler.practice.truth import truth
from tests.cli.conftest import Cli
from tests.cli.sites import Pages, small_site

HTML = b"<title>Hello</title><p>Hello"
ESC = "\x1b"


def read_report(folder: Path = Path("output")) -> dict[str, object]:
    newest = max((folder / "reports").glob("*.json"))
    report: dict[str, object] = json.loads(newest.read_text())
    return report


def test_a_whole_crawl_says_what_it_did_on_stdout(cli: Cli, site: PracticeSite) -> None:
    said = cli("crawl", site.url, "--retries", "0")
    expected = truth(site.url)
    assert (said.code, said.err) == (0, "")
    lines = dict(line.split("  ", 1) for line in said.out.splitlines())
    assert lines["run 1"].strip().startswith("finished after ")
    # A frame is what a page needs, so it does not count as one.
    counted = expected.pages - {f"{site.url}signals/tide"}
    assert lines["pages"].strip().startswith(f"{len(counted)} stored")
    assert lines["look at"].strip() == "output/index.html"
    assert Path("output/index.html").is_file()
    assert "1 host" in lines["received"]
    assert "1 hosts" not in said.out
    assert ESC not in said.out
    assert all(line == line.rstrip() for line in said.out.splitlines())


def test_quiet_says_nothing_when_all_is_well(process: Cli, site: PracticeSite) -> None:
    said = process("crawl", site.url, "-q", "--max-pages", "2")
    assert (said.code, said.out, said.err) == (0, "", "")


@pytest.mark.parametrize("more", [[], ["-q"]])
def test_a_seed_that_failed_is_3_and_one_line_on_stderr(cli: Cli, closed_url: str, more: list[str]) -> None:
    said = cli("crawl", closed_url, "--retries", "0", *more)
    assert said.code == 3
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith(f"crawler: seed {closed_url} failed: connect")
    assert "crawler why" in said.err
    assert bool(said.out) is (more == [])


def test_without_a_browser_rendering_is_2_and_nothing_is_written(
    cli: Cli, site: PracticeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)
    for terms, variable in ((["--render", "auto"], ""), ([], "always")):
        if variable:
            monkeypatch.setenv("CRAWLER_RENDER", variable)
        said = cli("crawl", site.url, *terms)
        assert (said.code, said.out) == (2, "")
        assert said.err == "crawler: --render needs Playwright; pip install 'crawler[browser]'\n"
        assert not Path("output").exists()


def test_a_seed_that_robots_refuse_is_3(cli: Cli) -> None:
    with small_site({"/robots.txt": (200, {}, b"User-agent: *\nDisallow: /")}) as url:
        said = cli("crawl", url, "-q")
    assert said.code == 3
    assert f"seed {url} was refused: robots" in said.complaint


def test_a_seed_that_must_wait_is_3(cli: Cli) -> None:
    pages = {"/robots.txt": (404, {}, b""), "/": (503, {"Retry-After": "3000"}, b"")}
    with small_site(pages) as url:
        said = cli("crawl", url, "-q", "--max-wait", "0s")
    assert said.code == 3
    assert "is waiting" in said.complaint
    assert "again later" in said.complaint


def test_a_link_that_is_gone_is_a_finding(cli: Cli) -> None:
    with small_site({"/": (200, {}, b"<a href=gone>")}) as url:
        said = cli("crawl", url)
    assert said.code == 0
    assert "http_404 1" in said.out


def test_fail_over_counts_all_that_was_tried(cli: Cli, closed_url: str) -> None:
    with small_site({"/": (200, {}, b"<a href=gone>")}) as url:
        assert cli("crawl", url, closed_url, "--retries", "0", "--fail-over", "90").code == 0
        assert cli("crawl", url, closed_url, "--retries", "0", "--fail-over", "10%").code == 3


def test_a_budget_keeps_the_queue_and_says_so(cli: Cli, site: PracticeSite) -> None:
    said = cli("crawl", site.url, "--max-pages", "2")
    assert said.code == 0
    assert "by --max-pages; the next run goes on" in said.out
    assert "2 stored" in said.out


def test_seeds_come_from_seeds_txt_here(cli: Cli) -> None:
    with small_site({"/": (200, {}, HTML)}) as url:
        Path("seeds.txt").write_text(f"# mine\n\n{url}\n")
        assert cli("crawl").code == 0
        assert Path("output/mirror").is_dir()


def test_without_seeds_the_last_runs_are_taken(cli: Cli) -> None:
    with small_site({"/": (200, {}, HTML)}) as url:
        assert cli("crawl", url).code == 0
        said = cli("crawl")
    assert said.code == 0
    assert said.out.startswith("run 2")


def test_no_seeds_at_all_leaves_nothing_behind(cli: Cli, tmp_path: Path) -> None:
    said = cli("crawl")
    assert said.code == 2
    assert "seeds.txt" in said.complaint
    assert list(tmp_path.iterdir()) == []


def test_a_dash_reads_standard_input(process: Cli, site: PracticeSite) -> None:
    said = process("crawl", "-", "--max-pages", "1", stdin=f"# comment\n{site.url}\n")
    assert said.code == 0
    assert "1 stored" in said.out


def test_an_empty_standard_input_is_usage(process: Cli) -> None:
    said = process("crawl", "-")
    assert said.code == 2
    assert "no seed" in said.complaint


def test_bad_seeds_are_all_named_with_their_lines(cli: Cli) -> None:
    Path("list").write_text("ftp://one/\nhttp://127.0.0.1:9/\nnot a url\n")
    said = cli("crawl", "list")
    assert said.code == 2
    assert "list, line 1" in said.complaint
    assert "list, line 3" in said.complaint


def test_bad_seeds_may_be_skipped(cli: Cli) -> None:
    with small_site({"/": (200, {}, HTML)}) as url:
        Path("list").write_text(f"ftp://one/\n{url}\n")
        said = cli("crawl", "list", "--skip-bad-seeds")
    assert (said.code, said.err) == (0, "crawler: note: 1 bad seeds skipped\n")


def test_a_missing_list_is_usage(cli: Cli) -> None:
    said = cli("crawl", "missing.txt")
    assert said.code == 2
    assert "missing.txt" in said.complaint


def test_an_output_that_is_a_file_is_usage(cli: Cli) -> None:
    Path("taken").write_text("mine")
    said = cli("crawl", "http://127.0.0.1:9/", "-o", "taken")
    assert said.code == 2
    assert "taken" in said.complaint
    assert Path("taken").read_text() == "mine"


def test_a_held_output_is_75(cli: Cli) -> None:
    place = Output(Path("output"))
    place.prepare()
    with place.hold():
        said = cli("crawl", "http://127.0.0.1:9/")
    assert said.code == 75
    assert "--lock wait" in said.complaint


def test_the_environment_is_heard_and_flags_are_louder(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, site: PracticeSite
) -> None:
    Path("crawler.toml").write_text(f'max_pages = 3\noutput = "copy"\nseeds = ["{site.url}"]\n')
    assert "3 stored" in cli("crawl").out
    monkeypatch.setenv("CRAWLER_MAX_PAGES", "2")
    assert "2 stored" in cli("crawl", "-o", "second").out
    assert "1 stored" in cli("crawl", "-o", "third", "--max-pages", "1").out
    monkeypatch.setenv("CRAWLER_OUTPUT", "fourth")
    assert cli("crawl").code == 0
    assert Path("fourth/crawl.db").is_file()
    assert Path("copy/crawl.db").is_file()


def test_a_switch_of_the_file_can_be_turned_back(cli: Cli) -> None:
    Path("crawler.toml").write_text("mirror = false\n")
    with small_site({"/": (200, {}, HTML)}) as url:
        assert cli("crawl", url).code == 0
        assert not Path("output/mirror").exists()
        assert cli("crawl", url, "--mirror", "-o", "second").code == 0
        assert Path("second/mirror").is_dir()


def test_what_a_site_says_moves_no_cursor(cli: Cli) -> None:
    hostile = f"{ESC}[2J{ESC}]0;owned\x07\x9b31m"
    pages = {
        "/robots.txt": (200, {}, f"User-agent: *\nDisallow: /secret{hostile}\n".encode()),
        "/": (
            200,
            {},
            f"<title>{hostile}</title><a href='/x{hostile}'>x</a><a href='/t'>t</a><a href='/secret'>".encode(),
        ),
        "/t": (200, {"Content-Type": f"text/{ESC}[31mhtml"}, b"t"),
    }
    with small_site(pages) as url:
        said = [
            cli("crawl", url, "-v", "-v", "--progress", "never"),
            cli("status"),
            cli("why", url),
            cli("why", f"{url}secret"),
            cli("why", f"{url}t"),
            cli("export", "--format", "jsonl"),
        ]
    for each in said:
        assert each.code == 0
        text = (each.out + each.err).replace("\n", "")
        assert text.isprintable(), each
    journal = Path("output/crawl.log").read_text().replace("\n", "")
    assert journal.isprintable()


def test_credentials_are_written_nowhere(cli: Cli) -> None:
    secret = "sesame-4711"
    with small_site({"/": (200, {}, b"<a href=gone>"), "/gone": (500, {}, b"")}) as url:
        seed = url.replace("http://", f"http://user:{secret}@")
        said = cli(
            "crawl",
            seed,
            "-v",
            "-v",
            "--header",
            f"Authorization: Bearer {secret}",
            "--header",
            f"Cookie: {secret}",
        )
        said_again = cli("why", url)
    assert said.code == 0
    assert secret not in said.out + said.err + said_again.out
    for path in Path("output").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".gz":
                assert secret not in unpacked(content)
            assert secret.encode() not in content, path


def unpacked(members: bytes) -> str:
    return gzip.decompress(members).decode("latin-1")


@pytest.mark.parametrize("header", ["Authorization Bearer sesame", ": sesame", "Cookie: a\nsesame: b"])
def test_a_wrong_header_is_not_repeated(cli: Cli, header: str) -> None:
    said = cli("crawl", "http://127.0.0.1:9/", "--header", header)
    assert said.code == 2
    assert "sesame" not in said.complaint


def test_headers_are_sent_to_the_site(cli: Cli, site: PracticeSite) -> None:
    """Seen in nothing but what arrives; the practice site answers any method but those it knows with 405."""
    said = cli("crawl", f"{site.url}about", "--header", "X-Test: 1", "--max-pages", "1")
    assert said.code == 0


DRAWN = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
ENDLESS: Pages = {
    "/": (200, {}, f"<a href=/2090-01-01/>x</a> <a href='/a?PHPSESSID={DRAWN}'>a</a>".encode()),
    "/a": (200, {}, HTML),
    f"/a?PHPSESSID={DRAWN}": (200, {}, HTML),
    "/2090-01-01/": (200, {}, HTML + b"!"),
}


def test_traps_are_named_counted_and_explained(cli: Cli) -> None:
    with small_site(ENDLESS) as url:
        said = cli("crawl", url)
        assert "2 stored" in said.out
        assert "1 link by calendar, 1 link by session-id" in said.out
        refused = read_report()["refused_links"]
        host = url.split("/")[2]
        assert refused == [{"rule": rule, "host": host, "links": 1} for rule in ("calendar", "session-id")]
        assert "refused as a link by calendar: the year 2090" in cli("why", f"{url}2090-01-01/").out
        assert f"{url}a is offered in its place" in cli("why", f"{url}a?PHPSESSID={DRAWN}").out
    assert b"href='a~.html'" in next(Path("output/mirror").rglob("index.html")).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "variable", "text"),
    [
        (["--traps-off", "calendar,session-id"], "", ""),
        (["--traps-off", "all"], "", ""),
        ([], "session-id, calendar", ""),
        ([], "", "traps_off = ['calendar', 'session-id']"),
    ],
)
def test_traps_are_switched_off_by_name(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: list[str], variable: str, text: str
) -> None:
    Path("crawler.toml").write_text(text)
    if variable:
        monkeypatch.setenv("CRAWLER_TRAPS_OFF", variable)
    with small_site(ENDLESS) as url:
        said = cli("crawl", url, *arguments)
    assert "3 stored" in said.out
    assert "not taken" not in said.out
    options = read_report()["options"]
    assert isinstance(options, dict)
    assert options["traps_off"]


def test_pages_with_the_same_content_are_counted_and_kept(cli: Cli) -> None:
    pages: Pages = {"/": (200, {}, b"<a href=a>a<a href=b>b"), "/a": (200, {}, HTML), "/b": (200, {}, HTML)}
    with small_site(pages) as url:
        said = cli("crawl", url)
    assert "1 with the content of another URL" in said.out
    assert read_report()["duplicate_pages"] == 1
    assert len(list(Path("output/mirror").rglob("*.html"))) == 3


def test_a_trap_that_is_none_is_usage_and_lists_them(cli: Cli, closed_url: str) -> None:
    said = cli("crawl", closed_url, "--traps-off", "calender")
    assert said.code == 2
    for rule in (
        "calender is unknown",
        "long-url",
        "repeated-segments",
        "duplicate-content",
        "canonical",
        "all",
    ):
        assert rule in said.complaint
    assert not Path("output").exists()


@pytest.mark.parametrize(
    "line", [("crawl", "http://127.0.0.1:9/", "-o", ""), ("status", ""), ("why", "http://a/", "-o", "")]
)
def test_an_empty_name_is_no_folder(cli: Cli, tmp_path: Path, line: tuple[str, ...]) -> None:
    said = cli(*line)
    assert said.code == 2
    assert "the name of the folder is empty" in said.complaint
    assert list(tmp_path.iterdir()) == []


def test_a_list_that_can_be_read_only_once(cli: Cli, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with small_site({"/": (200, {}, b"<title>one</title>")}) as url:
        writer = threading.Thread(target=pipe.write_text, args=(f"{url}\n",))
        writer.start()
        said = cli("crawl", "pipe", "-o", "out")
        writer.join()
    assert (said.code, said.err) == (0, "")
    assert "1 stored" in said.out
