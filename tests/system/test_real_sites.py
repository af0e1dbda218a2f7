"""Two real sites, whole: what is in the mirror is compared with what lies on the server's disk."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urldefrag, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser
from warcio.archiveiterator import ArchiveIterator

from tests.system.documentation import (
    POSTGRESQL,
    PYTHON,
    Documentation,
    ServedSite,
    css_links,
    reachable,
    serve_documentation,
)
from tests.system.running import BIN, complaints, crawler, exported, files_below, verified

pytestmark = pytest.mark.system

_LINKING = ("href", "src", "poster", "data", "background", "longdesc", "cite")
_SAMPLE_EVERY = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawled:
    """A site, and what one crawl of it left."""

    site: ServedSite
    output: Path
    line: tuple[str, ...]
    rows: dict[str, dict[str, Any]]

    @property
    def mirror(self) -> Path:
        return self.output / "mirror"


@pytest.fixture(
    scope="module",
    params=[pytest.param(PYTHON, id="python"), pytest.param(POSTGRESQL, id="postgresql")],
)
def crawled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    documentation: Documentation = request.param
    with serve_documentation(documentation, tmp_path_factory.mktemp("nginx")) as site:
        output = tmp_path_factory.mktemp("crawl") / "out"
        line = ("crawl", site.url, "-o", "out")
        result = crawler(*line, cwd=output.parent)
        assert result.returncode == 0, result.stderr
        assert complaints(result.stderr) == []
        yield Crawled(site=site, output=output, line=line, rows=exported(output))


def test_every_page_that_links_lead_to_is_in_the_mirror(crawled: Crawled) -> None:
    truth = reachable(crawled.site.folder)
    assert len(truth.pages) == crawled.site.pages
    expected = {crawled.site.url + quote(name) for name in truth.pages} | {crawled.site.url}
    stored = {
        url
        for url, row in crawled.rows.items()
        if row["state"] == "done" and row["media_type"] == "text/html" and row["status"] == 200
    }
    assert stored == expected
    for url in expected:
        assert (crawled.mirror / crawled.rows[url]["mirror_path"]).is_file()


def test_what_the_pages_need_is_in_the_mirror_as_it_was_sent(crawled: Crawled) -> None:
    truth = reachable(crawled.site.folder)
    by_target = {unquote(urlsplit(url).path)[1:]: row for url, row in crawled.rows.items()}
    assert truth.requisites
    for name in truth.requisites:
        body = (crawled.site.folder / name).read_bytes()
        row = by_target[name]
        assert row["digest"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
        stored = (crawled.mirror / row["mirror_path"]).read_bytes()
        assert name.endswith(".css") or stored == body


def test_every_link_of_the_mirror_leads_somewhere(crawled: Crawled) -> None:
    mirrored = {url for url, row in crawled.rows.items() if row["mirror_path"]}
    dead, live, checked = [], [], 0
    for file in files_below(crawled.mirror):
        for link in _links(file):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if urldefrag(link).url in mirrored:
                    live.append((file.name, link))
            elif parts.path:
                checked += 1
                target = posixpath.normpath(posixpath.join(file.parent, unquote(parts.path)))
                if not Path(target).is_file() or not Path(target).is_relative_to(crawled.mirror):
                    dead.append((file.name, link))
    assert checked > 10_000
    assert dead == []
    assert live == []


def test_pages_say_what_they_said(crawled: Crawled) -> None:
    names = sorted(reachable(crawled.site.folder).pages)[::_SAMPLE_EVERY]
    for name in names:
        row = crawled.rows[crawled.site.url + quote(name)]
        was = LexborHTMLParser((crawled.site.folder / name).read_bytes())
        now = LexborHTMLParser((crawled.mirror / row["mirror_path"]).read_bytes())
        assert _outline(now) == _outline(was), name


def test_nothing_lies_in_the_mirror_that_nobody_asked_for(crawled: Crawled) -> None:
    paths = {row["mirror_path"] for row in crawled.rows.values() if row["mirror_path"]}
    assert {path.relative_to(crawled.mirror).as_posix() for path in files_below(crawled.mirror)} == paths


def test_verify_finds_no_fault(crawled: Crawled) -> None:
    assert verified(crawled.output) == []


def test_verify_finds_what_is_planted(crawled: Crawled, tmp_path: Path) -> None:
    """A deleted file, an altered byte, a truncated page and a wrong link, in a copy: each, and nothing else."""
    output = Path(shutil.copytree(crawled.output, tmp_path / "out"))
    pages = [path for path in files_below(output / "mirror") if path.suffix == ".html"]
    image = next(path for path in files_below(output / "mirror") if path.suffix in {".png", ".svg", ".gif"})
    altered, cut, linked = (
        pages[10],
        pages[20],
        next(path for path in pages[30:] if b'href="' in path.read_bytes()),
    )
    image.unlink()
    content = bytearray(altered.read_bytes())
    content[len(content) // 2] ^= 1
    altered.write_bytes(content)
    os.truncate(cut, cut.stat().st_size - 1)
    linked.write_bytes(
        re.sub(rb'<a ([^>]*)href="[^":]+"', rb'<a \1href="nobody.html"', linked.read_bytes(), count=1)
    )
    result = crawler("verify", str(output), "--json", cwd=tmp_path)
    assert result.returncode == 3, result.stderr
    flaws = {(each["kind"], output / each["place"]) for each in json.loads(result.stdout)["flaws"]}
    expected = {
        ("missing-file", image),
        ("altered-file", altered),
        ("altered-file", cut),
        ("wrong-link", linked),
        ("dangling-link", linked),
    }
    assert flaws >= expected
    assert {kind for kind, _ in flaws - expected} <= {"missing-requisite"}


def test_the_archive_is_whole_and_indexed(crawled: Crawled) -> None:
    _check_archive(crawled)


def test_the_same_line_again_asks_conditionally_and_changes_nothing(crawled: Crawled) -> None:
    before, since = _snapshot(crawled.mirror), crawled.site.mark("first")
    result = crawler(*crawled.line, cwd=crawled.output.parent)
    assert result.returncode == 0, result.stderr
    assert complaints(result.stderr) == []
    assert _snapshot(crawled.mirror) == before
    crawled.site.mark("second")
    answers: dict[str, list[int]] = {}
    for asked in crawled.site.asked(since):
        answers.setdefault(asked.target, []).append(asked.status)
    done = [url for url, row in crawled.rows.items() if row["state"] == "done"]
    for url in done:
        assert answers["/" + url.removeprefix(crawled.site.url)] == [304], url
    now = exported(crawled.output)
    kept = ("state", "status", "digest", "captured_at", "mirror_path", "depth")
    assert {url: [row[name] for name in kept] for url, row in now.items()} == {
        url: [row[name] for name in kept] for url, row in crawled.rows.items()
    }
    _check_archive(crawled)


def _links(file: Path) -> Iterator[str]:
    """Everything in a mirrored file that a browser would follow or load."""
    if file.suffix == ".css":
        yield from css_links(file.read_text("utf-8"))
    if file.suffix != ".html":
        return
    for node in LexborHTMLParser(file.read_bytes()).css("*"):
        attributes = node.attributes
        yield from (value.strip() for name in _LINKING if (value := attributes.get(name)))
        for name in ("srcset", "imagesrcset"):
            for part in (attributes.get(name) or "").split(","):
                yield from part.split()[:1]
        yield from css_links(attributes.get("style") or "")
        if node.tag == "style":
            yield from css_links(node.text())
        if node.tag == "meta" and (attributes.get("http-equiv") or "").lower() == "refresh":
            yield (attributes.get("content") or "").partition("=")[2].strip("'\" ")


def _outline(tree: LexborHTMLParser) -> tuple[list[object], str]:
    """All tags with the names of their attributes, and all text."""
    tags = [(node.tag, sorted(node.attributes)) for node in tree.css("*")]
    assert tree.root is not None
    return list(tags), tree.root.text(deep=True)


def _snapshot(folder: Path) -> dict[str, tuple[int, int, str]]:
    return {
        str(path): (
            path.stat().st_mtime_ns,
            path.stat().st_ino,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in files_below(folder)
    }


def _check_archive(crawled: Crawled) -> None:
    """Every segment passes warcio's check, and the index names every answer where it lies."""
    archive = crawled.output / "archive"
    answers: dict[tuple[str, int], str] = {}
    for segment in sorted(archive.glob("*.warc.gz")):
        check = subprocess.run([str(BIN / "warcio"), "check", str(segment)], capture_output=True, check=False)
        assert check.returncode == 0, check.stdout
        with segment.open("rb") as stream:
            records = ArchiveIterator(stream)
            for record in records:
                if record.rec_type == "response":
                    url = record.rec_headers.get_header("WARC-Target-URI")
                    answers[segment.name, records.get_record_offset()] = url
    lines = (archive / "index.cdxj").read_text("utf-8").splitlines()
    assert lines == sorted(lines, key=str.encode)
    entries = [json.loads(line.split(" ", 2)[2]) for line in lines]
    assert len(entries) == len(answers)
    assert {(each["filename"], int(each["offset"])): each["url"] for each in entries} == answers
