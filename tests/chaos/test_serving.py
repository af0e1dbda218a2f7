"""What a client asked that is gone is counted before anybody counts."""

import socket

from tests.chaos.serving import serving
from tests.chaos.site import make_site


def test_what_the_dead_asked_is_written_down() -> None:
    with serving(make_site(3)) as served:
        host, _, port = served.url.removeprefix("http://").rstrip("/").partition(":")
        for _ in range(20):
            with socket.create_connection((host, int(port))) as client:
                client.sendall(b"GET /absent HTTP/1.1\r\nHost: x\r\n\r\n")
        served.settle()
        assert len(served.asked) == 20
