"""Made-up pages of the sizes that documentation has; the same at every run."""

from __future__ import annotations

from random import Random

__all__ = ["PAGE", "page", "robots_txt", "stylesheet", "urls"]

PAGE = "http://site.test/library/page.html"
_WORDS = [
    "the",
    "value",
    "of",
    "each",
    "argument",
    "is",
    "taken",
    "from",
    "a",
    "list",
    "which",
    "the",
    "caller",
    "has",
    "given",
    "before",
    "it",
    "is",
    "read",
]


def page(links: int, size_bytes: int) -> bytes:
    """A page with so many links, menus repeated as on real ones, filled up with text to a size."""
    dice = Random(links)
    head = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page</title>'
        '<link rel="stylesheet" type="text/css" href="../_static/style.css"><script src="../_static/a.js"></script>'
        "</head><body>\n"
    )
    parts = [head]
    room = max(size_bytes - len(head), 0) // max(links, 1)
    for number in range(links):
        # A third leads within the page, a third are menus, the rest to other pages.
        href = (f"#part-{number}", f"menu-{number % 20}.html", f"../other/{dice.randrange(10**6)}.html#x")[
            number % 3
        ]
        link = f'<li class="toctree"><a class="reference internal" href="{href}" title="On"><code>{number}</code></a></li>'
        text = " ".join(dice.choices(_WORDS, k=max(room - len(link), 0) // 6))
        parts.append(f"{link}\n<p>{text}</p>\n")
    return "".join([*parts, "</body></html>"]).encode()


def urls(count: int) -> list[str]:
    """Canonical URLs of one site."""
    dice = Random(count)
    return [f"http://site.test/section-{dice.randrange(100)}/page-{n}.html?id={n % 7}" for n in range(count)]


def robots_txt(rules: int) -> bytes:
    """A robots.txt with so many rules for everybody."""
    lines = [f"Disallow: /private-{number}/*.php$\nAllow: /open-{number}/" for number in range(rules // 2)]
    return "\n".join(["User-agent: *", *lines]).encode()


def stylesheet(rules: int) -> bytes:
    """A style sheet in which every tenth rule loads something."""
    plain = ".a-%d { color: #123456; margin: 0 auto }\n"
    loading = ".b-%d { background: url('img/%d.png') no-repeat }\n"
    return "".join(loading % (n, n) if n % 10 == 0 else plain % n for n in range(rules)).encode()
