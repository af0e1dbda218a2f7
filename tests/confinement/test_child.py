"""What the process that may be killed answers."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.confinement import child
from crawler.confinement.messages import (
    HEADER_BYTES,
    Kind,
    addresses_frame,
    frame_header,
    read_found,
    read_header,
    read_links,
    text_frame,
)
from crawler.links.findings import Text

PAGE = Text(url="http://a.example/", media_type="text/html")
PNG = Text(url="http://a.example/x.png", media_type="image/png")
BODY = b"<title>t</title><a href=/x>x</a><a href=/y>y</a>"
LINKS = ["http://a.example/x", "http://a.example/y"]


def frames(*each: tuple[Kind, bytes]) -> bytes:
    return b"".join(frame_header(kind, len(payload)) + payload for kind, payload in each)


def answers(*asked: tuple[Kind, bytes], monkeypatch: pytest.MonkeyPatch) -> list[tuple[Kind, bytes]]:
    """What it answers, in this process, whose limits stay as they are."""
    monkeypatch.setattr(child, "_limit_cpu", lambda _: None)
    out = io.BytesIO()
    child._serve(io.BytesIO(frames(*asked)), out, 1)
    out.seek(0)
    found = []
    while header := out.read(HEADER_BYTES):
        kind, size_bytes = read_header(header)
        found.append((kind, out.read(size_bytes)))
    return found


def test_a_text_is_read_and_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    told = answers(
        (Kind.TEXT, text_frame(PAGE, None)),
        (Kind.BODY, BODY),
        (Kind.ADDRESSES, addresses_frame(["x.html", None])),
        monkeypatch=monkeypatch,
    )
    assert [kind for kind, _ in told] == [Kind.LINKS, Kind.FOUND, Kind.EDITION]
    links = read_links(told[0][1])
    assert [each.url for each in links] == LINKS
    findings, peak_bytes = read_found(told[1][1], links)
    assert findings.title == "t"
    assert peak_bytes > 1_000_000
    assert told[2][1] == BODY.replace(b"=/x", b'="x.html"').replace(b"=/y", b'="http://a.example/y"')


def test_a_body_may_lie_in_a_file_and_texts_follow_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "body"
    path.write_bytes(BODY)
    text = (Kind.TEXT, text_frame(PAGE, str(path)))
    told = answers(text, text, (Kind.ADDRESSES, addresses_frame([None, None])), monkeypatch=monkeypatch)
    assert [kind for kind, _ in told] == [*(Kind.LINKS, Kind.FOUND) * 2, Kind.EDITION]


def test_what_is_no_text_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    told = answers(
        (Kind.TEXT, text_frame(PNG, None)),
        (Kind.BODY, BODY),
        (Kind.ADDRESSES, addresses_frame([])),
        monkeypatch=monkeypatch,
    )
    assert [kind for kind, _ in told] == [Kind.FOUND, Kind.EDITION]
    assert told[1][1] == BODY


def test_a_body_without_a_text_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="BODY without a text"):
        answers((Kind.BODY, b""), monkeypatch=monkeypatch)


def test_it_ends_with_its_stdin() -> None:
    program = "from crawler.confinement.child import main; main(1_000_000_000, 5)"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(child.__file__).parents[2])},
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
