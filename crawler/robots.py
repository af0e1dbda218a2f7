"""Judge a URL by a site's robots.txt, as RFC 9309 says and as Google's parser does.

The body comes from a stranger: parsing is linear in its size, matching a pattern is linear in the
path, no regular expression is built from it, and no bytes make anything here raise. Where RFC and
Google's parser disagree about escapes, the refusal wins: `Disallow` is compared in the RFC's normal
form (section 2.2.2: unreserved `%XX` decoded, octets beyond ASCII encoded), `Allow` as the site
spelt it. URLs are expected as they go on the wire.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from crawler.model import Decision

__all__ = ["MAX_ROBOTS_BYTES", "Robots", "parse"]

MAX_ROBOTS_BYTES = 500 * 1024
MAX_LINE_BYTES = 16_663
MAX_DETAIL_CHARACTERS = 300

# The text of a file is kept with one character an octet. There str.strip() would take the end of a
# UTF-8 "à" (C3 A0) for a blank, so blanks are always named.
BLANKS = " \t\v\f"
BLANK_RUN = re.compile(r"[ \t\v\f]+")
LINE_END = re.compile(r"\r\n|\r|\n")

# How a key may begin; the misspelt ones are those that Google's parser accepts.
SPELLINGS = {
    "agent": ("user-agent", "useragent", "user agent"),
    "disallow": ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"),
    "allow": ("allow",),
    "delay": ("crawl-delay", "crawl delay", "crawldelay"),
    "sitemap": ("sitemap", "site-map"),
}
BEGINNINGS = tuple(spelling for spellings in SPELLINGS.values() for spelling in spellings)
DELAY = re.compile(r"(?:[0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,3})?")
PRODUCT = re.compile(r"(?:mozilla/\S*\s*\(compatible;\s*)?([^\s/,;()]+)")

BINARY_HEADS = ("\x89PNG", "GIF8", "\xff\xd8\xff", "\x1f\x8b", "PK\x03\x04", "%PDF-", "RIFF", "\x7fELF")
MARKUP_HEADS = ("<!doctype", "<html", "<head", "<body", "<title", "<script", "<meta", "<?xml", "<svg")

BEFORE_PATH = re.compile(r"(?:[^/?#;:]*:)?//[^/?#;]*|[^/?#;]*")
# Escapes, what a canonical URL escapes (WHATWG path and query), and what means something in a pattern.
UNSAFE = re.compile(r"%[0-9A-Fa-f]{2}|[\x00-\x20\"'<>\\^`{|}*$\x7f]")
UNSAFE_OCTET = re.compile(r"%[0-9A-Fa-f]{2}|[\x00-\x20\"'<>\\^`{|}*$\x7f-\xff]")
UNRESERVED_ESCAPE = re.compile(r"%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])")

Record = tuple[int, str, str]  # line number, key of SPELLINGS, value
Match = tuple[int, int]  # octets of the pattern, number of its line
NO_MATCH: Match = (0, 0)


@dataclass(frozen=True, slots=True)
class _Block:
    """`User-agent` lines in a row with what follows them; an agent may stand in many blocks."""

    agents: frozenset[str]
    rules: tuple[Record, ...]
    delays: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Wild:
    """A pattern with `*` or a final `$`; where its needle, its longest piece, is missing, it cannot match."""

    pieces: tuple[str, ...]
    needle: str
    is_anchored: bool
    match: Match


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Prefixes, one look-up for each of their `sizes` however many there are; and the rest, most octets first."""

    prefixes: dict[str, Match]
    sizes: tuple[int, ...]
    wild: tuple[_Wild, ...]

    def longest(self, path: str) -> Match:
        best = NO_MATCH
        for size in self.sizes:
            found = self.prefixes.get(path[:size])
            if found is not None and found[0] > best[0]:
                best = found
        for pattern in self.wild:
            if pattern.match[0] <= best[0]:
                break
            if pattern.needle in path and _matches(pattern.pieces, path, is_anchored=pattern.is_anchored):
                return pattern.match
        return best


@dataclass(frozen=True, slots=True)
class _Group:
    """All that applies to one agent, merged (RFC 9309 section 2.2.1)."""

    allow: _Patterns
    disallow: _Patterns
    delay_seconds: float | None


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one origin, and the values of its `Sitemap` lines as written, in order, each once."""

    sitemaps: tuple[str, ...] = ()
    _blocks: tuple[_Block, ...] = field(default=(), repr=False)
    _text: str = field(default="", repr=False)
    _groups: dict[str, _Group] = field(default_factory=dict, init=False, repr=False, compare=False)

    def can_fetch(self, agent: str, url: str) -> bool:
        """Whether `agent` may fetch `url`: the longest match decides, `Allow` on a tie (RFC 9309 section 2.2.2).

        Args:
            agent: a product token, or a whole `User-Agent` value that begins with one.
            url: absolute and canonical, or its path and query.
        """
        return self._weigh(agent, url)[0]

    def verdict(self, agent: str, url: str) -> Decision:
        """`can_fetch`, and in `detail` the line that decided, e.g. `line 4: Disallow: /private`."""
        accepted, number = self._weigh(agent, url)
        line = f"line {number}: {_printable(LINE_END.split(self._text)[number - 1])}" if number else ""
        return Decision(accepted=accepted, rule="robots", detail=line or "no line matches")

    def crawl_delay(self, agent: str) -> float | None:
        """Seconds to wait between requests as the site asks, not clamped; None if it asks nothing valid."""
        return self._group(agent).delay_seconds

    def _weigh(self, agent: str, url: str) -> tuple[bool, int]:
        """The verdict, and the number of the line that gave it (0: none)."""
        group = self._group(agent)
        path = "/" + _octets(BEFORE_PATH.sub("", url, count=1).partition("#")[0].removeprefix("/"))
        if path == "/robots.txt":
            return (True, 0)
        written = _escape(UNSAFE, path)
        decoded = _decode_unreserved(written)
        refusal = group.disallow.longest(decoded if decoded.isascii() else _escape(UNSAFE_OCTET, decoded))
        consent = max(group.allow.longest(written), group.allow.longest(decoded))
        return (False, refusal[1]) if refusal[0] > consent[0] else (True, consent[1])

    def _group(self, agent: str) -> _Group:
        if agent not in self._groups:
            self._groups[agent] = _merge(self._blocks, _product(_octets(agent)))
        return self._groups[agent]


def parse(body: bytes) -> Robots:
    """Read a robots.txt. Never raises; HTML and well-known binary formats hold no rules.

    Args:
        body: content-decoded. What lies beyond `MAX_ROBOTS_BYTES` is ignored, and so is the line that this limit
            cuts (RFC 9309 section 2.5). Who cuts it earlier should keep a byte more: else that line looks whole.
    """
    text = _text(body)
    if text.startswith(BINARY_HEADS) or text[:1024].lstrip(BLANKS + "\r\n").lower().startswith(MARKUP_HEADS):
        return Robots()
    records = tuple(_records(text))
    sitemaps = dict.fromkeys(_utf8(value) for _, key, value in records if key == "sitemap" and value)
    return Robots(sitemaps=tuple(sitemaps), _blocks=tuple(_blocks(records)), _text=text)


def _text(body: bytes) -> str:
    """The body in UTF-8, one character an octet, without byte order mark, NULs and a line that was cut."""
    kept = body[:MAX_ROBOTS_BYTES]
    if kept.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        kept = kept.decode("utf-16", "replace").encode()
    text = kept.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"").decode("latin-1")
    if len(body) > MAX_ROBOTS_BYTES:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
    return text


def _records(text: str) -> Iterator[Record]:
    """The lines that mean something."""
    for number, line in enumerate(LINE_END.split(text), 1):
        content = line[:MAX_LINE_BYTES].partition("#")[0].strip(BLANKS)
        if not content[:16].lower().startswith(BEGINNINGS):
            continue
        key, colon, value = content.partition(":")
        if not colon:  # Google's parser: without a colon, two words are key and value
            words = BLANK_RUN.split(content, maxsplit=2)
            key, value = words if len(words) == 2 else ("", "")
        for name, spellings in SPELLINGS.items():
            if key.lower().startswith(spellings):
                yield number, name, value.strip(BLANKS)


def _blocks(records: Iterable[Record]) -> Iterator[_Block]:
    """Group the rules: only a rule ends a row of `User-agent` lines (RFC 9309 sections 2.1 and 2.2.4)."""
    agents: dict[str, None] = {}
    undelayed: dict[str, None] = {}
    delays: dict[str, float] = {}
    rules: list[Record] = []
    for number, key, value in records:
        if key == "agent":
            if rules:
                yield _Block(frozenset(agents), tuple(rules), delays)
                agents, undelayed, delays, rules = {}, {}, {}, []
            agents[_product(value)] = undelayed[_product(value)] = None
        elif key == "delay" and DELAY.fullmatch(value) and math.isfinite(float(value)):
            delays |= dict.fromkeys(undelayed, float(value))
            undelayed = {}
        elif key in {"allow", "disallow"} and agents:
            rules.append((number, key, value))
    if agents:
        yield _Block(frozenset(agents), tuple(rules), delays)


def _product(agent: str) -> str:
    """The product token in lower case, "" if there is none; of `Mozilla/5.0 (compatible; NAME/1.0)` it is NAME."""
    product = PRODUCT.match(agent.lower().strip(BLANKS))
    return product[1] if product is not None else ""


def _merge(blocks: tuple[_Block, ...], agent: str) -> _Group:
    """The group of `agent`; that of `*` only if no block names the agent (RFC 9309 section 2.2.1)."""
    mine = [block for block in blocks if agent and agent in block.agents]
    if not mine:
        agent = "*"
        mine = [block for block in blocks if agent in block.agents]
    return _Group(
        allow=_patterns(rule for block in mine for rule in block.rules if rule[1] == "allow"),
        disallow=_patterns(rule for block in mine for rule in block.rules if rule[1] == "disallow"),
        delay_seconds=max((block.delays[agent] for block in mine if agent in block.delays), default=None),
    )


def _patterns(rules: Iterable[Record]) -> _Patterns:
    """Compile the values of `rules`; of equal ones the first in the file is the one to show."""
    prefixes: dict[str, Match] = {}
    wild: dict[tuple[tuple[str, ...], bool, int], _Wild] = {}
    for number, key, value in rules:
        is_anchored = value.endswith("$")
        written = [_escape(UNSAFE_OCTET, piece) for piece in value.removesuffix("$").split("*")]
        normal = [_decode_unreserved(piece) for piece in written]
        octets = sum(map(len, normal)) + len(normal) - 1 + is_anchored
        first, *rest = normal if key == "disallow" else written
        if rest or is_anchored:
            # Stars in a row match like one star, but each counts as an octet.
            pieces = (first, *filter(None, rest[:-1]), *rest[-1:])
            pattern = _Wild(pieces, max(pieces, key=len), is_anchored, (octets, number))
            wild.setdefault((pieces, is_anchored, octets), pattern)
        elif first:
            prefixes.setdefault(first, (octets, number))
    ranked = sorted(wild.values(), key=lambda pattern: -pattern.match[0])
    return _Patterns(prefixes, tuple({len(prefix) for prefix in prefixes}), tuple(ranked))


def _matches(pieces: tuple[str, ...], path: str, *, is_anchored: bool) -> bool:
    """Whether the pieces stand in `path` in order, the first at its start, the last at its end if anchored.

    A piece taken where it first comes leaves most for the next: the position only moves forward.
    """
    if not path.startswith(pieces[0]):
        return False
    position = len(pieces[0])
    if len(pieces) == 1:
        return not is_anchored or position == len(path)
    for piece in pieces[1:-1]:
        found = path.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    if is_anchored:
        return path.endswith(pieces[-1], position)
    return path.find(pieces[-1], position) >= 0


def _octets(text: str) -> str:
    """`text` in UTF-8, one character an octet."""
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1")


def _utf8(octets: str) -> str:
    """The inverse of `_octets`, for any octets."""
    return octets.encode("latin-1").decode("utf-8", "replace")


def _printable(line: str) -> str:
    """A line as a terminal may show it: bounded, without control characters."""
    shown = _utf8(line[:MAX_LINE_BYTES].strip(BLANKS))[:MAX_DETAIL_CHARACTERS]
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in shown)


def _escape(unsafe: re.Pattern[str], octets: str) -> str:
    """Escape what is unsafe, and write every escape with capital digits."""
    return unsafe.sub(lambda found: found[0].upper() if found[0][1:] else f"%{ord(found[0]):02X}", octets)


def _decode_unreserved(escaped: str) -> str:
    """Decode the escapes that say the same as their character (RFC 3986 section 2.3)."""
    return UNRESERVED_ESCAPE.sub(lambda found: chr(int(found[0][1:], 16)), escaped)
