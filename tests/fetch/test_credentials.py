"""Which origin gets what, and that nothing crosses from one to another."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import pytest

from crawler.auth import Auth
from crawler.crawl import CrawlJob
from crawler.errors import UsageError
from crawler.exchange import Request
from crawler.fetch.credentials import Credentials, basic
from crawler.options import CrawlOptions
from crawler.output import Output
from tests.fetch.asking import Open, header_of
from tests.servers import Line, RawSite, Talk, raw_site, reply
from tests.web import seed_list

ME = Auth(place="example.org", user="me", password="sesame")
MINE = ("Authorization", basic("me", "sesame"))
HEADERS = ("Authorization: Bearer sesame", "X-A: b", "Cookie: id=1", "Proxy-Authorization: x")


class TestAuth:
    @pytest.mark.parametrize(
        ("place", "url", "is_said"),
        [
            ("example.org", "https://example.org/a", True),
            ("example.org", "https://example.org./a", True),
            ("EXAMPLE.org:443", "https://example.org/a", True),
            ("example.org", "http://example.org/", False),
            ("example.org", "https://example.org:8443/", False),
            ("example.org", "https://www.example.org/", False),
            ("example.org", "https://org/", False),
            ("example.org:8443", "https://example.org:8443/", True),
            ("https://example.org", "https://example.org/", True),
            ("http://example.org", "http://example.org/", True),
            ("http://example.org", "https://example.org/", False),
            ("10.0.0.1", "http://10.0.0.1/", False),
            ("127.0.0.1:8000", "http://127.0.0.1:8000/", True),
            ("127.0.0.1:8000", "https://127.0.0.1:8000/", True),
            ("localhost", "http://localhost/", True),
            ("https://localhost", "http://localhost/", False),
            ("[::1]:81", "http://[::1]:81/", True),
        ],
    )
    def test_the_origin_that_is_meant(self, place: str, url: str, is_said: bool) -> None:
        credentials = Credentials(auths=[Auth(place=place, user="me", password="sesame")])
        assert credentials.headers_for(url) == ((MINE,) if is_said else ())

    @pytest.mark.parametrize(
        "place", ["", "a b", "example.org/path", "ftp://example.org", "a?b", "me@host", "a#b"]
    )
    def test_what_is_no_origin(self, place: str) -> None:
        with pytest.raises(UsageError, match="auth: "):
            Credentials(auths=[Auth(place=place, user="me", password="sesame")])

    def test_names_and_passwords_are_sent_in_utf_8(self) -> None:
        assert base64.b64decode(basic("j\u00f6rg", "p:w").removeprefix("Basic ")).decode() == "j\u00f6rg:p:w"

    def test_a_token(self) -> None:
        credentials = Credentials(auths=[Auth(place="https://example.org", bearer="abc.def")])
        assert credentials.headers_for("https://example.org/") == (("Authorization", "Bearer abc.def"),)

    @pytest.mark.parametrize(
        "values",
        [
            {},
            {"user": "a", "bearer": "b"},
            {"user": "a:b", "password": "sesame"},
            {"user": "a", "password": "sesame\n"},
            {"bearer": "ses ame"},
        ],
    )
    def test_what_cannot_be_said_is_not_repeated(self, values: dict[str, str]) -> None:
        with pytest.raises(UsageError) as caught:
            Auth(place="example.org", **values)
        assert "sesame" not in str(caught.value)
        assert "sesame" not in repr(ME)


class TestSeeds:
    def test_headers_go_to_the_origins_of_seeds_alone(self) -> None:
        credentials = Credentials(HEADERS)
        credentials.name("https://example.org/a")
        assert [name for name, _ in credentials.headers_for("https://example.org/b")] == [
            "Authorization",
            "X-A",
            "Cookie",
            "Proxy-Authorization",
        ]
        for url in ("http://example.org/", "https://example.org:8443/", "https://www.example.org/"):
            assert credentials.headers_for(url) == ()

    def test_the_http_twin_of_a_bare_seed_gets_what_is_no_secret(self) -> None:
        credentials = Credentials(HEADERS)
        credentials.name("https://example.org/", is_bare=True)
        assert credentials.headers_for("http://example.org/") == (("X-A", "b"),)

    def test_a_header_of_the_user_goes_before_auth(self) -> None:
        credentials = Credentials(["authorization: mine"], [ME])
        assert credentials.headers_for("https://example.org/") == (MINE,)
        credentials.name("https://example.org/")
        assert credentials.headers_for("https://example.org/") == (("authorization", "mine"),)

    def test_what_stood_in_the_url_of_a_seed_is_for_its_origin(self) -> None:
        (seed,) = seed_list("http://me:sesame@example.org:81/a")
        assert (seed.url, "sesame" in repr(seed)) == ("http://example.org:81/a", False)
        credentials = Credentials()
        credentials.name(seed.url, user=seed.user, password=seed.password)
        assert credentials.headers_for("http://example.org:81/b") == (MINE,)
        for url in ("https://example.org:81/", "http://example.org/"):
            assert credentials.headers_for(url) == ()

    def test_who_asks_over_http_without_saying_so_is_told(self) -> None:
        credentials = Credentials(auths=[ME])
        credentials.name("http://example.org/")
        (line,) = credentials.warnings()
        assert "USER:PASS@http://example.org" in line
        allowed = Credentials(auths=[ME, Auth(place="http://example.org", user="me", password="sesame")])
        allowed.name("http://example.org/")
        assert allowed.warnings() == []

    def test_what_may_be_shown(self) -> None:
        credentials = Credentials(["X-Api-Key: sesame", "Accept-Language: de"])
        shown = credentials.masked(
            (
                ("Authorization", "sesame"),
                ("cookie", "sesame"),
                ("x-api-key", "sesame"),
                ("Accept-Language", "de"),
            )
        )
        assert shown[-1] == ("Accept-Language", "de")
        assert {value for _, value in shown[:-1]} == {"masked"}


def answering(answers: dict[bytes, bytes]) -> Talk:
    """By path; 404 for all others."""

    async def talk(line: Line) -> None:
        while request := await line.hear():
            path = request.split(b" ")[1]
            await line.say(answers.get(path, reply("Content-Length: 0", status="404 Not Found")))

    return talk


def page(body: str) -> bytes:
    return reply(
        f"Content-Length: {len(body)}", "Content-Type: text/html", "Set-Cookie: id=jar", body=body.encode()
    )


def secrets_of(site: RawSite) -> list[tuple[str | None, str | None]]:
    return [(header_of(each, "Authorization"), header_of(each, "X-Key")) for each in site.requests]


class TestCrawl:
    async def test_nothing_crosses_an_origin(self, tmp_path: Path) -> None:
        async with raw_site(answering({b"/": page("there")})) as other:
            elsewhere = other.url()
            answers = {
                b"/": page(f'<a href="/moved">x</a><img src="{elsewhere}x.png"><a href="{elsewhere}l">y</a>'),
                b"/moved": reply(f"Location: {elsewhere}", "Content-Length: 0", status="302 Found"),
            }
            async with raw_site(answering(answers)) as site:
                job = CrawlJob(
                    seed_list(site.url().replace("//", "//me:sesame@")),
                    Output(tmp_path),
                    CrawlOptions.of(
                        {
                            "scope": "any",
                            "headers": ("X-Key: sesame",),
                            "allow_private": ("127.0.0.0/8",),
                            "retries": 0,
                        }
                    ),
                )
                Output(tmp_path).prepare()
                with Output(tmp_path).hold():
                    await job.run()
        assert len(site.requests) >= 3
        assert set(secrets_of(site)) == {(basic("me", "sesame"), "sesame")}
        assert len(other.requests) >= 3
        assert set(secrets_of(other)) == {(None, None)}
        said = [path for path in tmp_path.rglob("*") if path.is_file() and holds_secret(path)]
        assert said == []

    async def test_each_request_is_judged_by_its_own_origin(self, client: Open) -> None:
        async with raw_site(answering({})) as site, raw_site(answering({})) as other:
            credentials = Credentials(
                auths=[Auth(place=f"127.0.0.1:{site.port}", user="me", password="sesame")]
            )
            async with client(credentials=credentials) as asking:
                response = await asking.fetch(Request(url=site.url()))
                await asking.fetch(Request(url=other.url()))
        assert secrets_of(site) == [(MINE[1], None)]
        assert secrets_of(other) == [(None, None)]
        assert ("Authorization", "masked") in response.request_headers


def holds_secret(path: Path) -> bool:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    return any(each in data for each in (b"sesame", base64.b64encode(b"me:sesame")))
