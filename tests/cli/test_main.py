import subprocess
import sys
from pathlib import Path

import click
import pytest

from crawler.cli import main
from crawler.cli.main import COMMANDS
from crawler.cli.main import cli as group
from crawler.version import VERSION
from tests.cli.conftest import TIMEOUT_SECONDS, Cli, environment

EACH_COMMAND = pytest.mark.parametrize("name", sorted(COMMANDS))


def command(name: str) -> click.Command:
    found = group.get_command(click.Context(group), name)
    assert found is not None
    return found


def test_the_version_is_one_line(cli: Cli) -> None:
    said = cli("--version")
    assert (said.code, said.out, said.err) == (0, f"crawler {VERSION}\n", "")


def test_python_m_crawler_is_the_command_line(process: Cli) -> None:
    said = process("--version")
    assert (said.code, said.out, said.err) == (0, f"crawler {VERSION}\n", "")


@pytest.mark.parametrize("question", ["--help", "--version", "crawl --help", "nothing"])
def test_what_costs_nothing_loads_nothing(question: str) -> None:
    script = (
        "import sys; from crawler.cli.main import run; run(sys.argv[1:]);"
        "print(*sorted({'aiohttp', 'bs4', 'rich', 'lxml', 'sqlite3'} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *question.split()],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=True,
    )
    loaded = done.stderr.splitlines()[-1].split()
    assert loaded == [] or question == "crawl --help"


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_lists_every_command_with_the_summary_of_its_own_help(cli: Cli, flag: str) -> None:
    said = cli(flag)
    assert said.code == 0
    assert "Example:" in said.out
    for name, (_, summary) in COMMANDS.items():
        assert summary in said.out
        assert (command(name).help or "").split("\n")[0] == summary


@EACH_COMMAND
def test_every_command_has_an_example_whose_options_exist(cli: Cli, name: str) -> None:
    said = cli(name, "--help")
    assert said.code == 0
    example = said.out.partition("Example:\n")[2].partition("\n\n")[0]
    lines = [line.strip() for line in example.splitlines()]
    assert lines
    options = {flag for param in command(name).params for flag in (*param.opts, *param.secondary_opts)}
    for line in lines:
        assert line.startswith(f"crawler {name}")
        words = line.partition("|")[0].split()
        assert {word for word in words if word.startswith("-")} <= options


@EACH_COMMAND
def test_every_option_is_described(name: str) -> None:
    for param in command(name).params:
        if isinstance(param, click.Option):
            assert param.help, f"{name}: {param.opts[0]} says nothing"


@EACH_COMMAND
def test_help_fits_a_terminal(cli: Cli, name: str) -> None:
    assert max(map(len, cli(name, "--help").out.splitlines())) <= 80


def test_without_a_command_one_line_says_what_to_do(cli: Cli) -> None:
    said = cli()
    assert said.code == 2
    assert "crawler --help" in said.complaint


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("crwl", "crwl"),
        ("--nothing", "--nothing"),
        ("crawl --nothing", "crawl --help"),
        ("crawl --max-pages many", "many"),
        ("crawl --max-pages -1", "-1"),
        ("crawl --max-time soon", "soon"),
        ("crawl --max-body huge", "huge"),
        ("crawl --scope planet", "planet"),
        ("crawl --fail-over 120", "120"),
        ("crawl http://127.0.0.1:9/ --types cheese", "cheese"),
        ("crawl http://127.0.0.1:9/ --include (", "include"),
        ("crawl http://127.0.0.1:9/ --concurrency 0", "concurrency"),
        ("crawl http://127.0.0.1:9/ --timeout 0", "timeout"),
        ("crawl http://127.0.0.1:9/ --max-pages 0", "max-pages"),
        ("crawl http://127.0.0.1:9/ --proxy nowhere", "proxy"),
        ("crawl http://127.0.0.1:9/ --ca missing.pem", "missing.pem"),
        ("crawl http://127.0.0.1:9/ --allow-private kitchen/99", "allow-private"),
        ("status nowhere", "nowhere"),
        ("export nowhere --format jsonl", "nowhere"),
        ("export", "--format"),
        ("export --format cheese", "cheese"),
        ("why", "URL"),
        ("why http://127.0.0.1:9/ -o nowhere", "nowhere"),
        ("demo --port many", "many"),
        ("demo --port 99999", "--port"),
    ],
)
def test_wrong_usage_is_one_line_and_fetches_nothing(cli: Cli, line: str, word: str, tmp_path: Path) -> None:
    said = cli(*line.split())
    assert said.code == 2
    assert word in said.complaint
    journal = tmp_path / "output" / "crawl.log"
    assert not journal.exists() or journal.read_text() == ""


def test_a_control_character_in_an_argument_stays_on_its_line(cli: Cli) -> None:
    said = cli("crawl", "http://[\x1b[31m\n/")
    assert said.code == 2
    assert "\x1b" not in said.complaint


def test_an_unforeseen_fault_is_one_line_too(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down() -> None:
        raise RuntimeError("the boiler\nhas burst")

    monkeypatch.setattr(main.cli, "invoke", lambda _: break_down())
    said = cli("status")
    assert said.code == 1
    assert "RuntimeError: the boiler has burst" in said.complaint
    monkeypatch.setenv("CRAWLER_TRACEBACK", "1")
    with pytest.raises(RuntimeError, match="boiler"):
        cli("status")


def test_ctrl_c_before_anything_runs_is_130(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main.cli, "invoke", interrupt)
    assert cli("status").code == 130


def test_a_reader_that_stops_reading_is_no_failure(crawled: Path) -> None:
    line = f"{sys.executable} -m crawler export {crawled} --format jsonl | head -n 1"
    for _ in range(2):
        done = subprocess.run(
            ["bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_results_that_cannot_be_written_are_a_fault(crawled: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "crawler", "status", str(crawled)],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("crawler: standard output: No space left")
    assert done.stderr.count("\n") == 1


def test_a_terminal_of_few_letters_gets_escapes(process: Cli, crawled: Path) -> None:
    said = process("why", "http://näher.example/", "-o", str(crawled), env={"PYTHONIOENCODING": "ascii"})
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize("name", ["status", "why", "export", "crawl"])
def test_a_damaged_database_is_one_line(cli: Cli, tmp_path: Path, name: str) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "crawl.db").write_bytes(b"no database" * 1000)
    more = {"why": ["http://127.0.0.1:9/"], "export": ["--format", "jsonl"], "crawl": ["http://127.0.0.1:9/"]}
    said = cli(name, *more.get(name, []))
    assert said.code == 1
    assert "crawl.db" in said.complaint
