"""Every request goes through one door: whatever leads to a closed address, nothing connects there.

A whole crawl with the real client: pages, robots.txt, requisites, redirects, sitemaps, frames.
"""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from crawler.crawl import CrawlJob
from crawler.errors import PermanentError
from crawler.exchange import Request
from crawler.fetch.guard import AddressGuard
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.report import Report
from tests.fetch.asking import Open, failure
from tests.servers import OK, FakeResolver, Line, RawSite, Talk, raw_site, reply, replying
from tests.web import seed_list

HOSTS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "\uff11\uff12\uff17.0.0.1",
    "127.0.0.2",
    "0",
    "0.0.0.0",
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "a.localhost",
    "user@127.0.0.1",
    "good.test@127.0.0.1",
]
"""Ways to write this machine."""


def listening() -> socket.socket:
    """A listener on every address of this machine, v4 and v6, that counts by what waits in its queue."""
    family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET
    return socket.create_server(("", 0), family=family, dualstack_ipv6=family == socket.AF_INET6)


def has_visitors(listener: socket.socket) -> bool:
    listener.setblocking(False)
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def leading(pages: dict[str, bytes]) -> Talk:
    """By path; 404 for all others."""

    async def talk(line: Line) -> None:
        while request := await line.hear():
            path = request.split(b" ")[1].decode()
            await line.say(pages.get(path, reply("Content-Length: 0", status="404 Not Found")))

    return talk


def html(text: str) -> bytes:
    return reply(f"Content-Length: {len(text.encode())}", "Content-Type: text/html", body=text.encode())


def moved(to: str) -> bytes:
    return reply(f"Location: {to}", "Content-Length: 0", status="302 Found")


async def crawl(site: RawSite, folder: Path, **options: object) -> Report:
    output = Output(folder)
    values = {"scope": "any", "retries": 0, "max_wait": 0, **options}
    job = CrawlJob(seed_list(site.url()), output, CrawlOptions.of(values))
    output.prepare()
    with output.hold():
        return await job.run()


async def test_nothing_connects_whatever_leads_there(tmp_path: Path) -> None:
    with listening() as listener:
        port = listener.getsockname()[1]
        targets = [f"http://{host}:{port}/" for host in HOSTS]
        pages = {f"/to/{n}": moved(target.encode().decode("latin-1")) for n, target in enumerate(targets)}
        pages["/robots.txt"] = reply(
            "Content-Length: 0",
            "Content-Type: text/plain",
        )
        pages["/"] = html(
            "".join(
                f'<a href="{target}a">x</a><img src="{target}i.png"><img src="/to/{n}">'
                f'<iframe src="{target}f"></iframe><a href="/to/{n}">y</a><link rel="stylesheet" href="{target}c">'
                for n, target in enumerate(targets)
            )
            + f'<meta http-equiv="refresh" content="5; url={targets[0]}r">'
        )
        async with raw_site(leading(pages)) as site:
            report = await crawl(site, tmp_path)
        assert len(site.requests) > len(HOSTS)
        assert report.failures["blocked"] > 50
        assert set(report.failures) <= {"blocked", "http_404"}
        assert not has_visitors(listener)


async def test_a_sitemap_of_robots_and_a_redirect_of_robots_lead_nowhere_closed(tmp_path: Path) -> None:
    with listening() as listener:
        port = listener.getsockname()[1]
        robots = f"Sitemap: http://127.0.0.1:{port}/sitemap.xml\nSitemap: http://[::1]:{port}/s.xml\n"
        pages = {
            "/robots.txt": reply(f"Content-Length: {len(robots)}", body=robots.encode()),
            "/": html("page"),
        }
        async with raw_site(leading(pages)) as site:
            await crawl(site, tmp_path / "sitemap")
        async with raw_site(leading({**pages, "/robots.txt": moved(f"http://127.0.0.1:{port}/")})) as site:
            await crawl(site, tmp_path / "moved")
        assert not has_visitors(listener)


async def test_behind_a_proxy_it_is_the_same(tmp_path: Path) -> None:
    with listening() as listener:
        port = listener.getsockname()[1]
        page = html("".join(f'<img src="http://{host}:{port}/i.png">' for host in HOSTS))
        async with raw_site(replying(page)) as proxy:
            job_report = await crawl(proxy, tmp_path, proxy=proxy.url().rstrip("/"), robots="ignore")
        assert job_report.failures["blocked"] > 5
        assert not has_visitors(listener)
        asked = {each.split(b" ")[1] for each in proxy.requests}
        assert asked == {proxy.url().encode()}


class TestNames:
    @pytest.mark.parametrize(
        "addresses",
        [
            ["127.0.0.1"],
            ["::1"],
            ["::ffff:127.0.0.1"],
            ["64:ff9b::7f00:1"],
            ["0.0.0.0"],
            ["::"],
            ["1.1.1.1", "127.0.0.1"],
            ["127.0.0.1", "1.1.1.1"],
            ["169.254.169.254"],
        ],
    )
    async def test_that_lead_there(self, client: Open, addresses: list[str]) -> None:
        with listening() as listener:
            port = listener.getsockname()[1]
            async with client(guard=AddressGuard(), resolver=FakeResolver(evil_test=[addresses])) as asking:
                assert await failure(asking, f"http://evil.test:{port}/", PermanentError) == "blocked"
            assert not has_visitors(listener)

    async def test_a_seed_opens_its_own_host_and_port_alone(self, client: Open) -> None:
        guard = AddressGuard()
        async with raw_site(replying(OK)) as seed, raw_site(replying(OK)) as other:
            guard.name("127.0.0.1", seed.port)
            async with client(guard=guard) as asking:
                assert (await asking.fetch(Request(url=seed.url()))).status == 200
                assert await failure(asking, other.url(), PermanentError) == "blocked"
        assert other.connections == 0


class TestPortsAndSchemes:
    @pytest.mark.parametrize("port", [22, 25, 6000, 6667, 10080])
    async def test_ports_of_other_protocols(self, client: Open, port: int) -> None:
        guard = AddressGuard(["127.0.0.0/8"])
        guard.name("127.0.0.1", port)
        async with client(guard=guard) as asking:
            assert await failure(asking, f"http://127.0.0.1:{port}/", PermanentError) == "blocked"

    @pytest.mark.parametrize(
        "url", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "data:,x"]
    )
    async def test_other_schemes(self, client: Open, url: str) -> None:
        async with client() as asking:
            assert await failure(asking, url, PermanentError) == "blocked"
