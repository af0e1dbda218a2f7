"""Build the one regular expression that passes over every tag without a link.

It is made from the table of `crawler.links.elements`, so what is read and what is passed over cannot come
apart. Names are spelled `[hH][rR]..` and merged by their beginnings: `re.IGNORECASE` costs three times as much.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from crawler.links.elements import ANYWHERE, ELEMENTS

__all__ = [
    "ATTRIBUTE",
    "BREAK_OUT",
    "BREAK_OUT_ENDS",
    "PLAIN_LINK",
    "TagPatterns",
    "any_case",
    "tag_patterns",
]


class TagPatterns(NamedTuple):
    """The patterns for one document.

    Args:
        following: match up to and with the next thing to look at. Groups: three of a plain link; what opens a
            comment or a CDATA section; `/` of an end tag; the name; the attributes.
        linkless: match the attributes of a tag without links, to its end.
        following_foreign: like `following`, inside of SVG and MathML, where more tags change how the rest is read.
        following_plain: like `following`, and knows plain links: their groups are the attributes, and in
            those the groups of `PLAIN_LINK`. In the other patterns these are never set.
        may_have_base: whether anything in the document begins like a `base`.
    """

    following: re.Pattern[bytes]
    linkless: re.Pattern[bytes]
    following_foreign: re.Pattern[bytes]
    following_plain: re.Pattern[bytes]
    may_have_base: bool


_SPACE = rb"\t\n\f\r "
_FRAGMENTS = frozenset({"href", "xlink:href"})
_LISTED = frozenset(name for uses in ELEMENTS.values() for name in uses) - ANYWHERE.keys()
# Elements that change how what follows is read.
_STARTS = (
    *("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext"),
    *("template", "noscript", "svg", "math", "foreignobject", "desc", "annotation-xml"),
)
_ENDS = ("template", "noscript", "svg", "math", "foreignobject", "desc", "title", "annotation-xml")
BREAK_OUT = frozenset(
    {
        "b",
        "big",
        "blockquote",
        "body",
        "br",
        "center",
        "code",
        "dd",
        "div",
        "dl",
        "dt",
        "em",
        "embed",
        "h1",
        "h2",
    }
    | {
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "hr",
        "i",
        "img",
        "li",
        "listing",
        "menu",
        "meta",
        "nobr",
        "ol",
        "p",
        "pre",
    }
    | {"ruby", "s", "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var"}
)
"""Elements that end SVG and MathML where they stand in it (13.2.6.5); `font` is one only with some attributes."""
BREAK_OUT_ENDS = frozenset({"br", "p"})
"""And the end tags that do."""
_STYLE_NAME = b"style"
# A style holds a URL only in a function, whose bracket may be written as a character reference.
# Groups: a value without quotes; what tells of a function.
_STYLE = re.compile(
    rb"style[%(s)s]*+=[%(s)s]*+(?:\"[^\"(&]*+|'[^'(&]*+|([^%(s)s\"'>(&]*+))([(&])?+" % {b"s": _SPACE}
)


def any_case(names: Iterable[str]) -> bytes:
    """A pattern that matches any of the names in any case, without looking at one twice."""
    tails: dict[str, list[str]] = {}
    for name in names:
        tails.setdefault(name[:1], []).append(name[1:])
    is_end_too = tails.pop("", None) is not None
    branches = [_letter(first) + any_case(rest) for first, rest in sorted(tails.items())]
    if not branches:
        return b""
    joined = branches[0] if len(branches) == 1 and not is_end_too else b"(?:%s)" % b"|".join(branches)
    return joined + (b"?+" if is_end_too else b"")


def _letter(char: str) -> bytes:
    return f"[{char}{char.upper()}]".encode() if char.isalpha() else re.escape(char.encode())


# Most tags of most pages, with the text behind them. They are known by less than it takes to know all others.
_PLAIN_TAG = (
    rb'<(?:span(?: class="[^"]*+")?+>[^<]*+(?:</span>[^<]*+)?+'
    rb"|/(?:span|a|p|li|code|em|div|d[tdl]|ul|ol|t[drt]|strong|b|i|pre|h[1-6])>[^<]*+"
    rb'|(?:span|code|p|li|div|em|d[tdl]|ul|ol|t[drt]|strong|pre|b|i)(?: (?:class|id)="[^"]*+")*+>[^<]*+)'
)
# To a place in the page itself, or such a place.
_FRAGMENT_LINK = rb'<a(?: (?:class|title|id|name)="[^"]*+")*+(?: href="#[^"]*+"(?: (?:class|title|id)="[^"]*+")*+)?+>[^<]*+'
_SILENT = rb"(?:class|title|id|accesskey|target|name|hreflang|tabindex|role|lang|dir|aria-[a-z]++|data-(?!b)[a-z-]++)"
_RELATION = rb"(?:next|prev|bookmark|author|help|search|noopener|noreferrer|external|index|tag|license)"
_OTHERS = rb'(?:[%b]++(?:%b="[^"]*+"|rel="%b"))*+' % (_SPACE, _SILENT, _RELATION)
_SIGN = rb'[^"&#\x00-\x20\x7f-\xff]'
PLAIN_LINK = rb'%b[%b]++href="((?!\?)%b++(#%b*+)?+)"%b[%b]*+' % (
    *(_OTHERS, _SPACE, _SIGN, _SIGN),
    *(_OTHERS, _SPACE),
)
"""The attributes of an `a` that say nothing but where it leads, in ASCII, without character references.

Groups: what it names, with the fragment; the fragment.
"""
_NO_LINK = rb"(?!)(())"
_NAME = rb"[^%(s)s/>][^%(s)s/>=]*+" % {b"s": _SPACE}
_VALUE = rb"(?:\"[^\"]*+\"|'[^']*+'|[^%(s)s>\"'][^%(s)s>]*+|(?=>))" % {b"s": _SPACE}
# 13.2.5.32 to 13.2.5.40. A name with `=` behind it and no whole value is a tag without an end.
_REST = rb"(?:[%(s)s/]*+%%s%(name)s(?:[%(s)s]*+=[%(s)s]*+%(value)s|(?![%(s)s]*+=)))*+[%(s)s/]*+" % {
    b"s": _SPACE,
    b"name": _NAME,
    b"value": _VALUE,
}
ATTRIBUTE = re.compile(
    rb"(%(name)s)(?:[%(s)s]*+=(?:[%(s)s]*+(?:\"([^\"]*+)\"|'([^']*+)'|([^%(s)s>\"'][^%(s)s>]*+)|\Z))?+)?+"
    % {b"s": _SPACE, b"name": _NAME}
)
"""One attribute of a tag's rest: its name, then its value in double, single or no quotes."""


def _guard(names: Iterable[str], *, keeps_fragments: bool) -> bytes:
    """What no attribute of a tag that is passed over may begin with; nothing if there are no names."""
    plain = set(names)
    fragments = plain & _FRAGMENTS
    end = b"(?=[%s/>=])" % _SPACE
    branches = [any_case(plain - fragments) + end] if plain - fragments else []
    if fragments:
        only_fragment = rb"(?![%(s)s]*+=[%(s)s]*+[\"']?+#)" % {b"s": _SPACE}
        branches.append(any_case(fragments) + end + (b"" if keeps_fragments else only_fragment))
    return b"(?!%s)" % b"|".join(branches) if branches else b""


@lru_cache(maxsize=4)
def _compiled(*, has_anywhere: bool, may_have_base: bool) -> TagPatterns:
    unlisted = ANYWHERE.keys() if has_anywhere else frozenset[str]()
    anything = _REST % b""
    linkless = _REST % _guard(_LISTED | unlisted, keeps_fragments=may_have_base)
    linkless_unlisted = _REST % _guard(unlisted, keeps_fragments=may_have_base)
    name = rb"[A-Za-z][^%s/>]*+" % _SPACE
    end = rb"[%s/>]" % _SPACE

    def following(
        starts: Iterable[str], ends: Iterable[str], plain: Iterable[bytes] = (), link: bytes = _NO_LINK
    ) -> re.Pattern[bytes]:
        passed_over = (
            *plain,
            rb"[^<]++",
            rb"</(?!%s%s)%s%s>" % (any_case(ends), end, name, anything),
            rb"<(?!%s%s)%s%s>" % (any_case({*starts, *ELEMENTS}), end, name, linkless_unlisted),
            rb"<(?!%s%s)%s%s>" % (any_case(starts), end, name, linkless),
            rb"<(?![A-Za-z/!?])",
            rb"<!(?!--|\[CDATA\[)[^>]*+>",
            rb"<\?[^>]*+>",
            rb"</(?![A-Za-z])[^>]*+>",
        )
        taken = rb"<(?:(!--|!\[CDATA\[)|(/?)(%s)(%s)>)" % (name, anything)
        return re.compile(rb"(?:%s)*+(?:<a(%s)>|%s)" % (b"|".join(passed_over), link, taken))

    plain = [_PLAIN_TAG] if may_have_base else [_PLAIN_TAG, _FRAGMENT_LINK]
    return TagPatterns(
        following(_STARTS, _ENDS, plain),
        re.compile(linkless + b">"),
        following({*_STARTS, *BREAK_OUT}, {*_ENDS, *BREAK_OUT_ENDS}),
        following(_STARTS, _ENDS, plain, PLAIN_LINK),
        may_have_base,
    )


def tag_patterns(body: bytes) -> TagPatterns:
    """The patterns for a document; which signs occur in it at all decides what they need to look for."""
    lower = body.lower()
    return _compiled(
        has_anywhere=b"data-b" in lower or _has_style_with_function(lower),
        may_have_base=b"<base" in lower,
    )


def _has_style_with_function(lower: bytes) -> bool:
    """Whether any style attribute may call a function. Linear: values without quotes are looked at once."""
    position = lower.find(_STYLE_NAME)
    while position >= 0:
        following = position + len(_STYLE_NAME)
        if (found := _STYLE.match(lower, position)) is not None:
            if found[2]:
                return True
            # An attribute that begins within such a value is like it, or has the quote that ends it.
            following = max(following, found.end(1) - len(_STYLE_NAME) - 1)
        position = lower.find(_STYLE_NAME, following)
    return False
