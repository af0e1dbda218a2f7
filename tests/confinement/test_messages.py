"""What goes between the crawl and its reading processes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.confinement.messages import (
    HEADER_BYTES,
    MAX_FRAME_BYTES,
    Kind,
    addresses_frame,
    found_frames,
    frame_header,
    read_addresses,
    read_found,
    read_header,
    read_links,
    read_text,
    text_frame,
)
from crawler.links.findings import Findings, Text
from crawler.model import Hop, Outlink

# Titles may hold what could not be decoded, as lone surrogates.
TEXTS = st.text(st.characters(exclude_categories=()))
OUTLINKS = st.builds(
    Outlink,
    url=TEXTS,
    hop=st.sampled_from(Hop),
    context=TEXTS,
    nofollow=st.booleans(),
    modified_at=st.none() | st.floats(allow_nan=False, allow_infinity=False),
)
FINDINGS = st.builds(
    Findings,
    outlinks=st.lists(OUTLINKS).map(tuple),
    forms=st.lists(TEXTS).map(tuple),
    title=TEXTS,
    encoding=TEXTS,
    left_out=st.integers(0),
)


def received(findings: Findings) -> tuple[Findings, int]:
    outlinks: list[Outlink] = []
    *links, (last, rest) = found_frames(findings, 17)
    for kind, payload in links:
        assert kind is Kind.LINKS
        outlinks += read_links(payload)
    assert last is Kind.FOUND
    return read_found(rest, outlinks)


@given(findings=FINDINGS)
def test_findings_arrive_as_they_were(findings: Findings) -> None:
    assert received(findings) == (findings, 17)


def test_many_links_go_in_frames_of_which_each_is_read_at_once() -> None:
    outlinks = [Outlink(url=f"http://a/{each}", hop=Hop.LINK, context="a") for each in range(1201)]
    outlinks += [Outlink(url="x" * 8000, hop=Hop.LINK, context="a")] * 60
    findings = Findings(outlinks=tuple(outlinks))
    frames = [payload for kind, payload in found_frames(findings, 0) if kind is Kind.LINKS]
    assert len(frames) == 5
    assert max(map(len, frames)) < 400_000
    assert received(findings)[0] == findings


@given(url=TEXTS, header=st.none() | TEXTS, path=st.none() | TEXTS, is_manifest=st.booleans())
def test_a_text_arrives_as_it_was(url: str, header: str | None, path: str | None, is_manifest: bool) -> None:
    text = Text(url=url, media_type="text/html", content_type=header, is_manifest=is_manifest)
    assert read_text(text_frame(text, path)) == (text, path)


@given(addresses=st.lists(st.none() | TEXTS), carried=st.lists(st.none() | TEXTS))
def test_addresses_arrive_as_they_were(addresses: list[str | None], carried: list[str | None]) -> None:
    assert read_addresses(addresses_frame(addresses, carried)) == (addresses, carried)


def test_a_header_has_a_kind_and_a_length() -> None:
    header = frame_header(Kind.EDITION, MAX_FRAME_BYTES)
    assert len(header) == HEADER_BYTES
    assert read_header(header) == (Kind.EDITION, MAX_FRAME_BYTES)


@pytest.mark.parametrize("raw", [frame_header(Kind.EDITION, MAX_FRAME_BYTES + 1), b"\xff" * 9, b"Traceback"])
def test_another_header_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        read_header(raw)


@pytest.mark.parametrize(
    "value", [None, 1, {}, [1], [[1, "L", "a", False]], [["u", "L", 1, False]], [["u", "X", "c", 0]]]
)
def test_other_links_are_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        read_links(json.dumps(value).encode())


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        [1, "", "", 0, 0],
        [[1], "", "", 0, 0],
        [[], 1, "", 0, 0],
        [[], "", "", "0", 0],
        [[], "", "", 0, None],
    ],
)
def test_other_findings_are_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        read_found(json.dumps(value).encode(), [])


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[", b"[" * 100_000])
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        read_links(raw)
