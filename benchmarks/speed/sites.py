"""What is crawled: documentation packages of Debian, and sites that nginx makes up as it is asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.nginx import ECHO, NGINX

__all__ = ["Site", "documentation", "farm", "hosts", "sections"]

_LOREM = " ".join(
    f"Sentence {number} of this page says nothing that another would not say as well." for number in range(40)
)
_LOOPBACK = ("127.0.0.1",)
_PAGE_LINKS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site that can be served.

    Args:
        title: for people.
        pages: HTML pages that links lead to from the front page.
        inside: what stands in nginx's `server` block, for a folder that takes what it needs.
        addresses: the loopback addresses of its hosts.
        delay_seconds: that every answer is held back.
        needs: files that must be there, and the package that has them.
        warm: read through before anybody is measured, so that nobody pays for the disk.
    """

    title: str
    pages: int
    inside: Callable[[Path], str]
    addresses: tuple[str, ...] = _LOOPBACK
    delay_seconds: float = 0.0
    needs: tuple[tuple[Path, str], ...] = ()
    warm: Path | None = None

    def missing(self) -> str | None:
        """What it lacks on this machine, as one line; None if it can be served."""
        for file, package in (*self.needs, (NGINX, "nginx-light")):
            if not file.exists():
                return f"{file} is not there (apt-get install {package})"
        return None


def documentation(package: str, folder: str, *, pages: int, delay_seconds: float = 0.0) -> Site:
    """A documentation package; Debian's slim images unpack none (`--path-include='/usr/share/doc/*'`)."""
    root = Path(folder).resolve()
    needs = [(root / "index.html", package)]
    inside = f"root {root}; index index.html;"
    if delay_seconds:
        needs.append((ECHO, "libnginx-mod-http-echo"))
        # The index is named before the wait: found after it, the front page would wait twice.
        inside = f"""root {root};
        rewrite ^(.*)/$ $1/index.html;
        location / {{ echo_sleep {delay_seconds}; echo_exec @files; }}
        location @files {{ }}"""
    late = f", every answer {delay_seconds * 1000:.0f} ms late" if delay_seconds else ""
    return Site(
        title=f"{package}{late}",
        pages=pages,
        inside=lambda _: inside,
        delay_seconds=delay_seconds,
        needs=tuple(needs),
        warm=root,
    )


def hosts(count: int, *, pages: int, delay_seconds: float) -> Site:
    """Many hosts, each a front page and further ones it links to, all answering late."""
    links = "".join(f'<a href="p-{number}.html">{number}</a> ' for number in range(1, pages))
    inside = f"""rewrite ^/$ /p-0.html;
        location ~ "^/p-\\d+\\.html$" {{ echo_sleep {delay_seconds}; echo_exec @page; }}
        location @page {{ return 200 '<!DOCTYPE html><title>$server_addr</title>{links}<p>$uri {_LOREM[:2000]}'; }}
        location / {{ return 404; }}"""
    return Site(
        title=f"{count:,} hosts of {pages} pages, every answer {delay_seconds:g} s late",
        pages=count * pages,
        inside=lambda _: inside,
        addresses=tuple(f"127.1.{number // 250}.{number % 250 + 1}" for number in range(count)),
        delay_seconds=delay_seconds,
        needs=((ECHO, "libnginx-mod-http-echo"),),
    )


def sections(count: int, *, pages: int = 100) -> Site:
    """A made-up site: sections of equal pages, each page with some links and some text of its own.

    Every page costs the same whatever the size of the site: what a crawl of ten times the pages takes more
    than ten times is the crawler's.
    """
    listed = "".join(f'<a href="p-{number}.html">{number}</a> ' for number in range(pages))
    around = "".join(f'<a href="p-{number}.html">{number}</a> ' for number in range(min(_PAGE_LINKS, pages)))
    digits = max(len(str(count - 1)), 1)
    # A parameter of nginx may have 4096 bytes.
    inside = f"""root FOLDER; index index.html;
        location ~ "^/s-(?<section>\\d{{1,{digits}}})/$" {{
            return 200 '<!DOCTYPE html><title>Section $section</title><a href="../">up</a> {listed}';
        }}
        location ~ "^/s-(?<section>\\d{{1,{digits}}})/p-(?<page>\\d{{1,{len(str(pages - 1))}}})\\.html$" {{
            return 200 '<!DOCTYPE html><title>Page $page of $section</title><a href="./">$section</a>
            <a href="../">up</a> {around}<p>$page of $section: {_LOREM[:2600]}';
        }}"""

    def prepared(folder: Path) -> str:
        front = "".join(f'<li><a href="s-{number}/">Section {number}</a>\n' for number in range(count))
        (folder / "index.html").write_text(f"<!DOCTYPE html><title>All sections</title><ul>{front}</ul>")
        return inside.replace("FOLDER", os.fspath(folder))

    total = 1 + count * (1 + pages)
    return Site(title=f"a made-up site of {total:,} pages", pages=total, inside=prepared)


def farm(hubs: int) -> Site:
    """A link farm: a front page with links to hubs, each with a thousand links of its own."""
    digits = len(str(hubs - 1))
    blocks = "\n            ".join(
        f"set $block{hundred} '"
        + "".join(f'<a href="$hub-{hundred}{number:02}.html">{number}</a> ' for number in range(100))
        + "';"
        for hundred in range(10)
    )
    inside = f"""root FOLDER; index index.html;
        location ~ "^/h-(?<hub>\\d{{1,{digits}}})\\.html$" {{
            {blocks}
            return 200 '<!DOCTYPE html><title>Hub $hub</title>{"".join(f"$block{each}" for each in range(10))}';
        }}
        location ~ "^/\\d+-\\d+\\.html$" {{ return 200 '<!DOCTYPE html><title>$uri</title>'; }}"""

    def prepared(folder: Path) -> str:
        front = "".join(f'<li><a href="h-{number}.html">Hub {number}</a>\n' for number in range(hubs))
        (folder / "index.html").write_text(f"<!DOCTYPE html><title>All hubs</title><ul>{front}</ul>")
        return inside.replace("FOLDER", os.fspath(folder))

    return Site(title=f"a link farm of {hubs * 1001 + 1:,} URLs", pages=hubs + 1, inside=prepared)
