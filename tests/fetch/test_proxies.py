"""Through a proxy, and never around it."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
import trustme

from crawler.errors import PermanentError, SiteError, UsageError
from crawler.exchange import Request
from crawler.fetch.guard import AddressGuard
from crawler.fetch.proxies import Proxy, read_proxy
from tests.fetch.asking import Open, failure, header_of
from tests.fetch.test_client import authority, serving
from tests.proxies import http_proxy, socks_proxy
from tests.servers import OK, FakeResolver, raw_site, replying

__all__ = ["authority"]

SOCKS = ["socks5", "socks5h"]
NAMES = FakeResolver(site_test=[["127.0.0.1"]], proxy_test=[["127.0.0.1"]])


class TestReading:
    @pytest.mark.parametrize(
        ("text", "proxy"),
        [
            ("http://proxy.test:3128", Proxy(scheme="http", host="proxy.test", port=3128)),
            ("proxy.test:3128", Proxy(scheme="http", host="proxy.test", port=3128)),
            ("http://proxy.test/", Proxy(scheme="http", host="proxy.test", port=80)),
            ("https://proxy.test", Proxy(scheme="https", host="proxy.test", port=443)),
            ("SOCKS5://127.0.0.1", Proxy(scheme="socks5", host="127.0.0.1", port=1080)),
            ("socks5h://[::1]:9050", Proxy(scheme="socks5h", host="::1", port=9050)),
            ("socks5://127.0.0.1:80", Proxy(scheme="socks5", host="127.0.0.1", port=80)),
            ("http://m%40e:s%3A@p:1", Proxy(scheme="http", host="p", port=1, user="m@e", password="s:")),
        ],
    )
    def test_what_a_url_names(self, text: str, proxy: Proxy) -> None:
        assert read_proxy(text) == proxy

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "sesame",
            "http://",
            "ftp://sesame@host",
            "socks4://host",
            "http://me:sesame@host/path",
            "http://sesame@:1",
            "socks5://m\u00e9:sesame@h",
        ],
    )
    def test_what_names_none_is_not_repeated(self, text: str) -> None:
        with pytest.raises(UsageError, match="proxy") as caught:
            read_proxy(text)
        assert "sesame" not in str(caught.value)

    def test_a_missing_library_is_said_with_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "python_socks.async_.asyncio", None)
        with pytest.raises(UsageError, match=r"pip install 'crawler\[socks\]'"):
            read_proxy("socks5://127.0.0.1")

    def test_no_password_is_shown(self) -> None:
        proxy = read_proxy("http://me:sesame@[::1]:1")
        assert "sesame" not in f"{proxy!r} {proxy.url}"
        assert proxy.url == "http://[::1]:1"


class TestHttp:
    async def test_a_page_is_asked_of_the_proxy_and_what_it_is_told_stays_with_it(self, client: Open) -> None:
        async with (
            raw_site(replying(OK)) as site,
            http_proxy(leads_to=site.port, user=("me", "sesame")) as proxy,
        ):
            way = f"http://me:sesame@127.0.0.1:{proxy.port}"
            async with client(guard=AddressGuard(), proxy=way) as asking:
                response = await asking.fetch(Request(url="http://site.test/a"))
        assert (response.body.read(), response.address) == (b"ok", "")
        assert proxy.asked == ["GET http://site.test/a"]
        assert header_of(site.requests[0], "Proxy-Authorization") is None
        assert ("Proxy-Authorization", "masked") in response.request_headers

    async def test_https_goes_through_a_tunnel(
        self, client: Open, authority: trustme.CA, tmp_path: Path
    ) -> None:
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        async with (
            raw_site(replying(OK), serving(authority, "site.test")) as site,
            http_proxy(leads_to=site.port, user=("me", "sesame")) as proxy,
            client(proxy=f"http://me:sesame@127.0.0.1:{proxy.port}", ca=str(tmp_path / "ca.pem")) as asking,
        ):
            response = await asking.fetch(Request(url="https://site.test/a"))
            assert await failure(asking, "https://other.test/", PermanentError) == "tls"
        assert response.body.read() == b"ok"
        assert proxy.asked == ["CONNECT site.test:443", "CONNECT other.test:443"]
        assert header_of(site.requests[0], "Proxy-Authorization") is None
        assert "Proxy-Authorization" not in dict(response.request_headers)
        assert header_of(proxy.heads[0], "Authorization") is None

    @pytest.mark.parametrize("url", ["https://site.test/"])
    @pytest.mark.parametrize(
        "answer", ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"]
    )
    async def test_a_proxy_that_refuses_is_not_gone_around(self, client: Open, url: str, answer: str) -> None:
        async with (
            raw_site(replying(OK)) as site,
            http_proxy(answer=answer) as proxy,
            client(proxy=f"http://127.0.0.1:{proxy.port}", resolver=NAMES) as asking,
        ):
            assert await failure(asking, url) == "proxy"
        assert site.connections == 0

    async def test_a_407_to_a_page_is_the_proxys_and_not_the_sites(self, client: Open) -> None:
        async with (
            http_proxy(user=("me", "sesame")) as proxy,
            client(proxy=f"http://me:wrong@127.0.0.1:{proxy.port}") as asking,
        ):
            assert await failure(asking, "http://site.test/") == "proxy"

    async def test_cookies_and_credentials_are_not_told_to_the_proxy_of_a_tunnel(
        self, client: Open, tmp_path: Path
    ) -> None:
        (tmp_path / "cookies.txt").write_text("site.test\tFALSE\t/\tTRUE\t0\tid\tsesame\n")
        async with (
            http_proxy(answer="403 Forbidden") as proxy,
            client(proxy=f"http://127.0.0.1:{proxy.port}", cookies=str(tmp_path / "cookies.txt")) as asking,
        ):
            assert await failure(asking, "https://site.test/") == "proxy"
        assert b"sesame" not in b"".join(proxy.heads)


class TestSocks:
    async def test_an_address_is_told_that_was_found_and_checked_here(self, client: Open) -> None:
        async with raw_site(replying(OK)) as site, socks_proxy(user=("me", "sesame")) as proxy:
            way = f"socks5://me:sesame@proxy.test:{proxy.port}"
            async with client(guard=AddressGuard(["site.test"]), resolver=NAMES, proxy=way) as asking:
                response = await asking.fetch(Request(url=site.url(host="site.test")))
        assert (response.body.read(), response.address) == (b"ok", "")
        assert proxy.asked == [f"127.0.0.1:{site.port}"]
        assert header_of(site.requests[0], "Host") == f"site.test:{site.port}"

    async def test_a_name_is_told_where_the_proxy_is_to_find_it(self, client: Open) -> None:
        async with (
            raw_site(replying(OK)) as site,
            socks_proxy(leads_to=site.port) as proxy,
            client(guard=AddressGuard(), proxy=f"socks5h://127.0.0.1:{proxy.port}") as asking,
        ):
            assert (await asking.fetch(Request(url="http://site.test/"))).body.read() == b"ok"
            assert await failure(asking, "http://10.0.0.1/", PermanentError) == "blocked"
        assert proxy.asked == ["site.test:80"]

    @pytest.mark.parametrize("scheme", SOCKS)
    async def test_tls_is_spoken_with_the_site(
        self, client: Open, authority: trustme.CA, tmp_path: Path, scheme: str
    ) -> None:
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        resolver = FakeResolver(site_test=[["127.0.0.1"]], other_test=[["127.0.0.1"]])
        async with (
            raw_site(replying(OK), serving(authority, "site.test")) as site,
            socks_proxy(leads_to=site.port) as proxy,
            client(
                guard=AddressGuard(["127.0.0.1"]),
                proxy=f"{scheme}://127.0.0.1:{proxy.port}",
                ca=str(tmp_path / "ca.pem"),
                resolver=resolver,
            ) as asking,
        ):
            assert (await asking.fetch(Request(url="https://site.test/"))).body.read() == b"ok"
            assert await failure(asking, "https://other.test/", PermanentError) == "tls"

    async def test_a_private_address_is_not_told(self, client: Open) -> None:
        resolver = FakeResolver(evil_test=[["127.0.0.1"]], mixed_test=[["1.1.1.1", "10.0.0.1"]])
        async with socks_proxy() as proxy:
            way = f"socks5://127.0.0.1:{proxy.port}"
            async with client(guard=AddressGuard(), resolver=resolver, proxy=way) as asking:
                for host in ("evil.test", "mixed.test", "127.0.0.1", f"127.0.0.1:{proxy.port}"):
                    assert await failure(asking, f"http://{host}/", PermanentError) == "blocked"
        assert proxy.asked == []

    @pytest.mark.parametrize("scheme", SOCKS)
    @pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 6, 7, 8, 9, 255])
    async def test_its_refusals_are_its_own(self, client: Open, scheme: str, code: int) -> None:
        async with (
            raw_site(replying(OK)) as site,
            socks_proxy(answer=code) as proxy,
            client(
                guard=AddressGuard(["site.test"]), proxy=f"{scheme}://127.0.0.1:{proxy.port}", resolver=NAMES
            ) as asking,
        ):
            assert await failure(asking, site.url(host="site.test")) == "proxy"
        assert (site.connections, len(proxy.asked)) == (0, 1)

    @pytest.mark.parametrize("user", [None, "me:wrong@"])
    async def test_a_wrong_password(self, client: Open, user: str | None) -> None:
        async with socks_proxy(user=("me", "sesame")) as proxy:
            way = f"socks5h://{user or ''}127.0.0.1:{proxy.port}"
            async with client(proxy=way) as asking:
                with pytest.raises(SiteError) as caught:
                    await asking.fetch(Request(url="http://site.test/"))
        assert caught.value.failure == "proxy"
        assert "wrong" not in str(caught.value)

    async def test_one_that_is_no_socks_proxy(self, client: Open) -> None:
        async with (
            raw_site(replying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as site,
            client(proxy=f"socks5h://127.0.0.1:{site.port}", connect_timeout=0.5) as asking,
        ):
            assert await failure(asking, "http://site.test/") in {"proxy", "timeout"}

    async def test_one_that_is_not_there_is_not_gone_around(self, client: Open) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            way = f"socks5://127.0.0.1:{closed.getsockname()[1]}"
            async with (
                raw_site(replying(OK)) as site,
                client(guard=AddressGuard(["site.test"]), proxy=way, resolver=NAMES) as asking,
            ):
                assert await failure(asking, site.url(host="site.test")) == "proxy"
        assert site.connections == 0
