import asyncio
import gzip
import logging
from contextlib import suppress

import aiohttp
import pytest
import yarl
from aiohttp.test_utils import TestClient, TestServer

from crawler.practice.application import ASKS, CATALOG, LAST_MODIFIED, REQUESTS, make_app
from crawler.practice.options import PracticeOptions
from crawler.practice.serving import PracticeSite, serve
from crawler.practice.truth import truth
from tests.practice.conftest import QUICK

CABLE = b"GET /wrecks/cable HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


async def get(session: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    async with session.get(yarl.URL(url, encoded=True), headers=headers, allow_redirects=False) as response:
        return response.status, await response.read(), dict(response.headers)


async def raw(site: PracticeSite, request: bytes) -> bytes:
    port = yarl.URL(site.url).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_every_page_and_requisite_is_unchanged_for_who_has_it(
    site: PracticeSite, session: aiohttp.ClientSession
) -> None:
    expected = truth(site.url, QUICK)
    healing = {site.url + "wrecks/" + name for name in ("doctor", "cable", "half", "drip")}
    for url in (expected.pages | expected.requisites | expected.documents | expected.manifests) - healing:
        status, _, headers = await get(session, url)
        assert status == 200, url
        status, body, again = await get(session, url, **{"If-None-Match": headers["Etag"]})
        assert (status, body, again["Etag"]) == (304, b"", headers["Etag"]), url


async def test_a_date_alone_is_enough_and_another_tag_beats_it(
    site: PracticeSite, session: aiohttp.ClientSession
) -> None:
    assert (await get(session, site.url, **{"If-Modified-Since": LAST_MODIFIED}))[0] == 304
    assert (await get(session, site.url, **{"If-Modified-Since": "Fri, 01 Oct 2021 08:00:00 GMT"}))[0] == 200
    both = {"If-Modified-Since": LAST_MODIFIED, "If-None-Match": '"other"'}
    assert (await get(session, site.url, **both))[0] == 200


@pytest.mark.parametrize(("path", "status", "location"), [
    ("light-list", 301, "/lights/"), ("today", 302, "/logbook/?page=2"), ("ferry", 307, "{}about"),
    ("tower", 308, "/lights/long-tom#log"), ("moved/petrel-2", 301, "petrel-3"), ("moved/mainland", 302, "http://127.0.0.1:9/"),
    ("pictures/old-beacon.svg", 301, "/pictures/beacon.svg"),
])  # fmt: skip
async def test_redirect(
    site: PracticeSite, session: aiohttp.ClientSession, path: str, status: int, location: str
) -> None:
    found, _, headers = await get(session, site.url + path)
    assert (found, headers["Location"]) == (status, location.format(site.url))


async def test_the_chain_ends_at_the_lightship_and_the_loop_does_not_end(
    site: PracticeSite, session: aiohttp.ClientSession
) -> None:
    async with session.get(site.url + "moved/petrel") as response:
        assert [len(response.history), str(response.url)] == [3, site.url + "lights/petrel"]
    with pytest.raises(aiohttp.TooManyRedirects):
        await session.get(site.url + "moved/round")


async def test_types_and_codings_that_lie(site: PracticeSite, session: aiohttp.ClientSession) -> None:
    assert "Content-Type" not in (await get(session, site.url + "wrecks/unlabelled"))[2]
    assert (await get(session, site.url + "wrecks/mislabelled"))[2]["Content-Type"].startswith("text/plain")
    assert (await get(session, site.url + "pictures/mislabelled.jpg"))[1].startswith(b"\x89PNG")
    assert (await get(session, site.url + "fog"))[1] == b""
    async with aiohttp.ClientSession(auto_decompress=False) as plain:
        _, body, headers = await get(plain, site.url + "wrecks/pressed", **{"Accept-Encoding": "identity"})
        assert headers["Content-Encoding"] == "gzip"
        assert b"The pressed papers" in gzip.decompress(body)


async def test_letters_other_than_utf8(site: PracticeSite, session: aiohttp.ClientSession) -> None:
    _, latin, headers = await get(session, site.url + "keepers/andr%C3%A9")
    assert headers["Content-Type"].endswith("ISO-8859-1")
    assert "?from=andré".encode("latin-1") in latin
    _, japanese, headers = await get(session, site.url + "visitors/yokohama")
    assert headers["Content-Type"] == "text/html"
    assert "横浜".encode("shift_jis") in japanese
    late = (await get(session, site.url + "logbook/1911"))[1]
    assert late.index(b"<meta charset") > 1024


async def test_robots_and_sitemaps_name_the_server_as_it_was_asked(
    site: PracticeSite, session: aiohttp.ClientSession
) -> None:
    robots = (await get(session, site.url + "robots.txt"))[1].decode()
    assert f"Sitemap: {site.url}sitemap.xml\n" in robots
    assert "Crawl-delay" not in robots
    attic = gzip.decompress((await get(session, site.url + "sitemaps/attic.xml.gz"))[1])
    assert f"<loc>{site.url}keepers/the-cat</loc>".encode() in attic


async def test_a_host_header_is_never_copied_into_a_page_unread(site: PracticeSite) -> None:
    answer = await raw(site, b'GET / HTTP/1.1\r\nHost: a"><script>\r\nConnection: close\r\n\r\n')
    assert b'a"><script>' not in answer
    assert b"http://localhost/lights/hobs-finger" in answer


async def test_crawl_delay_is_said_when_asked_for(session: aiohttp.ClientSession) -> None:
    async with serve(options=PracticeOptions(crawl_delay_seconds=0.5)) as site:
        assert b"\nCrawl-delay: 0.5\n" in (await get(session, site.url + "robots.txt"))[1]


async def test_head_and_other_methods(site: PracticeSite, session: aiohttp.ClientSession) -> None:
    async with session.head(site.url) as response:
        assert (response.status, await response.read()) == (200, b"")
    async with session.post(site.url) as response:
        assert response.status == 405
    assert [(asked.method, asked.status) for asked in site.requests] == [("HEAD", 200), ("POST", 405)]


async def test_troubles_heal_after_as_many_asks_as_said(session: aiohttp.ClientSession) -> None:
    options = PracticeOptions(failing_asks=2, reset_asks=2, truncated_asks=2, retry_after_seconds=7)
    async with serve(options=options) as site:
        for _ in range(2):
            status, _, headers = await get(session, site.url + "wrecks/doctor")
            assert (status, headers["Retry-After"]) == (503, "7")
            # By hand: the client of aiohttp asks a second time by itself after a reset.
            with pytest.raises(ConnectionResetError):
                await raw(site, CABLE)
            with pytest.raises(aiohttp.ClientPayloadError):
                await get(session, site.url + "wrecks/half")
        for name in ("doctor", "cable", "half"):
            assert (await get(session, f"{site.url}wrecks/{name}"))[0] == 200
        cable = [asked.status for asked in site.requests if asked.target == "/wrecks/cable"]
        assert cable == [0, 0, 200]


async def test_troubles_that_never_heal(session: aiohttp.ClientSession) -> None:
    options = PracticeOptions(failing_asks=None, reset_asks=None, truncated_asks=None)
    async with serve(options=options) as site:
        for _ in range(4):
            assert (await get(session, site.url + "wrecks/doctor"))[0] == 503
            with pytest.raises(aiohttp.ClientError):
                await get(session, site.url + "wrecks/cable")
            with pytest.raises(aiohttp.ClientPayloadError):
                await get(session, site.url + "wrecks/half")


async def test_troubles_leave_no_trace_in_log_or_stderr(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serve(
        options=PracticeOptions(reset_asks=None, truncated_asks=None, drip_seconds=0.05)
    ) as site:
        async with aiohttp.ClientSession() as session:
            for name in ("cable", "half", "nowhere"):
                try:
                    await get(session, f"{site.url}wrecks/{name}")
                except aiohttp.ClientError:
                    continue
            response = await session.get(site.url + "wrecks/drip")
            response.close()
        await raw(site, b"not HTTP at all\r\n\r\n")
    assert not [
        record for record in caplog.records if record.levelno >= logging.WARNING and record.name != "asyncio"
    ]
    assert capfd.readouterr().err == ""


async def test_asks_are_counted_in_the_application_and_nowhere_else() -> None:
    one, two = make_app(), make_app()
    async with TestClient(TestServer(one)) as client:
        await client.get("/wrecks/doctor")
        await client.get("/never/heard-of")
        assert one[ASKS] == {"/wrecks/doctor": 1}
        assert [asked.target for asked in one[REQUESTS]] == ["/wrecks/doctor", "/never/heard-of"]
    assert not two[ASKS]
    assert one[CATALOG].keys() == two[CATALOG].keys()
