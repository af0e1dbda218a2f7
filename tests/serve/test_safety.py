"""Rows 191 to 204 of the faults: what hostile pages, sites and clients must not get out of the server."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crawler.errors import UsageError
from crawler.serve.authority import COOKIE
from crawler.serve.keys import BOXES
from crawler.serve.settings import ServeSettings
from tests.serve.conftest import EVIL
from tests.serve.serving import TOKEN, Pretended, Served, served
from tests.web import OWN

STRANGE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


async def test_191_archived_pages_have_a_box_and_a_name_of_their_own(output: Path) -> None:
    async with served(output) as server:
        for path in (f"/now/{OWN}", f"/now/{OWN}a", "/dump/index.html", "/now/http://none.example/"):
            said = await server.archived(path)
            policy = said.headers["Content-Security-Policy"]
            assert "sandbox allow-scripts allow-forms;" in policy
            assert "allow-same-origin" not in policy
            assert said.headers["X-Content-Type-Options"] == "nosniff"
            assert "Set-Cookie" not in said.headers
        # Neither does the key open anything at our own name, nor our paths anything at the other.
        for path in ("/", "/api/status", "/healthz", "/api/crawls", "/assets/watch.js", f"/now/{OWN}"):
            assert (await server.ask(path, host=server.archive)).status == 404
        assert (await server.ask(f"/wrong-key/now/{OWN}", host=server.archive)).status == 404
        assert (await server.archived("/../api/status")).status == 404
        assert (await server.archived("/api/crawls", method="POST", json={"seeds": [OWN]})).status == 405
        assert (await server.ask("/api/crawls")).json["items"] == []


async def test_191_whatever_a_page_names_leads_into_the_archive(output: Path) -> None:
    async with served(output) as server:
        said = await server.archived(f"/now/{OWN}")
        root = said.text.split('href="')[1].split("/now/")[0]
        led = re.findall(r'(?:src|href)="([^"]+)"', said.text)
        assert [each for each in led if not each.startswith(f"{root}/now")] == []
        assert f'src="{root}/nowe/{OWN}f"' in said.text
        assert f'href="{root}/now/http://else.example/"' in said.text
        older = await server.archived(f"/1990/{OWN}a")
        assert "first words" in older.text
        assert f"url={root}/1990/" in older.text
        assert "<base href" not in older.text.lower()
        assert (await server.archived("/now/http://else.example/")).status == 404
        moved = await server.archived(f"/now/{OWN}moved")
        assert (moved.status, moved.headers["Location"]) == (302, f"{root}/now/{OWN}b")


async def test_192_what_a_site_says_is_escaped_everywhere(output: Path) -> None:
    async with served(output) as server:
        for path in (
            "/pages",
            "/search?q=alert",
            "/urls",
            "/changes",
            f"/why?url={OWN}a",
            f"/search?q={EVIL}",
            f"/view/now/{OWN}a",
        ):
            said = await server.ask(path)
            assert said.status == 200
            assert EVIL not in said.text
        for path in (f"/{EVIL}", f"/api/{EVIL}", f"/view/{EVIL}"):
            said = await server.ask(path)
            assert said.status in {400, 404}
            assert EVIL not in said.text
        listed = await server.ask("/api/captures")
        assert listed.headers["Content-Type"] == "application/json; charset=utf-8"
        assert listed.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        *("../crawl.db", "..%2fcrawl.db", "..%2f..%2fetc/passwd", "%2e%2e/crawl.db", "%252e%252e/crawl.db"),
        *("crawl.db", "crawl.log", ".lock", "search.db", "archive/index.cdxj", "/etc/passwd", "//etc/passwd"),
        *("mirror/..\\..\\crawl.db", "mirror/%5c..%5ccrawl.db", "mirror/a%00.html", "mirror/.hidden"),
        *("mirror/link.html", "mirror/folder/passwd", "mirror/./x", "mirror//x", "mirror", "%ff%fe"),
    ],
)
async def test_193_nothing_but_the_dump_is_served(output: Path, path: str) -> None:
    (output / "mirror/link.html").symlink_to("/etc/passwd")
    (output / "mirror/folder").symlink_to("/etc")
    (output / "mirror/.hidden").write_text("secret")
    async with served(output) as server:
        assert (await server.archived(f"/dump/{path}")).status == 404
        assert (await server.ask(f"/{path}")).status in {404, 400}
        assert (await server.ask(f"/assets/{path}")).status == 404


async def test_193_the_dump_itself_is(output: Path) -> None:
    async with served(output) as server:
        start = await server.archived("/dump/index.html")
        assert (start.status, start.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        page = await server.archived("/dump/mirror/127.0.0.1_8000/index.html")
        assert (page.status, page.headers["Content-Type"]) == (200, "text/html")


async def test_191_an_archived_page_reads_its_own_site_alone(output: Path) -> None:
    other = "http://other.example/"
    async with served(output) as server:
        own = await server.archived(f"/now/{OWN}a", headers={"Sec-Fetch-Dest": "empty"})
        assert own.headers["Access-Control-Allow-Origin"] == "null"
        # Another site's script asks for the same page.
        foreign = await server.archived(f"/now/{OWN}a", other, headers={"Sec-Fetch-Dest": "empty"})
        assert "Access-Control-Allow-Origin" not in foreign.headers
        untold = await server.archived(f"/now/{OWN}a", other)
        assert "Access-Control-Allow-Origin" not in untold.headers
        used = await server.archived(f"/now/{OWN}i.png", other, headers={"Sec-Fetch-Dest": "font"})
        assert used.headers["Access-Control-Allow-Origin"] == "null"
        dump = await server.archived("/dump/index.html", headers={"Sec-Fetch-Dest": "empty"})
        assert "Access-Control-Allow-Origin" not in dump.headers


async def test_191_a_page_is_shown_in_the_box_of_its_site(output: Path) -> None:
    async with served(output) as server:
        for destination in ("iframe", "document"):
            headers = {"Sec-Fetch-Dest": destination}
            led = await server.archived(f"/now/{OWN}a", "http://other.example/", headers=headers)
            assert (led.status, led.headers["Location"]) == (302, f"{server.app[BOXES].root(OWN)}/now/{OWN}a")
            assert (await server.archived(f"/now/{OWN}a", headers=headers)).status == 200


async def test_191_without_a_name_of_their_own_the_box_tells_archived_pages(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As beyond loopback, where no test listens.
    monkeypatch.setattr(ServeSettings, "shows_archive_at", None)
    async with served(output, token=TOKEN) as server:
        path = f"{server.app[BOXES].root(OWN, 'view')}/now/{OWN}a"
        assert (await server.ask(path)).status == 200
        assert (await server.ask(f"/x{path}")).status == 303
        framed = await server.ask(f"/view/now/{OWN}a", headers=BEARER)
        source = re.search(r'src="https?://[^/"]+([^"]+)"', framed.text)
        assert source is not None
        assert (await server.ask(source[1])).status == 200


async def test_191_a_page_that_would_fill_a_window_is_put_into_a_frame(output: Path) -> None:
    """Nothing else keeps its script from leading the window to the live web."""
    window = {"Sec-Fetch-Dest": "document"}
    async with served(output) as server:
        root = server.app[BOXES].root(OWN)
        said = await server.archived(f"/now/{OWN}a", headers=window)
        assert f'<iframe src="{root}/nowe/{OWN}a" sandbox="allow-scripts allow-forms"' in said.text
        assert "second words" not in said.text
        dump = await server.archived("/dump/index.html", "", headers=window)
        assert "/dump/index.html?framed" in dump.text
        framed = await server.archived("/dump/index.html?framed", "", headers={"Sec-Fetch-Dest": "iframe"})
        assert "<iframe" not in framed.text


async def test_191_a_form_leads_to_archived_pages_alone(output: Path) -> None:
    async with served(output) as server:
        root = server.app[BOXES].root(OWN)
        policy = (await server.archived(f"/now/{OWN}a")).headers["Content-Security-Policy"]
        assert f" form-action http://{server.archive}{root}/;" in policy
        nothing = await server.archived("/now/http://none.example/")
        assert " form-action 'none';" in nothing.headers["Content-Security-Policy"]
        made_up = await server.ask(f"{root};script-src%20*/now/{OWN}a", host=server.archive)
        assert " form-action 'none';" in made_up.headers["Content-Security-Policy"]


async def test_a_page_that_reads_its_query_is_shown_with_any(output: Path) -> None:
    async with served(output) as server:
        for destination, status in (("iframe", 200), ("empty", 404), ("image", 404)):
            headers = {"Sec-Fetch-Dest": destination}
            assert (await server.archived(f"/now/{OWN}a?q=word", headers=headers)).status == status
            assert (await server.archived(f"/now/{OWN}none?q=word", headers=headers)).status == 404
            assert (await server.archived(f"/now/{OWN}moved?q=word", headers=headers)).status == 404
        view = await server.ask(f"/view/now/{OWN}a?q=word")
        assert ", without its query</b>" in view.text


async def test_194_lists_have_an_end(output: Path) -> None:
    async with served(output) as server:
        for limit in ("0", "1001", "-1", "x", "1" * 40):
            assert (await server.ask(f"/api/urls?limit={limit}")).status == 400


@pytest.mark.parametrize(
    ("asked", "status", "size"),
    [
        ("bytes=0-3", 206, 4),
        ("bytes=-4", 206, 4),
        ("bytes=200-", 206, 4),
        ("bytes=0-99999999999999999999", 416, None),
        ("bytes=9-1", 416, None),
        ("bytes=204-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=-", 416, None),
        ("bytes=" + ",".join(["0-1"] * 1000), 416, None),
        ("lines=1-2", 200, 204),
    ],
)
async def test_195_one_stretch_or_none(output: Path, asked: str, status: int, size: int | None) -> None:
    async with served(output) as server:
        said = await server.archived(f"/now/{OWN}i.png", headers={"Range": asked})
    assert said.status == status
    if size is not None:
        assert len(said.body) == size


async def test_196_large_bodies_are_refused_early(tmp_path: Path) -> None:
    async with served(tmp_path / "out", Pretended(), max_body_bytes=1000) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"POST /api/crawls HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 10000000000\r\n\r\n"
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
        writer.transport.abort()

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"[" * 1000

        said = await server.ask(
            "/api/crawls", "POST", data=endless(), headers={"Content-Type": "application/json"}
        )
        assert said.status == 413


async def test_197_who_says_nothing_is_shown_out(tmp_path: Path) -> None:
    async with served(tmp_path / "out", patience_seconds=0.1, max_connections=5) as server:
        slow = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(4)]
        for _, writer in slow[1:]:
            writer.write(b"GET / HTTP/1.1\r\nX-Slow: 1")
        for reader, writer in slow:
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
            writer.close()
        assert (await server.ask("/healthz")).status == 200
        said = await server.ask(
            "/api/crawls", "POST", data=_never(), headers={"Content-Type": "application/json"}
        )
        assert said.status == 408


async def test_197_there_is_room_for_so_many(tmp_path: Path) -> None:
    async with served(tmp_path / "out", max_connections=3) as server:
        held = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(3)]
        refused, refused_writer = await asyncio.open_connection("127.0.0.1", server.port)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await refused.readexactly(1)
        for writer in (refused_writer, *(each for _, each in held)):
            writer.close()


async def _never() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.Event().wait()


async def test_198_another_site_changes_nothing(tmp_path: Path) -> None:
    async with served(tmp_path / "out", Pretended()) as server:
        body = {"seeds": [OWN]}
        for headers in (
            STRANGE,
            {"Origin": "null"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": f"http://{server.archive}"},
        ):
            assert (await server.ask("/api/crawls", "POST", json=body, headers=headers)).status == 403
        # What a form of another site can send without being asked.
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            said = await server.ask(
                "/api/crawls", "POST", data=json.dumps(body), headers={"Content-Type": kind}
            )
            assert said.status == 415
        assert (await server.ask("/api/crawls")).json["items"] == []
        own = {"Origin": server.url.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        made = await server.ask("/api/crawls", "POST", json=body, headers=own)
        assert made.status == 201
        for action in ("pause", "resume", "stop"):
            assert (await server.ask(f"{made.headers['Location']}/{action}")).status == 405


async def test_198_only_allowed_origins_may_share(tmp_path: Path) -> None:
    origin = "https://desk.example"
    async with served(tmp_path / "out", Pretended(), token=TOKEN, allow_origins=(origin,)) as server:
        asking = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        preflight = await server.ask("/api/crawls", "OPTIONS", headers=asking)
        assert (preflight.status, preflight.headers["Access-Control-Allow-Origin"]) == (204, origin)
        said = await server.ask("/api/crawls", headers={"Origin": origin, **BEARER})
        assert (said.status, said.headers["Access-Control-Allow-Origin"]) == (200, origin)
        assert "Access-Control-Allow-Credentials" not in said.headers
        other = await server.ask("/api/crawls", headers={"Origin": "https://evil.example", **BEARER})
        assert "Access-Control-Allow-Origin" not in other.headers
        made = await server.ask(
            "/api/crawls",
            "POST",
            json={"seeds": [OWN]},
            headers={"Origin": origin, "Sec-Fetch-Site": "cross-site", **BEARER},
        )
        assert made.status == 201


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil", "a b", ""]
)
async def test_199_other_names_are_not_ours(output: Path, host: str) -> None:
    async with served(output) as server:
        for path in ("/", "/api/status", "/healthz"):
            assert (await server.ask(path, host=host)).status in {400, 421}
        assert (await server.ask("/", host=f"localhost:{server.port}")).status == 200


async def test_200_without_the_token_nothing_is_told(output: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with served(output, token=TOKEN) as server:
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Basic {TOKEN}"},
            {"Cookie": f"{COOKIE}=x"},
        ):
            said = await server.ask("/api/status", headers=headers)
            assert (said.status, said.json["status"]) == (401, 401)
            assert said.headers["WWW-Authenticate"].startswith("Bearer")
        assert (await server.ask(f"/api/status?token={TOKEN}")).status == 401
        assert (await server.ask("/api/status", headers=BEARER)).status == 200
        assert (await server.ask("/metrics")).status == 401
        assert (await server.ask("/healthz")).status == 200
        led = await server.ask("/pages?host=a")
        assert (led.status, led.headers["Location"]) == (303, "/login?next=/pages?host%3Da")
    assert TOKEN not in caplog.text.replace(f"token={TOKEN}", "")
    assert "?token=" not in caplog.text


async def test_200_people_sign_in_and_out(output: Path) -> None:
    async with served(output, token=TOKEN) as server:
        wrong = await server.ask("/login", "POST", data={"token": "wrong", "next": "/urls"})
        assert wrong.status == 401
        right = await server.ask("/login", "POST", data={"token": TOKEN, "next": "//evil.example/"})
        assert (right.status, right.headers["Location"]) == (303, "/")
        cookie = right.headers["Set-Cookie"]
        assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/"))
        assert TOKEN not in cookie
        session = {"Cookie": cookie.partition(";")[0]}
        server.client.cookie_jar.clear()
        assert (await server.ask("/pages", headers=session)).status == 200
        assert (await server.ask("/pages", headers={**session, **STRANGE})).status == 200
        assert (await server.ask("/logout", "POST", headers={**session, **STRANGE})).status == 403
        assert (await server.ask("/logout", "POST", headers=session)).status == 303
        assert (await server.ask("/pages", headers=session)).status == 303


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"[",
            b"[" * 100_000,
            b'{"seeds": NaN}',
            b'{"seeds": Infinity}',
            b"[]",
            b"7",
            b'"x"',
            b"\xff\xfe",
        ),
        *(b'{"seeds": ["http://a.example/"], "max_pages": ' + b"9" * 5000 + b"}", b'{"seeds": null}'),
        *(b'{"seeds": ["http://a.example/"], "seeds": ["http://b.example/"]}', b'{"seeds": ["\\ud800"]}'),
        *(b'{"seeds": ["http://a.example/"], "max_pages": 1e999}', b'{"seeds": {"a": 1}}'),
        *(
            b'{"seeds": ["http://a.example/\\u0000"], "scope": {}}',
            b'{"seeds": ["http://a.example/"], "host": 3}',
        ),
        b'{"seeds": ["http://a.example/"], "max_pages": 123456789012345678901234}',
    ],
)
async def test_201_odd_json_is_refused_in_a_line(tmp_path: Path, body: bytes) -> None:
    async with served(tmp_path / "out", Pretended()) as server:
        said = await server.ask(
            "/api/crawls", "POST", data=body, headers={"Content-Type": "application/json"}
        )
        assert said.status == 400
        assert "Traceback" not in said.text
        assert "\n" not in said.json["detail"]


async def test_203_a_file_that_is_replaced_is_old_or_new(output: Path) -> None:
    path = output / "mirror/127.0.0.1_8000/index.html"
    contents = [bytes([letter]) * 3_000_000 for letter in b"ab"]
    path.write_bytes(contents[0])

    async def replace(server: Served) -> None:
        for turn in range(10):
            part = path.with_name("part")
            part.write_bytes(contents[turn % 2])
            part.replace(path)
            await asyncio.sleep(0)

    async with served(output) as server:
        replacing = asyncio.create_task(replace(server))
        asked = [server.archived("/dump/mirror/127.0.0.1_8000/index.html") for _ in range(10)]
        said = await asyncio.gather(*asked)
        await replacing
    assert all(each.body in contents for each in said)


async def test_204_no_archived_header_is_repeated(output: Path) -> None:
    async with served(output) as server:
        said = await server.archived(f"/now/{OWN}")
    for name in ("Set-Cookie", "Clear-Site-Data", "Strict-Transport-Security"):
        assert name not in said.headers
    assert "default-src *" not in said.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "seed",
    [
        *(
            "http://127.0.0.1:8000/",
            "http://localhost/",
            "http://[::1]/",
            "http://10.0.0.1/",
            "http://2130706433/",
        ),
        *("http://169.254.169.254/", "http://0x7f.1/", "http://a.localhost/", "http://example.org:22/"),
    ],
)
async def test_private_seeds_only_where_that_was_allowed(tmp_path: Path, seed: str) -> None:
    terms = {"host": "0.0.0.0", "token": TOKEN}
    async with served(tmp_path / "out", Pretended(), **terms) as server:
        said = await server.ask("/api/crawls", "POST", json={"seeds": [seed]}, headers=BEARER)
        assert (said.status, "--allow-private" in said.json["detail"]) == (400, True)
    pretended = Pretended()
    async with served(tmp_path / "out", pretended, **terms, allow_private=True) as server:
        assert (await server.ask("/api/crawls", "POST", json={"seeds": [seed]}, headers=BEARER)).status == 201
        await pretended.started()
    assert pretended.errands[0].opens_seeds


async def test_what_would_open_private_addresses_otherwise_is_refused_too(tmp_path: Path) -> None:
    pretended = Pretended()
    async with served(tmp_path / "out", pretended, host="0.0.0.0", token=TOKEN) as server:
        for more in (
            {"allow_private": ["10.0.0.0/8"]},
            {"proxy": "http://10.0.0.1:3128"},
            {"login": {"url": "http://10.0.0.1/", "fields": {"a": "b"}}},
        ):
            body = {"seeds": ["https://example.org/"], **more}
            assert (await server.ask("/api/crawls", "POST", json=body, headers=BEARER)).status == 400
        body = {"seeds": ["https://me:secret@example.org/"], "auth": "you:secret@example.org"}
        made = await server.ask("/api/crawls", "POST", json=body, headers=BEARER)
        assert made.status == 201
        assert "secret" not in made.text
        await pretended.started()
    assert not pretended.errands[0].opens_seeds


@pytest.mark.parametrize(
    "terms",
    [
        {"host": "0.0.0.0"},
        {"host": "192.0.2.1"},
        {"host": ""},
        {"token": "short"},
        {"port": 70_000},
        {"token": "\n" * 20},
    ],
)
def test_others_reach_us_with_a_good_token_alone(terms: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        ServeSettings(**terms)  # type: ignore[arg-type]
