"""Who the user is to a site: what cannot be meant is refused, and no secret is shown."""

from __future__ import annotations

import pytest

from crawler.auth import Auth, Login
from crawler.errors import UsageError


@pytest.mark.parametrize(
    ("terms", "complaint"),
    [
        ({}, "give user and password, or bearer"),
        ({"user": "me", "bearer": "token"}, "give user and password, or bearer"),
        ({"user": "me:too", "password": "x"}, "a colon in the user's name"),
        ({"user": "me", "password": "a\nb"}, "a control character"),
        ({"bearer": "two words"}, "a bearer token is ASCII without blanks"),
    ],
)
def test_what_says_nobody_or_two(terms: dict[str, str], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as caught:
        Auth(place="example.org", **terms)
    assert str(caught.value).startswith("auth for example.org: ")


def test_a_form_without_fields() -> None:
    with pytest.raises(UsageError, match="fields are missing"):
        Login(url="https://example.org/", fields=())


def test_secrets_are_not_shown() -> None:
    auth = Auth(place="example.org", user="me", password="sesame")
    login = Login(url="https://example.org/", fields=(("password", "sesame"),))
    assert "sesame" not in f"{auth!r}{login!r}"
