import aiohttp
import pytest

from crawler.practice.maze import MAZE, maze_page
from crawler.practice.options import PracticeOptions
from crawler.practice.serving import serve
from crawler.practice.truth import truth
from tests.practice.conftest import QUICK


def body(path: str, ask: int = 1) -> bytes:
    made = maze_page(MAZE + path, year=2026, ask=ask)
    assert made is not None
    return made


def test_each_room_leads_on_for_ever() -> None:
    assert b'href="/maze/tides?month=10&amp;year=2026"' in body("tides")
    assert b'href="/maze/tides?month=10&amp;year=9000"' in body("tides?month=10&year=8999")
    assert b'href="corridor/"' in body("corridor/" * 300)
    assert b'href="north/"' in body("echo/" + "north/south/" * 100)
    assert b'href="/maze/shelf?brass=1&amp;tin=1"' in body("shelf?tin=1")
    assert b'href="/maze/shelf"' in body("shelf?tin=1")


def test_the_echo_is_the_same_everywhere_and_the_corridor_is_not() -> None:
    assert body("echo/") == body("echo/north/south/", ask=2)
    assert body("corridor/") != body("corridor/corridor/")


def test_every_answer_draws_a_session() -> None:
    assert body("cloakroom/reefer?PHPSESSID=1", ask=1) != body("cloakroom/reefer?PHPSESSID=1", ask=2)
    assert body("cloakroom/reefer?PHPSESSID=1") == body("cloakroom/reefer")


@pytest.mark.parametrize(
    "path",
    [
        *("?x", "cellar/", "tides/", "tides?year=2026", "corridor", "corridor/?x", "corridor/door/"),
        *(
            "cloakroom/hat",
            "shelf?gold=1",
            "shelf/",
            "echo",
            "echo/east/",
            "echo/?x",
            "echo/" + "north/" * 401,
        ),
    ],
)
def test_and_nothing_else_is_there(path: str) -> None:
    assert maze_page(MAZE + path, year=2026, ask=1) is None


async def test_it_is_linked_and_served_where_it_is_asked_for(session: aiohttp.ClientSession) -> None:
    async with serve(options=PracticeOptions(mazes=True)) as site:
        expected = truth(site.url, PracticeOptions(mazes=True)).maze
        assert expected == f"{site.url}maze/"
        async with session.get(f"{site.url}wrecks/") as response:
            assert '<a href="/maze/">' in await response.text()
        async with session.get(expected) as response:
            assert response.status == 200
        async with session.get(f"{expected}cellar") as response:
            assert response.status == 404
    async with serve(options=QUICK) as site:
        assert truth(site.url, QUICK).maze == ""
        async with session.get(f"{site.url}maze/") as response:
            assert response.status == 404
