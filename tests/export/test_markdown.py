"""A folder of texts: the content of each page, and where it comes from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.errors import UsageError
from crawler.export.markdown import write_markdown
from tests.export.outputs import dump_of
from tests.web import OWN, Web, crawl, links, typed

WORDS = "The lighthouse keeper wrote down every ship that passed in the night, and its lantern. " * 4


def article(title: str, *urls: str, name: str = "") -> str:
    anchors = "".join(f'<a href="{url}">{url}</a> ' for url in urls)
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title>'
        f'<meta name="description" content="Of {name}: a &quot;book&quot;"></head><body>'
        f"<nav><ul><li>{anchors}</li></ul></nav><main><article><h1>{title}"
        f'<a href="#top" class="headerlink">\u00b6</a></h1><p>{WORDS}</p><p>See <a href="other">the other</a>.'
        f"</p><pre><code>x = 1\n</code></pre></article></main><footer>Imprint and cookies</footer></body></html>"
    )


@pytest.fixture
async def output(tmp_path: Path) -> Path:
    pytest.importorskip("trafilatura")
    web = Web(
        {
            OWN: article("Home: \u00e9", "/d/a.html", "/d/b.html?x=1", "/empty", "/file.txt", name="this"),
            f"{OWN}d/a.html": article("A", "/"),
            f"{OWN}d/b.html?x=1": article("B", "/"),
            f"{OWN}empty": "",
            f"{OWN}file.txt": typed("text", "text/plain"),
        }
    )
    await crawl(web, tmp_path / "output", OWN)
    return tmp_path / "output"


async def test_a_file_a_page(output: Path, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    async with dump_of(output) as dump:
        notes = await write_markdown(dump, folder)
    assert notes == ("1 page without content left out",)
    found = sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*.md"))
    assert len(found) == 3
    assert found[0] == "127.0.0.1_8000/d/a.md"
    assert found[1].startswith("127.0.0.1_8000/d/b")
    assert found[2] == "127.0.0.1_8000/index.md"
    front, _, content = (folder / found[2]).read_text("utf-8").removeprefix("---\n").partition("---\n\n")
    said = {
        name: json.loads(value) for name, _, value in (line.partition(": ") for line in front.splitlines())
    }
    assert said["title"] == "Home: \u00e9"
    assert said["description"] == 'Of this: a "book"'
    assert (said["url"], said["captured_at"]) == (OWN, "2001-09-09T01:46:40Z")
    assert said["digest"].startswith("sha256:")
    assert content.startswith("# Home: \u00e9\n")
    assert WORDS.strip() in content
    assert f"[the other]({OWN}other)" in content
    assert "x = 1" in content
    assert "Imprint" not in content


async def test_without_pages_there_is_nothing(tmp_path: Path) -> None:
    pytest.importorskip("trafilatura")
    await crawl(Web({OWN: links()}), tmp_path / "output", OWN)
    (tmp_path / "texts").mkdir()
    async with dump_of(tmp_path / "output") as dump:
        with pytest.raises(UsageError, match="no page"):
            await write_markdown(dump, tmp_path / "texts")
