"""Hooks are functions, alone or in lists."""

from __future__ import annotations

import pytest

from crawler.errors import UsageError
from crawler.hooks import NO_HOOKS, hooks_of
from crawler.page import Page


async def on_page(page: Page) -> None:
    """Do nothing."""


class Thing:
    @classmethod
    def model_validate(cls, obj: object, /) -> object:
        return obj


def test_one_or_several() -> None:
    assert hooks_of(on_page=on_page).on_page == (on_page,)
    assert hooks_of(on_page=[on_page, on_page]).on_page == (on_page, on_page)
    assert hooks_of(on_page=(), models={"thing": Thing}).models == {"thing": Thing}


def test_none_is_false() -> None:
    assert not NO_HOOKS
    assert not hooks_of(on_page=(), on_item=None)
    assert hooks_of(on_page=on_page)
    assert hooks_of(models={"a": Thing})


def test_what_is_none() -> None:
    with pytest.raises(UsageError, match="on_page must be an async function"):
        hooks_of(on_page=["x"])
    with pytest.raises(UsageError, match="async def"):
        hooks_of(on_page=lambda page: None)
    with pytest.raises(UsageError, match="models must be a mapping"):
        hooks_of(models={"a": dict})
    with pytest.raises(UsageError, match="models must be a mapping"):
        hooks_of(models=[Thing])
