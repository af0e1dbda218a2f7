"""What no module may do, because others were broken into that way; and libraries that are too old."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases import each

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "crawler").rglob("*.py"))

REASONS = {
    "what comes from outside would be run": {"eval", "exec", "compile", "__import__"},
    "reading runs what was stored": {"pickle", "cPickle", "dill", "marshal", "shelve", "aiohttp.CookieJar"},
    "it reads hostile text in quadratic time, or entities": {
        "html.parser",
        "html5lib",
        "xml.dom",
        "xml.etree",
        "xml.parsers",
        "xml.sax",
    },
    "it leads to third parties, or asks without the guard": {
        "ftplib",
        "http.client",
        "telnetlib",
        "urllib.request",
    },
    "it makes links, or leaves traces beside the files": {
        ".hardlink_to",
        "os.link",
        "os.setxattr",
        "os.symlink",
        ".symlink_to",
    },
    "it serves what lies behind links, or redirects by path": {
        ".add_static",
        "aiohttp.web.normalize_path_middleware",
        "web.normalize_path_middleware",
    },
}
LISTENING = {".SockSite", ".TCPSite", ".UnixSite", ".create_server", ".create_unix_server", ".start_server"}
FLOORS = {"aiohttp": (3, 14, 3), "idna": (3, 15), "Brotli": (1, 2)}
"""The first versions without the flaws that docs/faults.md lists."""


def names_used(tree: ast.AST) -> Iterator[str]:
    """Every name that code calls, imports or reaches through a dot."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{each.name}" for each in names)
            case ast.Call(func=ast.Name(id=name)):
                yield name
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                yield f"{owner}.{name}"
                yield f".{name}"
            case ast.Attribute(attr=name):
                yield f".{name}"


def is_among(used: str, forbidden: set[str]) -> bool:
    return any(used == each or used.startswith(f"{each}.") for each in forbidden)


@each(MODULES)
def test_nothing_forbidden_is_used(path: Path) -> None:
    used = set(names_used(ast.parse(path.read_text(encoding="utf-8"))))
    for reason, forbidden in REASONS.items():
        assert [name for name in used if is_among(name, forbidden)] == [], reason
    if not {"practice", "serve"} & set(path.parts):
        assert not used & LISTENING, "a crawl listens nowhere"


@pytest.mark.parametrize(
    "code",
    [
        "eval('1')",
        "import pickle",
        "from xml.etree import ElementTree",
        "from html import parser\nfrom html.parser import HTMLParser",
        "import os\nos.symlink(a, b)",
        "path.symlink_to(x)",
        "import aiohttp\naiohttp.CookieJar()",
        "from aiohttp import CookieJar",
        "app.router.add_static('/', '.')",
        "import urllib.request",
    ],
)
def test_it_would_be_seen(code: str) -> None:
    used = set(names_used(ast.parse(code)))
    assert any(is_among(name, forbidden) for forbidden in REASONS.values() for name in used)


@pytest.mark.parametrize("library", FLOORS)
def test_libraries_with_known_flaws_are_too_old(library: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["fast"]]
    (least,) = (found[1] for each in needed if (found := re.match(rf"{library}>=([\d.]+)", each)))
    assert tuple(int(part) for part in least.split(".")) >= FLOORS[library]
