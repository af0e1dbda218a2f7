"""How much of a segment is whole: members put together by hand, cut at every place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.archive import torn
from crawler.archive.records import Records
from crawler.archive.torn import whole_bytes
from tests.archive.samples import answer, member_of, revisit

BUILDER = Records("x")
INFO = member_of(BUILDER, BUILDER.warcinfo("x.warc.gz"))
RESPONSE, REQUEST = (member_of(BUILDER, each) for each in BUILDER.exchange(answer(b"page")))
REVISIT, ASKED_AGAIN = (member_of(BUILDER, each) for each in BUILDER.exchange(revisit()))
NEWS = REQUEST + RESPONSE
SAME = ASKED_AGAIN + REVISIT


def whole(tmp_path: Path, data: bytes, believed: int = 0) -> int:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(data)
    return whole_bytes(path, believed)


def test_what_is_believed_is_kept_without_a_look(tmp_path: Path) -> None:
    assert whole(tmp_path, b"junk", 4) == 4
    assert whole(tmp_path, b"junk", 9) == 4
    assert whole(tmp_path, b"", 0) == 0


@pytest.mark.parametrize(
    ("tail", "kept"),
    [
        (b"", b""),
        (NEWS, b""),
        (REQUEST, b""),
        (SAME, SAME),
        (SAME + SAME, SAME + SAME),
        (SAME + ASKED_AGAIN, SAME),
        (SAME + NEWS, SAME),
        (NEWS + SAME[:-1], b""),
        (NEWS + SAME, NEWS + SAME),
        (NEWS + SAME + REQUEST, NEWS + SAME),
        (SAME + b"junk", SAME),
        (b"junk" + SAME[:-1], b""),
        (bytes(50), b""),
    ],
)
def test_behind_it_the_last_revisit_ends_what_is_kept(tmp_path: Path, tail: bytes, kept: bytes) -> None:
    believed = len(INFO + NEWS)
    assert whole(tmp_path, INFO + NEWS + tail, believed) == believed + len(kept)


def test_any_cut_is_found(tmp_path: Path) -> None:
    data = INFO + SAME + SAME
    ends = [len(INFO + SAME), len(data)]
    for cut in range(len(INFO) + 1, len(data) + 1):
        assert whole(tmp_path, data[:cut]) == max((end for end in ends if end <= cut), default=0)


def test_bytes_that_look_like_a_member_inside_another_do_not_mislead(tmp_path: Path) -> None:
    records = BUILDER.exchange(answer(os.urandom(100) + REVISIT + os.urandom(100)))
    trap, asked = (member_of(BUILDER, each) for each in records)
    believed = len(INFO + NEWS)
    assert whole(tmp_path, INFO + NEWS + SAME + asked + trap, believed) == believed + len(SAME)


def test_a_whole_tail_is_not_read_from_its_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[int] = []
    read_member = torn._member

    def counted(segment: object, start: int) -> tuple[int | None, bytes]:
        starts.append(start)
        return read_member(segment, start)  # type: ignore[arg-type]

    monkeypatch.setattr(torn, "_member", counted)
    data = INFO + SAME * 500
    assert whole(tmp_path, data) == len(data)
    assert starts == [len(data) - len(REVISIT)]
