"""Weigh whether a page says what it has to say only once its scripts have run.

Three things count, in this order: what rendering brought to other pages of the template; signs in the text as it was
sent (an element for the script to fill, a notice in `noscript`, hardly any words beside scripts); and for a template of
which nothing is known, a trial. Everything is one pass of regular expressions without nested loops: linear in any
input.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawler.content import MAX_CHARS, main_lines, settled
from crawler.quantities import show_count

__all__ = [
    "MOST_TRIED",
    "NOTHING_KNOWN",
    "Choice",
    "Evidence",
    "Gain",
    "Known",
    "choose",
    "evidence_of",
    "gain_of",
]

MOST_TRIED = 5
"""So many pages of a template are remembered; more would change nothing."""

_TRIALS = 2
_FEW_WORDS = 25
_LEAST_WORDS = 2
_MOST_LINKS = 5000
_INLINE_CHARS = 40
_SCRIPT = re.compile(r"<script(?=[\s>])([^<>]*+)>([^<]{0,100})", re.IGNORECASE)
_NO_PROGRAM = re.compile(
    r"""\btype\s*=\s*["']?(?!text/javascript|application/javascript|module|application/x-javascript|text/ecmascript)[a-z]""",
    re.IGNORECASE,
)
_ROOT = re.compile(
    r"""<(div|main|section|body|[a-z][a-z0-9]{0,30}-[a-z0-9-]{1,40})(?=[\s>])([^<>]{0,500}+)>\s{0,200}+</\1\s*+>""",
    re.IGNORECASE,
)
_ROOT_NAMED = re.compile(
    r"""\bid\s*=\s*["']?(?:root|app|main|application|react-root|__next|__nuxt|___gatsby|svelte|mount|container|content)
    (?=["'\s/>]|\Z)""",
    re.IGNORECASE | re.VERBOSE,
)
_NOSCRIPT = re.compile(
    r"<noscript(?=[\s>])[^<>]*+>([^<]{0,600}(?:<(?!/noscript)[^<]{0,600}){0,10})", re.IGNORECASE
)
_NOTICE = re.compile(r"java\s?script", re.IGNORECASE)
_HREF = re.compile(
    r"""<a(?=\s)[^<>]*?\shref\s*=\s*(?:"([^"<>]{1,2000})"|'([^'<>]{1,2000})'|([^\s"'<>]{1,2000}))""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What of a text speaks for rendering it or is compared afterwards.

    Args:
        lines: of its main content, without what differs from one request to the next.
        words: of its main content.
        links: what its anchors lead to, as written; the first of them.
        scripts: programs in it, by reference or written out.
        signs: that its scripts make the page, one line each.
    """

    lines: frozenset[str]
    words: int
    links: frozenset[str]
    scripts: int
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What a page had only once it was rendered.

    Args:
        words: in lines that were not there before.
        links: that were not there before.
    """

    words: int
    links: int

    @property
    def is_real(self) -> bool:
        """Whether the page is better read rendered."""
        return self.words >= _LEAST_WORDS or self.links > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is remembered of a template.

    Args:
        tried: pages of it that were rendered, `MOST_TRIED` at most.
        gained: how many of them were better read rendered.
    """

    tried: int = 0
    gained: int = 0


NOTHING_KNOWN = Known()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Whether to render a page.

    Args:
        renders: the verdict.
        reason: one line.
    """

    renders: bool
    reason: str


def evidence_of(text: str) -> Evidence:
    """What of an HTML document, read as text, is looked at; the first `MAX_CHARS` of it."""
    text = text[:MAX_CHARS]
    lines = main_lines(text)
    words = sum(len(line.split()) for line in lines)
    scripts = sum(map(_is_program, _SCRIPT.finditer(text)))
    links: set[str] = set()
    for match in _HREF.finditer(text):
        links.add(match[1] or match[2] or match[3])
        if len(links) == _MOST_LINKS:
            break
    return Evidence(
        lines=frozenset(line for line in map(settled, lines) if line),
        words=words,
        links=frozenset(links),
        scripts=scripts,
        signs=tuple(_signs(text, words)) if scripts else (),
    )


def gain_of(before: Evidence, after: Evidence) -> Gain:
    """What is in one text of a page and not in the other."""
    return Gain(
        words=sum(len(line.split()) for line in after.lines - before.lines),
        links=len(after.links - before.links),
    )


def choose(evidence: Evidence, known: Known, template: str) -> Choice:
    """Whether to render a page.

    Args:
        evidence: of the text as it was sent.
        known: of its template.
        template: how that is called in the reason.
    """
    if not evidence.scripts:
        return Choice(renders=False, reason="it has no script")
    if known.gained * 3 >= known.tried > 0 and known.gained:
        of = f"{known.gained} of {show_count(known.tried, 'page')}"
        return Choice(renders=True, reason=f"scripts brought words or links to {of} like {template}")
    if known.tried >= _TRIALS:
        pages = show_count(known.tried, "page")
        return Choice(
            renders=False, reason=f"scripts brought hardly a word or link to {pages} like {template}"
        )
    if evidence.signs:
        return Choice(renders=True, reason="; ".join(evidence.signs))
    return Choice(renders=True, reason=f"a trial of pages like {template}")


def _is_program(script: re.Match[str]) -> bool:
    terms = script[1]
    if _NO_PROGRAM.search(terms):
        return False
    return "src" in terms.lower() or len(script[2].strip()) >= _INLINE_CHARS


def _signs(text: str, words: int) -> list[str]:
    found = []
    for match in _ROOT.finditer(text):
        if "-" in match[1] or _ROOT_NAMED.search(match[2]):
            found.append(f"<{match[1].lower()}> is empty until a script fills it")
            break
    if any(_NOTICE.search(match[1]) for match in _NOSCRIPT.finditer(text)):
        found.append("it says that it needs JavaScript")
    if words < _FEW_WORDS:
        found.append(f"it has {show_count(words, 'word')} beside scripts")
    return found
