"""A run has its report in both forms, with what changed."""

from __future__ import annotations

import json
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from tests.web import OWN, Web, crawl, links

A = f"{OWN}a"


async def test_both_forms_tell_what_changed(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), A: links("/", title="Ay")})
    first = await crawl(web, tmp_path, OWN)
    web.says[A] = 404
    second = await crawl(web, tmp_path, OWN)
    (tmp_path / "reports" / f"{first.run.name}.json").write_text('{"changes": []}', encoding="utf-8")
    web.says[A] = links("/", title="Bee")
    third = await crawl(web, tmp_path, OWN)
    told = json.loads((tmp_path / "reports" / f"{second.run.name}.json").read_text(encoding="utf-8"))[
        "changes"
    ]
    assert told["from"] == first.run.name
    assert [each["url"] for each in told["gone"]] == [A]
    assert (told["counts"]["gone"], told["counts"]["new"]) == (1, 0)
    assert third.changes["counts"]["new"] == 1
    page = (tmp_path / "reports" / f"{third.run.name}.html").read_text(encoding="utf-8")
    tree = LexborHTMLParser(page)
    assert {node.text().partition(";")[0] for node in tree.css("caption, figcaption")} >= {
        "Answers by status",
        "Answers and bytes by host",
        "Changes, run by run",
    }
    assert [node.text() for node in tree.css("li a")] == ["Bee"]
    assert not tree.css("script, img, link")


async def test_a_first_run_has_nothing_to_compare_with(tmp_path: Path) -> None:
    report = await crawl(Web({OWN: links()}), tmp_path, OWN)
    assert report.changes["from"] is None
    page = (tmp_path / "reports" / f"{report.run.name}.html").read_text(encoding="utf-8")
    assert "nothing to compare with" in page
