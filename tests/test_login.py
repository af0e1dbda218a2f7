"""A site behind a form, and the ways in which it does not let in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from crawler.auth import Login
from crawler.crawl import CrawlJob
from crawler.errors import LoginError, UsageError
from crawler.login import log_in, login_url
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.report import Report
from tests.servers import OK, raw_site, replying
from tests.web import Answer, Web, seed_list

FORM = """<form action="/search"><input name="q"></form>
<form method="POST" action="{action}">
 <input type="hidden" name="csrf" value="t&amp;1"><input name="user"><input type="password" name="password">
 <input type="checkbox" name="stay" checked><input type="checkbox" name="spam"><input type="file" name="f">
 <button name="go" value="in">Log in</button><button name="other">x</button>
</form>"""
FIELDS = (("user", "m\u00e9"), ("password", "ses&ame"))


@dataclass
class Members:
    """A site for members: every page but the form leads to the form."""

    action: str = "/session"
    posted: list[dict[str, str]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answer: int = 303
    leads_to: str = "/"

    async def show(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path == "/login":
            answer = web.Response(text=FORM.format(action=self.action), content_type="text/html")
            answer.set_cookie("visit", "1")
            return answer
        if request.cookies.get("id") != "in":
            raise web.HTTPFound("/login")
        return web.Response(text="<title>Members</title><a href='/a'>a</a>", content_type="text/html")

    async def enter(self, request: web.Request) -> web.Response:
        self.heads.append(dict(request.headers))
        self.posted.append({key: str(value) for key, value in (await request.post()).items()})
        said = self.posted[-1]
        if (said.get("user"), said.get("password"), said.get("csrf")) != (*dict(FIELDS).values(), "t&1"):
            return web.Response(text=FORM.format(action=self.action), content_type="text/html")
        answer = web.Response(status=self.answer, headers={"Location": self.leads_to})
        answer.set_cookie("id", "in")
        return answer

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Its root URL."""
        app = web.Application()
        app.router.add_post("/session", self.enter)
        app.router.add_get("/{path:.*}", self.show)
        async with TestServer(app) as server:
            yield f"http://127.0.0.1:{server.port}/"


async def crawl(root: str, folder: Path, **login: Any) -> Report:
    output = Output(folder)
    options = CrawlOptions.of(
        {"login": (Login(**{"url": f"{root}login", "fields": FIELDS, **login}),), "retries": 0, "max_wait": 0}
    )
    job = CrawlJob(seed_list(root), output, options)
    output.prepare()
    with output.hold():
        return await job.run()


async def test_a_member_sees_what_members_see(tmp_path: Path) -> None:
    members = Members()
    async with members.serve() as root:
        report = await crawl(root, tmp_path)
    assert (report.counts.pages, report.exit_code()) == (2, 0)
    assert members.posted == [
        {"csrf": "t&1", "user": "m\u00e9", "password": "ses&ame", "stay": "on", "go": "in"}
    ]
    head = members.heads[0]
    assert head["Content-Type"] == "application/x-www-form-urlencoded"
    assert (head["Origin"], head["Referer"]) == (root.rstrip("/"), f"{root}login")
    assert head["Cookie"] == "visit=1"
    assert members.asked[0] == "/login"
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"ses&ame" not in kept
    assert b"ses%26ame" not in kept


async def test_who_is_not_let_in_crawls_nothing_and_loses_nothing(tmp_path: Path) -> None:
    members = Members()
    async with members.serve() as root:
        await crawl(root, tmp_path)
        before = {path: path.read_bytes() for path in (tmp_path / "mirror").rglob("*") if path.is_file()}
        count = len(members.asked)
        with pytest.raises(LoginError, match="the form came again") as caught:
            await crawl(root, tmp_path, fields=(("user", "me"), ("password", "sesame")))
    assert caught.value.exit_code == 3
    assert "sesame" not in str(caught.value)
    assert members.asked[count:] == ["/login"]
    assert {path: path.read_bytes() for path in before} == before


async def test_what_is_posted_goes_to_no_other_origin(tmp_path: Path) -> None:
    async with raw_site(replying(OK)) as other:
        for members in (
            Members(action=other.url()),
            Members(action=f"//127.0.0.1:{other.port}/session"),
            Members(answer=307, leads_to=other.url()),
        ):
            async with members.serve() as root:
                if members.answer == 307:
                    await crawl(root, tmp_path)
                else:
                    with pytest.raises(LoginError, match="another origin"):
                        await crawl(root, tmp_path)
    assert other.connections == 0


PAGE = "https://example.org/login"
LOGIN = Login(url=PAGE, fields=FIELDS)


def page(text: str) -> Answer:
    return Answer(body=text.encode(), headers=(("Content-Type", "text/html"),))


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ({}, "answered http_404"),
        ({PAGE: page("<form><input name=user></form>")}, "no form with the fields user, password"),
        ({PAGE: page("<form><input name=user><input name=password></form>")}, "GET"),
        ({PAGE: Answer(status=302, headers=(("Location", "https://sso.example/"),))}, "another origin"),
        ({PAGE: Answer(status=302, headers=(("Location", "http://example.org/login"),))}, "another origin"),
        ({PAGE: Answer(status=302, headers=(("Location", PAGE),))}, "redirects"),
        ({PAGE: page(FORM.format(action="http://example.org/session"))}, "another origin"),
        ({PAGE: page(FORM.format(action="javascript:x"))}, "another origin"),
        ({PAGE: page(FORM.format(action="/in")), "https://example.org/in": 403}, "http_403"),
        ({PAGE: page(FORM.format(action=""))}, "the form came again"),
    ],
)
async def test_why_it_did_not_work(says: dict[str, Any], why: str) -> None:
    web_of_one = Web(dict(says))
    with pytest.raises(LoginError) as caught:
        await log_in(LOGIN, web_of_one.fetch)
    line = str(caught.value)
    assert why in line
    assert line.startswith(f"login at {PAGE}: ")
    assert "\n" not in line
    assert "ses&ame" not in line
    assert {each.url.split("/")[2] for each in web_of_one.asked} == {"example.org"}
    assert all(each.url.startswith("https:") for each in web_of_one.asked)


async def test_a_redirect_out_of_the_origin_is_the_answer() -> None:
    says = {
        PAGE: page(FORM.format(action="/in")),
        "https://example.org/in": Answer(status=302, headers=(("Location", "https://app.example/"),)),
    }
    web_of_one = Web(dict(says))
    await log_in(LOGIN, web_of_one.fetch)
    assert web_of_one.urls() == [PAGE, "https://example.org/in"]


def test_what_is_no_url_is_the_users_fault() -> None:
    with pytest.raises(UsageError, match="login"):
        login_url(Login(url="example.org", fields=FIELDS))
    assert "ses&ame" not in repr(LOGIN)
