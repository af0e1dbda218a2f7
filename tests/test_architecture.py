"""Hold the reading order of docs/architecture.md to the code."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.cases import each

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "crawler"
FORBIDDEN = {
    *("utils", "helpers", "common", "base", "core", "manager", "handler", "service", "context", "data"),
}
SMALL = 300


def module_name(path: Path) -> str:
    """`crawler/links/html.py` -> `links/html`; a folder's `__init__` -> `links/__init__`."""
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def reading_order() -> dict[str, tuple[str, int]]:
    """Each module's band and place; folders share one place."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    block = re.search(r"```reading-order\n(.*?)```", text, re.DOTALL)
    assert block is not None, "docs/architecture.md has no reading-order block"
    order: dict[str, tuple[str, int]] = {}
    band = ""
    for word in block[1].split():
        if word.isupper():
            band = word
        else:
            assert word not in order, f"{word} stands twice"
            order[word] = (band, len(order))
    return order


def listed_as(module: str) -> str:
    """The word by which a module stands in the list."""
    folder, slash, _ = module.partition("/")
    return f"{folder}/*" if slash else module


@cache
def nodes_of(module: str) -> list[ast.AST]:
    """Everything in the text of a module."""
    return list(ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))))


@cache
def imports_of(module: str) -> list[tuple[int, str]]:
    """(line, module) of everything of our own that a module imports, wherever it does."""
    found = []
    for node in nodes_of(module):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: relative import"
            names = [node.module or ""]
            if node.module == "crawler" or as_path(node.module or "") in {f"{each}" for each in folders()}:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
        line = getattr(node, "lineno", 0)
        found += [(line, as_path(name)) for name in names if name.split(".")[0] == "crawler"]
    return found


def as_path(dotted: str) -> str:
    return "/".join(dotted.split(".")[1:])


@cache
def folders() -> frozenset[str]:
    return frozenset(module.rpartition("/")[0] for module in MODULES if "/" in module)


ALL = each(list(MODULES))


@ALL
def test_every_module_stands_in_the_list(module: str) -> None:
    assert listed_as(module) in reading_order()


def test_the_list_names_only_what_exists() -> None:
    assert set(reading_order()) - {listed_as(module) for module in MODULES} == set()


@ALL
def test_imports_lead_only_backwards(module: str) -> None:
    order = reading_order()
    for line, target in imports_of(module):
        assert target in MODULES, (
            f"{module}:{line} imports {target or 'the package root'}, which is no module"
        )
        if listed_as(module) == listed_as(target):
            continue
        here, there = order[listed_as(module)][1], order[listed_as(target)][1]
        assert there < here, f"{module}:{line} imports {target}, which stands behind it"


def test_folders_have_no_cycle_within() -> None:
    graph = {module: {target for _, target in imports_of(module)} for module in MODULES}
    finished: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"cycle: {' -> '.join([*path, module])}"
        if module not in finished:
            for target in graph[module]:
                visit(target, (*path, module))
            finished.add(module)

    for module in graph:
        visit(module, ())


@ALL
def test_edges_never_import_each_other(module: str) -> None:
    order = reading_order()
    if order[listed_as(module)][0] != "EDGES":
        return
    for line, target in imports_of(module):
        is_other_edge = order[listed_as(target)][0] == "EDGES" and listed_as(target) != listed_as(module)
        assert not is_other_edge, f"{module}:{line}: an edge imports the edge {target}"


@ALL
def test_nothing_imports_a_folders_init(module: str) -> None:
    for line, target in imports_of(module):
        assert not target.endswith("__init__"), f"{module}:{line} imports {target}"


@ALL
def test_rules_are_pure(module: str) -> None:
    if reading_order()[listed_as(module)][0] != "RULES":
        return
    impure = {"asyncio", "socket", "time", "os", "pathlib", "aiohttp", "sqlite3", "aiofiles", "random"}
    for node in nodes_of(module):
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), f"{module}:{node.lineno} is async"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            assert not {name.split(".")[0] for name in names} & impure, f"{module}:{node.lineno} is impure"


@ALL
def test_no_import_hides_in_a_function(module: str) -> None:
    for node in nodes_of(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            hidden = [n.lineno for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
            assert not hidden, f"{module}:{hidden} imports inside {node.name}"


@ALL
def test_names_say_something(module: str) -> None:
    assert not set(module.split("/")) & FORBIDDEN


@ALL
def test_files_are_small(module: str) -> None:
    lines = len(MODULES[module].read_text(encoding="utf-8").splitlines())
    assert lines <= SMALL, f"{module} has {lines} lines; which noun is missing?"


@ALL
def test_what_is_public_is_documented(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{module} does not say its job"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node in tree.body and node.name[0] != "_":
            assert ast.get_docstring(node), f"{module}: {node.name} has no docstring"


def test_tests_mirror_the_source() -> None:
    """Every module with code of its own has a test file of its name."""
    tests = {path.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").rglob("test_*.py")}
    missing = []
    for module, path in MODULES.items():
        folder, _, name = module.rpartition("/")
        if name.startswith("__") or module in MIRRORED_ELSEWHERE:
            continue
        expected = f"{folder}/test_{name}.py" if folder else f"test_{name}.py"
        if expected not in tests and path.stat().st_size:
            missing.append(module)
    assert missing == []


_CONTRACT = "tests/frontier/contract_*.py, run over every frontier"
_REDIS = "claiming frontier hosting ledger reading scripts seeds wire"
_FLEET = "tests/fleet/test_job.py and tests/fleet/test_trouble.py share crawls in earnest"
_FLEET_OWN = (
    "fleet/announcing fleet/berth fleet/standing fleet/steering fleet/stint fleet/terms cli/steer cli/work"
)
_WHY = "tests/test_explanation.py and tests/cli/test_why.py ask about every state"
_SITE = "tests/practice/test_application.py walks the whole site"
_SERVED = "tests/serve/test_application.py and tests/serve/test_safety.py ask the whole server"
_DRIVEN = "tests/serve/test_driving.py lets the server crawl in earnest"
_SERVE = """
access_log api archived assets authority doorkeeping events failing framing hardening health html keys limits listening
marks naming origins pages problem ranges request_id sessions settings shapes signing_in traffic views watching
"""
_DRIVE = "booking bookings employing errand worker"
_RENDERED = "tests/browser/test_contract.py and tests/system/test_rendering.py, in the real Chromium"
MIRRORED_ELSEWHERE = {
    "shift": "tests/test_lapses.py and tests/test_changes.py; it holds values alone",
    **dict.fromkeys([f"serve/{name}" for name in _SERVE.split()], _SERVED),
    **dict.fromkeys([f"serve/{name}" for name in _DRIVE.split()], _DRIVEN),
    **dict.fromkeys(["browser/chromium", "browser/tab", "browser/wanted"], _RENDERED),
    "browse/searching": _SERVED,
    "browse/dumpfiles": _SERVED,
    "frontier/protocol": _CONTRACT,
    "frontier/adding": _CONTRACT,
    "frontier/claiming": _CONTRACT,
    "frontier/finishing": _CONTRACT,
    "frontier/running": _CONTRACT,
    "frontier/visit": _CONTRACT,
    "frontier/memory_ledger": _CONTRACT,
    **dict.fromkeys([f"frontier/redis/{name}" for name in _REDIS.split()], _CONTRACT),
    **dict.fromkeys(_FLEET_OWN.split(), _FLEET),
    "frontier/redis/fleet": _FLEET,
    "crew/spelling": "tests/crew/test_order.py spells orders",
    "muster": "it holds values alone",
    "sighting": "it holds values alone",
    "reporting": "tests/test_closing.py reads reports",
    "frontier/memory_state": _CONTRACT,
    "frontier/restoring": _CONTRACT,
    "frontier/memory_rows": _CONTRACT,
    "frontier/memory_runs": _CONTRACT,
    "telling": _WHY,
    "practice/lettering": _SITE,
    "practice/misbehaviour": _SITE,
    "practice/options": _SITE,
    "practice/resource": _SITE,
}
"""Modules without a test file of their name, and where they are tested."""


def test_every_word_of_the_glossary_is_in_order() -> None:
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    words = re.findall(r"^\| ([a-z][^|]*?) \|", text, re.MULTILINE)[1:]
    assert words == sorted(words)
    assert len(words) > 30
