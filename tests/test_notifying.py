"""A notice goes to every target, and no target can harm the run or is shown."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from crawler.errors import UsageError
from crawler.notice import Notice
from crawler.notifying import check_targets, notify
from crawler.options import FetchOptions
from tests.fetch.test_webhook import hook

NEWS = Notice(output="out", exit_code=1, error="disk full")


@pytest.mark.parametrize("target", ["example.org/hook", "http://", "https://user@/sesame", "sesame"])
def test_what_is_no_address_is_refused_without_being_shown(target: str) -> None:
    with pytest.raises(UsageError, match="notify 2 is no address; write for example") as refused:
        check_targets(["https://example.org/hook", target])
    assert "sesame" not in str(refused.value)


def test_without_apprise_a_mail_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(UsageError, match=r"pip install 'crawler\[notify\]'"):
        check_targets(["mailto://me:sesame@example.org"])


async def test_each_target_is_told_and_what_fails_is_a_line_without_its_secret() -> None:
    async with hook() as one, hook(500) as other:
        lines = await notify(NEWS, [one.url, other.url], FetchOptions())
    assert [values["error"] for _, values in one.posted + other.posted] == ["disk full"] * 2
    assert lines == ["notify http://127.0.0.1/...: it answered 500; the run itself is not concerned"]


async def test_without_news_nobody_is_told() -> None:
    async with hook() as found:
        assert await notify(Notice(output="out", exit_code=0), [found.url], FetchOptions()) == []
    assert found.posted == []


@pytest.mark.parametrize(
    ("outcome", "wrong"), [(True, ""), (False, "it was not taken"), (OSError, "OSError")]
)
async def test_apprise_sends_what_is_no_webhook(
    monkeypatch: pytest.MonkeyPatch, outcome: object, wrong: str
) -> None:
    """Held against the real library by tests/system/test_notify.py."""
    sent = []

    class Apprise:
        def add(self, target: str) -> bool:
            sent.append(target)
            return not target.startswith("strange")

        def notify(self, **terms: str) -> object:
            sent.append(terms["title"])
            if outcome is OSError:
                raise OSError
            return outcome

    monkeypatch.setitem(sys.modules, "apprise", SimpleNamespace(Apprise=Apprise))
    with pytest.raises(
        UsageError, match=r"notify 1: Apprise does not know such an address \(strange://\.\.\.\)"
    ):
        check_targets(["strange://sesame"])
    check_targets(["mailto://me:sesame@example.org"])
    lines = await notify(NEWS, ["mailto://me:sesame@example.org"], FetchOptions())
    assert sent[-2:] == ["mailto://me:sesame@example.org", NEWS.title]
    assert lines == ([f"notify mailto://...: {wrong}; the run itself is not concerned"] if wrong else [])
