"""What a process that crawls sets of Python's collector."""

import gc

from crawler.garbage import collect_seldom


def test_garbage_is_still_collected_but_less_often() -> None:
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.isenabled()
        assert gc.get_threshold()[0] > before[0]
    finally:
        gc.set_threshold(*before)
