import re

import pytest
from lxml import etree

from crawler.practice.catalog import catalog
from crawler.practice.options import PracticeOptions
from crawler.practice.resource import Role
from crawler.practice.rooms import complete_register, light_pages, lights, logbook_page, page

FRAMED = sorted(
    resource.target
    for resource in catalog(PracticeOptions()).values()
    if resource.body.startswith((b'<!DOCTYPE html>\n<html lang="en" xmlns', b"<?xml version"))
    and resource.role in (Role.PAGE, Role.UNLINKED)
)


def text_of(target: str) -> str:
    charsets = {"/keepers/andr%C3%A9": "latin-1", "/visitors/yokohama": "shift_jis"}
    text = catalog(PracticeOptions())[target].body.decode(charsets.get(target, "utf-8"))
    return re.sub(r"^<\?xml[^>]*>\n", "", text)


def test_nearly_all_pages_stand_in_the_frame() -> None:
    assert len(FRAMED) > 40


@pytest.mark.parametrize("target", FRAMED)
def test_page_is_well_formed(target: str) -> None:
    root = etree.fromstring(text_of(target))
    assert root.findtext(".//{*}title", "").endswith(" - The Seven Lights")
    assert len(root.findall(".//{*}h1")) == 1
    assert all(image.get("alt") is not None for image in root.iter("{*}img"))


def test_a_page_marks_its_room() -> None:
    assert page("isobel", "/keepers/isobel").count(b'data-room="keepers" aria-current="true"') == 1
    assert b"aria-current" not in page("about", "/about")


def test_what_a_charset_cannot_say_becomes_a_reference() -> None:
    assert b"Skerriv&#246;r" in page("home", "/", charset="ascii")


def test_every_light_has_a_page_and_leads_to_the_next() -> None:
    pages = dict(light_pages())
    assert list(pages) == [f"/lights/{light.slug}" for light in lights()]
    for light, body in zip(lights(), [list(pages.values())[-1], *list(pages.values())[:-1]], strict=True):
        assert f'rel="next" href="{light.slug}"'.encode() in body


def test_the_logbook_shows_each_entry_once() -> None:
    days = [
        day
        for number in range(1, 5)
        for day in re.findall(rb'datetime="([-\d]+)"', logbook_page(number, "/logbook/"))
    ]
    assert len(days) == 24
    assert days == sorted(days)


def test_first_and_last_page_of_the_logbook_have_one_neighbour() -> None:
    assert b'rel="prev"' not in logbook_page(1, "/logbook/")
    assert b'rel="next"' not in logbook_page(4, "/logbook/")


def test_the_register_weighs_two_megabytes_and_is_always_the_same() -> None:
    assert 2 * 1024 * 1024 <= len(complete_register()) < 2.5 * 1024 * 1024
    first = complete_register()
    complete_register.cache_clear()
    assert complete_register() == first
