"""Names of segments tell run and worker."""

from __future__ import annotations

import pytest

from crawler.segmentnames import SEGMENT, run_name, segment_name, worker_of

RUN = "20261128-063000"


@pytest.mark.parametrize("run", [RUN, f"{RUN}-3"])
@pytest.mark.parametrize("worker", [None, 0, 3, 12345])
def test_what_a_name_says(run: str, worker: int | None) -> None:
    name = segment_name(run, 7, worker)
    assert SEGMENT.fullmatch(name)
    assert (run_name(name), worker_of(name)) == (run, worker)


def test_names_sort_as_they_were_begun() -> None:
    names = [segment_name(RUN, number, 3) for number in range(20)]
    assert names == sorted(names)


@pytest.mark.parametrize(
    "name", ["data.warc.gz", f"{RUN}-x3-00000.warc.gz", f"{RUN}-w-00000.warc.gz", "index.cdxj"]
)
def test_what_is_no_name_of_ours(name: str) -> None:
    assert SEGMENT.fullmatch(name) is None
    assert worker_of(name) is None
