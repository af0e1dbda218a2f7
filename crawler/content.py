"""Find what a page says: its main content, without what differs from one request to the next.

Whether a page has changed is judged on this and not on its bytes, because navigation, advertisements, dates,
counters and tokens change while nothing was said. What is left out:

- scripts, styles, forms' fields, and what a page itself calls no content (`nav`, `aside`, `footer`, `hidden`, ...;
  HTML Standard, 4.3 and 3.2.8.1); where there is a `main` with text, all that is not in it;
- elements whose class or id says advertisement, consent, sharing and the like;
- dates and times, ages ("3 hours ago"), counters ("1,204 views"), years of copyright, drawn tokens.

Everything is one pass of regular expressions without nested loops, and only so many elements are looked for to the
end of the document in vain: linear in any input.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

__all__ = ["MAX_CHARS", "Gist", "gist_of", "main_lines", "read_gist", "settled"]

MAX_CHARS = 500_000
"""So much of a document is looked at."""

_DIGEST_BYTES = 10
# No tag reaches over the next `<`: so what is never closed is looked at once.
_TAG = re.compile(r"<(?:!--.*?(?:-->|\Z)|[!?][^<>]*+>|(/?)([a-zA-Z][^\s/<>]*+)([^<>]*+)>)", re.DOTALL)
_RAW = frozenset({"script", "style", "textarea", "title", "iframe", "noembed", "noframes", "xmp", "template"})
_LEFT_OUT = frozenset(
    {"nav", "aside", "footer", "menu", "dialog", "svg", "math", "object", "canvas", "audio", "video"}
) | {"select", "button", "datalist", "time", "noscript", "head", "ins"}
_INLINE = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "kbd",
        "mark",
        "q",
    }
) | {"s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr", "img", "label"}
_VOID = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    }
)
_HIDDEN = re.compile(
    r"""\s(?:hidden(?=[\s=/]|\Z)|aria-hidden=["']?true
    |role=["']?(?:navigation|banner|contentinfo|complementary|search|dialog|alert))""",
    re.IGNORECASE | re.VERBOSE,
)
_NAMED = re.compile(r"""\s(?:class|id)=("[^"]{0,500}+|'[^']{0,500}+|[^\s"']{1,500}+)""", re.IGNORECASE)
_NO_CONTENT = re.compile(
    r"""(?<![a-z])(?:ads?|adverts?|advertisements?|advertising|adsbygoogle|banners?|sponsor(?:ed|s)?|promos?|promotion
    |cookies?|consent|newsletter|share|sharing|social|breadcrumbs?|sidebar|counter|timestamp)(?![a-z])""",
    re.IGNORECASE | re.VERBOSE,
)
_MAIN = re.compile(r"<main(?=[\s>])[^<>]*+>", re.IGNORECASE)
_MAIN_END = re.compile(r"</main\s*>", re.IGNORECASE)
_TITLE = re.compile(r"<title(?=[\s>])[^<>]*+>([^<]*+)", re.IGNORECASE)
_HEADING = re.compile(r"<h1(?=[\s>])[^<>]*+>", re.IGNORECASE)
_HEADING_END = re.compile(r"</h1", re.IGNORECASE)
_HEADING_CHARS = 2000
# So many kinds of elements that have no end; a page that has more is broken, or made to be slow.
_MOST_UNCLOSED = 10
_ASKS_PASSWORD = re.compile(r"""<input(?=\s)[^<>]*\stype\s*=\s*["']?password(?=["'\s/>])""", re.IGNORECASE)
_END = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_MONTH = (
    r"(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz]"
    r"|janv|févr|mars|avr|juin|juil|août|ene|abr|ago|dic)[a-zéûü]{0,7}\.?"
)
_NUMBER = r"\d[\d,. ]{0,12}"
_COUNTED = (
    r"views?|visits?|visitors?|readers?|reads|likes?|shares?|downloads?|hits?|votes?|online|followers?|subscribers?"
    r"|comments?|replies|times\s(?:read|viewed)|besucher|aufrufe|zugriffe|visites|visitas"
)
_UNSETTLED = re.compile(
    rf"""\b\d{{4}}-\d\d?-\d\d?(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?
    |\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}\b
    |\b(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:de\s+)?{_MONTH}(?:\s+(?:de\s+)?\d{{4}})?\b
    |\b(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?\b
    |\b\d{{1,2}}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?(?:\s?(?:UTC|GMT|CES?T|[ECMP][SD]T))?(?![\w:])
    |\b(?:\d+|an?|one|two|three)\s+(?:second|sec|minute|min|hour|hr|day|week|month|year)s?\s+ago\b
    |(?:©|\(c\)|copyright)\s*(?:\d{{4}}\s*[-\u2013,]?\s*)+
    |\b{_NUMBER}\s?[KkMm]?\s?(?:{_COUNTED})\b
    |\b(?:{_COUNTED}|counter|generated\sin|rendered\sin|took)\s?[:=(]?\s?{_NUMBER}(?:\s?m?s(?:ec(?:onds?)?)?\b)?
    |\b[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}\b
    |\b(?=[a-z]*\d)(?=\d*[a-z])[0-9a-f]{{12,128}}\b
    |\b(?=\w{{0,200}}\d)(?=\w{{0,200}}[a-z])\w{{24,200}}={{0,2}}(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)

_MAY_UNSETTLE = re.compile(r"\d|\sago\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """What a page says, in a few words that can be kept.

    Args:
        digest: of its main content; the same for pages that say the same; "": it has none.
        words: of its main content.
        asks_password: it has a field for one.
        is_ended: the document comes to its end.
        title: of the document.
        heading: its first.
    """

    digest: str
    words: int
    asks_password: bool = False
    is_ended: bool = True
    title: str = ""
    heading: str = ""

    def __str__(self) -> str:
        """Digest, words and marks, as `read_gist` reads them; title and heading are not kept."""
        marks = f"{'p' * self.asks_password}{'' if self.is_ended else 'u'}"
        return f"{self.digest or '-'} {self.words} {marks or '-'}"


def read_gist(text: str) -> Gist | None:
    """What `str` of a gist wrote; None: nothing was kept."""
    words = text.split(" ")
    if len(words) != 3 or not words[1].isdigit():
        return None
    digest, count, marks = words
    return Gist(
        digest="" if digest == "-" else digest,
        words=int(count),
        asks_password="p" in marks,
        is_ended="u" not in marks,
    )


def gist_of(text: str) -> Gist:
    """The gist of an HTML document, read as text."""
    is_ended = len(text) > MAX_CHARS or _END.search(text, max(0, len(text) - 4096)) is not None
    text = text[:MAX_CHARS]
    lines = main_lines(text)
    said = [line for line in map(settled, lines) if line]
    digest = blake2b("\n".join(said).encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()
    title = _TITLE.search(text)
    return Gist(
        digest=digest if said else "",
        words=sum(len(line.split()) for line in lines),
        asks_password=_ASKS_PASSWORD.search(text) is not None,
        is_ended=is_ended,
        title=_line(title[1]) if title else "",
        heading=_heading(text),
    )


def _heading(text: str) -> str:
    begin = _HEADING.search(text)
    if begin is None:
        return ""
    until = begin.end() + _HEADING_CHARS
    end = _HEADING_END.search(text, begin.end(), until)
    return _line(_TAG.sub("", text[begin.end() : end.start() if end else begin.end()]))


def settled(line: str) -> str:
    """A line without what differs from one request to the next; "": nothing else stands in it."""
    if _MAY_UNSETTLE.search(line) is None:
        return line
    return _line(_UNSETTLED.sub(" ", line)).strip(" .,;:|()[]\u00b7\u2022-\u2013")


def main_lines(text: str) -> list[str]:
    """The main content of an HTML document, a line for each block of text; its title is the first."""
    title = _TITLE.search(text)
    head = [_line(title[1])] if title else []
    begin = _MAIN.search(text)
    end = _MAIN_END.search(text, begin.end()) if begin else None
    if begin and end and (lines := list(_lines(text[begin.end() : end.start()]))):
        return [*head, *lines]
    lines = list(_lines(text))
    return [*head, *lines] if lines else []


def _lines(text: str) -> Iterator[str]:
    """The text of every block, in order."""
    block: list[str] = []
    position = 0
    unclosed: set[str] = set()
    while (tag := _TAG.search(text, position)) is not None:
        block.append(text[position : tag.start()])
        position = tag.end()
        name = (tag[2] or "").lower()
        if (
            name
            and not tag[1]
            and name not in unclosed
            and len(unclosed) < _MOST_UNCLOSED
            and _is_left_out(name, tag[3])
        ):
            end = _end_of(text, name, position)
            if end is None:
                unclosed.add(name)
            else:
                position = end
        if name and name not in _INLINE:
            if line := _line("".join(block)):
                yield line
            block.clear()
    block.append(text[position:])
    if line := _line("".join(block)):
        yield line


def _is_left_out(name: str, rest: str) -> bool:
    if name in _VOID or (rest.endswith("/") and name not in _RAW) or _is_shadow(name, rest):
        return False
    if name in _RAW or name in _LEFT_OUT:
        return True
    if name in {"html", "body", "main", "article", "h1"}:
        return False
    if len(rest) < 6:
        return False
    said = rest[:2000]
    return bool(_HIDDEN.search(said)) or any(_NO_CONTENT.search(each[1]) for each in _NAMED.finditer(said))


def _is_shadow(name: str, rest: str) -> bool:
    """Whether a template is a shadow root, which is shown (HTML Standard, 4.12.3, shadowrootmode)."""
    return name == "template" and "shadowrootmode" in rest[:2000].lower()


def _end_of(text: str, name: str, position: int) -> int | None:
    """Where the element that begins before `position` ends; None: nowhere."""
    if name in _RAW:
        end = re.compile(rf"</{name}(?=[\s/>])[^<>]*+>", re.IGNORECASE).search(text, position)
        return None if end is None else end.end()
    depth = 1
    for tag in re.compile(rf"<(/?){re.escape(name)}(?=[\s/>])[^<>]*+>", re.IGNORECASE).finditer(
        text, position
    ):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return tag.end()
    return None


def _line(text: str) -> str:
    """In one line, character references resolved."""
    if "&" in text:
        text = html.unescape(text)
    return _SPACE.sub(" ", text).strip()
