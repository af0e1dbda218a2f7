"""One JSON object a URL, with exactly the fields of the contract."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from crawler.export.jsonl import jsonl_line
from crawler.model import Candidate, State
from crawler.standing import Entry
from tests.web import OWN, Web, crawl, entry_at, links, typed

FIELDS = [
    *("url", "state", "status", "media_type", "size_bytes", "digest", "captured_at"),
    *("last_status", "last_at", "reason", "depth", "via", "hops", "mirror_path"),
]


async def exported(folder: Path, url: str) -> dict[str, object]:
    line = jsonl_line(await entry_at(folder, url))
    assert "\n" not in line
    found = json.loads(line)
    assert isinstance(found, dict)
    assert sorted(found) == sorted(FIELDS)
    return found


async def test_a_good_page(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), f"{OWN}a": typed("<p>\u00e9", "text/html; charset=utf-8")})
    await crawl(web, tmp_path, OWN)
    assert await exported(tmp_path, f"{OWN}a") == {
        "url": f"{OWN}a",
        "state": "done",
        "status": 200,
        "media_type": "text/html",
        "size_bytes": 5,
        "digest": f"sha256:{hashlib.sha256('<p>é'.encode()).hexdigest()}",
        "captured_at": "2001-09-09T01:46:40Z",
        "last_status": 200,
        "last_at": "2001-09-09T01:46:40Z",
        "reason": "",
        "depth": 1,
        "via": OWN,
        "hops": "L",
        "mirror_path": "127.0.0.1_8000/a~.html",
    }


async def test_the_last_good_capture_beside_the_last_attempt(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), f"{OWN}a": [links(), 404]})
    await crawl(web, tmp_path, OWN)
    good = await exported(tmp_path, f"{OWN}a")
    web.clock.advance(3600)
    await crawl(web, tmp_path, OWN)
    found = await exported(tmp_path, f"{OWN}a")
    same = ("status", "media_type", "size_bytes", "digest", "captured_at", "mirror_path")
    assert {name: found[name] for name in same} == {name: good[name] for name in same}
    assert (found["state"], found["last_status"], found["reason"]) == ("failed", 404, "http_404")
    assert found["last_at"] == "2001-09-09T02:46:41Z"


async def test_an_unchanged_page(tmp_path: Path) -> None:
    web = Web({OWN: [links(), 304]})
    await crawl(web, tmp_path, OWN)
    await crawl(web, tmp_path, OWN)
    found = await exported(tmp_path, OWN)
    assert (found["status"], found["last_status"], found["reason"]) == (200, 304, "unchanged")


async def test_one_that_was_never_good(tmp_path: Path) -> None:
    await crawl(Web({OWN: 404}), tmp_path, OWN)
    found = await exported(tmp_path, OWN)
    assert [found[name] for name in FIELDS[2:7]] == [None] * 5
    assert (found["last_status"], found["mirror_path"], found["via"], found["hops"]) == (404, None, None, "")


def test_one_that_is_queued() -> None:
    candidate = Candidate(url="http://a.example/", key="http://a.example/", host="a.example")
    found = json.loads(jsonl_line(Entry(candidate=candidate, state=State.QUEUED)))
    assert (found["state"], found["last_at"], found["last_status"], found["reason"]) == (
        "queued",
        None,
        None,
        "",
    )
