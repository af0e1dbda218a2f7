"""The whole application, asked over loopback: what it shows, lists, finds, compares and explains."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from crawler.cli.crawl import command
from crawler.serve.keys import WATCHING
from crawler.version import VERSION
from crawler.wording import OPTION_NAMES
from tests.serve.serving import Pretended, served
from tests.web import OWN

A = quote(f"{OWN}a", safe="")


@pytest.mark.parametrize(
    "path", ["/", "/pages", "/search", "/search?q=words", "/urls", "/why", "/dump", "/changes"]
)
async def test_views_are_pages(output: Path, path: str) -> None:
    async with served(output) as server:
        said = await server.ask(path)
    assert said.status == 200
    assert said.headers["Content-Type"] == "text/html; charset=utf-8"
    assert said.text.startswith("<!DOCTYPE html>")
    assert "<h1" in said.text


async def test_an_output_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    async with served(tmp_path / "none") as server:
        for path in ("/", "/pages", "/urls", "/search?q=x", "/readyz", "/metrics"):
            assert (await server.ask(path)).status == 200
        for path in ("/api/hosts", "/api/urls", "/api/captures", "/api/runs"):
            assert (await server.ask(path)).json == {"items": [], "next": None}
        assert (await server.ask("/api/search?q=x")).json["total"] == 0
        assert (await server.ask("/api/status")).json["run"] is None
    assert not (tmp_path / "none").exists()


async def test_lists_go_on_at_their_cursor(output: Path) -> None:
    async with served(output) as server:
        whole = (await server.ask("/api/urls?limit=1000")).json
        assert whole["next"] is None
        seen: list[object] = []
        cursor: object = 0
        while cursor is not None:
            part = (await server.ask(f"/api/urls?limit=2&after={cursor}")).json
            assert len(part["items"]) <= 2
            seen += part["items"]
            cursor = part["next"]
        assert seen == whole["items"]
        done = (await server.ask("/api/urls?state=done&host=127.0.0.1:8000")).json["items"]
        assert {each["state"] for each in done} == {"done"}
        assert (await server.ask("/api/urls?host=nobody.example")).json["items"] == []
        hosts = (await server.ask("/api/hosts?limit=1")).json
        assert [each["host"] for each in hosts["items"]] == ["127.0.0.1:8000"]
        assert (await server.ask(f"/api/hosts?limit=1&after={hosts['next']}")).json["items"] == []
        runs = (await server.ask("/api/runs")).json["items"]
        assert [run["number"] for run in runs] == [2, 1]


async def test_captures_of_all_and_of_one_url(output: Path) -> None:
    async with served(output) as server:
        every = (await server.ask("/api/captures")).json["items"]
        assert [each["id"] for each in every] == sorted(each["id"] for each in every)
        of_a = (await server.ask(f"/api/captures?url={A}")).json["items"]
        assert [each["url"] for each in of_a] == [f"{OWN}a"] * 2
        assert of_a[0]["captured_at"] > of_a[1]["captured_at"]
        view = await server.ask(of_a[1]["view"])
        assert (view.status, of_a[1]["captured_at"] in view.text) == (200, True)


async def test_search_finds_words_and_marks_them(output: Path) -> None:
    async with served(output) as server:
        found = (await server.ask("/api/search?q=lighthouse")).json
        assert [each["url"] for each in found["items"]] == [OWN]
        assert (found["total"], found["is_whole"], found["indexed_pages"]) == (1, True, 3)
        assert (await server.ask('/api/search?q="second+words"')).json["total"] == 1
        assert (await server.ask("/api/search?q=first")).json["total"] == 0
        shown = await server.ask("/search?q=lightho")
        assert "<mark>lighthouse</mark>" in shown.text
        for nonsense in ('"', "*", "a AND", "NEAR(", "title:", "-", "%00", "'"):
            assert (await server.ask(f"/search?q={quote(nonsense)}")).status in {200, 400}


async def test_two_versions_are_compared(output: Path) -> None:
    async with served(output) as server:
        newer, older = (
            each["view"].split("/")[2] for each in (await server.ask(f"/api/captures?url={A}")).json["items"]
        )
        told = (await server.ask(f"/api/diff?url={A}&from={older}&to={newer}")).json
        assert [(each["kind"], each["text"]) for each in told["lines"]] == [
            ("same", "to"),
            ("removed", "first words"),
            ("added", "second words"),
            ("same", "the same"),
        ]
        assert (await server.ask(f"/api/diff?url={A}&from=now&to=now")).json["lines"] == []
        page = await server.ask(f"/diff?url={A}&from={older}&to={newer}")
        assert "<ins>second words</ins>" in page.text
        assert (await server.ask(f"/api/diff?url={A}&from=x&to=now")).status == 400
        assert (await server.ask("/api/diff?url=http://x.example/&from=now&to=now")).status == 404
        assert (await server.ask(f"/versions?url={A}")).text.count('type="radio"') == 4


async def test_why_is_told_in_words_and_values(output: Path) -> None:
    async with served(output) as server:
        told = (await server.ask(f"/api/why?url={A}")).json
        assert (told["state"], told["depth"]) == ("done", 1)
        assert told["lines"][0].startswith("done: fetched")
        assert "done: fetched" in (await server.ask(f"/why?url={A}")).text
        assert (await server.ask("/api/why?url=nonsense")).status == 400
        assert (await server.ask("/api/why?url=http://never.example/")).json["state"] == "unknown"


async def test_machines_are_told_how_it_is(output: Path) -> None:
    async with served(output) as server:
        assert (await server.ask("/healthz")).json == {"status": "ok", "version": VERSION}
        assert (await server.ask("/readyz")).json == {"status": "ready"}
        metrics = await server.ask("/metrics")
        assert metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert 'crawler_urls{state="queued"} 0' in metrics.text
        assert 'crawler_http_requests_total{method="GET",status="200"} 2' in metrics.text
        (output / "crawl.db").write_bytes(b"no database at all" * 100)
        for end in ("-wal", "-shm"):
            (output / f"crawl.db{end}").unlink(missing_ok=True)
    async with served(output) as server:
        said = await server.ask("/readyz")
        assert (said.status, said.json["status"]) == (503, 503)
        assert (await server.ask("/healthz")).status == 200


async def test_the_document_names_every_path(output: Path) -> None:
    async with served(output) as server:
        document = (await server.ask("/openapi.json")).json
        known = {
            (method.lower(), path)
            for resource in server.app.router.resources()
            for route in resource
            for method, path in [(route.method, resource.canonical)]
            if path.startswith("/api/") and method != "HEAD" and path != "/api/events"
        }
    told = {
        (method, path)
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    told = {(method, path) for method, path in told if path.startswith("/api/")}
    acting = {
        (m, p.replace("{action}", a))
        for m, p in known
        for a in ("pause", "resume", "stop")
        if "{action}" in p
    }
    assert told == {each for each in known if "{action}" not in each[1]} | acting
    assert document["info"]["version"] == VERSION


async def test_events_stream_until_the_server_ends(output: Path) -> None:
    async with served(output) as server:
        answer = await server.client.get(f"{server.url}api/events")
        assert answer.headers["Content-Type"] == "text/event-stream"
        samples: list[dict[str, Any]] = []
        while len(samples) < 2:
            line = await answer.content.readline()
            if line.startswith(b"data: "):
                samples.append(json.loads(line[6:]))
        assert samples[0]["history"] is not None
        assert samples[0]["counts"]["done"] == samples[1]["counts"]["done"] > 0
        assert samples[0]["hosts"][0]["host"] == "127.0.0.1:8000"
        await server.app.shutdown()
        await answer.content.read()


async def test_a_crawl_is_driven_by_api(tmp_path: Path) -> None:
    pretended = Pretended()
    async with served(tmp_path / "out", pretended) as server:
        made = await server.ask("/api/crawls", "POST", json={"seeds": [OWN], "max_pages": 3, "delay": "2s"})
        assert made.status == 201
        place = made.headers["Location"]
        assert (made.json["state"], made.json["counts"]["pages"]) == ("queued", 0)
        await pretended.started()
        assert pretended.errands[0].options == {"max_pages": 3, "delay": "2s"}
        waiting = await server.ask("/api/crawls", "POST", json={"seeds": ["https://b.example/"]})
        assert (await server.ask(place)).json["state"] == "running"
        assert (await server.ask(waiting.headers["Location"])).json["state"] == "queued"
        assert (await server.ask(f"{place}/pause", "POST")).json["state"] == "paused"
        assert (await server.ask(f"{place}/resume", "POST")).json["state"] == "running"
        changed = await server.ask(place, "PATCH", json={"delay": 5, "scope": "domain"})
        assert changed.json["options"] == {"max_pages": 3, "delay": 5, "scope": "domain"}
        await pretended.started(2)
        assert pretended.errands[1].options["delay"] == 5
        assert (await server.ask(f"{place}/stop", "POST")).status == 200
        await pretended.started(3)
        assert (await server.ask(place)).json["state"] == "stopped"
        assert (await server.ask(f"{place}/pause", "POST")).status == 409
        listed = (await server.ask("/api/crawls")).json["items"]
        assert [each["state"] for each in listed] == ["running", "stopped"]
        assert (await server.ask("/api/crawls/000000000000")).status == 404
    assert pretended.told == ["pause", "resume", "stop", "stop", "stop"]
    assert pretended.workers[2].is_gone


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"seeds": []},
        {"seeds": "https://example.org/"},
        {"seeds": [7]},
        {"seeds": ["ftp://example.org/"]},
        {"seeds": ["/etc/passwd"]},
        {"seeds": [OWN], "max_page": 1},
        {"seeds": [OWN], "max_pages": -1},
        {"seeds": [OWN], "max_pages": "many"},
        {"seeds": [OWN], "scope": "world"},
        {"seeds": [OWN], "include": "("},
        {"seeds": [OWN], "cookies": "/etc/passwd"},
        {"seeds": [OWN], "ca": "/etc/passwd"},
        {"seeds": [OWN], "rules": "/etc/passwd"},
        {"seeds": ['{"url": "https://a.example/", "body": "x"}']},
    ],
)
async def test_what_is_no_crawl_is_refused(tmp_path: Path, value: object) -> None:
    async with served(tmp_path / "out", Pretended()) as server:
        said = await server.ask("/api/crawls", "POST", json=value)
        assert said.status == 400
        assert said.headers["Content-Type"] == "application/problem+json"
        assert set(said.json) == {"type", "title", "status", "detail", "instance"}
        assert (await server.ask("/api/crawls")).json["items"] == []


async def test_what_is_refused_is_said_by_name_and_stands_in_the_document(tmp_path: Path) -> None:
    of_the_line = {str(each.name) for each in command.params} - OPTION_NAMES - {"seeds"}
    async with served(tmp_path / "out", Pretended()) as server:
        asks = (await server.ask("/openapi.json")).json["components"]["schemas"]["CrawlRequest"]
        manual = (Path(__file__).parents[2] / "docs" / "serve.md").read_text(encoding="utf-8")
        for name, why in [
            *((name, "command line alone") for name in sorted(of_the_line)),
            *((name, "names a file") for name in ("ca", "cookies", "rules")),
        ]:
            said = await server.ask("/api/crawls", "POST", json={"seeds": [OWN], name: "x"})
            assert (said.status, said.json["detail"].split()[0]) == (400, name)
            assert why in said.json["detail"]
            assert f"`{name}`" in asks["description"]
            assert f"`{name}`" in manual


async def test_lists_and_events_show_the_first_seeds_of_many(tmp_path: Path) -> None:
    seeds = [f"https://{number}.example/" for number in range(10_000)]
    async with served(tmp_path / "out", Pretended()) as server:
        made = await server.ask("/api/crawls", "POST", json={"seeds": seeds})
        assert (made.json["seeds"], made.json["seed_count"]) == (seeds, 10_000)
        (listed,) = (await server.ask("/api/crawls")).json["items"]
        assert (listed["seeds"], listed["seed_count"]) == (seeds[:10], 10_000)
        (sampled,) = (await server.app[WATCHING].sample())["crawls"]
        assert (sampled["seeds"], sampled["seed_count"]) == (seeds[:10], 10_000)
        assert (await server.ask(made.headers["Location"])).json["seeds"] == seeds


async def test_a_request_has_one_name_everywhere(output: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "crawler")
    async with served(output) as server:
        said = await server.ask("/api/nothing?token=secret")
        assert said.json["instance"] == f"urn:request:{said.headers['X-Request-ID']}"
        given = await server.ask("/healthz", headers={"X-Request-ID": "from-a-proxy-1"})
        assert given.headers["X-Request-ID"] == "from-a-proxy-1"
        forged = await server.ask("/healthz", headers={"X-Request-ID": "a b"})
        assert forged.headers["X-Request-ID"] != "a b"
        assert said.headers["Server-Timing"].startswith("app;dur=")
    lines = [record.getMessage() for record in caplog.records if "/api/nothing" in record.getMessage()]
    assert len(lines) == 1
    assert said.headers["X-Request-ID"] in lines[0]
    assert "secret" not in caplog.text


async def test_a_page_that_is_not_there_helps(output: Path) -> None:
    async with served(output) as server:
        said = await server.ask("/nothing", headers={"Accept": "text/html"})
        assert said.status == 404
        assert 'action="/search"' in said.text
        posted = await server.ask("/pages", "POST")
        assert (posted.status, posted.headers["Allow"]) == (405, "GET,HEAD")


async def test_files_of_the_pages_are_cached_by_their_content(output: Path) -> None:
    async with served(output) as server:
        first = await server.ask("/assets/watch.js")
        again = await server.ask("/assets/watch.js", headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status, again.status, again.body) == (200, 304, b"")
        assert (await server.ask("/assets/..%2fkeys.py")).status == 404
        assert (await server.ask("/favicon.ico")).headers["Content-Type"] == "image/svg+xml"


async def test_a_client_that_leaves_costs_nothing(output: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with served(output) as server:
        for _ in range(20):
            answer = await server.client.get(f"{server.url}api/events")
            answer.close()
        while "crawler_watchers 0" not in (await server.ask("/metrics")).text:
            await asyncio.sleep(0)
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


async def test_a_list_of_all_states_says_so(output: Path) -> None:
    async with served(output) as server:
        assert '<option value="">all</option>' in (await server.ask("/urls")).text
        assert (await server.ask("/urls?state=&host=")).text.count("<tr>") > 3
        assert "<option selected>done" in (await server.ask("/urls?state=done")).text
        assert (await server.ask("/urls?state=odd")).status == 400
