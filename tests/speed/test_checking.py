from pathlib import Path

from benchmarks.speed.checking import Links, links_of, pages_of


def copy(folder: Path, pages: dict[str, str]) -> Path:
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_only_pages_of_hosts_count(tmp_path: Path) -> None:
    copy(
        tmp_path,
        dict.fromkeys(("index.html", "127.0.0.1_80/a.html", "127.0.0.1_80/b.css", "127.2/c.htm"), "x"),
    )
    assert [each.name for each in pages_of(tmp_path)] == ["a.html", "c.htm"]


def test_links_lead_into_the_copy_nowhere_or_out_of_it(tmp_path: Path) -> None:
    host = "127.0.0.1:80"
    page = """<a href="b.html#x">in</a> <a href="../127.0.0.1:80/b.html?q">in</a> <a href="sub/">in</a>
        <img src="a%20b.png"> <a href="gone.html">nowhere</a> <a href="/b.html">the root of the disk</a>
        <a href="http://127.0.0.1:80/b.html">out, though it is here</a> <a href="http://127.0.0.1:80/c.html">out</a>
        <a href="http://example.org/b.html">another site</a> <a href="#here">here</a> <a href="mailto:a@b">mail</a>
        <a href="http://[">broken</a> <!-- <a href="gone.html"> -->"""
    copy(
        tmp_path,
        {f"{host}/a.html": page, f"{host}/b.html": "", f"{host}/sub/index.html": "", f"{host}/a b.png": ""},
    )
    assert links_of([tmp_path / host / "a.html", tmp_path / host / "b.html"], tmp_path) == Links(
        pages=2, into=4, dangling=2, outside=1
    )


def test_large_copies_are_sampled_evenly(tmp_path: Path) -> None:
    copy(tmp_path, {f"127.0.0.1/{number:03}.html": '<a href="000.html">' for number in range(450)})
    links = links_of(pages_of(tmp_path), tmp_path)
    assert (links.pages, links.into, links.share) == (200, 200, 1.0)


def test_no_links_are_no_share() -> None:
    assert Links(pages=0, into=0, dangling=0, outside=0).share == 0
