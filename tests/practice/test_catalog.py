import re

from crawler.practice.catalog import catalog
from crawler.practice.options import PracticeOptions
from crawler.practice.resource import Role
from crawler.practice.rooms import asset

README = asset("../README.md").decode()


def test_targets_are_written_as_they_stand_in_a_request_line() -> None:
    for target, resource in catalog(PracticeOptions()).items():
        assert target == resource.target
        assert re.fullmatch(r"/[!-~]*", target)
        assert "#" not in target


def test_redirects_and_they_alone_have_a_location() -> None:
    for resource in catalog(PracticeOptions()).values():
        assert bool(resource.location) == (resource.role is Role.REDIRECT) == (300 <= resource.status < 400)


def test_every_address_in_the_readme_exists() -> None:
    known = set(catalog(PracticeOptions()))
    named = {
        name
        for name in re.findall(r"`(/[^` ]*)`", README)
        if not name.startswith(("//", "/never/", "/trap/", "/maze/", "/a"))
    }
    assert len(named) > 40
    assert named - known == set()


def test_every_option_is_in_the_readme() -> None:
    options = set(PracticeOptions.__dataclass_fields__) - {"requests_kept"}
    assert [option for option in options if f"`{option}`" not in README] == []
