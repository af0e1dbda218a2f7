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
from operator import itemgetter

from crawler.model import Decision
from crawler.patterns import NO_MATCH, Match, Pattern, Patterns, compile_patterns

__all__ = ["MAX_ROBOTS_BYTES", "Robots", "parse"]

MAX_ROBOTS_BYTES = 500 * 1024
MAX_LINE_BYTES = 16_663
MAX_DETAIL_CHARACTERS = 300
MAX_AGENTS_KEPT = 8

# The text of a file is kept with one character an octet. There str.strip() would take the end of a
# UTF-8 "à" (C3 A0) for a blank, so blanks are always named.
BLANKS = " \t\v\f"
BLANK_RUN = re.compile(r"[ \t\v\f]+")

# How a key may begin; the misspelt ones are those that Google's parser accepts.
SPELLINGS = {
    "agent": ("user-agent", "useragent", "user agent"),
    "disallow": ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"),
    "allow": ("allow",),
    "delay": ("crawl-delay", "crawl delay", "crawldelay"),
    "sitemap": ("sitemap", "site-map"),
}
KEYS = {spelling: name for name, spellings in SPELLINGS.items() for spelling in spellings}
BEGINNINGS = tuple(KEYS)
RULE_LINE = re.compile(
    rf"^[{BLANKS}]*+(?:{'|'.join(BEGINNINGS)})[^\n]*+", re.IGNORECASE | re.ASCII | re.MULTILINE
)
DELAY = re.compile(r"(?:[0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,3})?")
PRODUCT = re.compile(r"(?:mozilla/\S*\s*\(compatible;\s*)?([^\s/,;()]+)")

BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BINARY_HEADS = ("\x89PNG", "GIF8", "\xff\xd8\xff", "\x1f\x8b", "PK\x03\x04", "%PDF-", "RIFF", "\x7fELF")
MARKUP_HEADS = ("<!doctype", "<html", "<head", "<body", "<title", "<script", "<meta", "<?xml", "<svg")

BEFORE_PATH = re.compile(r"(?:[^/?#;:]*:)?//[^/?#;]*|[^/?#;]*")
# Escapes, what a canonical URL escapes (WHATWG path and query), and what means something in a pattern.
UNSAFE = re.compile(r"%[0-9A-Fa-f]{2}|[\x00-\x20\"'<>\\^`{|}*$\x7f]")
UNSAFE_OCTET = re.compile(r"%[0-9A-Fa-f]{2}|[\x00-\x20\"'<>\\^`{|}*$\x7f-\xff]")
UNRESERVED_ESCAPE = re.compile(r"%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])")

Record = tuple[int, str, str]  # where the line begins, key of SPELLINGS, value


@dataclass(frozen=True, slots=True)
class _Block:
    """`User-agent` lines in a row with what follows them; an agent may stand in many blocks."""

    agents: frozenset[str]
    rules: tuple[Record, ...]
    delays: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Group:
    """All that applies to one agent, merged (RFC 9309 section 2.2.1)."""

    allow: Patterns
    disallow: Patterns
    delay_seconds: float | None


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one origin.

    Args:
        sitemaps: the values of its `Sitemap` lines as written, in order, each once.
        notices: what a person should know of the file, e.g. `is a web page and holds no rules`.
    """

    sitemaps: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
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
        accepted, match = self._weigh(agent, url)
        detail = "no line matches" if match == NO_MATCH else self._shown(match[1])
        return Decision(accepted=accepted, rule="robots", detail=detail)

    def crawl_delay(self, agent: str) -> float | None:
        """Seconds to wait between requests as the site asks, not clamped; None if it asks nothing valid."""
        return self._group(agent).delay_seconds

    def _shown(self, offset: int) -> str:
        """The line that begins there, with its number."""
        number = self._text.count("\n", 0, offset) + 1
        line = self._text[offset : offset + MAX_LINE_BYTES].partition("\n")[0]
        return f"line {number}: {_printable(line)}"

    def _weigh(self, agent: str, url: str) -> tuple[bool, Match]:
        """The verdict, and the match that gave it."""
        group = self._group(agent)
        path = "/" + _octets(BEFORE_PATH.sub("", url, count=1).partition("#")[0].removeprefix("/"))
        if path == "/robots.txt":
            return (True, NO_MATCH)
        written = _escape(UNSAFE, path)
        decoded = _decode_unreserved(written)
        refusal = group.disallow.longest(decoded if decoded.isascii() else _escape(UNSAFE_OCTET, decoded))
        consent = group.allow.longest(written)
        if decoded != written:
            consent = max(consent, group.allow.longest(decoded), key=itemgetter(0))
        return (False, refusal) if refusal[0] > consent[0] else (True, consent)

    def _group(self, agent: str) -> _Group:
        group = self._groups.get(agent)
        if group is None:
            if len(self._groups) >= MAX_AGENTS_KEPT:
                self._groups.clear()
            group = self._groups[agent] = _merge(self._blocks, _product(_octets(agent)))
        return group


def parse(body: bytes) -> Robots:
    """Read a robots.txt. Never raises; HTML and well-known binary formats hold no rules.

    Args:
        body: content-decoded. What lies beyond `MAX_ROBOTS_BYTES` is ignored, and so is the line that this limit
            cuts (RFC 9309 section 2.5). Who cuts it earlier should keep a byte more: else that line looks whole.
    """
    text = _text(body)
    notices = (
        [f"is longer than {MAX_ROBOTS_BYTES // 1024} KiB: the rest is not read"]
        if len(body) > MAX_ROBOTS_BYTES
        else []
    )
    if text[:1024].lstrip(BLANKS + "\n").lower().startswith(MARKUP_HEADS):
        return Robots(notices=("is a web page and holds no rules", *notices))
    is_binary = text.startswith(BINARY_HEADS)
    records = () if is_binary else tuple(_records(text))
    if is_binary or (not records and not body.startswith(UTF_16) and BINARY.search(body[:1024])):
        return Robots(notices=("is no text and holds no rules", *notices))
    sitemaps = dict.fromkeys(_utf8(value) for _, key, value in records if key == "sitemap" and value)
    return Robots(
        sitemaps=tuple(sitemaps), notices=tuple(notices), _blocks=tuple(_blocks(records)), _text=text
    )


def _text(body: bytes) -> str:
    """The body in UTF-8, one character an octet, without byte order mark, NULs and a line that was cut; `\\n` ends a line."""
    kept = body[:MAX_ROBOTS_BYTES]
    if kept.startswith(UTF_16):
        kept = kept.decode("utf-16", "replace").encode()
    kept = kept.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"")
    text = kept.replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode("latin-1")
    return text[: text.rfind("\n") + 1] if len(body) > MAX_ROBOTS_BYTES else text


def _records(text: str) -> Iterator[Record]:
    """The lines that mean something."""
    for found in RULE_LINE.finditer(text):
        content = found[0][:MAX_LINE_BYTES].partition("#")[0].strip(BLANKS)
        key, colon, value = content.partition(":")
        if not colon:  # Google's parser: without a colon, two words are key and value
            words = BLANK_RUN.split(content, maxsplit=2)
            key, value = words if len(words) == 2 else ("", "")
        name = _key_name(key.lower())
        if name is not None:
            yield found.start(), name, value.strip(BLANKS)


def _key_name(key: str) -> str | None:
    if key in KEYS:
        return KEYS[key]
    return next((name for spelling, name in KEYS.items() if key.startswith(spelling)), None)


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
    rules = [rule for block in mine for rule in block.rules]
    return _Group(
        allow=_patterns(rules, "allow"),
        disallow=_patterns(rules, "disallow"),
        delay_seconds=max((block.delays[agent] for block in mine if agent in block.delays), default=None),
    )


def _patterns(rules: Iterable[Record], kind: str) -> Patterns:
    return compile_patterns(_pattern(value, offset, kind) for offset, key, value in rules if key == kind)


def _pattern(value: str, offset: int, kind: str) -> Pattern:
    """The pattern of a rule; stars in a row match like one star, but each counts as an octet."""
    is_anchored = value.endswith("$")
    pieces = value.removesuffix("$").split("*")
    normal = pieces
    if UNSAFE_OCTET.search("".join(pieces)):
        pieces = [_escape(UNSAFE_OCTET, piece) for piece in pieces]
        normal = [_decode_unreserved(piece) for piece in pieces]
    octets = sum(map(len, normal)) + len(normal) - 1 + is_anchored
    first, *rest = normal if kind == "disallow" else pieces
    if len(rest) > 1:
        rest = [*filter(None, rest[:-1]), rest[-1]]
    return Pattern((first, *rest), is_anchored, (octets, offset))


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
