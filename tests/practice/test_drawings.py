import re

import pytest
from lxml import etree

from crawler.practice.catalog import catalog
from crawler.practice.options import PracticeOptions
from crawler.practice.rooms import lights, lights_index

RESOURCES = catalog(PracticeOptions())
DRAWINGS = sorted(
    target for target, resource in RESOURCES.items() if target.endswith(".svg") and resource.status == 200
)


@pytest.mark.parametrize("target", DRAWINGS)
def test_drawing_is_well_formed_and_loads_nothing(target: str) -> None:
    root = etree.fromstring(RESOURCES[target].body)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not re.search(rb"""(href|src)=|url\((?!#)|http://(?!www\.w3\.org)""", RESOURCES[target].body)
    assert len(RESOURCES[target].body) < 20_000


def test_a_light_flashes_as_its_character_says() -> None:
    for light in lights():
        body = RESOURCES[f"/pictures/lights/{light.slug}.svg"].body.decode()
        ((keys, values),) = re.findall(r'<animate [^>]*keyTimes="([^"]+)" values="([^"]+)"', body)
        times, brightness = keys.split(";"), values.split(";")
        assert len(times) == len(brightness)
        assert [float(time) for time in times] == sorted(float(time) for time in times)
        if not light.character.startswith("Iso"):
            assert brightness.count("1") == light.flashes
        assert f'dur="{light.period_seconds}s"' in body


def test_the_image_map_lies_on_the_marks_of_the_chart() -> None:
    chart, page = RESOURCES["/pictures/chart.svg"].body.decode(), lights_index().decode()
    for x, y in re.findall(r'<area shape="circle" coords="(\d+),(\d+),', page):
        assert f'<circle cx="{x}" cy="{y}"' in chart
