"""The client against servers on loopback that say what no framework would."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer
from aioresponses import aioresponses

from crawler.clock import SystemClock
from crawler.coding import ACCEPTED_CODINGS
from crawler.errors import PermanentError, SiteError, UsageError
from crawler.exchange import Head, Request
from crawler.fetch.answer import Answer
from crawler.fetch.client import Client
from crawler.fetch.guard import AddressGuard
from crawler.model import Decision
from crawler.options import FetchOptions
from tests.fetch.asking import AGENT, Open, failure, header_of
from tests.servers import OK, FakeResolver, Line, raw_site, reply, replying, reset_after

REFUSED = Decision(accepted=False, rule="type")


class TestAnswers:
    async def test_a_page(self, client: Open) -> None:
        async with raw_site(replying(OK)) as site, client() as asking:
            response = await asking.fetch(Request(url=site.url("/a?b=c")))
        assert (response.status, response.reason, response.protocol) == (200, "OK", "HTTP/1.1")
        assert response.body.read() == response.wire.read() == b"ok"
        assert response.header("content-type") == "text/html"
        assert response.head.headers == (("Content-Length", "2"), ("Content-Type", "text/html"))
        assert response.request_line == "GET /a?b=c HTTP/1.1"
        assert site.requests[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
        assert response.address == "127.0.0.1"
        assert response.url == site.url("/a?b=c")
        assert 0 <= response.latency_seconds <= response.ended_at - response.started_at < 5

    @pytest.mark.parametrize(
        "status", ["404 Not Found", "500 Oops", "410 Gone", "999 Request denied", "403 x"]
    )
    async def test_any_status_is_an_answer(self, client: Open, status: str) -> None:
        async with (
            raw_site(replying(reply("Content-Length: 3", body=b"bad", status=status))) as site,
            client() as asking,
        ):
            response = await asking.fetch(Request(url=site.url()))
        assert f"{response.status} {response.reason}" == status
        assert response.body.read() == b"bad"

    async def test_a_redirect_is_not_followed(self, client: Open) -> None:
        answer = reply("Location: /elsewhere", "Content-Length: 0", status="301 Moved Permanently")
        async with raw_site(replying(answer)) as site, client() as asking:
            response = await asking.fetch(Request(url=site.url()))
        assert (response.status, response.header("location")) == (301, "/elsewhere")
        assert len(site.requests) == 1

    async def test_hints_before_the_answer_are_passed_over(self, client: Open) -> None:
        early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        async with raw_site(replying(early + OK)) as site, client() as asking:
            response = await asking.fetch(Request(url=site.url()))
        assert (response.status, response.body.read()) == (200, b"ok")

    async def test_the_target_is_sent_as_it_is_written_but_for_stray_percent_signs(
        self, client: Open
    ) -> None:
        async with raw_site(replying(OK)) as site, client() as asking:
            response = await asking.fetch(Request(url=site.url("/a|b%41%zz/../c?q=%E9&r='[x]")))
        assert site.requests[0].split(b"\r\n")[0] == b"GET /a|b%41%25zz/../c?q=%E9&r='[x] HTTP/1.1"
        assert response.request_line == "GET /a|b%41%25zz/../c?q=%E9&r='[x] HTTP/1.1"

    async def test_a_legal_header_of_18_kilobytes_passes(self, client: Open) -> None:
        async with (
            raw_site(replying(reply("X-Long: " + "x" * 18_000, "Content-Length: 0"))) as site,
            client() as asking,
        ):
            response = await asking.fetch(Request(url=site.url()))
        assert response.header("x-long") == "x" * 18_000


class TestRequests:
    async def test_what_every_request_says(self, client: Open) -> None:
        async with raw_site(replying(OK)) as site, client() as asking:
            response = await asking.fetch(Request(url=site.url()))
        request = site.requests[0]
        assert header_of(request, "User-Agent") == AGENT
        assert header_of(request, "Accept-Encoding") == ACCEPTED_CODINGS
        assert header_of(request, "Host") == f"127.0.0.1:{site.port}"
        assert header_of(request, "Cookie") is None
        sent = [line.partition(": ")[::2] for line in request.decode().split("\r\n")[1:] if line]
        assert list(response.request_headers) == sent

    async def test_own_headers_are_added_and_replace(self, client: Open) -> None:
        headers = (("If-None-Match", '"v1"'), ("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"))
        async with raw_site(replying(OK)) as site, client() as asking:
            await asking.fetch(Request(url=site.url(), headers=(*headers, ("accept", "text/css"))))
        assert header_of(site.requests[0], "If-None-Match") == '"v1"'
        assert header_of(site.requests[0], "If-Modified-Since") == "Sun, 06 Nov 1994 08:49:37 GMT"
        assert header_of(site.requests[0], "Accept") == "text/css"

    async def test_no_more_requests_at_once_than_told(self, client: Open) -> None:
        now = most = 0

        async def slowly(request: web.Request) -> web.Response:
            nonlocal now, most
            now += 1
            most = max(most, now)
            for _ in range(20):
                await asyncio.sleep(0)
            now -= 1
            return web.Response(text="ok")

        app = web.Application()
        app.router.add_get("/{n}", slowly)
        async with TestServer(app) as server, client(concurrency=3) as asking:
            await asyncio.gather(
                *(asking.fetch(Request(url=f"http://127.0.0.1:{server.port}/{n}")) for n in range(30))
            )
        assert most == 3

    async def test_a_failure_gives_its_turn_back(self, client: Open) -> None:
        async with raw_site(replying(b"junk\r\n\r\n")) as site, client(concurrency=1) as asking:
            for _ in range(3):
                assert await failure(asking, site.url(), PermanentError) == "protocol"

    async def test_a_connection_is_used_again(self, client: Open) -> None:
        async def talk(line: Line) -> None:
            while await line.hear():
                await line.say(OK)

        async with raw_site(talk) as site, client() as asking:
            for _ in range(5):
                await asking.fetch(Request(url=site.url()))
        assert (site.connections, len(site.requests)) == (1, 5)


class TestCookies:
    SETS = reply("Set-Cookie: id=1; Path=/", "Set-Cookie: caf=\xc3\xa9", "Content-Length: 0")

    async def cookies_sent(
        self, client: Open, *urls: str, answer: bytes = SETS, **options: Any
    ) -> list[str | None]:
        """What each of the requests for these paths or URLs said."""
        async with raw_site(replying(answer)) as site, client(**options) as asking:
            for url in urls:
                await asking.fetch(Request(url=site.url(url) if url[0] == "/" else site.url(host=url)))
        return [header_of(request, "Cookie") for request in site.requests]

    async def test_what_a_site_sets_it_gets_back(self, client: Open) -> None:
        assert await self.cookies_sent(client, "/", "/a") == [None, "id=1; caf=\xc3\xa9"]

    async def test_an_answer_without_a_body_sets_cookies_too(self, client: Open) -> None:
        for status in ("302 Found", "404 Not Found", "304 Not Modified"):
            answer = self.SETS.replace(b"200 OK", status.encode())
            assert (await self.cookies_sent(client, "/", "/a", answer=answer))[1] is not None

    async def test_another_host_gets_nothing(self, client: Open) -> None:
        resolver = FakeResolver(other_test=[["127.0.0.1"]])
        assert await self.cookies_sent(client, "127.0.0.1", "other.test", resolver=resolver) == [None] * 2

    async def test_another_run_begins_without_them(self, client: Open) -> None:
        for _ in range(2):
            assert await self.cookies_sent(client, "/") == [None]

    async def test_a_file_of_cookies(self, client: Open, tmp_path: Path) -> None:
        (tmp_path / "cookies.txt").write_text("127.0.0.1\tFALSE\t/a\tTRUE\t0\tid\tsesame\n")
        file = str(tmp_path / "cookies.txt")
        assert await self.cookies_sent(client, "/", "/a", answer=OK, cookies=file) == [None, "id=sesame"]

    def test_a_file_that_is_none_is_the_users_fault(self, tmp_path: Path) -> None:
        (tmp_path / "cookies.txt").write_text("junk\n")
        with pytest.raises(UsageError, match=r"cookies\.txt, line 1"):
            Client(FetchOptions(cookies=str(tmp_path / "cookies.txt")), AGENT, AddressGuard(), SystemClock())

    async def test_a_header_of_the_request_stands_beside_them(self, client: Open) -> None:
        async with raw_site(replying(self.SETS)) as site, client() as asking:
            for _ in range(2):
                await asking.fetch(Request(url=site.url(), headers=(("cookie", "id=mine; x=2"),)))
        assert [header_of(each, "Cookie") for each in site.requests] == [
            "id=mine; x=2",
            "id=mine; x=2; caf=\xc3\xa9",
        ]

    async def test_a_flood_and_a_megabyte_end_at_once(self, client: Open) -> None:
        flood = reply(*(f"Set-Cookie: c{n}={n}" for n in range(10_000)), "Content-Length: 0")
        giant = reply("Set-Cookie: id=" + "x" * 1_000_000, "Content-Length: 0")
        for answer in (flood, giant):
            async with raw_site(replying(answer)) as site, client() as asking:
                with suppress(SiteError):
                    await asking.fetch(Request(url=site.url()))


class TestMisdirected:
    """421 (RFC 9110 section 15.5.20): asked once more, on another connection."""

    async def asked(self, client: Open, *statuses: str) -> tuple[int, int, int]:
        """Status that came, connections, requests; the server keeps every connection open."""
        answers = [reply("Content-Length: 0", status=each) for each in statuses]

        async def talk(line: Line) -> None:
            while await line.hear():
                await line.say(answers.pop(0))

        async with raw_site(talk) as site, client() as asking:
            response = await asking.fetch(Request(url=site.url()))
        return response.status, site.connections, len(site.requests)

    async def test_another_connection_may_do(self, client: Open) -> None:
        assert await self.asked(client, "421 Misdirected Request", "200 OK") == (200, 2, 2)

    async def test_and_if_not_that_is_the_answer(self, client: Open) -> None:
        assert await self.asked(client, *["421 Misdirected Request"] * 2) == (421, 2, 2)


class TestLimits:
    async def test_a_refused_body_is_cut_after_its_headers(self, client: Open) -> None:
        seen: list[Head] = []
        hung_up = asyncio.Event()

        def admit(head: Head) -> Decision:
            seen.append(head)
            return REFUSED

        async def talk(line: Line) -> None:
            await line.hear()
            await line.say(reply("Content-Type: video/mp4", "Content-Length: 1000000000", body=b"x" * 1000))
            if await line.hung_up():
                hung_up.set()

        async with raw_site(talk) as site, client() as asking:
            response = await asking.fetch(Request(url=site.url(), admit=admit))
            await asyncio.wait_for(hung_up.wait(), 5)
        assert seen == [response.head]
        assert response.refusal == REFUSED
        assert (response.status, response.wire.read(), response.body.read()) == (200, b"", b"")

    async def test_a_gzip_bomb_is_not_blown_up(self, client: Open) -> None:
        bomb = gzip.compress(bytes(10_000_000))
        answer = reply("Content-Encoding: gzip", f"Content-Length: {len(bomb)}", body=bomb)
        async with raw_site(replying(answer)) as site, client(max_body=100_000) as asking:
            assert len(bomb) < 100_000
            assert await failure(asking, site.url(), PermanentError) == "too_large"

    async def test_a_header_of_200_kilobytes_is_the_sites_fault(self, client: Open) -> None:
        async with raw_site(replying(reply("X-Long: " + "x" * 200_000))) as site, client() as asking:
            assert await failure(asking, site.url(), PermanentError) == "protocol"

    async def test_headers_without_end_are_the_sites_fault(self, client: Open) -> None:
        async with (
            raw_site(replying(reply(*(f"X-{n}: v" for n in range(100_000))))) as site,
            client() as asking,
        ):
            assert await failure(asking, site.url(), PermanentError) == "protocol"


class TestCodings:
    @pytest.mark.parametrize(
        ("coding", "wire"),
        [
            ("gzip", gzip.compress(b"page", mtime=0)),
            ("x-gzip", gzip.compress(b"page", mtime=0)),
            ("deflate", zlib.compress(b"page")),
            ("deflate", zlib.compress(b"page")[2:-4]),
            ("gzip, gzip", gzip.compress(gzip.compress(b"page", mtime=0), mtime=0)),
            ("identity", b"page"),
            ("unheard-of", b"page"),
        ],
    )
    async def test_the_body_is_decoded_and_the_wire_kept(
        self, client: Open, coding: str, wire: bytes
    ) -> None:
        answer = reply(f"Content-Encoding: {coding}", f"Content-Length: {len(wire)}", body=wire)
        async with raw_site(replying(answer)) as site, client() as asking:
            response = await asking.fetch(Request(url=site.url()))
        assert (response.body.read(), response.wire.read()) == (b"page", wire)

    async def test_codings_on_several_lines_are_one_list(self, client: Open) -> None:
        wire = gzip.compress(zlib.compress(b"page"))
        lines = ("Content-Encoding: deflate", "Content-Encoding: gzip", f"Content-Length: {len(wire)}")
        async with raw_site(replying(reply(*lines, body=wire))) as site, client() as asking:
            assert (await asking.fetch(Request(url=site.url()))).body.read() == b"page"

    async def test_a_cut_stream_is_incomplete(self, client: Open) -> None:
        wire = gzip.compress(b"page" * 1000)[:-9]
        answer = reply("Content-Encoding: gzip", f"Content-Length: {len(wire)}", body=wire)
        async with raw_site(replying(answer)) as site, client() as asking:
            assert await failure(asking, site.url()) == "incomplete"


class TestBrokenConnections:
    async def test_nobody_listens(self, client: Open) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            async with client() as asking:
                url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
                assert await failure(asking, url) == "connect"

    async def test_a_connection_closed_as_it_is_used_again_is_replaced(self, client: Open) -> None:
        async def talk(line: Line) -> None:
            await line.hear()
            await line.say(OK)
            if line.nth == 1:
                await line.hear()  # and hangs up
            else:
                await line.hung_up()

        async with raw_site(talk) as site, client() as asking:
            for _ in range(2):
                assert (await asking.fetch(Request(url=site.url()))).status == 200
        assert (site.connections, len(site.requests)) == (2, 3)

    async def test_an_empty_reply_is_asked_for_twice(self, client: Open) -> None:
        async with raw_site(replying(b"")) as site, client() as asking:
            assert await failure(asking, site.url()) == "empty_reply"
        assert len(site.requests) == 2

    async def test_an_empty_reply_may_heal(self, client: Open) -> None:
        async with raw_site(replying(b"", OK)) as site, client() as asking:
            assert (await asking.fetch(Request(url=site.url()))).body.read() == b"ok"
        assert len(site.requests) == 2

    async def test_a_reset_before_the_headers_is_asked_twice(self, client: Open) -> None:
        async with raw_site(reset_after()) as site, client() as asking:
            assert await failure(asking, site.url()) == "connect"
        assert len(site.requests) == 2

    async def test_headers_that_end_early_are_incomplete(self, client: Open) -> None:
        async with raw_site(replying(b"HTTP/1.1 200 OK\r\nContent-Type: te")) as site, client() as asking:
            assert await failure(asking, site.url()) in {"incomplete", "empty_reply"}


class TestGarbage:
    @pytest.mark.parametrize(
        "answer",
        [
            b"I am not a web server\r\n\r\n",
            b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\r\n\r\n",
            b"HTTP/1.1 -1 What\r\n\r\n",
            b"HTTP/1.1 2000000000000000000000 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX: nul\x00nul\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabcde",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5abc\r\n\r\nabcde",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
            b"\x1b[2Jgarbage\r\n\r\n",
        ],
    )
    async def test_it_is_a_breach_of_protocol_and_never_a_status(self, client: Open, answer: bytes) -> None:
        async with raw_site(replying(answer)) as site, client() as asking:
            assert await failure(asking, site.url(), PermanentError) == "protocol"


class TestTimeouts:
    async def test_a_drip_does_not_outlast_the_whole_timeout(self, client: Open) -> None:
        async def talk(line: Line) -> None:
            await line.hear()
            await line.say(reply("Content-Length: 100000"))
            while True:
                await line.say(b".")
                await asyncio.sleep(0.02)

        async with raw_site(talk) as site, client(timeout=0.3, read_timeout=0.2) as asking:
            assert await failure(asking, site.url()) == "timeout"

    async def test_a_drip_of_headers_does_not_either(self, client: Open) -> None:
        async def talk(line: Line) -> None:
            await line.hear()
            await line.say(b"HTTP/1.1 200 OK\r\n")
            while True:
                await line.say(b"A: b\r\n")
                await asyncio.sleep(0.02)

        async with raw_site(talk) as site, client(timeout=0.3, read_timeout=0.2) as asking:
            assert await failure(asking, site.url()) == "timeout"

    async def test_silence_inside_an_answer(self, client: Open) -> None:
        async def talk(line: Line) -> None:
            await line.hear()
            await line.say(reply("Content-Length: 100", body=b"so far"))
            await line.hung_up()

        async with raw_site(talk) as site, client(timeout=60, read_timeout=0.1) as asking:
            assert await failure(asking, site.url()) == "timeout"

    async def test_silence_instead_of_an_answer(self, client: Open) -> None:
        async def talk(line: Line) -> None:
            await line.hung_up()

        async with raw_site(talk) as site, client(timeout=60, read_timeout=0.1) as asking:
            assert await failure(asking, site.url()) == "timeout"
        assert site.connections == 1

    async def test_a_connection_that_is_not_taken(self, client: Open) -> None:
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            fillers = [socket.socket() for _ in range(4)]
            for each in fillers:
                each.setblocking(False)
                each.connect_ex(full.getsockname())
            try:
                async with client(timeout=60, connect_timeout=0.1) as asking:
                    url = f"http://127.0.0.1:{full.getsockname()[1]}/"
                    assert await failure(asking, url) == "timeout"
            finally:
                for each in fillers:
                    each.close()

    async def test_a_handshake_that_stalls(self, client: Open) -> None:
        async def talk(line: Line) -> None:
            await line.reader.read()

        async with raw_site(talk) as site, client(timeout=60, connect_timeout=0.1) as asking:
            assert await failure(asking, f"https://127.0.0.1:{site.port}/") == "timeout"


class TestNames:
    async def test_a_name_that_is_not_found(self, client: Open) -> None:
        async with client() as asking:
            assert await failure(asking, "http://nowhere.invalid/", PermanentError) == "dns"

    async def test_a_resolver_in_trouble_may_heal(self, client: Open) -> None:
        trouble = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        async with client(resolver=FakeResolver(site_test=[trouble])) as asking:
            assert await failure(asking, "http://site.test/") == "dns"

    async def test_no_address_at_all(self, client: Open) -> None:
        async with client(resolver=FakeResolver(site_test=[[]])) as asking:
            assert await failure(asking, "http://site.test/", PermanentError) == "dns"

    async def test_a_dead_address_is_passed_over_for_a_living_one(self, client: Open) -> None:
        async with raw_site(replying(OK)) as site:
            guard = AddressGuard(["127.0.0.0/8"])
            resolver = FakeResolver(site_test=[["127.0.0.77", "127.0.0.1"]])
            async with client(guard=guard, resolver=resolver) as asking:
                response = await asking.fetch(Request(url=site.url(host="site.test")))
        assert response.address == "127.0.0.1"
        assert header_of(site.requests[0], "Host") == f"site.test:{site.port}"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def serving(authority: trustme.CA, *names: str, **issue: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **issue).configure_cert(context)
    return context


class TestTls:
    async def test_an_unknown_authority_is_refused(self, client: Open, authority: trustme.CA) -> None:
        async with raw_site(replying(OK), serving(authority, "127.0.0.1")) as site, client() as asking:
            assert await failure(asking, site.url(), PermanentError) == "tls"
        assert site.requests == []

    async def test_another_hosts_certificate_is_refused(
        self, client: Open, authority: trustme.CA, tmp_path: Path
    ) -> None:
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        async with (
            raw_site(replying(OK), serving(authority, "elsewhere.test")) as site,
            client(ca=str(tmp_path / "ca.pem")) as asking,
        ):
            assert await failure(asking, site.url(), PermanentError) == "tls"
        assert site.requests == []

    async def test_an_expired_certificate_is_refused(
        self, client: Open, authority: trustme.CA, tmp_path: Path
    ) -> None:
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        long_ago = datetime(2001, 1, 1, tzinfo=UTC)
        async with (
            raw_site(replying(OK), serving(authority, "127.0.0.1", not_after=long_ago)) as site,
            client(ca=str(tmp_path / "ca.pem")) as asking,
        ):
            assert await failure(asking, site.url(), PermanentError) == "tls"
        assert site.requests == []

    async def test_an_own_authority_is_trusted(
        self, client: Open, authority: trustme.CA, tmp_path: Path
    ) -> None:
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        async with (
            raw_site(replying(OK), serving(authority, "127.0.0.1")) as site,
            client(ca=str(tmp_path / "ca.pem")) as asking,
        ):
            response = await asking.fetch(Request(url=site.url()))
        assert (response.body.read(), response.address) == (b"ok", "127.0.0.1")

    async def test_only_the_insecure_host_goes_unchecked(self, client: Open, authority: trustme.CA) -> None:
        resolver = FakeResolver(other_test=[["127.0.0.1"]])
        async with (
            raw_site(replying(OK), serving(authority, "nobody.test")) as site,
            client(insecure=("127.0.0.1",), resolver=resolver) as asking,
        ):
            assert (await asking.fetch(Request(url=site.url()))).body.read() == b"ok"
            assert await failure(asking, site.url(host="other.test"), PermanentError) == "tls"
        assert len(site.requests) == 1

    async def test_a_plain_server_at_an_https_address(self, client: Open) -> None:
        async with raw_site(replying(OK)) as site, client() as asking:
            with pytest.raises(SiteError) as caught:
                await asking.fetch(Request(url=f"https://127.0.0.1:{site.port}/"))
        assert caught.value.failure in {"tls", "connect", "timeout"}

    def test_authorities_that_cannot_be_read_are_the_users_fault(self, tmp_path: Path) -> None:
        (tmp_path / "junk.pem").write_text("junk")
        for name in ("absent.pem", "junk.pem"):
            with pytest.raises(UsageError, match=name):
                Client(FetchOptions(ca=str(tmp_path / name)), AGENT, AddressGuard(), SystemClock())


class TestProxy:
    async def test_the_proxy_is_asked_for_the_whole_url(self, client: Open) -> None:
        async with raw_site(replying(OK)) as site:
            proxy = f"http://user:secret@proxy.test:{site.port}"
            resolver = FakeResolver(proxy_test=[["127.0.0.1"]])
            async with client(guard=AddressGuard(), resolver=resolver, proxy=proxy) as asking:
                response = await asking.fetch(Request(url="http://site.test/a"))
        assert site.requests[0].startswith(b"GET http://site.test/a HTTP/1.1\r\n")
        assert header_of(site.requests[0], "Proxy-Authorization") == "Basic dXNlcjpzZWNyZXQ="
        assert response.address == ""
        assert resolver.asked == ["proxy.test"]

    async def test_private_literals_stay_closed_behind_a_proxy(self, client: Open) -> None:
        async with raw_site(replying(OK)) as site:
            proxy = f"http://127.0.0.1:{site.port}"
            async with client(guard=AddressGuard(), proxy=proxy) as asking:
                for url in ("http://10.0.0.1/", "http://localhost/", f"http://127.0.0.1:{site.port}/"):
                    assert await failure(asking, url, PermanentError) == "blocked"
        assert site.connections == 0

    async def test_a_proxy_that_is_not_there_is_not_gone_around(self, client: Open) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            async with (
                raw_site(replying(OK)) as site,
                client(proxy=f"http://127.0.0.1:{closed.getsockname()[1]}") as asking,
            ):
                assert await failure(asking, site.url()) == "proxy"
        assert site.connections == 0

    async def test_a_proxy_that_refuses_the_tunnel(self, client: Open) -> None:
        refusal = reply("Content-Length: 0", status="407 Proxy Authentication Required")
        async with (
            raw_site(replying(refusal)) as site,
            client(proxy=f"http://127.0.0.1:{site.port}") as asking,
        ):
            assert await failure(asking, "https://site.test/") == "proxy"

    def test_what_is_no_proxy_is_the_users_fault(self) -> None:
        with pytest.raises(UsageError, match="proxy"):
            Client(FetchOptions(proxy="ftp://secret@host"), AGENT, AddressGuard(), SystemClock())


class Mocked(Answer):
    """aioresponses does not know an argument that aiohttp has had since 3.14."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **{"stream_writer": SimpleNamespace(output_size=0), **named})


BROKEN = [
    aiohttp.ServerDisconnectedError(),
    aiohttp.ClientOSError(104, "Connection reset by peer"),
    ConnectionResetError(),
    BrokenPipeError(),
]
LASTING = [
    aiohttp.InvalidURL("x"),
    aiohttp.ClientPayloadError(),
    TimeoutError(),
    UnicodeError("label too long"),
]


class TestRetries:
    URL = "http://127.0.0.1:2/"

    async def tries(self, client: Open, *outcomes: Exception | None) -> tuple[str, int]:
        """What came of it, and how often was asked."""
        with aioresponses() as web_of_mocks:
            for outcome in outcomes:
                web_of_mocks.get(self.URL, exception=outcome, body="ok", response_class=Mocked)
            async with client() as asking:
                try:
                    came = (await asking.fetch(Request(url=self.URL))).body.read().decode()
                except SiteError as error:
                    came = error.failure
            return came, sum(len(calls) for calls in web_of_mocks.requests.values())

    async def test_what_works_is_asked_once(self, client: Open) -> None:
        assert await self.tries(client, None, None) == ("ok", 1)

    @pytest.mark.parametrize("error", BROKEN, ids=lambda error: type(error).__name__)
    async def test_a_broken_connection_is_tried_once_more(self, client: Open, error: Exception) -> None:
        assert await self.tries(client, error, None) == ("ok", 2)

    @pytest.mark.parametrize("error", BROKEN, ids=lambda error: type(error).__name__)
    async def test_and_no_more_than_once(self, client: Open, error: Exception) -> None:
        came, tries = await self.tries(client, error, error, None)
        assert (came in {"connect", "empty_reply"}, tries) == (True, 2)

    @pytest.mark.parametrize("error", LASTING, ids=lambda error: type(error).__name__)
    async def test_what_does_not_heal_is_not_tried_again(self, client: Open, error: Exception) -> None:
        _, tries = await self.tries(client, error, None)
        assert tries == 1

    async def test_the_second_failure_is_the_one_told(self, client: Open) -> None:
        assert await self.tries(client, BROKEN[0], TimeoutError(), None) == ("timeout", 2)
