"""Log in as the user would: get the page, fill in its form, send it, see whether the form comes again.

Nothing of it leaves the origin that the user named: not the page, not the form's action, not the answer's
redirects. robots.txt is not asked, because it speaks to crawlers, and this is the user's own errand. What
the site gives for it, its cookies, lies in the client's jar.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable

from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning

from crawler.auth import Login
from crawler.errors import LoginError, SiteError, UsageError
from crawler.exchange import Fetch, Request, Response
from crawler.links.encoding import decode, sniff_encoding
from crawler.urls import canonicalize, origin

__all__ = ["log_in", "login_url"]

_MAX_PAGE_BYTES = 2_000_000
_MAX_REDIRECTS = 10
_SENT_ALWAYS = frozenset({"hidden", "text", "email", "tel", "url", "number", "search", "password"})
_RESENT_STATUSES = frozenset({307, 308})


def login_url(login: Login) -> str:
    """The canonical URL of a login's page.

    Raises:
        UsageError: it is none that can be fetched.
    """
    url = canonicalize(login.url)
    if url is None:
        raise UsageError(
            f"login: {login.url!r:.80} is no http(s) URL; write the one of the page with the form"
        )
    return url


async def log_in(login: Login, fetch: Fetch) -> None:
    """Log in at one site.

    Args:
        login: where, and what to fill in.
        fetch: the way to the web; keeps the cookies.

    Raises:
        LoginError: it did not work; says why, without what was filled in.
        UsageError: the URL is none.
    """
    url = login_url(login)
    try:
        page = await _follow(fetch, Request(url=url))
        if origin(page.url) != origin(url) or _target(page) is not None:
            raise _failed(url, "its page leads to another origin; name the page with the form itself")
        answer = await _follow(fetch, _filled(login, url, page))
    except SiteError as error:
        raise _failed(url, str(error)) from error
    if answer.status >= 400:
        raise _failed(url, f"the answer was http_{answer.status}")
    if answer.status < 300 and _form(answer, login) is not None:
        raise _failed(url, "the form came again; check the fields in crawler.toml")


async def _follow(fetch: Fetch, request: Request) -> Response:
    """The answer behind redirects within the origin; one that leads out of it is the answer."""
    home = origin(request.url)
    for _ in range(_MAX_REDIRECTS):
        response = await fetch(request)
        target = _target(response)
        if target is None or origin(target) != home:
            return response
        fields = request.fields if response.status in _RESENT_STATUSES else None
        request = Request(url=target, fields=fields)
    raise _failed(request.url, f"more than {_MAX_REDIRECTS} redirects")


def _target(response: Response) -> str | None:
    location = response.header("location") if 300 <= response.status < 400 else None
    return canonicalize(location, response.url) if location else None


def _filled(login: Login, url: str, page: Response) -> Request:
    """The request that the filled-in form makes (HTML Standard section 4.10.22)."""
    if not 200 <= page.status < 300:
        raise _failed(url, f"its page answered http_{page.status}")
    form = _form(page, login)
    if form is None:
        names = ", ".join(name for name, _ in login.fields)
        raise _failed(url, f"its page has no form with the fields {names}")
    if str(form.get("method", "get")).strip().lower() != "post":
        raise _failed(url, "its form asks with GET, which would write what is filled in into logs")
    action = canonicalize(str(form.get("action") or page.url), page.url)
    if action is None or origin(action) != origin(page.url):
        raise _failed(url, "its form leads to another origin, which gets nothing")
    headers = (("Origin", origin(page.url)), ("Referer", page.url))
    return Request(url=action, headers=headers, fields=tuple(_fields(form, login)))


def _form(page: Response, login: Login) -> Tag | None:
    """The first form that has every field of the login."""
    body = page.body.head(_MAX_PAGE_BYTES)
    text = decode(body, sniff_encoding(body, page.header("content-type")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        soup = BeautifulSoup(io.StringIO(text), "lxml")
    wanted = {name for name, _ in login.fields}
    for form in soup.find_all("form"):
        if wanted <= {str(each["name"]) for each in _controls(form)}:
            return form
    return None


def _controls(form: Tag) -> list[Tag]:
    return [each for each in form.find_all(["input", "textarea", "select", "button"]) if each.get("name")]


def _fields(form: Tag, login: Login) -> Iterable[tuple[str, str]]:
    """What a browser would send: hidden fields and defaults as they stand, the user's in place of theirs."""
    given = dict(login.fields)
    has_button = False
    for control in _controls(form):
        name = str(control["name"])
        kind = str(control.get("type") or ("submit" if control.name == "button" else "text")).lower()
        value = str(control.get("value") or "")
        if name in given:
            yield name, given.pop(name)
        elif kind == "submit" and not has_button:
            has_button = True
            yield name, value
        elif kind in {"checkbox", "radio"} and control.has_attr("checked"):
            yield name, value or "on"
        elif kind in _SENT_ALWAYS and control.name == "input":
            yield name, value


def _failed(url: str, why: str) -> LoginError:
    return LoginError(f"login at {url}: {why}; nothing was crawled")
