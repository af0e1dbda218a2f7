"""The ports that belong to other protocols."""

from __future__ import annotations

import pytest

from crawler.ports import is_blocked_port


@pytest.mark.parametrize("port", [0, 1, 21, 22, 23, 25, 110, 143, 465, 587, 993, 2049, 6000, 6667, 10080])
def test_ports_of_other_protocols(port: int) -> None:
    assert is_blocked_port(port)


@pytest.mark.parametrize(
    "port", [80, 81, 443, 1080, 3000, 3128, 5000, 5432, 6379, 8000, 8080, 8443, 9200, 49152, 65535]
)
def test_ports_where_the_web_may_live(port: int) -> None:
    assert not is_blocked_port(port)
